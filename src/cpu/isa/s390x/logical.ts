/** Bitwise operations, TEST UNDER MASK, INSERT/STORE CHARACTERS UNDER MASK, counting of bits. */

import type { I32, I64 } from '../../ir/builder.ts';
import { codeValue, comparison, sign, underMask, zeroOrNot } from './condition.ts';
import type { Lowering, Semantics } from './lowering.ts';
import * as o from './operands.ts';
import { type Row, row } from './row.ts';

type Operation = 'and' | 'or' | 'xor';

function nonzero64(z: Lowering, value: I64): void {
  z.cc(zeroOrNot(z.b.i64_ne(value, z.b.const64(0))));
}

const logical32 =
  (operation: Operation) =>
  (y: o.Source32, x: o.Source32 = o.r1w): Semantics =>
  (z) => {
    const first = x(z);
    const value = z.b[`i32_${operation}`](first, y(z));
    z.put32(z.r1, value);
    z.cc(zeroOrNot(value));
  };
const logical64 =
  (operation: Operation) =>
  (y: o.Source64, x: o.Source64 = o.r1g): Semantics =>
  (z) => {
    const first = x(z);
    const value = z.b[`i64_${operation}`](first, y(z));
    z.put64(z.r1, value);
    nonzero64(z, value);
  };
const and32 = logical32('and');
const and64 = logical64('and');
const or32 = logical32('or');
const or64 = logical64('or');
const xor32 = logical32('xor');
const xor64 = logical64('xor');

function halves(z: Lowering, value: bigint): I64 {
  return z.b.const64Halves(
    Number(BigInt.asIntN(32, value)),
    Number(BigInt.asIntN(32, value >> 32n)),
  );
}

/** NIHH, OILF, XIHF…: the operation on `bits` bits of R1 at `shift`; the code is of those bits. */
const withImmediate =
  (operation: Operation, bits: 16 | 32, shift: number): Semantics =>
  (z) => {
    const { b } = z;
    const field = BigInt.asUintN(bits, BigInt(z.i2)) << BigInt(shift);
    const mask = (2n ** BigInt(bits) - 1n) << BigInt(shift);
    const operand = operation === 'and' ? BigInt.asUintN(64, ~mask) | field : field;
    const value = b[`i64_${operation}`](z.r64(z.r1), halves(z, operand));
    z.put64(z.r1, value);
    nonzero64(z, b.i64_and(value, halves(z, mask)));
  };

/** NI, OI, XI and their long-displacement forms. */
const onByte =
  (operation: Operation): Semantics =>
  (z) => {
    const { b } = z;
    const base = z.base1();
    const value = b[`i32_${operation}`](b.i32_load8_u(base, z.d1), b.const32(z.i2 & 0xff));
    b.i32_store8(base, value, z.d1);
    z.cc(zeroOrNot(value));
  };

/** TMHH, TMLL…: tests bits of R1 selected by a 16-bit mask at `shift`. */
const testRegister =
  (shift: number): Semantics =>
  (z) => {
    const immediate = z.i2 & 0xffff;
    if (immediate === 0) {
      z.cc(codeValue(z.b.const32(0)));
      return;
    }
    const mask = BigInt(immediate) << BigInt(shift);
    const leftmost = 1n << BigInt(31 - Math.clz32(immediate) + shift);
    const bits = halves(z, mask);
    z.cc(underMask(z.b.i64_and(z.r64(z.r1), bits), bits, halves(z, leftmost)));
  };

/** TM, TMY: code 1 for a mixture whatever the leftmost bit. */
const testStorage: Semantics = (z) => {
  const { b } = z;
  const mask = z.i2 & 0xff;
  const selected = b.i32_and(o.s1b(z), b.const32(mask));
  const some = b.i32_ne(selected, b.const32(0));
  // 0 none, 1 mixed, 3 all; a mask of zero gives 0.
  const all = b.i32_and(b.i32_eq(selected, b.const32(mask)), some);
  const value = b.i32_or(some, b.i32_shl(all, b.const32(1)));
  const condition = codeValue(value);
  z.cc({
    value: () => value,
    test: (inner, bits) => {
      if (bits === 8) return inner.i32_eqz(selected);
      if (bits === 7) return selected;
      if (bits === 1) return all;
      return condition.test(inner, bits);
    },
  });
};

