/** Interlocked access: COMPARE AND SWAP, LOAD AND ADD and its like. One task runs at a time. */

import type { I32, I64 } from '../../ir/builder.ts';
import type { Helper } from '../isa.ts';
import { carryAndZero, signOrOverflow, zeroOrNot } from './condition.ts';
import { declare, helper } from './helper_table.ts';
import { specificationException } from './interruption.ts';
import type { Semantics } from './lowering.ts';
import { type Row, row } from './row.ts';
import {
  byteAt,
  putRegister,
  putRegisterLow,
  readBytes,
  readNumber,
  register,
  registerLow,
  writeBytes,
} from './state_access.ts';

const compareSwap32: Semantics = (z) => {
  const { b } = z;
  const at = z.address2();
  z.aligned(at, 4);
  const old = b.i32_load_be(at);
  const expected = z.r32(z.r1);
  const differs = b.i32_ne(old, expected);
  b.i32_store_be(at, b.i32_select(old, z.r32(z.r3), differs));
  z.put32(z.r1, old);
  z.cc(zeroOrNot(differs));
};
const compareSwap64: Semantics = (z) => {
  const { b } = z;
  const at = z.address2();
  z.aligned(at, 8);
  const old = b.i64_load_be(at);
  const differs = b.i64_ne(old, z.r64(z.r1));
  b.i64_store_be(at, b.i64_select(old, z.r64(z.r3), differs));
  z.put64(z.r1, old);
  z.cc(zeroOrNot(differs));
};
/** CDS: the low halves of two pairs. */
const compareDoubleSwap32: Semantics = (z) => {
  if (!z.even(z.r1) || !z.even(z.r3)) return;
  const { b } = z;
  const low = b.const64Halves(-1, 0);
  const pair = (n: number): I64 =>
    b.i64_or(b.i64_shl(z.r64(n), b.const64(32)), b.i64_and(z.r64(n + 1), low));
  const at = z.address2();
  z.aligned(at, 8);
  const old = b.i64_load_be(at);
  const differs = b.i64_ne(old, pair(z.r1));
  b.i64_store_be(at, b.i64_select(old, pair(z.r3), differs));
  z.putLow(z.r1, b.i64_shr_u(old, b.const64(32)));
  z.putLow(z.r1 + 1, b.i64_and(old, low));
  z.cc(zeroOrNot(differs));
};
const compareDoubleSwap64: Semantics = (z) => {
  if (!z.even(z.r1) || !z.even(z.r3)) return;
  const { b } = z;
  const at = z.address2();
  z.aligned(at, 16);
  const [high, low] = [b.i64_load_be(at), b.i64_load_be(at, 8)];
  const differs = b.i32_or(b.i64_ne(high, z.r64(z.r1)), b.i64_ne(low, z.r64(z.r1 + 1)));
  const [newHigh, newLow] = [z.r64(z.r3), z.r64(z.r3 + 1)];
  b.i64_store_be(at, b.i64_select(high, newHigh, differs));
  b.i64_store_be(at, b.i64_select(low, newLow, differs), 8);
  z.put64(z.r1, high);
  z.put64(z.r1 + 1, low);
  z.cc(zeroOrNot(differs));
};

type Operation = 'add' | 'addLogical' | 'and' | 'or' | 'xor';

const loadAnd32 =
  (operation: Operation): Semantics =>
  (z) => {
    const { b } = z;
    const at = z.address2();
    z.aligned(at, 4);
    const old = b.i32_load_be(at);
    const operand = z.r32(z.r3);
    const name = operation === 'addLogical' ? 'add' : operation;
    const value = b[`i32_${name}`](old, operand);
    b.i32_store_be(at, value);
    z.put32(z.r1, old);
    if (operation === 'add') {
      const overflow = b.i32_and(b.i32_xor(old, value), b.i32_xor(operand, value));
      z.cc(signOrOverflow(b, 32, value, b.i32_shr_u(overflow, b.const32(31))));
    } else if (operation === 'addLogical') {
      z.cc(carryAndZero(b.i32_ne(value, b.const32(0)), b.i32_lt_u(value, old)));
    } else z.cc(zeroOrNot(value));
  };
