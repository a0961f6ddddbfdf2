/** Blobs to a registry: not at all, mounted, in one piece, or in chunks that can be resumed. */

import { EngineError } from '../../engine/error.ts';
import { concatBytes } from '../../rootfs/name.ts';
import type { BlobSource, Descriptor, Progress } from '../types.ts';
import {
  canStreamRequests,
  describeFailure,
  type RegistryRequest,
  retriesMax,
  type Transport,
} from './transport.ts';

/** Blobs up to this size are uploaded in one piece, in bytes. */
export const uploadWholeBytesMax = 8_388_608;
/**
 * Size of the chunks in which larger blobs are uploaded where they cannot be streamed, in bytes.
 */
export const uploadChunkBytes = 16_777_216;
/** Largest chunk that a registry may ask for, in bytes. */
export const uploadChunkBytesMax = 134_217_728;

/** A blob on its way to a repository. */
export interface Upload {
  readonly transport: Transport;
  readonly repository: string;
  readonly descriptor: Descriptor;
  readonly source: BlobSource;
  /** A repository of the same registry that has the blob, as far as is known. */
  readonly mountFrom?: string | undefined;
  /** Bytes in one chunk; default `uploadChunkBytes`. */
  readonly chunkBytes?: number | undefined;
  readonly progress?: ((progress: Progress) => void) | undefined;
}

const pushScope = ({ repository }: Upload): string => `repository:${repository}:pull,push`;

async function refused(upload: Upload, response: Response): Promise<EngineError> {
  const { transport, descriptor } = upload;
  const detail = await describeFailure(response);
  const what = `${transport.registry} refused blob ${descriptor.digest}: ${detail}`;
  return new EngineError('REGISTRY_REFUSED', what, {
    remedy: 'check the name, the tag and the credentials for this registry',
  });
}

function report({ descriptor, progress }: Upload, done: number): void {
  const { digest: subject, size: total } = descriptor;
  progress?.({ kind: 'upload', subject, done, total, finished: done === total });
}

/** Whether the repository has the blob. */
async function exists(upload: Upload): Promise<boolean> {
  const { transport, repository, descriptor } = upload;
  const path = `/v2/${repository}/blobs/${descriptor.digest}`;
  const response = await transport.send({ method: 'HEAD', path, scope: pushScope(upload) });
  await response.body?.cancel();
  return response.ok;
}

/**
 * Brings a blob into a repository, by the cheapest way that is open.
 *
 * @throws EngineError REGISTRY_REFUSED, REGISTRY_UNREACHABLE, or the source's errors
 */
export async function uploadBlob(upload: Upload): Promise<void> {
  const { size } = upload.descriptor;
  if (await exists(upload)) {
    report(upload, size);
    return;
  }
  const session = await begin(upload);
  if (session === 'mounted') {
    report(upload, size);
    return;
  }
  if (size > 0) report(upload, 0);
  const asked = Math.min(session.chunkBytesMin, uploadChunkBytesMax);
  const chunkBytes = Math.max(upload.chunkBytes ?? uploadChunkBytes, asked);
  if (size <= Math.max(upload.chunkBytes ?? uploadWholeBytesMax, asked)) {
    const bytes = await upload.source.read(upload.descriptor);
    await finish(upload, session.location, bytes);
  } else {
    const start = await sendStream(upload, { location: session.location, done: 0 });
    await finish(upload, await sendChunks(upload, start, chunkBytes), undefined);
  }
  report(upload, size);
}

interface Session {
  readonly location: string;
  /** `OCI-Chunk-Min-Length`: chunks but the last must have that many bytes. */
  readonly chunkBytesMin: number;
}

/** Starts an upload, or mounts the blob from another repository. */
async function begin(upload: Upload): Promise<Session | 'mounted'> {
  const { transport, repository, descriptor, mountFrom } = upload;
  const path = `/v2/${repository}/blobs/uploads/`;
  if (mountFrom !== undefined && mountFrom !== repository) {
    const query = new URLSearchParams({ mount: descriptor.digest, from: mountFrom });
    const scope = `${pushScope(upload)} repository:${mountFrom}:pull`;
    try {
      const response = await transport.send({ method: 'POST', path: `${path}?${query}`, scope });
      await response.body?.cancel();
      if (response.status === 201) return 'mounted';
      if (response.status === 202) return sessionOf(upload, response);
    } catch (error) {
      // Who may push here may still not read there: then the blob is simply uploaded.
      if (!(error instanceof EngineError) || error.code !== 'REGISTRY_REFUSED') throw error;
    }
  }
  const response = await transport.send({ method: 'POST', path, scope: pushScope(upload) });
  if (response.status !== 202) throw await refused(upload, response);
  await response.body?.cancel();
  return sessionOf(upload, response);
}

function sessionOf({ transport }: Upload, { headers }: Response): Session {
  return {
    location: transport.pathOf(headers.get('location') ?? ''),
    chunkBytesMin: Number(headers.get('oci-chunk-min-length') ?? 0) || 0,
  };
}

async function finish(
  upload: Upload,
  location: string,
  body: Uint8Array | undefined,
): Promise<void> {
  const { transport, descriptor } = upload;
  const joint = location.includes('?') ? '&' : '?';
  const response = await transport.send({
    method: 'PUT',
    path: `${location}${joint}digest=${encodeURIComponent(descriptor.digest)}`,
    headers: { 'content-type': 'application/octet-stream' },
    ...(body ? { body } : {}),
    scope: pushScope(upload),
  });
  // An answer may get lost: sent again, the upload is gone, and the blob is there.
  if (response.status === 404 && (await exists(upload))) return;
  if (!response.ok) throw await refused(upload, response);
  await response.body?.cancel();
}

