/**
 * Vector string instructions (PoP chapter 23): what string functions of the C library are made of.
 */

import type { I32, V128 } from '../../ir/builder.ts';
import { codeValue } from './condition.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { type Row, row } from './row.ts';
import { vectorHelper } from './vector_helpers.ts';
import { laneName, zero } from './vector_load.ts';

type Narrow = 'i8x16' | 'i16x8' | 'i32x4';
const nameOf = (z: Lowering): Narrow => laneName[z.m4] as Narrow;

/** One bit a byte, the leftmost byte in bit 15. */
function byteBits(z: Lowering, lanes: V128): I32 {
  return z.b.i8x16_bitmask(lanes);
}
/** Number of the leftmost byte that has a bit; 16 where none has. */
function firstByte(z: Lowering, bits: I32): I32 {
  return z.b.i32_sub(z.b.i32_clz(bits), z.b.const32(16));
}
/** The index in byte 7, all else zero. */
function putIndex(z: Lowering, index: I32): void {
  const { b } = z;
  z.putV(z.v1, b.i64x2_replace_lane(1, zero(z), b.i64_extend_i32_u(index)));
}
const setsCode = (z: Lowering): boolean => (z.m5 & 1) !== 0;

/** VFEE. Codes: 3 nothing, 1 equal (no zero), 2 equal before a zero, 0 zero first. */
const findEqual: Semantics = (z) => {
  if (z.m4 > 2) return z.specification();
  const { b } = z;
  const none = b.const32(16);
  const equal = firstByte(z, byteBits(z, b[`${nameOf(z)}_eq`](z.v(z.v2), z.v(z.v3))));
  const end = z.m5 & 2 ? firstByte(z, byteBits(z, b[`${nameOf(z)}_eq`](z.v(z.v2), zero(z)))) : none;
  putIndex(z, b.i32_select(equal, end, b.i32_lt_u(equal, end)));
  if (!setsCode(z)) return;
  const noEnd = b.i32_eq(end, none);
  const withEnd = b.i32_select(b.const32(2), b.const32(0), b.i32_lt_u(equal, end));
  const withoutEnd = b.i32_select(b.const32(3), b.const32(1), b.i32_eq(equal, none));
  z.cc(codeValue(b.i32_select(withoutEnd, withEnd, noEnd)));
};
/** VFENE. Codes: 3 all equal, 0 zero first, 1 low, 2 high. */
const findNotEqual: Semantics = (z) => {
  if (z.m4 > 2) return z.specification();
  const { b } = z;
  const none = b.const32(16);
  const name = nameOf(z);
  const [x, y] = [z.v(z.v2), z.v(z.v3)];
  const differs = firstByte(z, byteBits(z, b[`${name}_ne`](x, y)));
  const end = z.m5 & 2 ? firstByte(z, byteBits(z, b[`${name}_eq`](x, zero(z)))) : none;
  const low = byteBits(z, b[`${name}_lt_u`](x, y));
  putIndex(z, b.i32_select(differs, end, b.i32_lt_u(differs, end)));
  if (!setsCode(z)) return;
  const bit = b.i32_and(b.i32_shr_u(low, b.i32_sub(b.const32(15), differs)), b.const32(1));
  const order = b.i32_sub(b.const32(2), bit);
  const both = b.i32_eq(b.i32_and(differs, end), none);
  const found = b.i32_select(b.const32(0), order, b.i32_lt_u(end, differs));
  z.cc(codeValue(b.i32_select(b.const32(3), found, both)));
};
/** VISTR: zeros from the first zero element on. */
const isolate: Semantics = (z) => {
  if (z.m3 > 2) return z.specification();
  const { b } = z;
  const name = laneName[z.m3] as Narrow;
  const end = firstByte(z, byteBits(z, b[`${name}_eq`](z.v(z.v2), zero(z))));
  // wasm byte i is byte 15-i.
  const numbers = b.constV128(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);
  const kept = b.i8x16_lt_u(numbers, b.i8x16_splat(end));
  z.putV(z.v1, b.v128_and(z.v(z.v2), kept));
  if (setsCode(z)) {
    z.cc(codeValue(b.i32_select(b.const32(3), b.const32(0), b.i32_eq(end, b.const32(16)))));
  }
};

/** VFAE: any element of v3. */
const findAny = vectorHelper('findAny', {
  size: (z) => z.m4,
  sizeMax: 2,
  flags: (z) => z.m5,
  setsCode,
});
/** VSTRC: even–odd pairs of v3 with the comparisons of v4; an element must satisfy a pair. */
const compareRanges = vectorHelper('findRanges', {
  size: (z) => z.m5,
  sizeMax: 2,
  flags: (z) => z.m6,
  setsCode: (z) => (z.m6 & 1) !== 0,
});

const sizes = { values: { m4: [0, 1, 2], m5: [0, 1, 2, 3] } };

// biome-ignore format: a table
export const vectorStringRows: readonly Row[] = [
  row('VFEE', 0xe780, 'VRRb', findEqual, sizes), row('VFENE', 0xe781, 'VRRb', findNotEqual, sizes), row('VISTR', 0xe75c, 'VRRam5', isolate, { values: { m3: [0, 1, 2], m5: [0, 1] } }),
  row('VFAE', 0xe782, 'VRRb', findAny, { values: { m4: [0, 1, 2] } }), row('VSTRC', 0xe78a, 'VRRd', compareRanges, { values: { m5: [0, 1, 2] } }),
];
