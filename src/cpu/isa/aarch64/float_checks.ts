/**
 * Where what wasm computes may not be all an instruction does. With FPCR zero and FPSR.IXC set
 * (`floatQuick`) wasm's result is right, and no flag can be missed, if it is finite, not a denormal
 * made of larger numbers, and no operand is a NaN. Each operation asks the part of that it needs;
 * asking too much is slow, not wrong.
 */

import type { Builder, F32, F64, I32, V128 } from '../../ir/builder.ts';
import { type Float, float } from './operands.ts';
import { floatQuick, registers } from './registers.ts';

/**
 * - `finite`: a sum overflows or is invalid; it is never inexact and denormal.
 * - `product`, `quotient`: it may also be denormal or zero where factors (the dividend) are not.
 * - `narrowed`: the same of a conversion to fewer bits; `narrower` that on vectors.
 * - `nan`: the result is a NaN; `longer` that of a vector conversion.
 * - `operands`: an operand is a NaN.
 * - `range`: an operand is no 32- or 64-bit integer.
 * - `nothing`: nothing but Inexact is raised.
 */
export type Check =
  | 'finite'
  | 'product'
  | 'quotient'
  | 'narrowed'
  | 'narrower'
  | 'nan'
  | 'longer'
  | 'operands'
  | 'range'
  | 'nothing';

// biome-ignore format: a table
export const binaryChecks: Readonly<Record<string, Check>> = {
  FADD: 'finite', FSUB: 'finite', FABD: 'finite', FMUL: 'product', FNMUL: 'product', FMULX: 'product', FDIV: 'quotient',
  FMAX: 'operands', FMIN: 'operands', FMAXNM: 'operands', FMINNM: 'operands', FRECPS: 'product', FRSQRTS: 'product',
  FCMEQ: 'operands', FCMGE: 'operands', FCMGT: 'operands', FACGE: 'operands', FACGT: 'operands', FCMLE: 'operands', FCMLT: 'operands',
};

/** 1 where nothing may be done by wasm's instructions alone. */
export function isSlow(b: Builder): I32 {
  return b.i32_eqz(b.peek(floatQuick));
}

/** Result and operands. */
interface Values {
  readonly r: V128;
  readonly n: V128;
  readonly m: V128;
}

interface Shape {
  /** 2 single, 3 double: of the result. */
  readonly format: number;
  readonly count?: number;
  /** Of operations on pairs and whole vectors all elements count. */
  readonly kind?: string;
}

/** The least normal numbers: what rounds up to one underflows too. */
const least = [2 ** -126, 2 ** -1022] as const;

/** Whether the helper must be called (0 if not); `from` is the format of the operands. */
export function check(b: Builder, what: Check, shape: Shape, values: Values, from?: number): I32 {
  if (what === 'nothing') return isSlow(b);
  const { format } = shape;
  const isScalar = (shape.count ?? 1) === 1 && (shape.kind ?? 'unary') !== 'pairs';
  const isVectorOnly = what === 'narrower' || what === 'longer' || what === 'range';
  const odd =
    isScalar && shape.kind !== 'reduce' && !isVectorOnly
      ? scalarOdd(b, what, format, from ?? format, values)
      : vectorOdd(b, what, shape, values);
  // What cannot be inexact needs FPCR to be zero only.
  const isExact = what === 'operands' || what === 'longer';
  return b.i32_or(odd, isExact ? b.peek(registers.fpcr) : isSlow(b));
}

function lane(b: Builder, type: number, v: V128): Float {
  return type ? b.f64x2_extract_lane(0, v) : b.f32x4_extract_lane(0, v);
}

function constant(b: Builder, type: number, value: number): Float {
  return type ? b.constF64(value) : b.constF32(value);
}

function test(b: Builder, type: number, name: string, x: Float, y: Float): I32 {
  return float(b, type, name, x, y) as unknown as I32;
}

function scalarOdd(b: Builder, what: Check, format: number, from: number, v: Values): I32 {
  const type = format - 2;
  const r = lane(b, type, v.r);
  const nonzero = (x: V128): I32 =>
    test(b, from - 2, 'ne', lane(b, from - 2, x), constant(b, from - 2, 0));
  if (what === 'nan') return test(b, type, 'ne', r, r);
  if (what === 'operands') {
    const [x, y] = [lane(b, type, v.n), lane(b, type, v.m)];
    return b.i32_or(test(b, type, 'ne', x, x), test(b, type, 'ne', y, y));
  }
  const magnitude = float(b, type, 'abs', r);
  const infinite = b.i32_eqz(test(b, type, 'lt', magnitude, constant(b, type, Infinity)));
  if (what === 'finite') return infinite;
  const small = test(b, type, 'le', magnitude, constant(b, type, least[type]!));
  const lossy = b.i32_and(small, nonzero(v.n));
  return b.i32_or(infinite, what === 'product' ? b.i32_and(lossy, nonzero(v.m)) : lossy);
}

