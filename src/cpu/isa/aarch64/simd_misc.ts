/**
 * Advanced SIMD, integer: two registers, across lanes, three registers of different types, by
 * element.
 */

import type { Builder, V128 } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow, row } from '../pattern.ts';
import { apply, readV, writeV, zeroV } from './operands.ts';
import {
  laneHelper,
  lanes,
  multiply,
  shapes,
  splat,
  unzip,
  vectorValid,
  widen,
  writeKept,
  writeNarrow,
} from './simd.ts';
import { difference } from './simd_same.ts';

type Two = Fields<'Rd' | 'Rn' | 'size'>;
type Unary = (b: Builder, size: number, x: V128) => V128;

const all = 0b1111;
const upToWord = 0b0111;
const doubleOnly = 0b1000;

// biome-ignore format: a table
function rows(name: string, u: 0 | 1, opcode: string, sizes: number, scalar: number, go: (b: Builder, f: Two, keep: number) => void, zero = ''): PatternRow[] {
  const made = [computedRow(name, `0 Q ${u} 01110 size:2 10000 ${opcode} 10 Rn:5 Rd:5`, `{Vd}.{T}, {Vn}.{T}${zero}`, (b, f: Two & Fields<'Q'>) => go(b, f, f.Q ? 16 : 8), { valid: (f: Fields<'Q' | 'size'>) => ((sizes >> f.size) & 1) === 1 && vectorValid(f) })];
  if (scalar) made.push(computedRow(name, `01 ${u} 11110 size:2 10000 ${opcode} 10 Rn:5 Rd:5`, `{Sd_size}, {Sn_size}${zero}`, (b, f: Two) => go(b, f, 1 << f.size), { valid: (f: Fields<'size'>) => ((scalar >> f.size) & 1) === 1 }));
  return made;
}

function inline(
  name: string,
  u: 0 | 1,
  opcode: string,
  sizes: number,
  scalar: number,
  operation: Unary,
  zero = '',
): PatternRow[] {
  const go = (b: Builder, f: Two, keep: number): void =>
    writeKept(b, f.Rd, keep, operation(b, f.size, readV(b, f.Rn)));
  return rows(name, u, opcode, sizes, scalar, go, zero);
}

function called(
  name: string,
  u: 0 | 1,
  opcode: string,
  sizes: number,
  scalar: number,
): PatternRow[] {
  return rows(name, u, opcode, sizes, scalar, (b, f, keep) => {
    laneHelper(b, name, { rd: f.Rd, rn: f.Rn, size: f.size, keep });
  });
}

/** Elements of 1 << size bytes reversed within groups of `group` bytes. */
function reverse(group: number): Unary {
  return (b, size, x) => {
    const bytes = 1 << size;
    const mask = Array.from({ length: 16 }, (_, i) => {
      const start = i - (i % group);
      const place = Math.floor((i - start) / bytes);
      return start + (group / bytes - 1 - place) * bytes + (i % bytes);
    });
    return b.shuffle(x, x, mask);
  };
}

/** Leading zeros: the highest one smeared down, then ones counted. */
function leadingZeros(b: Builder, size: number, x: V128): V128 {
  const bits = 8 << size;
  let smeared = x;
  for (let by = 1; by < bits; by *= 2) {
    smeared = b.v128_or(smeared, lanes(b, size, 'shr_u', smeared, b.const32(by)));
  }
  return lanes(b, size, 'sub', splat(b, size, bits), onesCount(b, size, smeared));
}

function onesCount(b: Builder, size: number, x: V128): V128 {
  const bytes = b.i8x16_popcnt(x);
  if (size === 0) return bytes;
  const halves = b.i16x8_extadd_pairwise_i8x16_u(bytes);
  return size === 1 ? halves : b.i32x4_extadd_pairwise_i16x8_u(halves);
}

/** Leading sign bits: leading zeros of x ^ (x >> 1), less one. */
const leadingSigns: Unary = (b, size, x) => {
  const changes = b.v128_xor(x, lanes(b, size, 'shr_s', x, b.const32(1)));
  return lanes(b, size, 'sub', leadingZeros(b, size, changes), splat(b, size, 1));
};

