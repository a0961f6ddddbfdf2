/** What refers to an image: signatures, attestations, and other artifacts (distribution 1.1). */

import { EngineError } from '../../engine/error.ts';
import { encodeDocument, parseIndex } from '../documents.ts';
import { documentBytesMax } from '../limits.ts';
import { mediaType } from '../media_types.ts';
import type { Descriptor, Index, Manifest } from '../types.ts';
import { describeFailure, type Transport } from './transport.ts';

/** The tag that stands for the referrers API at registries without it ("Referrers Tag Schema"). */
export function referrersTag(digest: string): string {
  return digest.replace(':', '-');
}

async function readIndexAt(
  transport: Transport,
  path: string,
  scope: string,
): Promise<Index | undefined> {
  const headers = { accept: mediaType.index };
  const response = await transport.send({ method: 'GET', path, headers, scope });
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok) {
    throw new EngineError(
      'REGISTRY_REFUSED',
      `${transport.registry} refused ${path}: ${await describeFailure(response)}`,
      { remedy: 'check the name and the credentials for this registry' },
    );
  }
  const declared = Number(response.headers.get('content-length') ?? 0);
  if (declared > documentBytesMax) {
    await response.body?.cancel();
    throw new EngineError('IMAGE_INVALID', `${path} is larger than documentBytesMax`, {
      remedy: `the limit is ${documentBytesMax} bytes`,
    });
  }
  return parseIndex(new Uint8Array(await response.arrayBuffer()), path);
}

/**
 * Descriptors of the manifests that have a digest as their subject, in the registry's order.
 *
 * @param artifactType only those of this type
 * @throws EngineError REGISTRY_REFUSED, REGISTRY_UNREACHABLE, IMAGE_INVALID
 */
export async function readReferrers(
  transport: Transport,
  repository: string,
  digest: string,
  artifactType?: string,
): Promise<readonly Descriptor[]> {
  const scope = `repository:${repository}:pull`;
  const query = artifactType === undefined ? '' : `?${new URLSearchParams({ artifactType })}`;
  const index =
    (await readIndexAt(transport, `/v2/${repository}/referrers/${digest}${query}`, scope)) ??
    (await readIndexAt(transport, `/v2/${repository}/manifests/${referrersTag(digest)}`, scope));
  const found = index?.manifests ?? [];
  // Registries may ignore the filter.
  return artifactType === undefined
    ? found
    : found.filter((one) => one.artifactType === artifactType);
}

/** The descriptor under which a manifest is listed among the referrers of its subject. */
export function referrerDescriptor(descriptor: Descriptor, document: Manifest | Index): Descriptor {
  const { mediaType: type, digest, size } = descriptor;
  const { annotations } = document;
  const config = 'config' in document ? document.config.mediaType : undefined;
  const artifactType = document.artifactType ?? config;
  return {
    mediaType: type,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations ? { annotations } : {}),
  };
}

/** Adds a referrer to the tag of its subject, for registries that do not keep such lists. */
export async function addReferrer(
  transport: Transport,
  repository: string,
  descriptor: Descriptor,
  manifest: Manifest,
): Promise<void> {
  if (!manifest.subject) return;
  const scope = `repository:${repository}:pull,push`;
  const path = `/v2/${repository}/manifests/${referrersTag(manifest.subject.digest)}`;
  const before = (await readIndexAt(transport, path, scope))?.manifests ?? [];
  if (before.some(({ digest }) => digest === descriptor.digest)) return;
  const index: Index = {
    schemaVersion: 2,
    mediaType: mediaType.index,
    manifests: [...before, referrerDescriptor(descriptor, manifest)],
  };
  const response = await transport.send({
    method: 'PUT',
    path,
    headers: { 'content-type': mediaType.index },
    body: encodeDocument(index),
    scope,
  });
  if (!response.ok) {
    throw new EngineError(
      'REGISTRY_REFUSED',
      `${transport.registry} refused a list of referrers: ${await describeFailure(response)}`,
      { remedy: 'check the credentials for this registry' },
    );
  }
  await response.body?.cancel();
}
