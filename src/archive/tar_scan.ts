/** Checks the skeleton of a tar archive that passes by in pieces, keeping nothing of its files. */

import { tarEntriesMax } from './limits.ts';
import { blockBytes, field, gnuField, headerSum, TarError } from './tar.ts';
import {
  assertHeaderSize,
  numberField,
  type PaxRecords,
  paxNumber,
  readPaxRecords,
} from './tar_fields.ts';

/** Where a block of a sparse map says that another follows (GNU `struct sparse_header`). */
const sparseMoreAt = 504;

const numberAt = (block: Uint8Array, [start, length]: readonly [number, number], what: string) =>
  numberField(block.subarray(start, start + length), what);

/** Reads headers out of pieces; contents are counted and let go. */
export class TarScanner {
  /** A header or an extended header that is not whole yet. */
  #partial = new Uint8Array(blockBytes);
  #filled = 0;
  /** Bytes of contents and padding still to come. */
  #skip = 0;
  /** How many of those are padding: the reader does without them at the end, so this does too. */
  #padding = 0;
  #extended = false;
  /** Length of the data behind the map of an old GNU sparse file. */
  #sparseData: number | undefined;
  #records: PaxRecords = new Map();
  #entries = 0;
  #isEnded = false;

  /** @throws TarError where the archive is damaged */
  add(piece: Uint8Array): void {
    for (let at = 0; at < piece.length && !this.#isEnded; ) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, piece.length - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      const taken = Math.min(this.#partial.length - this.#filled, piece.length - at);
      this.#partial.set(piece.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === this.#partial.length) this.#take();
    }
  }

  /** Says that all pieces have passed. @throws TarError where the archive ends inside an entry */
  finish(): void {
    if (this.#isEnded) return;
    if (
      this.#skip > this.#padding ||
      this.#filled > 0 ||
      this.#extended ||
      this.#sparseData !== undefined
    ) {
      throw new TarError('it ends inside an entry');
    }
  }

  #take(): void {
    const block = this.#partial;
    this.#filled = 0;
    if (this.#extended) {
      readPaxRecords(block, this.#records);
      this.#await(blockBytes, (blockBytes - (block.length % blockBytes)) % blockBytes);
      this.#extended = false;
      return;
    }
    if (this.#sparseData !== undefined) {
      // Old GNU sparse files have blocks with more of their map before their data.
      if (block[sparseMoreAt] === 1) return;
      this.#skip = this.#sparseData;
      this.#sparseData = undefined;
      return;
    }
    if (block.every((byte) => byte === 0)) {
      this.#isEnded = true;
      return;
    }
    if (numberAt(block, field.checksum, 'checksum') !== headerSum(block)) {
      throw new TarError('a header has a wrong checksum');
    }
    if (++this.#entries > tarEntriesMax) {
      throw new TarError(`it has more than tarEntriesMax (${tarEntriesMax}) entries`);
    }
    this.#header(block);
  }

  #await(length: number, skip: number): void {
    this.#padding = skip;
    this.#partial = new Uint8Array(length);
    this.#skip = skip;
  }

  #header(block: Uint8Array): void {
    const type = String.fromCharCode(block[field.type[0]] ?? 0);
    const size = numberAt(block, field.size, 'size');
    if (type === 'x') {
      assertHeaderSize(size);
      this.#extended = size > 0;
      if (size > 0) this.#await(size, 0);
      return;
    }
    const isFile = !'123456DgLK'.includes(type);
    const stored = isFile ? (paxNumber(this.#records, 'size') ?? size) : size;
    if (stored < 0) throw new TarError('an entry has a negative size');
    if (!'gLK'.includes(type)) this.#records = new Map();
    const hasData = isFile || 'gLK'.includes(type);
    const data = hasData ? Math.ceil(stored / blockBytes) * blockBytes : 0;
    this.#padding = data - (hasData ? stored : 0);
    if (type === 'S' && block[gnuField.isExtended[0]] === 1) this.#sparseData = data;
    else this.#skip = data;
  }
}
