/**
 * Binary floating point (PoP chapter 19). Most rows have two halves: wasm arithmetic where it is
 * surely right, that is with rounding to nearest, no trap enabled, the inexact flag already set
 * or the result exact, and an ordinary one; else the same instruction is executed again at its
 * odd address, where `lower` makes the exact helper. Flags are sticky, so hot code takes the first
 * half.
 */

import type { F32, F64, I32, I64 } from '../../ir/builder.ts';
import { type Condition, codeValue, comparison } from './condition.ts';
import {
  type Arithmetic,
  arithmeticOf,
  type ExactOperation,
  exactOperation,
  extended,
  type FloatFormat,
  long,
  packedFields,
  short,
  suppressed,
  trapped,
} from './exact_float.ts';
import type { FormatName } from './formats.ts';
import { moduleHelper } from './helper_module.ts';
import { interruption } from './interruption.ts';
import { dataException, type Lowering, type Semantics } from './lowering.ts';
import * as o from './operands.ts';
import { registers } from './registers.ts';
import { type Row, type RowNotes, row } from './row.ts';

type Bits = (z: Lowering) => I64;

/** Second operands as bits, right-aligned in 64; extended ones are read by the helper. */
const shortRegister: Bits = (z) => z.b.i64_extend_i32_u(z.f32bits(z.r2));
const longRegister: Bits = (z) => z.f64bits(z.r2);
const pairRegister: Bits = (z) => z.b.const64(0);

/** The exact half. */
function exactly(z: Lowering, which: ExactOperation, y: I64, setsCode: boolean): void {
  const { b } = z;
  const x = b.const64(packedFields(z, which));
  const answer = b.i32_wrap_i64(moduleHelper(b, 'scalar', x, y, b.const64(0)));
  z.known[z.r1] = null;
  b.trapIf(b.i32_and(answer, b.const32(suppressed)), 'arithmetic', interruption.data);
  if (setsCode) z.cc(codeValue(b.i32_and(answer, b.const32(3))));
  b.trapIf(b.i32_and(answer, b.const32(trapped)), 'arithmetic', interruption.data);
}
const always =
  (which: ExactOperation, y: Bits, setsCode: boolean): Semantics =>
  (z) =>
    exactly(z, which, y(z), setsCode);
/** `fast` says (1 or 0) whether it was right; it must leave the operands alone where it was not. */
function twoHalves(
  which: ExactOperation,
  y: Bits,
  setsCode: boolean,
  fast: (z: Lowering, y: I64) => I32 | null,
): Semantics {
  return (z) => {
    const operand = y(z);
    if (z.taken || z.executed) return exactly(z, which, operand, setsCode);
    const right = fast(z, operand);
    if (right === null) exactly(z, which, operand, setsCode);
    else z.b.branch(right, z.next, z.pc + 1);
  };
}

/** Nearest rounding, nothing enabled; and inexact already noted, or the result surely exact. */
export function quiet(z: Lowering, exact: I32): I32 {
  const { b } = z;
  const state = b.get(registers.fpc);
  const plain = b.i32_eqz(b.i32_and(state, b.const32(0xf8000007)));
  return b.i32_and(plain, b.i32_or(exact, b.i32_shr_u(state, b.const32(19))));
}

// Exactness, without flags to ask: sufficient conditions. What they miss is done by the helper,
// which sets the inexact flag where that is due, and then they are not asked any more.

/** x + y is `sum`: Knuth's error term is zero. */
export function sumIsExact(z: Lowering, sum: F64, x: F64, y: F64): I32 {
  const { b } = z;
  const t = b.f64_sub(sum, x);
  const error = b.f64_add(b.f64_sub(x, b.f64_sub(sum, t)), b.f64_sub(y, t));
  return b.f64_eq(error, b.constF64(0));
}
function sumIsExact32(z: Lowering, sum: F32, x: F32, y: F32): I32 {
  const { b } = z;
  const t = b.f32_sub(sum, x);
  const error = b.f32_add(b.f32_sub(x, b.f32_sub(sum, t)), b.f32_sub(y, t));
  return b.f32_eq(error, b.constF32(0));
}
/**
 * A normal product of x and y is exact where they have no more than 53 significant bits together:
 * at least 53 trailing zeros, which is when the product of the encodings has. The lowest exponent
 * bit is cleared so that a power of two has 53 of its own.
 */
