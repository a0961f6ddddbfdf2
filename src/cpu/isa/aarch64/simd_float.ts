/**
 * Advanced SIMD on single and double elements, vector and scalar. Semantics are those of ordinary
 * results; `exact_float.ts` adds the rest.
 */

import type { Builder, F64, I64, V128 } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow } from '../pattern.ts';
import { byHelper } from './exact_float.ts';
import { apply, type Float, float, readV, writeV, zeroV } from './operands.ts';
import { type Rounding, roundedVector } from './rounding.ts';
import { floatShapes, lanes, unzip, writeKept, writeNarrow } from './simd.ts';

/** Operation `name` on float elements. */
function vector(b: Builder, sz: number, name: string, ...operands: number[]): V128 {
  return apply(b, `${floatShapes[sz]!}_${name}`, ...operands);
}

function extractFloat(b: Builder, sz: number, n: number, x: V128): Float {
  return apply(b, `${floatShapes[sz]!}_extract_lane`, n, x);
}

function replaceFloat(b: Builder, sz: number, n: number, x: V128, value: Float): V128 {
  return apply(b, `${floatShapes[sz]!}_replace_lane`, n, x, value);
}

/** A vector of equal floats. */
function splatFloat(b: Builder, sz: number, value: number): V128 {
  return vector(b, sz, 'splat', sz ? b.constF64(value) : b.constF32(value));
}

/** Elements in the lowest `keep` bytes. */
function countOf(sz: number, keep: number): number {
  return keep >> (sz + 2);
}

/** Element by element through a scalar function. */
function mapLanes(b: Builder, sz: number, keep: number, one: (n: number) => Float): V128 {
  let result = zeroV(b);
  for (let n = 0; n < countOf(sz, keep); n++) result = replaceFloat(b, sz, n, result, one(n));
  return result;
}

type Operation = (b: Builder, sz: number, x: V128, y: V128, d: () => V128, keep: number) => V128;

function arithmetic(name: string): Operation {
  return (b, sz, x, y) => vector(b, sz, name, x, y);
}

/** a + n × m rounded once. */
function fusedVector(b: Builder, sz: number, a: V128, n: V128, m: V128, keep: number): V128 {
  return mapLanes(b, sz, keep, (i) => {
    const lane = (x: V128): Float => extractFloat(b, sz, i, x);
    return float(b, sz, 'fma', lane(n), lane(m), lane(a));
  });
}

/** FRECPS: 2 − x × y rounded once. */
const reciprocalStep: Operation = (b, sz, x, y, _d, keep) =>
  fusedVector(b, sz, splatFloat(b, sz, 2), vector(b, sz, 'neg', x), y, keep);

/**
 * FRSQRTS: (3 − x × y) ÷ 2 rounded once. Halving the larger factor is exact where the product
 * matters, so one fused operation of 1.5 does it.
 */
const rootStep: Operation = (b, sz, x, y, _d, keep) => {
  const negated = vector(b, sz, 'neg', x);
  const larger = vector(b, sz, 'gt', vector(b, sz, 'abs', x), vector(b, sz, 'abs', y));
  const halved = (v: V128): V128 => vector(b, sz, 'mul', v, splatFloat(b, sz, 0.5));
  const n = b.v128_bitselect(halved(negated), negated, larger);
  const m = b.v128_bitselect(y, halved(y), larger);
  return fusedVector(b, sz, splatFloat(b, sz, 1.5), n, m, keep);
};

function compareWith(name: string, absolute: boolean): Operation {
  return (b, sz, x, y) => {
    const operand = (v: V128): V128 => (absolute ? vector(b, sz, 'abs', v) : v);
    return vector(b, sz, name, operand(x), operand(y));
  };
}

/** Neighbours of Vn ‖ Vm combined. */
function pairwise(operation: Operation): Operation {
  return (b, sz, x, y, d, keep) => {
    const joined = keep === 16 ? x : b.i64x2_replace_lane(1, x, b.i64x2_extract_lane(0, y));
    const second = keep === 16 ? y : joined;
    const even = unzip(b, 2 + sz, 0, joined, second);
    return operation(b, sz, even, unzip(b, 2 + sz, 1, joined, second), d, keep);
  };
}

