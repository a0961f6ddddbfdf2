/** Bit tests, scans and counts (SDM vol. 2, BT … BTS, BSF, BSR, LZCNT, TZCNT, POPCNT). */

import type { I32, I64 } from '../../ir/builder.ts';
import type { Bits } from './instruction.ts';
import type { Lowering } from './lowering.ts';
import type { Lower, RowSource } from './row.ts';
import {
  constant,
  fromI64,
  isZero,
  lowI32,
  select,
  toI64S,
  toI64U,
  type Word,
  word,
} from './words.ts';

type BitChange = 'test' | 'set' | 'reset' | 'complement';

/**
 * A register bit offset into memory selects the word too: address + w/8 × (offset ÷ w, rounded
 * down).
 */
function moveToBitWord(c: Lowering, w: Bits): void {
  const { b } = c;
  const offset = toI64S(b, w, c.read(1));
  const words = b.i64_shr_s(offset, b.const64(Math.log2(w)));
  const bytes = b.i32_wrap_i64(b.i64_shl(words, b.const64(Math.log2(w / 8))));
  c.useAddress(b.i32_add(c.flatAddress(), bytes));
}

const bitTest =
  (change: BitChange): Lower =>
  (c) => {
    const { b } = c;
    const w = c.width(0);
    const byRegister = c.operand(1).place !== 'immediate';
    const offset = word.and(b, w, c.read(1, w), constant(b, w, w - 1));
    if (byRegister && c.i.inMemory) moveToBitWord(c, w);
    const x = c.read(0);
    const bit = b.i32_and(lowI32(b, w, word.shrU(b, w, x, offset)), b.const32(1));
    if (change !== 'test') {
      const mask = word.shl(b, w, constant(b, w, 1), offset);
      c.write(0, changeBit(c, w, change, x, mask));
    }
    c.flags.setCarry(bit);
  };

function changeBit(c: Lowering, w: Bits, change: BitChange, x: Word, mask: Word): Word {
  const { b } = c;
  if (change === 'set') return word.or(b, w, x, mask);
  if (change === 'complement') return word.xor(b, w, x, mask);
  return word.and(b, w, x, word.xor(b, w, mask, constant(b, w, -1)));
}

/** Trailing zeros; `w` for zero. */
function trailingZeros(c: Lowering, w: Bits, x: Word): Word {
  const { b } = c;
  if (w === 64) return b.i64_ctz(x as I64);
  if (w === 32) return b.i32_ctz(x as I32);
  return b.i32_ctz(b.i32_or(x as I32, b.const32(1 << w)));
}

/** Leading zeros; `w` for zero. */
function leadingZeros(c: Lowering, w: Bits, x: Word): Word {
  const { b } = c;
  if (w === 64) return b.i64_clz(x as I64);
  if (w === 32) return b.i32_clz(x as I32);
  return b.i32_sub(b.i32_clz(b.i32_and(x as I32, b.const32(0xffff))), b.const32(16));
}

/** BSF, BSR: a zero source sets ZF and leaves the destination as it was, as all processors do. */
const scan =
  (forward: boolean): Lower =>
  (c) => {
    const { b } = c;
    const w = c.width(0);
    const x = c.read(1);
    const none = isZero(b, w, x);
    const found = forward
      ? trailingZeros(c, w, x)
      : word.xor(b, w, leadingZeros(c, w, x), constant(b, w, w - 1));
    const register = c.registerNumber(0);
    const old = c.gpr(register);
    if (w === 16) c.write(0, select(b, w, c.readGpr(register, 16), found, none));
    else c.putGpr(register, b.i64_select(old, toI64U(b, w, found), none));
    c.flags.setZero(toI64U(b, w, x));
  };

/** LZCNT, TZCNT: CF = source was zero, ZF = result is zero. */
const count =
  (trailing: boolean): Lower =>
  (c) => {
    const { b } = c;
    const w = c.width(0);
    const x = c.read(1);
    const result = trailing ? trailingZeros(c, w, x) : leadingZeros(c, w, x);
    c.write(0, result);
    c.flags.setZero(toI64U(b, w, result));
    c.flags.setCarry(isZero(b, w, x));
  };

/** POPCNT: ZF alone says the source was zero, the others are cleared. */
const popcnt: Lower = (c) => {
  const { b } = c;
  const w = c.width(0);
  const x = toI64U(b, w, c.read(1));
  const bits = b.i64_popcnt(x);
  c.write(0, fromI64(b, w, bits));
  const some = b.i64_ne(x, b.const64(0));
  c.flags.setRaw(some, b.const32(1));
  c.flags.setCarry(b.const32(0));
  c.flags.setOverflow(b.const32(0));
};

/** Bit tests, scans and counts. */
// biome-ignore format: a table
export const bitRows: readonly RowSource[] = [
  ['0F A3 /r',       'BT r/m, r',        bitTest('test'), 'u=osap bit'],
  ['0F AB /r',       'BTS r/m, r',       bitTest('set'), 'lock u=osap bit'],
  ['0F B3 /r',       'BTR r/m, r',       bitTest('reset'), 'lock u=osap bit'],
  ['0F BB /r',       'BTC r/m, r',       bitTest('complement'), 'lock u=osap bit'],
  ['0F BA /4 ib',    'BT r/m, imm8',     bitTest('test'), 'u=osap'],
  ['0F BA /5 ib',    'BTS r/m, imm8',    bitTest('set'), 'lock u=osap'],
  ['0F BA /6 ib',    'BTR r/m, imm8',    bitTest('reset'), 'lock u=osap'],
  ['0F BA /7 ib',    'BTC r/m, imm8',    bitTest('complement'), 'lock u=osap'],
  ['0F BC /r',       'BSF r, r/m',       scan(true), 'u=osapc'],
  ['0F BD /r',       'BSR r, r/m',       scan(false), 'u=osapc'],
  ['F3 0F BC /r',    'TZCNT r, r/m',     count(true), 'u=osap'],
  ['F3 0F BD /r',    'LZCNT r, r/m',     count(false), 'u=osap'],
  ['F3 0F B8 /r',    'POPCNT r, r/m',    popcnt],
];
