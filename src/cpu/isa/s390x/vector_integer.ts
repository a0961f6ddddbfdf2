/** Vector integer instructions (PoP chapter 22). */

import type { I32, I64, V128 } from '../../ir/builder.ts';
import { codeValue, comparison } from './condition.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { type Row, type RowNotes, row } from './row.ts';
import { vectorHelper } from './vector_helpers.ts';
import {
  byteNumbers,
  element,
  elementCount,
  laneName,
  packWords,
  splat,
  zero,
} from './vector_load.ts';

type Binary = 'add' | 'sub';

/** Halves of the registers for 128-bit arithmetic. */
const high = (z: Lowering, n: number): I64 => z.b.i64x2_extract_lane(1, z.v(n));
const low = (z: Lowering, n: number): I64 => z.b.i64x2_extract_lane(0, z.v(n));
function putHalves(z: Lowering, upper: I64, lower: I64): void {
  z.putV(z.v1, z.b.i64x2_replace_lane(1, z.b.i64x2_splat(lower), upper));
}
const addSubtract =
  (operation: Binary): Semantics =>
  (z) => {
    const { b } = z;
    const name = laneName[z.m4];
    if (name) return z.putV(z.v1, b[`${name}_${operation}`](z.v(z.v2), z.v(z.v3)));
    if (z.m4 !== 4) return z.specification();
    const [p, q] = [low(z, z.v2), low(z, z.v3)];
    const lower = b[`i64_${operation}`](p, q);
    const carry = b.i64_extend_i32_u(operation === 'add' ? b.i64_lt_u(lower, p) : b.i64_lt_u(p, q));
    const upper = b[`i64_${operation}`](high(z, z.v2), high(z, z.v3));
    putHalves(z, b[`i64_${operation}`](upper, carry), lower);
  };

const bitwise =
  (f: (z: Lowering, x: V128, y: V128) => V128): Semantics =>
  (z) =>
    z.putV(z.v1, f(z, z.v(z.v2), z.v(z.v3)));

/** VCEQ, VCH, VCHL: M5 bit 1 asks for a code: 0 all, 1 some, 3 none. */
function compareLanes(relation: 'eq' | 'gt_s' | 'gt_u'): Semantics {
  return (z) => {
    const { b } = z;
    const name = laneName[z.m4];
    if (!name) return z.specification();
    const [x, y] = [z.v(z.v2), z.v(z.v3)];
    let lanes: V128;
    if (name === 'i64x2' && relation === 'gt_u') {
      const flip = b.i64x2_splat(b.const64Halves(0, 1 << 31));
      lanes = b.i64x2_gt_s(b.v128_xor(x, flip), b.v128_xor(y, flip));
    } else lanes = b[`${name}_${relation}` as 'i8x16_eq'](x, y);
    z.putV(z.v1, lanes);
    if (z.m5 & 1) z.cc(codeValue(allSomeNone(z, b.i8x16_bitmask(lanes))));
  };
}
/** Code of a mask of 16 bytes: 0 all, 1 some, 3 none. */
export function allSomeNone(z: Lowering, bits: I32): I32 {
  const { b } = z;
  const some = b.i32_select(b.const32(3), b.const32(1), b.i32_eqz(bits));
  return b.i32_select(b.const32(0), some, b.i32_eq(bits, b.const32(0xffff)));
}

function leastMost(which: 'min' | 'max', sign: 's' | 'u'): Semantics {
  return (z) => {
    if (!laneName[z.m4]) return z.specification();
    z.putV(z.v1, least(z, which, sign, z.v(z.v2), z.v(z.v3)));
  };
}
/** The lesser (greater) of elements of size M4. */
function least(z: Lowering, which: 'min' | 'max', sign: 's' | 'u', x: V128, y: V128): V128 {
  const { b } = z;
  const name = laneName[z.m4]!;
  if (name !== 'i64x2') return b[`${name}_${which}_${sign}`](x, y);
  const flip = sign === 'u' ? b.i64x2_splat(b.const64Halves(0, 1 << 31)) : zero(z);
  const greater = b.i64x2_gt_s(b.v128_xor(x, flip), b.v128_xor(y, flip));
  return which === 'max' ? b.v128_bitselect(x, y, greater) : b.v128_bitselect(y, x, greater);
}
const unary =
  (operation: 'neg' | 'abs'): Semantics =>
  (z) => {
    const name = laneName[z.m3];
    if (!name) return z.specification();
    z.putV(z.v1, z.b[`${name}_${operation}`](z.v(z.v2)));
  };
