/** Vector integer instructions (PoP chapter 22). */

import type { I32, I64, V128 } from '../../ir/builder.ts';
import { codeValue } from './condition.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { type Row, type RowNotes, row } from './row.ts';
import {
  eachElement,
  elementsOf,
  joined,
  type VectorOperands,
  type VectorResult,
  vectorHelper,
} from './vector_helpers.ts';
import { laneName, zero } from './vector_load.ts';

type Binary = 'add' | 'sub';
const signedOf = (x: bigint, width: number): bigint => BigInt.asIntN(width, x);

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
    if (z.m4 !== 4) return z.trap('illegal');
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
    if (!name) return z.trap('illegal');
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
function allSomeNone(z: Lowering, bits: I32): I32 {
  const { b } = z;
  const some = b.i32_select(b.const32(3), b.const32(1), b.i32_eqz(bits));
  return b.i32_select(b.const32(0), some, b.i32_eq(bits, b.const32(0xffff)));
}

function leastMost(which: 'min' | 'max', sign: 's' | 'u'): Semantics {
  return (z) => {
    const { b } = z;
    const name = laneName[z.m4];
    if (!name) return z.trap('illegal');
    const [x, y] = [z.v(z.v2), z.v(z.v3)];
    if (name !== 'i64x2') return z.putV(z.v1, b[`${name}_${which}_${sign}`](x, y));
    const flip = sign === 'u' ? b.i64x2_splat(b.const64Halves(0, 1 << 31)) : zero(z);
    const greater = b.i64x2_gt_s(b.v128_xor(x, flip), b.v128_xor(y, flip));
    z.putV(
      z.v1,
      which === 'max' ? b.v128_bitselect(x, y, greater) : b.v128_bitselect(y, x, greater),
    );
  };
}
const unary =
  (operation: 'neg' | 'abs'): Semantics =>
  (z) => {
    const name = laneName[z.m3];
    if (!name) return z.trap('illegal');
    z.putV(z.v1, z.b[`${name}_${operation}`](z.v(z.v2)));
  };
/** Shifts of all elements by one count: the second-operand address modulo the width. */
const shiftElements =
  (operation: 'shl' | 'shr_s' | 'shr_u'): Semantics =>
  (z) => {
    const name = laneName[z.m4];
    if (!name) return z.trap('illegal');
    z.putV(z.v1, z.b[`${name}_${operation}`](z.v(z.v3), z.address2()));
  };
