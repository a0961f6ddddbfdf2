/**
 * Where a guest's processor state lives: the first 16 KiB of every address space's
 * `WebAssembly.Memory`. Guest address g is wasm address `g - guestBias` (mod 2³²), so the guest
 * addresses 0…0xbfff wrap to the top of the 4 GiB index space, which is never allocated: the null
 * page traps at no cost. The state area takes the place of guest addresses 0xc000…0xffff, which
 * Linux's `vm.mmap_min_addr` (65536) keeps free.
 */

import type { ValueType } from './ir/ops.ts';

/** Subtracted from a guest address to get a wasm address. Bytes. */
export const guestBias = 0xc000;

/** Size of the state area at wasm address 0. Bytes. */
export const stateBytes = 0x4000;

/** Most wasm pages (64 KiB) an address space may have, so that the null page still traps. */
export const memoryPagesMax = 65535;

/**
 * Fixed words of the state area: byte offsets (wasm addresses). Each is an i32 unless it says so.
 */
export const stateOffset = {
  /** Guest address of the next instruction (u32). */
  pc: 0x00,
  /** Instructions left before preemption (i32; may go below 0 by less than one block). */
  fuel: 0x04,
  /** Why the core returned: an `exitReason`. */
  exitReason: 0x08,
  /** Detail of the exit: trap kind, faulting guest address, hot block's address. */
  exitDetail: 0x0c,
  /** wasm address of the interpreter's current cell, kept for precise faults. */
  cell: 0x10,
  /** Scratch of the core and of helpers, 0x20…0xff. */
  scratch: 0x20,
  /** The instruction set's own slots start here and end before `temps`. */
  slots: 0x100,
  /** Temporaries of the interpreter, 16 bytes each, up to `stateBytes`. */
  temps: 0x1000,
} as const;

/** Most IR operations in one block: one temporary each. */
export const blockOpsMax: number = (stateBytes - stateOffset.temps) / 16;

/**
 * A numbered piece of guest state: a register, a flag. `offset` is a wasm address in the state
 * area, naturally aligned (16 for v128). The translator keeps slots in wasm locals; so slots never
 * overlap, and a narrower view is an IR operation on the whole slot.
 */
export interface Slot<T extends ValueType = ValueType> {
  readonly name: string;
  readonly type: T;
  readonly offset: number;
}

/** Bytes a value takes in memory. */
export const valueBytes: Readonly<Record<ValueType, number>> = {
  i32: 4,
  i64: 8,
  f32: 4,
  f64: 8,
  v128: 16,
};

/** Hands out slots one after another, aligned; one instance per instruction set. */
export class SlotLayout {
  readonly slots: Slot[] = [];
  #end: number = stateOffset.slots;

  /** Declares a slot. Throws when the state area is full. */
  slot<T extends ValueType>(name: string, type: T): Slot<T> {
    const bytes = valueBytes[type];
    const offset = Math.ceil(this.#end / bytes) * bytes;
    if (offset + bytes > stateOffset.temps) throw new Error(`state area full at slot ${name}`);
    this.#end = offset + bytes;
    const slot: Slot<T> = { name, type, offset };
    this.slots.push(slot);
    return slot;
  }

  /** Declares `count` slots named `${prefix}0`, `${prefix}1`, … */
  bank<T extends ValueType>(prefix: string, type: T, count: number): Slot<T>[] {
    return Array.from({ length: count }, (_, n) => this.slot(`${prefix}${n}`, type));
  }

  /** End of the declared slots: a wasm address, 16-byte aligned. What a task switch must save. */
  get end(): number {
    return Math.ceil(this.#end / 16) * 16;
  }
}