/** Shifts of all elements by one count: the second-operand address modulo the width. */
const shiftElements =
  (operation: 'shl' | 'shr_s' | 'shr_u'): Semantics =>
  (z) => {
    const name = laneName[z.m4];
    if (!name) return z.specification();
    z.putV(z.v1, z.b[`${name}_${operation}`](z.v(z.v3), z.address2()));
  };
const rotateElements: Semantics = (z) => {
  const { b } = z;
  const name = laneName[z.m4];
  if (!name) return z.specification();
  const by = z.address2();
  const back = b.i32_sub(b.const32(0), by);
  z.putV(z.v1, b.v128_or(b[`${name}_shl`](z.v(z.v3), by), b[`${name}_shr_u`](z.v(z.v3), back)));
};
const multiplyLow: Semantics = (z) => {
  const { b } = z;
  if (z.m4 === 1) z.putV(z.v1, b.i16x8_mul(z.v(z.v2), z.v(z.v3)));
  else if (z.m4 === 2) z.putV(z.v1, b.i32x4_mul(z.v(z.v2), z.v(z.v3)));
  else multiplyBytes(z);
};

const multiplyBytes: Semantics = (z) => narrowProducts('low', false, false, 'm4')(z);

/** The even (odd) elements, each extended to double width. */
function half(z: Lowering, size: number, x: V128, odd: boolean, signed: boolean): V128 {
  const { b } = z;
  const wide = wideName[size]!;
  const bits = b.const32(8 << size);
  // The odd element is the right half of a wider one.
  const left = odd ? b[`${wide}_shl`](x, bits) : x;
  return signed ? b[`${wide}_shr_s`](left, bits) : b[`${wide}_shr_u`](left, bits);
}
const wideName = ['i16x8', 'i32x4', 'i64x2'] as const;
/** Products of even (odd) elements, double width; with v4 added where `adds`. */
function wideProducts(
  odd: boolean,
  signed: boolean,
  adds: boolean,
  sizeField: 'm4' | 'm5',
): Semantics {
  return (z) => {
    const { b } = z;
    const size = z[sizeField];
    const wide = wideName[size];
    if (!wide) return z.specification();
    const part = (n: number): V128 => half(z, size, z.v(n), odd, signed);
    const products = b[`${wide}_mul`](part(z.v2), part(z.v3));
    z.putV(z.v1, adds ? b[`${wide}_add`](products, z.v(z.v4)) : products);
  };
}
/** The low or high halves of (x × y + w), from products of double width. */
function narrowProducts(
  which: 'high' | 'low',
  signed: boolean,
  adds: boolean,
  sizeField: 'm4' | 'm5',
): Semantics {
  return (z) => {
    const { b } = z;
    const size = z[sizeField];
    const wide = wideName[size];
    if (!wide) return z.specification();
    const bits = b.const32(8 << size);
    const sums = [false, true].map((odd) => {
      const part = (n: number): V128 => half(z, size, z.v(n), odd, signed);
      const product = b[`${wide}_mul`](part(z.v2), part(z.v3));
      return adds ? b[`${wide}_add`](product, part(z.v4)) : product;
    });
    const [even, odd] = sums as [V128, V128];
    // The result's left halves come from the even products.
    const shifted = which === 'high' ? even : b[`${wide}_shl`](even, bits);
    const left = b[`${wide}_shl`](b[`${wide}_shr_u`](shifted, bits), bits);
    const low = b[`${wide}_shr_u`](b[`${wide}_shl`](odd, bits), bits);
    z.putV(z.v1, b.v128_or(left, which === 'high' ? b[`${wide}_shr_u`](odd, bits) : low));
  };
}
const highProducts = (signed: boolean, adds: boolean, sizeField: 'm4' | 'm5'): Semantics =>
  narrowProducts('high', signed, adds, sizeField);
