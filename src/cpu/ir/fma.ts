/**
 * Exact fused multiply-add in wasm, which has none (relaxed SIMD's may or may not fuse).
 */

import type { Code, Local } from '../wasm/encoder.ts';
import {
  apply,
  assign,
  type Expression,
  give,
  i64,
  invoke,
  run,
  select,
  type Term,
  when,
} from '../wasm/expression.ts';

/**
 * f32: the product of two f32 is exact in f64. The sum is rounded to f64 *to odd*, so that the
 * second rounding to f32 is right (Boldo, Melquiond: Emulation of FMA and correctly rounded sums,
 * theorem 1: 53 ≥ 24 + 2 bits suffice). The error term is Knuth's TwoSum.
 */
export function writeFma32(code: Code): void {
  const [p, c, s, t, error] = f64Locals(code);
  const bits = code.local('i64');
  run(
    code,
    assign(p, apply('f64_mul', apply('f64_promote_f32', 0), apply('f64_promote_f32', 1))),
    assign(c, apply('f64_promote_f32', 2)),
    assign(s, apply('f64_add', p, c)),
    assign(t, apply('f64_sub', s, p)),
    assign(
      error,
      apply('f64_add', apply('f64_sub', p, apply('f64_sub', s, t)), apply('f64_sub', c, t)),
    ),
    assign(bits, apply('i64_reinterpret_f64', s)),
  );
  // Infinities and NaN have a NaN error term, for which both comparisons are false.
  const zero: Expression = (x) => void x.f64(0);
  const inexact = apply('i32_or', apply('f64_lt', error, zero), apply('f64_gt', error, zero));
  const even = apply('i64_eqz', apply('i64_and', bits, i64(1)));
  const away = apply('i32_eq', apply('f64_gt', error, zero), apply('f64_gt', s, zero));
  run(
    code,
    when(
      apply('i32_and', inexact, even),
      assign(bits, apply('i64_add', bits, select(i64(1), i64(-1), away))),
    ),
    apply('f32_demote_f64', apply('f64_reinterpret_i64', bits)),
  );
}

function f64Locals(code: Code): [Local, Local, Local, Local, Local] {
  const local = (): Local => code.local('f64');
  return [local(), local(), local(), local(), local()];
}

const signBit = i64(0, 0x80000000);
const infinity = i64(0, 0x7ff00000);
const fractionMask = i64(-1, 0x000fffff);

/**
 * f64: in integers. The 106-bit product and the addend become 128-bit numbers with their highest
 * bit at 126; the smaller is shifted right, lost bits stick to the lowest one (they can only be
 * lost when no more than one bit cancels, so it is far below the rounding position); then one
 * rounding to nearest even, in the subnormal range too. Zeros, infinities and NaN take the path of
 * multiplication and addition, which are exact or propagate there.
 */
export function writeFma64(code: Code, mulhi: number): void {
  const v = integerLocals(code);
  const bits = (parameter: Local): Expression => apply('i64_reinterpret_f64', parameter);
  const magnitude = (x: Local): Expression => apply('i64_and', x, i64(-1, 0x7fffffff));
  const special = (x: Local): Expression => apply('i64_ge_u', magnitude(x), infinity);
  const zero = (x: Local): Expression => apply('i64_eqz', magnitude(x));
  const any = (...terms: Expression[]): Expression =>
    terms.reduce((all, term) => apply('i32_or', all, term));
  const product = apply('f64_mul', 0, 1);
  run(
    code,
    assign(v.a, bits(0)),
    assign(v.b, bits(1)),
    assign(v.c, bits(2)),
    // A finite product may overflow where it is rounded alone; beside infinity it does not matter.
    when(
      apply('i32_and', special(v.c), apply('i32_eqz', any(special(v.a), special(v.b)))),
      give(apply('f64_add', 2, 2)),
    ),
    when(
      any(special(v.a), special(v.b), special(v.c), zero(v.a), zero(v.b)),
      give(apply('f64_add', product, 2)),
    ),
    when(zero(v.c), give(product)),
    assign(v.signX, apply('i64_and', apply('i64_xor', v.a, v.b), signBit)),
    assign(v.signY, apply('i64_and', v.c, signBit)),
    ...normalise(v.a, v.ea, v.t),
    ...normalise(v.b, v.eb, v.t),
    ...normalise(v.c, v.ec, v.t),
    ...alignTerms(v, mulhi),
    ...addTerms(v),
    ...roundSum(v),
  );
}

