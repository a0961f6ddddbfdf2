/** Advanced SIMD: shifts by an immediate, vector and scalar; fixed-point conversion. */

import type { Builder, V128 } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow } from '../pattern.ts';
import { readV, writeV } from './operands.ts';
import { laneHelper, lanes, splat, unzip, widen, writeKept, writeNarrow } from './simd.ts';
import { fixedFromInteger, fixedToInteger } from './simd_float.ts';

type Shift = Fields<'immh' | 'immb' | 'Rd' | 'Rn'>;

/** log2 of the element's bytes: position of the highest one in immh. */
function sizeOf(f: Fields<'immh'>): number {
  return 31 - Math.clz32(f.immh);
}

/** immh:immb counted from the element's bits upwards: left shifts. */
function left(f: Shift): number {
  return ((f.immh << 3) | f.immb) - (8 << sizeOf(f));
}

/** Right shifts: 1 … bits. */
function right(f: Shift): number {
  return (16 << sizeOf(f)) - ((f.immh << 3) | f.immb);
}

type Apply = (b: Builder, f: Shift, size: number, keep: number) => void;

/** Rows of a shift whose result has the width of its source. Text ends in a left or right count. */
function rows(
  name: string,
  u: 0 | 1,
  opcode: string,
  scalar: number,
  way: string,
  apply: Apply,
): PatternRow[] {
  const made = [
    computedRow(
      name,
      `0 Q ${u} 011110 immh:4!=0000 immb:3 ${opcode} 1 Rn:5 Rd:5`,
      `{Vd}.{Th}, {Vn}.{Th}, {${way}}`,
      (b, f: Shift & Fields<'Q'>) => apply(b, f, sizeOf(f), f.Q ? 16 : 8),
      { valid: (f: Fields<'Q' | 'immh'>) => f.immh < 8 || f.Q === 1 },
    ),
  ];
  if (scalar) {
    made.push(
      computedRow(
        name,
        `01 ${u} 111110 immh:4!=0000 immb:3 ${opcode} 1 Rn:5 Rd:5`,
        `{Shd}, {Shn}, {${way}}`,
        (b, f: Shift) => apply(b, f, sizeOf(f), 1 << sizeOf(f)),
        { valid: (f: Fields<'immh'>) => ((scalar >> sizeOf(f)) & 1) === 1 },
      ),
    );
  }
  return made;
}

/** x >> by, where a count of all bits gives zeros or sign bits. */
function shiftRight(b: Builder, size: number, signed: boolean, x: V128, by: number): V128 {
  const bits = 8 << size;
  if (by === bits && !signed) return splat(b, size, 0);
  return lanes(b, size, signed ? 'shr_s' : 'shr_u', x, b.const32(Math.min(by, bits - 1)));
}

/** x >> by rounded: the last bit shifted out is added. */
function shiftRounded(b: Builder, size: number, signed: boolean, x: V128, by: number): V128 {
  const before = by === 1 ? x : shiftRight(b, size, signed, x, by - 1);
  const last = b.v128_and(before, splat(b, size, 1));
  return lanes(b, size, 'add', shiftRight(b, size, signed, x, by), last);
}

function plain(signed: boolean, accumulate: boolean, round = false): Apply {
  return (b, f, size, keep) => {
    const shift = round ? shiftRounded : shiftRight;
    const shifted = shift(b, size, signed, readV(b, f.Rn), right(f));
    const r = accumulate ? lanes(b, size, 'add', readV(b, f.Rd), shifted) : shifted;
    writeKept(b, f.Rd, keep, r);
  };
}

/** A mask of the bits that shifting all ones leaves set. */
function leftMask(b: Builder, size: number, by: number): V128 {
  return lanes(b, size, 'shl', splat(b, size, -1), b.const32(by));
}

const shiftLeft: Apply = (b, f, size, keep) => {
  writeKept(b, f.Rd, keep, lanes(b, size, 'shl', readV(b, f.Rn), b.const32(left(f))));
};