type Three = Fields<'sz' | 'Rd' | 'Rn' | 'Rm'>;
type Sz = Fields<'sz'>;
type SzQ = Fields<'sz' | 'Q'>;
const vectorValid = { valid: (f: SzQ): boolean => f.sz === 0 || f.Q === 1 };

function run(b: Builder, f: Three, keep: number, operation: Operation): void {
  const x = readV(b, f.Rn);
  const r = operation(b, f.sz, x, readV(b, f.Rm), () => readV(b, f.Rd), keep);
  writeKept(b, f.Rd, keep, r);
}

// biome-ignore format: a table
function same(name: string, u: 0 | 1, o: 0 | 1, opcode: string, scalar: boolean, operation: Operation): PatternRow[] {
  const made = [computedRow(name, `0 Q ${u} 01110 ${o} sz 1 Rm:5 ${opcode} 1 Rn:5 Rd:5`, '{Vd}.{Tf}, {Vn}.{Tf}, {Vm}.{Tf}', (b, f: Three & Fields<'Q'>) => run(b, f, f.Q ? 16 : 8, operation), vectorValid)];
  if (scalar) made.push(computedRow(name, `01 ${u} 11110 ${o} sz 1 Rm:5 ${opcode} 1 Rn:5 Rd:5`, '{Fzd}, {Fzn}, {Fzm}', (b, f: Three) => run(b, f, 4 << f.sz, operation)));
  return made;
}

const accumulate: Operation = (b, sz, x, y, d, keep) => fusedVector(b, sz, d(), x, y, keep);
const subtract: Operation = (b, sz, x, y, d, keep) =>
  fusedVector(b, sz, d(), vector(b, sz, 'neg', x), y, keep);
const absoluteDifference: Operation = (b, sz, x, y, d, keep) =>
  vector(b, sz, 'abs', arithmetic('sub')(b, sz, x, y, d, keep));

// biome-ignore format: a table
const sameRows: readonly PatternRow[] = [
  ...same('FMAXNM', 0, 0, '11000', false, arithmetic('max')), ...same('FMINNM', 0, 1, '11000', false, arithmetic('min')),
  ...same('FMLA', 0, 0, '11001', false, accumulate), ...same('FMLS', 0, 1, '11001', false, subtract),
  ...same('FADD', 0, 0, '11010', false, arithmetic('add')), ...same('FSUB', 0, 1, '11010', false, arithmetic('sub')),
  ...same('FMULX', 0, 0, '11011', true, arithmetic('mul')),
  ...same('FCMEQ', 0, 0, '11100', true, compareWith('eq', false)),
  ...same('FMAX', 0, 0, '11110', false, arithmetic('max')), ...same('FMIN', 0, 1, '11110', false, arithmetic('min')),
  ...same('FRECPS', 0, 0, '11111', true, reciprocalStep), ...same('FRSQRTS', 0, 1, '11111', true, rootStep),
  ...same('FMAXNMP', 1, 0, '11000', false, pairwise(arithmetic('max'))), ...same('FMINNMP', 1, 1, '11000', false, pairwise(arithmetic('min'))),
  ...same('FADDP', 1, 0, '11010', false, pairwise(arithmetic('add'))), ...same('FABD', 1, 1, '11010', true, absoluteDifference),
  ...same('FMUL', 1, 0, '11011', false, arithmetic('mul')), ...same('FDIV', 1, 0, '11111', false, arithmetic('div')),
  ...same('FCMGE', 1, 0, '11100', true, compareWith('ge', false)), ...same('FCMGT', 1, 1, '11100', true, compareWith('gt', false)),
  ...same('FACGE', 1, 0, '11101', true, compareWith('ge', true)), ...same('FACGT', 1, 1, '11101', true, compareWith('gt', true)),
  ...same('FMAXP', 1, 0, '11110', false, pairwise(arithmetic('max'))), ...same('FMINP', 1, 1, '11110', false, pairwise(arithmetic('min'))),
];

// By element.

type ByElement = Three & Fields<'H' | 'L'>;