// biome-ignore format: a table
const localNames = [
  'a', 'b', 'c', 'ea', 'eb', 'ec', 't', 'u', 'xh', 'xl', 'yh', 'yl', 'e', 'd', 'signX', 'signY', 'sticky',
] as const;
type Locals = Record<(typeof localNames)[number], Local>;

function integerLocals(code: Code): Locals {
  return Object.fromEntries(localNames.map((name) => [name, code.local('i64')])) as Locals;
}

/** Bits of a finite non-zero number → 53-bit significand in `x`, biased exponent in `e`. */
function normalise(x: Local, e: Local, t: Local): Expression[] {
  return [
    assign(e, apply('i64_and', apply('i64_shr_u', x, i64(52)), i64(0x7ff))),
    assign(x, apply('i64_and', x, fractionMask)),
    (code) => {
      code.get(e).op(0x50).open('if');
      run(
        code,
        assign(t, apply('i64_sub', apply('i64_clz', x), i64(11))),
        assign(x, apply('i64_shl', x, t)),
        assign(e, apply('i64_sub', i64(1), t)),
      );
      code.op(0x05);
      assign(x, apply('i64_or', x, i64(0, 0x00100000)))(code);
      code.end();
    },
  ];
}

/** Shifts the 128-bit pair left by `by`, 0 < by < 64. */
function shiftLeft(high: Local, low: Local, by: Local): Expression[] {
  const carried = apply('i64_shr_u', low, apply('i64_sub', i64(64), by));
  return [
    assign(high, apply('i64_or', apply('i64_shl', high, by), carried)),
    assign(low, apply('i64_shl', low, by)),
  ];
}

function flag(condition: Expression): Expression {
  return apply('i64_extend_i32_u', condition);
}

/** x = the larger of product and addend, y = the smaller shifted to x's exponent e. */
function alignTerms(v: Locals, mulhi: number): Expression[] {
  const swap = (x: Local, y: Local): Expression[] => [assign(v.u, x), assign(x, y), assign(y, v.u)];
  const isLarger = apply('i64_gt_u', v.yh, v.xh);
  const none = (d: Local): Expression => apply('i64_eqz', d);
  const swapped = apply(
    'i32_or',
    apply('i64_lt_s', v.d, i64(0)),
    apply('i32_and', none(v.d), isLarger),
  );
  const exponents = apply('i64_add', v.ea, v.eb);
  return [
    assign(v.xh, invoke(mulhi, v.a, v.b)),
    assign(v.xl, apply('i64_mul', v.a, v.b)),
    assign(v.t, apply('i64_sub', apply('i64_clz', v.xh), i64(1))),
    ...shiftLeft(v.xh, v.xl, v.t),
    assign(v.e, apply('i64_sub', apply('i64_sub', exponents, i64(2150)), v.t)),
    assign(v.yh, apply('i64_shl', v.c, i64(10))),
    assign(v.yl, i64(0)),
    assign(v.ec, apply('i64_sub', v.ec, i64(1149))),
    assign(v.d, apply('i64_sub', v.e, v.ec)),
    when(
      swapped,
      ...swap(v.xh, v.yh),
      ...swap(v.xl, v.yl),
      ...swap(v.signX, v.signY),
      assign(v.e, v.ec),
      assign(v.d, apply('i64_sub', i64(0), v.d)),
    ),
    assign(v.d, select(v.d, i64(127), apply('i64_lt_s', v.d, i64(127)))),
    assign(v.sticky, i64(0)),
    when(
      apply('i64_ge_s', v.d, i64(64)),
      assign(v.sticky, v.yl),
      assign(v.yl, v.yh),
      assign(v.yh, i64(0)),
      assign(v.d, apply('i64_sub', v.d, i64(64))),
    ),
    when(apply('i64_ne', v.d, i64(0)), ...shiftRightSticky(v)),
    assign(v.yl, apply('i64_or', v.yl, flag(apply('i64_ne', v.sticky, i64(0))))),
  ];
}

