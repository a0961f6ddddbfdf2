/**
 * An instruction set whose instructions are whatever a test wants: a program is a list of functions
 * that append IR. In memory an instruction is its number in 8 bytes, so code can be copied,
 * overwritten and invalidated like real code.
 */

import type { Builder } from '../../src/cpu/ir/builder.ts';
import type { Helper, Isa } from '../../src/cpu/isa/isa.ts';
import { guestBias, type Slot, SlotLayout } from '../../src/cpu/state.ts';

export type ToyInstruction = (b: Builder) => void;

/** Bytes of a toy instruction. */
export const toyBytes = 8;
/** Guest address of instruction 0 of a placed program. */
export const toyBase = 0x20000;

export interface ToyIsa extends Isa {
  readonly r: readonly Slot<'i64'>[];
  readonly w: readonly Slot<'i32'>[];
  readonly f: readonly Slot<'f64'>[];
  readonly s: readonly Slot<'f32'>[];
  readonly v: readonly Slot<'v128'>[];
  /** Registers an instruction and gives its number. */
  define(instruction: ToyInstruction): number;
  /** Writes instructions at a guest address, one after another. */
  place(memory: WebAssembly.Memory, program: readonly ToyInstruction[], at?: number): void;
}

/** A fresh toy instruction set: 16 i64 slots `r`, 8 of every other type. */
export function toyIsa(helpers: readonly Helper[] = [], name = 'toy'): ToyIsa {
  const layout = new SlotLayout();
  const instructions: ToyInstruction[] = [];
  const isa: ToyIsa = {
    name,
    littleEndian: true,
    r: layout.bank('r', 'i64', 16),
    w: layout.bank('w', 'i32', 8),
    f: layout.bank('f', 'f64', 8),
    s: layout.bank('s', 'f32', 8),
    v: layout.bank('v', 'v128', 8),
    slots: layout.slots,
    slotsEnd: layout.end,
    instructionBytesMax: toyBytes,
    helpers,
    define: (instruction) => instructions.push(instruction),
    place(memory, program, at = toyBase) {
      const view = new DataView(memory.buffer);
      program.forEach((instruction, n) => {
        view.setUint32(at - guestBias + n * toyBytes, instructions.push(instruction), true);
        view.setUint32(at - guestBias + n * toyBytes + 4, 0, true);
      });
    },
    lower(b, view, at, pc) {
      const number = Number(view.getBigUint64(at, true) & 0xffffffffn);
      b.beginInstruction(pc, toyBytes);
      const instruction = instructions[number - 1];
      if (instruction) instruction(b);
      else b.trap('illegal');
      return toyBytes;
    },
    disassemble: () => ({ text: 'toy', bytes: toyBytes }),
  };
  return isa;
}

/** Guest address of instruction `n` of a program placed at `at`. */
export function toyAddress(n: number, at: number = toyBase): number {
  return at + n * toyBytes;
}