const insertLeft: Apply = (b, f, size, keep) => {
  const by = left(f);
  const shifted = lanes(b, size, 'shl', readV(b, f.Rn), b.const32(by));
  const r = b.v128_bitselect(shifted, readV(b, f.Rd), leftMask(b, size, by));
  writeKept(b, f.Rd, keep, r);
};

const insertRight: Apply = (b, f, size, keep) => {
  const by = right(f);
  const shifted = shiftRight(b, size, false, readV(b, f.Rn), by);
  const mask = shiftRight(b, size, false, splat(b, size, -1), by);
  writeKept(b, f.Rd, keep, b.v128_bitselect(shifted, readV(b, f.Rd), mask));
};

function called(operation: string, count: (f: Shift) => number): Apply {
  return (b, f, size, keep) => {
    laneHelper(b, operation, { rd: f.Rd, rn: f.Rn, size, keep, immediate: count(f) });
  };
}

/** Narrowing shifts: immh gives the size of the result. */
function narrowRows(name: string, u: 0 | 1, opcode: string): PatternRow[] {
  const apply = (b: Builder, f: Shift, keep: number, upper: number): void => {
    const size = sizeOf(f) + 1;
    laneHelper(b, name, { rd: f.Rd, rn: f.Rn, size, keep, upper, immediate: right(f) });
  };
  return [
    computedRow(
      `${name}{2}`,
      `0 Q ${u} 011110 immh:4!=0000 immb:3 ${opcode} 1 Rn:5 Rd:5`,
      '{Vd}.{Th}, {Vn}.{Thw}, {right}',
      (b, f: Shift & Fields<'Q'>) => apply(b, f, 8, f.Q),
      { valid: (f: Fields<'immh'>) => f.immh < 8 },
    ),
    computedRow(
      name,
      `01 ${u} 111110 immh:4!=0000 immb:3 ${opcode} 1 Rn:5 Rd:5`,
      '{Shd}, {Shnw}, {right}',
      (b, f: Shift) => apply(b, f, 1 << sizeOf(f), 0),
      { valid: (f: Fields<'immh'>) => f.immh < 8 },
    ),
  ];
}

function shiftNarrow(b: Builder, f: Shift & Fields<'Q'>, round: boolean): void {
  const size = sizeOf(f);
  const shift = round ? shiftRounded : shiftRight;
  const shifted = shift(b, size + 1, false, readV(b, f.Rn), right(f));
  writeNarrow(b, f.Q, f.Rd, unzip(b, size, 0, shifted, shifted));
}

function shiftLong(b: Builder, f: Shift & Fields<'Q'>, signed: boolean): void {
  const size = sizeOf(f);
  const wide = widen(b, size, signed, f.Q === 1, readV(b, f.Rn));
  const by = left(f);
  writeV(b, f.Rd, by === 0 ? wide : lanes(b, size + 1, 'shl', wide, b.const32(by)));
}

type Fixed = (b: Builder, f: Shift, sz: number, keep: number, bits: number) => void;

/** Conversions with fraction bits: immh 01xx single, 1xxx double. */
function fixedRows(name: string, u: 0 | 1, opcode: string, apply: Fixed): PatternRow[] {
  const sz = (f: Shift): number => f.immh >> 3;
  return [
    computedRow(
      name,
      `0 Q ${u} 011110 immh:4!=0000 immb:3 ${opcode} 1 Rn:5 Rd:5`,
      '{Vd}.{Th}, {Vn}.{Th}, {right}',
      (b, f: Shift & Fields<'Q'>) => apply(b, f, sz(f), f.Q ? 16 : 8, right(f)),
      { valid: (f: Fields<'Q' | 'immh'>) => f.immh >= 4 && (f.immh < 8 || f.Q === 1) },
    ),
    computedRow(
      name,
      `01 ${u} 111110 immh:4!=0000 immb:3 ${opcode} 1 Rn:5 Rd:5`,
      '{Shd}, {Shn}, {right}',
      (b, f: Shift) => apply(b, f, sz(f), 4 << sz(f), right(f)),
      { valid: (f: Fields<'immh'>) => f.immh >= 4 },
    ),
  ];
}

