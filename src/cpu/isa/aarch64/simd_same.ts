/** Advanced SIMD, integer: three registers of the same type, vector and scalar. */

import type { Builder, V128 } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow, row } from '../pattern.ts';
import { readV, zeroV } from './operands.ts';
import {
  greaterUnsigned,
  laneHelper,
  lanes,
  multiply,
  notLessUnsigned,
  type Span,
  saturated,
  splat,
  splatSign,
  unzip,
  vectorValid,
  writeKept,
} from './simd.ts';

type Three = Fields<'Rd' | 'Rn' | 'Rm' | 'size'>;
/** Result over whole vectors; only the kept elements are used. d is the old Vd. */
type Operation = (b: Builder, span: Span, x: V128, y: V128, d: () => V128) => V128;

/** Bits of a size: which element sizes exist, e.g. 0b0111 for bytes to words. */
type Sizes = number;

function rows(
  name: string,
  u: 0 | 1,
  opcode: string,
  sizes: Sizes,
  scalarSizes: Sizes,
  apply: (b: Builder, f: Three, keep: number) => void,
): PatternRow[] {
  const made = [
    computedRow(
      name,
      `0 Q ${u} 01110 size:2 1 Rm:5 ${opcode} 1 Rn:5 Rd:5`,
      '{Vd}.{T}, {Vn}.{T}, {Vm}.{T}',
      (b, f: Three & Fields<'Q'>) => apply(b, f, f.Q ? 16 : 8),
      { valid: (f: Fields<'Q' | 'size'>) => ((sizes >> f.size) & 1) === 1 && vectorValid(f) },
    ),
  ];
  if (scalarSizes) {
    made.push(
      computedRow(
        name,
        `01 ${u} 11110 size:2 1 Rm:5 ${opcode} 1 Rn:5 Rd:5`,
        '{Sd_size}, {Sn_size}, {Sm_size}',
        (b, f: Three) => apply(b, f, 1 << f.size),
        { valid: (f: Fields<'size'>) => ((scalarSizes >> f.size) & 1) === 1 },
      ),
    );
  }
  return made;
}

/** Rows of an operation built inline. */
function inline(
  name: string,
  u: 0 | 1,
  opcode: string,
  sizes: Sizes,
  scalarSizes: Sizes,
  operation: Operation,
): PatternRow[] {
  return rows(name, u, opcode, sizes, scalarSizes, (b, f, keep) => {
    const d = (): V128 => readV(b, f.Rd);
    const x = readV(b, f.Rn);
    const r = operation(b, { size: f.size, keep }, x, readV(b, f.Rm), d);
    writeKept(b, f.Rd, keep, r);
  });
}

/** Rows of an operation of `lane_operations.ts` of the same name. */
function called(
  name: string,
  u: 0 | 1,
  opcode: string,
  sizes: Sizes,
  scalarSizes: Sizes,
): PatternRow[] {
  return rows(name, u, opcode, sizes, scalarSizes, (b, f, keep) => {
    laneHelper(b, name, { rd: f.Rd, rn: f.Rn, rm: f.Rm, size: f.size, keep });
  });
}

/** Signed addition or subtraction that stops at the ends of the range. */
function saturateSigned(name: 'add' | 'sub'): Operation {
  return (b, { size, keep }, x, y) => {
    const r = lanes(b, size, name, x, y);
    const bits = b.const32((8 << size) - 1);
    const other = name === 'add' ? b.v128_xor(y, r) : b.v128_xor(x, y);
    const overflow = lanes(b, size, 'shr_s', b.v128_and(b.v128_xor(x, r), other), bits);
    saturated(b, keep, overflow);
    const negative = lanes(b, size, 'shr_s', x, bits);
    const limit = b.v128_xor(b.v128_not(splatSign(b, size)), negative);
    return b.v128_bitselect(limit, r, overflow);
  };
}

const saturateAddUnsigned: Operation = (b, { size, keep }, x, y) => {
  const r = lanes(b, size, 'add', x, y);
  const overflow = greaterUnsigned(b, size, x, r);
  saturated(b, keep, overflow);
  return b.v128_or(r, overflow);
};

const saturateSubUnsigned: Operation = (b, { size, keep }, x, y) => {
  const overflow = greaterUnsigned(b, size, y, x);
  saturated(b, keep, overflow);
  return b.v128_andnot(lanes(b, size, 'sub', x, y), overflow);
};

function plain(name: string): Operation {
  return (b, { size }, x, y) => lanes(b, size, name, x, y);
}

