/**
 * Compressed data in and out. What is written must not depend on the runtime, so it is always
 * fflate's gzip with fixed settings: the runtimes' own zlibs give different bytes.
 */

import { Gunzip as GunzipStream, gzipSync } from 'fflate';
import type { XzReadableStream } from 'xz-decompress';
import { EngineError } from '../engine/error.ts';
import { concatBytes } from '../rootfs/name.ts';
import { decompressedBytesMax } from './limits.ts';
import { ZstdReader } from './zstd_frames.ts';

export type Compression = 'none' | 'gzip' | 'zstd' | 'xz';

/** Compressed data that cannot be read, or unpacks to more than is allowed. */
export class CompressionError extends Error {
  override readonly name: string = 'CompressionError';
}

const magics: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];

/** What data starts like; `none` for anything unknown. */
export function detectCompression(bytes: Uint8Array): Compression {
  for (const [compression, magic] of magics) {
    if (magic.every((byte, i) => bytes[i] === byte)) return compression;
  }
  return 'none';
}

/** Input is fed in pieces so that a bomb is noticed before it has unpacked: 1032 × this at most. */
const chunkBytes = 65_536;

class Collector {
  readonly #parts: Uint8Array[] = [];
  readonly #max: number;
  #length = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length > this.#max) {
      throw new CompressionError(
        `it unpacks to more than ${this.#max} bytes (decompressedBytesMax)`,
      );
    }
    this.#parts.push(part);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.#parts);
  }
}

interface Pushing {
  push(chunk: Uint8Array, final: boolean): unknown;
}

function feed(decoder: Pushing, bytes: Uint8Array): void {
  if (bytes.length === 0) throw new CompressionError('it is empty');
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const end = Math.min(at + chunkBytes, bytes.length);
    decoder.push(bytes.subarray(at, end), end === bytes.length);
  }
}

/**
 * Unpacks a whole blob; gzip may have several members.
 *
 * @param max most bytes to give back
 * @throws CompressionError where the data is damaged or cut off, or more than `max`
 */
export async function decompress(
  bytes: Uint8Array,
  compression: Compression = detectCompression(bytes),
  max: number = decompressedBytesMax,
): Promise<Uint8Array> {
  if (compression === 'none') {
    if (bytes.length > max) throw new CompressionError(`it has more than ${max} bytes`);
    return bytes;
  }
  if (compression === 'gzip') {
    const unpacked = await gunzipNatively(bytes, max);
    if (unpacked) return unpacked;
  }
  const out = new Collector(max);
  try {
    if (compression === 'gzip') feed(new GunzipStream((part) => out.add(part)), bytes);
    else if (compression === 'zstd') {
      const reader = new ZstdReader();
      for (const part of reader.add(bytes)) out.add(part);
      reader.finish();
    } else await unxz(bytes, out);
    return out.finish();
  } catch (cause) {
    if (cause instanceof CompressionError) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new CompressionError(`it is no valid ${compression} data (${detail})`, { cause });
  }
}

/**
 * The runtime's own gunzip, several times faster; undefined where there is none or it fails.
 * Runtimes disagree about several members and what follows the last one, so the library judges
 * whatever one of them refuses.
 */
async function gunzipNatively(bytes: Uint8Array, max: number): Promise<Uint8Array | undefined> {
  if (typeof DecompressionStream === 'undefined') return undefined;
  const out = new Collector(max);
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      out.add(next.value);
    }
    return out.finish();
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    if (error instanceof CompressionError) throw error;
    return undefined;
  }
}

/** Unpacks gzip in pieces; ends with an Error where the data is damaged or cut off. */
export type Gunzip = (pieces: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/**
 * Which gunzip to use: they differ in speed and in what they put up with. `runtime` is the one all
 * runtimes have; a runtime's own faster one comes with its `Hasher`.
 */
export type Gunzipper = 'runtime' | 'library' | Gunzip;

/**
 * Unpacks data that comes in pieces, into pieces. Only xz, which no layer has, is collected first.
 *
 * @throws CompressionError as `decompress`; with the runtime's gunzip also for what the library
 *   would read, so try again with that
 */
export async function* decompressPieces(
  pieces: AsyncIterable<Uint8Array>,
  compression: Compression,
  gunzipper: Gunzipper,
  max: number = decompressedBytesMax,
): AsyncGenerator<Uint8Array, void, undefined> {
  let unpacked: AsyncIterable<Uint8Array>;
  if (compression === 'none') unpacked = pieces;
  else if (compression === 'zstd') unpacked = unzstd(pieces);
  else if (compression !== 'gzip') unpacked = collected(pieces, compression, max);
  else if (typeof gunzipper === 'function') unpacked = gunzipper(pieces);
  else if (gunzipper === 'runtime') unpacked = gunzippedByRuntime(pieces);
  else unpacked = gunzippedByLibrary(pieces);
  let length = 0;
  try {
    for await (const piece of unpacked) {
      length += piece.length;
      if (length > max) {
        throw new CompressionError(`it unpacks to more than ${max} bytes (decompressedBytesMax)`);
      }
      yield piece;
    }
  } catch (cause) {
    if (cause instanceof CompressionError || cause instanceof EngineError) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new CompressionError(`it is no valid ${compression} data (${detail})`, { cause });
  }
}

async function* unzstd(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ZstdReader();
  for await (const piece of pieces) yield* reader.add(piece);
  reader.finish();
}

async function* collected(
  pieces: AsyncIterable<Uint8Array>,
  compression: Compression,
  max: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  yield await decompress(concatBytes(parts), compression, max);
}

async function* gunzippedByLibrary(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let ready: Uint8Array[] = [];
  const decoder = new GunzipStream((part) => ready.push(part));
  // The library notices a cut only in a last push that holds bytes, so one is always held back.
  let held: Uint8Array | undefined;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += chunkBytes) {
      if (held) decoder.push(held, false);
      held = piece.slice(at, at + chunkBytes);
      yield* ready;
      ready = [];
    }
  }
  if (!held) throw new CompressionError('it is empty');
  decoder.push(held, true);
  yield* ready;
}

async function* gunzippedByRuntime(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = pieces[Symbol.asyncIterator]();
  const packed = new ReadableStream<BufferSource>({
    async pull(controller) {
      const next = await source.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value as Uint8Array<ArrayBuffer>);
    },
  });
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
    await source.return?.();
  }
}

/** The package is CommonJS: some loaders show its names only below `default`. */
type XzModule = { XzReadableStream?: typeof XzReadableStream };

async function unxz(bytes: Uint8Array, out: Collector): Promise<void> {
  // Loaded on demand: no image layer uses xz, only packages, and it wants a module of Node.
  const loaded = (await import('xz-decompress')) as XzModule & { default?: XzModule };
  const Stream = loaded.XzReadableStream ?? loaded.default?.XzReadableStream;
  if (!Stream) throw new Error('xz-decompress has changed its exports');
  const input = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = new Stream(input).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) out.add(next.value);
}

/** Packs with gzip, the same bytes on every runtime. */
export function gzipBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return gzipSync(bytes, { level: 6, mtime: 0 }) as Uint8Array<ArrayBuffer>;
}
