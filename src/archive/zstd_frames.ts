/**
 * Splits zstd data into its frames (RFC 8878, 3.1), so that each is decoded alone, skippable ones
 * are left out (zstd:chunked images end with some), and no frame makes the decoder reserve more
 * memory than a limit, whatever its header claims.
 */

import { zstdWindowBytesMax } from './limits.ts';

/** Frames that cannot be told apart, or one that claims too much. */
export class ZstdError extends Error {
  override readonly name: string = 'ZstdError';
}

const frameMagic = 0xfd2fb528;
/** The low four bits are free. */
const skippableMagic = 0x184d2a50;

const cutOff = (): ZstdError => new ZstdError('it is cut off');

function uint(bytes: Uint8Array, at: number, length: number): number {
  if (at + length > bytes.length) throw cutOff();
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/** Memory a frame needs, and where its first block is. */
function readHeader(
  bytes: Uint8Array,
  at: number,
): { window: number; blocks: number; sum: number } {
  const descriptor = uint(bytes, at, 1);
  const isSingle = (descriptor & 0x20) !== 0;
  let next = at + 1;
  let window = 0;
  if (!isSingle) {
    const code = uint(bytes, next++, 1);
    const base = 2 ** (10 + (code >> 3));
    window = base + (base / 8) * (code & 7);
  }
  next += [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const size = uint(bytes, next, sizeBytes);
  next += sizeBytes;
  if (isSingle) window = size + (sizeBytes === 2 ? 256 : 0);
  return { window, blocks: next, sum: (descriptor & 4) === 0 ? 0 : 4 };
}

/** Where a frame's blocks end. */
function endOfBlocks(bytes: Uint8Array, first: number): number {
  for (let at = first; ; ) {
    const header = uint(bytes, at, 3);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    // A run (type 1) is stored as one byte.
    at += 3 + (type === 1 ? 1 : size);
    if (at > bytes.length) throw cutOff();
    if ((header & 1) !== 0) return at;
  }
}

/**
 * The frames that hold data, in order.
 *
 * @throws ZstdError where the data is damaged, or a frame wants more than `zstdWindowBytesMax`
 */
export function* zstdFrames(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  if (bytes.length === 0) throw new ZstdError('it is empty');
  for (let at = 0; at < bytes.length; ) {
    const magic = uint(bytes, at, 4);
    if (magic >= skippableMagic && magic <= skippableMagic + 15) {
      at += 8 + uint(bytes, at + 4, 4);
      if (at > bytes.length) throw cutOff();
      continue;
    }
    if (magic !== frameMagic) throw new ZstdError(`there is no frame at ${at}`);
    const { window, blocks, sum } = readHeader(bytes, at + 4);
    if (window > zstdWindowBytesMax) {
      throw new ZstdError(`it wants more memory than zstdWindowBytesMax (${zstdWindowBytesMax})`);
    }
    const end = endOfBlocks(bytes, blocks) + sum;
    if (end > bytes.length) throw cutOff();
    yield bytes.subarray(at, end);
    at = end;
  }
}