/** Absolute difference. */
export function difference(b: Builder, size: number, s: 's' | 'u', x: V128, y: V128): V128 {
  return lanes(b, size, 'sub', lanes(b, size, `max_${s}`, x, y), lanes(b, size, `min_${s}`, x, y));
}

type Halving = (b: Builder, size: number, s: 's' | 'u', x: V128, y: V128) => V128;

function halfDifference(b: Builder, size: number, s: 's' | 'u', x: V128, y: V128): V128 {
  return lanes(b, size, `shr_${s}`, b.v128_xor(x, y), b.const32(1));
}

/** (x + y) >> 1 without the carry: common bits, and half of those that differ. */
const halvingAdd: Halving = (b, size, s, x, y) =>
  lanes(b, size, 'add', b.v128_and(x, y), halfDifference(b, size, s, x, y));

/** (x + y + 1) >> 1. */
const roundingHalvingAdd: Halving = (b, size, s, x, y) =>
  lanes(b, size, 'sub', b.v128_or(x, y), halfDifference(b, size, s, x, y));

/** (x − y) >> 1: x − y is (x ^ y) less twice the bits of y that x lacks. */
const halvingSub: Halving = (b, size, s, x, y) =>
  lanes(b, size, 'sub', halfDifference(b, size, s, x, y), b.v128_andnot(y, x));

/** The signed and the unsigned form. */
function halving(name: string, opcode: string, operation: Halving): PatternRow[] {
  return (['s', 'u'] as const).flatMap((s, u) =>
    inline(`${s.toUpperCase()}${name}`, u as 0 | 1, opcode, upToWord, 0, (b, { size }, x, y) =>
      operation(b, size, s, x, y),
    ),
  );
}

/**
 * Elements of x shifted by those of `count` (0 to bits − 1): one step for each bit of the count.
 */
function barrel(b: Builder, size: number, name: string, x: V128, count: V128): V128 {
  const bits = 8 << size;
  const zero = zeroV(b);
  let v = x;
  for (let k = 0; 1 << k < bits; k++) {
    const set = lanes(b, size, 'lt_s', lanes(b, size, 'shl', count, b.const32(bits - 1 - k)), zero);
    v = b.v128_bitselect(lanes(b, size, name, v, b.const32(1 << k)), v, set);
  }
  return v;
}

/**
 * SSHL and its kin: left by the signed low byte of y, right where it is negative. A right shift by
 * c is one by c − 1 and then by 1, which has the last bit shifted out at hand for rounding.
 */
function variableShift(s: 's' | 'u', round: boolean): Operation {
  return (b, { size }, x, y) => {
    const bits = 8 << size;
    const rest = b.const32(bits - 8);
    const n = size === 0 ? y : lanes(b, size, 'shr_s', lanes(b, size, 'shl', y, rest), rest);
    const last = splat(b, size, bits - 1);
    const left = b.v128_andnot(barrel(b, size, 'shl', x, n), lanes(b, size, 'gt_s', n, last));
    const before = b.v128_not(n);
    const tooFar = lanes(b, size, 'gt_s', before, last);
    const v = barrel(b, size, `shr_${s}`, x, b.v128_bitselect(last, before, tooFar));
    let right = lanes(b, size, `shr_${s}`, v, b.const32(1));
    if (round) {
      right = lanes(b, size, 'add', right, b.v128_and(v, splat(b, size, 1)));
      right = b.v128_andnot(right, tooFar);
    }
    return b.v128_bitselect(right, left, lanes(b, size, 'lt_s', n, zeroV(b)));
  };
}

/** Neighbours of Vn ‖ Vm combined. */
function pairwise(combine: (b: Builder, size: number, x: V128, y: V128) => V128): Operation {
  return (b, { size, keep }, x, y) => {
    // With 8-byte vectors the pairs are in the lower halves.
    const high = keep === 16 ? y : b.i64x2_replace_lane(1, x, b.i64x2_extract_lane(0, y));
    const low = keep === 16 ? x : high;
    return combine(b, size, unzip(b, size, 0, low, high), unzip(b, size, 1, low, high));
  };
}

function logic(name: string, u: 0 | 1, size: string, operation: Operation): PatternRow {
  return computedRow(
    name,
    `0 Q ${u} 01110 ${size} 1 Rm:5 00011 1 Rn:5 Rd:5`,
    '{Vd}.{TB}, {Vn}.{TB}, {Vm}.{TB}',
    (b, f: Fields<'Q' | 'Rd' | 'Rn' | 'Rm'>) => {
      const keep = f.Q ? 16 : 8;
      const d = (): V128 => readV(b, f.Rd);
      const x = readV(b, f.Rn);
      const y = f.Rm === f.Rn ? x : readV(b, f.Rm);
      // ORR of a register with itself is MOV.
      const r = name === 'ORR' && x === y ? x : operation(b, { size: 0, keep }, x, y, d);
      writeKept(b, f.Rd, keep, r);
    },
  );
}