function runElement(b: Builder, f: ByElement, keep: number, operation: Operation): void {
  const index = f.sz ? f.H : (f.H << 1) | f.L;
  const y = vector(b, f.sz, 'splat', extractFloat(b, f.sz, index, readV(b, f.Rm)));
  const r = operation(b, f.sz, readV(b, f.Rn), y, () => readV(b, f.Rd), keep);
  writeKept(b, f.Rd, keep, r);
}

// biome-ignore format: a table
function byElement(name: string, u: 0 | 1, opcode: string, operation: Operation): PatternRow[] {
  return [
    computedRow(name, `0 Q ${u} 01111 1 sz L Rm:5 ${opcode} H 0 Rn:5 Rd:5`, '{Vd}.{Tf}, {Vn}.{Tf}, {Vm}.{Ef}', (b, f: ByElement & Fields<'Q'>) => runElement(b, f, f.Q ? 16 : 8, operation), { valid: (f: SzQ & Fields<'L'>) => f.sz === 0 || (f.Q === 1 && f.L === 0) }),
    computedRow(name, `01 ${u} 11111 1 sz L Rm:5 ${opcode} H 0 Rn:5 Rd:5`, '{Fzd}, {Fzn}, {Vm}.{Ef}', (b, f: ByElement) => runElement(b, f, 4 << f.sz, operation), { valid: (f: Sz & Fields<'L'>) => f.sz === 0 || f.L === 0 }),
  ];
}

// biome-ignore format: a table
const elementRows: readonly PatternRow[] = [
  ...byElement('FMLA', 0, '0001', accumulate), ...byElement('FMLS', 0, '0101', subtract),
  ...byElement('FMUL', 0, '1001', arithmetic('mul')), ...byElement('FMULX', 1, '1001', arithmetic('mul')),
];

// Two registers.

type Unary = (b: Builder, sz: number, x: V128, keep: number) => V128;
type Two = Fields<'sz' | 'Rd' | 'Rn'>;

// biome-ignore format: a table
function misc(name: string, u: 0 | 1, o: 0 | 1, opcode: string, scalar: boolean, operation: Unary, zero = ''): PatternRow[] {
  const go = (b: Builder, f: Two, keep: number): void => writeKept(b, f.Rd, keep, operation(b, f.sz, readV(b, f.Rn), keep));
  const made = [computedRow(name, `0 Q ${u} 01110 ${o} sz 10000 ${opcode} 10 Rn:5 Rd:5`, `{Vd}.{Tf}, {Vn}.{Tf}${zero}`, (b, f: Two & Fields<'Q'>) => go(b, f, f.Q ? 16 : 8), vectorValid)];
  if (scalar) made.push(computedRow(name, `01 ${u} 11110 ${o} sz 10000 ${opcode} 10 Rn:5 Rd:5`, `{Fzd}, {Fzn}${zero}`, (b, f: Two) => go(b, f, 4 << f.sz)));
  return made;
}

// biome-ignore format: a table
function estimate(name: string, u: 0 | 1, opcode: string, vectors: boolean): PatternRow[] {
  const made = [byHelper(computedRow(name, `01 ${u} 11110 1 sz 10000 ${opcode} 10 Rn:5 Rd:5`, '{Fzd}, {Fzn}', () => {}))];
  if (vectors) made.push(byHelper(computedRow(name, `0 Q ${u} 01110 1 sz 10000 ${opcode} 10 Rn:5 Rd:5`, '{Vd}.{Tf}, {Vn}.{Tf}', () => {}, vectorValid)));
  return made;
}

function roundTo(mode: Rounding): Unary {
  return (b, sz, x) => roundedVector(b, floatShapes[sz]!, x, mode);
}

function convertTo(mode: Rounding, s: 's' | 'u'): Unary {
  return (b, sz, x, keep) => {
    const whole = mode === 'Z' ? x : roundedVector(b, floatShapes[sz]!, x, mode);
    if (sz === 0) return apply(b, `i32x4_trunc_sat_f32x4_${s}`, whole);
    let r = zeroV(b);
    for (let n = 0; n < keep >> 3; n++) {
      const lane: I64 = apply(b, `i64_trunc_sat_f64_${s}`, extractFloat(b, 1, n, whole));
      r = b.i64x2_replace_lane(n, r, lane);
    }
    return r;
  };
}

