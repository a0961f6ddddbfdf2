/**
 * Decoded blocks in the guest's memory, and the table by which the core finds them. A fork copies
 * the memory, so the child's arena is right from the start.
 */

import { type DecodedBlock, terminatorOf } from '../blocks.ts';
import type { CodePage } from '../code_page.ts';
import { blockBytes } from '../ir/compact.ts';
import { opCode } from '../ir/rows.ts';
import { guestBias } from '../state.ts';
import {
  blockField,
  blockHeaderBytes,
  coreWord,
  hashMultiplier,
  hashShift,
  tableEntryBytes,
} from './layout.ts';

/** Chunks the arena grows by: by half, within limits. Bytes. */
const firstChunkBytes = 0x20000;
const chunkBytesMin = 0x40000;
const chunkBytesMax = 0x400000;
/** Entries of the first table. */
const firstTableEntries = 0x1000;
/** Most entries of a table: what the hash's shift leaves. */
const tableEntriesMax = 0x100000;
/** Most memory one processor's blocks may take; reaching it forgets all of them. Bytes. */
export const arenaBytesMax = 0x4000000;

/** Thrown through the core when the arena is full; `pc` is where the guest goes on. */
export class ArenaFull extends Error {
  readonly pc: number;

  constructor(pc: number) {
    super('arena of decoded blocks full');
    this.name = 'ArenaFull';
    this.pc = pc;
  }
}

/** A block of this process. */
export interface PlacedBlock {
  readonly decoded: DecodedBlock;
  /** wasm address of its header. */
  readonly address: number;
}

/** Blocks of one processor. */
export class BlockArena {
  readonly #memory: WebAssembly.Memory;
  readonly #allocate: (bytes: number) => number;
  /** By number: what is placed, undefined where it was forgotten, and its wasm address. */
  #blocks: (DecodedBlock | undefined)[] = [];
  #addresses: number[] = [];
  #words: Int32Array;
  #next = 0;
  #end = 0;
  #bytes = 0;
  /** All chunks: guest addresses and sizes; those before `#chunksUsed` are in use. */
  #chunks: (readonly [address: number, bytes: number])[] = [];
  #chunksUsed = 0;
  /** Tables with memory of their own, which are used again after `recycle`; sizes differ. */
  #tables: (readonly [address: number, bytes: number])[] = [];
  #table = 0;
  #tableEntries = 0;

  constructor(memory: WebAssembly.Memory, allocate: (bytes: number) => number) {
    this.#memory = memory;
    this.#allocate = allocate;
    this.#words = new Int32Array(memory.buffer);
  }

  /** All of the wasm memory as words; valid until it grows. */
  get words(): Int32Array {
    // Growing detaches the old buffer; asking the memory for its buffer takes longer than this.
    if (this.#words.length === 0) this.#words = new Int32Array(this.#memory.buffer);
    return this.#words;
  }

  /** Allocates the first chunk and an empty table. */
  begin(): void {
    this.#chunks = [];
    this.#tables = [];
    this.recycle();
  }

  /** Forgets all blocks and uses the memory again. */
  recycle(): void {
    this.#blocks = [];
    this.#addresses = [];
    this.#chunksUsed = 0;
    this.#bytes = 0;
    this.#newChunk(0, firstChunkBytes);
    this.#newTable(firstTableEntries);
  }

  /** The arena of a forked copy of the memory. */
  fork(memory: WebAssembly.Memory, allocate: (bytes: number) => number): BlockArena {
    const child = new BlockArena(memory, allocate);
    child.#blocks = this.#blocks.slice();
    child.#addresses = this.#addresses.slice();
    child.#next = this.#next;
    child.#end = this.#end;
    child.#bytes = this.#bytes;
    child.#chunks = this.#chunks.slice();
    child.#tables = this.#tables.slice();
    child.#chunksUsed = this.#chunksUsed;
    child.#table = this.#table;
    child.#tableEntries = this.#tableEntries;
    return child;
  }

  /** Whether so much has been decoded that everything should be forgotten. */
  get isFull(): boolean {
    return this.#bytes >= arenaBytesMax || this.#blocks.length * 2 >= tableEntriesMax;
  }

  /** wasm address of the block at a guest address; 0: none. */
  addressOf(pc: number): number {
    const { words } = this;
    const mask = this.#tableEntries - 1;
    const table = this.#table >>> 2;
    let index = (Math.imul(pc, hashMultiplier) >>> hashShift) & mask;
    for (;;) {
      const address = words[table + index * 2 + 1]!;
      if (address === 0 || words[table + index * 2]! === (pc | 0)) return address >>> 0;
      index = (index + 1) & mask;
    }
  }

  /** The block at a guest address. */
  at(pc: number): PlacedBlock | undefined {
    const address = this.addressOf(pc);
    const decoded = address === 0 ? undefined : this.blockAt(address);
    return decoded && { decoded, address };
  }

  /** The block at a wasm address. */
  blockAt(address: number): DecodedBlock | undefined {
    return this.#blocks[this.words[(address + blockField.id) >>> 2]!];
  }

  /** Copies a block in and enters it in the table, in place of another at its address. */
  place(decoded: DecodedBlock): number {
    const address = this.#room(blockBytes(decoded.words));
    const { words } = this;
    const at = address >>> 2;
    words[at + (blockField.pc >> 2)] = decoded.pc;
    words[at + (blockField.instructions >> 2)] = decoded.instructions;
    words.set(decoded.words, at + (blockHeaderBytes >> 2));
    this.#begin(decoded, at);
    this.#growTable();
    this.#enter(decoded.pc, address);
    return address;
  }

  /** Copies all blocks of a page in, and enters those in the table whose address has none. */
  placePage(page: CodePage): void {
    const { image } = page;
    const address = this.#room(image.length * 4);
    this.words.set(image, address >>> 2);
    const first = this.#blocks.length;
    let at = address >>> 2;
    for (const decoded of page.blocks) {
      this.#begin(this.addressOf(decoded.pc) === 0 ? decoded : undefined, at);
      at += (blockHeaderBytes >> 2) + decoded.words.length;
    }
    if (this.#growTable()) return;
    for (let n = first; n < this.#blocks.length; n++) {
      const block = this.#blocks[n];
      if (block) this.#enter(block.pc, this.#addresses[n]!);
    }
  }

  #room(bytes: number): number {
    if (this.#next + bytes > this.#end) {
      this.#newChunk(bytes, Math.max(chunkBytesMin, Math.min(this.#bytes / 2, chunkBytesMax)));
    }
    const address = this.#next;
    this.#next += bytes;
    return address;
  }

  /** The fields of a header that are this process's. */
  #begin(decoded: DecodedBlock | undefined, at: number): void {
    const { words } = this;
    words[at + (blockField.counter >> 2)] = 0;
    words[at + (blockField.region >> 2)] = 0;
    words[at + (blockField.id >> 2)] = this.#blocks.push(decoded) - 1;
    this.#addresses.push(at * 4);
  }

