/** Rules of floating-point arithmetic shared by scalar and vector instructions. */

import type { Builder, F32, F64, I32, I64, V128 } from '../../ir/builder.ts';
import { apply, type Float, float, floatBits, int } from './operands.ts';

/** r with the NaN that operands x and y make (Arm ARM, FPProcessNaNs). */
export function withNan(b: Builder, type: number, r: Float, x: Float, y: Float): Float {
  return float(b, type, 'nan', r, x, y);
}

export function isNan(b: Builder, type: number, x: Float): I32 {
  return float(b, type, 'ne', x, x) as unknown as I32;
}

function quietBit(b: Builder, type: number): I64 | I32 {
  return type ? b.const64Halves(0, 0x00080000) : b.const32(0x00400000);
}

/** Whether a value known to be a NaN signals. */
function lacksQuietBit(b: Builder, type: number, x: Float): I32 {
  return int(b, type, 'eqz', int(b, type, 'and', floatBits(b, type, x), quietBit(b, type))) as I32;
}

function isSignalling(b: Builder, type: number, x: Float): I32 {
  return b.i32_and(isNan(b, type, x), lacksQuietBit(b, type, x));
}

function isQuiet(b: Builder, type: number, x: Float): I32 {
  return b.i32_and(isNan(b, type, x), b.i32_eqz(lacksQuietBit(b, type, x)));
}

/** x op y with NaN rules: op is add, sub, mul, div, min or max of wasm. */
export function arithmetic(b: Builder, type: number, op: string, x: Float, y: Float): Float {
  return withNan(b, type, float(b, type, op, x, y), x, y);
}

/** FMAXNM, FMINNM: a quiet NaN beside a number counts as missing. */
export function numberExtreme(b: Builder, type: number, op: string, x: Float, y: Float): Float {
  const useY = b.i32_and(isQuiet(b, type, x), b.i32_eqz(isNan(b, type, y)));
  const useX = b.i32_and(isQuiet(b, type, y), b.i32_eqz(isNan(b, type, x)));
  const left = float(b, type, 'select', y, x, useY);
  const right = float(b, type, 'select', x, y, useX);
  return arithmetic(b, type, op, left, right);
}

/**
 * a + n × m rounded once (Arm ARM, FPMulAdd). NaNs are looked for in the order a, n, m, signalling
 * ones first; infinity times zero beats a quiet NaN in a.
 */
export function fused(b: Builder, type: number, a: Float, n: Float, m: Float): Float {
  const r = float(b, type, 'fma', n, m, a);
  const product = float(b, type, 'mul', n, m);
  const productNan = withNan(b, type, product, n, m);
  const invalid = b.i32_eqz(b.i32_or(isNan(b, type, n), isNan(b, type, m)));
  const signals = b.i32_or(isSignalling(b, type, n), isSignalling(b, type, m));
  const beats = b.i32_and(
    b.i32_and(isNan(b, type, product), b.i32_or(invalid, signals)),
    b.i32_eqz(isSignalling(b, type, a)),
  );
  return withNan(b, type, r, float(b, type, 'select', productNan, a, beats), productNan);
}

/** How FRINT and FCVT round: to nearest even, up, down, to zero, to nearest away from zero. */
export type Rounding = 'N' | 'P' | 'M' | 'Z' | 'A';
const roundings = { N: 'nearest', P: 'ceil', M: 'floor', Z: 'trunc' } as const;

/** x as an integral value; NaNs stay NaNs of any kind. */
export function rounded(b: Builder, type: number, x: Float, mode: Rounding): Float {
  if (mode !== 'A') return float(b, type, roundings[mode], x);
  const whole = float(b, type, 'trunc', x);
  const rest = float(b, type, 'abs', float(b, type, 'sub', x, whole));
  const half = type ? b.constF64(0.5) : b.constF32(0.5);
  const one = float(b, type, 'copysign', type ? b.constF64(1) : b.constF32(1), x);
  const away = float(b, type, 'add', whole, one);
  const isAway = float(b, type, 'ge', rest, half) as unknown as I32;
  return float(b, type, 'select', away, whole, isAway);
}

/** `rounded` of a vector of shape f32x4 or f64x2. */
export function roundedVector(b: Builder, shape: string, x: V128, mode: Rounding): V128 {
  if (mode !== 'A') return apply(b, `${shape}_${roundings[mode]}`, x);
  const sign = shape === 'f32x4' ? splat32(b, -0x80000000) : splat64(b, 0, -0x80000000);
  const half = shape === 'f32x4' ? splat32(b, 0x3f000000) : splat64(b, 0, 0x3fe00000);
  const one = shape === 'f32x4' ? splat32(b, 0x3f800000) : splat64(b, 0, 0x3ff00000);
  const whole: V128 = apply(b, `${shape}_trunc`, x);
  const rest: V128 = apply(b, `${shape}_abs`, apply(b, `${shape}_sub`, x, whole));
  const away: V128 = apply(b, `${shape}_add`, whole, b.v128_bitselect(x, one, sign));
  return b.v128_bitselect(away, whole, apply(b, `${shape}_ge`, rest, half));
}

export function splat32(b: Builder, word: number): V128 {
  return b.constV128(word, word, word, word);
}

export function splat64(b: Builder, low: number, high: number): V128 {
  return b.constV128(low, high, low, high);
}

/** Single to double; a NaN keeps sign and payload and becomes quiet (Arm ARM, FPConvert). */
export function toDouble(b: Builder, x: F32): F64 {
  const bits = b.i64_extend_i32_u(b.i32_reinterpret_f32(x));
  const sign = b.i64_shl(b.i64_shr_u(bits, b.const64(31)), b.const64(63));
  const payload = b.i64_shr_u(b.i64_shl(bits, b.const64(41)), b.const64(12));
  const nan = b.i64_or(b.i64_or(sign, payload), b.const64Halves(0, 0x7ff80000));
  const r = b.f64_promote_f32(x);
  return b.f64_select(b.f64_reinterpret_i64(nan), r, b.f32_ne(x, x));
}

/** Double to single; a NaN keeps sign and the upper bits of its payload. */
export function toSingle(b: Builder, x: F64): F32 {
  const bits = b.i64_reinterpret_f64(x);
  const sign = b.i64_shl(b.i64_shr_u(bits, b.const64(63)), b.const64(31));
  const payload = b.i64_and(b.i64_shr_u(bits, b.const64(29)), b.const64(0x3fffff));
  const nan = b.i64_or(b.i64_or(sign, payload), b.const64(0x7fc00000));
  const r = b.f32_demote_f64(x);
  return b.f32_select(b.f32_reinterpret_i32(b.i32_wrap_i64(nan)), r, b.f64_ne(x, x));
}
