/** Advanced SIMD: copies, permutations, table look-up, modified immediates. */

import type { Builder, V128 } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow, row } from '../pattern.ts';
import { modifiedImmediate } from './bitmask.ts';
import { apply, readV, readW, readX, writeV, writeX, zeroV } from './operands.ts';
import { lanes, shapes, vectorValid, writeKept } from './simd.ts';
import { gather } from './structures.ts';

/** log2 of the element's bytes and its number, from the position of the lowest one in imm5. */
function element(imm5: number): { size: number; index: number } {
  const size = 31 - Math.clz32(imm5 & -imm5);
  return { size, index: imm5 >> (size + 1) };
}

function elementValid(f: Fields<'imm5'>): boolean {
  return (f.imm5 & 15) !== 0;
}

function extractUnsigned(b: Builder, size: number, index: number, x: V128): number {
  return apply(b, `${shapes[size]!}_extract_lane${size < 2 ? '_u' : ''}`, index, x);
}

/** A general register as an element of 1 << size bytes. */
function general(b: Builder, size: number, n: number): number {
  return size === 3 ? readX(b, n) : readW(b, n);
}

function duplicate(b: Builder, f: Fields<'Rd' | 'Rn' | 'imm5'>, keep: number): void {
  const { size, index } = element(f.imm5);
  const value = extractUnsigned(b, size, index, readV(b, f.Rn));
  writeKept(b, f.Rd, keep, lanes(b, size, 'splat', value));
}

/** Scalar DUP: one element, the rest cleared. */
function duplicateScalar(b: Builder, f: Fields<'Rd' | 'Rn' | 'imm5'>): void {
  const { size, index } = element(f.imm5);
  const value = extractUnsigned(b, size, index, readV(b, f.Rn));
  writeV(b, f.Rd, lanes(b, size, 'replace_lane', 0, zeroV(b), value));
}

function laneReplace(b: Builder, size: number, index: number, x: V128, value: number): V128 {
  return apply(b, `${shapes[size]!}_replace_lane`, index, x, value);
}

function insertElement(b: Builder, f: Fields<'Rd' | 'Rn' | 'imm5' | 'imm4'>): void {
  const { size, index } = element(f.imm5);
  const value = extractUnsigned(b, size, f.imm4 >> size, readV(b, f.Rn));
  writeV(b, f.Rd, laneReplace(b, size, index, readV(b, f.Rd), value));
}

function insertGeneral(b: Builder, f: Fields<'Rd' | 'Rn' | 'imm5'>): void {
  const { size, index } = element(f.imm5);
  const value = general(b, size, f.Rn);
  writeV(b, f.Rd, laneReplace(b, size, index, readV(b, f.Rd), value));
}

function moveUnsigned(b: Builder, f: Fields<'Rd' | 'Rn' | 'imm5'>): void {
  const { size, index } = element(f.imm5);
  const value = extractUnsigned(b, size, index, readV(b, f.Rn));
  writeX(b, f.Rd, size === 3 ? (value as never) : b.i64_extend_i32_u(value as never));
}

function moveSigned(b: Builder, f: Fields<'Q' | 'Rd' | 'Rn' | 'imm5'>): void {
  const { size, index } = element(f.imm5);
  const x = readV(b, f.Rn);
  const value =
    size === 0
      ? b.i8x16_extract_lane_s(index, x)
      : size === 1
        ? b.i16x8_extract_lane_s(index, x)
        : b.i32x4_extract_lane(index, x);
  writeX(b, f.Rd, f.Q ? b.i64_extend_i32_s(value) : b.i64_extend_i32_u(value));
}

