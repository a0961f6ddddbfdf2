/** What the processor needs to know of an instruction set; one implementation per folder beside. */

import type { Builder } from '../ir/builder.ts';
import type { Slot } from '../state.ts';

/** Guest code as seen by a decoder: bytes of guest memory from some address on. */
export interface CodeBytes {
  /** View of the code; `offset 0` is the instruction. May end before the instruction does. */
  readonly view: DataView;
  /** Guest address of offset 0 (u32). */
  readonly address: number;
}

/** What a helper (`Builder.helper`) works on. */
export interface HelperContext {
  /**
   * The whole wasm memory of the address space (state area at 0, guest address g at g - guestBias).
   */
  readonly memory: WebAssembly.Memory;
  /** A view of it that is renewed when the memory grows. */
  view(): DataView;
  /** Guest instructions executed so far by this processor: the source of virtual time. */
  instructionCount(): bigint;
  /** Next 64 bits of the injected entropy. */
  entropy(): bigint;
  /** `Cpu.invalidate`, for instruction-cache maintenance; takes effect at the block's end. */
  invalidate?(start: number, end: number): void;
}

/** x, y, z and the result are 64-bit patterns (BigInt.asUintN(64, …)). */
export type Helper = (context: HelperContext, x: bigint, y: bigint, z: bigint) => bigint;

export interface Isa {
  /** As in an ELF machine's usual name: `x86_64`, `aarch64`, `s390x`. */
  readonly name: string;
  readonly littleEndian: boolean;
  /** All state a task switch saves: slots and its end (wasm address). */
  readonly slots: readonly Slot[];
  readonly slotsEnd: number;
  /** Longest instruction in bytes. */
  readonly instructionBytesMax: number;
  /**
   * Decodes the instruction at `code` offset `at` (guest address `pc`), calls
   * `b.beginInstruction`, appends its IR, and returns its length in bytes. An undefined encoding
   * becomes `b.trap('illegal')`. Throws RangeError where the view ends inside the instruction.
   */
  lower(b: Builder, view: DataView, at: number, pc: number): number;
  /** Text of the instruction in the manual's syntax, and its length in bytes. */
  disassemble(view: DataView, at: number, pc: number): { text: string; bytes: number };
  /** Functions called by `Builder.helper`; the index is the id. */
  readonly helpers: readonly Helper[];
  /**
   * A module of helpers built from `wasm/`: it imports `env.memory`, and `changeInstructionSet`
   * (which throws `InstructionSetChange`) if it needs that, and exports `helper`:
   * (id: i32, x, y, z: i64) → i64. It gets the calls of `Builder.helper` with ids from
   * `moduleHelperFirst` on, without a way through JavaScript, and is linked at the first.
   */
  readonly helperModule?: () => WebAssembly.Module;
  /** Guest address (u32) the instruction at `pc`, which took an `alignment` trap, accessed. */
  readonly alignmentAddress?: (view: DataView, pc: number) => number;
  /**
   * The same instruction set with more exact and slower code. A helper that throws
   * `InstructionSetChange` makes its processor decode by it from this instruction on.
   */
  readonly exact?: Isa;
}

/** Lowest id of a helper of `Isa.helperModule`; those below are in `Isa.helpers`. */
export const moduleHelperFirst = 0x1000;

/** Thrown by a helper before its instruction has changed anything: see `Isa.exact`. */
export class InstructionSetChange extends Error {}

/**
 * Thrown by a helper before its instruction has changed anything: what was decoded does not fit the
 * state any more. The processor decodes the block at this instruction anew, with the state exact in
 * memory, and executes that.
 */
export class DecodeAgain extends Error {}
