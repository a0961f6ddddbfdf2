/**
 * Floating-point operations as SSE defines them (SDM vol. 1, chapters 4.8, 10.2.3, 11.5). Each is
 * wasm's own operation and a test whether that was right and raises no flag that is not raised yet;
 * where it was not, the helper does it (`exact_float.ts`). PE is raised by nearly everything, so
 * the test is for the others once PE is.
 */

import type { Builder, F32, F64, I32, I64, V128 } from '../../ir/builder.ts';
import {
  bits32,
  bits64,
  decoding,
  exact32,
  exact64,
  exactBits,
  exactVector,
} from './exact_float.ts';
import { registers } from './registers.ts';
import { zeros } from './vectors.ts';

/** Arithmetic operations of two operands. */
export type FloatOperation = 'add' | 'sub' | 'mul' | 'div';

// Tests

/** Whether MXCSR asks for something else than rounding to nearest, or PE is not raised yet. */
function unsettled(b: Builder): I32 {
  const relevant = b.i32_and(b.peek(registers.mxcsr), b.const32(0xe060));
  return b.i32_ne(relevant, b.const32(0x20));
}

/** Whether PE is not raised yet. */
const isPrecisionClear = (b: Builder): I32 =>
  b.i32_eqz(b.i32_and(b.peek(registers.mxcsr), b.const32(0x20)));

const least64 = 2 ** -1022;
const least32 = 2 ** -126;

type Shape = 'f32' | 'f64' | 'f32x4' | 'f64x2';
type Relation = 'eq' | 'ne' | 'lt' | 'gt' | 'le' | 'ge';

const i32 = (x: number): I32 => x as I32;
const v128 = (x: number): V128 => x as V128;

/** Operations on values of one shape, scalars and vectors alike; relations give masks or 0, 1. */
class Tests<T extends number> {
  readonly #b: Builder;
  readonly #shape: Shape;
  readonly least: T;
  readonly infinity: T;
  readonly zero: T;

  constructor(b: Builder, shape: Shape) {
    this.#b = b;
    this.#shape = shape;
    this.least = this.#constant(shape.startsWith('f64') ? least64 : least32);
    this.infinity = this.#constant(Number.POSITIVE_INFINITY);
    this.zero = this.#constant(0);
  }