/** Bits of each byte reversed: two look-ups of nibbles. */
function reverseBits(b: Builder, x: V128): V128 {
  // Byte n of the table is nibble n reversed, in the upper nibble.
  const table = b.constV128(0xc0408000 | 0, 0xe060a020 | 0, 0xd0509010 | 0, 0xf070b030 | 0);
  const low = b.v128_and(x, splat(b, 0, 15));
  const high = b.i8x16_shr_u(x, b.const32(4));
  const down = b.i8x16_shr_u(b.i8x16_swizzle(table, high), b.const32(4));
  return b.v128_or(b.i8x16_swizzle(table, low), down);
}

/** Neighbouring pairs added into elements twice as wide. */
function addLongPairs(b: Builder, size: number, s: 's' | 'u', x: V128): V128 {
  if (size < 2) return lanes(b, size + 1, `extadd_pairwise_${shapes[size]!}_${s}`, x);
  const even = unzip(b, 2, 0, x, x);
  const odd = unzip(b, 2, 1, x, x);
  const wide = (v: V128): V128 => widen(b, 2, s === 's', false, v);
  return b.i64x2_add(wide(even), wide(odd));
}

function pairsRow(name: string, u: 0 | 1, opcode: string, accumulate: boolean): PatternRow {
  return computedRow(
    name,
    `0 Q ${u} 01110 size:2!=11 10000 ${opcode} 10 Rn:5 Rd:5`,
    '{Vd}.{Tp}, {Vn}.{T}',
    (b, f: Two & Fields<'Q'>) => {
      const sums = addLongPairs(b, f.size, u ? 'u' : 's', readV(b, f.Rn));
      const r = accumulate ? lanes(b, f.size + 1, 'add', readV(b, f.Rd), sums) : sums;
      writeKept(b, f.Rd, f.Q ? 16 : 8, r);
    },
  );
}

function narrowRows(name: string, operation: string, u: 0 | 1, opcode: string): PatternRow[] {
  const valid = { valid: (f: Fields<'size'>): boolean => f.size < 3 };
  return [
    computedRow(
      `${name}{2}`,
      `0 Q ${u} 01110 size:2 10000 ${opcode} 10 Rn:5 Rd:5`,
      '{Vd}.{T}, {Vn}.{Tw}',
      (b, f: Two & Fields<'Q'>) =>
        laneHelper(b, operation, { rd: f.Rd, rn: f.Rn, size: f.size + 1, keep: 8, upper: f.Q }),
      valid,
    ),
    computedRow(
      name,
      `01 ${u} 11110 size:2 10000 ${opcode} 10 Rn:5 Rd:5`,
      '{Sd_size}, {Sn_wide}',
      (b, f: Two) =>
        laneHelper(b, operation, { rd: f.Rd, rn: f.Rn, size: f.size + 1, keep: 1 << f.size }),
      valid,
    ),
  ];
}

function compareZero(name: string): Unary {
  return (b, size, x) => lanes(b, size, name, x, zeroV(b));
}