/** Bytes 0–3 a 4-bit mask selects, leftmost first. */
function maskBytes(mask: number): number[] {
  return [0, 1, 2, 3].filter((byte) => mask & (8 >> byte));
}

/** INSERT CHARACTERS UNDER MASK into the word that is `shift` bits from the right. */
const insertCharacters =
  (shift: 0 | 32): Semantics =>
  (z) => {
    const { b } = z;
    const selected = maskBytes(z.m3);
    if (selected.length === 0) {
      z.cc(codeValue(b.const32(0)));
      return;
    }
    if (selected.length === 4) {
      const word = o.s2w(z);
      if (shift === 0) z.put32(z.r1, word);
      else z.putHigh(z.r1, word);
      z.cc(sign(b, 32, word));
      return;
    }
    const base = z.base2();
    const bytes = selected.map((_, i) => b.i32_load8_u(base, z.d2 + i));
    let word: I32 = shift === 0 ? z.r32(z.r1) : z.high32(z.r1);
    let kept = -1;
    for (const byte of selected) kept &= ~(0xff << (24 - 8 * byte));
    word = b.i32_and(word, b.const32(kept));
    for (const [i, byte] of selected.entries()) {
      word = b.i32_or(word, b.i32_shl(bytes[i]!, b.const32(24 - 8 * byte)));
    }
    if (shift === 0) z.put32(z.r1, word);
    else z.putHigh(z.r1, word);
    // The inserted field as a signed number decides: its leftmost bit first.
    let field = b.i32_shl(bytes[0]!, b.const32(24));
    for (const byte of bytes.slice(1)) field = b.i32_or(field, byte);
    z.cc(comparison('i32_s', field, b.const32(0)));
  };

const storeCharacters =
  (shift: 0 | 32): Semantics =>
  (z) => {
    const { b } = z;
    const base = z.base2();
    const value = z.r64(z.r1);
    for (const [i, byte] of maskBytes(z.m3).entries()) {
      b.i64_store8(base, b.i64_shr_u(value, b.const64(shift + 24 - 8 * byte)), z.d2 + i);
    }
  };

/** COMPARE LOGICAL CHARACTERS UNDER MASK. */
const compareCharacters =
  (shift: 0 | 32): Semantics =>
  (z) => {
    const { b } = z;
    const selected = maskBytes(z.m3);
    if (selected.length === 0) {
      z.cc(codeValue(b.const32(0)));
      return;
    }
    const base = z.base2();
    const word = shift === 0 ? z.r32(z.r1) : z.high32(z.r1);
    let left = b.const32(0);
    let right = b.const32(0);
    for (const [i, byte] of selected.entries()) {
      const one = b.i32_and(b.i32_shr_u(word, b.const32(24 - 8 * byte)), b.const32(0xff));
      left = b.i32_or(b.i32_shl(left, b.const32(8)), one);
      right = b.i32_or(b.i32_shl(right, b.const32(8)), b.i32_load8_u(base, z.d2 + i));
    }
    z.cc(comparison('i32_u', left, right));
  };

/** FIND LEFTMOST ONE: R1 the count of zeros, R1+1 the operand without that bit. */
const findLeftmostOne: Semantics = (z) => {
  if (!z.even(z.r1)) return;
  const { b } = z;
  const value = z.r64(z.r2);
  const count = b.i64_clz(value);
  const top = b.i64_shr_u(b.const64Halves(0, 1 << 31), count);
  const rest = b.i64_and(value, b.i64_xor(top, b.const64(-1)));
  z.put64(z.r1, count);
  z.put64(z.r1 + 1, rest);
  const some = b.i64_ne(value, b.const64(0));
  z.cc(codeValue(b.i32_shl(some, b.const32(1))));
};

/** POPULATION COUNT of each byte, or with M3 bit 8 of the whole register. */
const populationCount: Semantics = (z) => {
  const { b } = z;
  const value = z.r64(z.r2);
  const bytes = b.i64x2_extract_lane(0, b.i8x16_popcnt(b.i64x2_splat(value)));
  z.put64(z.r1, bytes);
  nonzero64(z, bytes);
};