export function productIsExact(z: Lowering, x: F64, y: F64): I32 {
  const { b } = z;
  const encoding = (value: F64): I64 =>
    b.i64_and(b.i64_reinterpret_f64(value), b.const64Halves(-1, ~(1 << 20)));
  return b.i64_eqz(b.i64_shl(b.i64_mul(encoding(x), encoding(y)), b.const64(11)));
}
/** Whether the short value is x × y, which a long product shows exactly. */
function isProduct32(z: Lowering, value: F32, x: F32, y: F32): I32 {
  const { b } = z;
  const product = b.f64_mul(b.f64_promote_f32(x), b.f64_promote_f32(y));
  return b.f64_eq(b.f64_promote_f32(value), product);
}
/** Whether quotient × y is x, exactly. */
export function quotientIsExact(z: Lowering, quotient: F64, x: F64, y: F64): I32 {
  const { b } = z;
  return b.i32_and(b.f64_eq(b.f64_mul(quotient, y), x), productIsExact(z, quotient, y));
}
/** Whether x × y + addend needs no rounding. */
export function fusedIsExact(z: Lowering, value: F64, x: F64, y: F64, addend: F64): I32 {
  const { b } = z;
  const product = b.f64_mul(x, y);
  const fine = b.i32_and(productIsExact(z, x, y), normal64(z, product));
  return b.i32_and(fine, sumIsExact(z, value, product, addend));
}
/** Whether a 64-bit integer is within ±2^bits. */
function isSmall(z: Lowering, y: I64, bits: number, isSigned: boolean): I32 {
  const { b } = z;
  if (!isSigned) return b.i64_lt_u(y, b.const64(2 ** bits));
  return b.i64_lt_u(b.i64_add(y, b.const64(2 ** bits)), b.const64(2 ** (bits + 1)));
}

const asShort = (z: Lowering, y: I64): F32 => z.b.f32_reinterpret_i32(z.b.i32_wrap_i64(y));
const asLong = (z: Lowering, y: I64): F64 => z.b.f64_reinterpret_i64(y);

function finite64(z: Lowering, value: F64): I32 {
  const { b } = z;
  const shifted = b.i64_shl(b.i64_reinterpret_f64(value), b.const64(1));
  return b.i64_lt_u(shifted, b.const64Halves(0, 0xffe00000));
}
/** Above the least normal number, and not infinite: surely no underflow. */
function normal64(z: Lowering, value: F64): I32 {
  const { b } = z;
  const shifted = b.i64_shl(b.i64_reinterpret_f64(value), b.const64(1));
  const above = b.i64_sub(shifted, b.const64Halves(2, 0x00200000));
  return b.i64_lt_u(above, b.const64Halves(-2, 0xffbfffff));
}
/** Whether a sum (or another result) of long numbers is surely right. */
export function normalOrSum(z: Lowering, value: F64, sums: boolean): I32 {
  return sums ? finite64(z, value) : normal64(z, value);
}
function finite32(z: Lowering, value: F32): I32 {
  const { b } = z;
  const shifted = b.i32_shl(b.i32_reinterpret_f32(value), b.const32(1));
  return b.i32_lt_u(shifted, b.const32(0xff000000));
}
function normal32(z: Lowering, value: F32): I32 {
  const { b } = z;
  const shifted = b.i32_shl(b.i32_reinterpret_f32(value), b.const32(1));
  return b.i32_lt_u(b.i32_sub(shifted, b.const32(0x01000002)), b.const32(0xfe000000 - 2));
}

function putIf64(z: Lowering, right: I32, value: F64): void {
  const { b } = z;
  z.putF64bits(z.r1, b.i64_select(b.i64_reinterpret_f64(value), z.f64bits(z.r1), right));
}
function putIf32(z: Lowering, right: I32, value: F32): void {
  const { b } = z;
  z.putF32bits(z.r1, b.i32_select(b.i32_reinterpret_f32(value), z.f32bits(z.r1), right));
}

type Operation = Arithmetic;
const wasmName = { add: 'add', subtract: 'sub', multiply: 'mul', divide: 'div' } as const;

export function exact64(z: Lowering, operation: Operation, value: F64, x: F64, y: F64): I32 {
  switch (operation) {
    case 'add':
      return sumIsExact(z, value, x, y);
    case 'subtract':
      return sumIsExact(z, value, x, z.b.f64_neg(y));
    case 'multiply':
      return productIsExact(z, x, y);
    case 'divide':
      return quotientIsExact(z, value, x, y);
  }
}
/** Whether a product or quotient is zero because the first operand is, and nothing is odd. */
export function zero64(z: Lowering, operation: Operation, x: F64, y: F64): I32 {
  const { b } = z;
  const zero = b.constF64(0);
  const size = b.f64_abs(y);
  const isNumber = b.f64_lt(size, b.constF64(Number.POSITIVE_INFINITY));
  const isPlain = operation === 'divide' ? b.i32_and(isNumber, b.f64_gt(size, zero)) : isNumber;
  return b.i32_and(b.f64_eq(x, zero), isPlain);
}