function convertFrom(s: 's' | 'u'): Unary {
  return (b, sz, x, keep) => {
    if (sz === 0) return apply(b, `f32x4_convert_i32x4_${s}`, x);
    return mapLanes(b, 1, keep, (n) =>
      apply<F64>(b, `f64_convert_i64_${s}`, b.i64x2_extract_lane(n, x)),
    );
  };
}

/** SCVTF, UCVTF with `bits` fraction bits. */
export function fixedFromInteger(
  b: Builder,
  f: Fields<'Rd' | 'Rn'>,
  sz: number,
  keep: number,
  s: 's' | 'u',
  bits: number,
): void {
  const x = convertFrom(s)(b, sz, readV(b, f.Rn), keep);
  writeKept(b, f.Rd, keep, vector(b, sz, 'mul', x, splatFloat(b, sz, 2 ** -bits)));
}

/** FCVTZS, FCVTZU with `bits` fraction bits. */
export function fixedToInteger(
  b: Builder,
  f: Fields<'Rd' | 'Rn'>,
  sz: number,
  keep: number,
  mode: Rounding,
  s: 's' | 'u',
  bits: number,
): void {
  const scaled = vector(b, sz, 'mul', readV(b, f.Rn), splatFloat(b, sz, 2 ** bits));
  writeKept(b, f.Rd, keep, convertTo(mode, s)(b, sz, scaled, keep));
}

function compareZero(name: string): Unary {
  return (b, sz, x) => vector(b, sz, name, x, zeroV(b));
}

// [letter, U = 0 o, opcode]
// biome-ignore format: a table
const toIntegers: readonly (readonly [Rounding, 0 | 1, string])[] = [
  ['N', 0, '11010'], ['M', 0, '11011'], ['A', 0, '11100'], ['P', 1, '11010'], ['Z', 1, '11011'],
];

// biome-ignore format: a table
const miscRows: readonly PatternRow[] = [
  ...misc('FRINTN', 0, 0, '11000', false, roundTo('N')), ...misc('FRINTA', 1, 0, '11000', false, roundTo('A')),
  ...misc('FRINTM', 0, 0, '11001', false, roundTo('M')), ...misc('FRINTX', 1, 0, '11001', false, roundTo('N')),
  ...misc('FRINTP', 0, 1, '11000', false, roundTo('P')), ...misc('FRINTZ', 0, 1, '11001', false, roundTo('Z')),
  ...misc('FRINTI', 1, 1, '11001', false, roundTo('N')),
  ...toIntegers.flatMap(([mode, o, opcode]) => [
    ...misc(`FCVT${mode}S`, 0, o, opcode, true, convertTo(mode, 's')), ...misc(`FCVT${mode}U`, 1, o, opcode, true, convertTo(mode, 'u')),
  ]),
  ...misc('SCVTF', 0, 0, '11101', true, convertFrom('s')), ...misc('UCVTF', 1, 0, '11101', true, convertFrom('u')),
  ...misc('FCMGT', 0, 1, '01100', true, compareZero('gt'), ', #0.0'), ...misc('FCMGE', 1, 1, '01100', true, compareZero('ge'), ', #0.0'),
  ...misc('FCMEQ', 0, 1, '01101', true, compareZero('eq'), ', #0.0'), ...misc('FCMLE', 1, 1, '01101', true, compareZero('le'), ', #0.0'),
  ...misc('FCMLT', 0, 1, '01110', true, compareZero('lt'), ', #0.0'),
  ...misc('FABS', 0, 1, '01111', false, (b, sz, x) => vector(b, sz, 'abs', x)), ...misc('FNEG', 1, 1, '01111', false, (b, sz, x) => vector(b, sz, 'neg', x)),
  ...misc('FSQRT', 1, 1, '11111', false, (b, sz, x) => vector(b, sz, 'sqrt', x)),
  ...estimate('FRECPE', 0, '11101', true), ...estimate('FRSQRTE', 1, '11101', true), ...estimate('FRECPX', 0, '11111', false),
];

// Conversions between widths.