/**
 * Sends all that is left as one request whose body streams: some registries read everything they
 * have again at each chunk. Where that fails the rest is sent in chunks, which can be resumed.
 *
 * @returns how far it came
 */
async function sendStream(upload: Upload, start: Place): Promise<Place> {
  const { descriptor, source, transport } = upload;
  if (!source.stream || upload.chunkBytes !== undefined || !canStreamRequests()) return start;
  const { size } = descriptor;
  const pieces = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    let done = start.done;
    for await (const piece of source.stream?.(descriptor, start.done) ?? []) {
      done += piece.length;
      yield piece;
      report(upload, Math.min(done, size - 1));
    }
  };
  const sent = await sendPart(upload, start.location, `${start.done}-${size - 1}`, { pieces });
  if (sent instanceof Response) {
    const location = transport.pathOf(sent.headers.get('location') ?? start.location);
    return { location, done: size };
  }
  await transport.pause(0);
  return (await stateOf(upload, start.location)) ?? beginAnew(upload);
}

/** Sends all chunks; gives the address where the upload is finished. */
async function sendChunks(upload: Upload, start: Place, chunkBytes: number): Promise<string> {
  const { transport, descriptor } = upload;
  let { location, done } = start;
  let chunks = chunksFrom(upload, done, chunkBytes);
  let failures = 0;
  while (done < descriptor.size) {
    const next = await chunks.next();
    if (next.done) throw new Error('a source gave fewer bytes than its descriptor says');
    const sent = await sendPart(upload, location, `${done}-${done + next.value.length - 1}`, {
      body: next.value,
    });
    if (sent instanceof Response) {
      location = transport.pathOf(sent.headers.get('location') ?? location);
      done += next.value.length;
      failures = 0;
      report(upload, Math.min(done, descriptor.size - 1));
      continue;
    }
    if (++failures > retriesMax) throw sent;
    await transport.pause(failures - 1);
    const state = (await stateOf(upload, location)) ?? (await beginAnew(upload));
    // Sources that stream are begun anew at the place where the registry is.
    await chunks.return();
    location = state.location;
    done = state.done;
    chunks = chunksFrom(upload, done, chunkBytes);
  }
  await chunks.return();
  return location;
}

/** Sends one part; an error where asking for the state of the upload may help. */
async function sendPart(
  upload: Upload,
  location: string,
  range: string,
  content: Pick<RegistryRequest, 'body' | 'pieces'>,
): Promise<Response | EngineError> {
  let response: Response;
  try {
    response = await upload.transport.send({
      method: 'PATCH',
      path: location,
      headers: {
        'content-type': 'application/octet-stream',
        'content-range': range,
      },
      ...content,
      scope: pushScope(upload),
      once: true,
    });
  } catch (error) {
    if (error instanceof EngineError && error.code === 'REGISTRY_UNREACHABLE') return error;
    throw error;
  }
  if (response.status !== 202 && response.status !== 204) {
    const error = await refused(upload, response);
    if (response.status === 416) return error;
    throw error;
  }
  await response.body?.cancel();
  return response;
}

/** Where an upload goes on. */
interface Place {
  readonly location: string;
  /** Bytes the registry has. */
  readonly done: number;
}

/** A new upload in the place of one that cannot be taken up again. */
async function beginAnew(upload: Upload): Promise<Place> {
  const session = await begin({ ...upload, mountFrom: undefined });
  if (session === 'mounted') throw new Error('nothing was to be mounted');
  return { location: session.location, done: 0 };
}

/** How far an upload has come at the registry; undefined where it is no more. */
async function stateOf(upload: Upload, location: string): Promise<Place | undefined> {
  const { transport } = upload;
  const response = await transport.send({
    method: 'GET',
    path: location,
    scope: pushScope(upload),
  });
  // Distribution's addresses hold the offset: those before a chunk whose answer was lost are void.
  if (response.status === 404 || response.status === 416) {
    await response.body?.cancel();
    return undefined;
  }
  if (response.status !== 204 && response.status !== 200) throw await refused(upload, response);
  await response.body?.cancel();
  const last = /^(?:bytes=)?0-([0-9]+)$/.exec(response.headers.get('range') ?? '')?.[1];
  // `0-0` is both one byte and none; chunks are longer, so it means none.
  const done = last === undefined || last === '0' ? 0 : Number(last) + 1;
  return { location: transport.pathOf(response.headers.get('location') ?? location), done };
}

/** The bytes of a blob from an offset in chunks, all but the last of the same size. */
async function* chunksFrom(
  { source, descriptor }: Upload,
  from: number,
  chunkBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!source.stream) {
    const bytes = await source.read(descriptor);
    for (let at = from; at < bytes.length; at += chunkBytes) {
      yield bytes.subarray(at, at + chunkBytes);
    }
    return;
  }
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (let piece of source.stream(descriptor, from)) {
    while (length + piece.length >= chunkBytes) {
      const used = chunkBytes - length;
      parts.push(piece.subarray(0, used));
      yield concatBytes(parts);
      piece = piece.subarray(used);
      parts = [];
      length = 0;
    }
    parts.push(piece);
    length += piece.length;
  }
  if (length > 0) yield concatBytes(parts);
}
