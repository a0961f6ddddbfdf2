/** AArch64 at EL0: the instruction set as the processor sees it. */

import type { Builder } from '../../ir/builder.ts';
import { guestBias } from '../../state.ts';
import type { Isa } from '../isa.ts';
import { formatInstruction, type PatternRow, PatternTable } from '../pattern.ts';
import { atomicRows } from './atomics.ts';
import { branchRows } from './branches.ts';
import { cryptoRows } from './crypto.ts';
import { checkedSemantics } from './exact_float.ts';
import { forgetFlags } from './flags.ts';
import { floatRows } from './fp.ts';
import { halfRows } from './half_precision.ts';
import { helperModule } from './helper_module.ts';
import { integerRows } from './integer.ts';
import { memoryRows } from './memory.ts';
import { getNzcv, type Registers, registers, setNzcv, slots, slotsEnd } from './registers.ts';
import { helpers } from './runtime.ts';
import { simdFloatRows } from './simd_float.ts';
import { simdMiscRows } from './simd_misc.ts';
import { simdMoveRows } from './simd_move.ts';
import { simdSameRows } from './simd_same.ts';
import { simdShiftRows } from './simd_shift.ts';
import { structureRows } from './structures.ts';
import { operandFormatters } from './syntax.ts';
import { systemRows } from './system.ts';

const floatingRows = [...floatRows, ...simdFloatRows];
const halfPrecisionRows = halfRows(floatingRows);
const halves: ReadonlySet<PatternRow> = new Set(halfPrecisionRows);

/** All instructions. */
export const aarch64Rows: readonly PatternRow[] = [
  ...integerRows,
  ...branchRows,
  ...memoryRows,
  ...atomicRows,
  ...structureRows,
  ...systemRows,
  ...floatRows,
  ...cryptoRows,
  ...simdSameRows,
  ...simdMiscRows,
  ...simdMoveRows,
  ...simdShiftRows,
  ...simdFloatRows,
  ...halfPrecisionRows,
];

let table: PatternTable | null = null;

/** The decoder, made at first use. */
export function aarch64Table(): PatternTable {
  table ??= new PatternTable(aarch64Rows);
  return table;
}

function lower(b: Builder, view: DataView, at: number, pc: number): number {
  const word = view.getInt32(at, true);
  // What is known of the flags ends with the block.
  if (b.instructions === 0) forgetFlags();
  b.beginInstruction(pc, 4);
  if (pc & 3) {
    b.trap('alignment');
    return 4;
  }
  const decoded = aarch64Table().decode(word);
  if (decoded) semanticsOf(decoded.compiled.row)(b, decoded.fields);
  else b.trap('illegal');
  return 4;
}

const checkedForms: Map<PatternRow, PatternRow['semantics']> = new Map<
  PatternRow,
  PatternRow['semantics']
>();

/** Semantics with floating-point state minded; half-precision rows do so as they are. */
function semanticsOf(row: PatternRow): PatternRow['semantics'] {
  let found = checkedForms.get(row);
  if (!found) {
    found = halves.has(row) ? row.semantics : checkedSemantics(row);
    checkedForms.set(row, found);
  }
  return found;
}

function disassemble(view: DataView, at: number, pc: number): { text: string; bytes: number } {
  const word = view.getInt32(at, true);
  const decoded = aarch64Table().decode(word);
  if (decoded) return { text: formatInstruction(decoded, pc, operandFormatters), bytes: 4 };
  return { text: `.inst 0x${(word >>> 0).toString(16).padStart(8, '0')}`, bytes: 4 };
}

/** The AArch64 instruction set, and its registers for the operating system layer. */
export interface Aarch64 extends Isa {
  /** AT_HWCAP (uapi/asm/hwcap.h): what programs should use; the ID registers say the same. */
  readonly hwcap: bigint;
  /** The same as /proc/cpuinfo names it, by bit. */
  readonly features: readonly string[];
  readonly registers: Registers;
  /** NZCV in bits 31…28, read from the state area. */
  getNzcv(view: DataView): number;
  setNzcv(view: DataView, nzcv: number): void;
}

/** Bit numbers of HWCAP_*, by the names of /proc/cpuinfo. */
// biome-ignore format: a table
const hwcapBits = {
  fp: 0, asimd: 1, aes: 3, pmull: 4, sha1: 5, sha2: 6, crc32: 7, atomics: 8, fphp: 9, asimdhp: 10, cpuid: 11, asimdrdm: 12,
  lrcpc: 15, dcpop: 16, asimddp: 20, sb: 29,
};

/** All instructions that demand alignment have their address in Rn, which the trap left alone. */
function alignmentAddress(view: DataView, pc: number): number {
  if (pc & 3) return pc;
  const n = (view.getInt32((pc - guestBias) >>> 0, true) >> 5) & 31;
  return view.getUint32((n === 31 ? registers.sp : registers.x[n]!).offset, true);
}

export const aarch64: Aarch64 = {
  littleEndian: true,
  slots,
  slotsEnd,
  instructionBytesMax: 4,
  disassemble,
  helpers,
  helperModule,
  alignmentAddress,
  name: 'aarch64',
  features: Object.keys(hwcapBits),
  hwcap: Object.values(hwcapBits).reduce((set, bit) => set | (1n << BigInt(bit)), 0n),
  lower,
  registers,
  getNzcv,
  setNzcv,
};
