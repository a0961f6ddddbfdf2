/**
 * Floating-point operations as SSE defines them where wasm leaves something open: which NaN comes
 * out
 * (SDM vol. 1, 4.8.3.5: the first operand if it is one, else the second, quieted; QNaN indefinite
 * for an invalid
 * operation), integer indefinite, rounding by MXCSR.RC. Arithmetic itself rounds to nearest.
 */

import type { Builder, F32, F64, I32, V128 } from '../../ir/builder.ts';
import { decoding, type ExactOperation, exactInteger, exactVector } from './exact_float.ts';
import { registers } from './registers.ts';
import { splat32, zeros } from './vectors.ts';

/** The operations whose NaN results need choosing. */
export type FloatOperation = 'add' | 'sub' | 'mul' | 'div';

/** QNaN indefinite. */
const indefinite64 = (b: Builder): F64 => b.f64_reinterpret_i64(b.const64Halves(0, 0xfff8_0000));
const indefinite32 = (b: Builder): F32 => b.f32_reinterpret_i32(b.const32(0xffc0_0000));

/** x with the quiet bit set: meant for NaNs. */
export function quiet64(b: Builder, x: F64): F64 {
  const bits = b.i64_or(b.i64_reinterpret_f64(x), b.const64Halves(0, 0x0008_0000));
  return b.f64_reinterpret_i64(bits);
}

/** x with the quiet bit set: meant for NaNs. */
export function quiet32(b: Builder, x: F32): F32 {
  return b.f32_reinterpret_i32(b.i32_or(b.i32_reinterpret_f32(x), b.const32(0x0040_0000)));
}

/** `result` unless it is a NaN: then the NaN of the operands that SSE delivers. */
export function chooseNan64(b: Builder, x: F64, y: F64, result: F64): F64 {
  const second = b.f64_select(y, indefinite64(b), b.f64_ne(y, y));
  const nan = quiet64(b, b.f64_select(x, second, b.f64_ne(x, x)));
  return b.f64_select(result, nan, b.f64_eq(result, result));
}

/** The same of single precision. */
export function chooseNan32(b: Builder, x: F32, y: F32, result: F32): F32 {
  const second = b.f32_select(y, indefinite32(b), b.f32_ne(y, y));
  const nan = quiet32(b, b.f32_select(x, second, b.f32_ne(x, x)));
  return b.f32_select(result, nan, b.f32_eq(result, result));
}

/** An exact operation on doubles: see `exact_float.ts`. */
export function exact64(b: Builder, operation: ExactOperation, x: F64, y: F64, control = 0): F64 {
  const call = { double: true, lanes: 1, control };
  const result = exactVector(b, operation, call, b.f64x2_splat(x), b.f64x2_splat(y));
  return b.f64x2_extract_lane(0, result);
}

/** The same on singles. */
export function exact32(b: Builder, operation: ExactOperation, x: F32, y: F32, control = 0): F32 {
  const call = { double: false, lanes: 1, control };
  const result = exactVector(b, operation, call, b.f32x4_splat(x), b.f32x4_splat(y));
  return b.f32x4_extract_lane(0, result);
}

/** All lanes of a vector; an operation with one operand has it as the second too. */
export function exactLanes(
  b: Builder,
  double: boolean,
  operation: ExactOperation,
  x: V128,
  y: V128 = x,
  control = 0,
): V128 {
  return exactVector(b, operation, { double, lanes: double ? 2 : 4, control }, x, y);
}

/** x op y of double precision with the NaN SSE delivers. */
export function arithmetic64(b: Builder, operation: FloatOperation, x: F64, y: F64): F64 {
  if (decoding.exact) return exact64(b, operation, x, y);
  return chooseNan64(b, x, y, b[`f64_${operation}`](x, y));
}

/** x op y of single precision with the NaN SSE delivers. */
export function arithmetic32(b: Builder, operation: FloatOperation, x: F32, y: F32): F32 {
  if (decoding.exact) return exact32(b, operation, x, y);
  return chooseNan32(b, x, y, b[`f32_${operation}`](x, y));
}

/** The NaN rule for all lanes; costs one test where no lane is a NaN. */
export function chooseNans(b: Builder, double: boolean, x: V128, y: V128, result: V128): V128 {
  const ne = double ? b.f64x2_ne.bind(b) : b.f32x4_ne.bind(b);
  const bit = double ? b.i64x2_splat(b.const64Halves(0, 0x0008_0000)) : splat32(b, 0x0040_0000);
  const indefinite = double
    ? b.i64x2_splat(b.const64Halves(0, 0xfff8_0000))
    : splat32(b, 0xffc0_0000);
  const bad = ne(result, result);
  const second = b.v128_bitselect(y, indefinite, ne(y, y));
  const nan = b.v128_or(b.v128_bitselect(x, second, ne(x, x)), bit);
  return b.v128_select(b.v128_bitselect(nan, result, bad), result, b.v128_any_true(bad));
}

