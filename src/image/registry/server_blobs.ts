/** Blobs and uploads of the registry. */

import { EngineError } from '../../engine/error.ts';
import { concatBytes } from '../../rootfs/name.ts';
import { isDigest } from '../../store/hash.ts';
import type { Digest } from '../../store/store.ts';
import {
  failure,
  type Registry,
  type Route,
  readBody,
  recordName,
  type Upload,
  uploadBytesMax,
  uploadsMax,
} from './server_parts.ts';

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

const read: Route[2] = async ({ registry, request, parts: [repository = '', digest = ''] }) => {
  const { store } = registry;
  if (!isDigest(digest)) return failure(400, 'DIGEST_INVALID', `${digest} is no sha256 digest`);
  const record = await store.getName(recordName(repository, 'blob', digest));
  const bytes = record === undefined ? undefined : await store.get(digest);
  if (!bytes) return failure(404, 'BLOB_UNKNOWN', `no blob ${digest} in ${repository}`);
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    etag: `"${digest}"`,
  };
  const asked = request.headers.get('range');
  const range = asked === null ? undefined : rangeOf(asked, bytes.length);
  if (asked !== null && !range) {
    const unsatisfied = { 'content-range': `bytes */${bytes.length}` };
    return failure(416, 'SIZE_INVALID', `cannot serve ${asked}`, unsatisfied);
  }
  const [first, last] = range ?? [0, bytes.length - 1];
  const body = bytes.subarray(first, last + 1) as Uint8Array<ArrayBuffer>;
  headers['content-length'] = String(body.length);
  if (range) headers['content-range'] = `bytes ${first}-${last}/${bytes.length}`;
  const status = range ? 206 : 200;
  return new Response(request.method === 'HEAD' ? null : body, { status, headers });
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

/** Stores finished bytes; the digest is checked here. */
async function keep(
  { store }: Registry,
  repository: string,
  bytes: Uint8Array,
  digest: string,
): Promise<Response> {
  if (!isDigest(digest)) return failure(400, 'DIGEST_INVALID', `${digest} is no sha256 digest`);
  try {
    await store.put(bytes, digest);
  } catch (error) {
    if (error instanceof EngineError) return failure(400, 'DIGEST_INVALID', error.message);
    throw error;
  }
  await store.setName(recordName(repository, 'blob', digest), '');
  return created(repository, digest);
}

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
    const bytes = await readBody(request);
    if (!bytes) return failure(413, 'SIZE_INVALID', 'larger than uploadBytesMax');
    return keep(registry, repository, bytes, digest);
  }
  if (registry.uploads.size >= uploadsMax) {
    return failure(429, 'TOOMANYREQUESTS', `more than uploadsMax (${uploadsMax}) uploads`);
  }
  const id = String(++registry.counter.value);
  const upload: Upload = { repository, parts: [], length: 0 };
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
      return failure(404, 'BLOB_UPLOAD_UNKNOWN', `no upload ${id} in ${repository}`);
    }
    return step(route, upload, id);
  };
}

/** Adds the body of a request to an upload; the response is an error. */
async function append(request: Request, upload: Upload): Promise<Response | undefined> {
  const contentRange = request.headers.get('content-range');
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (contentRange !== null) {
    const match = /^(?:bytes )?([0-9]+)-([0-9]+)/.exec(contentRange);
    const fits = match && Number(match[1]) === upload.length;
    if (!fits || Number(match[2]) - Number(match[1]) + 1 !== bytes.length) {
      return failure(416, 'BLOB_UPLOAD_INVALID', `${contentRange} does not follow`, {
        range: `0-${Math.max(upload.length - 1, 0)}`,
      });
    }
  }
  if (upload.length + bytes.length > uploadBytesMax) {
    return failure(413, 'SIZE_INVALID', `larger than uploadBytesMax (${uploadBytesMax})`);
  }
  upload.parts.push(bytes);
  upload.length += bytes.length;
  return undefined;
}

const patch = withUpload(async ({ request, parts: [repository = ''] }, upload, id) => {
  return (await append(request, upload)) ?? accepted(repository, id, upload);
});

const finish = withUpload(async ({ registry, request, url }, upload, id) => {
  const refused = await append(request, upload);
  if (refused) return refused;
  const digest = url.searchParams.get('digest') ?? '';
  registry.uploads.delete(id);
  return keep(registry, upload.repository, concatBytes(upload.parts), digest);
});

const state = withUpload(({ parts: [repository = ''] }, upload, id) =>
  accepted(repository, id, upload, 204),
);

const cancel = withUpload(({ registry }, _upload, id) => {
  registry.uploads.delete(id);
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
