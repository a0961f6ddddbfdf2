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
  const { format } = shape;
  const fine = what === 'range' ? inRange(b, shape, v.n) : fineLanes(b, what, format, v);
  const bytes = (shape.count ?? 1) << format;
  // The upper half of a short vector's operands says nothing.
  const takesAll = shape.kind === 'pairs' || shape.kind === 'reduce' || shape.kind === 'convert';
  const word = (at: number): number => (at < bytes ? 0 : -1);
  const all =
    takesAll || bytes === 16
      ? fine
      : b.v128_or(fine, b.constV128(word(0), word(4), word(8), word(12)));
  const isDouble = format === 3 || what === 'longer';
  return b.i32_eqz(isDouble ? b.i64x2_all_true(all) : b.i32x4_all_true(all));
}

/** Comparisons of all elements. */
interface Comparisons {
  readonly splat: (b: Builder, value: number) => V128;
  readonly magnitude: (b: Builder, x: V128) => V128;
  readonly equal: Relation;
  readonly below: Relation;
  readonly above: Relation;
  readonly notBelow: Relation;
}
type Relation = (b: Builder, x: V128, y: V128) => V128;

const singles: Comparisons = {
  splat: (b, value) => b.f32x4_splat(b.constF32(value)),
  magnitude: (b, x) => b.f32x4_abs(x),
  equal: (b, x, y) => b.f32x4_eq(x, y),
  below: (b, x, y) => b.f32x4_lt(x, y),
  above: (b, x, y) => b.f32x4_gt(x, y),
  notBelow: (b, x, y) => b.f32x4_ge(x, y),
};

const doubles: Comparisons = {
  splat: (b, value) => b.f64x2_splat(b.constF64(value)),
  magnitude: (b, x) => b.f64x2_abs(x),
  equal: (b, x, y) => b.f64x2_eq(x, y),
  below: (b, x, y) => b.f64x2_lt(x, y),
  above: (b, x, y) => b.f64x2_gt(x, y),
  notBelow: (b, x, y) => b.f64x2_ge(x, y),
};

/** All ones in elements that are not odd. */
function fineLanes(b: Builder, what: Check, format: number, { r, n, m }: Values): V128 {
  const { splat, magnitude, equal, below, above } = format === 3 ? doubles : singles;
  const isZero = (x: V128): V128 => equal(b, x, splat(b, 0));
  switch (what) {
    case 'nan':
      return equal(b, r, r);
    case 'longer': // of two singles; the result is a NaN where one of them is
      return b.f64x2_eq(r, r);
    case 'operands':
      return b.v128_and(equal(b, n, n), equal(b, m, m));
    case 'narrower':
      return narrowable(b, n);
    default: {
      const size = magnitude(b, r);
      const finite = below(b, size, splat(b, Infinity));
      if (what === 'finite') return finite;
      const normal = b.v128_or(above(b, size, splat(b, least[format - 2]!)), isZero(n));
      return b.v128_and(finite, what === 'product' ? b.v128_or(normal, isZero(m)) : normal);
    }
  }
}

/** Doubles that are zero or normal singles. */
function narrowable(b: Builder, n: V128): V128 {
  const { splat, magnitude, equal, below, notBelow } = doubles;
  const size = magnitude(b, n);
  const normal = notBelow(b, size, splat(b, 2 ** -126));
  return b.v128_and(
    below(b, size, splat(b, 2 ** 127)),
    b.v128_or(normal, equal(b, n, splat(b, 0))),
  );
}

/** Elements that are integers of their width in any rounding. */
function inRange(b: Builder, { format, scale = 0, unsigned = false }: RangeShape, n: V128): V128 {
  const { splat, magnitude, below, notBelow } = format === 3 ? doubles : singles;
  const limit = limitOf(format, { bits: 8 << format, unsigned, scale });
  const inside = below(b, magnitude(b, n), splat(b, limit));
  return unsigned ? b.v128_and(inside, notBelow(b, n, splat(b, 0))) : inside;
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