const lowProductsAdd = narrowProducts('low', false, true, 'm5');

/** VGFM(A): products without carries of even and odd elements, exclusive-ored (with v4). */
const galois = (adds: boolean, size: (z: Lowering) => number): Semantics =>
  vectorHelper('galois', { size, flags: () => (adds ? 1 : 0) });

/** Whole-register shifts by bytes: bits 1–4 of byte 7 of v3 are the count. */
const shiftBytes =
  (direction: 'left' | 'right' | 'arithmetic'): Semantics =>
  (z) => {
    const { b } = z;
    const x = z.v(z.v2);
    const count = b.i32_shr_u(b.i8x16_extract_lane_u(8, z.v(z.v3)), b.const32(3));
    const by = b.i8x16_splat(b.i32_and(count, b.const32(15)));
    const numbers = byteNumbers(z);
    // A swizzle gives zero for bytes beyond either end.
    if (direction === 'left') return z.putV(z.v1, b.i8x16_swizzle(x, b.i8x16_sub(numbers, by)));
    const from = b.i8x16_add(numbers, by);
    const moved = b.i8x16_swizzle(x, from);
    if (direction === 'right') return z.putV(z.v1, moved);
    const sign = b.i8x16_splat(b.i32_shr_s(b.i8x16_extract_lane_s(15, x), b.const32(7)));
    const filled = b.i8x16_gt_u(from, b.i8x16_splat(b.const32(15)));
    z.putV(z.v1, b.v128_or(moved, b.v128_and(sign, filled)));
  };
/**
 * Whole-register shifts by up to 7 bits. Every byte of v3 holds the count; where they differ each
 * byte goes by its own, as from z15 on (before that the result is unpredictable).
 */
const shiftBits = (direction: 'Left' | 'Right' | 'Arithmetic'): Semantics =>
  vectorHelper(`shift${direction}`);
/** VSUM: words; the rightmost element of each word of v3 is added. */
const sumWords: Semantics = (z) => {
  const { b } = z;
  if (z.m4 > 1) return z.specification();
  const x = z.v(z.v2);
  const halves = z.m4 === 1 ? x : b.i16x8_extadd_pairwise_i8x16_u(x);
  const sums = b.i32x4_extadd_pairwise_i16x8_u(halves);
  const last = b.i32x4_splat(b.const32(z.m4 === 0 ? 0xff : 0xffff));
  z.putV(z.v1, b.i32x4_add(sums, b.v128_and(z.v(z.v3), last)));
};
/** The words of each doubleword added. */
function sumPairs(z: Lowering, x: V128): V128 {
  const { b } = z;
  const low = b.v128_and(x, b.constV128(-1, 0, -1, 0));
  return b.i64x2_add(b.i64x2_shr_u(x, b.const32(32)), low);
}
const sumDoublewords: Semantics = (z) => {
  const { b } = z;
  if (z.m4 !== 1 && z.m4 !== 2) return z.specification();
  const x = z.v(z.v2);
  const sums = sumPairs(z, z.m4 === 2 ? x : b.i32x4_extadd_pairwise_i16x8_u(x));
  const last = z.m4 === 2 ? b.constV128(-1, 0, -1, 0) : b.constV128(0xffff, 0, 0xffff, 0);
  z.putV(z.v1, b.i64x2_add(sums, b.v128_and(z.v(z.v3), last)));
};
/** x + y + carry of 128 bits as halves; the carries are 0 or 1. */
function addQuads(z: Lowering, x: Quad, y: Quad, carry: I64): Quad & { readonly carry: I64 } {
  const { b } = z;
  const partial = b.i64_add(x.low, y.low);
  const lower = b.i64_add(partial, carry);
  const outLow = b.i32_or(b.i64_lt_u(partial, x.low), b.i64_lt_u(lower, partial));
  const sum = b.i64_add(x.high, y.high);
  const upper = b.i64_add(sum, b.i64_extend_i32_u(outLow));
  const out = b.i32_or(b.i64_lt_u(sum, x.high), b.i64_lt_u(upper, sum));
  return { high: upper, low: lower, carry: b.i64_extend_i32_u(out) };
}
interface Quad {
  readonly high: I64;
  readonly low: I64;
}
const quadOf = (z: Lowering, n: number): Quad => ({ high: high(z, n), low: low(z, n) });
function inverted(z: Lowering, { high: p, low: q }: Quad): Quad {
  const ones = z.b.const64(-1);
  return { high: z.b.i64_xor(p, ones), low: z.b.i64_xor(q, ones) };
}
/** VAC, VSBI and what they carry out (VACCC, VSBCBI): the carry in is the last bit of v4. */
const withCarry =
  (subtracts: boolean, result: 'sum' | 'carry'): Semantics =>
  (z) => {
    const { b } = z;
    if (z.m5 !== 4) return z.specification();
    const y = quadOf(z, z.v3);
    const carry = b.i64_and(low(z, z.v4), b.const64(1));
    const sum = addQuads(z, quadOf(z, z.v2), subtracts ? inverted(z, y) : y, carry);
    if (result === 'sum') putHalves(z, sum.high, sum.low);
    else putHalves(z, b.const64(0), sum.carry);
  };
