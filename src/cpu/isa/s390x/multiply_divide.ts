/** Fixed-point multiplication and division; pairs hold double-width products and dividends. */

import type { I32, I64 } from '../../ir/builder.ts';
import { signOrOverflow } from './condition.ts';
import { declare, helper } from './helper_table.ts';
import type { Lowering, Semantics } from './lowering.ts';
import * as o from './operands.ts';
import { type Row, row } from './row.ts';

/** Puts a 64-bit product in the low halves of the pair at R1. */
function putPair32(z: Lowering, product: I64): void {
  const { b } = z;
  z.putLow(z.r1, b.i64_shr_u(product, b.const64(32)));
  z.putLow(z.r1 + 1, b.i64_and(product, b.const64Halves(-1, 0)));
}
const multiplyPair32 =
  (source: o.Source64): Semantics =>
  (z) => {
    if (!z.even(z.r1)) return;
    const y = source(z);
    putPair32(z, z.b.i64_mul(z.b.i64_extend32_s(z.r64(z.r1 + 1)), y));
  };
const multiplyPairLogical32 =
  (source: o.Source64): Semantics =>
  (z) => {
    if (!z.even(z.r1)) return;
    const { b } = z;
    const y = source(z);
    putPair32(z, b.i64_mul(b.i64_and(z.r64(z.r1 + 1), b.const64Halves(-1, 0)), y));
  };
const multiplyPairLogical64 =
  (source: o.Source64): Semantics =>
  (z) => {
    if (!z.even(z.r1)) return;
    const { b } = z;
    const x = z.r64(z.r1 + 1);
    const y = source(z);
    z.put64(z.r1, b.i64_mulhi_u(x, y));
    z.put64(z.r1 + 1, b.i64_mul(x, y));
  };
const multiplyPair64 =
  (x: (z: Lowering) => I64, y: o.Source64): Semantics =>
  (z) => {
    if (!z.even(z.r1)) return;
    const { b } = z;
    const second = y(z);
    const first = x(z);
    z.put64(z.r1, b.i64_mulhi_s(first, second));
    z.put64(z.r1 + 1, b.i64_mul(first, second));
  };
const multiply32 =
  (source: o.Source32): Semantics =>
  (z) =>
    z.put32(z.r1, z.b.i32_mul(z.r32(z.r1), source(z)));
const multiply64 =
  (source: o.Source64): Semantics =>
  (z) =>
    z.put64(z.r1, z.b.i64_mul(z.r64(z.r1), source(z)));

/** MULTIPLY SINGLE that sets the condition code; 3 where the product does not fit. */
const multiplyCode32 =
  (x: o.Source64, y: o.Source64): Semantics =>
  (z) => {
    const { b } = z;
    const product = b.i64_mul(x(z), y(z));
    const value = b.i32_wrap_i64(product);
    const overflow = b.i64_ne(b.i64_extend32_s(product), product);
    z.put32(z.r1, value);
    // The sign is that of the whole product where it overflows; code 3 hides it.
    z.cc(signOrOverflow(b, 32, value, overflow));
  };
const multiplyCode64 =
  (x: o.Source64, y: o.Source64): Semantics =>
  (z) => {
    const { b } = z;
    const [first, second] = [x(z), y(z)];
    const product = b.i64_mul(first, second);
    const high = b.i64_mulhi_s(first, second);
    z.put64(z.r1, product);
    const overflow = b.i64_ne(high, b.i64_shr_s(product, b.const64(63)));
    z.cc(signOrOverflow(b, 64, product, overflow));
  };

/** Traps where x / y (64 bits, signed) has no result. */
function checkDivision(z: Lowering, x: I64, y: I64): void {
  const { b } = z;
  b.trapIf(b.i64_eqz(y), 'divide');
  const lowest = b.i64_eq(x, b.const64Halves(0, 1 << 31));
  b.trapIf(b.i32_and(lowest, b.i64_eq(y, b.const64(-1))), 'divide');
}
/** DIVIDE: a 64-bit dividend in a pair of low halves, 32-bit divisor. */
const divide32 =
  (source: o.Source64): Semantics =>
  (z) => {
    if (!z.even(z.r1)) return;
    const { b } = z;
    const y = source(z);
    const left = b.i64_shl(z.r64(z.r1), b.const64(32));
    const x = b.i64_or(left, b.i64_and(z.r64(z.r1 + 1), b.const64Halves(-1, 0)));
    checkDivision(z, x, y);
    const quotient = b.i64_div_s(x, y);
    b.trapIf(b.i64_ne(b.i64_extend32_s(quotient), quotient), 'divide');
    const remainder = b.i32_wrap_i64(b.i64_sub(x, b.i64_mul(quotient, y)));
    z.put32(z.r1, remainder);
    z.put32(z.r1 + 1, b.i32_wrap_i64(quotient));
  };
/** DIVIDE SINGLE: dividend in R1+1. */
const divideSingle =
  (source: o.Source64): Semantics =>
  (z) => {
    if (!z.even(z.r1)) return;
    const { b } = z;
    const y = source(z);
    const x = z.r64(z.r1 + 1);
    checkDivision(z, x, y);
    const quotient = b.i64_div_s(x, y);
    z.put64(z.r1, b.i64_sub(x, b.i64_mul(quotient, y)));
    z.put64(z.r1 + 1, quotient);
  };
