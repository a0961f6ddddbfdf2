/** VEX-coded general-register instructions: BMI1 and BMI2 (SDM vol. 2, ANDN … SHRX). */

import type { I32, I64 } from '../../ir/builder.ts';
import type { Bits } from './instruction.ts';
import type { Lowering } from './lowering.ts';
import { routine } from './routines.ts';
import type { Lower, RowSource } from './row.ts';
import { constant, fromI64, isZero, select, toI64U, type Word, word } from './words.ts';

/** SF, ZF from the result, CF as given, OF = 0. */
function setFlags(c: Lowering, w: Bits, result: Word, cf: I32): void {
  c.flags.setResult(w, result);
  c.flags.setCarry(cf);
  c.flags.setOverflow(c.b.const32(0));
  c.flags.clearAuxiliary(w, result);
}

const complement = (c: Lowering, w: Bits, x: Word): Word =>
  word.xor(c.b, w, x, constant(c.b, w, -1));

const andn: Lower = (c) => {
  const w = c.width(0);
  const result = word.and(c.b, w, complement(c, w, c.read(1)), c.read(2));
  c.write(0, result);
  setFlags(c, w, result, c.b.const32(0));
};

type LowestBit = 'isolate' | 'mask' | 'reset';

/** BLSI: CF = source not zero; BLSMSK, BLSR: CF = source zero. */
const lowestBit =
  (kind: LowestBit): Lower =>
  (c) => {
    const { b } = c;
    const w = c.width(0);
    const x = c.read(1);
    const less = word.sub(b, w, x, constant(b, w, 1));
    let result: Word;
    if (kind === 'isolate') result = word.and(b, w, x, word.sub(b, w, constant(b, w, 0), x));
    else result = (kind === 'mask' ? word.xor : word.and)(b, w, x, less);
    c.write(0, result);
    const zero = isZero(b, w, x);
    setFlags(c, w, result, kind === 'isolate' ? b.i32_eqz(zero) : zero);
  };

/** The low n bits set, all for n ≥ w; n as a zero-extended word below 256. */
function lowMask(c: Lowering, w: Bits, n: Word): Word {
  const { b } = c;
  const one = constant(b, w, 1);
  const mask = word.sub(b, w, word.shl(b, w, one, n), one);
  return select(b, w, mask, constant(b, w, -1), word.ltU(b, w, n, constant(b, w, w)));
}

/** BEXTR: control bits 7–0 start, 15–8 length. */
const bextr: Lower = (c) => {
  const { b } = c;
  const w = c.width(0);
  const [x, control] = [c.read(1), c.read(2)];
  const byte = constant(b, w, 0xff);
  const start = word.and(b, w, control, byte);
  const length = word.and(b, w, word.shrU(b, w, control, constant(b, w, 8)), byte);
  const inside = word.ltU(b, w, start, constant(b, w, w));
  const shifted = select(b, w, word.shrU(b, w, x, start), constant(b, w, 0), inside);
  const result = word.and(b, w, shifted, lowMask(c, w, length));
  c.write(0, result);
  setFlags(c, w, result, b.const32(0));
};

const bzhi: Lower = (c) => {
  const { b } = c;
  const w = c.width(0);
  const [x, control] = [c.read(1), c.read(2)];
  const n = word.and(b, w, control, constant(b, w, 0xff));
  const result = word.and(b, w, x, lowMask(c, w, n));
  c.write(0, result);
  setFlags(c, w, result, word.geU(b, w, n, constant(b, w, w)));
};

/** MULX: rDX × r/m without flags; the high half wins when both destinations are one register. */
const mulx: Lower = (c) => {
  const { b } = c;
  const w = c.width(0);
  const [x, y] = [c.readGpr(2, w), c.read(2, w)];
  const product = b.i64_mul(toI64U(b, w, x), toI64U(b, w, y));
  c.write(1, fromI64(b, w, product));
  const high = w === 64 ? b.i64_mulhi_u(x as I64, y as I64) : b.i64_shr_u(product, b.const64(32));
  c.write(0, fromI64(b, w, high));
};

/** RORX, SARX, SHLX, SHRX: no flags. */
const rorx: Lower = (c) => {
  const w = c.width(0);
  c.write(0, word.rotr(c.b, w, c.read(1), constant(c.b, w, c.i.immediate & (w - 1))));
};
const shiftx =
  (operation: typeof word.shl): Lower =>
  (c) => {
    const w = c.width(0);
    c.write(0, operation(c.b, w, c.read(1), c.read(2)));
  };

const deposit = routine((_, source, mask) => {
  let [result, rest, from] = [0n, mask, source];
  while (rest) {
    const lowest = rest & -rest;
    if (from & 1n) result |= lowest;
    from >>= 1n;
    rest ^= lowest;
  }
  return result;
});

const extractBits = routine((_, source, mask) => {
  let [result, rest, to] = [0n, mask, 1n];
  while (rest) {
    const lowest = rest & -rest;
    if (source & lowest) result |= to;
    to <<= 1n;
    rest ^= lowest;
  }
  return result;
});

const parallel =
  (id: number): Lower =>
  (c) => {
    const { b } = c;
    const w = c.width(0);
    const operand = (n: number): I64 => toI64U(b, w, c.read(n));
    c.write(0, fromI64(b, w, b.helper(id, operand(1), operand(2), b.const64(0))));
  };

/** BMI1 and BMI2. */
// biome-ignore format: a table
export const bmiRows: readonly RowSource[] = [
  ['VEX.LZ.0F38 F2 /r',       'ANDN ry, ry, r/my',    andn, 'u=ap'],
  ['VEX.LZ.0F38 F3 /1',       'BLSR ry, r/my',        lowestBit('reset'), 'u=ap'],
  ['VEX.LZ.0F38 F3 /2',       'BLSMSK ry, r/my',      lowestBit('mask'), 'u=ap'],
  ['VEX.LZ.0F38 F3 /3',       'BLSI ry, r/my',        lowestBit('isolate'), 'u=ap'],
  ['VEX.LZ.0F38 F7 /r',       'BEXTR ry, r/my, ry',   bextr, 'u=asp'],
  ['VEX.LZ.0F38 F5 /r',       'BZHI ry, r/my, ry',    bzhi, 'u=ap'],
  ['VEX.LZ.F2.0F38 F6 /r',    'MULX ry, ry, r/my',    mulx],
  ['VEX.LZ.F2.0F3A F0 /r ib', 'RORX ry, r/my, imm8',  rorx],
  ['VEX.LZ.F3.0F38 F7 /r',    'SARX ry, r/my, ry',    shiftx(word.shrS)],
  ['VEX.LZ.66.0F38 F7 /r',    'SHLX ry, r/my, ry',    shiftx(word.shl)],
  ['VEX.LZ.F2.0F38 F7 /r',    'SHRX ry, r/my, ry',    shiftx(word.shrU)],
  ['VEX.LZ.F2.0F38 F5 /r',    'PDEP ry, ry, r/my',    parallel(deposit)],
  ['VEX.LZ.F3.0F38 F5 /r',    'PEXT ry, ry, r/my',    parallel(extractBits)],
];
