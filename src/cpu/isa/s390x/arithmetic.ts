/** Fixed-point addition, subtraction, comparison: PoP chapter 7, "General Instructions". */

import type { I32, I64 } from '../../ir/builder.ts';
import { type Compare, carryAndZero, comparison, sign, signOrOverflow } from './condition.ts';
import type { Lowering, Semantics } from './lowering.ts';
import * as o from './operands.ts';
import { type Row, row } from './row.ts';

type In32 = o.Source32;
type In64 = o.Source64;

/** x + y with the signed condition code. */
function plus32(z: Lowering, x: I32, y: I32): I32 {
  const { b } = z;
  const sum = b.i32_add(x, y);
  const overflow = b.i32_and(b.i32_xor(x, sum), b.i32_xor(y, sum));
  z.cc(signOrOverflow(b, 32, sum, b.i32_shr_u(overflow, b.const32(31))));
  return sum;
}

function plus64(z: Lowering, x: I64, y: I64): I64 {
  const { b } = z;
  const sum = b.i64_add(x, y);
  const overflow = b.i64_and(b.i64_xor(x, sum), b.i64_xor(y, sum));
  z.cc(signOrOverflow(b, 64, sum, b.i64_lt_s(overflow, b.const64(0))));
  return sum;
}

function minus32(z: Lowering, x: I32, y: I32): I32 {
  const { b } = z;
  const difference = b.i32_sub(x, y);
  const overflow = b.i32_and(b.i32_xor(x, y), b.i32_xor(x, difference));
  z.cc(signOrOverflow(b, 32, difference, b.i32_shr_u(overflow, b.const32(31))));
  return difference;
}

function minus64(z: Lowering, x: I64, y: I64): I64 {
  const { b } = z;
  const difference = b.i64_sub(x, y);
  const overflow = b.i64_and(b.i64_xor(x, y), b.i64_xor(x, difference));
  z.cc(signOrOverflow(b, 64, difference, b.i64_lt_s(overflow, b.const64(0))));
  return difference;
}

function plusLogical32(z: Lowering, x: I32, y: I32): I32 {
  const { b } = z;
  const sum = b.i32_add(x, y);
  z.cc(carryAndZero(b.i32_ne(sum, b.const32(0)), b.i32_lt_u(sum, x)));
  return sum;
}

function plusLogical64(z: Lowering, x: I64, y: I64): I64 {
  const { b } = z;
  const sum = b.i64_add(x, y);
  z.cc(carryAndZero(b.i64_ne(sum, b.const64(0)), b.i64_lt_u(sum, x)));
  return sum;
}

function minusLogical32(z: Lowering, x: I32, y: I32): I32 {
  const { b } = z;
  const difference = b.i32_sub(x, y);
  z.cc(carryAndZero(b.i32_ne(difference, b.const32(0)), b.i32_ge_u(x, y)));
  return difference;
}

function minusLogical64(z: Lowering, x: I64, y: I64): I64 {
  const { b } = z;
  const difference = b.i64_sub(x, y);
  z.cc(carryAndZero(b.i64_ne(difference, b.const64(0)), b.i64_ge_u(x, y)));
  return difference;
}

/** x + y + the carry the condition code holds. */
function withCarry32(z: Lowering, x: I32, y: I32): I32 {
  const { b } = z;
  const carry = z.condition().test(b, 3);
  const partial = b.i32_add(x, y);
  const sum = b.i32_add(partial, carry);
  const out = b.i32_or(b.i32_lt_u(partial, x), b.i32_lt_u(sum, partial));
  z.cc(carryAndZero(b.i32_ne(sum, b.const32(0)), out));
  return sum;
}

function withCarry64(z: Lowering, x: I64, y: I64): I64 {
  const { b } = z;
  const carry = b.i64_extend_i32_u(z.condition().test(b, 3));
  const partial = b.i64_add(x, y);
  const sum = b.i64_add(partial, carry);
  const out = b.i32_or(b.i64_lt_u(partial, x), b.i64_lt_u(sum, partial));
  z.cc(carryAndZero(b.i64_ne(sum, b.const64(0)), out));
  return sum;
}

/** x - y - the borrow: x + ~y + carry. */
const withBorrow32 = (z: Lowering, x: I32, y: I32): I32 =>
  withCarry32(z, x, z.b.i32_xor(y, z.b.const32(-1)));
