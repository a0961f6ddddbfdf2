/**
 * Packed decimal (PoP chapter 8, "Decimal Instructions") and CONVERT TO BINARY / DECIMAL of
 * chapter 7, as helpers. Operand x is the first operand's address with its length in bytes from
 * bit 32 on, y the second's.
 */

import type { I64 } from '../../ir/builder.ts';
import { GuestTrap } from '../../trap.ts';
import type { Helper, HelperContext } from '../isa.ts';
import { codeValue } from './condition.ts';
import { declare, helper } from './helper_table.ts';
import { decimalException, interruption, specificationException } from './interruption.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { registers } from './registers.ts';
import { type Row, row } from './row.ts';
import {
  byteAt,
  putByte,
  putRegister,
  putRegisterLow,
  readBytes,
  writeBytes,
} from './state_access.ts';

/** An operand's place in storage. */
export interface Field {
  readonly at: number;
  readonly bytes: number;
}
export function fieldOf(operand: bigint): Field {
  return { at: Number(operand & 0xffffffffn), bytes: Number(operand >> 32n) };
}

/** A signed decimal number: a zero may be negative. */
interface Decimal {
  readonly magnitude: bigint;
  readonly negative: boolean;
}

const isSign = (nibble: number): boolean => nibble > 9;
const isMinus = (nibble: number): boolean => nibble === 0xb || nibble === 0xd;

/** Reads a packed number. An invalid digit or sign is a data exception: SIGILL on Linux. */
function read(view: DataView, { at, bytes }: Field): Decimal {
  let digits = '';
  let sign = 0;
  for (const [i, byte] of readBytes(view, at, bytes).entries()) {
    const [left, right] = [byte >> 4, byte & 15];
    if (i === bytes - 1) sign = right;
    if (isSign(left) || (i < bytes - 1 && isSign(right))) throw decimalException();
    digits += i === bytes - 1 ? left : `${left}${right}`;
  }
  if (!isSign(sign)) throw decimalException();
  return { magnitude: BigInt(digits), negative: isMinus(sign) };
}

/** Packs the rightmost digits that fit. */
function packed(bytes: number, magnitude: bigint, negative: boolean): Uint8Array {
  const digits = magnitude
    .toString()
    .padStart(bytes * 2 - 1, '0')
    .slice(1 - bytes * 2);
  const text = `${digits}${negative ? 'd' : 'c'}`;
  return Uint8Array.from({ length: bytes }, (_, i) =>
    Number.parseInt(text.slice(i * 2, i * 2 + 2), 16),
  );
}
const capacity = (bytes: number): bigint => 10n ** BigInt(bytes * 2 - 1);

/** Program-mask bit for decimal overflow. */
const decimalOverflowMask = 4;
/** Answer bit above the condition code: the program wants to be interrupted. */
const overflowed = 8n;

/** Stores a signed result; answers the code: 0 zero, 1 negative, 2 positive, 3 overflow. */
function finish(view: DataView, to: Field, value: bigint, negative: boolean): bigint {
  const magnitude = value < 0n ? -value : value;
  const overflow = magnitude >= capacity(to.bytes);
  const minus = negative && (overflow || magnitude !== 0n);
  writeBytes(view, to.at, packed(to.bytes, magnitude, minus));
  if (overflow) {
    const mask = view.getUint32(registers.programMask.offset, true);
    return mask & decimalOverflowMask ? 3n | overflowed : 3n;
  }
  return magnitude === 0n ? 0n : minus ? 1n : 2n;
}
const signed = ({ magnitude, negative }: Decimal): bigint => (negative ? -magnitude : magnitude);

/** AP and SP. */
const sum =
  (sign: bigint): Helper =>
  (context, x, y) => {
    const view = context.view();
    const to = fieldOf(x);
    const total = signed(read(view, to)) + sign * signed(read(view, fieldOf(y)));
    return finish(view, to, total, total < 0n);
  };
