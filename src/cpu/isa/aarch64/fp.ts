/**
 * Scalar floating point, single and double (Arm ARM C4.1: data processing, scalar FP). Semantics
 * are those of ordinary results; `exact_float.ts` adds the rest.
 */

import type { Builder, F32, F64, I64 } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow, row } from '../pattern.ts';
import { floatImmediate32, floatImmediate64 } from './bitmask.ts';
import { byHelper } from './exact_float.ts';
import { condition } from './flags.ts';
import {
  apply,
  bitsFloat,
  type Float,
  float,
  floatBits,
  type Int,
  read,
  readD,
  readF,
  readS,
  readV,
  readX,
  write,
  writeD,
  writeF,
  writeS,
  writeV,
  writeX,
} from './operands.ts';
import { type Rounding, rounded } from './rounding.ts';

type DN = Fields<'type' | 'Rd' | 'Rn'>;
type DNM = Fields<'type' | 'Rd' | 'Rn' | 'Rm'>;

// Two sources.

type Binary = (b: Builder, type: number, x: Float, y: Float) => Float;
const wasmBinary =
  (op: string): Binary =>
  (b, type, x, y) =>
    float(b, type, op, x, y);

// biome-ignore format: a table
const binaries: readonly (readonly [string, string, Binary])[] = [
  ['FMUL', '0000', wasmBinary('mul')],
  ['FDIV', '0001', wasmBinary('div')],
  ['FADD', '0010', wasmBinary('add')],
  ['FSUB', '0011', wasmBinary('sub')],
  ['FMAX', '0100', wasmBinary('max')],
  ['FMIN', '0101', wasmBinary('min')],
  ['FMAXNM', '0110', wasmBinary('max')],
  ['FMINNM', '0111', wasmBinary('min')],
  ['FNMUL', '1000', (b, type, x, y) => float(b, type, 'neg', float(b, type, 'mul', x, y))],
];

const binaryRows = binaries.map(([name, opcode, operation]) =>
  computedRow(
    name,
    `000 11110 0 type 1 Rm:5 ${opcode} 10 Rn:5 Rd:5`,
    '{Fd}, {Fn}, {Fm}',
    (b, f: DNM) => {
      const x = readF(b, f.type, f.Rn);
      writeF(b, f.type, f.Rd, operation(b, f.type, x, readF(b, f.type, f.Rm)));
    },
  ),
);

// One source.

type Unary = (b: Builder, type: number, x: Float) => Float;

function roundTo(mode: Rounding): Unary {
  return (b, type, x) => rounded(b, type, x, mode);
}

// biome-ignore format: a table
const unaries: readonly (readonly [string, string, Unary])[] = [
  ['FMOV', '000000', (_b, _type, x) => x],
  ['FABS', '000001', (b, type, x) => float(b, type, 'abs', x)],
  ['FNEG', '000010', (b, type, x) => float(b, type, 'neg', x)],
  ['FSQRT', '000011', (b, type, x) => float(b, type, 'sqrt', x)],
  ['FRINTN', '001000', roundTo('N')],
  ['FRINTP', '001001', roundTo('P')],
  ['FRINTM', '001010', roundTo('M')],
  ['FRINTZ', '001011', roundTo('Z')],
  ['FRINTA', '001100', roundTo('A')],
  // The current rounding mode is to nearest even.
  ['FRINTX', '001110', roundTo('N')],
  ['FRINTI', '001111', roundTo('N')],
];

const unaryRows = unaries.map(([name, opcode, operation]) =>
  computedRow(name, `000 11110 0 type 1 ${opcode} 10000 Rn:5 Rd:5`, '{Fd}, {Fn}', (b, f: DN) =>
    writeF(b, f.type, f.Rd, operation(b, f.type, readF(b, f.type, f.Rn))),
  ),
);

// biome-ignore format: a table
const convertRows: readonly PatternRow[] = [
  row('FCVT', '000 11110 00 1 0001 01 10000 Rn:5 Rd:5', '{Dd}, {Sn}', (b, f) => writeD(b, f.Rd, b.f64_promote_f32(readS(b, f.Rn)))),
  row('FCVT', '000 11110 01 1 0001 00 10000 Rn:5 Rd:5', '{Sd}, {Dn}', (b, f) => writeS(b, f.Rd, b.f32_demote_f64(readD(b, f.Rn)))),
  byHelper(computedRow('FCVT', '000 11110 11 1 0001 00 10000 Rn:5 Rd:5', '{Sd}, {Hn}', () => {})),
  byHelper(computedRow('FCVT', '000 11110 11 1 0001 01 10000 Rn:5 Rd:5', '{Dd}, {Hn}', () => {})),
  byHelper(computedRow('FCVT', '000 11110 00 1 0001 11 10000 Rn:5 Rd:5', '{Hd}, {Sn}', () => {})),
  byHelper(computedRow('FCVT', '000 11110 01 1 0001 11 10000 Rn:5 Rd:5', '{Hd}, {Dn}', () => {})),
];