// biome-ignore format: a table
const twoRows: readonly PatternRow[] = [
  ...inline('REV64', 0, '00000', upToWord, 0, reverse(8)), ...inline('REV32', 1, '00000', 0b0011, 0, reverse(4)), ...inline('REV16', 0, '00001', 0b0001, 0, reverse(2)),
  pairsRow('SADDLP', 0, '00010', false), pairsRow('UADDLP', 1, '00010', false), pairsRow('SADALP', 0, '00110', true), pairsRow('UADALP', 1, '00110', true),
  ...called('SUQADD', 0, '00011', all, all), ...called('USQADD', 1, '00011', all, all),
  ...inline('CLS', 0, '00100', upToWord, 0, leadingSigns), ...inline('CLZ', 1, '00100', upToWord, 0, leadingZeros),
  ...inline('CNT', 0, '00101', 0b0001, 0, (b, _, x) => b.i8x16_popcnt(x)),
  row('NOT', '0 Q 1 01110 00 10000 00101 10 Rn:5 Rd:5', '{Vd}.{TB}, {Vn}.{TB}', (b, f) => writeKept(b, f.Rd, f.Q ? 16 : 8, b.v128_not(readV(b, f.Rn)))),
  row('RBIT', '0 Q 1 01110 01 10000 00101 10 Rn:5 Rd:5', '{Vd}.{TB}, {Vn}.{TB}', (b, f) => writeKept(b, f.Rd, f.Q ? 16 : 8, reverseBits(b, readV(b, f.Rn)))),
  ...called('SQABS', 0, '00111', all, all), ...called('SQNEG', 1, '00111', all, all),
  ...inline('CMGT', 0, '01000', all, doubleOnly, compareZero('gt_s'), ', #0'), ...inline('CMGE', 1, '01000', all, doubleOnly, compareZero('ge_s'), ', #0'),
  ...inline('CMEQ', 0, '01001', all, doubleOnly, compareZero('eq'), ', #0'), ...inline('CMLE', 1, '01001', all, doubleOnly, compareZero('le_s'), ', #0'),
  ...inline('CMLT', 0, '01010', all, doubleOnly, compareZero('lt_s'), ', #0'),
  ...inline('ABS', 0, '01011', all, doubleOnly, (b, size, x) => lanes(b, size, 'abs', x)), ...inline('NEG', 1, '01011', all, doubleOnly, (b, size, x) => lanes(b, size, 'neg', x)),
  row('XTN{2}', '0 Q 0 01110 size:2!=11 10000 10010 10 Rn:5 Rd:5', '{Vd}.{T}, {Vn}.{Tw}', (b, f) => {
    const x = readV(b, f.Rn);
    writeNarrow(b, f.Q, f.Rd, unzip(b, f.size, 0, x, x));
  }),
  row('SHLL{2}', '0 Q 1 01110 size:2!=11 10000 10011 10 Rn:5 Rd:5', '{Vd}.{Tw}, {Vn}.{T}, {shll}', (b, f) => {
    const wide = widen(b, f.size, false, f.Q === 1, readV(b, f.Rn));
    writeV(b, f.Rd, lanes(b, f.size + 1, 'shl', wide, b.const32(8 << f.size)));
  }),
  ...narrowRows('SQXTUN', 'SQSHRUN', 1, '10010'), ...narrowRows('SQXTN', 'SQSHRN', 0, '10100'), ...narrowRows('UQXTN', 'UQSHRN', 1, '10100'),
  row('URECPE', '0 Q 0 01110 10 10000 11100 10 Rn:5 Rd:5', '{Vd}.{TS}, {Vn}.{TS}', (b, f) => laneHelper(b, 'URECPE', { rd: f.Rd, rn: f.Rn, size: 2, keep: f.Q ? 16 : 8 })),
  row('URSQRTE', '0 Q 1 01110 10 10000 11100 10 Rn:5 Rd:5', '{Vd}.{TS}, {Vn}.{TS}', (b, f) => laneHelper(b, 'URSQRTE', { rd: f.Rd, rn: f.Rn, size: 2, keep: f.Q ? 16 : 8 })),
  row('ADDP', '01 0 11110 11 11000 11011 10 Rn:5 Rd:5', '{Dd}, {Vn}.2d', (b, f) => {
    const x = readV(b, f.Rn);
    const sum = b.i64_add(b.i64x2_extract_lane(0, x), b.i64x2_extract_lane(1, x));
    writeV(b, f.Rd, b.i64x2_replace_lane(0, zeroV(b), sum));
  }),
];

// Across lanes: halves folded onto each other until one element is left.

function fold(b: Builder, size: number, bytes: number, x: V128, operation: string): V128 {
  let r = x;
  for (let half = bytes / 2; half >= 1 << size; half /= 2) {
    const mask = Array.from({ length: 16 }, (_, i) => (i + half) % 16);
    r = lanes(b, size, operation, r, b.shuffle(r, r, mask));
  }
  return r;
}

function acrossRow(name: string, u: 0 | 1, opcode: string, operation: string): PatternRow {
  return computedRow(
    name,
    `0 Q ${u} 01110 size:2!=11 11000 ${opcode} 10 Rn:5 Rd:5`,
    '{Sd_size}, {Vn}.{T}',
    (b, f: Two & Fields<'Q'>) => {
      const r = fold(b, f.size, f.Q ? 16 : 8, readV(b, f.Rn), operation);
      writeKept(b, f.Rd, 1 << f.size, r);
    },
    { valid: (f: Fields<'Q' | 'size'>) => f.size < 2 || f.Q === 1 },
  );
}

