/**
 * Vector loads, stores, element moves and permutations (PoP chapter 21, "Vector Overview and
 * Support Instructions"). Registers are kept reversed: element i of width w is wasm lane
 * count-1-i, byte j (from the left) is wasm byte 15-j.
 */

import { helperScratch } from '../../interpreter/layout.ts';
import type { I32, I64, V128 } from '../../ir/builder.ts';
import { guestBias } from '../../state.ts';
import { codeValue } from './condition.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { type Row, row } from './row.ts';

export const laneName: readonly ('i8x16' | 'i16x8' | 'i32x4' | 'i64x2')[] = [
  'i8x16',
  'i16x8',
  'i32x4',
  'i64x2',
];
/** Elements of a size code (0 byte … 3 doubleword). */
export const elementCount = (size: number): number => 16 >> size;
/** wasm lane of element `index`, which is taken modulo the number of elements. */
export const laneOf = (size: number, index: number): number =>
  elementCount(size) - 1 - (index & (elementCount(size) - 1));

export function zero(z: Lowering): V128 {
  return z.b.constV128(0, 0, 0, 0);
}

/** Element as a zero-extended 64-bit number. */
export function element(z: Lowering, value: V128, size: number, index: number): I64 {
  const { b } = z;
  const lane = laneOf(size, index);
  if (size === 3) return b.i64x2_extract_lane(lane, value);
  if (size === 2) return b.i64_extend_i32_u(b.i32x4_extract_lane(lane, value));
  if (size === 1) return b.i64_extend_i32_u(b.i16x8_extract_lane_u(lane, value));
  return b.i64_extend_i32_u(b.i8x16_extract_lane_u(lane, value));
}
export function replaceElement(
  z: Lowering,
  value: V128,
  size: number,
  index: number,
  by: I64,
): V128 {
  const { b } = z;
  const lane = laneOf(size, index);
  if (size === 3) return b.i64x2_replace_lane(lane, value, by);
  const low = b.i32_wrap_i64(by);
  if (size === 2) return b.i32x4_replace_lane(lane, value, low);
  if (size === 1) return b.i16x8_replace_lane(lane, value, low);
  return b.i8x16_replace_lane(lane, value, low);
}
export function splat(z: Lowering, size: number, value: I64): V128 {
  const { b } = z;
  if (size === 3) return b.i64x2_splat(value);
  const low = b.i32_wrap_i64(value);
  if (size === 2) return b.i32x4_splat(low);
  return size === 1 ? b.i16x8_splat(low) : b.i8x16_splat(low);
}
/** A shuffle told in the manual's byte numbers: byte j of the result is byte `from[j]` of x ‖ y. */
export function permute(z: Lowering, x: V128, y: V128, from: ArrayLike<number>): V128 {
  const mask = Array.from({ length: 16 }, (_, wasm) => {
    const source = from[15 - wasm]!;
    return source < 16 ? 15 - source : 16 + (31 - source);
  });
  return z.b.shuffle(x, y, mask);
}
/** Storage element, zero-extended. */
function loadElement(z: Lowering, size: number): I64 {
  const { b } = z;
  const base = z.base2();
  if (size === 3) return b.i64_load_be(base, z.d2);
  if (size === 2) return b.i64_load32_u_be(base, z.d2);
  return size === 1 ? b.i64_load16_u_be(base, z.d2) : b.i64_load8_u(base, z.d2);
}
function storeElement(z: Lowering, size: number, value: I64): void {
  const { b } = z;
  const base = z.base2();
  if (size === 3) b.i64_store_be(base, value, z.d2);
  else if (size === 2) b.i64_store32_be(base, value, z.d2);
  else if (size === 1) b.i64_store16_be(base, value, z.d2);
  else b.i64_store8(base, value, z.d2);
}

