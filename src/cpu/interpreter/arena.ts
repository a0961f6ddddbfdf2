/**
 * Decoded blocks in the guest's memory, and the table by which the core finds them. A fork copies
 * the memory, so the child's arena is right from the start.
 */

import type { DecodedBlock } from '../blocks.ts';
import { blockBytes } from '../ir/compact.ts';
import { guestBias } from '../state.ts';
import {
  blockField,
  blockHeaderBytes,
  coreWord,
  hashMultiplier,
  hashShift,
  tableEntryBytes,
} from './layout.ts';

/** Chunks the arena grows by. Bytes; multiples of 64 KiB. */
const firstChunkBytes = 0x20000;
const chunkBytes = 0x40000;
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
  /** By guest address. */
  readonly placed: Map<number, PlacedBlock> = new Map();
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
    if (this.#words.buffer !== this.#memory.buffer) {
      this.#words = new Int32Array(this.#memory.buffer);
    }
    return this.#words;
  }

  /** Allocates the first chunk and an empty table. */
  begin(): void {
    this.placed.clear();
    this.#chunks = [];
    this.#tables = [];
    this.#chunksUsed = 0;
    this.#bytes = 0;
    this.#newChunk(firstChunkBytes);
    this.#newTable(firstTableEntries);
  }

  /** Forgets all blocks and uses the memory again. */
  recycle(): void {
    this.placed.clear();
    this.#chunksUsed = 0;
    this.#bytes = 0;
    this.#newChunk(firstChunkBytes);
    this.#newTable(firstTableEntries);
  }

  /** The arena of a forked copy of the memory. */
  fork(memory: WebAssembly.Memory, allocate: (bytes: number) => number): BlockArena {
    const child = new BlockArena(memory, allocate);
    for (const [pc, block] of this.placed) child.placed.set(pc, block);
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
    return this.#bytes >= arenaBytesMax || this.placed.size * 2 >= tableEntriesMax;
  }

  /** Copies a block in and enters it in the table. */
  place(decoded: DecodedBlock): PlacedBlock {
    const bytes = blockBytes(decoded.words);
    if (this.#next + bytes > this.#end) this.#newChunk(chunkBytes);
    const address = this.#next;
    this.#next += bytes;
    const { words } = this;
    const at = address >>> 2;
    words[at + (blockField.counter >> 2)] = 0;
    words[at + (blockField.region >> 2)] = 0;
    words[at + (blockField.pc >> 2)] = decoded.pc;
    words[at + (blockField.instructions >> 2)] = decoded.instructions;
    words.set(decoded.words, at + (blockHeaderBytes >> 2));
    const placed = { decoded, address };
    this.placed.set(decoded.pc, placed);
    if (this.placed.size * 2 > this.#tableEntries) this.#newTable(this.#tableEntries * 2);
    else this.#enter(decoded.pc, address);
    return placed;
  }

  /**
   * Forgets the blocks for which `stale` holds and all links between blocks.
   * Gives the number of blocks forgotten.
   */
  forget(stale: (block: PlacedBlock) => boolean): number {
    let count = 0;
    for (const [pc, block] of this.placed) {
      if (!stale(block)) continue;
      this.placed.delete(pc);
      count++;
    }
    if (count === 0) return 0;
    const { words } = this;
    for (const { decoded, address } of this.placed.values()) {
      const links = ((address + blockHeaderBytes) >>> 2) + decoded.last * 4 + 4;
      if (decoded.words.length > decoded.last * 4 + 5) words[links] = words[links + 1] = 0;
    }
    this.#fillTable();
    return count;
  }

  #newChunk(wanted: number): void {
    if (this.#chunksUsed === this.#chunks.length) {
      this.#chunks.push([this.#allocate(wanted), wanted]);
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

  #fillTable(): void {
    const { words } = this;
    words.fill(0, this.#table >>> 2, (this.#table >>> 2) + this.#tableEntries * 2);
    words[coreWord.table >> 2] = this.#table;
    words[coreWord.tableMask >> 2] = this.#tableEntries - 1;
    for (const [pc, { address }] of this.placed) this.#enter(pc, address);
  }

  #enter(pc: number, address: number): void {
    const { words } = this;
    const mask = this.#tableEntries - 1;
    let index = (Math.imul(pc, hashMultiplier) >>> hashShift) & mask;
    while (words[(this.#table >>> 2) + index * 2 + 1] !== 0) index = (index + 1) & mask;
    words[(this.#table >>> 2) + index * 2] = pc;
    words[(this.#table >>> 2) + index * 2 + 1] = address;
  }
}
