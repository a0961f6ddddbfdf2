/**
 * Interruptible storage instructions on characters, by helpers (those on bytes: `ranges.ts`). One
 * does a bounded piece, leaves the registers as an interruption would, and answers the condition
 * code, or `unfinished`: then the instruction is executed again.
 */

import type { HelperContext } from '../isa.ts';
import { codeValue } from './condition.ts';
import { declare, helper } from './helper_table.ts';
import { specificationException } from './interruption.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { type Row, row } from './row.ts';
import {
  advance,
  byteAt,
  putByte,
  putRegister,
  putRegisterLow,
  register,
  registerLow,
} from './state_access.ts';

/** Bytes a helper handles before the processor may be interrupted. */
const pieceBytesMax = 65536;
const unfinished = 4n;

export type LongHelper = (
  context: HelperContext,
  x: bigint,
  registers: bigint,
  z: bigint,
) => bigint;

/** R1, R2, R3 and M3 in one operand. */
function registerNumbers(z: Lowering): number {
  return z.r1 | (z.r2 << 4) | (z.r3 << 8) | (z.m3 << 12);
}

/** Runs a helper until it has a condition code. */
export function longRunning(which: LongHelper): Semantics {
  declare(which);
  return (z) => {
    const { b } = z;
    const numbers = b.const64(registerNumbers(z));
    const answer = b.i32_wrap_i64(
      helper(b, which, b.i64_extend_i32_u(z.address2()), numbers, b.const64(0)),
    );
    z.known.fill(null);
    const again = b.i32_eq(answer, b.const32(Number(unfinished)));
    z.cc(codeValue(b.i32_select(z.condition().value(b), answer, again)));
    b.branch(again, b.instructionAddress, z.next);
  };
}
/** Specification exception where a field that names a pair is odd. */
export const evenPairs =
  (semantics: Semantics, ...fields: ('r1' | 'r2' | 'r3')[]): Semantics =>
  (z) => {
    if (fields.every((field) => z[field] % 2 === 0)) semantics(z);
    else z.specification();
  };

const numbersOf = (packed: bigint): { r1: number; r2: number; r3: number } => {
  const bits = Number(packed);
  return { r1: bits & 15, r2: (bits >> 4) & 15, r3: (bits >> 8) & 15 };
};
const least = (x: bigint, y: number): number => (x < BigInt(y) ? Number(x) : y);

/** MVCLU, CLCLU: as MVCLE and CLCLE of two-byte characters; their lengths are even. */
function twoByteLong(compares: boolean): LongHelper {
  return (context, x, packed) => {
    const view = context.view();
    const { r1, r3 } = numbersOf(packed);
    const pad = Number(x & 0xffffn);
    const [left, right] = [register(view, r1 + 1), register(view, r3 + 1)];
    if ((left | right) & 1n) throw specificationException();
    const [first, second] = [registerLow(view, r1), registerLow(view, r3)];
    const longest = compares && right > left ? right : left;
    const limit = least(longest, pieceBytesMax);
    let code =
      longest > BigInt(limit) ? 3n : left === right || compares ? 0n : left < right ? 1n : 2n;
    let at = 0;
    for (; at < limit; at += 2) {
      const q = at < right ? readCharacter(view, second + at, 2) : pad;
      if (!compares) {
        putByte(view, first + at, q >> 8);
        putByte(view, first + at + 1, q & 0xff);
        continue;
      }
      const p = at < left ? readCharacter(view, first + at, 2) : pad;
      if (p === q) continue;
      code = p < q ? 1n : 2n;
      break;
    }
    const [i, j] = [least(left, at), least(right, at)];
    advance(view, r1, i);
    advance(view, r3, j);
    putRegister(view, r1 + 1, left - BigInt(i));
    putRegister(view, r3 + 1, right - BigInt(j));
    return code;
  };
}

/**
 * TRTE, TRTRE: the first character, forwards or backwards, whose function code is not zero. M3: 8
 * characters of two bytes, 4 function codes of two bytes, 2 characters above 255 have code zero.
 */
function translateTestExtended(step: 1 | -1): LongHelper {
  return (context, _x, packed) => {
    const view = context.view();
    const { r1, r2 } = numbersOf(packed);
    const m3 = Number(packed >> 12n);
    const [from, to] = [m3 & 8 ? 2 : 1, m3 & 4 ? 2 : 1] as const;
    const left = register(view, r1 + 1);
    if (from === 2 && left & 1n) throw specificationException();
    const limit = least(left / BigInt(from), pieceBytesMax);
    const [start, table] = [registerLow(view, r1), registerLow(view, 1)];
    let code = left > BigInt(limit * from) ? 3n : 0n;
    let i = 0;
    for (; i < limit; i++) {
      const character = readCharacter(view, start + i * from * step, from);
      const isLeftOut = (m3 & 2) !== 0 && character > 255;
      const value = isLeftOut ? 0 : readCharacter(view, table + character * to, to);
      if (value === 0) continue;
      putRegister(view, r2, BigInt(value));
      code = 1n;
      break;
    }
    advance(view, r1, i * from * step);
    putRegister(view, r1 + 1, left - BigInt(i * from));
    return code;
  };
}