const load: Semantics = (z) => z.putV(z.v1, z.b.v128_load_be(z.base2(), z.d2));
const store: Semantics = (z) => z.b.v128_store_be(z.base2(), z.v(z.v1), z.d2);
const loadMultiple: Semantics = (z) => {
  if (z.v3 < z.v1 || z.v3 - z.v1 > 15) return z.specification();
  const base = z.base2();
  const values: V128[] = [];
  for (let n = z.v1; n <= z.v3; n++) values.push(z.b.v128_load_be(base, z.d2 + 16 * (n - z.v1)));
  for (const [i, value] of values.entries()) z.putV(z.v1 + i, value);
};
const storeMultiple: Semantics = (z) => {
  if (z.v3 < z.v1 || z.v3 - z.v1 > 15) return z.specification();
  const base = z.base2();
  for (let n = z.v1; n <= z.v3; n++) z.b.v128_store_be(base, z.v(n), z.d2 + 16 * (n - z.v1));
};

// Loads of a bounded number of bytes: VLL, VLBB, VLRL; the rest of the register becomes zero.

/** Where bytes pass between storage and a register: a guest address in the state area. */
const scratch = helperScratch + guestBias;

/** Loads `count` (0–16) bytes from the left on; the others are zero. Only those are touched. */
function loadBytes(z: Lowering, address: I32, count: I32): void {
  const { b } = z;
  const at = b.const32(scratch);
  b.v128_store(at, zero(z));
  b.memory_copy(at, address, count);
  z.putV(z.v1, b.v128_load_be(at));
}
function storeBytes(z: Lowering, address: I32, count: I32): void {
  const { b } = z;
  const at = b.const32(scratch);
  b.v128_store_be(at, z.v(z.v1));
  b.memory_copy(address, at, count);
}
/** Bytes up to the highest index in R3: 1–16. */
function lengthOf(z: Lowering): I32 {
  const { b } = z;
  const index = z.r32(z.r3);
  const last = b.i32_select(index, b.const32(15), b.i32_lt_u(index, b.const32(15)));
  return b.i32_add(last, b.const32(1));
}
const loadWithLength: Semantics = (z) => loadBytes(z, z.address2(), lengthOf(z));
const storeWithLength: Semantics = (z) => storeBytes(z, z.address2(), lengthOf(z));
/** Bytes from `address` to the block boundary M3 names, at most 16. */
function toBoundary(z: Lowering, address: I32): I32 {
  const { b } = z;
  const block = 64 << z.m3;
  const left = b.i32_sub(b.const32(block), b.i32_and(address, b.const32(block - 1)));
  return b.i32_select(left, b.const32(16), b.i32_lt_u(left, b.const32(16)));
}
const loadToBoundary: Semantics = (z) => {
  if (z.m3 > 6) return z.specification();
  const address = z.address2();
  loadBytes(z, address, toBoundary(z, address));
};
/** LCBB: the count in R1; code 3 where it is less than 16. */
const countToBoundary: Semantics = (z) => {
  if (z.m3 > 6) return z.specification();
  const { b } = z;
  const count = toBoundary(z, b.i32_wrap_i64(z.effective2()));
  z.put32(z.r1, count);
  const short = b.i32_ne(count, b.const32(16));
  z.cc(codeValue(b.i32_select(b.const32(3), b.const32(0), short)));
};

const loadOne =
  (size: number): Semantics =>
  (z) =>
    z.putV(z.v1, replaceElement(z, z.v(z.v1), size, z.m3, loadElement(z, size)));
const storeOne =
  (size: number): Semantics =>
  (z) =>
    storeElement(z, size, element(z, z.v(z.v1), size, z.m3));
const immediateOne =
  (size: number): Semantics =>
  (z) =>
    z.putV(z.v1, replaceElement(z, z.v(z.v1), size, z.m3, z.b.const64(z.i2)));
const loadReplicate: Semantics = (z) => z.putV(z.v1, splat(z, z.m3, loadElement(z, z.m3)));
/** VLLEZ: the element goes to the rightmost place of the left doubleword (M3 6: the left word). */
const loadLogicalZero: Semantics = (z) => {
  const size = z.m3 === 6 ? 2 : z.m3;
  if (size > 3) return z.specification();
  const index = z.m3 === 6 ? 0 : (8 >> size) - 1;
  const value = loadElement(z, size);
  z.putV(z.v1, replaceElement(z, zero(z), size, index, value));
};
const replicateImmediate: Semantics = (z) => z.putV(z.v1, splat(z, z.m3, z.b.const64(z.i2)));
const replicate: Semantics = (z) => z.putV(z.v1, splat(z, z.m4, element(z, z.v(z.v3), z.m4, z.i2)));