// biome-ignore format: a table
export const logicalRows: readonly Row[] = [
  row('NR', 0x14, 'RR', and32(o.r2w)), row('NGR', 0xb980, 'RRE', and64(o.r2g)), row('NRK', 0xb9f4, 'RRFa', and32(o.r3w, o.r2w)), row('NGRK', 0xb9e4, 'RRFa', and64(o.r3g, o.r2g)),
  row('N', 0x54, 'RX', and32(o.s2w)), row('NY', 0xe354, 'RXY', and32(o.s2w)), row('NG', 0xe380, 'RXY', and64(o.s2g)),
  row('OR', 0x16, 'RR', or32(o.r2w)), row('OGR', 0xb981, 'RRE', or64(o.r2g)), row('ORK', 0xb9f6, 'RRFa', or32(o.r3w, o.r2w)), row('OGRK', 0xb9e6, 'RRFa', or64(o.r3g, o.r2g)),
  row('O', 0x56, 'RX', or32(o.s2w)), row('OY', 0xe356, 'RXY', or32(o.s2w)), row('OG', 0xe381, 'RXY', or64(o.s2g)),
  row('XR', 0x17, 'RR', xor32(o.r2w)), row('XGR', 0xb982, 'RRE', xor64(o.r2g)), row('XRK', 0xb9f7, 'RRFa', xor32(o.r3w, o.r2w)), row('XGRK', 0xb9e7, 'RRFa', xor64(o.r3g, o.r2g)),
  row('X', 0x57, 'RX', xor32(o.s2w)), row('XY', 0xe357, 'RXY', xor32(o.s2w)), row('XG', 0xe382, 'RXY', xor64(o.s2g)),
  row('NIHH', 0xa54, 'RI', withImmediate('and', 16, 48)), row('NIHL', 0xa55, 'RI', withImmediate('and', 16, 32)), row('NILH', 0xa56, 'RI', withImmediate('and', 16, 16)), row('NILL', 0xa57, 'RI', withImmediate('and', 16, 0)),
  row('OIHH', 0xa58, 'RI', withImmediate('or', 16, 48)), row('OIHL', 0xa59, 'RI', withImmediate('or', 16, 32)), row('OILH', 0xa5a, 'RI', withImmediate('or', 16, 16)), row('OILL', 0xa5b, 'RI', withImmediate('or', 16, 0)),
  row('NIHF', 0xc0a, 'RIL', withImmediate('and', 32, 32)), row('NILF', 0xc0b, 'RIL', withImmediate('and', 32, 0)),
  row('OIHF', 0xc0c, 'RIL', withImmediate('or', 32, 32)), row('OILF', 0xc0d, 'RIL', withImmediate('or', 32, 0)),
  row('XIHF', 0xc06, 'RIL', withImmediate('xor', 32, 32)), row('XILF', 0xc07, 'RIL', withImmediate('xor', 32, 0)),
  row('NI', 0x94, 'SI', onByte('and')), row('NIY', 0xeb54, 'SIY', onByte('and')), row('OI', 0x96, 'SI', onByte('or')), row('OIY', 0xeb56, 'SIY', onByte('or')), row('XI', 0x97, 'SI', onByte('xor')), row('XIY', 0xeb57, 'SIY', onByte('xor')),
  row('TMLH', 0xa70, 'RI', testRegister(16)), row('TMLL', 0xa71, 'RI', testRegister(0)), row('TMHH', 0xa72, 'RI', testRegister(48)), row('TMHL', 0xa73, 'RI', testRegister(32)),
  row('TM', 0x91, 'SI', testStorage), row('TMY', 0xeb51, 'SIY', testStorage),
  row('ICM', 0xbf, 'RSm', insertCharacters(0)), row('ICMY', 0xeb81, 'RSYm', insertCharacters(0)), row('ICMH', 0xeb80, 'RSYm', insertCharacters(32)),
  row('STCM', 0xbe, 'RSm', storeCharacters(0)), row('STCMY', 0xeb2d, 'RSYm', storeCharacters(0)), row('STCMH', 0xeb2c, 'RSYm', storeCharacters(32)),
  row('CLM', 0xbd, 'RSm', compareCharacters(0)), row('CLMY', 0xeb21, 'RSYm', compareCharacters(0)), row('CLMH', 0xeb20, 'RSYm', compareCharacters(32)),
  row('FLOGR', 0xb983, 'RRE', findLeftmostOne, { pairs: ['r1'] }), row('POPCNT', 0xb9e1, 'RRE', populationCount),
];