function acrossLongRow(name: string, u: 0 | 1): PatternRow {
  return computedRow(
    name,
    `0 Q ${u} 01110 size:2!=11 11000 00011 10 Rn:5 Rd:5`,
    '{Sd_wide}, {Vn}.{T}',
    (b, f: Two & Fields<'Q'>) => {
      const pairs = addLongPairs(b, f.size, u ? 'u' : 's', readV(b, f.Rn));
      const r = fold(b, f.size + 1, f.Q ? 16 : 8, pairs, 'add');
      writeKept(b, f.Rd, 2 << f.size, r);
    },
    { valid: (f: Fields<'Q' | 'size'>) => f.size < 2 || f.Q === 1 },
  );
}

// biome-ignore format: a table
const acrossRows: readonly PatternRow[] = [
  acrossLongRow('SADDLV', 0), acrossLongRow('UADDLV', 1), acrossRow('ADDV', 0, '11011', 'add'),
  acrossRow('SMAXV', 0, '01010', 'max_s'), acrossRow('UMAXV', 1, '01010', 'max_u'),
  acrossRow('SMINV', 0, '11010', 'min_s'), acrossRow('UMINV', 1, '11010', 'min_u'),
];

// Three registers of different types.

type Different = Two & Fields<'Q' | 'Rm'>;
/** Products or sums of widened elements; `high` takes the upper halves. */
type Long = (b: Builder, size: number, high: boolean, x: V128, y: V128, d: () => V128) => V128;

function longProduct(
  b: Builder,
  size: number,
  s: 's' | 'u',
  high: boolean,
  x: V128,
  y: V128,
): V128 {
  return lanes(b, size + 1, `extmul_${high ? 'high' : 'low'}_${shapes[size]!}_${s}`, x, y);
}

// biome-ignore format: a table
function longRow(name: string, u: 0 | 1, opcode: string, operation: Long): PatternRow {
  return computedRow(`${name}{2}`, `0 Q ${u} 01110 size:2!=11 1 Rm:5 ${opcode} 00 Rn:5 Rd:5`, '{Vd}.{Tw}, {Vn}.{T}, {Vm}.{T}', (b, f: Different) => {
    const x = readV(b, f.Rn);
    writeV(b, f.Rd, operation(b, f.size, f.Q === 1, x, readV(b, f.Rm), () => readV(b, f.Rd)));
  });
}

// biome-ignore format: a table
function wideRow(name: string, u: 0 | 1, opcode: string, operation: string): PatternRow {
  return computedRow(`${name}{2}`, `0 Q ${u} 01110 size:2!=11 1 Rm:5 ${opcode} 00 Rn:5 Rd:5`, '{Vd}.{Tw}, {Vn}.{Tw}, {Vm}.{T}', (b, f: Different) => {
    const y = widen(b, f.size, u === 0, f.Q === 1, readV(b, f.Rm));
    writeV(b, f.Rd, lanes(b, f.size + 1, operation, readV(b, f.Rn), y));
  });
}

function longSum(s: 's' | 'u', operation: string): Long {
  return (b, size, high, x, y) => {
    const wide = (v: V128): V128 => widen(b, size, s === 's', high, v);
    return lanes(b, size + 1, operation, wide(x), wide(y));
  };
}

function longMultiply(s: 's' | 'u', operation: 'add' | 'sub' | null): Long {
  return (b, size, high, x, y, d) => {
    const product = longProduct(b, size, s, high, x, y);
    return operation ? lanes(b, size + 1, operation, d(), product) : product;
  };
}

function longDifference(s: 's' | 'u', accumulate: boolean): Long {
  return (b, size, high, x, y, d) => {
    const wide = widen(b, size, false, high, difference(b, size, s, x, y));
    return accumulate ? lanes(b, size + 1, 'add', d(), wide) : wide;
  };
}

/** In elements of 2 << size bytes, the top bit of the lower half. */
function roundingConstant(b: Builder, size: number): V128 {
  if (size === 2) return b.constV128(-0x80000000, 0, -0x80000000, 0);
  return splat(b, size + 1, 2 ** ((8 << size) - 1));
}