  #constant(value: number): T {
    const b = this.#b;
    const scalar = this.#shape.startsWith('f64') ? b.constF64(value) : b.constF32(value);
    const { length } = this.#shape;
    if (length === 3) return scalar as number as T;
    const splat = b[`${this.#shape as 'f32x4'}_splat`] as unknown as (x: number) => T;
    return splat.call(b, scalar);
  }

  is(relation: Relation, x: T, y: T): T {
    const compare = this.#b[`${this.#shape}_${relation}`] as unknown as (x: T, y: T) => T;
    return compare.call(this.#b, x, y);
  }

  absolute(x: T): T {
    return (this.#b[`${this.#shape}_abs`] as unknown as (x: T) => T).call(this.#b, x);
  }

  or(x: T, y: T): T {
    const b = this.#b;
    return (this.#shape.length === 3
      ? b.i32_or(i32(x), i32(y))
      : b.v128_or(v128(x), v128(y))) as number as T;
  }

  and(x: T, y: T): T {
    const b = this.#b;
    return (this.#shape.length === 3
      ? b.i32_and(i32(x), i32(y))
      : b.v128_and(v128(x), v128(y))) as number as T;
  }

  not(x: T): T {
    const b = this.#b;
    return (this.#shape.length === 3 ? b.i32_eqz(i32(x)) : b.v128_not(v128(x))) as number as T;
  }

  /** Whether x is denormal. */
  isDenormal(x: T): T {
    const size = this.absolute(x);
    return this.and(this.is('lt', size, this.least), this.is('gt', size, this.zero));
  }

  /** Whether x is infinite or a NaN. */
  isSpecial(x: T): T {
    return this.not(this.is('lt', this.absolute(x), this.infinity));
  }

  /** Whether x is no normal number above the least one: zero, too small, infinite, a NaN. */
  isUnusual(x: T): T {
    const size = this.absolute(x);
    return this.not(this.and(this.is('gt', size, this.least), this.is('lt', size, this.infinity)));
  }

  /** Whether a condition holds, in any lane. */
  any(condition: T): I32 {
    const scalar = this.#shape.length === 3;
    return scalar
      ? (condition as number as I32)
      : this.#b.v128_any_true(condition as number as V128);
  }
}

/** Whether the helper must do an operation with this result. Denormal sums are exact. */
function isSlow<T extends number>(
  b: Builder,
  shape: Shape,
  operation: FloatOperation | 'sqrt' | 'fused',
  operands: readonly T[],
  result: T,
): I32 {
  const t = new Tests<T>(b, shape);
  const isSum = operation === 'add' || operation === 'sub';
  let bad = isSum ? t.isSpecial(result) : t.isUnusual(result);
  for (const x of operands) bad = t.or(bad, t.isDenormal(x));
  return b.i32_or(t.any(bad), unsettled(b));
}

const laneShape = (double: boolean): 'f64x2' | 'f32x4' => (double ? 'f64x2' : 'f32x4');
const lanesOf = (double: boolean): number => (double ? 2 : 4);

// Arithmetic

/** x op y of double precision. */
export function arithmetic64(b: Builder, operation: FloatOperation, x: F64, y: F64): F64 {
  const fast = b[`f64_${operation}`](x, y);
  const slow = isSlow(b, 'f64', operation, [x, y], fast);
  return exact64(b, operation, { double: true }, slow, fast, bits64(b, x), bits64(b, y));
}

/** x op y of single precision. */
export function arithmetic32(b: Builder, operation: FloatOperation, x: F32, y: F32): F32 {
  const fast = b[`f32_${operation}`](x, y);
  const slow = isSlow(b, 'f32', operation, [x, y], fast);
  return exact32(b, operation, { double: false }, slow, fast, bits32(b, x), bits32(b, y));
}

/** x op y in all lanes. */
export function arithmeticVector(
  b: Builder,
  double: boolean,
  operation: FloatOperation,
  x: V128,
  y: V128,
): V128 {
  const fast = double ? b[`f64x2_${operation}`](x, y) : b[`f32x4_${operation}`](x, y);
  const slow = isSlow(b, laneShape(double), operation, [x, y], fast);
  return exactVector(b, operation, { double, lanes: lanesOf(double) }, slow, fast, x, y);
}

/** √x of double precision. */
export function root64(b: Builder, x: F64): F64 {
  const fast = b.f64_sqrt(x);
  const slow = isSlow(b, 'f64', 'sqrt', [x], fast);
  return exact64(b, 'sqrt', { double: true }, slow, fast, b.const64(0), bits64(b, x));
}

/** √x of single precision. */
export function root32(b: Builder, x: F32): F32 {
  const fast = b.f32_sqrt(x);
  const slow = isSlow(b, 'f32', 'sqrt', [x], fast);
  return exact32(b, 'sqrt', { double: false }, slow, fast, b.const64(0), bits32(b, x));
}

/** √x in all lanes. */
export function rootVector(b: Builder, double: boolean, x: V128): V128 {
  const fast = double ? b.f64x2_sqrt(x) : b.f32x4_sqrt(x);
  const slow = isSlow(b, laneShape(double), 'sqrt', [x], fast);
  return exactVector(b, 'sqrt', { double, lanes: lanesOf(double) }, slow, fast, x, x);
}

/** x × y + z in the first `lanes` lanes by `fast`; see `VectorCall` for the others. */
export function fusedVector(
  b: Builder,
  call: { double: boolean; lanes: number; control: number },
  operands: readonly [V128, V128, V128],
  fast: V128,
): V128 {
  const { double, lanes } = call;
  let slow: I32;
  if (lanes > 1) {
    slow = isSlow(b, laneShape(double), 'fused', operands, fast);
  } else if (double) {
    const low = (v: V128): F64 => b.f64x2_extract_lane(0, v);
    slow = isSlow(b, 'f64', 'fused', operands.map(low), low(fast));
  } else {
    const low = (v: V128): F32 => b.f32x4_extract_lane(0, v);
    slow = isSlow(b, 'f32', 'fused', operands.map(low), low(fast));
  }
  return exactVector(b, 'fused', call, slow, fast, ...operands);
}

// Comparisons: they raise IE for NaNs, DE for denormals, and nothing else.

function isSlowToCompare<T extends number>(b: Builder, shape: Shape, x: T, y: T): I32 {
  const t = new Tests<T>(b, shape);
  const unordered = t.or(t.is('ne', x, x), t.is('ne', y, y));
  return t.any(t.or(unordered, t.or(t.isDenormal(x), t.isDenormal(y))));
}

/** MIN, MAX of double precision: the second operand unless the first is strictly less, greater. */
export function extreme64(b: Builder, operation: 'min' | 'max', x: F64, y: F64): F64 {
  const fast = b.f64_select(x, y, operation === 'min' ? b.f64_lt(x, y) : b.f64_gt(x, y));
  const slow = isSlowToCompare(b, 'f64', x, y);
  return exact64(b, operation, { double: true }, slow, fast, bits64(b, x), bits64(b, y));
}

/** The same of single precision. */
export function extreme32(b: Builder, operation: 'min' | 'max', x: F32, y: F32): F32 {
  const fast = b.f32_select(x, y, operation === 'min' ? b.f32_lt(x, y) : b.f32_gt(x, y));
  const slow = isSlowToCompare(b, 'f32', x, y);
  return exact32(b, operation, { double: false }, slow, fast, bits32(b, x), bits32(b, y));
}

/** The same in all lanes: wasm's pmin and pmax with the operands exchanged. */
export function extremeVector(
  b: Builder,
  double: boolean,
  operation: 'min' | 'max',
  x: V128,
  y: V128,
): V128 {
  const fast = b[`${laneShape(double)}_p${operation}`](y, x);
  const slow = isSlowToCompare(b, laneShape(double), x, y);
  return exactVector(b, operation, { double, lanes: lanesOf(double) }, slow, fast, x, y);
}

/** Predicate 0…31 of the CMP instructions, as `fast` has it, in the first `lanes` lanes. */
export function compareVector(
  b: Builder,
  double: boolean,
  lanes: number,
  predicate: number,
  x: V128,
  y: V128,
  fast: V128,
): V128 {
  const low = (v: V128): number =>
    double ? b.f64x2_extract_lane(0, v) : b.f32x4_extract_lane(0, v);
  const slow =
    lanes > 1
      ? isSlowToCompare(b, laneShape(double), x, y)
      : isSlowToCompare(b, double ? 'f64' : 'f32', low(x), low(y));
  return exactVector(b, 'compare', { double, lanes, control: predicate }, slow, fast, x, y);
}

/** The helper's first number is compared with zero. */
function comparedWith(b: Builder, y: F64, slow: I32): F64 {
  const zero = b.constF64(0);
  return decoding.trapping ? zero : b.f64_select(zero, y, slow);
}

/** Two doubles that compare as x and y do for COMIS (`signals`) and UCOMIS. */
export function comparable64(b: Builder, signals: boolean, x: F64, y: F64): readonly [F64, F64] {
  const slow = isSlowToCompare(b, 'f64', x, y);
  const call = { double: true, control: signals ? 1 : 0 };
  const first = exact64(b, 'order', call, slow, x, bits64(b, x), bits64(b, y));
  return [first, comparedWith(b, y, slow)];
}

/** The same of singles. */
export function comparable32(b: Builder, signals: boolean, x: F32, y: F32): readonly [F64, F64] {
  const slow = isSlowToCompare(b, 'f32', x, y);
  const call = { double: false, control: signals ? 1 : 0 };
  const wide = b.f64_promote_f32(x);
  const first = exact64(b, 'order', call, slow, wide, bits32(b, x), bits32(b, y));
  return [first, comparedWith(b, b.f64_promote_f32(y), slow)];
}

// Rounding to integral values

/** Rounding modes as in MXCSR.RC and the ROUND immediates: nearest, down, up, zero; 4: by MXCSR. */
export type Rounding = 0 | 1 | 2 | 3 | 4;

const roundingNames = ['nearest', 'floor', 'ceil', 'trunc', 'nearest'] as const;

/** Whether the helper must round: a NaN, a denormal, another mode, PE to be raised. */
function isSlowToRound<T extends number>(
  b: Builder,
  shape: Shape,
  control: number,
  x: T,
  result: T,
): I32 {
  const t = new Tests<T>(b, shape);
  const always = t.any(t.or(t.is('ne', x, x), t.isDenormal(x)));
  const keepsPrecision = (control & 8) !== 0;
  if (keepsPrecision && !(control & 4)) return always;
  const state = control & 4 ? unsettled(b) : isPrecisionClear(b);
  return b.i32_or(always, b.i32_and(t.any(t.is('ne', x, result)), state));
}

function roundFast<T extends number>(b: Builder, shape: Shape, x: T, control: number): T {
  const name = roundingNames[(control & 4 ? 4 : control & 3) as Rounding];
  return (b[`${shape}_${name}`] as unknown as (x: T) => T).call(b, x);
}

/** A double rounded as ROUND's immediate says. */
export function round64(b: Builder, x: F64, control: number): F64 {
  const fast = roundFast(b, 'f64', x, control);
  const slow = isSlowToRound(b, 'f64', control, x, fast);
  return exact64(b, 'round', { double: true, control }, slow, fast, b.const64(0), bits64(b, x));
}

/** A single rounded so. */
export function round32(b: Builder, x: F32, control: number): F32 {
  const fast = roundFast(b, 'f32', x, control);
  const slow = isSlowToRound(b, 'f32', control, x, fast);
  return exact32(b, 'round', { double: false, control }, slow, fast, b.const64(0), bits32(b, x));
}

/** All lanes rounded so. */
export function roundVector(b: Builder, double: boolean, x: V128, control: number): V128 {
  const shape = laneShape(double);
  const fast = roundFast(b, shape, x, control);
  const slow = isSlowToRound(b, shape, control, x, fast);
  return exactVector(b, 'round', { double, lanes: lanesOf(double), control }, slow, fast, x, x);
}

// Conversions

/** To i32 or i64 by mode 3 (truncation) or 4 (MXCSR's); what does not fit is the least integer. */
export function toInteger(
  b: Builder,
  x: F64,
  source: I64,
  call: { double: boolean; width: number; mode: 3 | 4 },
): I64 {
  const { double, width, mode } = call;
  const rounded = mode === 3 ? x : b.f64_nearest(x);
  const fast =
    width === 64
      ? b.i64_trunc_sat_f64_s(rounded)
      : b.i64_extend_i32_s(b.i32_trunc_sat_f64_s(rounded));
  const inexact = b.f64_ne(b.f64_convert_i64_s(fast), x);
  const state = mode === 3 ? isPrecisionClear(b) : unsettled(b);
  // Saturated values are at the ends: within them all is well.
  const limit = b.constF64(2 ** (width - 1) - (width === 64 ? 1024 : 1));
  const outside = b.i32_eqz(b.f64_lt(b.f64_abs(x), limit));
  const slow = b.i32_or(outside, b.i32_and(inexact, state));
  const operation = width === 64 ? 'toI64' : 'toI32';
  const bits = exactBits(b, operation, { double, control: mode }, slow, b.const64(0), source);
  return b.i64_select(bits, fast, slow);
}

/** To i32 lanes (of doubles two, the upper lanes zero; of singles `lanes`). */
export function toI32Lanes(b: Builder, double: boolean, lanes: number, x: V128, mode: 3 | 4): V128 {
  const shape = laneShape(double);
  const rounded = mode === 3 ? x : b[`${shape}_nearest`](x);
  const fast = double
    ? b.i32x4_trunc_sat_f64x2_s_zero(rounded)
    : b.i32x4_trunc_sat_f32x4_s(rounded);
  const t = new Tests<V128>(b, shape);
  const limit = double
    ? b.f64x2_splat(b.constF64(2 ** 31 - 1))
    : b.f32x4_splat(b.constF32(2 ** 31));
  const outside = t.not(t.is('lt', t.absolute(x), limit));
  const state = mode === 3 ? isPrecisionClear(b) : unsettled(b);
  const slow = b.i32_or(t.any(outside), state);
  return exactVector(b, 'toI32', { double, lanes, control: mode }, slow, fast, x, x);
}

/** A double of an i64. */
export function fromInteger64(b: Builder, x: I64): F64 {
  // Up to 2⁵³ exact.
  const sum = b.i64_add(x, b.const64Halves(0, 1 << 21));
  const large = b.i64_gt_u(sum, b.const64Halves(0, 1 << 22));
  const slow = b.i32_and(large, unsettled(b));
  const fast = b.f64_convert_i64_s(x);
  return exact64(b, 'fromI64', { double: true }, slow, fast, x, b.const64(0));
}

/** A single of an i64. */
export function fromInteger32(b: Builder, x: I64): F32 {
  const sum = b.i64_add(x, b.const64(1 << 24));
  const large = b.i64_gt_u(sum, b.const64(1 << 25));
  const slow = b.i32_and(large, unsettled(b));
  const fast = b.f32_convert_i64_s(x);
  return exact32(b, 'fromI64', { double: false }, slow, fast, x, b.const64(0));
}

/** Four i32 lanes (two: `lanes`) to singles. */
export function fromI32Lanes(b: Builder, lanes: number, x: V128): V128 {
  const fast = b.f32x4_convert_i32x4_s(x);
  return exactVector(b, 'fromI32', { double: false, lanes }, unsettled(b), fast, x, x);
}

/** Double of a single: only NaNs and denormals matter. */
export function widen(b: Builder, x: F32): F64 {
  const t = new Tests<F32>(b, 'f32');
  const slow = t.any(t.or(t.is('ne', x, x), t.isDenormal(x)));
  const fast = b.f64_promote_f32(x);
  return exact64(b, 'widen', { double: false }, slow, fast, b.const64(0), bits32(b, x));
}

/** The same of the two low lanes. */
export function widenLanes(b: Builder, x: V128): V128 {
  const t = new Tests<V128>(b, 'f64x2');
  const fast = b.f64x2_promote_low_f32x4(x);
  const size = t.absolute(fast);
  const small = t.is('lt', size, b.f64x2_splat(b.constF64(least32)));
  const denormal = t.and(small, t.is('gt', size, t.zero));
  const slow = t.any(t.or(t.is('ne', fast, fast), denormal));
  return exactVector(b, 'widen', { double: false, lanes: 2 }, slow, fast, x, x);
}

/** Single of a double. */
export function narrow(b: Builder, x: F64): F32 {
  const t = new Tests<F32>(b, 'f32');
  const fast = b.f32_demote_f64(x);
  const slow = b.i32_or(t.any(t.isUnusual(fast)), unsettled(b));
  // Zero is frequent, and exact.
  const notZero = b.f64_ne(x, b.constF64(0));
  const call = { double: true };
  const used = b.i32_and(slow, notZero);
  return exact32(b, 'narrow', call, used, fast, b.const64(0), bits64(b, x));
}

/** The same of two lanes; the upper two are zero. */
export function narrowLanes(b: Builder, x: V128): V128 {
  const t = new Tests<V128>(b, 'f64x2');
  const fast = b.f32x4_demote_f64x2_zero(x);
  const size = t.absolute(b.f64x2_promote_low_f32x4(fast));
  const above = t.is('gt', size, b.f64x2_splat(b.constF64(least32)));
  const usual = t.and(above, t.is('lt', size, t.infinity));
  const slow = b.i32_or(t.any(t.not(usual)), unsettled(b));
  return exactVector(b, 'narrow', { double: true, lanes: 2 }, slow, fast, x, x);
}

/** The four low halves as singles, exactly; `fast` is right but for NaNs. */
export function widenHalves(b: Builder, x: V128, fast: V128): V128 {
  const slow = b.v128_any_true(b.f32x4_ne(fast, fast));
  return exactVector(b, 'fromHalf', { double: false, lanes: 4 }, slow, fast, x, x);
}

/** Four singles as halves, in the low quadword; `control` is the immediate. */
export function narrowHalves(b: Builder, x: V128, control: number): V128 {
  const call = { double: false, lanes: 4, control: control & 7 };
  return exactVector(b, 'toHalf', call, b.const32(1), zeros(b), x, x);
}
