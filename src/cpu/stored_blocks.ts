/**
 * Decoded blocks as a file: a table from guest address to block, and blocks whose arrays are used
 * in place, so that reading one costs a comparison and a checksum, and an unused one nothing.
 *
 * All numbers are 32-bit words in the machine's order. Header: magic, translator build (8 words),
 * table entries, blocks, words in all. Table: open addressing, two words an entry: guest address,
 * index of the block's first word (0: free). Block: fields, then cells, instruction addresses,
 * instruction cells (16 bits each), code.
 */

import type { DecodedBlock } from './blocks.ts';
import { hashMultiplier, hashShift } from './interpreter/layout.ts';

const magic = 0x424c5431;
const headerWords = 12;
const entriesMax = 1 << 20;
/** Entries looked at for one block: far more than a table that is half empty needs. */
const probesMax = 256;

/** Words of a block's header. */
const field = {
  pc: 0,
  end: 1,
  instructions: 2,
  last: 3,
  words: 4,
  codeBytes: 5,
  checksum: 6,
} as const;
const fieldWords = 8;

const even = (count: number): number => count + (count & 1);

/** Words a block takes. */
function storedWords(block: DecodedBlock): number {
  const { words, instructions, code } = block;
  const cellWords = even(instructions) >> 1;
  return even(fieldWords + words.length + instructions + cellWords + ((code.length + 3) >> 2));
}

/** Two independent 32-bit sums over words; a damaged block is decoded anew. */
function checksums(words: Int32Array, from: number, to: number): readonly [number, number] {
  let a = 0x2f0b4c47;
  let b = 0x6a09e667;
  for (let i = from; i < to; i++) {
    a = Math.imul(a ^ words[i]!, 0x9e3779b1);
    b = Math.imul((b + words[i]!) ^ (b >>> 13), 0x85ebca6b);
    a ^= a >>> 15;
  }
  return [a, b];
}

function hasCode({ code }: DecodedBlock, other: Uint8Array): boolean {
  return code.length === other.length && code.every((byte, i) => byte === other[i]);
}

/** A header without counts. */
function headerOf(build: string): Int32Array {
  const header = new Int32Array(headerWords);
  header[0] = magic;
  for (let i = 0; i < 8; i++) header[i + 1] = Number.parseInt(build.slice(i * 8, i * 8 + 8), 16);
  return header;
}

const hashOf = (pc: number): number => Math.imul(pc, hashMultiplier) >>> hashShift;

/** A file of blocks, read in place. */
export class StoredBlocks {
  readonly #words: Int32Array;
  readonly #entries: number;

  private constructor(words: Int32Array) {
    this.#words = words;
    this.#entries = words[9]!;
  }

  /** The blocks in a file; undefined for what another translator wrote or is no such file. */
  static open(bytes: Uint8Array, build: string): StoredBlocks | undefined {
    if (bytes.byteLength % 4 !== 0 || bytes.byteLength < headerWords * 4) return undefined;
    // A pooled buffer may begin anywhere.
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
    const header = headerOf(build);
    for (let i = 0; i < 9; i++) if (words[i] !== header[i]) return undefined;
    const entries = words[9]!;
    const isPower = entries > 0 && entries <= entriesMax && (entries & (entries - 1)) === 0;
    if (!isPower || headerWords + entries * 2 > words.length) return undefined;
    return words[11] === words.length ? new StoredBlocks(words) : undefined;
  }

  /** Blocks in the file. */
  get count(): number {
    return this.#words[10]!;
  }

  /** The block decoded at a guest address from the code that is there now. */
  find(pc: number, isCurrent: (block: DecodedBlock) => boolean): DecodedBlock | undefined {
    const at = this.#search(pc, isCurrent);
    return at === 0 ? undefined : this.#block(at);
  }

  /** Where an equal block begins in `parts`; 0: nowhere. */
  place(block: DecodedBlock): number {
    return this.#search(block.pc, (candidate) => hasCode(candidate, block.code));
  }

