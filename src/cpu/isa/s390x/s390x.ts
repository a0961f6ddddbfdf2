/**
 * z/Architecture, 64-bit mode, as the IBM z13 offers it to programs: the instruction set object.
 */

import type { Builder } from '../../ir/builder.ts';
import type { Isa } from '../isa.ts';
import { arithmeticRows } from './arithmetic.ts';
import { atomicRows } from './atomic.ts';
import { branchRows } from './branch.ts';
import { decimalRows } from './decimal.ts';
import { decimalTextRows } from './decimal_text.ts';
import { connectExecute } from './execute.ts';
import { floatRows } from './float.ts';
import { floatControlRows } from './float_control.ts';
import { helperModule } from './helper_module.ts';
import { helpers } from './helper_table.ts';
import { interruption } from './interruption.ts';
import { loadStoreRows } from './load_store.ts';
import { lockedRows } from './locked_operation.ts';
import { logicalRows } from './logical.ts';
import { Lowering } from './lowering.ts';
import { multiplyDivideRows } from './multiply_divide.ts';
import { rangeRows } from './ranges.ts';
import { fixedPointOverflowMask, registers, slots, slotsEnd } from './registers.ts';
import { decodeFields, format, InstructionTable, type Row, readBits } from './row.ts';
import { shiftRows } from './shift.ts';
import { storageRows } from './storage.ts';
import { stringRows } from './strings.ts';
import { systemRows } from './system.ts';
import { unicodeRows } from './unicode.ts';
import { vectorFloatRows } from './vector_float.ts';
import { vectorIntegerRows } from './vector_integer.ts';
import { vectorLoadRows } from './vector_load.ts';
import { vectorStringRows } from './vector_string.ts';

export { getConditionCode, registers, setConditionCode } from './registers.ts';

/** Every instruction. */
export const instructions: InstructionTable = new InstructionTable([
  ...arithmeticRows,
  ...loadStoreRows,
  ...logicalRows,
  ...shiftRows,
  ...multiplyDivideRows,
  ...branchRows,
  ...storageRows,
  ...stringRows,
  ...rangeRows,
  ...atomicRows,
  ...lockedRows,
  ...systemRows,
  ...decimalRows,
  ...decimalTextRows,
  ...unicodeRows,
  ...floatControlRows,
  ...floatRows,
  ...vectorLoadRows,
  ...vectorIntegerRows,
  ...vectorStringRows,
  ...vectorFloatRows,
]);

let lowering: Lowering | null = null;

function prepare(b: Builder, view: DataView, at: number, pc: number): Lowering {
  if (!lowering) {
    lowering = new Lowering(b);
    connectExecute(lowering, instructions);
  }
  if (b.instructions === 0 || lowering.b !== b) lowering.beginBlock(b);
  lowering.view = view;
  lowering.at = at;
  lowering.pc = pc;
  lowering.executeLength = null;
  lowering.executed = false;
  lowering.taken = false;
  lowering.overflow = null;
  return lowering;
}

function lower(b: Builder, view: DataView, at: number, pc: number): number {
  return lowerAs(false, b, view, at, pc);
}

/** As the program mask says that fixed-point overflow interrupts. */
function lowerChecked(b: Builder, view: DataView, at: number, pc: number): number {
  return lowerAs(true, b, view, at, pc);
}

function lowerAs(isChecked: boolean, b: Builder, view: DataView, at: number, pc: number): number {
  // An odd address is the second half of a conditional branch: see `conditionalIndirect`.
  const taken = pc & 1;
  const { high, low, bytes } = readBits(view, at - taken);
  const z = prepare(b, view, at - taken, pc - taken);
  z.taken = taken === 1;
  z.next = (z.pc + bytes) >>> 0;
  b.beginInstruction(pc, bytes - taken);
  // Traps are at the instruction, whichever half of it.
  b.instructionAddress = z.pc;
  z.isChecked = isChecked;
  const row = instructions.find(high, low);
  if (!row || (taken && !hasSecondHalf(row))) b.trap('illegal');
  else run(z, row, high, low);
  return bytes - taken;
}

/** Whether an instruction uses its odd address: conditional indirect branches, floating point. */
function hasSecondHalf(row: Row): boolean {
  return row.mnemonic === 'BCR' || row.mnemonic === 'BC' || secondHalves.has(row);
}
const secondHalves: ReadonlySet<Row> = new Set([...floatRows, ...vectorFloatRows]);

function run(z: Lowering, row: Row, high: number, low: number): void {
  z.format = row.format.name;
  decodeFields(z, row.format, high, low);
  row.semantics(z);
  if (z.isChecked && z.overflow !== null) {
    const { b } = z;
    const isOn = b.i32_and(b.get(registers.programMask), b.const32(fixedPointOverflowMask));
    const overflows = b.i32_and(b.i32_ne(z.overflow, b.const32(0)), b.i32_ne(isOn, b.const32(0)));
    b.trapIf(overflows, 'arithmetic', interruption.fixedPointOverflow);
  }
}

function disassemble(view: DataView, at: number, pc: number): { text: string; bytes: number } {
  const { high, low, bytes } = readBits(view, at);
  const row = instructions.find(high, low);
  if (row) return { text: format(row, high, low, pc), bytes };
  const hex = Array.from({ length: bytes }, (_, i) =>
    view
      .getUint8(at + i)
      .toString(16)
      .padStart(2, '0'),
  );
  return { text: `.byte\t0x${hex.join(',0x')}`, bytes };
}

const common = {
  littleEndian: false,
  slots,
  slotsEnd,
  instructionBytesMax: 6,
  disassemble,
  helpers,
  helperModule,
};

export const s390x: Isa = {
  ...common,
  name: 's390x',
  lower,
  // What SET PROGRAM MASK changes to.
  exact: { ...common, name: 's390x-checked', lower: lowerChecked },
};