const divideLogical32 =
  (source: o.Source64): Semantics =>
  (z) => {
    if (!z.even(z.r1)) return;
    const { b } = z;
    const y = source(z);
    const left = b.i64_shl(z.r64(z.r1), b.const64(32));
    const x = b.i64_or(left, b.i64_and(z.r64(z.r1 + 1), b.const64Halves(-1, 0)));
    // The quotient fits in 32 bits unless the left half reaches the divisor (zero included).
    b.trapIf(b.i64_ge_u(b.i64_shr_u(x, b.const64(32)), y), 'divide');
    const quotient = b.i64_div_u(x, y);
    const remainder: I32 = b.i32_wrap_i64(b.i64_sub(x, b.i64_mul(quotient, y)));
    z.put32(z.r1, remainder);
    z.put32(z.r1 + 1, b.i32_wrap_i64(quotient));
  };
const divideLogical64 =
  (source: o.Source64): Semantics =>
  (z) => {
    if (!z.even(z.r1)) return;
    const { b } = z;
    const y = source(z);
    const low = z.r64(z.r1 + 1);
    let quotient: I64;
    if (z.known[z.r1] === 0) {
      // What compilers emit for a 64-bit division: the left half was just cleared.
      b.trapIf(b.i64_eqz(y), 'divide');
      quotient = b.i64_div_u(low, y);
    } else {
      const high = z.r64(z.r1);
      b.trapIf(b.i64_ge_u(high, y), 'divide');
      quotient = helper(b, divide128, high, low, y);
    }
    z.put64(z.r1, b.i64_sub(low, b.i64_mul(quotient, y)));
    z.put64(z.r1 + 1, quotient);
  };

/** (x ‖ y) / z, unsigned; the quotient is known to fit. */
function divide128(_context: unknown, x: bigint, y: bigint, z: bigint): bigint {
  return ((x << 64n) | y) / z;
}

declare(divide128);

const pair = { pairs: ['r1'] };

// biome-ignore format: a table
export const multiplyDivideRows: readonly Row[] = [
  row('MR', 0x1c, 'RR', multiplyPair32(o.r2gf), pair), row('M', 0x5c, 'RX', multiplyPair32(o.s2gf), pair), row('MFY', 0xe35c, 'RXY', multiplyPair32(o.s2gf), pair),
  row('MLR', 0xb996, 'RRE', multiplyPairLogical32(o.r2gu), pair), row('ML', 0xe396, 'RXY', multiplyPairLogical32(o.s2gu), pair),
  row('MLGR', 0xb986, 'RRE', multiplyPairLogical64(o.r2g), pair), row('MLG', 0xe386, 'RXY', multiplyPairLogical64(o.s2g), pair),
  row('MGRK', 0xb9ec, 'RRFa', multiplyPair64(o.r2g, o.r3g), pair), row('MG', 0xe384, 'RXY', multiplyPair64((z) => z.r64(z.r1 + 1), o.s2g), pair),
  row('MSR', 0xb252, 'RRE', multiply32(o.r2w)), row('MS', 0x71, 'RX', multiply32(o.s2w)), row('MSY', 0xe351, 'RXY', multiply32(o.s2w)), row('MSFI', 0xc21, 'RIL', multiply32(o.iw)),
  row('MH', 0x4c, 'RX', multiply32(o.s2h)), row('MHY', 0xe37c, 'RXY', multiply32(o.s2h)), row('MHI', 0xa7c, 'RI', multiply32(o.iw)),
  row('MSGR', 0xb90c, 'RRE', multiply64(o.r2g)), row('MSGFR', 0xb91c, 'RRE', multiply64(o.r2gf)), row('MSG', 0xe30c, 'RXY', multiply64(o.s2g)), row('MSGF', 0xe31c, 'RXY', multiply64(o.s2gf)),
  row('MGH', 0xe33c, 'RXY', multiply64(o.s2gh)), row('MGHI', 0xa7d, 'RI', multiply64(o.ig)), row('MSGFI', 0xc20, 'RIL', multiply64(o.ig)),
  row('MSRKC', 0xb9fd, 'RRFa', multiplyCode32(o.r2gf, (z) => z.b.i64_extend32_s(z.r64(z.r3)))), row('MSC', 0xe353, 'RXY', multiplyCode32((z) => z.b.i64_extend32_s(z.r64(z.r1)), o.s2gf)),
  row('MSGRKC', 0xb9ed, 'RRFa', multiplyCode64(o.r2g, o.r3g)), row('MSGC', 0xe383, 'RXY', multiplyCode64(o.r1g, o.s2g)),
  row('DR', 0x1d, 'RR', divide32(o.r2gf), pair), row('D', 0x5d, 'RX', divide32(o.s2gf), pair),
  row('DSGR', 0xb90d, 'RRE', divideSingle(o.r2g), pair), row('DSG', 0xe30d, 'RXY', divideSingle(o.s2g), pair), row('DSGFR', 0xb91d, 'RRE', divideSingle(o.r2gf), pair), row('DSGF', 0xe31d, 'RXY', divideSingle(o.s2gf), pair),
  row('DLR', 0xb997, 'RRE', divideLogical32(o.r2gu), pair), row('DL', 0xe397, 'RXY', divideLogical32(o.s2gu), pair),
  row('DLGR', 0xb987, 'RRE', divideLogical64(o.r2g), pair), row('DLG', 0xe387, 'RXY', divideLogical64(o.s2g), pair),
];
