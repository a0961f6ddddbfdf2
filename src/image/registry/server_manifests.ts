/** Manifests and tags of the registry. */

import { EngineError } from '../../engine/error.ts';
import { digestOf, isDigest } from '../../store/hash.ts';
import type { Digest } from '../../store/store.ts';
import { parseIndex, parseManifest } from '../documents.ts';
import { documentBytesMax } from '../limits.ts';
import { isIndexType, isManifestType, mediaType } from '../media_types.ts';
import type { Descriptor, Index, Manifest } from '../types.ts';
import { referrerDescriptor } from './referrers.ts';
import {
  failure,
  jsonResponse,
  type Registry,
  type Route,
  readBody,
  recordName,
} from './server_parts.ts';

const path = /^\/v2\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)\/manifests\/([^/]+)$/;
const referrersPath = /^\/v2\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)\/referrers\/([^/]+)$/;
const tagPattern = /^\w[\w.-]{0,127}$/;

async function digestFor(
  { store }: Registry,
  repository: string,
  reference: string,
): Promise<Digest | undefined> {
  if (isDigest(reference)) return reference;
  const digest = await store.getName(recordName(repository, 'tag', reference));
  return digest && isDigest(digest) ? digest : undefined;
}

const read: Route[2] = async ({ registry, request, parts: [repository = '', reference = ''] }) => {
  const { store } = registry;
  const digest = await digestFor(registry, repository, reference);
  const type = digest && (await store.getName(recordName(repository, 'manifest', digest)));
  const bytes = type ? await store.get(digest) : undefined;
  if (!digest || !type || !bytes) {
    return failure(404, 'MANIFEST_UNKNOWN', `no manifest ${reference} in ${repository}`);
  }
  const headers = {
    'content-type': type,
    'content-length': String(bytes.length),
    'docker-content-digest': digest,
    etag: `"${digest}"`,
  };
  const body = request.method === 'HEAD' ? null : (bytes as Uint8Array<ArrayBuffer>);
  return new Response(body, { headers });
};

/** What a manifest points to and the repository does not have. */
async function missingPart(
  { store }: Registry,
  repository: string,
  children: readonly Descriptor[],
): Promise<Descriptor | undefined> {
  for (const child of children) {
    const isDocument = isIndexType(child.mediaType) || isManifestType(child.mediaType);
    const record = recordName(repository, isDocument ? 'manifest' : 'blob', child.digest);
    const isForeign = (child.urls?.length ?? 0) > 0;
    if (!isForeign && (await store.getName(record)) === undefined) return child;
  }
  return undefined;
}

const write: Route[2] = async ({ registry, request, parts: [repository = '', reference = ''] }) => {
  const { store, hasher } = registry;
  const bytes = await readBody(request);
  if (!bytes || bytes.length > documentBytesMax) {
    return failure(413, 'SIZE_INVALID', `larger than documentBytesMax (${documentBytesMax})`);
  }
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
  const isIndex = isIndexType(type);
  if (!isIndex && !isManifestType(type)) {
    return failure(400, 'MANIFEST_INVALID', `the media type ${type} is not supported`);
  }
  const digest = await digestOf(hasher, bytes);
  if (reference.includes(':') ? reference !== digest : !tagPattern.test(reference)) {
    return failure(400, 'DIGEST_INVALID', `the manifest has digest ${digest}, not ${reference}`);
  }
  let children: readonly Descriptor[];
  let document: Manifest | Index;
  try {
    if (isIndex) {
      document = parseIndex(bytes, 'the index');
      children = document.manifests;
    } else {
      document = parseManifest(bytes, 'the manifest');
      children = [document.config, ...document.layers];
    }
  } catch (error) {
    if (error instanceof EngineError) return failure(400, 'MANIFEST_INVALID', error.message);
    throw error;
  }
  const missing = await missingPart(registry, repository, children);
  if (missing) return failure(404, 'MANIFEST_BLOB_UNKNOWN', `${missing.digest} was not uploaded`);
  await store.put(bytes, digest);
  await store.setName(recordName(repository, 'manifest', digest), type);
  if (!isDigest(reference)) await store.setName(recordName(repository, 'tag', reference), digest);
  const { subject } = document;
  if (subject) {
    const referrer = referrerDescriptor({ mediaType: type, digest, size: bytes.length }, document);
    const record = recordName(repository, 'referrer', `${subject.digest} ${digest}`);
    await store.setName(record, JSON.stringify(referrer));
  }
  const location = `/v2/${repository}/manifests/${digest}`;
  return new Response(null, {
    status: 201,
    headers: {
      location,
      'docker-content-digest': digest,
      ...(subject ? { 'oci-subject': subject.digest } : {}),
    },
  });
};

/** Distribution 1.1 "Listing Referrers": an index, empty for what nothing refers to. */
const referrers: Route[2] = async ({ registry, url, parts: [repository = '', digest = ''] }) => {
  if (!isDigest(digest)) return failure(400, 'DIGEST_INVALID', `${digest} is no sha256 digest`);
  const { store } = registry;
  const wanted = url.searchParams.get('artifactType');
  const manifests: Descriptor[] = [];
  for (const name of await store.listNames(recordName(repository, 'referrer', `${digest} `))) {
    const value = await store.getName(name);
    const descriptor = JSON.parse(value ?? '{}') as Descriptor;
    if (wanted === null || descriptor.artifactType === wanted) manifests.push(descriptor);
  }
  const index: Index = { schemaVersion: 2, mediaType: mediaType.index, manifests };
  return jsonResponse(index, {
    'content-type': mediaType.index,
    ...(wanted === null ? {} : { 'oci-filters-applied': 'artifactType' }),
  });
};

const remove: Route[2] = async ({ registry, parts: [repository = '', reference = ''] }) => {
  const kind = isDigest(reference) ? 'manifest' : 'tag';
  const record = recordName(repository, kind, reference);
  if ((await registry.store.getName(record)) === undefined) {
    return failure(404, 'MANIFEST_UNKNOWN', `no manifest ${reference} in ${repository}`);
  }
  await registry.store.deleteName(record);
  if (kind === 'manifest') await forget(registry, repository, reference);
  return new Response(null, { status: 202 });
};

/** Removes the tags of a manifest that is gone, and what it said it refers to. */
async function forget({ store }: Registry, repository: string, digest: string): Promise<void> {
  for (const name of await store.listNames(recordName(repository, 'tag', ''))) {
    if ((await store.getName(name)) === digest) await store.deleteName(name);
  }
  for (const name of await store.listNames(recordName(repository, 'referrer', ''))) {
    if (name.endsWith(` ${digest}`)) await store.deleteName(name);
  }
}

/** Routes below `/v2/NAME/manifests/`. */
export const manifestRoutes: readonly Route[] = [
  ['GET', path, read],
  ['HEAD', path, read],
  ['PUT', path, write],
  ['DELETE', path, remove],
  ['GET', referrersPath, referrers],
];
