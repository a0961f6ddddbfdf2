/** Shifts and rotates (SDM vol. 2, SAL … SHR, RCL … ROR, SHLD, SHRD, and BMI2's). */

import type { I32, I64 } from '../../ir/builder.ts';
import type { Bits } from './instruction.ts';
import type { Lowering } from './lowering.ts';
import { flagSlots } from './registers.ts';
import { routine } from './routines.ts';
import type { Lower, RowSource } from './row.ts';
import {
  constant,
  fromI64,
  isNegative,
  lowI32,
  normalize,
  toI64S,
  toI64U,
  unsigned,
  type Word,
  word,
} from './words.ts';

/** The masked shift count: a number where the instruction states it, else a value. */
interface Count {
  readonly known: number;
  readonly value: I32;
}

function readCount(c: Lowering, n: number, w: Bits): Count {
  const mask = w === 64 ? 63 : 31;
  const operand = c.operand(n);
  if (operand.place === 'immediate' || operand.file === 'none') {
    const known = (operand.place === 'immediate' ? c.i.immediate : 1) & mask;
    return { known, value: c.b.const32(known) };
  }
  const cl = c.b.i32_wrap_i64(c.gpr(1));
  return { known: -1, value: c.b.i32_and(cl, c.b.const32(mask)) };
}

/** The count as a word of the shifted operand's representation. */
const countWord = (c: Lowering, w: Bits, count: I32): Word =>
  w === 64 ? c.b.i64_extend_i32_u(count) : count;

interface Shifted {
  readonly result: Word;
  /** CF and OF as 0 or 1, valid where the count is not zero. */
  readonly cf: I32;
  readonly of: I32;
}

const bit0 = (c: Lowering, w: Bits, x: Word): I32 => c.b.i32_and(lowI32(c.b, w, x), c.b.const32(1));

function shiftLeft(c: Lowering, w: Bits, x: Word, count: Count): Shifted {
  const { b } = c;
  let result: Word;
  let cf: I32;
  if (w === 64) {
    const n = b.i64_extend_i32_u(count.value);
    result = b.i64_shl(x as I64, n);
    cf = bit0(c, w, b.i64_shr_u(x as I64, b.i64_sub(b.const64(0), n)));
  } else {
    const wide = b.i64_shl(toI64U(b, w, x), b.i64_extend_i32_u(count.value));
    result = fromI64(b, w, wide);
    cf = bit0(c, 64, b.i64_shr_u(wide, b.const64(w)));
  }
  return { result, cf, of: b.i32_xor(cf, isNegative(b, w, result)) };
}

function shiftRight(c: Lowering, w: Bits, x: Word, count: Count): Shifted {
  const { b } = c;
  const source = unsigned(b, w, x);
  const n = countWord(c, w, count.value);
  const last = word.sub(b, w, n, constant(b, w, 1));
  const before = word.shrU(b, w, source, last);
  const result = normalize(b, w, word.shrU(b, w, source, n));
  // Only a shift by one leaves the sign bit just below the top.
  const high = isNegative(b, w, normalize(b, w, before));
  return { result, cf: bit0(c, w, before), of: high };
}

function shiftArithmetic(c: Lowering, w: Bits, x: Word, count: Count): Shifted {
  const { b } = c;
  const n = countWord(c, w, count.value);
  const before = word.shrS(b, w, x, word.sub(b, w, n, constant(b, w, 1)));
  return { result: word.shrS(b, w, x, n), cf: bit0(c, w, before), of: b.const32(0) };
}

/** Writes the result and, where the count is not zero, the flags. */
function finishShift(c: Lowering, w: Bits, count: Count, shifted: Shifted): void {
  const { b, flags } = c;
  const { result, cf, of } = shifted;
  if (count.known > 0) {
    c.write(0, result);
    flags.setResult(w, result);
    flags.setCarry(cf);
    flags.setOverflow(of);
    flags.clearAuxiliary(w, result);
    return;
  }
  const keep = b.i32_eqz(count.value);
  const [oldCf, oldOf] = [flags.carry(), flags.overflow()];
  c.write(0, result);
  const wide = toI64S(b, w, result);
  const [zero, sign] = [b.get(flagSlots.zero), b.get(flagSlots.sign)];
  const af = b.i32_select(b.get(flagSlots.af), b.i32_wrap_i64(wide), keep);
  flags.forget();
  b.put(flagSlots.zero, b.i64_select(zero, wide, keep));
  b.put(flagSlots.sign, b.i64_select(sign, wide, keep));
  b.put(flagSlots.af, af);
  flags.setCarry(b.i32_select(oldCf, cf, keep));
  flags.setOverflow(b.i32_select(oldOf, of, keep));
}