function arithmetic64(operation: Operation, y: Bits): Semantics {
  const sums = operation === 'add' || operation === 'subtract';
  const which = arithmeticOf(operation, long);
  return twoHalves(which, y, sums, (z, bits) => {
    const { b } = z;
    const first = z.f64(z.r1);
    const second = asLong(z, bits);
    const value = b[`f64_${wasmName[operation]}`](first, second);
    const fine = b.i32_and(
      normalOrSum(z, value, sums),
      quiet(z, exact64(z, operation, value, first, second)),
    );
    const right = sums ? fine : b.i32_or(fine, zero64(z, operation, first, second));
    if (sums) z.cc(signOf(z, value));
    putIf64(z, right, value);
    return right;
  });
}
function arithmetic32(operation: Operation, y: Bits): Semantics {
  const sums = operation === 'add' || operation === 'subtract';
  const which = arithmeticOf(operation, short);
  return twoHalves(which, y, sums, (z, bits) => {
    const { b } = z;
    const first = z.f32(z.r1);
    const second = asShort(z, bits);
    const value = b[`f32_${wasmName[operation]}`](first, second);
    const fine = sums ? finite32(z, value) : normal32(z, value);
    const right = b.i32_and(fine, quiet(z, exact32(z, operation, value, first, second)));
    if (sums) z.cc(signOf(z, b.f64_promote_f32(value)));
    putIf32(z, right, value);
    return right;
  });
}
function exact32(z: Lowering, operation: Operation, value: F32, x: F32, y: F32): I32 {
  switch (operation) {
    case 'add':
      return sumIsExact32(z, value, x, y);
    case 'subtract':
      return sumIsExact32(z, value, x, z.b.f32_neg(y));
    case 'multiply':
      return isProduct32(z, value, x, y);
    case 'divide':
      return isProduct32(z, x, value, y);
  }
}
const arithmeticPair = (operation: Operation): Semantics => {
  const sums = operation === 'add' || operation === 'subtract';
  return always(arithmeticOf(operation, extended), pairRegister, sums);
};
function signOf(z: Lowering, value: F64): Condition {
  return floatComparison(value, z.b.constF64(0));
}

/** Code 0 equal, 1 low, 2 high, 3 unordered. */
function floatComparison(x: F64, y: F64): Condition {
  const test: Condition['test'] = (b, mask) => {
    if (mask & 1) return b.i32_eqz(ordered(mask ^ 15));
    return ordered(mask);
    function ordered(bits: number): I32 {
      switch (bits) {
        case 2:
          return b.f64_gt(x, y);
        case 4:
          return b.f64_lt(x, y);
        case 8:
          return b.f64_eq(x, y);
        case 10:
          return b.f64_ge(x, y);
        case 12:
          return b.f64_le(x, y);
        case 6:
          return b.i32_or(b.f64_lt(x, y), b.f64_gt(x, y));
        case 14:
          return b.i32_or(b.f64_le(x, y), b.f64_gt(x, y));
        default:
          return b.const32(0);
      }
    }
  };
  return {
    test,
    value: (b) => {
      const relation = b.i32_or(b.f64_lt(x, y), b.i32_shl(b.f64_gt(x, y), b.const32(1)));
      const known = b.i32_or(relation, b.f64_eq(x, y));
      return b.i32_select(relation, b.const32(3), known);
    },
  };
}

/** 1 where bits are those of a signaling NaN. */
function signaling(z: Lowering, format: FloatFormat, bits: I64): I32 {
  const { b } = z;
  const is64 = format.bits === 64;
  const shifted = b.i64_shl(bits, b.const64(is64 ? 1 : 33));
  // Without its sign: above infinity and below the quiet bit.
  const infinity = is64 ? b.const64Halves(0, 0xffe00000) : b.const64Halves(0, 0xff000000);
  const quietNan = is64 ? b.const64Halves(0, 0xfff00000) : b.const64Halves(0, 0xff800000);
  return b.i32_and(b.i64_gt_u(shifted, infinity), b.i64_lt_u(shifted, quietNan));
}
/** Notes the invalid exception where `condition` is 1; traps where that is enabled. */
function noteInvalid(z: Lowering, condition: I32, isVector: boolean): void {
  const { b } = z;
  const state = b.get(registers.fpc);
  const interrupts = b.i32_and(condition, b.i32_shr_u(state, b.const32(31)));
  if (isVector) dataException(z, interrupts, 1, interruption.vector);
  else dataException(z, interrupts, 0x80);
  b.put(registers.fpc, b.i32_or(state, b.i32_shl(condition, b.const32(23))));
}
function compareRow(format: FloatFormat, y: Bits, quietly: boolean, isVector = false): Semantics {
  return (z) => {
    const { b } = z;
    const second = y(z);
    const is64 = format.bits === 64;
    const first = is64 ? z.f64bits(z.r1) : b.i64_extend_i32_u(z.f32bits(z.r1));
    const widen = (bits: I64): F64 =>
      is64 ? asLong(z, bits) : b.f64_promote_f32(asShort(z, bits));
    const [p, q] = [widen(first), widen(second)];
    noteInvalid(
      z,
      quietly
        ? b.i32_or(signaling(z, format, first), signaling(z, format, second))
        : b.i32_or(b.f64_ne(p, p), b.f64_ne(q, q)),
      isVector,
    );
    z.cc(floatComparison(p, q));
  };
}
/** WFC and WFK: as CDBR and CEBR with the fields v1 and v2. */
export function scalarComparison(format: 'short' | 'long', quietly: boolean): Semantics {
  const compare =
    format === 'long'
      ? compareRow(long, longRegister, quietly, true)
      : compareRow(short, shortRegister, quietly, true);
  return (z) => {
    z.r1 = z.v1;
    z.r2 = z.v2;
    compare(z);
  };
}
const comparePair = (quietly: boolean): Semantics =>
  always(exactOperation('compare', extended, { first: !quietly }), pairRegister, true);

