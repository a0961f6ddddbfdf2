/** Blobs and uploads of the registry. */

import { EngineError } from '../../engine/error.ts';
import { concatBytes } from '../../rootfs/name.ts';
import { isDigest } from '../../store/hash.ts';
import type { Digest } from '../../store/store.ts';
import { streamedBytesMin } from '../limits.ts';
import {
  failure,
  type Registry,
  type Route,
  recordName,
  type Upload,
  uploadBytesMax,
  uploadsMax,
} from './server_parts.ts';
import { streamOf } from './transport.ts';

const name = '([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)';
const blobPath = new RegExp(`^/v2/${name}/blobs/([^/]+:[^/]+)$`);
const startPath = new RegExp(`^/v2/${name}/blobs/uploads/?$`);
const uploadPath = new RegExp(`^/v2/${name}/blobs/uploads/([0-9]+)$`);

/** First and last byte of a `Range` header; undefined where it cannot be served. */
function rangeOf(header: string, length: number): [number, number] | undefined {
  const match = /^bytes=([0-9]*)-([0-9]*)$/.exec(header);
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const isSuffix = match[1] === '';
  const first = isSuffix ? Math.max(0, length - Number(match[2])) : Number(match[1]);
  const last = isSuffix || match[2] === '' ? length - 1 : Math.min(Number(match[2]), length - 1);
  return first <= last ? [first, last] : undefined;
}

/** A blob from a byte on, as a body that streams where the store can do that. */
async function bodyOf(
  { store }: Registry,
  digest: Digest,
  [first, last]: readonly [number, number],
): Promise<BodyInit> {
  if (store.stream && last - first >= streamedBytesMin) {
    return streamOf(upTo(store.stream(digest, first), last - first + 1));
  }
  const bytes = (await store.get(digest)) ?? new Uint8Array(0);
  return bytes.subarray(first, last + 1) as Uint8Array<ArrayBuffer>;
}

/** The first bytes of pieces. */
async function* upTo(
  pieces: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = length;
  for await (const piece of pieces) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}

async function sizeOf({ store }: Registry, digest: Digest): Promise<number | undefined> {
  if (store.info) return (await store.info(digest))?.size;
  return (await store.get(digest))?.length;
}

const read: Route[2] = async ({ registry, request, parts: [repository = '', digest = ''] }) => {
  const { store } = registry;
  if (!isDigest(digest)) return failure(400, 'DIGEST_INVALID', `${digest} is no sha256 digest`);
  const record = await store.getName(recordName(repository, 'blob', digest));
  const size = record === undefined ? undefined : await sizeOf(registry, digest);
  if (size === undefined) return failure(404, 'BLOB_UNKNOWN', `no blob ${digest} in ${repository}`);
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    etag: `"${digest}"`,
  };
  const asked = request.headers.get('range');
  const range = asked === null ? undefined : rangeOf(asked, size);
  if (asked !== null && !range) {
    const unsatisfied = { 'content-range': `bytes */${size}` };
    return failure(416, 'SIZE_INVALID', `cannot serve ${asked}`, unsatisfied);
  }
  const [first, last] = range ?? [0, size - 1];
  headers['content-length'] = String(last - first + 1);
  if (range) headers['content-range'] = `bytes ${first}-${last}/${size}`;
  const status = range ? 206 : 200;
  const body = request.method === 'HEAD' ? null : await bodyOf(registry, digest, [first, last]);
  return new Response(body, { status, headers });
};

const remove: Route[2] = async ({ registry, parts: [repository = '', digest = ''] }) => {
  const record = recordName(repository, 'blob', digest);
  if ((await registry.store.getName(record)) === undefined) {
    return failure(404, 'BLOB_UNKNOWN', `no blob ${digest} in ${repository}`);
  }
  await registry.store.deleteName(record);
  return new Response(null, { status: 202 });
};

function created(repository: string, digest: Digest): Response {
  const location = `/v2/${repository}/blobs/${digest}`;
  return new Response(null, {
    status: 201,
    headers: { location, 'docker-content-digest': digest },
  });
}

function accepted(repository: string, id: string, upload: Upload, status = 202): Response {
  return new Response(null, {
    status,
    headers: {
      location: `/v2/${repository}/blobs/uploads/${id}`,
      range: `0-${Math.max(upload.length - 1, 0)}`,
      'docker-upload-uuid': id,
    },
  });
}

/** Stores a finished upload; the digest is checked here. */
async function keep({ store }: Registry, upload: Upload, digest: string): Promise<Response> {
  const { repository, writer, parts } = upload;
  if (!isDigest(digest)) {
    await writer?.discard();
    return failure(400, 'DIGEST_INVALID', `${digest} is no sha256 digest`);
  }
  try {
    if (writer) await writer.finish(digest);
    else await store.put(concatBytes(parts), digest);
  } catch (error) {
    await writer?.discard();
    if (error instanceof EngineError) return failure(400, 'DIGEST_INVALID', error.message);
    throw error;
  }
  await store.setName(recordName(repository, 'blob', digest), '');
  return created(repository, digest);
}