const shift =
  (operation: typeof shiftLeft): Lower =>
  (c) => {
    const w = c.width(0);
    const count = readCount(c, 1, w);
    const x = c.read(0);
    // A 32-bit register is zero-extended even by a count of zero.
    if (count.known === 0) return c.write(0, x);
    finishShift(c, w, count, operation(c, w, x, count));
  };

/** ROL, ROR: only CF and OF change. Bytes and halfwords are repeated to fill 32 bits first. */
const rotate =
  (left: boolean): Lower =>
  (c) => {
    const { b, flags } = c;
    const w = c.width(0);
    const count = readCount(c, 1, w);
    const x = c.read(0);
    if (count.known === 0) return c.write(0, x);
    let filled = x;
    if (w < 32) {
      const low = unsigned(b, w, x) as I32;
      filled = b.i32_mul(low, b.const32(w === 8 ? 0x01010101 : 0x00010001));
    }
    const n = countWord(c, w, count.value);
    const result = normalize(b, w, (left ? word.rotl : word.rotr)(b, w, filled, n));
    const top = isNegative(b, w, result);
    const cf = left ? bit0(c, w, result) : top;
    const next = left
      ? top
      : isNegative(b, w, normalize(b, w, word.shl(b, w, result, constant(b, w, 1))));
    const [oldCf, oldOf] = [flags.carry(), flags.overflow()];
    c.write(0, result);
    const of = b.i32_xor(cf, next);
    const keep = b.i32_eqz(count.value);
    flags.setCarry(count.known > 0 ? cf : b.i32_select(oldCf, cf, keep));
    flags.setOverflow(count.known > 0 ? of : b.i32_select(oldOf, of, keep));
  };

/**
 * RCL and RCR by any count: x is the operand, y = count | width << 8 | right << 16. Writes CF and
 * OF.
 */
const rotateThroughCarry = routine((context, x, y) => {
  const view = context.view();
  const width = Number((y >> 8n) & 0xffn);
  const count = Number(y & 0xffn) % (width + 1);
  const bits = BigInt(width);
  const cf = BigInt(view.getInt32(flagSlots.cf.offset, true));
  let ring = BigInt.asUintN(width, x) | (cf << bits);
  const n = BigInt(y >> 16n ? (width + 1 - count) % (width + 1) : count);
  ring = BigInt.asUintN(width + 1, (ring << n) | (ring >> (bits + 1n - n)));
  const result = BigInt.asUintN(width, ring);
  if (Number(y & 0xffn) > 0) {
    const carry = Number(ring >> bits);
    const top = Number((result >> (bits - 1n)) & 1n);
    const second = Number((result >> (bits - 2n)) & 1n);
    view.setInt32(flagSlots.cf.offset, carry, true);
    view.setInt32(flagSlots.of.offset, y >> 16n ? top ^ second : top ^ carry, true);
  }
  return result;
});

/** Rotation by one through CF, without a routine. */
function rotateCarryOnce(c: Lowering, w: Bits, left: boolean): void {
  const { b, flags } = c;
  const x = c.read(0);
  const carry = flags.carry();
  const carryWord = w === 64 ? b.i64_extend_i32_u(carry) : carry;
  const one = constant(b, w, 1);
  let result: Word;
  let cf: I32;
  if (left) {
    result = normalize(b, w, word.or(b, w, word.shl(b, w, x, one), carryWord));
    cf = isNegative(b, w, x);
  } else {
    const high = word.shl(b, w, carryWord, constant(b, w, w - 1));
    const rest = word.shrU(b, w, unsigned(b, w, x), one);
    result = normalize(b, w, word.or(b, w, rest, high));
    cf = bit0(c, w, x);
  }
  c.write(0, result);
  const top = isNegative(b, w, result);
  flags.setOverflow(b.i32_xor(top, left ? cf : isNegative(b, w, x)));
  flags.setCarry(cf);
}

const rotateCarry =
  (left: boolean): Lower =>
  (c) => {
    const { b } = c;
    const w = c.width(0);
    const count = readCount(c, 1, w);
    if (count.known === 1) return rotateCarryOnce(c, w, left);
    const x = c.read(0);
    const control = b.i32_or(count.value, b.const32((w << 8) | (left ? 0 : 1 << 16)));
    const wide = toI64U(b, w, x);
    const zero = b.const64(0);
    c.flags.forget();
    const result = b.helper(rotateThroughCarry, wide, b.i64_extend_i32_u(control), zero);
    c.write(0, fromI64(b, w, result));
  };

