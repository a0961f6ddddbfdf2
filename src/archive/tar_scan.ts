/**
 * Checks the skeleton of a tar archive that passes by in pieces, and keeps it where it is asked to:
 * all headers, nothing of the files.
 */

import { concatBytes } from '../rootfs/name.ts';
import { tarEntriesMax } from './limits.ts';
import { blockBytes, field, gnuField, headerSum, TarError } from './tar.ts';
import {
  assertHeaderSize,
  numberField,
  type PaxRecords,
  paxNumber,
  readPaxRecords,
  untilNul,
} from './tar_fields.ts';

/** Where a block of a sparse map says that another follows (GNU `struct sparse_header`). */
const sparseMoreAt = 504;

const numberAt = (block: Uint8Array, [start, length]: readonly [number, number], what: string) =>
  numberField(block.subarray(start, start + length), what);

const slash = 47;
const isSparseKey = (key: string): boolean => key.startsWith('GNU.sparse.');

/** Reads headers out of pieces; contents are counted and let go. */
export class TarScanner {
  readonly #kept: Uint8Array[] | undefined;
  /** Whether something is in it that cannot be read from the headers alone. */
  #isOdd = false;
  #longName = new Uint8Array(0);
  /** A header or an extended header that is not whole yet. */
  #partial = new Uint8Array(blockBytes);
  #filled = 0;
  /** Bytes of contents and padding still to come. */
  #skip = 0;
  /** How many of those are padding: the reader does without them at the end, so this does too. */
  #padding = 0;
  /** Type of the extended header that is being collected; empty: none. */
  #extended = '';
  #global: PaxRecords = new Map();
  /** Length of the data behind the map of an old GNU sparse file. */
  #sparseData: number | undefined;
  #records: PaxRecords = new Map();
  #entries = 0;
  #isEnded = false;

  /** @param keepsHeaders whether `headers` will be asked for */
  constructor(keepsHeaders = false) {
    this.#kept = keepsHeaders ? [] : undefined;
  }

  /**
   * The archive without the contents of its files, as `readTar` takes it; undefined where there are
   * sparse files, whose maps are among the contents, or directories with contents.
   */
  get headers(): Uint8Array<ArrayBuffer> | undefined {
    return this.#kept && !this.#isOdd ? concatBytes(this.#kept) : undefined;
  }

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
      this.#extended !== '' ||
      this.#sparseData !== undefined
    ) {
      throw new TarError('it ends inside an entry');
    }
  }

  #take(): void {
    const block = this.#partial;
    this.#filled = 0;
    if (this.#extended !== '') {
      if (this.#extended === 'x') readPaxRecords(block, this.#records);
      else if (this.#extended === 'g') readPaxRecords(block, this.#global);
      else if (this.#extended === 'L') this.#longName = block;
      const padding = (blockBytes - (block.length % blockBytes)) % blockBytes;
      this.#kept?.push(block, new Uint8Array(padding));
      this.#await(blockBytes, padding);
      this.#extended = '';
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
    this.#kept?.push(block.slice());
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
    if ('xgLK'.includes(type)) {
      assertHeaderSize(size);
      this.#extended = size > 0 ? type : '';
      if (size > 0) this.#await(size, 0);
      return;
    }
    const records = [this.#records, this.#global];
    const hasData = !'123456D'.includes(type);
    const declared = records.map((one) => paxNumber(one, 'size')).find((one) => one !== undefined);
    const stored = hasData ? (declared ?? size) : size;
    if (stored < 0) throw new TarError('an entry has a negative size');
    this.#isOdd ||= type === 'S' || records.some((one) => [...one.keys()].some(isSparseKey));
    const [at, length] = field.name;
    const names = [this.#longName, block.subarray(at, at + length), this.#records.get('path')];
    this.#isOdd ||= stored > 0 && names.some((name) => name && untilNul(name).at(-1) === slash);
    this.#records = new Map();
    this.#longName = new Uint8Array(0);
    const data = hasData ? Math.ceil(stored / blockBytes) * blockBytes : 0;
    this.#padding = data - (hasData ? stored : 0);
    if (type === 'S' && block[gnuField.isExtended[0]] === 1) this.#sparseData = data;
    else this.#skip = data;
  }
}
