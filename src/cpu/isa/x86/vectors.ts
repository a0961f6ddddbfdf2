/**
 * Integer vector operations that are several IR operations, as functions of v128 values (one or
 * both lanes of 64).
 */

import type { Builder, I32, I64, V128 } from '../../ir/builder.ts';

/** An operation on one vector. */
export type Unary = (b: Builder, x: V128) => V128;
/** An operation on two vectors. */
export type Binary = (b: Builder, x: V128, y: V128) => V128;

/** Byte indices 0…15 through `f`. */
export const bytes16 = (f: (n: number) => number): number[] =>
  Array.from({ length: 16 }, (_, n) => f(n));

/** n in all 16 bytes. */
export const splat8 = (b: Builder, n: number): V128 => b.i8x16_splat(b.const32(n));
/** n in all 8 halfwords. */
export const splat16 = (b: Builder, n: number): V128 => b.i16x8_splat(b.const32(n));
/** n in all 4 words. */
export const splat32 = (b: Builder, n: number): V128 => b.i32x4_splat(b.const32(n));
/** All bits zero. */
export const zeros = (b: Builder): V128 => b.constV128(0, 0, 0, 0);

/** Upper halves of the eight 32-bit products. */
export const mulHigh16 =
  (signed: boolean): Binary =>
  (b, x, y) => {
    const low = signed ? b.i32x4_extmul_low_i16x8_s(x, y) : b.i32x4_extmul_low_i16x8_u(x, y);
    const high = signed ? b.i32x4_extmul_high_i16x8_s(x, y) : b.i32x4_extmul_high_i16x8_u(x, y);
    return b.shuffle(
      low,
      high,
      bytes16((n) => (n >> 1) * 4 + 2 + (n & 1)),
    );
  };

/** Products of the even 32-bit lanes. */
export const mulEven32 =
  (signed: boolean): Binary =>
  (b, x, y) => {
    const mask = bytes16((n) => (n < 4 ? n : n < 8 ? n + 4 : n));
    const [p, q] = [b.shuffle(x, x, mask), b.shuffle(y, y, mask)];
    return signed ? b.i64x2_extmul_low_i32x4_s(p, q) : b.i64x2_extmul_low_i32x4_u(p, q);
  };

/** PSADBW: sums of the absolute differences of eight bytes. */
export const sumAbsoluteDifferences: Binary = (b, x, y) => {
  const difference = b.v128_or(b.i8x16_sub_sat_u(x, y), b.i8x16_sub_sat_u(y, x));
  const words = b.i32x4_extadd_pairwise_i16x8_u(b.i16x8_extadd_pairwise_i8x16_u(difference));
  const sums = b.i64x2_add(words, b.i64x2_shr_u(words, b.const32(32)));
  return b.v128_and(sums, b.i64x2_splat(b.const64Halves(-1, 0)));
};

/** PMULHRSW; only −32768 × −32768 differs from wasm's saturating form. */
export const mulRoundHigh16: Binary = (b, x, y) => {
  const least = splat16(b, 0x8000);
  const both = b.v128_and(b.i16x8_eq(x, least), b.i16x8_eq(y, least));
  return b.v128_xor(b.i16x8_q15mulr_sat_s(x, y), both);
};

/** PMADDUBSW: unsigned bytes of x times signed bytes of y, pairs added with saturation. */
export const mulAddBytes: Binary = (b, x, y) => {
  const eight = b.const32(8);
  const even = b.i16x8_mul(
    b.v128_and(x, splat16(b, 0xff)),
    b.i16x8_shr_s(b.i16x8_shl(y, eight), eight),
  );
  const odd = b.i16x8_mul(b.i16x8_shr_u(x, eight), b.i16x8_shr_s(y, eight));
  return b.i16x8_add_sat_s(even, odd);
};

type LaneBits = 8 | 16 | 32 | 64;

/** Bytes of the even (or odd) lanes of x ‖ y; `half` takes only the low 64 bits of each (MMX). */
function deinterleave(lane: LaneBits, odd: boolean, half: boolean): number[] {
  const size = lane / 8;
  return bytes16((n) => {
    const index = Math.floor(n / size) * 2 + (odd ? 1 : 0);
    const perOperand = (half ? 8 : 16) / size;
    const operand = Math.floor(index / perOperand) & 1;
    return operand * 16 + (index % perOperand) * size + (n % size);
  });
}

/** PHADD…, PHSUB…, HADDP…: an operation between neighbours. */
export const horizontal =
  (lane: LaneBits, operation: Binary, half: boolean): Binary =>
  (b, x, y) =>
    operation(
      b,
      b.shuffle(x, y, deinterleave(lane, false, half)),
      b.shuffle(x, y, deinterleave(lane, true, half)),
    );

/** PUNPCK…: lanes of x and y alternating, from the low or high half (of 64 bits for MMX). */
export const interleave =
  (lane: LaneBits, high: boolean, half: boolean): Binary =>
  (b, x, y) => {
    const size = lane / 8;
    const start = high ? (half ? 4 : 8) : 0;
    return b.shuffle(
      x,
      y,
      bytes16((n) => {
        const index = Math.floor(n / size);
        return ((index & 1) * 16 + start + (index >> 1) * size + (n % size)) & 31;
      }),
    );
  };