/** SRSTU: two-byte characters. Code 1 found (R1), 2 end (R1) reached. */
function searchCharacters(context: HelperContext, _x: bigint, packed: bigint): bigint {
  const view = context.view();
  const { r1, r2 } = numbersOf(packed);
  const wanted = registerLow(view, 0) & 0xffff;
  const end = register(view, r1);
  const start = register(view, r2);
  const [from, left] = [Number(start & 0xffffffffn), BigInt.asUintN(64, end - start)];
  // The end may be one byte off: that one counts as the end.
  for (let i = 0; i < pieceBytesMax; i += 2) {
    const offset = BigInt(i);
    if (offset === left || offset + 1n === left) return 2n;
    if (readCharacter(view, from + i, 2) !== wanted) continue;
    putRegister(view, r1, start + offset);
    return 1n;
  }
  putRegister(view, r2, start + BigInt(pieceBytesMax));
  return unfinished;
}

/** CKSM: 32-bit sums with end-around carry; a short last word is padded with zeros. */
function checksum(context: HelperContext, _x: bigint, packed: bigint): bigint {
  const view = context.view();
  const { r1, r2 } = numbersOf(packed);
  const left = register(view, r2 + 1);
  const bytes = least(left, pieceBytesMax);
  const from = registerLow(view, r2);
  let sum = registerLow(view, r1);
  for (let i = 0; i < bytes; i += 4) {
    let word = 0;
    for (let k = 0; k < 4; k++)
      word = word * 256 + (i + k < bytes ? byteAt(view, from + i + k) : 0);
    sum += word;
    if (sum >= 2 ** 32) sum = sum - 2 ** 32 + 1;
  }
  putRegisterLow(view, r1, sum);
  advance(view, r2, bytes);
  putRegister(view, r2 + 1, left - BigInt(bytes));
  return left > BigInt(bytes) ? unfinished : 0n;
}

/** TRE: translates until the test byte in r0. */
function translateExtended(context: HelperContext, _x: bigint, packed: bigint): bigint {
  const view = context.view();
  const { r1, r2 } = numbersOf(packed);
  const stop = registerLow(view, 0) & 0xff;
  const left = register(view, r1 + 1);
  const limit = least(left, pieceBytesMax);
  const [at, table] = [registerLow(view, r1), registerLow(view, r2)];
  let code = left > BigInt(limit) ? 3n : 0n;
  let i = 0;
  for (; i < limit; i++) {
    const value = byteAt(view, at + i);
    if (value === stop) {
      code = 1n;
      break;
    }
    putByte(view, at + i, byteAt(view, table + value));
  }
  advance(view, r1, i);
  putRegister(view, r1 + 1, left - BigInt(i));
  return code;
}

/** TROO, TROT, TRTO, TRTT: characters of 1 or 2 bytes to 1 or 2; M3 bit 8 leaves the test out. */
function translateSizes(from: 1 | 2, to: 1 | 2): LongHelper {
  return (context, _x, packed) => {
    const view = context.view();
    const { r1, r2 } = numbersOf(packed);
    const noTest = (Number(packed) >> 12) & 1;
    const test = registerLow(view, 0) & (to === 1 ? 0xff : 0xffff);
    const left = register(view, r1 + 1);
    const limit = least(left / BigInt(from), pieceBytesMax);
    const [target, source] = [registerLow(view, r1), registerLow(view, r2)];
    const table = registerLow(view, 1) & -8;
    let code = left >= BigInt((limit + 1) * from) ? 3n : 0n;
    let i = 0;
    for (; i < limit; i++) {
      const character = readCharacter(view, source + i * from, from);
      const value = readCharacter(view, table + character * to, to);
      if (!noTest && value === test) {
        code = 1n;
        break;
      }
      if (to === 2) putByte(view, target + i * to, value >> 8);
      putByte(view, target + i * to + to - 1, value & 0xff);
    }
    advance(view, r1, i * to);
    advance(view, r2, i * from);
    putRegister(view, r1 + 1, left - BigInt(i * from));
    return code;
  };
}
function readCharacter(view: DataView, at: number, bytes: 1 | 2): number {
  return bytes === 1 ? byteAt(view, at) : (byteAt(view, at) << 8) | byteAt(view, at + 1);
}

const sizedTranslation = (from: 1 | 2, to: 1 | 2): Semantics =>
  evenPairs(longRunning(translateSizes(from, to)), 'r1');
const address = { by: 'address' } as const;
const unit = { by: 'unit' } as const;

// biome-ignore format: a table
export const stringRows: readonly Row[] = [
  row('SRSTU', 0xb9be, 'RRE', longRunning(searchCharacters), address), row('CKSM', 0xb241, 'RRE', evenPairs(longRunning(checksum), 'r2'), address),
  row('MVCLU', 0xeb8e, 'RSY', evenPairs(longRunning(twoByteLong(false)), 'r1', 'r3'), unit), row('CLCLU', 0xeb8f, 'RSY', evenPairs(longRunning(twoByteLong(true)), 'r1', 'r3'), unit),
  row('TRTE', 0xb9bf, 'RRFc', evenPairs(longRunning(translateTestExtended(1)), 'r1'), unit), row('TRTRE', 0xb9bd, 'RRFc', evenPairs(longRunning(translateTestExtended(-1)), 'r1'), unit),
  row('TRE', 0xb2a5, 'RRE', evenPairs(longRunning(translateExtended), 'r1'), address),
  row('TROO', 0xb993, 'RRFc', sizedTranslation(1, 1), address), row('TROT', 0xb992, 'RRFc', sizedTranslation(1, 2), address), row('TRTO', 0xb991, 'RRFc', sizedTranslation(2, 1), address), row('TRTT', 0xb990, 'RRFc', sizedTranslation(2, 2), address),
];