/** VGBM: a byte of ones for each bit of I2. */
const generateByteMask: Semantics = (z) => {
  const words = [0, 0, 0, 0];
  for (let byte = 0; byte < 16; byte++) {
    // Byte `byte` from the left is bit 15-byte of I2 and wasm byte 15-byte.
    const wasm = 15 - byte;
    if (z.i2 & (1 << wasm)) words[wasm >> 2]! |= 0xff << ((wasm & 3) * 8);
  }
  z.putV(z.v1, z.b.constV128(words[0]!, words[1]!, words[2]!, words[3]!));
};
/** VGM: bits I2 … I3 of every element. */
const generateMask: Semantics = (z) => {
  const width = 8 << z.m4;
  let mask = 0n;
  for (let bit = z.i2 & (width - 1); ; bit = (bit + 1) & (width - 1)) {
    mask |= 1n << BigInt(width - 1 - bit);
    if (bit === (z.i3 & (width - 1))) break;
  }
  const halves = z.b.const64Halves(
    Number(BigInt.asIntN(32, mask)),
    Number(BigInt.asIntN(32, mask >> 32n)),
  );
  z.putV(z.v1, splat(z, z.m4, halves));
};

// Elements addressed at run time: VLVG, VLGV.

/** Bytes 0–15 in wasm's order. */
export function byteNumbers(z: Lowering): V128 {
  return z.b.constV128(0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c);
}
/** wasm lane of the element the second-operand address names. */
function laneOfAddress(z: Lowering): I32 {
  const { b } = z;
  const last = b.const32(elementCount(z.m4) - 1);
  return b.i32_and(b.i32_xor(z.address2(), last), last);
}
const toGeneral: Semantics = (z) => {
  const { b } = z;
  if (z.m4 > 3) return z.specification();
  if (z.b2 === 0) return z.put64(z.r1, element(z, z.v(z.v3), z.m4, z.d2));
  const start = b.i8x16_splat(b.i32_shl(laneOfAddress(z), b.const32(z.m4)));
  const turned = b.i8x16_swizzle(z.v(z.v3), b.i8x16_add(start, byteNumbers(z)));
  z.put64(z.r1, element(z, turned, z.m4, -1));
};
/** The numbers of the lanes, in the lanes. */
function laneNumbers(z: Lowering, size: number): V128 {
  const { b } = z;
  if (size === 3) return b.constV128(0, 0, 1, 0);
  if (size === 2) return b.constV128(0, 1, 2, 3);
  return size === 1 ? b.constV128(0x10000, 0x30002, 0x50004, 0x70006) : byteNumbers(z);
}
const fromGeneral: Semantics = (z) => {
  const { b } = z;
  const name = laneName[z.m4];
  if (!name) return z.specification();
  if (z.b2 === 0) return z.putV(z.v1, replaceElement(z, z.v(z.v1), z.m4, z.d2, z.r64(z.r3)));
  const lane = splat(z, z.m4, b.i64_extend_i32_u(laneOfAddress(z)));
  const here = b[`${name}_eq`](laneNumbers(z, z.m4), lane);
  z.putV(z.v1, b.v128_bitselect(splat(z, z.m4, z.r64(z.r3)), z.v(z.v1), here));
};
const fromGeneralPair: Semantics = (z) =>
  z.putV(z.v1, z.b.i64x2_replace_lane(1, z.b.i64x2_splat(z.r64(z.r3)), z.r64(z.r2)));

// Permutations.

const bytes = (fill: (byte: number) => number): number[] =>
  Array.from({ length: 16 }, (_, byte) => fill(byte));
/** VMRH, VMRL: elements of the left (right) halves alternate. */
const merge =
  (half: 'high' | 'low'): Semantics =>
  (z) => {
    const width = 1 << z.m4;
    const offset = half === 'high' ? 0 : 8;
    const from = bytes((byte) => {
      const index = byte >> z.m4;
      return (index & 1 ? 16 : 0) + offset + (index >> 1) * width + (byte & (width - 1));
    });
    z.putV(z.v1, permute(z, z.v(z.v2), z.v(z.v3), from));
  };