function loadTest(format: FloatFormat, y: Bits): Semantics {
  return (z) => {
    const { b } = z;
    const bits = y(z);
    const is64 = format.bits === 64;
    const isSignaling = signaling(z, format, bits);
    const quietBit = b.i64_shl(b.i64_extend_i32_u(isSignaling), b.const64(format.fraction - 1));
    const value = b.i64_or(bits, quietBit);
    noteInvalid(z, isSignaling, false);
    if (is64) z.putF64bits(z.r1, value);
    else z.putF32bits(z.r1, b.i32_wrap_i64(value));
    z.cc(signOf(z, is64 ? asLong(z, value) : b.f64_promote_f32(asShort(z, value))));
  };
}

/** LOAD COMPLEMENT, POSITIVE, NEGATIVE: the sign bit only; NaNs are not exceptional. */
type SignChange = 'complement' | 'positive' | 'negative';
function changeSign(z: Lowering, change: SignChange, bits: I64, sign: I64): I64 {
  const { b } = z;
  if (change === 'complement') return b.i64_xor(bits, sign);
  const negative = b.i64_or(bits, sign);
  return change === 'negative' ? negative : b.i64_xor(negative, sign);
}
const withSign64 =
  (change: SignChange): Semantics =>
  (z) => {
    const value = changeSign(z, change, z.f64bits(z.r2), z.b.const64Halves(0, 1 << 31));
    z.putF64bits(z.r1, value);
    z.cc(signOf(z, asLong(z, value)));
  };
const withSign32 =
  (change: SignChange): Semantics =>
  (z) => {
    const value = changeSign(z, change, shortRegister(z), z.b.const64Halves(1 << 31, 0));
    z.putF32bits(z.r1, z.b.i32_wrap_i64(value));
    z.cc(signOf(z, z.b.f64_promote_f32(asShort(z, value))));
  };
const withSignPair =
  (change: SignChange): Semantics =>
  (z) => {
    const { b } = z;
    const low = z.f64bits(z.r2 + 2);
    const high = changeSign(z, change, z.f64bits(z.r2), b.const64Halves(0, 1 << 31));
    z.putF64bits(z.r1, high);
    z.putF64bits(z.r1 + 2, low);
    // A word with the sign, one bit of "anything below", and the NaN test on the exponent.
    const magnitude = b.i64_and(high, b.const64Halves(-1, 0x7fffffff));
    const some = b.i64_or(magnitude, low);
    const infinity = b.const64Halves(0, 0x7fff0000);
    const below = b.i32_and(b.i64_eq(magnitude, infinity), b.i64_ne(low, b.const64(0)));
    const nan = b.i32_or(b.i64_gt_u(magnitude, infinity), below);
    const sign = b.i32_select(b.const32(1), b.const32(2), b.i64_lt_s(high, b.const64(0)));
    const code = b.i32_select(b.const32(0), sign, b.i64_eqz(some));
    z.cc(codeValue(b.i32_select(b.const32(3), code, nan)));
  };

function squareRoot64(y: Bits): Semantics {
  return twoHalves(exactOperation('squareRoot', long), y, false, (z, bits) => {
    const x = asLong(z, bits);
    const value = z.b.f64_sqrt(x);
    const exact = quotientIsExact(z, value, x, value);
    const right = z.b.i32_and(finite64(z, value), quiet(z, exact));
    putIf64(z, right, value);
    return right;
  });
}
function squareRoot32(y: Bits): Semantics {
  return twoHalves(exactOperation('squareRoot', short), y, false, (z, bits) => {
    const x = asShort(z, bits);
    const value = z.b.f32_sqrt(x);
    const right = z.b.i32_and(finite32(z, value), quiet(z, isProduct32(z, x, value, value)));
    putIf32(z, right, value);
    return right;
  });
}