// biome-ignore format: a table
function narrowHighRow(name: string, u: 0 | 1, opcode: string): PatternRow {
  return computedRow(`${name}{2}`, `0 Q ${u} 01110 size:2!=11 1 Rm:5 ${opcode} 00 Rn:5 Rd:5`, '{Vd}.{T}, {Vn}.{Tw}, {Vm}.{Tw}', (b, f: Different) => {
    const { size } = f;
    const operation = name.endsWith('ADDHN') ? 'add' : 'sub';
    let r = lanes(b, size + 1, operation, readV(b, f.Rn), readV(b, f.Rm));
    // The R forms round: half of the last place kept is added.
    if (name.startsWith('R')) r = lanes(b, size + 1, 'add', r, roundingConstant(b, size));
    writeNarrow(b, f.Q, f.Rd, unzip(b, size, 1, r, r));
  });
}

// biome-ignore format: a table
function doublingRows(name: string, opcode: string): PatternRow[] {
  const valid = { valid: (f: Fields<'size'>): boolean => f.size === 1 || f.size === 2 };
  return [
    computedRow(`${name}{2}`, `0 Q 0 01110 size:2 1 Rm:5 ${opcode} 00 Rn:5 Rd:5`, '{Vd}.{Tw}, {Vn}.{T}, {Vm}.{T}', (b, f: Different) => laneHelper(b, name, { rd: f.Rd, rn: f.Rn, rm: f.Rm, size: f.size, keep: 8, upper: f.Q }), valid),
    computedRow(name, `01 0 11110 size:2 1 Rm:5 ${opcode} 00 Rn:5 Rd:5`, '{Sd_wide}, {Sn_size}, {Sm_size}', (b, f: Different) => laneHelper(b, name, { rd: f.Rd, rn: f.Rn, rm: f.Rm, size: f.size, keep: 1 << f.size }), valid),
  ];
}

// biome-ignore format: a table
const differentRows: readonly PatternRow[] = [
  longRow('SADDL', 0, '0000', longSum('s', 'add')), longRow('UADDL', 1, '0000', longSum('u', 'add')),
  wideRow('SADDW', 0, '0001', 'add'), wideRow('UADDW', 1, '0001', 'add'),
  longRow('SSUBL', 0, '0010', longSum('s', 'sub')), longRow('USUBL', 1, '0010', longSum('u', 'sub')),
  wideRow('SSUBW', 0, '0011', 'sub'), wideRow('USUBW', 1, '0011', 'sub'),
  narrowHighRow('ADDHN', 0, '0100'), narrowHighRow('RADDHN', 1, '0100'), narrowHighRow('SUBHN', 0, '0110'), narrowHighRow('RSUBHN', 1, '0110'),
  longRow('SABAL', 0, '0101', longDifference('s', true)), longRow('UABAL', 1, '0101', longDifference('u', true)),
  longRow('SABDL', 0, '0111', longDifference('s', false)), longRow('UABDL', 1, '0111', longDifference('u', false)),
  longRow('SMLAL', 0, '1000', longMultiply('s', 'add')), longRow('UMLAL', 1, '1000', longMultiply('u', 'add')),
  longRow('SMLSL', 0, '1010', longMultiply('s', 'sub')), longRow('UMLSL', 1, '1010', longMultiply('u', 'sub')),
  longRow('SMULL', 0, '1100', longMultiply('s', null)), longRow('UMULL', 1, '1100', longMultiply('u', null)),
  ...doublingRows('SQDMLAL', '1001'), ...doublingRows('SQDMLSL', '1011'), ...doublingRows('SQDMULL', '1101'),
];

// By element: Vm's element is H:L:M of V0…V15 for halves, H:L of V0…V31 for words.

type ByElement = Two & Fields<'Q' | 'L' | 'M' | 'Rm' | 'H'>;

function elementOf(f: ByElement): { register: number; index: number } {
  if (f.size === 1) return { register: f.Rm, index: (f.H << 2) | (f.L << 1) | f.M };
  return { register: (f.M << 4) | f.Rm, index: (f.H << 1) | f.L };
}