/** The right halves of all elements of two registers. */
function packHalves(z: Lowering, size: number, x: V128, y: V128): V128 {
  const half = 1 << (size - 1);
  const from = bytes((byte) => {
    const index = Math.floor(byte / half);
    return index * half * 2 + half + (byte % half);
  });
  return permute(z, x, y, from);
}
/** The right words of doublewords. */
export const packWords = (z: Lowering, x: V128, y: V128): V128 => packHalves(z, 3, x, y);
const pack: Semantics = (z) => {
  if (z.m4 < 1 || z.m4 > 3) z.specification();
  else z.putV(z.v1, packHalves(z, z.m4, z.v(z.v2), z.v(z.v3)));
};
const permuteDoublewords: Semantics = (z) => {
  const from = bytes((byte) => {
    if (byte < 8) return (z.m4 & 4 ? 8 : 0) + byte;
    return 16 + (z.m4 & 1 ? 8 : 0) + (byte - 8);
  });
  z.putV(z.v1, permute(z, z.v(z.v2), z.v(z.v3), from));
};
const shiftLeftDouble: Semantics = (z) => {
  const by = z.i4 & 15;
  z.putV(
    z.v1,
    permute(
      z,
      z.v(z.v2),
      z.v(z.v3),
      bytes((byte) => byte + by),
    ),
  );
};
/** VPERM: swizzles of both operands; a byte's number is 15 minus wasm's. */
const permuteBytes: Semantics = (z) => {
  const { b } = z;
  const index = b.v128_and(z.v(z.v4), b.i8x16_splat(b.const32(31)));
  // Byte j of x is wasm byte 15-j; numbers above 15 select nothing in a swizzle.
  const first = b.i8x16_sub(b.i8x16_splat(b.const32(15)), index);
  const second = b.i8x16_sub(b.i8x16_splat(b.const32(31)), index);
  z.putV(z.v1, b.v128_or(b.i8x16_swizzle(z.v(z.v2), first), b.i8x16_swizzle(z.v(z.v3), second)));
};
const select: Semantics = (z) => z.putV(z.v1, z.b.v128_bitselect(z.v(z.v2), z.v(z.v3), z.v(z.v4)));
/** VSEG: the rightmost element of each doubleword, sign-extended. */
const signExtend: Semantics = (z) => {
  const { b } = z;
  const up = b.const32(64 - (8 << z.m3));
  z.putV(z.v1, b.i64x2_shr_s(b.i64x2_shl(z.v(z.v2), up), up));
};
/** VUPH, VUPL and their logical forms. */
const unpack =
  (half: 'high' | 'low', sign: 's' | 'u'): Semantics =>
  (z) => {
    const to = laneName[z.m3 + 1];
    const from = laneName[z.m3];
    if (z.m3 > 2) return z.specification();
    const name = `${to}_extend_${half}_${from}_${sign}` as 'i16x8_extend_low_i8x16_s';
    z.putV(z.v1, z.b[name](z.v(z.v2)));
  };

/** VGEF, VGEG, VSCEF, VSCEG: an element at an address made of another element. */
const gather =
  (size: 2 | 3): Semantics =>
  (z) => {
    const { b } = z;
    const index = b.i32_wrap_i64(element(z, z.v(z.v2), size, z.m3));
    const at = b.i32_add(z.base2(), index);
    const value = size === 3 ? b.i64_load_be(at, z.d2) : b.i64_load32_u_be(at, z.d2);
    z.putV(z.v1, replaceElement(z, z.v(z.v1), size, z.m3, value));
  };
const scatter =
  (size: 2 | 3): Semantics =>
  (z) => {
    const { b } = z;
    const index = b.i32_wrap_i64(element(z, z.v(z.v2), size, z.m3));
    const at = b.i32_add(z.base2(), index);
    const value = element(z, z.v(z.v1), size, z.m3);
    if (size === 3) b.i64_store_be(at, value, z.d2);
    else b.i64_store32_be(at, value, z.d2);
  };

const size0to3 = [0, 1, 2, 3];
const sizes = (field: string) => ({ values: { [field]: size0to3 } });
const upTo = (field: string, last: number) => ({
  values: { [field]: Array.from({ length: last + 1 }, (_, n) => n) },
});