const withBorrow64 = (z: Lowering, x: I64, y: I64): I64 =>
  withCarry64(z, x, z.b.i64_xor(y, z.b.const64(-1)));

const binary32 =
  (operation: (z: Lowering, x: I32, y: I32) => I32) =>
  (y: In32, x: In32 = o.r1w, to: o.Sink32 = o.to1w): Semantics =>
  (z) => {
    const first = x(z);
    to(z, operation(z, first, y(z)));
  };
const binary64 =
  (operation: (z: Lowering, x: I64, y: I64) => I64) =>
  (y: In64, x: In64 = o.r1g): Semantics =>
  (z) => {
    const first = x(z);
    z.put64(z.r1, operation(z, first, y(z)));
  };

const add32 = binary32(plus32);
const add64 = binary64(plus64);
const subtract32 = binary32(minus32);
const subtract64 = binary64(minus64);
const addLogical32 = binary32(plusLogical32);
const addLogical64 = binary64(plusLogical64);
const subtractLogical32 = binary32(minusLogical32);
const subtractLogical64 = binary64(minusLogical64);
const addCarry32 = binary32(withCarry32);
const addCarry64 = binary64(withCarry64);
const subtractBorrow32 = binary32(withBorrow32);
const subtractBorrow64 = binary64(withBorrow64);
/** ADD LOGICAL WITH SIGNED IMMEDIATE HIGH that leaves the condition code. */
const addHighSilently: Semantics = (z) =>
  z.putHigh(z.r1, z.b.i32_add(z.high32(z.r1), z.b.const32(z.i2)));

/** Storage-and-immediate additions (ASI, ALGSI…): the sum replaces the storage operand. */
const addToStorage32 =
  (operation: (z: Lowering, x: I32, y: I32) => I32): Semantics =>
  (z) => {
    const { b } = z;
    const base = z.base1();
    const old = b.i32_load_be(base, z.d1);
    b.i32_store_be(base, b.i32_add(old, b.const32(z.i2)), z.d1);
    operation(z, old, b.const32(z.i2));
  };
const addToStorage64 =
  (operation: (z: Lowering, x: I64, y: I64) => I64): Semantics =>
  (z) => {
    const { b } = z;
    const base = z.base1();
    const old = b.i64_load_be(base, z.d1);
    b.i64_store_be(base, b.i64_add(old, b.const64(z.i2)), z.d1);
    operation(z, old, b.const64(z.i2));
  };

const compare32 =
  (how: 'i32_s' | 'i32_u', y: In32, x: In32 = o.r1w): Semantics =>
  (z) => {
    const first = x(z);
    z.cc(comparison(how as Compare, first, y(z)));
  };
const compare64 =
  (how: 'i64_s' | 'i64_u', y: In64, x: In64 = o.r1g): Semantics =>
  (z) => {
    const first = x(z);
    z.cc(comparison(how as Compare, first, y(z)));
  };
const c32 = (y: In32, x?: In32): Semantics => compare32('i32_s', y, x);
const cl32 = (y: In32, x?: In32): Semantics => compare32('i32_u', y, x);
const c64 = (y: In64, x?: In64): Semantics => compare64('i64_s', y, x);
const cl64 = (y: In64, x?: In64): Semantics => compare64('i64_u', y, x);

/** LOAD COMPLEMENT: 0 - x; the most negative number overflows. */
const complement32: Semantics = (z) => z.put32(z.r1, minus32(z, z.b.const32(0), z.r32(z.r2)));
const complement64 =
  (source: In64): Semantics =>
  (z) => {
    const value = source(z);
    z.put64(z.r1, minus64(z, z.b.const64(0), value));
  };

const positive32: Semantics = (z) => {
  const { b } = z;
  const x = z.r32(z.r2);
  const minus = b.i32_sub(b.const32(0), x);
  const absolute = b.i32_select(minus, x, b.i32_lt_s(x, b.const32(0)));
  z.put32(z.r1, absolute);
  z.cc(signOrOverflow(b, 32, absolute, b.i32_shr_u(absolute, b.const32(31))));
};
const positive64 =
  (source: In64): Semantics =>
  (z) => {
    const { b } = z;
    const x = source(z);
    const minus = b.i64_sub(b.const64(0), x);
    const absolute = b.i64_select(minus, x, b.i64_lt_s(x, b.const64(0)));
    z.put64(z.r1, absolute);
    z.cc(signOrOverflow(b, 64, absolute, b.i64_lt_s(absolute, b.const64(0))));
  };
