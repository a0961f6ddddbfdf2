/** Rounding to integral values, shared by scalar and vector instructions. */

import type { Builder, I32, V128 } from '../../ir/builder.ts';
import { apply, type Float, float } from './operands.ts';

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