function multiplyAdd64(y: Bits, minus: boolean): Semantics {
  return twoHalves(exactOperation('multiplyAdd', long, { first: minus }), y, false, (z, bits) => {
    const { b } = z;
    const addend = minus ? b.f64_neg(z.f64(z.r1)) : z.f64(z.r1);
    const [x, y] = [z.f64(z.r3), asLong(z, bits)];
    const value = b.f64_fma(x, y, addend);
    const exact = fusedIsExact(z, value, x, y, addend);
    const right = b.i32_and(normal64(z, value), quiet(z, exact));
    putIf64(z, right, value);
    return right;
  });
}
function multiplyAdd32(y: Bits, minus: boolean): Semantics {
  return twoHalves(exactOperation('multiplyAdd', short, { first: minus }), y, false, (z, bits) => {
    const { b } = z;
    const addend = minus ? b.f32_neg(z.f32(z.r1)) : z.f32(z.r1);
    const [x, y] = [z.f32(z.r3), asShort(z, bits)];
    const value = b.f32_fma(x, y, addend);
    const product = b.f64_mul(b.f64_promote_f32(x), b.f64_promote_f32(y));
    const wide = b.f64_promote_f32(addend);
    const exact = sumIsExact(z, b.f64_promote_f32(value), product, wide);
    const right = b.i32_and(normal32(z, value), quiet(z, exact));
    putIf32(z, right, value);
    return right;
  });
}

/** LDEB: exact; only NaNs need care. */
function lengthen(y: Bits): Semantics {
  return twoHalves(exactOperation('convert', short, { to: long }), y, false, (z, bits) => {
    const value = asShort(z, bits);
    const right = z.b.f32_eq(value, value);
    putIf64(z, right, z.b.f64_promote_f32(value));
    return right;
  });
}
/** LEDB; M3 and M4 exist in the LEDBRA form. */
function round64(z: Lowering, bits: I64): I32 | null {
  const { b } = z;
  if (z.m3 !== 0 && z.m3 !== 4) return null;
  const x = asLong(z, bits);
  const value = b.f32_demote_f64(x);
  const exact = b.f64_eq(b.f64_promote_f32(value), x);
  const right = b.i32_and(normal32(z, value), quiet(z, exact));
  putIf32(z, right, value);
  return right;
}

type Rounding = 'nearest' | 'trunc' | 'ceil' | 'floor';
/** wasm's operation for a rounding method; null where it has none. */
export function roundingOf(field: number): Rounding | null {
  const names: Readonly<Record<number, Rounding>> = {
    0: 'nearest',
    4: 'nearest',
    5: 'trunc',
    6: 'ceil',
    7: 'floor',
  };
  return names[field] ?? null;
}
function integral64(z: Lowering, bits: I64): I32 | null {
  const how = roundingOf(z.m3);
  if (!how) return null;
  const x = asLong(z, bits);
  const value = z.b[`f64_${how}`](x);
  const right = z.b.i32_and(finite64(z, x), quiet(z, z.b.f64_eq(value, x)));
  putIf64(z, right, value);
  return right;
}
function integral32(z: Lowering, bits: I64): I32 | null {
  const how = roundingOf(z.m3);
  if (!how) return null;
  const x = asShort(z, bits);
  const value = z.b[`f32_${how}`](x);
  const right = z.b.i32_and(finite32(z, x), quiet(z, z.b.f32_eq(value, x)));
  putIf32(z, right, value);
  return right;
}
/** CONVERT TO FIXED and LOGICAL: inside the range; the code is of the source. */
const fixed =
  (from: FloatFormat, width: 32 | 64, isSigned: boolean) =>
  (z: Lowering, bits: I64): I32 | null => {
    const { b } = z;
    const how = roundingOf(z.m3);
    if (!how) return null;
    const x = from.bits === 64 ? asLong(z, bits) : b.f64_promote_f32(asShort(z, bits));
    const rounded = b[`f64_${how}`](x);
    const limit = b.constF64(2 ** (isSigned ? width - 1 : width));
    const inside = isSigned
      ? b.f64_lt(b.f64_abs(rounded), limit)
      : b.i32_and(b.f64_ge(rounded, b.constF64(0)), b.f64_lt(rounded, limit));
    const right = b.i32_and(inside, quiet(z, b.f64_eq(rounded, x)));
    const value = isSigned ? b.i64_trunc_sat_f64_s(rounded) : b.i64_trunc_sat_f64_u(rounded);
    z.cc(signOf(z, x));
    if (width === 64) z.put64(z.r1, b.i64_select(value, z.r64(z.r1), right));
    else z.put32(z.r1, b.i32_select(b.i32_wrap_i64(value), z.r32(z.r1), right));
    return right;
  };