/** x op y in all lanes with the NaNs SSE delivers. */
export function arithmeticVector(
  b: Builder,
  double: boolean,
  operation: FloatOperation,
  x: V128,
  y: V128,
): V128 {
  if (decoding.exact) return exactLanes(b, double, operation, x, y);
  const result = double ? b[`f64x2_${operation}`](x, y) : b[`f32x4_${operation}`](x, y);
  return chooseNans(b, double, x, y, result);
}

/** Rounding modes as in MXCSR.RC and the ROUND immediates: nearest, down, up, zero; 4: by MXCSR. */
export type Rounding = 0 | 1 | 2 | 3 | 4;

const roundingNames = ['nearest', 'floor', 'ceil', 'trunc'] as const;

/** MXCSR.RC. */
function roundingControl(b: Builder): I32 {
  const shifted = b.i32_shr_u(b.get(registers.mxcsr), b.const32(13));
  return b.i32_and(shifted, b.const32(3));
}

type RoundShape = 'f32' | 'f64' | 'f32x4' | 'f64x2';

/** Rounds to an integral value. NaNs stay what they are, quieted by the hardware. */
function roundBy<T extends number>(b: Builder, shape: RoundShape, x: T, mode: Rounding): T {
  const at = (n: number): T =>
    (b[`${shape}_${roundingNames[n]!}`] as unknown as (x: T) => T).call(b, x);
  if (mode < 4) return at(mode);
  const control = roundingControl(b);
  const select = b[
    `${shape.includes('x') ? 'v128' : (shape as 'f32' | 'f64')}_select`
  ] as unknown as (x: T, y: T, condition: I32) => T;
  let result = at(0);
  for (const n of [1, 2, 3]) {
    result = select.call(b, at(n), result, b.i32_eq(control, b.const32(n)));
  }
  return result;
}

/** Rounds to an integral value; a NaN comes out quiet. `control`: ROUND's immediate. */
export function round64(b: Builder, x: F64, mode: Rounding, control: number = mode): F64 {
  if (decoding.exact) return exact64(b, 'round', x, x, control);
  const rounded = roundBy(b, 'f64', x, mode);
  return b.f64_select(rounded, quiet64(b, x), b.f64_eq(x, x));
}

/** Rounds to an integral value; a NaN comes out quiet. */
export function round32(b: Builder, x: F32, mode: Rounding, control: number = mode): F32 {
  if (decoding.exact) return exact32(b, 'round', x, x, control);
  const rounded = roundBy(b, 'f32', x, mode);
  return b.f32_select(rounded, quiet32(b, x), b.f32_eq(x, x));
}

/** Rounds all lanes to integral values. */
export function roundVector(
  b: Builder,
  double: boolean,
  x: V128,
  mode: Rounding,
  control: number = mode,
): V128 {
  if (decoding.exact) return exactLanes(b, double, 'round', x, x, control);
  const rounded = roundBy(b, double ? 'f64x2' : 'f32x4', x, mode);
  return chooseNans(b, double, x, x, rounded);
}

/**
 * To i32; NaN and out of range give 0x80000000. Only above the range does wasm saturate otherwise.
 */
export function toI32(b: Builder, x: F64): I32 {
  const fits = b.f64_lt(x, b.constF64(2 ** 31));
  return b.i32_select(b.i32_trunc_sat_f64_s(x), b.const32(0x8000_0000), fits);
}

/** To i64; NaN and out of range give 0x8000000000000000. */
export function toI64(b: Builder, x: F64): ReturnType<Builder['const64']> {
  const fits = b.f64_lt(x, b.constF64(2 ** 63));
  const least = b.const64Halves(0, 0x8000_0000);
  return b.i64_select(b.i64_trunc_sat_f64_s(x), least, fits);
}

/** Four (or two, upper lanes zero) values to i32 lanes. */
export function toI32Lanes(b: Builder, double: boolean, x: V128): V128 {
  const least = splat32(b, 0x8000_0000);
  if (!double) {
    const fits = b.f32x4_lt(x, b.f32x4_splat(b.constF32(2 ** 31)));
    return b.v128_bitselect(b.i32x4_trunc_sat_f32x4_s(x), least, fits);
  }
  const fits = b.f64x2_lt(x, b.f64x2_splat(b.constF64(2 ** 31)));
  const bad = b.shuffle(
    b.v128_not(fits),
    zeros(b),
    Array.from({ length: 16 }, (_, n) => (n < 4 ? n : n < 8 ? n + 4 : 16)),
  );
  return b.v128_bitselect(least, b.i32x4_trunc_sat_f64x2_s_zero(x), bad);
}

/** An exact conversion of a vector's lanes to another width. */
export function exactConversion(
  b: Builder,
  operation: 'narrow' | 'widen' | 'toI32' | 'fromI32',
  double: boolean,
  lanes: number,
  x: V128,
  control = 0,
): V128 {
  return exactVector(b, operation, { double, lanes, control }, x, x);
}

/** Exact conversion of a scalar to an integer of 32 or 64 bits. */
export function exactScalarToInteger(
  b: Builder,
  double: boolean,
  width: number,
  mode: Rounding,
  x: V128,
): ReturnType<Builder['const64']> {
  const control = mode | (width === 64 ? 8 : 0);
  return exactInteger(b, 'toInteger', { double, lanes: 1, control }, x, x);
}