const sumLong: Semantics = (z) => {
  const { b } = z;
  const zero = b.const64(0);
  const [x, y] = [quadOf(z, z.v2), low(z, z.v3)];
  const both = addQuads(z, { high: zero, low: x.high }, { high: zero, low: x.low }, zero);
  const sum = addQuads(z, both, { high: zero, low: y }, zero);
  putHalves(z, sum.high, sum.low);
};
const sumQuadword: Semantics = (z) => {
  const { b } = z;
  if (z.m4 === 3) return sumLong(z);
  if (z.m4 !== 2) return z.specification();
  const sums = sumPairs(z, z.v(z.v2));
  const both = b.i64_add(b.i64x2_extract_lane(0, sums), b.i64x2_extract_lane(1, sums));
  const sum = b.i64_add(both, element(z, z.v(z.v3), 2, 3));
  z.putV(z.v1, b.i64x2_replace_lane(0, zero(z), sum));
};
/** VCKSM: words added with end-around carry. */
const checksum: Semantics = (z) => {
  const { b } = z;
  const pairs = sumPairs(z, z.v(z.v2));
  const both = b.i64_add(b.i64x2_extract_lane(0, pairs), b.i64x2_extract_lane(1, pairs));
  let sum = b.i64_add(both, element(z, z.v(z.v3), 2, 1));
  const word = b.const64Halves(-1, 0);
  for (let fold = 0; fold < 2; fold++) {
    sum = b.i64_add(b.i64_and(sum, word), b.i64_shr_u(sum, b.const64(32)));
  }
  putHalves(z, sum, b.const64(0));
};

/** VPKS, VPKLS: narrower with saturation; code 0 none saturated, 1 some, 3 all. */
function packSaturated(signed: boolean): Semantics {
  return (z) => {
    const { b } = z;
    if (z.m4 < 1 || z.m4 > 3) return z.specification();
    const bits = 4 << z.m4;
    const parts = [z.v2, z.v3].map((n) => clamped(z, z.v(n), bits, signed));
    const [first, second] = parts as [V128, V128];
    const saturated = [z.v2, z.v3].map((n, i) =>
      b.i8x16_bitmask(b[`${laneName[z.m4]!}_ne`](z.v(n), parts[i]!)),
    );
    if (z.m4 === 3) z.putV(z.v1, packWords(z, first, second));
    else z.putV(z.v1, narrowed(z, first, second, signed));
    if ((z.m5 & 1) === 0) return;
    const marks = b.i32_or(saturated[0]!, b.i32_shl(saturated[1]!, b.const32(16)));
    const some = b.i32_select(b.const32(3), b.const32(1), b.i32_eq(marks, b.const32(-1)));
    z.cc(codeValue(b.i32_select(some, b.const32(0), marks)));
  };
}
/** Elements of twice `bits` bits brought into the range of `bits` bits. */
function clamped(z: Lowering, x: V128, bits: number, signed: boolean): V128 {
  const most = 2 ** (signed ? bits - 1 : bits) - 1;
  if (!signed) return least(z, 'min', 'u', x, ofAll(z, most));
  const below = least(z, 'min', 's', x, ofAll(z, most));
  return least(z, 'max', 's', below, ofAll(z, -most - 1));
}
/** A number in all elements of size M4. */
const ofAll = (z: Lowering, value: number): V128 => splat(z, z.m4, z.b.const64(value));
/** wasm's narrowing takes its operands for signed, which they are, clamped. */
function narrowed(z: Lowering, first: V128, second: V128, signed: boolean): V128 {
  const [wide, narrow] = z.m4 === 1 ? ['i16x8', 'i8x16'] : ['i32x4', 'i16x8'];
  const name = `${narrow}_narrow_${wide}_${signed ? 's' : 'u'}` as 'i8x16_narrow_i16x8_s';
  return z.b[name](second, first);
}