const all = 0b1111;
const upToWord = 0b0111;
const doubleOnly = 0b1000;

// biome-ignore format: a table
export const simdSameRows: readonly PatternRow[] = [
  ...halving('HADD', '00000', halvingAdd), ...halving('RHADD', '00010', roundingHalvingAdd), ...halving('HSUB', '00100', halvingSub),
  ...inline('SQADD', 0, '00001', all, all, saturateSigned('add')), ...inline('UQADD', 1, '00001', all, all, saturateAddUnsigned),
  ...inline('SQSUB', 0, '00101', all, all, saturateSigned('sub')), ...inline('UQSUB', 1, '00101', all, all, saturateSubUnsigned),
  ...inline('CMGT', 0, '00110', all, doubleOnly, plain('gt_s')), ...inline('CMHI', 1, '00110', all, doubleOnly, (b, { size }, x, y) => greaterUnsigned(b, size, x, y)),
  ...inline('CMGE', 0, '00111', all, doubleOnly, plain('ge_s')), ...inline('CMHS', 1, '00111', all, doubleOnly, (b, { size }, x, y) => notLessUnsigned(b, size, x, y)),
  ...inline('SSHL', 0, '01000', all, doubleOnly, variableShift('s', false)), ...inline('USHL', 1, '01000', all, doubleOnly, variableShift('u', false)),
  ...called('SQSHL', 0, '01001', all, all), ...called('UQSHL', 1, '01001', all, all),
  ...inline('SRSHL', 0, '01010', all, doubleOnly, variableShift('s', true)), ...inline('URSHL', 1, '01010', all, doubleOnly, variableShift('u', true)),
  ...called('SQRSHL', 0, '01011', all, all), ...called('UQRSHL', 1, '01011', all, all),
  ...inline('SMAX', 0, '01100', upToWord, 0, plain('max_s')), ...inline('UMAX', 1, '01100', upToWord, 0, plain('max_u')),
  ...inline('SMIN', 0, '01101', upToWord, 0, plain('min_s')), ...inline('UMIN', 1, '01101', upToWord, 0, plain('min_u')),
  ...inline('SABD', 0, '01110', upToWord, 0, (b, { size }, x, y) => difference(b, size, 's', x, y)),
  ...inline('UABD', 1, '01110', upToWord, 0, (b, { size }, x, y) => difference(b, size, 'u', x, y)),
  ...inline('SABA', 0, '01111', upToWord, 0, (b, { size }, x, y, d) => lanes(b, size, 'add', d(), difference(b, size, 's', x, y))),
  ...inline('UABA', 1, '01111', upToWord, 0, (b, { size }, x, y, d) => lanes(b, size, 'add', d(), difference(b, size, 'u', x, y))),
  ...inline('ADD', 0, '10000', all, doubleOnly, plain('add')), ...inline('SUB', 1, '10000', all, doubleOnly, plain('sub')),
  ...inline('CMTST', 0, '10001', all, doubleOnly, (b, { size }, x, y) => lanes(b, size, 'ne', b.v128_and(x, y), b.constV128(0, 0, 0, 0))),
  ...inline('CMEQ', 1, '10001', all, doubleOnly, plain('eq')),
  ...inline('MLA', 0, '10010', upToWord, 0, (b, { size }, x, y, d) => lanes(b, size, 'add', d(), multiply(b, size, x, y))),
  ...inline('MLS', 1, '10010', upToWord, 0, (b, { size }, x, y, d) => lanes(b, size, 'sub', d(), multiply(b, size, x, y))),
  ...inline('MUL', 0, '10011', upToWord, 0, (b, { size }, x, y) => multiply(b, size, x, y)),
  ...called('PMUL', 1, '10011', 0b0001, 0),
  ...inline('SMAXP', 0, '10100', upToWord, 0, pairwise((b, size, x, y) => lanes(b, size, 'max_s', x, y))),
  ...inline('UMAXP', 1, '10100', upToWord, 0, pairwise((b, size, x, y) => lanes(b, size, 'max_u', x, y))),
  ...inline('SMINP', 0, '10101', upToWord, 0, pairwise((b, size, x, y) => lanes(b, size, 'min_s', x, y))),
  ...inline('UMINP', 1, '10101', upToWord, 0, pairwise((b, size, x, y) => lanes(b, size, 'min_u', x, y))),
  ...called('SQDMULH', 0, '10110', 0b0110, 0b0110), ...called('SQRDMULH', 1, '10110', 0b0110, 0b0110),
  ...inline('ADDP', 0, '10111', all, 0, pairwise((b, size, x, y) => lanes(b, size, 'add', x, y))),
  logic('AND', 0, '00', (b, _, x, y) => b.v128_and(x, y)),
  logic('BIC', 0, '01', (b, _, x, y) => b.v128_andnot(x, y)),
  logic('ORR', 0, '10', (b, _, x, y) => b.v128_or(x, y)),
  logic('ORN', 0, '11', (b, _, x, y) => b.v128_or(x, b.v128_not(y))),
  logic('EOR', 1, '00', (b, _, x, y) => b.v128_xor(x, y)),
  logic('BSL', 1, '01', (b, _, x, y, d) => b.v128_bitselect(x, y, d())),
  logic('BIT', 1, '10', (b, _, x, y, d) => b.v128_bitselect(x, d(), y)),
  logic('BIF', 1, '11', (b, _, x, y, d) => b.v128_bitselect(d(), x, y)),
  // ARMv8.1 RDM.
  ...(['SQRDMLAH', 'SQRDMLSH'] as const).flatMap((name, s) => [
    computedRow(name, `0 Q 1 01110 size:2 0 Rm:5 1000${s} 1 Rn:5 Rd:5`, '{Vd}.{T}, {Vn}.{T}, {Vm}.{T}', (b, f: Three & Fields<'Q'>) => laneHelper(b, name, { rd: f.Rd, rn: f.Rn, rm: f.Rm, size: f.size, keep: f.Q ? 16 : 8 }), { valid: rdmValid }),
    computedRow(name, `01 1 11110 size:2 0 Rm:5 1000${s} 1 Rn:5 Rd:5`, '{Sd_size}, {Sn_size}, {Sm_size}', (b, f: Three) => laneHelper(b, name, { rd: f.Rd, rn: f.Rn, rm: f.Rm, size: f.size, keep: 1 << f.size }), { valid: rdmValid }),
  ]),
  row('SDOT', '0 Q 0 01110 10 0 Rm:5 10010 1 Rn:5 Rd:5', '{Vd}.{TS}, {Vn}.{TB}, {Vm}.{TB}', (b, f) => dot(b, f, 's', readV(b, f.Rm))),
  row('UDOT', '0 Q 1 01110 10 0 Rm:5 10010 1 Rn:5 Rd:5', '{Vd}.{TS}, {Vn}.{TB}, {Vm}.{TB}', (b, f) => dot(b, f, 'u', readV(b, f.Rm))),
  row('SDOT', '0 Q 0 01111 10 L Rm:5 1110 H 0 Rn:5 Rd:5', '{Vd}.{TS}, {Vn}.{TB}, {Vm}.4b[{HL}]', (b, f) => dot(b, f, 's', dotElement(b, f))),
  row('UDOT', '0 Q 1 01111 10 L Rm:5 1110 H 0 Rn:5 Rd:5', '{Vd}.{TS}, {Vn}.{TB}, {Vm}.4b[{HL}]', (b, f) => dot(b, f, 'u', dotElement(b, f))),
];

function rdmValid(f: Fields<'size'>): boolean {
  return f.size === 1 || f.size === 2;
}

/** Each word of Vd grows by the product sum of four bytes. */
function dot(b: Builder, f: Fields<'Q' | 'Rd' | 'Rn'>, s: 's' | 'u', y: V128): void {
  const x = readV(b, f.Rn);
  const half = (name: 'low' | 'high'): V128 => {
    const products =
      s === 's' ? b[`i16x8_extmul_${name}_i8x16_s`](x, y) : b[`i16x8_extmul_${name}_i8x16_u`](x, y);
    return s === 's'
      ? b.i32x4_extadd_pairwise_i16x8_s(products)
      : b.i32x4_extadd_pairwise_i16x8_u(products);
  };
  const low = half('low');
  const high = half('high');
  const sums = b.i32x4_add(unzip(b, 2, 0, low, high), unzip(b, 2, 1, low, high));
  writeKept(b, f.Rd, f.Q ? 16 : 8, b.i32x4_add(readV(b, f.Rd), sums));
}

function dotElement(b: Builder, f: Fields<'Rm' | 'H' | 'L'>): V128 {
  return b.i32x4_splat(b.i32x4_extract_lane((f.H << 1) | f.L, readV(b, f.Rm)));
}