/** PSIGN…: −x, 0 or x by the sign of y. */
export const sign =
  (lane: 8 | 16 | 32): Binary =>
  (b, x, y) => {
    const negative =
      lane === 8
        ? b.i8x16_lt_s(y, zeros(b))
        : lane === 16
          ? b.i16x8_lt_s(y, zeros(b))
          : b.i32x4_lt_s(y, zeros(b));
    const flipped = b.v128_xor(x, negative);
    const some = b[lane === 8 ? 'i8x16_ne' : lane === 16 ? 'i16x8_ne' : 'i32x4_ne'](y, zeros(b));
    const value =
      lane === 8
        ? b.i8x16_sub(flipped, negative)
        : lane === 16
          ? b.i16x8_sub(flipped, negative)
          : b.i32x4_sub(flipped, negative);
    return b.v128_and(value, some);
  };

/** Directions of lane shifts. */
export type ShiftKind = 'shl' | 'shr_u' | 'shr_s';

const shiftMethods = {
  16: { shl: 'i16x8_shl', shr_u: 'i16x8_shr_u', shr_s: 'i16x8_shr_s' },
  32: { shl: 'i32x4_shl', shr_u: 'i32x4_shr_u', shr_s: 'i32x4_shr_s' },
  64: { shl: 'i64x2_shl', shr_u: 'i64x2_shr_u', shr_s: 'i64x2_shr_s' },
} as const;

/** Shifts all lanes by a 64-bit count; counts of the lane's width and more shift everything out. */
export function shiftLanes(b: Builder, lane: 16 | 32 | 64, kind: ShiftKind, x: V128, n: I64): V128 {
  const method = shiftMethods[lane][kind];
  const fits = b.i64_lt_u(n, b.const64(lane));
  const count = b.i32_wrap_i64(n);
  if (kind === 'shr_s') {
    return b[method](x, b.i32_select(count, b.const32(lane - 1), fits));
  }
  return b.v128_select(b[method](x, count), zeros(b), fits);
}

/** The same by a constant. */
export function shiftLanesBy(
  b: Builder,
  lane: 16 | 32 | 64,
  kind: ShiftKind,
  x: V128,
  n: number,
): V128 {
  if (n >= lane && kind !== 'shr_s') return zeros(b);
  return b[shiftMethods[lane][kind]](x, b.const32(Math.min(n, lane - 1)));
}

/** All 16 bytes moved by n towards the high end (negative: low end), zeros filled in. */
export function shiftBytes(b: Builder, x: V128, n: number): V128 {
  if (Math.abs(n) > 15) return zeros(b);
  return b.shuffle(
    x,
    zeros(b),
    bytes16((k) => (k - n >= 0 && k - n < 16 ? k - n : 16)),
  );
}

/** PHMINPOSUW: the least halfword and its index. */
export const minPosition: Unary = (b, x) => {
  let least = x;
  for (const distance of [8, 4, 2]) {
    least = b.i16x8_min_u(
      least,
      b.shuffle(
        least,
        least,
        bytes16((n) => (n + distance) & 15),
      ),
    );
  }
  const index = b.i32_ctz(b.i16x8_bitmask(b.i16x8_eq(x, least)));
  const value = b.i16x8_extract_lane_u(0, least);
  return b.i32x4_replace_lane(0, zeros(b), b.i32_or(value, b.i32_shl(index, b.const32(16))));
};

/** MPSADBW: eight sums of absolute differences of four bytes. */
export function multipleSums(b: Builder, x: V128, y: V128, control: number): V128 {
  const first = control & 4 ? 4 : 0;
  const second = (control & 3) * 4;
  const zero = zeros(b);
  let sum = zero;
  for (let k = 0; k < 4; k++) {
    const p = b.shuffle(
      x,
      zero,
      bytes16((n) => (n & 1 ? 16 : first + (n >> 1) + k)),
    );
    const q = b.shuffle(
      y,
      zero,
      bytes16((n) => (n & 1 ? 16 : second + k)),
    );
    sum = b.i16x8_add(sum, b.i16x8_sub(b.i16x8_max_u(p, q), b.i16x8_min_u(p, q)));
  }
  return sum;
}

/** Lane moves by a 2-bit-per-lane control: PSHUFD and its kin, as a byte mask. */
export function shuffleMask(lane: 16 | 32 | 64, control: number, from: number): number[] {
  const size = lane / 8;
  return bytes16((n) => {
    const index = Math.floor((n - from) / size);
    if (index < 0 || index > 3) return n;
    return from + ((control >> (2 * index)) & 3) * size + (n % size);
  });
}

/** The 1 or 0 of a boolean as an i32 mask: −1 or 0. */
export const maskOf = (b: Builder, condition: I32): I32 => b.i32_sub(b.const32(0), condition);