const elementSizes = { valid: (f: Fields<'size'>): boolean => f.size === 1 || f.size === 2 };

function splatElement(b: Builder, f: ByElement): V128 {
  const { register, index } = elementOf(f);
  const unsigned = f.size === 1 ? '_u' : '';
  const name = `${shapes[f.size]!}_extract_lane${unsigned}`;
  return lanes(b, f.size, 'splat', apply(b, name, index, readV(b, register)));
}

// biome-ignore format: a table
function elementRow(name: string, u: 0 | 1, opcode: string, operation: 'add' | 'sub' | null): PatternRow {
  return computedRow(name, `0 Q ${u} 01111 size:2 L M Rm:4 ${opcode} H 0 Rn:5 Rd:5`, '{Vd}.{T}, {Vn}.{T}, {Ve}', (b, f: ByElement) => {
    const product = multiply(b, f.size, readV(b, f.Rn), splatElement(b, f));
    writeKept(b, f.Rd, f.Q ? 16 : 8, operation ? lanes(b, f.size, operation, readV(b, f.Rd), product) : product);
  }, elementSizes);
}

// biome-ignore format: a table
function elementLongRow(name: string, u: 0 | 1, opcode: string, operation: 'add' | 'sub' | null): PatternRow {
  return computedRow(`${name}{2}`, `0 Q ${u} 01111 size:2 L M Rm:4 ${opcode} H 0 Rn:5 Rd:5`, '{Vd}.{Tw}, {Vn}.{T}, {Ve}', (b, f: ByElement) => {
    const product = longProduct(b, f.size, u ? 'u' : 's', f.Q === 1, readV(b, f.Rn), splatElement(b, f));
    writeV(b, f.Rd, operation ? lanes(b, f.size + 1, operation, readV(b, f.Rd), product) : product);
  }, elementSizes);
}

// biome-ignore format: a table
function elementCalledRows(name: string, u: 0 | 1, opcode: string, long: boolean): PatternRow[] {
  const go = (b: Builder, f: ByElement, keep: number, upper: number): void => {
    const { register, index } = elementOf(f);
    laneHelper(b, name, { rd: f.Rd, rn: f.Rn, rm: register, size: f.size, keep, upper, element: index });
  };
  return [
    computedRow(long ? `${name}{2}` : name, `0 Q ${u} 01111 size:2 L M Rm:4 ${opcode} H 0 Rn:5 Rd:5`, `{Vd}.{${long ? 'Tw' : 'T'}}, {Vn}.{T}, {Ve}`, (b, f: ByElement) => go(b, f, long || !f.Q ? 8 : 16, f.Q), elementSizes),
    computedRow(name, `01 ${u} 11111 size:2 L M Rm:4 ${opcode} H 0 Rn:5 Rd:5`, `{${long ? 'Sd_wide' : 'Sd_size'}}, {Sn_size}, {Ve}`, (b, f: ByElement) => go(b, f, 1 << f.size, 0), elementSizes),
  ];
}

// biome-ignore format: a table
const elementRows: readonly PatternRow[] = [
  elementRow('MLA', 1, '0000', 'add'), elementRow('MLS', 1, '0100', 'sub'), elementRow('MUL', 0, '1000', null),
  elementLongRow('SMLAL', 0, '0010', 'add'), elementLongRow('UMLAL', 1, '0010', 'add'),
  elementLongRow('SMLSL', 0, '0110', 'sub'), elementLongRow('UMLSL', 1, '0110', 'sub'),
  elementLongRow('SMULL', 0, '1010', null), elementLongRow('UMULL', 1, '1010', null),
  ...elementCalledRows('SQDMLAL', 0, '0011', true), ...elementCalledRows('SQDMLSL', 0, '0111', true), ...elementCalledRows('SQDMULL', 0, '1011', true),
  ...elementCalledRows('SQDMULH', 0, '1100', false), ...elementCalledRows('SQRDMULH', 0, '1101', false),
  ...elementCalledRows('SQRDMLAH', 1, '1101', false), ...elementCalledRows('SQRDMLSH', 1, '1111', false),
];

export const simdMiscRows: readonly PatternRow[] = [
  ...twoRows,
  ...acrossRows,
  ...differentRows,
  ...elementRows,
];