// biome-ignore format: a table
const copyRows: readonly PatternRow[] = [
  row('DUP', '0 Q 0 01110000 imm5:5 0 0000 1 Rn:5 Rd:5', '{Vd}.{T5}, {Vn}.{E5}', (b, f) => duplicate(b, f, f.Q ? 16 : 8), { valid: (f) => elementValid(f) && ((f.imm5 & 7) !== 0 || f.Q === 1) }),
  row('DUP', '01 0 11110000 imm5:5 0 0000 1 Rn:5 Rd:5', '{S5d}, {Vn}.{E5}', duplicateScalar, { valid: elementValid }),
  row('DUP', '0 Q 0 01110000 imm5:5 0 0001 1 Rn:5 Rd:5', '{Vd}.{T5}, {R5n}', (b, f) => {
    const { size } = element(f.imm5);
    writeKept(b, f.Rd, f.Q ? 16 : 8, lanes(b, size, 'splat', general(b, size, f.Rn)));
  }, { valid: (f) => elementValid(f) && ((f.imm5 & 7) !== 0 || f.Q === 1) }),
  row('SMOV', '0 Q 0 01110000 imm5:5 0 0101 1 Rn:5 Rd:5', '{RQd}, {Vn}.{E5}', moveSigned, { valid: (f) => (f.imm5 & 3) !== 0 || (f.Q === 1 && (f.imm5 & 7) === 4) }),
  row('UMOV', '0 Q 0 01110000 imm5:5 0 0111 1 Rn:5 Rd:5', '{RQd}, {Vn}.{E5}', moveUnsigned, { valid: (f) => (f.Q === 1 ? (f.imm5 & 15) === 8 : (f.imm5 & 7) !== 0) }),
  row('INS', '0 1 0 01110000 imm5:5 0 0011 1 Rn:5 Rd:5', '{Vd}.{E5}, {R5n}', insertGeneral, { valid: elementValid }),
  row('INS', '0 1 1 01110000 imm5:5 0 imm4:4 1 Rn:5 Rd:5', '{Vd}.{E5}, {Vn}.{E4}', insertElement, { valid: elementValid }),
];

// Permutations as byte masks over Vn ‖ Vm.

type Permute = Fields<'Q' | 'size' | 'Rd' | 'Rn' | 'Rm'>;

function permute(
  b: Builder,
  f: Permute,
  /** Element i of the result, of n elements: its number in Vn ‖ Vm (Vm's start at n). */
  from: (i: number, n: number) => number,
): void {
  const bytes = f.Q ? 16 : 8;
  const n = bytes >> f.size;
  const mask = Array.from({ length: 16 }, (_, at) => {
    if (at >= bytes) return -1;
    const source = from(at >> f.size, n);
    const whole = source >= n ? 16 + ((source - n) << f.size) : source << f.size;
    return whole + (at & ((1 << f.size) - 1));
  });
  writeV(b, f.Rd, gather(b, [readV(b, f.Rn), readV(b, f.Rm)], mask));
}

// biome-ignore format: a table
const permutations: readonly (readonly [string, string, (i: number, n: number) => number])[] = [
  ['UZP1', '001', (i) => 2 * i],
  ['UZP2', '101', (i) => 2 * i + 1],
  ['TRN1', '010', (i, n) => (i & 1 ? n : 0) + (i & ~1)],
  ['TRN2', '110', (i, n) => (i & 1 ? n : 0) + (i | 1)],
  ['ZIP1', '011', (i, n) => (i & 1 ? n : 0) + (i >> 1)],
  ['ZIP2', '111', (i, n) => (i & 1 ? n : 0) + (n + i >> 1)],
];

function extractBytes(b: Builder, f: Fields<'Q' | 'imm4' | 'Rd' | 'Rn' | 'Rm'>): void {
  const bytes = f.Q ? 16 : 8;
  const mask = Array.from({ length: 16 }, (_, i) => {
    if (i >= bytes) return -1;
    const at = i + f.imm4;
    return at < bytes ? at : 16 + at - bytes;
  });
  writeV(b, f.Rd, gather(b, [readV(b, f.Rn), readV(b, f.Rm)], mask));
}

/** TBL and TBX: a swizzle for each table register; indexes out of its 16 give 0. */
function lookUp(b: Builder, f: Fields<'Q' | 'len' | 'Rd' | 'Rn' | 'Rm'>, extend: boolean): void {
  const index = readV(b, f.Rm);
  const step = (n: number): V128 => b.constV128(...four(Math.imul(n * 16, 0x01010101)));
  let result: V128 | null = null;
  for (let n = 0; n <= f.len; n++) {
    const own = n === 0 ? index : b.i8x16_sub(index, step(n));
    const part = b.i8x16_swizzle(readV(b, (f.Rn + n) & 31), own);
    result = result === null ? part : b.v128_or(result, part);
  }
  if (extend) {
    const inside = b.i8x16_lt_u(index, step(f.len + 1));
    result = b.v128_bitselect(result!, readV(b, f.Rd), inside);
  }
  writeKept(b, f.Rd, f.Q ? 16 : 8, result!);
}

function four(word: number): [number, number, number, number] {
  return [word, word, word, word];
}