/** CONVERT FROM FIXED and LOGICAL. */
function toLong(source: o.Source64, isSigned: boolean, exact: boolean): Semantics {
  return twoHalves(
    exactOperation('fromInteger', long, { first: isSigned }),
    source,
    false,
    (z, y) => {
      const { b } = z;
      if (!exact && z.m3 !== 0 && z.m3 !== 4) return null;
      const value = isSigned ? b.f64_convert_i64_s(y) : b.f64_convert_i64_u(y);
      const right = exact ? b.const32(1) : quiet(z, isSmall(z, y, 53, isSigned));
      putIf64(z, right, value);
      return right;
    },
  );
}
function toShort(source: o.Source64, isSigned: boolean): Semantics {
  return twoHalves(
    exactOperation('fromInteger', short, { first: isSigned }),
    source,
    false,
    (z, y) => {
      const { b } = z;
      if (z.m3 !== 0 && z.m3 !== 4) return null;
      const right = quiet(z, isSmall(z, y, 24, isSigned));
      putIf32(z, right, isSigned ? b.f32_convert_i64_s(y) : b.f32_convert_i64_u(y));
      return right;
    },
  );
}
const toPair = (source: o.Source64, isSigned: boolean): Semantics =>
  always(exactOperation('fromInteger', extended, { first: isSigned }), source, false);

const convertLong = (width: 32 | 64, isSigned: boolean): Semantics =>
  twoHalves(
    exactOperation('toInteger', long, { first: isSigned, second: width === 64 }),
    longRegister,
    true,
    fixed(long, width, isSigned),
  );
const convertShort = (width: 32 | 64, isSigned: boolean): Semantics =>
  twoHalves(
    exactOperation('toInteger', short, { first: isSigned, second: width === 64 }),
    shortRegister,
    true,
    fixed(short, width, isSigned),
  );
const convertPair = (width: 32 | 64, isSigned: boolean): Semantics =>
  always(
    exactOperation('toInteger', extended, { first: isSigned, second: width === 64 }),
    pairRegister,
    true,
  );

/** DIVIDE TO INTEGER: registers must be different, and rounding methods valid ones. */
function integralQuotient(format: FloatFormat, y: Bits): Semantics {
  const which = exactOperation('divideToInteger', format);
  return (z) => {
    const isRepeated = z.r1 === z.r2 || z.r1 === z.r3 || z.r2 === z.r3;
    if (isRepeated || z.m4 === 2 || z.m4 > 7) z.specification();
    else exactly(z, which, y(z), true);
  };
}

function testClass(format: FloatFormat): Semantics {
  const which = exactOperation('dataClass', format);
  return (z) => {
    const { b } = z;
    const value = format.bits === 32 ? b.i64_extend_i32_u(z.f32bits(z.r1)) : z.f64bits(z.r1);
    const mask = b.i64_and(b.i64_extend_i32_u(z.address2()), b.const64(0xfff));
    const x = b.const64(packedFields(z, which));
    const code = b.i32_wrap_i64(moduleHelper(b, 'scalar', x, value, mask));
    z.cc(comparison('i32_u', b.const32(0), code));
  };
}

const f1: RowNotes = { fp: ['r1'] };
const f2: RowNotes = { fp: ['r2'], values: { m3: [0, 1, 3, 4, 5, 6, 7], m4: [0, 4] } };
const f12: RowNotes = { fp: ['r1', 'r2'] };
const f12m: RowNotes = { fp: ['r1', 'r2'], values: { m3: [0, 1, 3, 4, 5, 6, 7], m4: [0, 4] } };
const f1m: RowNotes = { fp: ['r1'], values: f12m.values! };
const x1: RowNotes = { fp: ['r1'], pairs: ['r1'] };
const x1m: RowNotes = { ...x1, values: f12m.values! };
const x12: RowNotes = { fp: ['r1', 'r2'], pairs: ['r1', 'r2'] };
const x12m: RowNotes = { ...x12, values: f12m.values! };
const x1f2: RowNotes = { fp: ['r1', 'r2'], pairs: ['r1'] };
const x2m: RowNotes = { fp: ['r2'], pairs: ['r2'], values: f12m.values! };
const f123: RowNotes = { fp: ['r1', 'r2', 'r3'] };
const f13: RowNotes = { fp: ['r1', 'r3'] };