// Three sources.

function multiplyAdd(
  b: Builder,
  f: DNM & Fields<'Ra'>,
  negateAddend: boolean,
  negateProduct: boolean,
): void {
  const { type } = f;
  const negate = (x: Float, when: boolean): Float => (when ? float(b, type, 'neg', x) : x);
  const a = negate(readF(b, type, f.Ra), negateAddend);
  const n = negate(readF(b, type, f.Rn), negateProduct);
  writeF(b, type, f.Rd, float(b, type, 'fma', n, readF(b, type, f.Rm), a));
}

// biome-ignore format: a table
const fusedRows: readonly PatternRow[] = [
  row('FMADD', '000 11111 0 type 0 Rm:5 0 Ra:5 Rn:5 Rd:5', '{Fd}, {Fn}, {Fm}, {Fa}', (b, f) => multiplyAdd(b, f, false, false)),
  row('FMSUB', '000 11111 0 type 0 Rm:5 1 Ra:5 Rn:5 Rd:5', '{Fd}, {Fn}, {Fm}, {Fa}', (b, f) => multiplyAdd(b, f, false, true)),
  row('FNMADD', '000 11111 0 type 1 Rm:5 0 Ra:5 Rn:5 Rd:5', '{Fd}, {Fn}, {Fm}, {Fa}', (b, f) => multiplyAdd(b, f, true, true)),
  row('FNMSUB', '000 11111 0 type 1 Rm:5 1 Ra:5 Rn:5 Rd:5', '{Fd}, {Fn}, {Fm}, {Fa}', (b, f) => multiplyAdd(b, f, true, false)),
];

// Comparison and selection.

function selectFloat(b: Builder, f: DNM & Fields<'cond'>): void {
  const when = condition(b, f.cond);
  const x = readF(b, f.type, f.Rn);
  writeF(b, f.type, f.Rd, float(b, f.type, 'select', x, readF(b, f.type, f.Rm), when));
}

function immediate(b: Builder, f: Fields<'type' | 'imm8' | 'Rd'>): void {
  const low = f.type ? 0 : floatImmediate32(f.imm8);
  writeV(b, f.Rd, b.constV128(low, f.type ? floatImmediate64(f.imm8) : 0, 0, 0));
}

/** Comparisons are made by `exact_float.ts`. */
function compared(name: string, pattern: string, syntax: string): PatternRow {
  return byHelper(computedRow(name, pattern, syntax, () => {}));
}

// biome-ignore format: a table
const compareRows: readonly PatternRow[] = [
  compared('FCMP', '000 11110 0 type 1 Rm:5 00 1000 Rn:5 00 000', '{Fn}, {Fm}'),
  compared('FCMP', '000 11110 0 type 1 00000 00 1000 Rn:5 01 000', '{Fn}, #0.0'),
  compared('FCMPE', '000 11110 0 type 1 Rm:5 00 1000 Rn:5 10 000', '{Fn}, {Fm}'),
  compared('FCMPE', '000 11110 0 type 1 00000 00 1000 Rn:5 11 000', '{Fn}, #0.0'),
  compared('FCCMP', '000 11110 0 type 1 Rm:5 cond:4 01 Rn:5 0 nzcv:4', '{Fn}, {Fm}, {nzcv}, {cond}'),
  compared('FCCMPE', '000 11110 0 type 1 Rm:5 cond:4 01 Rn:5 1 nzcv:4', '{Fn}, {Fm}, {nzcv}, {cond}'),
  row('FCSEL', '000 11110 0 type 1 Rm:5 cond:4 11 Rn:5 Rd:5', '{Fd}, {Fn}, {Fm}, {cond}', selectFloat),
  row('FMOV', '000 11110 0 type 1 imm8:8 100 00000 Rd:5', '{Fd}, {fimm8}', immediate),
];

// Conversion from and to integers.

type Conversion = Fields<'sf' | 'type' | 'Rd' | 'Rn'>;

function names(f: Fields<'sf' | 'type'>): [int: string, float: string] {
  return [f.sf ? 'i64' : 'i32', f.type ? 'f64' : 'f32'];
}

function toInteger(b: Builder, f: Conversion, mode: Rounding, sign: 's' | 'u', bits = 0): void {
  const [i, fl] = names(f);
  let x = readF(b, f.type, f.Rn);
  if (bits > 0) {
    // Scaling up is exact; where it overflows the result saturates all the same.
    x = float(b, f.type, 'mul', x, f.type ? b.constF64(2 ** bits) : b.constF32(2 ** bits));
  }
  const whole = mode === 'Z' ? x : rounded(b, f.type, x, mode);
  write(b, f.sf, f.Rd, apply<Int>(b, `${i}_trunc_sat_${fl}_${sign}`, whole));
}