/** VEC, VECL: the middle elements; code 0 equal, 1 low, 2 high. */
const compareElement =
  (signed: boolean): Semantics =>
  (z) => {
    const { b } = z;
    if (z.m3 > 3) return z.specification();
    const up = b.const64(64 - (8 << z.m3));
    const pick = (n: number): I64 => {
      const x = element(z, z.v(n), z.m3, (8 >> z.m3) - 1);
      return signed ? b.i64_shr_s(b.i64_shl(x, up), up) : x;
    };
    z.cc(comparison(signed ? 'i64_s' : 'i64_u', pick(z.v1), pick(z.v2)));
  };
const testUnderMask: Semantics = (z) => {
  const { b } = z;
  const [x, mask] = [z.v(z.v1), z.v(z.v2)];
  const some = b.v128_any_true(b.v128_and(x, mask));
  const missing = b.v128_any_true(b.v128_andnot(mask, x));
  const nonzero = b.i32_select(b.const32(1), b.const32(3), missing);
  z.cc(codeValue(b.i32_select(nonzero, b.const32(0), some)));
};

/** Leading zeros of bytes by those of their halves, of halfwords by those of their bytes. */
function leadingZeros(z: Lowering, size: number, x: V128): V128 {
  const { b } = z;
  if (size > 1) return leadingZerosOfLanes(z, size, x);
  const table = b.constV128(0x02020304, 0x01010101, 0, 0);
  const left = b.i8x16_shr_u(x, b.const32(4));
  const right = b.v128_and(x, b.i8x16_splat(b.const32(15)));
  const more = b.v128_and(b.i8x16_swizzle(table, right), b.i8x16_eq(left, zero(z)));
  const bytes = b.i8x16_add(b.i8x16_swizzle(table, left), more);
  if (size === 0) return bytes;
  const upper = b.i16x8_shr_u(bytes, b.const32(8));
  const lower = b.v128_and(bytes, b.i16x8_splat(b.const32(0xff)));
  const isZero = b.i16x8_eq(upper, b.i16x8_splat(b.const32(8)));
  return b.i16x8_add(upper, b.v128_and(lower, isZero));
}
function leadingZerosOfLanes(z: Lowering, size: number, x: V128): V128 {
  const { b } = z;
  let result = zero(z);
  for (let lane = 0; lane < elementCount(size); lane++) {
    result =
      size === 2
        ? b.i32x4_replace_lane(lane, result, b.i32_clz(b.i32x4_extract_lane(lane, x)))
        : b.i64x2_replace_lane(lane, result, b.i64_clz(b.i64x2_extract_lane(lane, x)));
  }
  return result;
}
function onesOf(z: Lowering, size: number, x: V128): V128 {
  const { b } = z;
  const bytes = b.i8x16_popcnt(x);
  if (size === 0) return bytes;
  const halfwords = b.i16x8_extadd_pairwise_i8x16_u(bytes);
  if (size === 1) return halfwords;
  const words = b.i32x4_extadd_pairwise_i16x8_u(halfwords);
  return size === 2 ? words : sumPairs(z, words);
}
/** Trailing zeros are the ones of what is right of the last one. */
function trailingZeros(z: Lowering, size: number, x: V128): V128 {
  const { b } = z;
  const below = b[`${laneName[size]!}_sub`](x, splat(z, size, b.const64(1)));
  return onesOf(z, size, b.v128_andnot(below, x));
}
const counting =
  (count: (z: Lowering, size: number, x: V128) => V128): Semantics =>
  (z) => {
    if (z.m3 > 3) z.specification();
    else z.putV(z.v1, count(z, z.m3, z.v(z.v2)));
  };

