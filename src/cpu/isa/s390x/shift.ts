/** Shifts, rotations, rotate-then-…-selected-bits. */

import type { I32, I64 } from '../../ir/builder.ts';
import { sign, signOrOverflow, zeroOrNot } from './condition.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { type Row, row } from './row.ts';

/** The shift amount: the rightmost six bits of the second-operand address. */
function amount(z: Lowering): I64 {
  if (z.b2 === 0) return z.b.const64(z.d2 & 63);
  return z.b.i64_and(z.effective2(), z.b.const64(63));
}

type Shift = 'i64_shl' | 'i64_shr_u' | 'i64_shr_s';

/** Logical 32-bit shifts: done in 64 bits, where amounts of 32 and more need no care. */
const shiftLogical32 =
  (operation: 'i64_shl' | 'i64_shr_u', from: 'r1' | 'r3'): Semantics =>
  (z) => {
    const { b } = z;
    const low = b.const64Halves(-1, 0);
    const shifted = b[operation](b.i64_and(z.r64(z[from]), low), amount(z));
    z.putLow(z.r1, operation === 'i64_shl' ? b.i64_and(shifted, low) : shifted);
  };
const shiftRight32 =
  (from: 'r1' | 'r3'): Semantics =>
  (z) => {
    const { b } = z;
    const value = b.i32_wrap_i64(b.i64_shr_s(b.i64_extend32_s(z.r64(z[from])), amount(z)));
    z.put32(z.r1, value);
    z.cc(sign(b, 32, value));
  };
const shift64 =
  (operation: Shift): Semantics =>
  (z) => {
    const value = z.b[operation](z.r64(z.r3), amount(z));
    z.put64(z.r1, value);
    if (operation === 'i64_shr_s') z.cc(sign(z.b, 64, value));
  };

/** Arithmetic left shift of 64 bits: the sign stays; overflow where a bit unlike it is lost. */
function shiftLeftArithmetic(z: Lowering, x: I64, by: I64): { value: I64; overflow: I32 } {
  const { b } = z;
  const magnitude = b.i64_and(b.i64_shl(x, by), b.const64Halves(-1, 0x7fffffff));
  const value = b.i64_or(magnitude, b.i64_and(x, b.const64Halves(0, 1 << 31)));
  return { value, overflow: b.i64_ne(b.i64_shr_s(value, by), x) };
}
const shiftLeft64: Semantics = (z) => {
  const { value, overflow } = shiftLeftArithmetic(z, z.r64(z.r3), amount(z));
  z.put64(z.r1, value);
  z.cc(signOrOverflow(z.b, 64, value, overflow));
};
const shiftLeft32 =
  (from: 'r1' | 'r3'): Semantics =>
  (z) => {
    const { b } = z;
    const x = b.i64_extend32_s(z.r64(z[from]));
    const by = amount(z);
    const magnitude = b.i64_and(b.i64_shl(x, by), b.const64(0x7fffffff));
    const negative = b.i64_lt_s(x, b.const64(0));
    const value = b.i32_wrap_i64(
      b.i64_or(magnitude, b.i64_select(b.const64(0x80000000), b.const64(0), negative)),
    );
    const lost = b.i64_ne(b.i64_shr_s(b.i64_extend_i32_s(value), by), x);
    // A negative number always loses a zero once more than its 31 numeric bits are shifted out.
    const all = b.i32_and(negative, b.i64_gt_u(by, b.const64(31)));
    z.put32(z.r1, value);
    z.cc(signOrOverflow(b, 32, value, b.i32_or(lost, all)));
  };

/** Shifts of the 64 bits made of the low halves of an even–odd pair. */
const shiftDouble =
  (operation: Shift | 'sla'): Semantics =>
  (z) => {
    if (!z.even(z.r1)) return;
    const { b } = z;
    const left = b.i64_shl(z.r64(z.r1), b.const64(32));
    const pair = b.i64_or(left, b.i64_and(z.r64(z.r1 + 1), b.const64Halves(-1, 0)));
    const by = amount(z);
    let value: I64;
    let overflow: I32 | null = null;
    if (operation === 'sla') ({ value, overflow } = shiftLeftArithmetic(z, pair, by));
    else value = b[operation](pair, by);
    z.putLow(z.r1, b.i64_shr_u(value, b.const64(32)));
    z.putLow(z.r1 + 1, b.i64_and(value, b.const64Halves(-1, 0)));
    if (overflow) z.cc(signOrOverflow(b, 64, value, overflow));
    else if (operation === 'i64_shr_s') z.cc(sign(b, 64, value));
  };

const rotate32: Semantics = (z) =>
  z.put32(z.r1, z.b.i32_rotl(z.r32(z.r3), z.b.i32_wrap_i64(amount(z))));
const rotate64: Semantics = (z) => z.put64(z.r1, z.b.i64_rotl(z.r64(z.r3), amount(z)));