const negative32: Semantics = (z) => {
  const { b } = z;
  const x = z.r32(z.r2);
  const minus = b.i32_sub(b.const32(0), x);
  const value = b.i32_select(x, minus, b.i32_lt_s(x, b.const32(0)));
  z.put32(z.r1, value);
  z.cc(sign(b, 32, value));
};
const negative64 =
  (source: In64): Semantics =>
  (z) => {
    const { b } = z;
    const x = source(z);
    const minus = b.i64_sub(b.const64(0), x);
    const value = b.i64_select(x, minus, b.i64_lt_s(x, b.const64(0)));
    z.put64(z.r1, value);
    z.cc(sign(b, 64, value));
  };
const loadAndTest32 =
  (source: In32): Semantics =>
  (z) => {
    const value = source(z);
    z.put32(z.r1, value);
    z.cc(sign(z.b, 32, value));
  };
const loadAndTest64 =
  (source: In64): Semantics =>
  (z) => {
    const value = source(z);
    z.put64(z.r1, value);
    z.cc(sign(z.b, 64, value));
  };

// biome-ignore format: a table
export const arithmeticRows: readonly Row[] = [
  row('AR', 0x1a, 'RR', add32(o.r2w)), row('AGR', 0xb908, 'RRE', add64(o.r2g)), row('AGFR', 0xb918, 'RRE', add64(o.r2gf)),
  row('ARK', 0xb9f8, 'RRFa', add32(o.r3w, o.r2w)), row('AGRK', 0xb9e8, 'RRFa', add64(o.r3g, o.r2g)),
  row('A', 0x5a, 'RX', add32(o.s2w)), row('AY', 0xe35a, 'RXY', add32(o.s2w)), row('AG', 0xe308, 'RXY', add64(o.s2g)), row('AGF', 0xe318, 'RXY', add64(o.s2gf)),
  row('AH', 0x4a, 'RX', add32(o.s2h)), row('AHY', 0xe37a, 'RXY', add32(o.s2h)), row('AGH', 0xe338, 'RXY', add64(o.s2gh)),
  row('AHI', 0xa7a, 'RI', add32(o.iw)), row('AGHI', 0xa7b, 'RI', add64(o.ig)), row('AFI', 0xc29, 'RIL', add32(o.iw)), row('AGFI', 0xc28, 'RIL', add64(o.ig)),
  row('AHIK', 0xecd8, 'RIEd', add32(o.iw, o.r3w)), row('AGHIK', 0xecd9, 'RIEd', add64(o.ig, o.r3g)),
  row('AHHHR', 0xb9c8, 'RRFa', add32(o.r3h, o.r2h, o.to1h)), row('AHHLR', 0xb9d8, 'RRFa', add32(o.r3w, o.r2h, o.to1h)), row('AIH', 0xcc8, 'RIL', add32(o.iw, o.r1h, o.to1h)),
  row('ASI', 0xeb6a, 'SIYs', addToStorage32(plus32)), row('AGSI', 0xeb7a, 'SIYs', addToStorage64(plus64)),
  row('ALSI', 0xeb6e, 'SIYs', addToStorage32(plusLogical32)), row('ALGSI', 0xeb7e, 'SIYs', addToStorage64(plusLogical64)),
  row('ALR', 0x1e, 'RR', addLogical32(o.r2w)), row('ALGR', 0xb90a, 'RRE', addLogical64(o.r2g)), row('ALGFR', 0xb91a, 'RRE', addLogical64(o.r2gu)),
  row('ALRK', 0xb9fa, 'RRFa', addLogical32(o.r3w, o.r2w)), row('ALGRK', 0xb9ea, 'RRFa', addLogical64(o.r3g, o.r2g)),
  row('AL', 0x5e, 'RX', addLogical32(o.s2w)), row('ALY', 0xe35e, 'RXY', addLogical32(o.s2w)), row('ALG', 0xe30a, 'RXY', addLogical64(o.s2g)), row('ALGF', 0xe31a, 'RXY', addLogical64(o.s2gu)),
  row('ALFI', 0xc2b, 'RIL', addLogical32(o.iw)), row('ALGFI', 0xc2a, 'RIL', addLogical64(o.igu32)),
  row('ALHSIK', 0xecda, 'RIEd', addLogical32(o.iw, o.r3w)), row('ALGHSIK', 0xecdb, 'RIEd', addLogical64(o.ig, o.r3g)),
  row('ALHHHR', 0xb9ca, 'RRFa', addLogical32(o.r3h, o.r2h, o.to1h)), row('ALHHLR', 0xb9da, 'RRFa', addLogical32(o.r3w, o.r2h, o.to1h)),
  row('ALSIH', 0xcca, 'RIL', addLogical32(o.iw, o.r1h, o.to1h)), row('ALSIHN', 0xccb, 'RIL', addHighSilently),
  row('ALCR', 0xb998, 'RRE', addCarry32(o.r2w)), row('ALCGR', 0xb988, 'RRE', addCarry64(o.r2g)), row('ALC', 0xe398, 'RXY', addCarry32(o.s2w)), row('ALCG', 0xe388, 'RXY', addCarry64(o.s2g)),
  row('SR', 0x1b, 'RR', subtract32(o.r2w)), row('SGR', 0xb909, 'RRE', subtract64(o.r2g)), row('SGFR', 0xb919, 'RRE', subtract64(o.r2gf)),
  row('SRK', 0xb9f9, 'RRFa', subtract32(o.r3w, o.r2w)), row('SGRK', 0xb9e9, 'RRFa', subtract64(o.r3g, o.r2g)),
  row('S', 0x5b, 'RX', subtract32(o.s2w)), row('SY', 0xe35b, 'RXY', subtract32(o.s2w)), row('SG', 0xe309, 'RXY', subtract64(o.s2g)), row('SGF', 0xe319, 'RXY', subtract64(o.s2gf)),
  row('SH', 0x4b, 'RX', subtract32(o.s2h)), row('SHY', 0xe37b, 'RXY', subtract32(o.s2h)), row('SGH', 0xe339, 'RXY', subtract64(o.s2gh)),
  row('SHHHR', 0xb9c9, 'RRFa', subtract32(o.r3h, o.r2h, o.to1h)), row('SHHLR', 0xb9d9, 'RRFa', subtract32(o.r3w, o.r2h, o.to1h)),
  row('SLR', 0x1f, 'RR', subtractLogical32(o.r2w)), row('SLGR', 0xb90b, 'RRE', subtractLogical64(o.r2g)), row('SLGFR', 0xb91b, 'RRE', subtractLogical64(o.r2gu)),
  row('SLRK', 0xb9fb, 'RRFa', subtractLogical32(o.r3w, o.r2w)), row('SLGRK', 0xb9eb, 'RRFa', subtractLogical64(o.r3g, o.r2g)),
  row('SL', 0x5f, 'RX', subtractLogical32(o.s2w)), row('SLY', 0xe35f, 'RXY', subtractLogical32(o.s2w)), row('SLG', 0xe30b, 'RXY', subtractLogical64(o.s2g)), row('SLGF', 0xe31b, 'RXY', subtractLogical64(o.s2gu)),
  row('SLFI', 0xc25, 'RIL', subtractLogical32(o.iw)), row('SLGFI', 0xc24, 'RIL', subtractLogical64(o.igu32)),
  row('SLHHHR', 0xb9cb, 'RRFa', subtractLogical32(o.r3h, o.r2h, o.to1h)), row('SLHHLR', 0xb9db, 'RRFa', subtractLogical32(o.r3w, o.r2h, o.to1h)),
  row('SLBR', 0xb999, 'RRE', subtractBorrow32(o.r2w)), row('SLBGR', 0xb989, 'RRE', subtractBorrow64(o.r2g)), row('SLB', 0xe399, 'RXY', subtractBorrow32(o.s2w)), row('SLBG', 0xe389, 'RXY', subtractBorrow64(o.s2g)),

  row('CR', 0x19, 'RR', c32(o.r2w)), row('CGR', 0xb920, 'RRE', c64(o.r2g)), row('CGFR', 0xb930, 'RRE', c64(o.r2gf)),
  row('C', 0x59, 'RX', c32(o.s2w)), row('CY', 0xe359, 'RXY', c32(o.s2w)), row('CG', 0xe320, 'RXY', c64(o.s2g)), row('CGF', 0xe330, 'RXY', c64(o.s2gf)),
  row('CH', 0x49, 'RX', c32(o.s2h)), row('CHY', 0xe379, 'RXY', c32(o.s2h)), row('CGH', 0xe334, 'RXY', c64(o.s2gh)),
  row('CHI', 0xa7e, 'RI', c32(o.iw)), row('CGHI', 0xa7f, 'RI', c64(o.ig)), row('CFI', 0xc2d, 'RIL', c32(o.iw)), row('CGFI', 0xc2c, 'RIL', c64(o.ig)),
  row('CHHSI', 0xe554, 'SIL', c32(o.iw, o.s1h)), row('CHSI', 0xe55c, 'SIL', c32(o.iw, o.s1w)), row('CGHSI', 0xe558, 'SIL', c64(o.ig, o.s1g)),
  row('CRL', 0xc6d, 'RILb', c32(o.rlw)), row('CGRL', 0xc68, 'RILb', c64(o.rlg)), row('CGFRL', 0xc6c, 'RILb', c64(o.rlgf)), row('CHRL', 0xc65, 'RILb', c32(o.rlh)), row('CGHRL', 0xc64, 'RILb', c64(o.rlgh)),
  row('CHHR', 0xb9cd, 'RRE', c32(o.r2h, o.r1h)), row('CHLR', 0xb9dd, 'RRE', c32(o.r2w, o.r1h)), row('CHF', 0xe3cd, 'RXY', c32(o.s2w, o.r1h)), row('CIH', 0xccd, 'RIL', c32(o.iw, o.r1h)),
  row('CLR', 0x15, 'RR', cl32(o.r2w)), row('CLGR', 0xb921, 'RRE', cl64(o.r2g)), row('CLGFR', 0xb931, 'RRE', cl64(o.r2gu)),
  row('CL', 0x55, 'RX', cl32(o.s2w)), row('CLY', 0xe355, 'RXY', cl32(o.s2w)), row('CLG', 0xe321, 'RXY', cl64(o.s2g)), row('CLGF', 0xe331, 'RXY', cl64(o.s2gu)),
  row('CLFI', 0xc2f, 'RIL', cl32(o.iw)), row('CLGFI', 0xc2e, 'RIL', cl64(o.igu32)),
  row('CLI', 0x95, 'SI', cl32(o.iu8, o.s1b)), row('CLIY', 0xeb55, 'SIY', cl32(o.iu8, o.s1b)),
  row('CLHHSI', 0xe555, 'SIL', cl32(o.iu16, o.s1hu)), row('CLFHSI', 0xe55d, 'SIL', cl32(o.iu16, o.s1w)), row('CLGHSI', 0xe559, 'SIL', cl64(o.igu16, o.s1g)),
  row('CLRL', 0xc6f, 'RILb', cl32(o.rlw)), row('CLGRL', 0xc6a, 'RILb', cl64(o.rlg)), row('CLGFRL', 0xc6e, 'RILb', cl64(o.rlgu)), row('CLHRL', 0xc67, 'RILb', cl32(o.rlhu)), row('CLGHRL', 0xc66, 'RILb', cl64(o.rlghu)),
  row('CLHHR', 0xb9cf, 'RRE', cl32(o.r2h, o.r1h)), row('CLHLR', 0xb9df, 'RRE', cl32(o.r2w, o.r1h)), row('CLHF', 0xe3cf, 'RXY', cl32(o.s2w, o.r1h)), row('CLIH', 0xccf, 'RIL', cl32(o.iw, o.r1h)),

  row('LCR', 0x13, 'RR', complement32), row('LCGR', 0xb903, 'RRE', complement64(o.r2g)), row('LCGFR', 0xb913, 'RRE', complement64(o.r2gf)),
  row('LPR', 0x10, 'RR', positive32), row('LPGR', 0xb900, 'RRE', positive64(o.r2g)), row('LPGFR', 0xb910, 'RRE', positive64(o.r2gf)),
  row('LNR', 0x11, 'RR', negative32), row('LNGR', 0xb901, 'RRE', negative64(o.r2g)), row('LNGFR', 0xb911, 'RRE', negative64(o.r2gf)),
  row('LTR', 0x12, 'RR', loadAndTest32(o.r2w)), row('LTGR', 0xb902, 'RRE', loadAndTest64(o.r2g)), row('LTGFR', 0xb912, 'RRE', loadAndTest64(o.r2gf)),
  row('LT', 0xe312, 'RXY', loadAndTest32(o.s2w)), row('LTG', 0xe302, 'RXY', loadAndTest64(o.s2g)), row('LTGF', 0xe332, 'RXY', loadAndTest64(o.s2gf)),
];