const zeroAndAdd: Helper = (context, x, y) => {
  const view = context.view();
  const { magnitude, negative } = read(view, fieldOf(y));
  return finish(view, fieldOf(x), magnitude, negative);
};
const compare: Helper = (context, x, y) => {
  const view = context.view();
  const [p, q] = [signed(read(view, fieldOf(x))), signed(read(view, fieldOf(y)))];
  return p === q ? 0n : p < q ? 1n : 2n;
};
/** SRP: y is the shift (a signed 6-bit number), z the rounding digit. */
const shiftAndRound: Helper = (context, x, y, z) => {
  const view = context.view();
  const to = fieldOf(x);
  const { magnitude, negative } = read(view, to);
  if (z > 9n) throw decimalException();
  const by = BigInt.asIntN(6, y);
  if (by >= 0n) return finish(view, to, magnitude * 10n ** by, negative);
  const unit = 10n ** -by;
  // The digit is added to the leftmost one shifted out.
  return finish(view, to, (magnitude + (z * unit) / 10n) / unit, negative);
};
/** A multiplier or divisor has at most 8 bytes and fewer than the first operand. */
function checkLengths(first: Field, second: Field): void {
  if (second.bytes > 8 || second.bytes >= first.bytes) throw specificationException();
}
const multiply: Helper = (context, x, y) => {
  const view = context.view();
  const [to, by] = [fieldOf(x), fieldOf(y)];
  checkLengths(to, by);
  const [p, q] = [read(view, to), read(view, by)];
  // The multiplicand has as many bytes of zeros on the left as the multiplier has bytes.
  if (p.magnitude >= capacity(to.bytes - by.bytes)) throw decimalException();
  const product = packed(to.bytes, p.magnitude * q.magnitude, p.negative !== q.negative);
  writeBytes(view, to.at, product);
  return 0n;
};
const divide: Helper = (context, x, y) => {
  const view = context.view();
  const [to, by] = [fieldOf(x), fieldOf(y)];
  checkLengths(to, by);
  const [p, q] = [read(view, to), read(view, by)];
  const bytes = to.bytes - by.bytes;
  if (q.magnitude === 0n || p.magnitude / q.magnitude >= capacity(bytes)) {
    throw new GuestTrap('divide');
  }
  const quotient = packed(bytes, p.magnitude / q.magnitude, p.negative !== q.negative);
  const remainder = packed(by.bytes, p.magnitude % q.magnitude, p.negative);
  writeBytes(view, to.at, Uint8Array.from([...quotient, ...remainder]));
  return 0n;
};
/** TP: 1 invalid sign, 2 invalid digit, 3 both. */
const test: Helper = (context, x) => {
  const { at, bytes } = fieldOf(x);
  const view = context.view();
  let code = isSign(byteAt(view, at + bytes - 1) & 15) ? 0n : 1n;
  for (let i = 0; i < bytes; i++) {
    const byte = byteAt(view, at + i);
    if (isSign(byte >> 4) || (i < bytes - 1 && isSign(byte & 15))) code |= 2n;
  }
  return code;
};

/** CVB, CVBG: x the operand's place, y the register. A number too large is a divide exception. */
const toBinary =
  (bits: 32 | 64): Helper =>
  (context, x, y) => {
    const view = context.view();
    const value = signed(read(view, fieldOf(x)));
    const fits = BigInt.asIntN(bits, value) === value;
    // Only the short form completes with the rightmost bits.
    if (bits === 32) putRegisterLow(view, Number(y), Number(BigInt.asUintN(32, value)));
    else if (fits) putRegister(view, Number(y), value);
    if (!fits) throw new GuestTrap('divide');
    return 0n;
  };
/** CVD, CVDG: y is the number. */
const toDecimal: Helper = (context, x, y) => {
  const { at, bytes } = fieldOf(x);
  const value = BigInt.asIntN(64, y);
  writeBytes(context.view(), at, packed(bytes, value < 0n ? -value : value, value < 0n));
  return 0n;
};