/** A short and a long form, each with a register and a storage second operand. */
function family(
  names: readonly [string, string, string, string],
  codes: readonly [number, number, number, number],
  make32: (y: Bits) => Semantics,
  make64: (y: Bits) => Semantics,
  formats: readonly [FormatName, FormatName] = ['RRE', 'RXE'],
  notes: readonly [RowNotes, RowNotes] = [f12, f1],
): Row[] {
  return [
    row(names[0], codes[0], formats[0], make32(shortRegister), notes[0]),
    row(names[1], codes[1], formats[1], make32(o.s2gu), notes[1]),
    row(names[2], codes[2], formats[0], make64(longRegister), notes[0]),
    row(names[3], codes[3], formats[1], make64(o.s2g), notes[1]),
  ];
}
const r2i: o.Source64 = o.r2gf;

// biome-ignore format: a table
export const floatRows: readonly Row[] = [
  ...family(['AEBR', 'AEB', 'ADBR', 'ADB'], [0xb30a, 0xed0a, 0xb31a, 0xed1a], (y) => arithmetic32('add', y), (y) => arithmetic64('add', y)), row('AXBR', 0xb34a, 'RRE', arithmeticPair('add'), x12),
  ...family(['SEBR', 'SEB', 'SDBR', 'SDB'], [0xb30b, 0xed0b, 0xb31b, 0xed1b], (y) => arithmetic32('subtract', y), (y) => arithmetic64('subtract', y)), row('SXBR', 0xb34b, 'RRE', arithmeticPair('subtract'), x12),
  ...family(['MEEBR', 'MEEB', 'MDBR', 'MDB'], [0xb317, 0xed17, 0xb31c, 0xed1c], (y) => arithmetic32('multiply', y), (y) => arithmetic64('multiply', y)), row('MXBR', 0xb34c, 'RRE', arithmeticPair('multiply'), x12),
  ...family(['DEBR', 'DEB', 'DDBR', 'DDB'], [0xb30d, 0xed0d, 0xb31d, 0xed1d], (y) => arithmetic32('divide', y), (y) => arithmetic64('divide', y)), row('DXBR', 0xb34d, 'RRE', arithmeticPair('divide'), x12),
  row('MDEBR', 0xb30c, 'RRE', always(exactOperation('widenMultiply', short, { to: long }), shortRegister, false), f12), row('MDEB', 0xed0c, 'RXE', always(exactOperation('widenMultiply', short, { to: long }), o.s2gu, false), f1),
  row('MXDBR', 0xb307, 'RRE', always(exactOperation('widenMultiply', long, { to: extended }), longRegister, false), x1f2), row('MXDB', 0xed07, 'RXE', always(exactOperation('widenMultiply', long, { to: extended }), o.s2g, false), x1),
  ...family(['SQEBR', 'SQEB', 'SQDBR', 'SQDB'], [0xb314, 0xed14, 0xb315, 0xed15], squareRoot32, squareRoot64), row('SQXBR', 0xb316, 'RRE', always(exactOperation('squareRoot', extended), pairRegister, false), x12),
  ...family(['CEBR', 'CEB', 'CDBR', 'CDB'], [0xb309, 0xed09, 0xb319, 0xed19], (y) => compareRow(short, y, true), (y) => compareRow(long, y, true)), row('CXBR', 0xb349, 'RRE', comparePair(true), x12),
  ...family(['KEBR', 'KEB', 'KDBR', 'KDB'], [0xb308, 0xed08, 0xb318, 0xed18], (y) => compareRow(short, y, false), (y) => compareRow(long, y, false)), row('KXBR', 0xb348, 'RRE', comparePair(false), x12),
  ...family(['MAEBR', 'MAEB', 'MADBR', 'MADB'], [0xb30e, 0xed0e, 0xb31e, 0xed1e], (y) => multiplyAdd32(y, false), (y) => multiplyAdd64(y, false), ['RRD', 'RXF'], [f123, f13]),
  ...family(['MSEBR', 'MSEB', 'MSDBR', 'MSDB'], [0xb30f, 0xed0f, 0xb31f, 0xed1f], (y) => multiplyAdd32(y, true), (y) => multiplyAdd64(y, true), ['RRD', 'RXF'], [f123, f13]),
  row('LTEBR', 0xb302, 'RRE', loadTest(short, shortRegister), f12), row('LTDBR', 0xb312, 'RRE', loadTest(long, longRegister), f12), row('LTXBR', 0xb342, 'RRE', always(exactOperation('loadTest', extended), pairRegister, true), x12),
  row('LCEBR', 0xb303, 'RRE', withSign32('complement'), f12), row('LCDBR', 0xb313, 'RRE', withSign64('complement'), f12), row('LCXBR', 0xb343, 'RRE', withSignPair('complement'), x12),
  row('LPEBR', 0xb300, 'RRE', withSign32('positive'), f12), row('LPDBR', 0xb310, 'RRE', withSign64('positive'), f12), row('LPXBR', 0xb340, 'RRE', withSignPair('positive'), x12),
  row('LNEBR', 0xb301, 'RRE', withSign32('negative'), f12), row('LNDBR', 0xb311, 'RRE', withSign64('negative'), f12), row('LNXBR', 0xb341, 'RRE', withSignPair('negative'), x12),
  row('LDEBR', 0xb304, 'RRE', lengthen(shortRegister), f12), row('LDEB', 0xed04, 'RXE', lengthen(o.s2gu), f1),
  row('LXDBR', 0xb305, 'RRE', always(exactOperation('convert', long, { to: extended }), longRegister, false), x1f2), row('LXDB', 0xed05, 'RXE', always(exactOperation('convert', long, { to: extended }), o.s2g, false), x1), row('LXEBR', 0xb306, 'RRE', always(exactOperation('convert', short, { to: extended }), shortRegister, false), x1f2), row('LXEB', 0xed06, 'RXE', always(exactOperation('convert', short, { to: extended }), o.s2gu, false), x1),
  row('LEDBR', 0xb344, 'RRFe', twoHalves(exactOperation('convert', long, { to: short, first: true }), longRegister, false, round64), f12m), row('LDXBR', 0xb345, 'RRFe', always(exactOperation('convert', extended, { to: long, first: true }), pairRegister, false), x12m), row('LEXBR', 0xb346, 'RRFe', always(exactOperation('convert', extended, { to: short, first: true }), pairRegister, false), x12m),
  row('FIEBR', 0xb357, 'RRFe', twoHalves(exactOperation('integral', short), shortRegister, false, integral32), f12m), row('FIDBR', 0xb35f, 'RRFe', twoHalves(exactOperation('integral', long), longRegister, false, integral64), f12m), row('FIXBR', 0xb347, 'RRFe', always(exactOperation('integral', extended), pairRegister, false), x12m),
  row('CEFBR', 0xb394, 'RRFe', toShort(r2i, true), f1m), row('CDFBR', 0xb395, 'RRFe', toLong(r2i, true, true), f1m), row('CXFBR', 0xb396, 'RRFe', toPair(r2i, true), x1m),
  row('CEGBR', 0xb3a4, 'RRFe', toShort(o.r2g, true), f1m), row('CDGBR', 0xb3a5, 'RRFe', toLong(o.r2g, true, false), f1m), row('CXGBR', 0xb3a6, 'RRFe', toPair(o.r2g, true), x1m),
  row('CELFBR', 0xb390, 'RRFe', toShort(o.r2gu, false), f1m), row('CDLFBR', 0xb391, 'RRFe', toLong(o.r2gu, false, true), f1m), row('CXLFBR', 0xb392, 'RRFe', toPair(o.r2gu, false), x1m),
  row('CELGBR', 0xb3a0, 'RRFe', toShort(o.r2g, false), f1m), row('CDLGBR', 0xb3a1, 'RRFe', toLong(o.r2g, false, false), f1m), row('CXLGBR', 0xb3a2, 'RRFe', toPair(o.r2g, false), x1m),
  row('CFEBR', 0xb398, 'RRFe', convertShort(32, true), f2), row('CFDBR', 0xb399, 'RRFe', convertLong(32, true), f2), row('CFXBR', 0xb39a, 'RRFe', convertPair(32, true), x2m),
  row('CGEBR', 0xb3a8, 'RRFe', convertShort(64, true), f2), row('CGDBR', 0xb3a9, 'RRFe', convertLong(64, true), f2), row('CGXBR', 0xb3aa, 'RRFe', convertPair(64, true), x2m),
  row('CLFEBR', 0xb39c, 'RRFe', convertShort(32, false), f2), row('CLFDBR', 0xb39d, 'RRFe', convertLong(32, false), f2), row('CLFXBR', 0xb39e, 'RRFe', convertPair(32, false), x2m),
  row('CLGEBR', 0xb3ac, 'RRFe', convertShort(64, false), f2), row('CLGDBR', 0xb3ad, 'RRFe', convertLong(64, false), f2), row('CLGXBR', 0xb3ae, 'RRFe', convertPair(64, false), x2m),
  row('DIEBR', 0xb353, 'RRFb', integralQuotient(short, shortRegister), { ...f123, by: 'unit' }), row('DIDBR', 0xb35b, 'RRFb', integralQuotient(long, longRegister), { ...f123, by: 'unit' }),
  row('TCEB', 0xed10, 'RXE', testClass(short), f1), row('TCDB', 0xed11, 'RXE', testClass(long), f1), row('TCXB', 0xed12, 'RXE', testClass(extended), x1),
];
