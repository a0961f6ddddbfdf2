/**
 * What the guest may do with each page: a table of one byte a page in the guest's own memory, where
 * both tiers look before they access anything, and helpers by `checkedPlace`. Indexed by wasm
 * address over 4096; so the null page, the state area and the processor's tables have no rights,
 * and a guest that goes wrong cannot touch them.
 */

import { coreWord, helperScratch } from './interpreter/layout.ts';
import { opCode } from './ir/rows.ts';
import { guestBias, stateOffset } from './state.ts';
import { GuestTrap } from './trap.ts';

/** Bits of the table's bytes, and of `Cpu.protect`: those of mprotect(2). */
export const right = {
  read: 1,
  write: 2,
  execute: 4,
  /** Writing is allowed but has to be noticed, because code of the page was decoded. */
  watched: 8,
  /** The page and the one after it can be read, or written: what the table adds by itself. */
  readBoth: 16,
  writeBoth: 32,
} as const;

/** Size of a page of the table. Bytes. */
export const pageBytes = 4096;

/** Size of the table: one byte for each page of 4 GiB. Bytes. */
export const rightsTableBytes = 0x100000;

/**
 * wasm addresses that front ends use as memory within an instruction, where the IR has no
 * conditional access. A guest may access them too: nothing is kept there.
 */
export const scratchRange: { readonly start: number; readonly end: number } = {
  start: helperScratch,
  end: stateOffset.slots,
};

/** Whether an access of `bytes` at a wasm address is one to the scratch bytes. */
export function isScratch(address: number, bytes: number): boolean {
  return address >= scratchRange.start && address + bytes <= scratchRange.end;
}

/** wasm address of the table, 0: there is none. */
function tableOf(view: DataView): number {
  return view.getUint32(coreWord.rights, true);
}

/**
 * First guest address of a range that must not be accessed so, or -1. `wanted` is `right.read` or
 * `right.write`.
 */
export function firstDenied(
  view: DataView,
  address: number,
  bytes: number,
  wanted: number,
): number {
  const table = tableOf(view);
  const start = (address - guestBias) >>> 0;
  if (table === 0) return outside(view, address, bytes);
  if (isScratch(start, bytes)) return -1;
  for (let at = start; at < start + bytes; at = (Math.floor(at / pageBytes) + 1) * pageBytes) {
    // An access may wrap around the end of the address space.
    const page = (at >>> 0) >>> 12;
    if ((view.getUint8(table + page) & wanted) === 0) return (at + guestBias) >>> 0;
  }
  return -1;
}

/** The same where nothing is checked: the memory's end and the null page are what faults. */
function outside(view: DataView, address: number, bytes: number): number {
  const end = view.byteLength + guestBias;
  if (((address - guestBias) >>> 0) + bytes <= view.byteLength) return -1;
  return address < guestBias || address >= end ? address : end;
}

/**
 * wasm address of a guest address (taken modulo 2³²) for a helper, which may access `bytes` bytes
 * there. Throws the `GuestTrap` of the first byte that must not be accessed.
 */
export function checkedPlace(
  view: DataView,
  address: number,
  bytes: number,
  write: boolean = false,
): number {
  if (bytes > 0) {
    const denied = firstDenied(view, address, bytes, write ? right.write : right.read);
    if (denied >= 0) throw new GuestTrap('memory', denied, { write });
  }
  return (address - guestBias) >>> 0;
}

/** Operands of memory_copy and its like that are addresses, with the right each needs. */
export function rangesOf(code: number): readonly (readonly [operand: number, wanted: number])[] {
  if (code === opCode.memory_fill) return [[1, right.write]];
  if (code === opCode.memory_find) return [[1, right.read]];
  if (code === opCode.memory_mismatch) {
    return [
      [1, right.read],
      [2, right.read],
    ];
  }
  // What is moved is read first.
  return [
    [2, right.read],
    [1, right.write],
  ];
}

/** The bits that are said, where others follow from them. */
const asked = right.read | right.write | right.execute | right.watched;

/** A page's byte of the table, given the next page's. */
function paired(rights: number, next: number): number {
  return (rights & asked) | ((rights & next & (right.read | right.write)) << 4);
}

/** The table of one processor. */
export class PageRights {
  readonly #memory: WebAssembly.Memory;
  /** wasm address of the table. */
  readonly table: number;
  #bytes: Uint8Array;

  /** `address` is a guest address with `rightsTableBytes` zeroed bytes. */
  constructor(memory: WebAssembly.Memory, address: number) {
    this.#memory = memory;
    this.table = address - guestBias;
    this.#bytes = new Uint8Array(memory.buffer);
  }

  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.#memory.buffer) {
      this.#bytes = new Uint8Array(this.#memory.buffer);
    }
    return this.#bytes;
  }

  #index(address: number): number {
    return this.table + (((address - guestBias) >>> 0) >>> 12);
  }

  /** Rights of the page of a guest address. */
  at(address: number): number {
    return this.bytes[this.#index(address)]!;
  }

  /** Gives the pages of [start, end) rights; guest addresses, multiples of `pageBytes`. */
  set(start: number, end: number, rights: number): void {
    if (start >= end) return;
    const [first, last] = [this.#index(start), this.#index(end - 1)];
    this.bytes.fill(paired(rights, rights), first, last);
    this.#change(last, rights);
    this.#pair(first - 1);
  }

  /** Sets what was asked for of one page, and what follows from it. */
  #change(index: number, rights: number): void {
    this.bytes[index] = rights & asked;
    this.#pair(index);
    this.#pair(index - 1);
  }

  /** Brings the bits of a page up to date that depend on the next one too. */
  #pair(index: number): void {
    if (index < this.table) return;
    const isLast = index === this.table + rightsTableBytes - 1;
    this.bytes[index] = paired(this.bytes[index]!, isLast ? 0 : this.bytes[index + 1]!);
  }

  /** Notes that code of [start, end) was decoded: writes to its pages fault from now on. */
  watch(start: number, end: number): void {
    const { bytes } = this;
    for (let at = start - (start % pageBytes); at < end; at += pageBytes) {
      const index = this.#index(at);
      const rights = bytes[index]!;
      if (rights & right.write) this.#change(index, rights ^ (right.write | right.watched));
    }
  }

  isWatched(address: number): boolean {
    return (this.at(address) & right.watched) !== 0;
  }

  /** Writes to the page of a guest address go unnoticed again. */
  release(address: number): void {
    const index = this.#index(address);
    const rights = this.bytes[index]!;
    if (rights & right.watched) this.#change(index, rights ^ (right.write | right.watched));
  }
}
