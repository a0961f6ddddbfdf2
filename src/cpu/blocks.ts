/** Decoding guest code into blocks the interpreter executes and the translator reads. */

import { codePageOf } from './code_page.ts';
import { Builder } from './ir/builder.ts';
import { compactCells } from './ir/compact.ts';
import { opCode } from './ir/rows.ts';
import type { Isa } from './isa/isa.ts';
import { type PageRights, pageBytes, right } from './protection.ts';
import { blockOpsMax, guestBias } from './state.ts';
import type { Region } from './translate/region.ts';

/** Most guest instructions in a block. */
export const blockInstructionsMax = 64;

/** Cells kept free for the next instruction; a block ends where fewer are left. */
const instructionCellsReserved = 300;

/**
 * Memory a block was decoded from beside its own code, see `Builder.dependsOn`. Whatever keeps
 * blocks (a persistent cache too) keeps and compares these as it does `DecodedBlock.code`:
 * `sameCode` does, and `touches` is what `invalidate` asks.
 */
export interface Dependency {
  /** Guest address (u32) and the bytes that were there. */
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** A decoded block; independent of the process it was decoded in. */
export interface DecodedBlock {
  /** Guest address of the first instruction and of the byte after the last (u32). */
  readonly pc: number;
  readonly end: number;
  readonly instructions: number;
  /** The guest code it was decoded from, from the even address at or below `pc` on. */
  readonly code: Uint8Array;
  readonly depends: readonly Dependency[];
  /**
   * Cells as the interpreter wants them: operands are wasm addresses. Then the links. Never
   * changed, but they may be moved into an array with others (`CodePage.image`).
   */
  words: Int32Array;
  /** Index of the terminator's cell. */
  readonly last: number;
  /** First cell of each instruction, and its guest address as an i32. */
  readonly instructionCell: Int16Array;
  readonly instructionPc: Int32Array;
  /** Regions that begin here, compiled earlier in some process. */
  readonly regions: Region[];
}

/** One decoder: its builder is reused for every block. */
export class BlockDecoder {
  readonly #isa: Isa;
  readonly #builder = new Builder();
  #rights: PageRights | undefined;

  constructor(isa: Isa) {
    this.#isa = isa;
  }

  /**
   * Decodes at guest address `pc`; `memory` is the whole wasm memory. Always gives a block. Pages
   * that are not executable fault; without `rights` all are.
   */
  decode(
    memory: DataView,
    pc: number,
    rights?: PageRights,
    instructionsMax: number = blockInstructionsMax,
  ): DecodedBlock {
    this.#rights = rights;
    const b = this.#builder;
    b.begin(pc);
    let at = (pc - guestBias) >>> 0;
    const page = codePageOf(pc);
    while (!b.ended) {
      const address = at + guestBias;
      const full =
        b.instructions >= instructionsMax ||
        b.count + instructionCellsReserved > blockOpsMax ||
        (b.instructions > 0 && codePageOf(address) !== page);
      if (full) {
        b.jump(address);
        break;
      }
      const bytes = this.#instruction(memory, at, address);
      if (bytes === 0) break;
      at += bytes;
    }
    const end = b.instructions === 0 ? pc : b.nextAddress;
    const first = codeStart(pc);
    const start = Math.min(first, memory.byteLength);
    const length = end > pc ? Math.min(end - guestBias - first, memory.byteLength - start) : 0;
    const code = new Uint8Array(memory.buffer, memory.byteOffset + start, length).slice();
    const depends = b.dependencies.map(([address, bytes]) => dependency(memory, address, bytes));
    return { pc, end, code, depends, regions: [], ...compactCells(b) };
  }

  /** Lowers one instruction; 0 where the block had to end before it. */
  #instruction(memory: DataView, at: number, address: number): number {
    const b = this.#builder;
    const { count, instructions, nextAddress } = b;
    let fetched = address;
    try {
      if (at >= memory.byteLength) throw new RangeError('no memory at this address');
      this.#fetch(address);
      const bytes = this.#isa.lower(b, memory, at, address);
      fetched = address + bytes - 1;
      this.#fetch(fetched);
      return bytes;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // The part of an instruction on a second page: the fault is where that begins.
      if (fetched !== address) fetched -= fetched % pageBytes;
      const overflow = b.count >= blockOpsMax;
      b.count = count;
      b.instructions = instructions;
      b.ended = false;
      if (instructions > 0) {
        b.nextAddress = nextAddress;
        b.jump(address);
      } else if (overflow) {
        throw new Error(`${this.#isa.name} at ${address.toString(16)}: ${error.message}`);
      } else {
        // Fetching from outside memory is a fault at the fetched address, on its own instruction.
        b.beginInstruction(address, 0);
        b.trap('memory', fetched);
      }
      return 0;
    }
  }

  /** Throws RangeError where the guest must not execute what is at an address. */
  #fetch(address: number): void {
    if (this.#rights && !(this.#rights.at(address) & right.execute)) {
      throw new RangeError('not executable');
    }
  }
}

/**
 * wasm address of the code a block at guest address `pc` depends on. Some front ends give the
 * second half of an instruction an odd address, and look one byte back.
 */
function codeStart(pc: number): number {
  return ((pc & ~1) - guestBias) >>> 0;
}

/** What is at a guest address now; no bytes where there is no memory. */
function dependency(memory: DataView, address: number, bytes: number): Dependency {
  const at = (address - guestBias) >>> 0;
  const there = at + bytes <= memory.byteLength;
  const from = memory.byteOffset + at;
  return {
    address,
    bytes: new Uint8Array(memory.buffer, there ? from : 0, there ? bytes : 0).slice(),
  };
}

/** Whether a block was decoded from code in [start, end) (guest addresses). */
export function touches(block: DecodedBlock, start: number, end: number): boolean {
  const { pc, depends } = block;
  if ((pc & ~1) >>> 0 < end && Math.max(block.end, pc + 1) > start) return true;
  return depends.some(({ address, bytes }) => address < end && address + bytes.length > start);
}

/** Whether the guest memory at a block's address still holds the code it was decoded from. */
export function sameCode(block: DecodedBlock, memory: Uint8Array): boolean {
  const start = codeStart(block.pc);
  const { code } = block;
  if (code.length === 0 || start + code.length > memory.length) return false;
  if (!equalAt(memory, start, code)) return false;
  return block.depends.every(({ address, bytes }) =>
    equalAt(memory, (address - guestBias) >>> 0, bytes),
  );
}

function equalAt(memory: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (memory[at + i] !== bytes[i]) return false;
  return true;
}

/** Code of a block's terminator. */
export function terminatorOf(block: DecodedBlock): number {
  return block.words[block.last * 4]! & 0xffff;
}

/** Guest addresses a block may continue at as far as its code says. */
export function directTargets(block: DecodedBlock): number[] {
  const at = block.last * 4;
  const word = (i: number): number => block.words[at + i]! >>> 0;
  switch (terminatorOf(block)) {
    case opCode.jump:
      return [word(1)];
    case opCode.branch:
      return [word(2), word(3)];
    case opCode.call:
      return [word(2)];
    case opCode.jump_indirect:
      return block.words[at]! >>> 16 === 1 ? [word(2)] : [];
    case opCode.syscall:
      return [word(2)];
    default:
      return [];
  }
}
