/** The x86-64 instruction set: 64-bit mode up to x86-64-v3, as an `Isa`. */

import type { Builder } from '../../ir/builder.ts';
import type { Isa } from '../isa.ts';
import { aluRows } from './alu.ts';
import { avxRows } from './avx.ts';
import { bitRows } from './bits.ts';
import { bmiRows } from './bmi.ts';
import { controlRows } from './control.ts';
import { type ModelName, modelDefault, models } from './cpuid.ts';
import { cryptoRows } from './crypto.ts';
import { decode, instructionBytesMax } from './decode.ts';
import { disassembleInstruction } from './disassemble.ts';
import { decoding } from './exact_float.ts';
import { fmaRows } from './fma.ts';
import { helperModule } from './helper_module.ts';
import { Instruction } from './instruction.ts';
import { Lowering } from './lowering.ts';
import { moveRows } from './move.ts';
import { allSlots, slotsEnd } from './registers.ts';
import { shiftRows } from './shift.ts';
import { sseFloatRows } from './sse_float.ts';
import { sseIntegerRows } from './sse_integer.ts';
import { sseStringRows } from './sse_string.ts';
import { stringRows } from './string.ts';
import { routinesOf, systemRows } from './system.ts';
import { OpcodeTable } from './table.ts';
import { vexFormRows } from './vex.ts';
import { wait, x87Rows } from './x87.ts';

export { fxsaveBytes, loadFxsave, storeFxsave } from './fxsave.ts';
export { flagSlots, getFlags, registers, resetRegisters, setFlags, x87Slots } from './registers.ts';

/** All instructions. */
export const table: OpcodeTable = new OpcodeTable([
  aluRows,
  shiftRows,
  moveRows,
  bitRows,
  bmiRows,
  stringRows,
  controlRows,
  systemRows,
  sseFloatRows,
  sseIntegerRows,
  sseStringRows,
  x87Rows,
  vexFormRows,
  avxRows,
  fmaRows,
  cryptoRows,
]);

const lowering = new Lowering();

function lower(b: Builder, view: DataView, at: number, pc: number): number {
  const { i } = lowering;
  decode(table, i, view, at, pc);
  lowering.begin(b);
  if (decoding.trapping && i.row?.operands.some(({ file }) => file === 'mm')) wait(lowering);
  if (i.row) i.row.lower(lowering);
  else b.trap('illegal');
  lowering.end();
  return i.bytes;
}

/** The same for programs that have unmasked a floating-point exception. */
function lowerTrapping(b: Builder, view: DataView, at: number, pc: number): number {
  decoding.trapping = true;
  try {
    return lower(b, view, at, pc);
  } finally {
    decoding.trapping = false;
  }
}

const shown = new Instruction();

/** What can be chosen of a processor. */
export interface X86Options {
  /** What CPUID reports; instructions of higher levels execute all the same. */
  readonly model?: ModelName;
}

/** The instruction set with a processor model; `x86-64-v2` by default. */
export function createX86_64({ model = modelDefault }: X86Options = {}): Isa {
  const isa: Isa = {
    name: 'x86_64',
    littleEndian: true,
    slots: allSlots,
    slotsEnd,
    instructionBytesMax,
    lower,
    disassemble(view, at, pc) {
      decode(table, shown, view, at, pc);
      return { text: disassembleInstruction(shown), bytes: shown.bytes };
    },
    helpers: routinesOf(models[model]),
    helperModule,
  };
  // A name of its own: blocks are kept by it.
  return { ...isa, exact: { ...isa, name: 'x86_64-trapping', lower: lowerTrapping } };
}

/** The instruction set as the processor uses it. */
export const x86_64: Isa = createX86_64();