const rotateElements: Semantics = (z) => {
  const { b } = z;
  const name = laneName[z.m4];
  if (!name) return z.trap('illegal');
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

const modulo = (y: bigint, width: number): bigint => y & BigInt(width - 1);
const rotate = (x: bigint, by: bigint, width: number): bigint =>
  BigInt.asUintN(width, (x << by) | (x >> (BigInt(width) - by)));
const multiplyBytes = vectorHelper(
  eachElement((x, y) => x * y),
  'm4',
);

/** Products of even (odd) elements, double width; with v4 added where `adds`. */
function wideProducts(
  odd: boolean,
  signed: boolean,
  adds: boolean,
  sizeField: 'm4' | 'm5',
): Semantics {
  return vectorHelper(({ v2, v3, v4, width }) => {
    const value = (x: bigint): bigint => (signed ? signedOf(x, width) : x);
    const [xs, ys] = [elementsOf(v2, width), elementsOf(v3, width)];
    const sums = elementsOf(v4, width * 2);
    const products = sums.map((sum, i) => {
      const at = 2 * i + (odd ? 1 : 0);
      return value(xs[at]!) * value(ys[at]!) + (adds ? sum : 0n);
    });
    return { value: joined(products, width * 2) };
  }, sizeField);
}
/** VMH, VMLH, VMAH, VMALH: the left half of (x × y + w). */
function highProducts(signed: boolean, adds: boolean, sizeField: 'm4' | 'm5'): Semantics {
  return vectorHelper(
    eachElement((x, y, width, w) => {
      const value = (v: bigint): bigint => (signed ? signedOf(v, width) : v);
      return (value(x) * value(y) + (adds ? value(w) : 0n)) >> BigInt(width);
    }),
    sizeField,
  );
}
const lowProductsAdd = vectorHelper(
  eachElement((x, y, _width, w) => x * y + w),
  'm5',
);

/** Carry-less product. */
function carryless(x: bigint, y: bigint): bigint {
  let sum = 0n;
  for (let bit = 0n; y >> bit > 0n; bit++) if ((y >> bit) & 1n) sum ^= x << bit;
  return sum;
}
/** VGFM(A): products of even and odd elements, exclusive-ored (with v4). */
function galois(adds: boolean, sizeField: 'm4' | 'm5'): Semantics {
  return vectorHelper(({ v2, v3, v4, width }) => {
    const [xs, ys] = [elementsOf(v2, width), elementsOf(v3, width)];
    const wide = Math.min(width * 2, 128);
    const sums = elementsOf(v4, wide).map((w, i) => {
      const pair = carryless(xs[2 * i]!, ys[2 * i]!) ^ carryless(xs[2 * i + 1]!, ys[2 * i + 1]!);
      return adds ? pair ^ w : pair;
    });
    return { value: joined(sums, wide) };
  }, sizeField);
}

/** Whole-register shifts by bytes: bits 1–4 of byte 7 of v3 are the count. */
function shiftBytes(direction: 'left' | 'right' | 'arithmetic'): Semantics {
  return vectorHelper(({ v2, v3 }) => {
    const by = elementsOf(v3, 8)[7]! & 0x78n;
    if (direction === 'left') return { value: BigInt.asUintN(128, v2 << by) };
    return { value: direction === 'right' ? v2 >> by : signedOf(v2, 128) >> by };
  }, 4);
}
/**
 * Whole-register shifts by up to 7 bits. Every byte of v3 holds the count; where they differ each
 * byte goes by its own, as from z15 on (before that the result is unpredictable).
 */
function shiftBits(direction: 'left' | 'right' | 'arithmetic'): Semantics {
  return vectorHelper(({ v2, v3 }) => {
    const data = elementsOf(v2, 8);
    const counts = elementsOf(v3, 8);
    const sign = direction === 'arithmetic' && data[0]! > 0x7fn ? 0xffn : 0n;
    const bytes = data.map((byte, i) => {
      const by = counts[i]! & 7n;
      if (direction === 'left') return ((byte << 8n) | (data[i + 1] ?? 0n)) >> (8n - by);
      return (((data[i - 1] ?? sign) << 8n) | byte) >> by;
    });
    return { value: joined(bytes, 8) };
  }, 4);
}
/** Sums of the elements of each wider element of v2, with the rightmost element of that of v3. */
function sumInto(wide: (size: number) => number): Semantics {
  return vectorHelper(({ v2, v3, width, size }) => {
    const target = wide(size);
    const per = target / width;
    const [xs, ys] = [elementsOf(v2, width), elementsOf(v3, width)];
    const sums = Array.from({ length: 128 / target }, (_, i) =>
      xs.slice(i * per, (i + 1) * per).reduce((sum, x) => sum + x, ys[(i + 1) * per - 1]!),
    );
    return { value: joined(sums, target) };
  }, 'm4');
}
const checksum = vectorHelper(({ v2, v3 }) => {
  let sum = elementsOf(v3, 32)[1]!;
  for (const word of elementsOf(v2, 32)) {
    sum += word;
    if (sum >> 32n) sum = (sum & 0xffffffffn) + 1n;
  }
  return { value: sum << 64n };
}, 4);

/** VPKS, VPKLS: narrower with saturation; code 0 none saturated, 1 some, 3 all. */
function packSaturated(signed: boolean): Semantics {
  const pack = ({ v2, v3, width }: VectorOperands): VectorResult => {
    const half = width / 2;
    const most = signed ? (1n << BigInt(half - 1)) - 1n : (1n << BigInt(half)) - 1n;
    const least = signed ? -most - 1n : 0n;
    let count = 0;
    const elements = [...elementsOf(v2, width), ...elementsOf(v3, width)].map((x) => {
      const value = signed ? signedOf(x, width) : x;
      if (value >= least && value <= most) return value;
      count++;
      return value < least ? least : most;
    });
    return {
      value: joined(elements, half),
      code: count === 0 ? 0 : count === elements.length ? 3 : 1,
    };
  };
  return vectorHelper(pack, 'm4', (z) => (z.m5 & 1) !== 0);
}

/** VEC, VECL: the middle elements; code 0 equal, 1 low, 2 high. */
function compareElement(signed: boolean): Semantics {
  return vectorHelper(
    ({ v1, v2, width }) => {
      const at = 64 / width - 1;
      const pick = (v: bigint): bigint => {
        const x = elementsOf(v, width)[at]!;
        return signed ? signedOf(x, width) : x;
      };
      const [x, y] = [pick(v1), pick(v2)];
      return { code: x === y ? 0 : x < y ? 1 : 2 };
    },
    'm3',
    () => true,
  );
}
const testUnderMask = vectorHelper(
  ({ v1, v2 }) => {
    const selected = v1 & v2;
    return { code: selected === 0n ? 0 : selected === v2 ? 3 : 1 };
  },
  4,
  () => true,
);

const clz = (x: bigint, width: number): bigint =>
  BigInt(width - (x === 0n ? 0 : x.toString(2).length));
const ctz = (x: bigint, width: number): bigint =>
  x === 0n ? BigInt(width) : clz(1n, width) - clz(x & -x, width);
const ones = (x: bigint): bigint => BigInt([...x.toString(2)].filter((bit) => bit === '1').length);
const average = (signed: boolean): Semantics =>
  vectorHelper(
    eachElement((x, y, width) => {
      const value = (v: bigint): bigint => (signed ? signedOf(v, width) : v);
      return (value(x) + value(y) + 1n) >> 1n;
    }),
    'm4',
  );
const carryOut = (x: bigint, y: bigint, width: number): bigint => (x + y) >> BigInt(width);
const quad = (f: (x: bigint, y: bigint, carry: bigint) => bigint): Semantics =>
  vectorHelper(({ v2, v3, v4 }) => ({ value: f(v2, v3, v4 & 1n) }), 4);
const all = (1n << 128n) - 1n;
/** VERIM: rotated v2 under the mask v3 into v1. */
const rotateInsert = vectorHelper(
  ({ v1, v2, v3, width, extra }) => {
    const by = modulo(BigInt(extra), width);
    const turned = joined(
      elementsOf(v2, width).map((x) => rotate(x, by, width)),
      width,
    );
    return { value: (v1 & ~v3 & all) | (turned & v3) };
  },
  'm5',
  () => false,
  (z) => z.i4,
);

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
  row('VACC', 0xe7f1, 'VRRc', vectorHelper(eachElement(carryOut), 'm4'), s01234), row('VSCBI', 0xe7f5, 'VRRc', vectorHelper(eachElement((x, y) => (x >= y ? 1n : 0n)), 'm4'), s01234),
  row('VAC', 0xe7bb, 'VRRd5', quad((x, y, c) => (x + y + c) & all), d4), row('VACCC', 0xe7b9, 'VRRd5', quad((x, y, c) => (x + y + c) >> 128n), d4),
  row('VSBI', 0xe7bf, 'VRRd5', quad((x, y, c) => (x + (y ^ all) + c) & all), d4), row('VSBCBI', 0xe7bd, 'VRRd5', quad((x, y, c) => (x + (y ^ all) + c) >> 128n), d4),
  row('VAVG', 0xe7f2, 'VRRc', average(true), s0123), row('VAVGL', 0xe7f0, 'VRRc', average(false), s0123),
  row('VCEQ', 0xe7f8, 'VRRb', compareLanes('eq'), coded), row('VCH', 0xe7fb, 'VRRb', compareLanes('gt_s'), coded), row('VCHL', 0xe7f9, 'VRRb', compareLanes('gt_u'), coded),
  row('VEC', 0xe7db, 'VRRa', compareElement(true), a0123), row('VECL', 0xe7d9, 'VRRa', compareElement(false), a0123), row('VTM', 0xe7d8, 'VRRa0', testUnderMask),
  row('VCLZ', 0xe753, 'VRRa', vectorHelper(eachElement((x, _, w) => clz(x, w)), 'm3'), a0123), row('VCTZ', 0xe752, 'VRRa', vectorHelper(eachElement((x, _, w) => ctz(x, w)), 'm3'), a0123), row('VPOPCT', 0xe750, 'VRRa', vectorHelper(eachElement((x) => ones(x)), 'm3'), a0123),
  row('VLC', 0xe7de, 'VRRa', unary('neg'), a0123), row('VLP', 0xe7df, 'VRRa', unary('abs'), a0123),
  row('VMX', 0xe7ff, 'VRRc', leastMost('max', 's'), s0123), row('VMXL', 0xe7fd, 'VRRc', leastMost('max', 'u'), s0123), row('VMN', 0xe7fe, 'VRRc', leastMost('min', 's'), s0123), row('VMNL', 0xe7fc, 'VRRc', leastMost('min', 'u'), s0123),
  row('VML', 0xe7a2, 'VRRc', multiplyLow, s012), row('VMH', 0xe7a3, 'VRRc', highProducts(true, false, 'm4'), s012), row('VMLH', 0xe7a1, 'VRRc', highProducts(false, false, 'm4'), s012),
  row('VME', 0xe7a6, 'VRRc', wideProducts(false, true, false, 'm4'), s012), row('VMLE', 0xe7a4, 'VRRc', wideProducts(false, false, false, 'm4'), s012), row('VMO', 0xe7a7, 'VRRc', wideProducts(true, true, false, 'm4'), s012), row('VMLO', 0xe7a5, 'VRRc', wideProducts(true, false, false, 'm4'), s012),
  row('VMAL', 0xe7aa, 'VRRd5', lowProductsAdd, d012), row('VMAH', 0xe7ab, 'VRRd5', highProducts(true, true, 'm5'), d012), row('VMALH', 0xe7a9, 'VRRd5', highProducts(false, true, 'm5'), d012),
  row('VMAE', 0xe7ae, 'VRRd5', wideProducts(false, true, true, 'm5'), d012), row('VMALE', 0xe7ac, 'VRRd5', wideProducts(false, false, true, 'm5'), d012), row('VMAO', 0xe7af, 'VRRd5', wideProducts(true, true, true, 'm5'), d012), row('VMALO', 0xe7ad, 'VRRd5', wideProducts(true, false, true, 'm5'), d012),
  row('VGFM', 0xe7b4, 'VRRc', galois(false, 'm4'), s0123), row('VGFMA', 0xe7bc, 'VRRd5', galois(true, 'm5'), d0123),
  row('VN', 0xe768, 'VRRc0', bitwise((z, x, y) => z.b.v128_and(x, y))), row('VNC', 0xe769, 'VRRc0', bitwise((z, x, y) => z.b.v128_andnot(x, y))), row('VO', 0xe76a, 'VRRc0', bitwise((z, x, y) => z.b.v128_or(x, y))), row('VX', 0xe76d, 'VRRc0', bitwise((z, x, y) => z.b.v128_xor(x, y))),
  row('VNO', 0xe76b, 'VRRc0', bitwise((z, x, y) => z.b.v128_not(z.b.v128_or(x, y)))), row('VNN', 0xe76e, 'VRRc0', bitwise((z, x, y) => z.b.v128_not(z.b.v128_and(x, y)))), row('VNX', 0xe76c, 'VRRc0', bitwise((z, x, y) => z.b.v128_not(z.b.v128_xor(x, y)))), row('VOC', 0xe76f, 'VRRc0', bitwise((z, x, y) => z.b.v128_or(x, z.b.v128_not(y)))),
  row('VESL', 0xe730, 'VRSa', shiftElements('shl'), s0123), row('VESRA', 0xe73a, 'VRSa', shiftElements('shr_s'), s0123), row('VESRL', 0xe738, 'VRSa', shiftElements('shr_u'), s0123), row('VERLL', 0xe733, 'VRSa', rotateElements, s0123),
  row('VESLV', 0xe770, 'VRRc', vectorHelper(eachElement((x, y, w) => x << modulo(y, w)), 'm4'), s0123), row('VESRLV', 0xe778, 'VRRc', vectorHelper(eachElement((x, y, w) => x >> modulo(y, w)), 'm4'), s0123),
  row('VESRAV', 0xe77a, 'VRRc', vectorHelper(eachElement((x, y, w) => signedOf(x, w) >> modulo(y, w)), 'm4'), s0123), row('VERLLV', 0xe773, 'VRRc', vectorHelper(eachElement((x, y, w) => rotate(x, modulo(y, w), w)), 'm4'), s0123),
  row('VSL', 0xe774, 'VRRc0', shiftBits('left')), row('VSLB', 0xe775, 'VRRc0', shiftBytes('left')), row('VSRL', 0xe77c, 'VRRc0', shiftBits('right')), row('VSRLB', 0xe77d, 'VRRc0', shiftBytes('right')),
  row('VSRA', 0xe77e, 'VRRc0', shiftBits('arithmetic')), row('VSRAB', 0xe77f, 'VRRc0', shiftBytes('arithmetic')),
  row('VSUM', 0xe764, 'VRRc', sumInto(() => 32), { values: { m4: [0, 1] } }), row('VSUMG', 0xe765, 'VRRc', sumInto(() => 64), { values: { m4: [1, 2] } }), row('VSUMQ', 0xe767, 'VRRc', sumInto(() => 128), { values: { m4: [2, 3] } }), row('VCKSM', 0xe766, 'VRRc0', checksum),
  row('VPKS', 0xe797, 'VRRb', packSaturated(true), { values: { m4: [1, 2, 3], m5: [0, 1] } }), row('VPKLS', 0xe795, 'VRRb', packSaturated(false), { values: { m4: [1, 2, 3], m5: [0, 1] } }),
  row('VERIM', 0xe772, 'VRId', rotateInsert, { values: { m5: [0, 1, 2, 3] } }),
];