  /**
   * Copies in a block of one instruction that stops when fuel of 1 is used up, whatever it does,
   * and is never translated.
   */
  placeSingle(decoded: DecodedBlock): void {
    const address = this.place(decoded);
    const { words } = this;
    const links = (address + blockHeaderBytes + (decoded.last + 1) * 16) >>> 2;
    if (terminatorOf(decoded) !== opCode.jump_indirect) words[links + 2] = words[links + 3] = 1;
    words[(address + blockField.counter) >>> 2] = 0x40000000;
  }

  /**
   * Forgets the blocks for which `stale` holds and all links between blocks.
   * Gives the number of blocks forgotten.
   */
  forget(stale: (block: DecodedBlock) => boolean): number {
    let count = 0;
    this.#blocks.forEach((block, n) => {
      if (!block || !stale(block)) return;
      this.#blocks[n] = undefined;
      count++;
    });
    if (count === 0) return 0;
    const { words } = this;
    this.#blocks.forEach((decoded, n) => {
      if (!decoded) return;
      const links = ((this.#addresses[n]! + blockHeaderBytes) >>> 2) + decoded.last * 4 + 4;
      if (decoded.words.length > decoded.last * 4 + 5) words[links] = words[links + 1] = 0;
    });
    this.#fillTable();
    return count;
  }

  /** The next chunk of at least `needed` bytes; `wanted` for one to be allocated. */
  #newChunk(needed: number, wanted: number): void {
    const { length } = this.#chunks;
    while (this.#chunksUsed < length && this.#chunks[this.#chunksUsed]![1] < needed) {
      this.#chunksUsed++;
    }
    if (this.#chunksUsed === length) {
      const size = Math.ceil(Math.max(needed, wanted) / 0x10000) * 0x10000;
      this.#chunks.push([this.#allocate(size), size]);
    }
    const [address, bytes] = this.#chunks[this.#chunksUsed++]!;
    this.#next = address - guestBias;
    this.#end = this.#next + bytes;
    this.#bytes += bytes;
  }

  #newTable(entries: number): void {
    const bytes = entries * tableEntryBytes;
    this.#tableEntries = entries;
    if (this.#next + bytes > this.#end) {
      const own = Math.ceil(bytes / 0x10000) * 0x10000;
      let table = this.#tables.find(([, size]) => size === own);
      if (!table) this.#tables.push((table = [this.#allocate(own), own]));
      this.#table = table[0] - guestBias;
    } else {
      this.#table = this.#next;
      this.#next += bytes;
    }
    this.#fillTable();
  }

  #growTable(): boolean {
    if (this.#blocks.length * 2 <= this.#tableEntries) return false;
    let entries = this.#tableEntries;
    while (this.#blocks.length * 2 > entries) entries *= 2;
    this.#newTable(entries);
    return true;
  }

  #fillTable(): void {
    const { words } = this;
    words.fill(0, this.#table >>> 2, (this.#table >>> 2) + this.#tableEntries * 2);
    words[coreWord.table >> 2] = this.#table;
    words[coreWord.tableMask >> 2] = this.#tableEntries - 1;
    this.#blocks.forEach((block, n) => {
      if (block) this.#enter(block.pc, this.#addresses[n]!);
    });
  }

  /** The newest block of an address counts. */
  #enter(pc: number, address: number): void {
    const { words } = this;
    const mask = this.#tableEntries - 1;
    const table = this.#table >>> 2;
    let index = (Math.imul(pc, hashMultiplier) >>> hashShift) & mask;
    while (words[table + index * 2 + 1] !== 0 && words[table + index * 2] !== (pc | 0)) {
      index = (index + 1) & mask;
    }
    words[table + index * 2] = pc;
    words[table + index * 2 + 1] = address;
  }
}