// biome-ignore format: a table
export const vectorLoadRows: readonly Row[] = [
  row('VL', 0xe706, 'VRX', load, upTo('m3', 0)), row('VST', 0xe70e, 'VRX', store, upTo('m3', 0)), row('VLM', 0xe736, 'VRSa', loadMultiple, upTo('m4', 0)), row('VSTM', 0xe73e, 'VRSa', storeMultiple, upTo('m4', 0)),
  row('VLR', 0xe756, 'VRRa0', (z) => z.putV(z.v1, z.v(z.v2))), row('VLL', 0xe737, 'VRSb0', loadWithLength), row('VSTL', 0xe73f, 'VRSb0', storeWithLength),
  row('VLBB', 0xe707, 'VRX', loadToBoundary, upTo('m3', 6)), row('LCBB', 0xe727, 'RXEm', countToBoundary, upTo('m3', 6)),
  row('VLEB', 0xe700, 'VRX', loadOne(0), upTo('m3', 15)), row('VLEH', 0xe701, 'VRX', loadOne(1), upTo('m3', 7)), row('VLEF', 0xe703, 'VRX', loadOne(2), upTo('m3', 3)), row('VLEG', 0xe702, 'VRX', loadOne(3), upTo('m3', 1)),
  row('VSTEB', 0xe708, 'VRX', storeOne(0), upTo('m3', 15)), row('VSTEH', 0xe709, 'VRX', storeOne(1), upTo('m3', 7)), row('VSTEF', 0xe70b, 'VRX', storeOne(2), upTo('m3', 3)), row('VSTEG', 0xe70a, 'VRX', storeOne(3), upTo('m3', 1)),
  row('VLEIB', 0xe740, 'VRIa', immediateOne(0), upTo('m3', 15)), row('VLEIH', 0xe741, 'VRIa', immediateOne(1), upTo('m3', 7)), row('VLEIF', 0xe743, 'VRIa', immediateOne(2), upTo('m3', 3)), row('VLEIG', 0xe742, 'VRIa', immediateOne(3), upTo('m3', 1)),
  row('VLREP', 0xe705, 'VRX', loadReplicate, sizes('m3')), row('VLLEZ', 0xe704, 'VRX', loadLogicalZero, { values: { m3: [0, 1, 2, 3, 6] } }), row('VREPI', 0xe745, 'VRIa', replicateImmediate, sizes('m3')), row('VREP', 0xe74d, 'VRIc', replicate, { values: { m4: size0to3, i2: [0, 1] } }),
  row('VGBM', 0xe744, 'VRIa0', generateByteMask), row('VGM', 0xe746, 'VRIb', generateMask, sizes('m4')),
  row('VLGV', 0xe721, 'VRSc', toGeneral, sizes('m4')), row('VLVG', 0xe722, 'VRSb', fromGeneral, sizes('m4')), row('VLVGP', 0xe762, 'VRRf', fromGeneralPair),
  row('VMRH', 0xe761, 'VRRc', merge('high'), sizes('m4')), row('VMRL', 0xe760, 'VRRc', merge('low'), sizes('m4')), row('VPK', 0xe794, 'VRRc', pack, { values: { m4: [1, 2, 3] } }),
  row('VPDI', 0xe784, 'VRRc', permuteDoublewords, { values: { m4: [0, 1, 4, 5] } }), row('VSLDB', 0xe777, 'VRId0', shiftLeftDouble, upTo('i4', 15)), row('VPERM', 0xe78c, 'VRRe0', permuteBytes), row('VSEL', 0xe78d, 'VRRe0', select),
  row('VSEG', 0xe75f, 'VRRa', signExtend, upTo('m3', 2)), row('VUPH', 0xe7d7, 'VRRa', unpack('high', 's'), upTo('m3', 2)), row('VUPL', 0xe7d6, 'VRRa', unpack('low', 's'), upTo('m3', 2)), row('VUPLH', 0xe7d5, 'VRRa', unpack('high', 'u'), upTo('m3', 2)), row('VUPLL', 0xe7d4, 'VRRa', unpack('low', 'u'), upTo('m3', 2)),
  row('VGEF', 0xe713, 'VRV', gather(2), { by: 'address' }), row('VGEG', 0xe712, 'VRV', gather(3), { by: 'address' }), row('VSCEF', 0xe71b, 'VRV', scatter(2), { by: 'address' }), row('VSCEG', 0xe71a, 'VRV', scatter(3), { by: 'address' }),
];