function shiftRightSticky(v: Locals): Expression[] {
  const back = apply('i64_sub', i64(64), v.d);
  const carried = (x: Term): Expression => apply('i64_shl', x, back);
  return [
    assign(v.sticky, apply('i64_or', v.sticky, carried(v.yl))),
    assign(v.yl, apply('i64_or', apply('i64_shr_u', v.yl, v.d), carried(v.yh))),
    assign(v.yh, apply('i64_shr_u', v.yh, v.d)),
  ];
}

/** x = x ± y, its highest bit moved to 127; an exact zero is +0. */
function addTerms(v: Locals): Expression[] {
  return [
    (code) => {
      apply('i64_eq', v.signX, v.signY)(code);
      code.open('if');
      run(
        code,
        assign(v.t, apply('i64_add', v.xl, v.yl)),
        assign(
          v.xh,
          apply('i64_add', apply('i64_add', v.xh, v.yh), flag(apply('i64_lt_u', v.t, v.xl))),
        ),
      );
      code.op(0x05);
      run(
        code,
        assign(v.t, apply('i64_sub', v.xl, v.yl)),
        assign(
          v.xh,
          apply('i64_sub', apply('i64_sub', v.xh, v.yh), flag(apply('i64_lt_u', v.xl, v.yl))),
        ),
      );
      code.end();
    },
    assign(v.xl, v.t),
    when(
      apply('i64_eqz', apply('i64_or', v.xh, v.xl)),
      give((code) => void code.f64(0)),
    ),
    when(
      apply('i64_eqz', v.xh),
      assign(v.xh, v.xl),
      assign(v.xl, i64(0)),
      assign(v.e, apply('i64_sub', v.e, i64(64))),
    ),
    assign(v.t, apply('i64_clz', v.xh)),
    when(
      apply('i64_ne', v.t, i64(0)),
      ...shiftLeft(v.xh, v.xl, v.t),
      assign(v.e, apply('i64_sub', v.e, v.t)),
    ),
    assign(v.xh, apply('i64_or', v.xh, flag(apply('i64_ne', v.xl, i64(0))))),
  ];
}

/** Rounds xh (highest bit 63, weight of the lowest 2^(e + 64)) to an f64. */
function roundSum(v: Locals): Expression[] {
  const [biased, shift, quotient, rest, half] = [v.a, v.b, v.c, v.ea, v.eb];
  const one = i64(1);
  const over = apply('i64_sub', shift, i64(63));
  const lost = apply('i64_shl', v.xh, apply('i64_sub', i64(64), v.t));
  const tie = apply(
    'i32_and',
    apply('i64_eq', rest, half),
    apply('i32_wrap_i64', apply('i64_and', quotient, one)),
  );
  const up = apply('i32_or', apply('i64_gt_u', rest, half), tie);
  return [
    assign(biased, apply('i64_add', v.e, i64(127 + 1022))),
    assign(shift, i64(11)),
    when(
      apply('i64_lt_s', biased, i64(0)),
      assign(shift, apply('i64_sub', i64(11), biased)),
      assign(biased, i64(0)),
    ),
    assign(shift, select(shift, i64(66), apply('i64_lt_s', shift, i64(66)))),
    when(
      apply('i64_gt_s', shift, i64(63)),
      assign(v.t, over),
      assign(
        v.xh,
        apply('i64_or', apply('i64_shr_u', v.xh, v.t), flag(apply('i64_ne', lost, i64(0)))),
      ),
      assign(shift, i64(63)),
    ),
    assign(quotient, apply('i64_shr_u', v.xh, shift)),
    assign(rest, apply('i64_sub', v.xh, apply('i64_shl', quotient, shift))),
    assign(half, apply('i64_shl', one, apply('i64_sub', shift, one))),
    when(up, assign(quotient, apply('i64_add', quotient, one))),
    when(
      apply('i64_ge_s', biased, i64(2046)),
      give(apply('f64_reinterpret_i64', apply('i64_or', infinity, v.signX))),
    ),
    apply(
      'f64_reinterpret_i64',
      apply('i64_or', v.signX, apply('i64_add', apply('i64_shl', biased, i64(52)), quotient)),
    ),
  ];
}