function vectorOdd(b: Builder, what: Check, shape: Shape, v: Values): I32 {
  const bad = what === 'range' ? outOfRange(b, shape, v.n) : badLanes(b, what, shape.format, v);
  const bytes = (shape.count ?? 1) << shape.format;
  // The upper half of a short vector's operands says nothing.
  const takesAll = shape.kind === 'pairs' || shape.kind === 'reduce' || shape.kind === 'convert';
  if (takesAll || bytes === 16) return b.v128_any_true(bad);
  const word = (at: number): number => (at < bytes ? -1 : 0);
  return b.v128_any_true(b.v128_and(bad, b.constV128(word(0), word(4), word(8), word(12))));
}

function splat(b: Builder, type: number, value: number): V128 {
  return type ? b.f64x2_splat(b.constF64(value)) : b.f32x4_splat(b.constF32(value));
}

/** All ones in elements that are odd. */
function badLanes(b: Builder, what: Check, format: number, { r, n, m }: Values): V128 {
  const isDouble = format === 3;
  const unordered = (x: V128): V128 => (isDouble ? b.f64x2_ne(x, x) : b.f32x4_ne(x, x));
  const below = (x: V128, y: V128): V128 => (isDouble ? b.f64x2_lt(x, y) : b.f32x4_lt(x, y));
  const nonzero = (x: V128): V128 =>
    isDouble ? b.f64x2_ne(x, splat(b, 1, 0)) : b.f32x4_ne(x, splat(b, 0, 0));
  const type = format - 2;
  switch (what) {
    case 'nan':
      return unordered(r);
    case 'longer': // of two singles; the result is a NaN where one of them is
      return b.f64x2_ne(r, r);
    case 'operands':
      return b.v128_or(unordered(n), unordered(m));
    case 'narrower': // of two doubles: magnitudes a single holds, or zero
      return narrowed(b, n);
    default: {
      const magnitude = isDouble ? b.f64x2_abs(r) : b.f32x4_abs(r);
      const infinite = b.v128_not(below(magnitude, splat(b, type, Infinity)));
      if (what === 'finite') return infinite;
      const bound = splat(b, type, least[type]!);
      const small = isDouble ? b.f64x2_le(magnitude, bound) : b.f32x4_le(magnitude, bound);
      const lossy = b.v128_and(small, nonzero(n));
      return b.v128_or(infinite, what === 'product' ? b.v128_and(lossy, nonzero(m)) : lossy);
    }
  }
}

/** Doubles that are no zero and may not be normal singles. */
function narrowed(b: Builder, n: V128): V128 {
  const magnitude = b.f64x2_abs(n);
  const large = b.v128_not(b.f64x2_lt(magnitude, b.f64x2_splat(b.constF64(2 ** 127))));
  const small = b.f64x2_lt(magnitude, b.f64x2_splat(b.constF64(2 ** -126)));
  return b.v128_or(large, b.v128_and(small, b.f64x2_ne(n, b.f64x2_splat(b.constF64(0)))));
}

/** Elements that may not be integers of their width in some rounding. */
function outOfRange(
  b: Builder,
  { format, scale = 0, unsigned = false }: RangeShape,
  n: V128,
): V128 {
  const limit = limitOf(format, { bits: 8 << format, unsigned, scale });
  const type = format - 2;
  const isDouble = format === 3;
  const magnitude = isDouble ? b.f64x2_abs(n) : b.f32x4_abs(n);
  const top = splat(b, type, limit);
  const inside = isDouble ? b.f64x2_lt(magnitude, top) : b.f32x4_lt(magnitude, top);
  if (!unsigned) return b.v128_not(inside);
  const zero = splat(b, type, 0);
  const positive = isDouble ? b.f64x2_ge(n, zero) : b.f32x4_ge(n, zero);
  return b.v128_not(b.v128_and(inside, positive));
}

interface RangeShape extends Shape {
  readonly scale?: number;
  readonly unsigned?: boolean;
}

interface Range {
  readonly bits: number;
  readonly unsigned: boolean;
  readonly scale: number;
}

/** Below it all numbers, however rounded, are integers of so many bits after scaling. */
function limitOf(format: number, { bits, unsigned, scale }: Range): number {
  const top = 2 ** (unsigned ? bits : bits - 1);
  // Doubles have fractions beside 32-bit integers.
  return (format === 3 && bits === 32 ? top - 1 : top) * 2 ** -scale;
}

/** Whether the helper must convert a scalar to an integer. */
export function rangeCheck(b: Builder, format: number, n: V128, range: Range): I32 {
  const type = format - 2;
  const x = lane(b, type, n);
  const limit = constant(b, type, limitOf(format, range)) as F32 & F64;
  const inside = test(b, type, 'lt', float(b, type, 'abs', x), limit);
  const fits = range.unsigned
    ? b.i32_and(inside, test(b, type, 'ge', x, constant(b, type, 0)))
    : inside;
  return b.i32_or(b.i32_eqz(fits), isSlow(b));
}
