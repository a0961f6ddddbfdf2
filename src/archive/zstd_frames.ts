/**
 * Reads zstd data that comes in pieces (RFC 8878, 3.1). The library decodes one frame; here they
 * are told apart, skippable ones left out (zstd:chunked images end with some), and none makes the
 * decoder reserve more memory than a limit, whatever its header claims.
 */

import { Decompress } from 'fzstd';
import { concatBytes } from '../rootfs/name.ts';
import { zstdWindowBytesMax } from './limits.ts';

/** Frames that cannot be told apart, or one that claims too much. */
export class ZstdError extends Error {
  override readonly name: string = 'ZstdError';
}

const frameMagic = 0xfd2fb528;
/** The low four bits are free. */
const skippableMagic = 0x184d2a50;

function uint(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

interface Header {
  /** Bytes, the magic number included. */
  readonly length: number;
  /** Memory the frame needs. */
  readonly window: number;
  /** Bytes of the checksum behind the last block. */
  readonly sum: number;
}

/** A frame's header; undefined where more of it must come first. */
function readHeader(bytes: Uint8Array, at: number): Header | undefined {
  if (at + 5 > bytes.length) return undefined;
  const descriptor = uint(bytes, at + 4, 1);
  const isSingle = (descriptor & 0x20) !== 0;
  const windowBytes = isSingle ? 0 : 1;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const length = 5 + windowBytes + dictionaryBytes + sizeBytes;
  if (at + length > bytes.length) return undefined;
  const sum = (descriptor & 4) === 0 ? 0 : 4;
  if (isSingle) {
    const size = uint(bytes, at + length - sizeBytes, sizeBytes);
    return { length, window: size + (sizeBytes === 2 ? 256 : 0), sum };
  }
  const code = uint(bytes, at + 5, 1);
  const base = 2 ** (10 + (code >> 3));
  return { length, window: base + (base / 8) * (code & 7), sum };
}

interface Frame {
  readonly decoder: Decompress;
  readonly sum: number;
  /** The header, until it goes to the decoder with the first block. */
  header: Uint8Array | undefined;
}

/** Unpacks pieces into pieces; of a frame no more than a block is kept besides its window. */
export class ZstdReader {
  #buffer: Uint8Array = new Uint8Array(0);
  #frame: Frame | undefined;
  #skip = 0;
  #isEmpty = true;
  #ready: Uint8Array[] = [];

  /**
   * Takes a piece; gives what can be unpacked now, a block at a time.
   *
   * @throws ZstdError where the data is damaged, or a frame wants more than `zstdWindowBytesMax`
   */
  *add(piece: Uint8Array): Generator<Uint8Array, void, undefined> {
    if (piece.length === 0) return;
    this.#isEmpty = false;
    this.#buffer = this.#buffer.length === 0 ? piece : concatBytes([this.#buffer, piece]);
    let at = 0;
    for (let next = this.#step(at); next !== undefined; next = this.#step(at)) {
      at = next;
      const ready = this.#ready;
      this.#ready = [];
      yield* ready;
    }
    this.#buffer = this.#buffer.slice(at);
  }

  /** Says that all pieces have come. @throws ZstdError where the last frame is not whole */
  finish(): void {
    if (this.#isEmpty) throw new ZstdError('it is empty');
    if (this.#frame || this.#skip > 0 || this.#buffer.length > 0) {
      throw new ZstdError('it is cut off');
    }
  }

  /** Takes the next header or block; where it ends, or undefined where more must come first. */
  #step(at: number): number | undefined {
    const left = this.#buffer.length - at;
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, left);
      this.#skip -= skipped;
      return skipped === 0 ? undefined : at + skipped;
    }
    if (this.#frame) return this.#block(this.#frame, at);
    if (left < 4) return undefined;
    const magic = uint(this.#buffer, at, 4);
    if (magic >= skippableMagic && magic <= skippableMagic + 15) {
      if (left < 8) return undefined;
      this.#skip = uint(this.#buffer, at + 4, 4);
      return at + 8;
    }
    if (magic !== frameMagic) throw new ZstdError('there is no frame where one should begin');
    const header = readHeader(this.#buffer, at);
    if (!header) return undefined;
    if (header.window > zstdWindowBytesMax) {
      throw new ZstdError(`it wants more memory than zstdWindowBytesMax (${zstdWindowBytesMax})`);
    }
    this.#frame = {
      decoder: new Decompress((part) => this.#ready.push(part)),
      sum: header.sum,
      header: this.#buffer.slice(at, at + header.length),
    };
    return at + header.length;
  }

  #block(frame: Frame, at: number): number | undefined {
    if (at + 3 > this.#buffer.length) return undefined;
    const header = uint(this.#buffer, at, 3);
    const isLast = (header & 1) !== 0;
    // A run (type 1) is stored as one byte.
    const stored = ((header >> 1) & 3) === 1 ? 1 : header >> 3;
    const end = at + 3 + stored + (isLast ? frame.sum : 0);
    if (end > this.#buffer.length) return undefined;
    const block = this.#buffer.subarray(at, end);
    frame.decoder.push(frame.header ? concatBytes([frame.header, block]) : block.slice(), isLast);
    frame.header = undefined;
    if (isLast) this.#frame = undefined;
    return end;
  }
}