/** Bits `start` … `end` of `width` (bit 0 leftmost), wrapping round. */
function selectedBits(start: number, end: number, width: 32 | 64): bigint {
  let mask = 0n;
  for (let bit = start; ; bit = (bit + 1) % width) {
    mask |= 1n << BigInt(width - 1 - bit);
    if (bit === end) return mask;
  }
}
function constant(z: Lowering, value: bigint): I64 {
  return z.b.const64Halves(
    Number(BigInt.asIntN(32, value)),
    Number(BigInt.asIntN(32, value >> 32n)),
  );
}
function rotated(z: Lowering): I64 {
  const by = z.i5 & 63;
  return by === 0 ? z.r64(z.r2) : z.b.i64_rotl(z.r64(z.r2), z.b.const64(by));
}

const rotateInsert =
  (setsCode: boolean): Semantics =>
  (z) => {
    const { b } = z;
    const mask = selectedBits(z.i3 & 63, z.i4 & 63, 64);
    let value = b.i64_and(rotated(z), constant(z, mask));
    if (!(z.i4 & 0x80)) {
      value = b.i64_or(value, b.i64_and(z.r64(z.r1), constant(z, ~mask)));
    }
    z.put64(z.r1, value);
    if (setsCode) z.cc(sign(b, 64, value));
  };
const rotateInsertHalf =
  (half: 'high' | 'low'): Semantics =>
  (z) => {
    const { b } = z;
    const shift = half === 'high' ? 32n : 0n;
    const mask = selectedBits(z.i3 & 31, z.i4 & 31, 32) << shift;
    const own = 0xffffffffn << shift;
    const kept = z.i4 & 0x80 ? ~own : ~mask;
    const value = b.i64_and(rotated(z), constant(z, mask));
    z.put64(z.r1, b.i64_or(value, b.i64_and(z.r64(z.r1), constant(z, kept))));
  };
const rotateThen =
  (operation: 'and' | 'or' | 'xor'): Semantics =>
  (z) => {
    const { b } = z;
    const mask = selectedBits(z.i3 & 63, z.i4 & 63, 64);
    const selected = b.i64_and(rotated(z), constant(z, mask));
    const operand = operation === 'and' ? b.i64_or(selected, constant(z, ~mask)) : selected;
    const value = b[`i64_${operation}`](z.r64(z.r1), operand);
    if (!(z.i3 & 0x80)) z.put64(z.r1, value);
    z.cc(zeroOrNot(b.i64_ne(b.i64_and(value, constant(z, mask)), b.const64(0))));
  };

const double = { pairs: ['r1'] };

// biome-ignore format: a table
export const shiftRows: readonly Row[] = [
  row('SLL', 0x89, 'RS1', shiftLogical32('i64_shl', 'r1')), row('SLLK', 0xebdf, 'RSY', shiftLogical32('i64_shl', 'r3')), row('SLLG', 0xeb0d, 'RSY', shift64('i64_shl')),
  row('SRL', 0x88, 'RS1', shiftLogical32('i64_shr_u', 'r1')), row('SRLK', 0xebde, 'RSY', shiftLogical32('i64_shr_u', 'r3')), row('SRLG', 0xeb0c, 'RSY', shift64('i64_shr_u')),
  row('SRA', 0x8a, 'RS1', shiftRight32('r1')), row('SRAK', 0xebdc, 'RSY', shiftRight32('r3')), row('SRAG', 0xeb0a, 'RSY', shift64('i64_shr_s')),
  row('SLA', 0x8b, 'RS1', shiftLeft32('r1')), row('SLAK', 0xebdd, 'RSY', shiftLeft32('r3')), row('SLAG', 0xeb0b, 'RSY', shiftLeft64),
  row('SLDL', 0x8d, 'RS1', shiftDouble('i64_shl'), double), row('SRDL', 0x8c, 'RS1', shiftDouble('i64_shr_u'), double), row('SLDA', 0x8f, 'RS1', shiftDouble('sla'), double), row('SRDA', 0x8e, 'RS1', shiftDouble('i64_shr_s'), double),
  row('RLL', 0xeb1d, 'RSY', rotate32), row('RLLG', 0xeb1c, 'RSY', rotate64),
  row('RISBG', 0xec55, 'RIEf', rotateInsert(true)), row('RISBGN', 0xec59, 'RIEf', rotateInsert(false)), row('RISBHG', 0xec5d, 'RIEf', rotateInsertHalf('high')), row('RISBLG', 0xec51, 'RIEf', rotateInsertHalf('low')),
  row('RNSBG', 0xec54, 'RIEf', rotateThen('and')), row('ROSBG', 0xec56, 'RIEf', rotateThen('or')), row('RXSBG', 0xec57, 'RIEf', rotateThen('xor')),
];