/** SHLD, SHRD: the operand shifted, filled from the register. */
const shiftDouble =
  (left: boolean): Lower =>
  (c) => {
    const { b } = c;
    const w = c.width(0);
    const count = readCount(c, 2, w);
    const x = c.read(0);
    if (count.known === 0) return c.write(0, x);
    const y = c.read(1);
    const n = b.i64_extend_i32_u(count.value);
    const [result, cf] =
      w === 64
        ? doubleShift64(c, x as I64, y as I64, n, count, left)
        : doubleShiftNarrow(c, w, x, y, n, left);
    const of = b.i32_xor(isNegative(b, w, result), isNegative(b, w, x));
    finishShift(c, w, count, { result, cf, of });
  };

function doubleShift64(
  c: Lowering,
  x: I64,
  y: I64,
  n: I64,
  count: Count,
  left: boolean,
): [I64, I32] {
  const { b } = c;
  const back = b.i64_sub(b.const64(0), n);
  const shifted = left
    ? b.i64_or(b.i64_shl(x, n), b.i64_shr_u(y, back))
    : b.i64_or(b.i64_shr_u(x, n), b.i64_shl(y, back));
  const result = count.known > 0 ? shifted : b.i64_select(shifted, x, count.value);
  const last = left ? back : b.i64_sub(n, b.const64(1));
  return [result, bit0(c, 64, b.i64_shr_u(x, last))];
}

function doubleShiftNarrow(
  c: Lowering,
  w: Bits,
  x: Word,
  y: Word,
  n: I64,
  left: boolean,
): [Word, I32] {
  const { b } = c;
  const [low, high] = left ? [y, x] : [x, y];
  const width = b.const64(w);
  let ring = b.i64_or(b.i64_shl(toI64U(b, w, high), width), toI64U(b, w, low));
  // Counts above 16 of a 16-bit operand are undefined; processors go on with the operand itself.
  if (w === 16) ring = b.i64_or(ring, b.i64_shl(ring, b.const64(32)));
  if (!left) {
    const before = b.i64_shr_u(ring, b.i64_sub(n, b.const64(1)));
    return [fromI64(b, w, b.i64_shr_u(ring, n)), bit0(c, 64, before)];
  }
  if (w === 16) {
    // x ‖ y ‖ x ‖ y: the result is the top word after the shift.
    const rotated = b.i64_rotl(ring, n);
    const top = b.i64_shr_u(rotated, b.const64(48));
    return [fromI64(b, w, top), bit0(c, 64, rotated)];
  }
  const shifted = b.i64_shl(ring, n);
  const out = b.i64_shr_u(ring, b.i64_sub(b.const64(64), n));
  return [fromI64(b, w, b.i64_shr_u(shifted, width)), bit0(c, 64, out)];
}

/** The D0–D3, C0, C1 forms of one operation. */
function forms(name: string, digit: number, lower: Lower, flags = ''): RowSource[] {
  return [
    [`C0 /${digit} ib`, `${name} r/m8, imm8`, lower, flags],
    [`C1 /${digit} ib`, `${name} r/m, imm8`, lower, flags],
    [`D0 /${digit}`, `${name} r/m8, 1`, lower, flags && 'u=a'],
    [`D1 /${digit}`, `${name} r/m, 1`, lower, flags && 'u=a'],
    [`D2 /${digit}`, `${name} r/m8, CL`, lower, flags],
    [`D3 /${digit}`, `${name} r/m, CL`, lower, flags],
  ];
}

/** Shifts and rotates. */
// biome-ignore format: a table
export const shiftRows: readonly RowSource[] = [
  ...forms('ROL', 0, rotate(true), 'u=o'), ...forms('ROR', 1, rotate(false), 'u=o'),
  ...forms('RCL', 2, rotateCarry(true), 'u=o'), ...forms('RCR', 3, rotateCarry(false), 'u=o'),
  ...forms('SHL', 4, shift(shiftLeft), 'u=oac'), ...forms('SHR', 5, shift(shiftRight), 'u=oac'),
  ...forms('SAL', 6, shift(shiftLeft), 'u=oac'), ...forms('SAR', 7, shift(shiftArithmetic), 'u=oa'),
  ['0F A4 /r ib',  'SHLD r/m, r, imm8', shiftDouble(true), 'u=oa narrow'],
  ['0F A5 /r',     'SHLD r/m, r, CL',   shiftDouble(true), 'u=oa narrow'],
  ['0F AC /r ib',  'SHRD r/m, r, imm8', shiftDouble(false), 'u=oa narrow'],
  ['0F AD /r',     'SHRD r/m, r, CL',   shiftDouble(false), 'u=oa narrow'],
];