  /** The blocks, except those at these places, as words. */
  *parts(except: ReadonlySet<number>): Generator<Int32Array> {
    const words = this.#words;
    for (let entry = 0; entry < this.#entries; entry++) {
      const at = words[headerWords + entry * 2 + 1]!;
      if (at === 0 || except.has(at)) continue;
      const block = this.#block(at);
      if (block && this.#isWhole(at, block)) yield words.subarray(at, at + storedWords(block));
    }
  }

  /** Index of the first word of an undamaged block; 0: there is none. */
  #search(pc: number, accept: (block: DecodedBlock) => boolean): number {
    const words = this.#words;
    const mask = this.#entries - 1;
    let index = hashOf(pc) & mask;
    for (let probes = 0; probes < probesMax; probes++) {
      const at = words[headerWords + index * 2 + 1]!;
      if (at === 0) return 0;
      if (words[headerWords + index * 2]! >>> 0 === pc) {
        const block = this.#block(at);
        if (block?.pc === pc && accept(block) && this.#isWhole(at, block)) return at;
      }
      index = (index + 1) & mask;
    }
    return 0;
  }

  #block(at: number): DecodedBlock | undefined {
    const words = this.#words;
    if (at < headerWords || at + fieldWords > words.length) return undefined;
    const of = (name: keyof typeof field): number => words[at + field[name]]!;
    const [instructions, length, codeBytes] = [of('instructions'), of('words'), of('codeBytes')];
    const cells = at + fieldWords;
    const addresses = cells + length;
    const instructionCells = addresses + instructions;
    const code = instructionCells + (even(instructions) >> 1);
    if (Math.min(instructions, length, codeBytes) < 0) return undefined;
    if (code + ((codeBytes + 3) >> 2) > words.length) return undefined;
    const { buffer, byteOffset } = words;
    return {
      pc: of('pc') >>> 0,
      end: of('end') >>> 0,
      instructions,
      last: of('last'),
      words: words.subarray(cells, addresses),
      instructionPc: words.subarray(addresses, instructionCells),
      instructionCell: new Int16Array(buffer, byteOffset + instructionCells * 4, instructions),
      code: new Uint8Array(buffer, byteOffset + code * 4, codeBytes),
      depends: [],
      regions: [],
    };
  }

  #isWhole(at: number, block: DecodedBlock): boolean {
    const words = this.#words;
    const end = at + storedWords(block);
    if (end > words.length) return false;
    const [a, b] = checksumsOf(words, at, end);
    return a === words[at + field.checksum] && b === words[at + field.checksum + 1];
  }
}

/** Over everything but the checksums themselves. */
function checksumsOf(words: Int32Array, at: number, end: number): readonly [number, number] {
  const [a, b] = checksums(words, at + fieldWords, end);
  const [c, d] = checksums(words, at, at + field.checksum);
  return [a ^ c, (b + d) | 0];
}

/** Blocks of other memory than their code are few, and are decoded anew in every process. */
export function isStorable(block: DecodedBlock): boolean {
  return block.depends.length === 0;
}

/**
 * A file of these blocks and, as far as `bytesMax` allows, of what else an older one had. Blocks
 * beyond it are left out.
 */
export function storeBlocks(
  build: string,
  blocks: Iterable<DecodedBlock>,
  older: StoredBlocks | undefined,
  bytesMax: number,
): Uint8Array<ArrayBuffer> {
  const parts: Int32Array[] = [];
  let words = headerWords;
  const add = (part: Int32Array): void => {
    // An entry of the table, of which at most half is used, comes with each block.
    if ((words + part.length + 8) * 4 > bytesMax || parts.length >= entriesMax / 2) return;
    parts.push(part);
    words += part.length + 8;
  };
  const replaced = new Set<number>();
  for (const block of blocks) {
    if (!isStorable(block)) continue;
    add(storedBlock(block));
    if (older) replaced.add(older.place(block));
  }
  for (const part of older?.parts(replaced) ?? []) add(part);
  return assemble(build, parts);
}

function assemble(build: string, parts: readonly Int32Array[]): Uint8Array<ArrayBuffer> {
  let entries = 64;
  while (entries < parts.length * 2) entries *= 2;
  const total = parts.reduce((sum, part) => sum + part.length, headerWords + entries * 2);
  const out = new Int32Array(total);
  out.set(headerOf(build));
  out[9] = entries;
  out[10] = parts.length;
  out[11] = total;
  let at = headerWords + entries * 2;
  for (const part of parts) {
    out.set(part, at);
    let index = hashOf(part[field.pc]! >>> 0) & (entries - 1);
    while (out[headerWords + index * 2 + 1] !== 0) index = (index + 1) & (entries - 1);
    out[headerWords + index * 2] = part[field.pc]!;
    out[headerWords + index * 2 + 1] = at;
    at += part.length;
  }
  return new Uint8Array(out.buffer);
}

function storedBlock(block: DecodedBlock): Int32Array {
  const { instructions, code, words } = block;
  const out = new Int32Array(storedWords(block));
  out[field.pc] = block.pc;
  out[field.end] = block.end;
  out[field.instructions] = instructions;
  out[field.last] = block.last;
  out[field.words] = words.length;
  out[field.codeBytes] = code.length;
  const addresses = fieldWords + words.length;
  const cells = addresses + instructions;
  out.set(words, fieldWords);
  out.set(block.instructionPc, addresses);
  new Int16Array(out.buffer, cells * 4).set(block.instructionCell);
  new Uint8Array(out.buffer, (cells + (even(instructions) >> 1)) * 4).set(code);
  const [a, b] = checksumsOf(out, 0, out.length);
  out[field.checksum] = a;
  out[field.checksum + 1] = b;
  return out;
}