const loadAnd64 =
  (operation: Operation): Semantics =>
  (z) => {
    const { b } = z;
    const at = z.address2();
    z.aligned(at, 8);
    const old = b.i64_load_be(at);
    const operand = z.r64(z.r3);
    const name = operation === 'addLogical' ? 'add' : operation;
    const value = b[`i64_${name}`](old, operand);
    b.i64_store_be(at, value);
    z.put64(z.r1, old);
    const nonzero: I32 = b.i64_ne(value, b.const64(0));
    if (operation === 'add') {
      const overflow = b.i64_and(b.i64_xor(old, value), b.i64_xor(operand, value));
      z.cc(signOrOverflow(b, 64, value, b.i64_lt_s(overflow, b.const64(0))));
    } else if (operation === 'addLogical') {
      z.cc(carryAndZero(nonzero, b.i64_lt_u(value, old)));
    } else z.cc(zeroOrNot(nonzero));
  };

/**
 * CSST: where the first operand equals R3, the replacement of the parameter list (r1) goes there
 * and the store value, 16 bytes on, to the second operand; else the first operand to R3. Register
 * 0 has the function code (size of the comparison: 4, 8 or 16 bytes) and the size of the store
 * (2ⁿ bytes).
 */
const compareSwapStore: Helper = (context, x, y, z) => {
  const view = context.view();
  const [at, other, r3] = [Number(x), Number(y), Number(z)];
  const bits = registerLow(view, 0);
  const [size, stored] = [4 << (bits & 0xff), 1 << ((bits >> 8) & 0xff)];
  if ((bits & 0xff) > 2 || ((bits >> 8) & 0xff) > 4 || (size === 16 && r3 % 2 !== 0)) {
    throw specificationException();
  }
  const list = registerLow(view, 1);
  if (at % size !== 0 || other % stored !== 0 || list % 16 !== 0) throw specificationException();
  const old = readNumber(view, at, size);
  const pair = (register(view, r3) << 64n) | register(view, r3 | 1);
  const wanted =
    size === 16 ? pair : size === 8 ? register(view, r3) : BigInt(registerLow(view, r3));
  if (old === wanted) {
    const [replacement, value] = [readBytes(view, list, size), readBytes(view, list + 16, stored)];
    byteAt(view, other + stored - 1);
    writeBytes(view, at, replacement);
    writeBytes(view, other, value);
    return 0n;
  }
  if (size === 4) putRegisterLow(view, r3, Number(old));
  else putRegister(view, r3, size === 8 ? old : old >> 64n);
  if (size === 16) putRegister(view, r3 + 1, old);
  return 1n;
};
declare(compareSwapStore);
const swapAndStore: Semantics = (z) => {
  const { b } = z;
  const [x, y] = [b.i64_extend_i32_u(z.address1()), b.i64_extend_i32_u(z.address2())];
  const code = b.i32_wrap_i64(helper(b, compareSwapStore, x, y, b.const64(z.r3)));
  z.known.fill(null);
  z.cc(zeroOrNot(code));
};

/** TEST AND SET. */
const testAndSet: Semantics = (z) => {
  const { b } = z;
  const at = z.address2();
  const old = b.i32_load8_u(at);
  b.i32_store8(at, b.const32(0xff));
  z.cc(zeroOrNot(b.i32_shr_u(old, b.const32(7))));
};

const word = { align: 4 };
const long = { align: 8 };

// biome-ignore format: a table
export const atomicRows: readonly Row[] = [
  row('CS', 0xba, 'RS', compareSwap32, word), row('CSY', 0xeb14, 'RSY', compareSwap32, word), row('CSG', 0xeb30, 'RSY', compareSwap64, long),
  row('CDS', 0xbb, 'RS', compareDoubleSwap32, { align: 8, pairs: ['r1', 'r3'] }), row('CDSY', 0xeb31, 'RSY', compareDoubleSwap32, { align: 8, pairs: ['r1', 'r3'] }), row('CDSG', 0xeb3e, 'RSY', compareDoubleSwap64, { align: 16, pairs: ['r1', 'r3'] }),
  row('LAA', 0xebf8, 'RSY', loadAnd32('add'), word), row('LAAG', 0xebe8, 'RSY', loadAnd64('add'), long), row('LAAL', 0xebfa, 'RSY', loadAnd32('addLogical'), word), row('LAALG', 0xebea, 'RSY', loadAnd64('addLogical'), long),
  row('LAN', 0xebf4, 'RSY', loadAnd32('and'), word), row('LANG', 0xebe4, 'RSY', loadAnd64('and'), long), row('LAO', 0xebf6, 'RSY', loadAnd32('or'), word), row('LAOG', 0xebe6, 'RSY', loadAnd64('or'), long), row('LAX', 0xebf7, 'RSY', loadAnd32('xor'), word), row('LAXG', 0xebe7, 'RSY', loadAnd64('xor'), long),
  row('TS', 0x93, 'Sx', testAndSet), row('CSST', 0xc82, 'SSF', swapAndStore, { by: 'address' }),
];