/** The mean, rounded up: the bits either has less half of those that differ. */
const average =
  (sign: 's' | 'u'): Semantics =>
  (z) => {
    const { b } = z;
    const name = laneName[z.m4];
    if (!name) return z.specification();
    const [x, y] = [z.v(z.v2), z.v(z.v3)];
    if (sign === 'u' && (name === 'i8x16' || name === 'i16x8')) {
      return z.putV(z.v1, b[`${name}_avgr_u`](x, y));
    }
    const differ = b.v128_xor(x, y);
    const half =
      name === 'i8x16'
        ? b[`i8x16_shr_${sign}`](differ, b.const32(1))
        : b[`${name}_shr_${sign}`](differ, b.const32(1));
    z.putV(z.v1, b[`${name}_sub`](b.v128_or(x, y), half));
  };
/** VERIM: rotated v2 under the mask v3 into v1. */
const rotateInsert: Semantics = (z) => {
  const { b } = z;
  const name = laneName[z.m5];
  if (!name) return z.specification();
  const [by, back] = [b.const32(z.i4), b.const32(-z.i4)];
  const x = z.v(z.v2);
  const turned = b.v128_or(b[`${name}_shl`](x, by), b[`${name}_shr_u`](x, back));
  z.putV(z.v1, b.v128_bitselect(turned, z.v(z.v1), z.v(z.v3)));
};

/** Each element shifted by its own count; words and doublewords lane by lane. */
function shiftByEach(
  operation: 'shl' | 'shr_s' | 'shr_u' | 'rotl',
  name: 'shiftEachLeft' | 'shiftEachRight' | 'shiftEachArithmetic' | 'rotateEach',
): Semantics {
  const narrow = vectorHelper(name, { size: (z) => z.m4 });
  return (z) => {
    const { b } = z;
    if (z.m4 !== 2 && z.m4 !== 3) return narrow(z);
    const [x, y] = [z.v(z.v2), z.v(z.v3)];
    let result = zero(z);
    for (let lane = 0; lane < elementCount(z.m4); lane++) {
      if (z.m4 === 3) {
        const [p, q] = [b.i64x2_extract_lane(lane, x), b.i64x2_extract_lane(lane, y)];
        result = b.i64x2_replace_lane(lane, result, b[`i64_${operation}`](p, q));
      } else {
        const [p, q] = [b.i32x4_extract_lane(lane, x), b.i32x4_extract_lane(lane, y)];
        result = b.i32x4_replace_lane(lane, result, b[`i32_${operation}`](p, q));
      }
    }
    z.putV(z.v1, result);
  };
}
/** VACC and VSCBI: a one where there is a carry (no borrow) out of the element. */
const carries =
  (operation: 'add' | 'sub'): Semantics =>
  (z) => {
    const { b } = z;
    const name = laneName[z.m4];
    if (!name) return carryOfQuad(z, operation);
    const [x, y] = [z.v(z.v2), z.v(z.v3)];
    // No carry: the sum is not below x. A borrow: x is below y.
    const [small, large] = operation === 'add' ? [b[`${name}_add`](x, y), x] : [x, y];
    const isLess = least(z, 'min', 'u', small, large);
    const notLess = b[`${name}_eq`](isLess, large);
    const yes = operation === 'add' ? b.v128_not(notLess) : notLess;
    z.putV(z.v1, b[`${name}_shr_u`](yes, b.const32((8 << z.m4) - 1)));
  };
function carryOfQuad(z: Lowering, operation: 'add' | 'sub'): void {
  const { b } = z;
  if (z.m4 !== 4) {
    z.specification();
    return;
  }
  const y = quadOf(z, z.v3);
  const { carry } =
    operation === 'add'
      ? addQuads(z, quadOf(z, z.v2), y, b.const64(0))
      : addQuads(z, quadOf(z, z.v2), inverted(z, y), b.const64(1));
  putHalves(z, b.const64(0), carry);
}