type Width = Fields<'Q' | 'Rd' | 'Rn'>;

function convertLong(b: Builder, f: Width): void {
  const x = readV(b, f.Rn);
  writeV(b, f.Rd, b.f64x2_promote_low_f32x4(f.Q ? unzip(b, 3, 1, x, x) : x));
}

function convertNarrow(b: Builder, f: Width): void {
  writeNarrow(b, f.Q, f.Rd, b.f32x4_demote_f64x2_zero(readV(b, f.Rn)));
}

// biome-ignore format: a table
const widthRows: readonly PatternRow[] = [
  computedRow('FCVTL{2}', '0 Q 0 01110 01 10000 10111 10 Rn:5 Rd:5', '{Vd}.2d, {Vn}.{TS}', convertLong),
  computedRow('FCVTN{2}', '0 Q 0 01110 01 10000 10110 10 Rn:5 Rd:5', '{Vd}.{TS}, {Vn}.2d', convertNarrow),
  byHelper(computedRow('FCVTL{2}', '0 Q 0 01110 00 10000 10111 10 Rn:5 Rd:5', '{Vd}.4s, {Vn}.{TH}', () => {})),
  byHelper(computedRow('FCVTN{2}', '0 Q 0 01110 00 10000 10110 10 Rn:5 Rd:5', '{Vd}.{TH}, {Vn}.4s', () => {})),
  byHelper(computedRow('FCVTXN{2}', '0 Q 1 01110 01 10000 10110 10 Rn:5 Rd:5', '{Vd}.{TS}, {Vn}.2d', () => {})),
  byHelper(computedRow('FCVTXN', '01 1 11110 01 10000 10110 10 Rn:5 Rd:5', '{Sd}, {Dn}', () => {})),
];

// Pairs and whole vectors to a scalar.

function reducePair(b: Builder, f: Two, operation: Operation): void {
  const x = readV(b, f.Rn);
  const y = lanes(b, 2 + f.sz, 'splat', apply(b, `${f.sz ? 'i64x2' : 'i32x4'}_extract_lane`, 1, x));
  writeKept(
    b,
    f.Rd,
    4 << f.sz,
    operation(b, f.sz, x, y, () => x, 4 << f.sz),
  );
}

/** Four singles: the pairs of halves first (Arm ARM, Reduce). */
function reduceAll(b: Builder, f: Fields<'Rd' | 'Rn'>, operation: Operation): void {
  const x = readV(b, f.Rn);
  const d = (): V128 => x;
  const pairs = operation(b, 0, unzip(b, 2, 0, x, x), unzip(b, 2, 1, x, x), d, 8);
  const swapped = unzip(b, 2, 1, pairs, pairs);
  writeKept(b, f.Rd, 4, operation(b, 0, pairs, swapped, d, 4));
}

// biome-ignore format: a table
const reduceRows: readonly PatternRow[] = ([
  ['FMAXNM', 0, '01100', arithmetic('max')], ['FMINNM', 1, '01100', arithmetic('min')],
  ['FMAX', 0, '01111', arithmetic('max')], ['FMIN', 1, '01111', arithmetic('min')],
] as const).flatMap(([name, o, opcode, operation]) => [
  computedRow(`${name}P`, `01 1 11110 ${o} sz 11000 ${opcode} 10 Rn:5 Rd:5`, '{Fzd}, {Vn}.{T2}', (b, f: Two) => reducePair(b, f, operation)),
  computedRow(`${name}V`, `0 1 1 01110 ${o} 0 11000 ${opcode} 10 Rn:5 Rd:5`, '{Sd}, {Vn}.4s', (b, f: Fields<'Rd' | 'Rn'>) => reduceAll(b, f, operation)),
]);

export const simdFloatRows: readonly PatternRow[] = [
  ...sameRows,
  ...elementRows,
  ...miscRows,
  ...widthRows,
  ...reduceRows,
  computedRow(
    'FADDP',
    '01 1 11110 0 sz 11000 01101 10 Rn:5 Rd:5',
    '{Fzd}, {Vn}.{T2}',
    (b, f: Two) => reducePair(b, f, arithmetic('add')),
  ),
];