/** Operand for `fieldOf`. */
export function placed(z: Lowering, which: 'first' | 'second', bytes: number): I64 {
  const { b } = z;
  const address = which === 'first' ? z.address1() : z.address2();
  return b.i64_or(b.i64_extend_i32_u(address), b.const64Halves(0, bytes));
}
/** How an operation's answer is used. */
type Answer = 'code' | 'signed' | 'none';
function answered(z: Lowering, code: I64, answer: Answer): void {
  const { b } = z;
  if (answer === 'none') return;
  const value = b.i32_wrap_i64(code);
  z.cc(codeValue(b.i32_and(value, b.const32(3))));
  if (answer === 'signed') {
    b.trapIf(b.i32_and(value, b.const32(8)), 'arithmetic', interruption.decimalOverflow);
  }
}
function twoFields(which: Helper, answer: Answer): Semantics {
  declare(which);
  return (z) => {
    const [x, y] = [placed(z, 'first', z.l1 + 1), placed(z, 'second', z.l2 + 1)];
    answered(z, helper(z.b, which, x, y, z.b.const64(0)), answer);
  };
}
declare(shiftAndRound);
declare(test);
declare(toDecimal);
const shift: Semantics = (z) => {
  const x = placed(z, 'first', z.l1 + 1);
  const by = z.b.i64_extend_i32_u(z.address2());
  answered(z, helper(z.b, shiftAndRound, x, by, z.b.const64(z.i3)), 'signed');
};
const testField: Semantics = (z) => {
  const zero = z.b.const64(0);
  answered(z, helper(z.b, test, placed(z, 'first', z.l1 + 1), zero, zero), 'code');
};
function convertToBinary(bits: 32 | 64): Semantics {
  const which = toBinary(bits);
  declare(which);
  return (z) => {
    const { b } = z;
    helper(b, which, placed(z, 'second', bits / 4), b.const64(z.r1), b.const64(0));
    z.known[z.r1] = null;
  };
}
const convertToDecimal =
  (bits: 32 | 64): Semantics =>
  (z) => {
    const { b } = z;
    const value = bits === 64 ? z.r64(z.r1) : b.i64_extend32_s(z.r64(z.r1));
    helper(b, toDecimal, placed(z, 'second', bits / 4), value, b.const64(0));
  };

/** MVO, PACK, UNPK: from right to left, a byte stored as soon as it is known. */
function moveHalves(
  context: HelperContext,
  x: bigint,
  y: bigint,
  how: 'offset' | 'pack' | 'unpack',
): void {
  const view = context.view();
  const [to, from] = [fieldOf(x), fieldOf(y)];
  let source = from.bytes - 1;
  const next = (): number => (source < 0 ? 0 : byteAt(view, from.at + source--));
  const put = (i: number, value: number): void => putByte(view, to.at + i, value & 0xff);
  // Touched first, so that a fault changes nothing.
  byteAt(view, to.at);
  let last = to.bytes - 1;
  let carried = next();
  if (how === 'offset') {
    put(last, (carried << 4) | (byteAt(view, to.at + last) & 15));
    while (--last >= 0) {
      const old = carried;
      carried = next();
      put(last, (carried << 4) | (old >> 4));
    }
    return;
  }
  put(last, (carried << 4) | (carried >> 4));
  while (--last >= 0) {
    if (how === 'pack') {
      const right = next() & 15;
      put(last, right | (next() << 4));
    } else {
      const both = next();
      put(last, 0xf0 | (both & 15));
      if (--last >= 0) put(last, 0xf0 | (both >> 4));
    }
  }
}
function moving(how: 'offset' | 'pack' | 'unpack'): Semantics {
  return twoFields((context, x, y) => {
    moveHalves(context, x, y, how);
    return 0n;
  }, 'none');
}

/** Packed operands must be valid numbers, which a random program has to store first. */
const prepared = { by: 'address' } as const;

// biome-ignore format: a table
export const decimalRows: readonly Row[] = [
  row('AP', 0xfa, 'SSb', twoFields(sum(1n), 'signed'), prepared), row('SP', 0xfb, 'SSb', twoFields(sum(-1n), 'signed'), prepared), row('ZAP', 0xf8, 'SSb', twoFields(zeroAndAdd, 'signed'), prepared), row('CP', 0xf9, 'SSb', twoFields(compare, 'code'), prepared),
  row('MP', 0xfc, 'SSb', twoFields(multiply, 'none'), prepared), row('DP', 0xfd, 'SSb', twoFields(divide, 'none'), prepared), row('SRP', 0xf0, 'SSc', shift, prepared), row('TP', 0xebc0, 'RSL', testField),
  row('CVB', 0x4f, 'RX', convertToBinary(32), prepared), row('CVBY', 0xe306, 'RXY', convertToBinary(32), prepared), row('CVBG', 0xe30e, 'RXY', convertToBinary(64), prepared),
  row('CVD', 0x4e, 'RX', convertToDecimal(32)), row('CVDY', 0xe326, 'RXY', convertToDecimal(32)), row('CVDG', 0xe32e, 'RXY', convertToDecimal(64)),
  row('MVO', 0xf1, 'SSb', moving('offset')), row('PACK', 0xf2, 'SSb', moving('pack')), row('UNPK', 0xf3, 'SSb', moving('unpack')),
];