function fromInteger(b: Builder, f: Conversion, sign: 's' | 'u', bits = 0): void {
  const [i, fl] = names(f);
  let x: Float = apply<F32 | F64>(b, `${fl}_convert_${i}_${sign}`, read(b, f.sf, f.Rn));
  if (bits > 0) {
    const scale = 2 ** -bits;
    x = float(b, f.type, 'mul', x, f.type ? b.constF64(scale) : b.constF32(scale));
  }
  writeF(b, f.type, f.Rd, x);
}

function moveToInteger(b: Builder, f: Fields<'Rd' | 'Rn'>, sf: number): void {
  write(b, sf, f.Rd, floatBits(b, sf, readF(b, sf, f.Rn)));
}

function moveFromInteger(b: Builder, f: Fields<'Rd' | 'Rn'>, sf: number): void {
  writeF(b, sf, f.Rd, bitsFloat(b, sf, read(b, sf, f.Rn)));
}

function moveToTop(b: Builder, f: Fields<'Rd' | 'Rn'>): void {
  const value: I64 = readX(b, f.Rn);
  writeV(b, f.Rd, b.i64x2_replace_lane(1, readV(b, f.Rd), value));
}

// [letter, rmode, opcode of the signed form without its last bit]
const conversions: readonly (readonly [Rounding, string, string])[] = [
  ['N', '00', '00'],
  ['A', '00', '10'],
  ['P', '01', '00'],
  ['M', '10', '00'],
  ['Z', '11', '00'],
];

// biome-ignore format: a table
const integerRows: readonly PatternRow[] = [
  ...conversions.flatMap(([mode, rmode, opcode]) => (['s', 'u'] as const).map((sign, u) =>
    computedRow(`FCVT${mode}${sign}`, `sf 00 11110 0 type 1 ${rmode} ${opcode}${u} 000000 Rn:5 Rd:5`, '{Rd}, {Fn}', (b, f: Conversion) => toInteger(b, f, mode, sign)))),
  row('SCVTF', 'sf 00 11110 0 type 1 00 010 000000 Rn:5 Rd:5', '{Fd}, {Rn}', (b, f) => fromInteger(b, f, 's')),
  row('UCVTF', 'sf 00 11110 0 type 1 00 011 000000 Rn:5 Rd:5', '{Fd}, {Rn}', (b, f) => fromInteger(b, f, 'u')),
  row('FCVTZS', 'sf 00 11110 0 type 0 11 000 scale:6 Rn:5 Rd:5', '{Rd}, {Fn}, {fbits}', (b, f) => toInteger(b, f, 'Z', 's', 64 - f.scale), { valid: fixedValid }),
  row('FCVTZU', 'sf 00 11110 0 type 0 11 001 scale:6 Rn:5 Rd:5', '{Rd}, {Fn}, {fbits}', (b, f) => toInteger(b, f, 'Z', 'u', 64 - f.scale), { valid: fixedValid }),
  row('SCVTF', 'sf 00 11110 0 type 0 00 010 scale:6 Rn:5 Rd:5', '{Fd}, {Rn}, {fbits}', (b, f) => fromInteger(b, f, 's', 64 - f.scale), { valid: fixedValid }),
  row('UCVTF', 'sf 00 11110 0 type 0 00 011 scale:6 Rn:5 Rd:5', '{Fd}, {Rn}, {fbits}', (b, f) => fromInteger(b, f, 'u', 64 - f.scale), { valid: fixedValid }),
  row('FMOV', '0 00 11110 00 1 00 110 000000 Rn:5 Rd:5', '{Wd}, {Sn}', (b, f) => moveToInteger(b, f, 0)),
  row('FMOV', '0 00 11110 00 1 00 111 000000 Rn:5 Rd:5', '{Sd}, {Wn}', (b, f) => moveFromInteger(b, f, 0)),
  row('FMOV', '1 00 11110 01 1 00 110 000000 Rn:5 Rd:5', '{Xd}, {Dn}', (b, f) => moveToInteger(b, f, 1)),
  row('FMOV', '1 00 11110 01 1 00 111 000000 Rn:5 Rd:5', '{Dd}, {Xn}', (b, f) => moveFromInteger(b, f, 1)),
  row('FMOV', '1 00 11110 10 1 01 110 000000 Rn:5 Rd:5', '{Xd}, {Vn}.d[1]', (b, f) => writeX(b, f.Rd, b.i64x2_extract_lane(1, readV(b, f.Rn)))),
  row('FMOV', '1 00 11110 10 1 01 111 000000 Rn:5 Rd:5', '{Vd}.d[1], {Xn}', moveToTop),
];

function fixedValid(f: Fields<'sf' | 'scale'>): boolean {
  return f.sf === 1 || f.scale >= 32;
}

export const floatRows: readonly PatternRow[] = [
  ...binaryRows,
  ...unaryRows,
  ...convertRows,
  ...fusedRows,
  ...compareRows,
  ...integerRows,
];
