/**
 * Half precision (FEAT_FP16): for every row on single and double elements the one of its kind on
 * halves, by the helper of `exact_float.ts`; and moves.
 */

import type { Builder, I64 } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow, row } from '../pattern.ts';
import { floatImmediate16 } from './bitmask.ts';
import { helperSemantics } from './exact_float.ts';
import { condition } from './flags.ts';
import { readV, readX, writeV, writeX, zeroV } from './operands.ts';

/** The half-precision encodings beside those of other formats (Arm ARM C4.1), as replacements. */
const encodings: readonly (readonly [RegExp, string])[] = [
  // Scalar: `type` is 11.
  [/^(sf 00 11110|000 1111[01]) 0 type/, '$1 11'],
  // Three registers of the same type.
  [/^(0 Q [01] 01110|01 [01] 11110) ([01]) sz 1 Rm:5 11(\d{3}) 1/, '$1 $2 10 Rm:5 00 $3 1'],
  // Two registers.
  [/^(0 Q [01] 01110|01 [01] 11110) ([01]) sz 10000 (\d{5}) 10/, '$1 $2 1 11100 $3 10'],
  // By element.
  [/^(0 Q [01] 01111|01 [01] 11111) 1 sz L Rm:5 (\d{4}) H 0/, '$1 00 L M Rm:4 $2 H 0'],
  // Pairs and whole vectors to a scalar.
  [/^01 1 11110 ([01]) sz 11000 (\d{5}) 10/, '01 0 11110 $1 0 11000 $2 10'],
  [/^0 1 1 01110 ([01]) 0 11000 (\d{5}) 10/, '0 Q 0 01110 $1 0 11000 $2 10'],
];

/** Names of operands. */
const operands: readonly (readonly [RegExp, string])[] = [
  [/\{F([dnma])\}/g, '{H$1}'],
  [/\{Fz([dnm])\}/g, '{H$1}'],
  [/\{Tf\}/g, '{TH}'],
  [/\.4s$/, '.{TH}'],
  [/^\{Sd\}/, '{Hd}'],
  [/\.\{T2\}/, '.2h'],
  [/\.\{Ef\}/, '.h[{HLM}]'],
];

/** The row of half precision beside `source`, or null. */
function halfRow(source: PatternRow): PatternRow | null {
  const [from, to] = encodings.find(([pattern]) => pattern.test(source.pattern)) ?? [];
  const semantics = helperSemantics(source, true);
  if (!from || !semantics || source.mnemonic.startsWith('FCVT{')) return null;
  const syntax = operands.reduce((text, [name, half]) => text.replace(name, half), source.syntax);
  const fixed = source.pattern.includes('scale:6');
  const valid = (f: Fields<'sf' | 'scale'>): boolean => !fixed || f.sf === 1 || f.scale >= 32;
  return computedRow(source.mnemonic, source.pattern.replace(from, to!), syntax, semantics, {
    valid,
  });
}

function lowest(b: Builder, n: number): I64 {
  return b.i64_and(b.i64x2_extract_lane(0, readV(b, n)), b.const64(0xffff));
}

function writeHalf(b: Builder, d: number, bits: I64): void {
  writeV(b, d, b.i64x2_replace_lane(0, zeroV(b), b.i64_and(bits, b.const64(0xffff))));
}

function select(b: Builder, f: Fields<'Rd' | 'Rn' | 'Rm' | 'cond'>): void {
  const when = condition(b, f.cond);
  writeHalf(b, f.Rd, b.i64_select(lowest(b, f.Rn), lowest(b, f.Rm), when));
}

function vectorImmediate(b: Builder, f: Fields<'Q' | 'imm8' | 'Rd'>): void {
  const bits = floatImmediate16(f.imm8);
  const word = bits | (bits << 16);
  writeV(b, f.Rd, b.constV128(word, word, f.Q ? word : 0, f.Q ? word : 0));
}

// biome-ignore format: a table
const moveRows: readonly PatternRow[] = [
  row('FMOV', '000 11110 11 1 000000 10000 Rn:5 Rd:5', '{Hd}, {Hn}', (b, f) => writeHalf(b, f.Rd, lowest(b, f.Rn))),
  row('FMOV', '000 11110 11 1 imm8:8 100 00000 Rd:5', '{Hd}, {fimm8}', (b, f) => writeV(b, f.Rd, b.constV128(floatImmediate16(f.imm8), 0, 0, 0))),
  row('FMOV', 'sf 00 11110 11 1 00 110 000000 Rn:5 Rd:5', '{Rd}, {Hn}', (b, f) => writeX(b, f.Rd, lowest(b, f.Rn))),
  row('FMOV', 'sf 00 11110 11 1 00 111 000000 Rn:5 Rd:5', '{Hd}, {Rn}', (b, f) => writeHalf(b, f.Rd, readX(b, f.Rn))),
  row('FMOV', '0 Q 0 0111100000 imm8[7:5] 1111 1 1 imm8[4:0] Rd:5', '{Vd}.{TH}, {fimm8}', vectorImmediate),
  row('FCSEL', '000 11110 11 1 Rm:5 cond:4 11 Rn:5 Rd:5', '{Hd}, {Hn}, {Hm}, {cond}', select),
];

/** Fixed point by `immh`: halves are the size the rows of other formats leave out. */
const fixedNames = [
  ['SCVTF', 0, '11100'],
  ['UCVTF', 1, '11100'],
  ['FCVTZS', 0, '11111'],
  ['FCVTZU', 1, '11111'],
] as const;

const fixedRows: readonly PatternRow[] = fixedNames.flatMap(([name, u, opcode]) => {
  const refines = { refines: [name] };
  const shift = `001 immh[0] immb:3 ${opcode} 1 Rn:5 Rd:5`;
  const vector = '{Vd}.{TH}, {Vn}.{TH}, {righth}';
  const scalar = '{Hd}, {Hn}, {righth}';
  return [
    computedRow(name, `0 Q ${u} 011110 ${shift}`, vector, fixed(name, '0 Q'), refines),
    computedRow(name, `01 ${u} 111110 ${shift}`, scalar, fixed(name, '01'), refines),
  ];
});

function fixed(name: string, pattern: string): PatternRow['semantics'] {
  const source = computedRow(name, pattern, '', () => {});
  const semantics = helperSemantics(source, true)!;
  return (b, f) => semantics(b, { ...f, immh: 2 | f.immh! });
}

/** The rows of half precision for rows of the other formats. */
export function halfRows(sources: readonly PatternRow[]): PatternRow[] {
  const made = sources.map(halfRow).filter((r) => r !== null);
  return [...made, ...moveRows, ...fixedRows];
}