async function newUpload({ store }: Registry, repository: string): Promise<Upload> {
  const writer = await store.begin?.();
  return { repository, writer, parts: [], length: 0, adding: Promise.resolve() };
}

/** Ends the upload that was not used for longest; its client is told that it is unknown. */
function evictUpload({ uploads }: Registry): void {
  for (const [id, { adding, writer }] of uploads) {
    uploads.delete(id);
    // What is being written may end first; the store sweeps up what cannot be discarded.
    void adding.then(() => writer?.discard()).catch(() => undefined);
    return;
  }
}

const unknownUpload = (repository: string, id: string): Response =>
  failure(404, 'BLOB_UPLOAD_UNKNOWN', `no upload ${id} in ${repository}`);

const start: Route[2] = async ({ registry, request, url, parts: [repository = ''] }) => {
  const { store } = registry;
  const mount = url.searchParams.get('mount');
  const from = url.searchParams.get('from');
  if (mount !== null && from !== null && isDigest(mount)) {
    const record = await store.getName(recordName(from, 'blob', mount));
    if (record !== undefined && (await store.has(mount))) {
      await store.setName(recordName(repository, 'blob', mount), '');
      return created(repository, mount);
    }
  }
  const digest = url.searchParams.get('digest');
  if (digest !== null) {
    const upload = await newUpload(registry, repository);
    return (await append(request, upload)) ?? keep(registry, upload, digest);
  }
  if (registry.uploads.size >= uploadsMax) evictUpload(registry);
  const id = String(++registry.counter.value);
  const upload = await newUpload(registry, repository);
  registry.uploads.set(id, upload);
  return accepted(repository, id, upload);
};

/** Runs a step on an upload that exists. */
function withUpload(
  step: (
    route: Parameters<Route[2]>[0],
    upload: Upload,
    id: string,
  ) => Promise<Response> | Response,
): Route[2] {
  return async (route) => {
    const [repository = '', id = ''] = route.parts;
    const upload = route.registry.uploads.get(id);
    if (!upload || upload.repository !== repository) {
      return unknownUpload(repository, id);
    }
    route.registry.uploads.delete(id);
    route.registry.uploads.set(id, upload);
    return step(route, upload, id);
  };
}

/** Adds the body of a request to an upload; the response is an error. */
function append(request: Request, upload: Upload): Promise<Response | undefined> {
  const task = upload.adding.then(() => appendNow(request, upload));
  upload.adding = task.catch(() => undefined);
  return task;
}

const isRange = /^(?:bytes )?([0-9]+)-([0-9]+)/;

async function appendNow(request: Request, upload: Upload): Promise<Response | undefined> {
  const asked = request.headers.get('content-range');
  const range = asked === null ? null : isRange.exec(asked);
  const length = request.headers.get('content-length');
  const misfit = (): Response =>
    failure(416, 'BLOB_UPLOAD_INVALID', `${asked} does not follow`, {
      range: `0-${Math.max(upload.length - 1, 0)}`,
    });
  const promised = range ? Number(range[2]) - Number(range[1]) + 1 : undefined;
  const isWrong = asked !== null && Number(range?.[1] ?? -1) !== upload.length;
  // What is announced wrong is refused before a byte of it counts.
  if (isWrong || (promised !== undefined && length !== null && Number(length) !== promised)) {
    await request.body?.cancel();
    return misfit();
  }
  let added = 0;
  for await (const piece of request.body ?? []) {
    added += piece.length;
    if (promised !== undefined && added > promised) return misfit();
    if (upload.length + piece.length > uploadBytesMax) {
      return failure(413, 'SIZE_INVALID', `larger than uploadBytesMax (${uploadBytesMax})`);
    }
    if (upload.writer) await upload.writer.write(piece);
    else upload.parts.push(piece);
    upload.length += piece.length;
  }
  return promised !== undefined && added !== promised ? misfit() : undefined;
}

const patch = withUpload(async ({ request, parts: [repository = ''] }, upload, id) => {
  return (await append(request, upload)) ?? accepted(repository, id, upload);
});

const finish = withUpload(async ({ registry, request, url, parts }, upload, id) => {
  const refused = await append(request, upload);
  if (refused) return refused;
  const digest = url.searchParams.get('digest') ?? '';
  if (!registry.uploads.delete(id)) return unknownUpload(parts[0] ?? '', id);
  return keep(registry, upload, digest);
});

const state = withUpload(({ parts: [repository = ''] }, upload, id) =>
  accepted(repository, id, upload, 204),
);

const cancel = withUpload(async ({ registry }, upload, id) => {
  registry.uploads.delete(id);
  await upload.writer?.discard();
  return new Response(null, { status: 204 });
});

/** Routes below `/v2/NAME/blobs/`. */
export const blobRoutes: readonly Route[] = [
  ['POST', startPath, start],
  ['PATCH', uploadPath, patch],
  ['PUT', uploadPath, finish],
  ['GET', uploadPath, state],
  ['DELETE', uploadPath, cancel],
  ['GET', blobPath, read],
  ['HEAD', blobPath, read],
  ['DELETE', blobPath, remove],
];