/** VMSL: 64 × 64 → 128 bits, each product doubled where M6 says so, with v4 added. */
const multiplySum = vectorHelper('multiplySum', { flags: (z) => z.m6 });
/** VBPERM: bits of v2 by the numbers in the bytes of v3; numbers above 127 give zeros. */
const permuteBits = vectorHelper('permuteBits');

const s0123: RowNotes = { values: { m4: [0, 1, 2, 3] } };
const s01234: RowNotes = { values: { m4: [0, 1, 2, 3, 4] } };
const s012: RowNotes = { values: { m4: [0, 1, 2] } };
const a0123: RowNotes = { values: { m3: [0, 1, 2, 3] } };
const d012: RowNotes = { values: { m5: [0, 1, 2] } };
const d0123: RowNotes = { values: { m5: [0, 1, 2, 3] } };
const d4: RowNotes = { values: { m5: [4] } };
const coded: RowNotes = { values: { m4: [0, 1, 2, 3], m5: [0, 1] } };

// biome-ignore format: a table
export const vectorIntegerRows: readonly Row[] = [
  row('VA', 0xe7f3, 'VRRc', addSubtract('add'), s01234), row('VS', 0xe7f7, 'VRRc', addSubtract('sub'), s01234),
  row('VACC', 0xe7f1, 'VRRc', carries('add'), s01234), row('VSCBI', 0xe7f5, 'VRRc', carries('sub'), s01234),
  row('VAC', 0xe7bb, 'VRRd5', withCarry(false, 'sum'), d4), row('VACCC', 0xe7b9, 'VRRd5', withCarry(false, 'carry'), d4),
  row('VSBI', 0xe7bf, 'VRRd5', withCarry(true, 'sum'), d4), row('VSBCBI', 0xe7bd, 'VRRd5', withCarry(true, 'carry'), d4),
  row('VAVG', 0xe7f2, 'VRRc', average('s'), s0123), row('VAVGL', 0xe7f0, 'VRRc', average('u'), s0123),
  row('VCEQ', 0xe7f8, 'VRRb', compareLanes('eq'), coded), row('VCH', 0xe7fb, 'VRRb', compareLanes('gt_s'), coded), row('VCHL', 0xe7f9, 'VRRb', compareLanes('gt_u'), coded),
  row('VEC', 0xe7db, 'VRRa', compareElement(true), a0123), row('VECL', 0xe7d9, 'VRRa', compareElement(false), a0123), row('VTM', 0xe7d8, 'VRRa0', testUnderMask),
  row('VCLZ', 0xe753, 'VRRa', counting(leadingZeros), a0123), row('VCTZ', 0xe752, 'VRRa', counting(trailingZeros), a0123), row('VPOPCT', 0xe750, 'VRRa', counting(onesOf), a0123),
  row('VLC', 0xe7de, 'VRRa', unary('neg'), a0123), row('VLP', 0xe7df, 'VRRa', unary('abs'), a0123),
  row('VMX', 0xe7ff, 'VRRc', leastMost('max', 's'), s0123), row('VMXL', 0xe7fd, 'VRRc', leastMost('max', 'u'), s0123), row('VMN', 0xe7fe, 'VRRc', leastMost('min', 's'), s0123), row('VMNL', 0xe7fc, 'VRRc', leastMost('min', 'u'), s0123),
  row('VML', 0xe7a2, 'VRRc', multiplyLow, s012), row('VMH', 0xe7a3, 'VRRc', highProducts(true, false, 'm4'), s012), row('VMLH', 0xe7a1, 'VRRc', highProducts(false, false, 'm4'), s012),
  row('VME', 0xe7a6, 'VRRc', wideProducts(false, true, false, 'm4'), s012), row('VMLE', 0xe7a4, 'VRRc', wideProducts(false, false, false, 'm4'), s012), row('VMO', 0xe7a7, 'VRRc', wideProducts(true, true, false, 'm4'), s012), row('VMLO', 0xe7a5, 'VRRc', wideProducts(true, false, false, 'm4'), s012),
  row('VMAL', 0xe7aa, 'VRRd5', lowProductsAdd, d012), row('VMAH', 0xe7ab, 'VRRd5', highProducts(true, true, 'm5'), d012), row('VMALH', 0xe7a9, 'VRRd5', highProducts(false, true, 'm5'), d012),
  row('VMAE', 0xe7ae, 'VRRd5', wideProducts(false, true, true, 'm5'), d012), row('VMALE', 0xe7ac, 'VRRd5', wideProducts(false, false, true, 'm5'), d012), row('VMAO', 0xe7af, 'VRRd5', wideProducts(true, true, true, 'm5'), d012), row('VMALO', 0xe7ad, 'VRRd5', wideProducts(true, false, true, 'm5'), d012),
  row('VGFM', 0xe7b4, 'VRRc', galois(false, (z) => z.m4), s0123), row('VGFMA', 0xe7bc, 'VRRd5', galois(true, (z) => z.m5), d0123),
  row('VN', 0xe768, 'VRRc0', bitwise((z, x, y) => z.b.v128_and(x, y))), row('VNC', 0xe769, 'VRRc0', bitwise((z, x, y) => z.b.v128_andnot(x, y))), row('VO', 0xe76a, 'VRRc0', bitwise((z, x, y) => z.b.v128_or(x, y))), row('VX', 0xe76d, 'VRRc0', bitwise((z, x, y) => z.b.v128_xor(x, y))),
  row('VNO', 0xe76b, 'VRRc0', bitwise((z, x, y) => z.b.v128_not(z.b.v128_or(x, y)))), row('VNN', 0xe76e, 'VRRc0', bitwise((z, x, y) => z.b.v128_not(z.b.v128_and(x, y)))), row('VNX', 0xe76c, 'VRRc0', bitwise((z, x, y) => z.b.v128_not(z.b.v128_xor(x, y)))), row('VOC', 0xe76f, 'VRRc0', bitwise((z, x, y) => z.b.v128_or(x, z.b.v128_not(y)))),
  row('VESL', 0xe730, 'VRSa', shiftElements('shl'), s0123), row('VESRA', 0xe73a, 'VRSa', shiftElements('shr_s'), s0123), row('VESRL', 0xe738, 'VRSa', shiftElements('shr_u'), s0123), row('VERLL', 0xe733, 'VRSa', rotateElements, s0123),
  row('VESLV', 0xe770, 'VRRc', shiftByEach('shl', 'shiftEachLeft'), s0123), row('VESRLV', 0xe778, 'VRRc', shiftByEach('shr_u', 'shiftEachRight'), s0123),
  row('VESRAV', 0xe77a, 'VRRc', shiftByEach('shr_s', 'shiftEachArithmetic'), s0123), row('VERLLV', 0xe773, 'VRRc', shiftByEach('rotl', 'rotateEach'), s0123),
  row('VSL', 0xe774, 'VRRc0', shiftBits('Left')), row('VSLB', 0xe775, 'VRRc0', shiftBytes('left')), row('VSRL', 0xe77c, 'VRRc0', shiftBits('Right')), row('VSRLB', 0xe77d, 'VRRc0', shiftBytes('right')),
  row('VSRA', 0xe77e, 'VRRc0', shiftBits('Arithmetic')), row('VSRAB', 0xe77f, 'VRRc0', shiftBytes('arithmetic')),
  row('VSUM', 0xe764, 'VRRc', sumWords, { values: { m4: [0, 1] } }), row('VSUMG', 0xe765, 'VRRc', sumDoublewords, { values: { m4: [1, 2] } }), row('VSUMQ', 0xe767, 'VRRc', sumQuadword, { values: { m4: [2, 3] } }), row('VCKSM', 0xe766, 'VRRc0', checksum),
  row('VPKS', 0xe797, 'VRRb', packSaturated(true), { values: { m4: [1, 2, 3], m5: [0, 1] } }), row('VPKLS', 0xe795, 'VRRb', packSaturated(false), { values: { m4: [1, 2, 3], m5: [0, 1] } }),
  row('VMSL', 0xe7b8, 'VRRd', multiplySum, { values: { m5: [3], m6: [0, 4, 8, 12] } }), row('VBPERM', 0xe785, 'VRRc0', permuteBits),
  row('VERIM', 0xe772, 'VRId', rotateInsert, { values: { m5: [0, 1, 2, 3] } }),
];