const narrowValid = { valid: (f: Fields<'immh'>): boolean => f.immh < 8 };
const all = 0b1111;
const doubleOnly = 0b1000;
// biome-ignore format: a table
export const simdShiftRows: readonly PatternRow[] = [
  ...rows('SSHR', 0, '00000', doubleOnly, 'right', plain(true, false)), ...rows('USHR', 1, '00000', doubleOnly, 'right', plain(false, false)),
  ...rows('SSRA', 0, '00010', doubleOnly, 'right', plain(true, true)), ...rows('USRA', 1, '00010', doubleOnly, 'right', plain(false, true)),
  ...rows('SRSHR', 0, '00100', doubleOnly, 'right', plain(true, false, true)), ...rows('URSHR', 1, '00100', doubleOnly, 'right', plain(false, false, true)),
  ...rows('SRSRA', 0, '00110', doubleOnly, 'right', plain(true, true, true)), ...rows('URSRA', 1, '00110', doubleOnly, 'right', plain(false, true, true)),
  ...rows('SRI', 1, '01000', doubleOnly, 'right', insertRight),
  ...rows('SHL', 0, '01010', doubleOnly, 'left', shiftLeft), ...rows('SLI', 1, '01010', doubleOnly, 'left', insertLeft),
  ...rows('SQSHLU', 1, '01100', all, 'left', called('SQSHLU', left)),
  ...rows('SQSHL', 0, '01110', all, 'left', called('SQSHLI', left)), ...rows('UQSHL', 1, '01110', all, 'left', called('UQSHLI', left)),
  computedRow('SHRN{2}', '0 Q 0 011110 immh:4!=0000 immb:3 10000 1 Rn:5 Rd:5', '{Vd}.{Th}, {Vn}.{Thw}, {right}', (b, f: Shift & Fields<'Q'>) => shiftNarrow(b, f, false), narrowValid),
  computedRow('RSHRN{2}', '0 Q 0 011110 immh:4!=0000 immb:3 10001 1 Rn:5 Rd:5', '{Vd}.{Th}, {Vn}.{Thw}, {right}', (b, f: Shift & Fields<'Q'>) => shiftNarrow(b, f, true), narrowValid),
  ...narrowRows('SQSHRUN', 1, '10000'), ...narrowRows('SQRSHRUN', 1, '10001'),
  ...narrowRows('SQSHRN', 0, '10010'), ...narrowRows('UQSHRN', 1, '10010'),
  ...narrowRows('SQRSHRN', 0, '10011'), ...narrowRows('UQRSHRN', 1, '10011'),
  computedRow('SSHLL{2}', '0 Q 0 011110 immh:4!=0000 immb:3 10100 1 Rn:5 Rd:5', '{Vd}.{Thw}, {Vn}.{Th}, {left}', (b, f: Shift & Fields<'Q'>) => shiftLong(b, f, true), narrowValid),
  computedRow('USHLL{2}', '0 Q 1 011110 immh:4!=0000 immb:3 10100 1 Rn:5 Rd:5', '{Vd}.{Thw}, {Vn}.{Th}, {left}', (b, f: Shift & Fields<'Q'>) => shiftLong(b, f, false), narrowValid),
  ...fixedRows('SCVTF', 0, '11100', (b, f, sz, keep, bits) => fixedFromInteger(b, f, sz, keep, 's', bits)),
  ...fixedRows('UCVTF', 1, '11100', (b, f, sz, keep, bits) => fixedFromInteger(b, f, sz, keep, 'u', bits)),
  ...fixedRows('FCVTZS', 0, '11111', (b, f, sz, keep, bits) => fixedToInteger(b, f, sz, keep, 'Z', 's', bits)),
  ...fixedRows('FCVTZU', 1, '11111', (b, f, sz, keep, bits) => fixedToInteger(b, f, sz, keep, 'Z', 'u', bits)),
];
