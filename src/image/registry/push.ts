/** Uploads images: all blobs, some at a time, then the documents that point to them. */

import { EngineError } from '../../engine/error.ts';
import { inParallel } from '../copy.ts';
import { invalidImage, parseManifest } from '../documents.ts';
import { walkGraph } from '../graph.ts';
import { parallelBlobsMax } from '../limits.ts';
import { isForeignLayer, isManifestType } from '../media_types.ts';
import type { Reference } from '../reference.ts';
import type { BlobSource, Descriptor, Progress } from '../types.ts';
import { addReferrer } from './referrers.ts';
import { describeFailure, type Transport } from './transport.ts';
import { uploadBlob } from './upload.ts';

export interface PushOptions {
  readonly transport: Transport;
  /** A repository of the registry that has a blob, as far as is known. */
  readonly mountFrom: (descriptor: Descriptor) => string | undefined;
  readonly chunkBytes?: number | undefined;
  readonly progress?: ((progress: Progress) => void) | undefined;
}

interface Document {
  readonly descriptor: Descriptor;
  readonly document: Uint8Array;
}

/**
 * Uploads everything a descriptor needs, children first, what is there already left out; then
 * gives the root its tag. Layers that may not be distributed stay where their descriptors say.
 *
 * @throws EngineError REGISTRY_REFUSED, REGISTRY_UNREACHABLE, or the source's errors
 */
export async function pushGraph(
  reference: Reference,
  root: Descriptor,
  source: BlobSource,
  options: PushOptions,
): Promise<void> {
  const { transport, mountFrom, chunkBytes, progress } = options;
  const { repository, tag } = reference;
  const blobs: Descriptor[] = [];
  const documents: Document[] = [];
  for await (const { descriptor, document } of walkGraph(source, root)) {
    if (document) documents.push({ descriptor, document });
    else if (!isForeignLayer(descriptor)) blobs.push(descriptor);
  }
  await inParallel(blobs, parallelBlobsMax, (descriptor) =>
    uploadBlob({
      transport,
      repository,
      descriptor,
      source,
      mountFrom: mountFrom(descriptor),
      chunkBytes,
      progress,
    }),
  );
  for (const item of documents) {
    const isRoot = item.descriptor.digest === root.digest;
    if (isRoot && tag !== undefined) await putManifest(reference, item, tag, options);
    else if (!(await hasManifest(reference, item, options))) {
      await putManifest(reference, item, item.descriptor.digest, options);
    }
  }
}

async function hasManifest(
  { repository }: Reference,
  { descriptor }: Document,
  { transport }: PushOptions,
): Promise<boolean> {
  const response = await transport.send({
    method: 'HEAD',
    path: `/v2/${repository}/manifests/${descriptor.digest}`,
    headers: { accept: descriptor.mediaType },
    scope: `repository:${repository}:pull,push`,
  });
  await response.body?.cancel();
  return response.ok;
}

async function putManifest(
  reference: Reference,
  { descriptor, document }: Document,
  key: string,
  { transport, progress }: PushOptions,
): Promise<void> {
  const { registry, repository } = reference;
  const response = await transport.send({
    method: 'PUT',
    path: `/v2/${repository}/manifests/${key}`,
    headers: { 'content-type': descriptor.mediaType },
    body: document,
    scope: `repository:${repository}:pull,push`,
  });
  if (!response.ok) {
    const detail = await describeFailure(response);
    throw new EngineError('REGISTRY_REFUSED', `${registry} refused manifest ${key}: ${detail}`, {
      remedy: 'check the name, the tag and the credentials for this registry',
    });
  }
  await response.body?.cancel();
  const promised = response.headers.get('docker-content-digest');
  if (promised !== null && promised !== descriptor.digest) {
    throw invalidImage(`manifest ${key}`, `${registry} stored it as ${promised}`);
  }
  if (isManifestType(descriptor.mediaType) && !response.headers.has('oci-subject')) {
    const manifest = parseManifest(document, `manifest ${descriptor.digest}`);
    if (manifest.subject) await addReferrer(transport, repository, descriptor, manifest);
  }
  const { digest: subject, size: total } = descriptor;
  progress?.({ kind: 'upload', subject, done: total, total, finished: true });
}