// biome-ignore format: a table
const permuteRows: readonly PatternRow[] = [
  ...permutations.map(([name, opcode, from]) =>
    computedRow(name, `0 Q 001110 size:2 0 Rm:5 0 ${opcode} 10 Rn:5 Rd:5`, '{Vd}.{T}, {Vn}.{T}, {Vm}.{T}', (b, f: Permute) => permute(b, f, from), { valid: vectorValid })),
  row('EXT', '0 Q 101110 000 Rm:5 0 imm4:4 0 Rn:5 Rd:5', '{Vd}.{TB}, {Vn}.{TB}, {Vm}.{TB}, #{imm4}', extractBytes, { valid: (f) => f.Q === 1 || f.imm4 < 8 }),
  row('TBL', '0 Q 001110 000 Rm:5 0 len:2 0 00 Rn:5 Rd:5', '{Vd}.{TB}, {table}, {Vm}.{TB}', (b, f) => lookUp(b, f, false)),
  row('TBX', '0 Q 001110 000 Rm:5 0 len:2 1 00 Rn:5 Rd:5', '{Vd}.{TB}, {table}, {Vm}.{TB}', (b, f) => lookUp(b, f, true)),
];

// Modified immediates.

type Immediate = Fields<'Q' | 'cmode' | 'imm8' | 'Rd'>;

function immediate(b: Builder, f: Immediate, op: number): V128 {
  const { low, high } = modifiedImmediate(op, f.cmode, f.imm8);
  return b.constV128(low, high, low, high);
}

function moveImmediate(b: Builder, f: Immediate, op: number, invert: boolean): void {
  const { low, high } = modifiedImmediate(op, f.cmode, f.imm8);
  const flip = invert ? -1 : 0;
  const [l, h] = [low ^ flip, high ^ flip];
  writeV(b, f.Rd, b.constV128(l, h, f.Q ? l : 0, f.Q ? h : 0));
}

/** ORR and BIC change Vd: cmode 0xx1 and 10x1. */
function modifies(f: Fields<'cmode'>): boolean {
  return f.cmode < 12 && (f.cmode & 1) === 1;
}

const imm8 = 'imm8[7:5] cmode:4 0 1 imm8[4:0] Rd:5';
// biome-ignore format: a table
const immediateRows: readonly PatternRow[] = [
  computedRow('MOVI', `0 Q 0 0111100000 ${imm8}`, '{modified}', (b, f: Immediate) => moveImmediate(b, f, 0, false), { valid: (f: Immediate) => !modifies(f) && f.cmode !== 15 }),
  computedRow('FMOV', `0 Q 0 0111100000 imm8[7:5] 1111 0 1 imm8[4:0] Rd:5`, '{Vd}.{TS}, {fimm8}', (b, f: Immediate) => moveImmediate(b, { ...f, cmode: 15 }, 0, false), { refines: ['MOVI', 'ORR'] }),
  computedRow('ORR', `0 Q 0 0111100000 ${imm8}`, '{modified}', (b, f: Immediate) => writeKept(b, f.Rd, f.Q ? 16 : 8, b.v128_or(readV(b, f.Rd), immediate(b, f, 0))), { valid: modifies, refines: ['MOVI'] }),
  computedRow('MVNI', `0 Q 1 0111100000 ${imm8}`, '{modified}', (b, f: Immediate) => moveImmediate(b, f, 1, true), { valid: (f: Immediate) => !modifies(f) && f.cmode < 14 }),
  computedRow('BIC', `0 Q 1 0111100000 ${imm8}`, '{modified}', (b, f: Immediate) => writeKept(b, f.Rd, f.Q ? 16 : 8, b.v128_andnot(readV(b, f.Rd), immediate(b, f, 1))), { valid: modifies, refines: ['MVNI'] }),
  computedRow('MOVI', `0 Q 1 0111100000 imm8[7:5] 1110 0 1 imm8[4:0] Rd:5`, '{modified64}', (b, f: Immediate) => moveImmediate(b, { ...f, cmode: 14 }, 1, false), { refines: ['MVNI', 'BIC'] }),
  computedRow('FMOV', `0 1 1 0111100000 imm8[7:5] 1111 0 1 imm8[4:0] Rd:5`, '{Vd}.2d, {fimm8}', (b, f: Immediate) => moveImmediate(b, { ...f, Q: 1, cmode: 15 }, 1, false), { refines: ['MVNI', 'BIC'] }),
];

export const simdMoveRows: readonly PatternRow[] = [...copyRows, ...permuteRows, ...immediateRows];
