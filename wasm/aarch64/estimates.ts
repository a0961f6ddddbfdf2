/** What only AArch64 has: steps and estimates of quotients and roots, FMULX, flags of FCMP (Arm ARM). */

import { fusedFinite, multiply, order } from '../float/arithmetic';
import {
  absolute,
  bias,
  currentRounding,
  divideByZero,
  exponentMax,
  exponentOf,
  flushed,
  flushes,
  fractionBits,
  inexact,
  infinity,
  invalid,
  invalidResult,
  isInfinite,
  isNan,
  isSignalling,
  isZero,
  largest,
  nearest,
  negate,
  overflow,
  processNan,
  processNans,
  raise,
  signed,
  significandOf,
  signOf,
  towardsZero,
  underflow,
  upwards,
} from '../float/format';

function two(): u64 {
  return (<u64>(bias + 1)) << fractionBits;
}

function half(): u64 {
  return (<u64>1) << (fractionBits - 1);
}

/** FRECPS: 2 − x × y. FRSQRTS (`root`): (3 − x × y) ÷ 2. */
export function step(b: u64, c: u64, root: bool): u64 {
  const x = flushed(negate(b));
  const y = flushed(c);
  if (isNan(x) || isNan(y)) return processNans(x, y);
  // 1.5 and 3 differ from 1 and 2 by the highest bit of the fraction.
  if ((isInfinite(x) && isZero(y)) || (isZero(x) && isInfinite(y))) {
    return root ? ((<u64>bias) << fractionBits) | half() : two();
  }
  if (isInfinite(x) || isInfinite(y)) return infinity(signOf(x) ^ signOf(y));
  return root ? fusedFinite(two() | half(), x, y, 1) : fusedFinite(two(), x, y, 0);
}

/** FMULX: zero times infinity is 2 with the product's sign. */
export function multiplyExtended(a: u64, b: u64): u64 {
  const x = flushed(a);
  const y = flushed(b);
  if ((isInfinite(x) && isZero(y)) || (isZero(x) && isInfinite(y))) {
    return signed(signOf(x) ^ signOf(y)) | two();
  }
  return multiply(a, b);
}

/** NZCV of FCMP, or FCMPE if `signals`, in bits 3…0. */
export function compareFlags(a: u64, b: u64, signals: bool): i64 {
  const x = flushed(a);
  const y = flushed(b);
  if (isNan(x) || isNan(y)) {
    if (signals || isSignalling(x) || isSignalling(y)) raise(invalid);
    return 3;
  }
  const result = order(x, y);
  return result === 0 ? 6 : result < 0 ? 8 : 2;
}

/** 256…511 to 256…511 (RecipEstimate). */
export function reciprocalEntry(a: u32): u32 {
  return ((1 << 19) / (a * 2 + 1) + 1) / 2;
}

/** 128…511 to 256…511 (RecipSqrtEstimate). */
export function rootEntry(a: u32): u32 {
  const scaled = a < 256 ? a * 2 + 1 : (a >> 1) * 4 + 2;
  let b: u32 = 512;
  while (scaled * (b + 1) * (b + 1) < 1 << 28) b++;
  return (b + 1) / 2;
}

/** FRECPE (FPRecipEstimate). */
export function reciprocalEstimate(a: u64): u64 {
  const x = flushed(a);
  if (isNan(x)) return processNan(x);
  const sign = signOf(x);
  if (isInfinite(x)) return signed(sign);
  if (isZero(x)) {
    raise(divideByZero);
    return infinity(sign);
  }
  const exponent = exponentOf(x);
  if (exponent < -1 - bias) {
    raise(overflow | inexact);
    const toInfinity =
      currentRounding === nearest ||
      (currentRounding !== towardsZero && (currentRounding === upwards) === (sign === 0));
    return toInfinity ? infinity(sign) : largest(sign);
  }
  if (flushes && exponent >= bias - 1) {
    raise(underflow);
    return signed(sign);
  }
  const entry = reciprocalEntry(<u32>(significandOf(x) >> 54));
  // 1 ÷ (1…2) is 1…½: the entry is 256…511 for 2^(−1 − exponent).
  const raisedBefore = (<u64>entry) << 54;
  return exact(sign, -1 - exponent, raisedBefore);
}

/** A number whose value the format holds up to bits the estimate drops. */
function exact(sign: u64, exponent: i32, significand: u64): u64 {
  const minimum = 1 - bias;
  const denormal = exponent < minimum ? minimum - exponent : 0;
  const mantissa = significand >> (62 - fractionBits + denormal);
  const biased = denormal > 0 ? 0 : exponent + bias;
  const fraction = mantissa & (((<u64>1) << fractionBits) - 1);
  return signed(sign) | ((<u64>biased) << fractionBits) | fraction;
}

/** FRSQRTE (FPRSqrtEstimate). */
export function rootEstimate(a: u64): u64 {
  const x = flushed(a);
  if (isNan(x)) return processNan(x);
  if (isZero(x)) {
    raise(divideByZero);
    return infinity(signOf(x));
  }
  if (signOf(x) !== 0) return invalidResult();
  if (isInfinite(x)) return 0;
  const exponent = exponentOf(x);
  const significand = significandOf(x);
  const odd = (exponent & 1) !== 0;
  // Odd powers take 256…511, even ones 128…255 of the next power.
  const index = <u32>(significand >> (odd ? 54 : 55));
  return exact(0, -((exponent + (odd ? 1 : 2)) >> 1), (<u64>rootEntry(index)) << 54);
}

/** FRECPX (FPRecpX). */
export function reciprocalExponent(a: u64): u64 {
  const x = flushed(a);
  if (isNan(x)) return processNan(x);
  const biased = <i32>(absolute(x) >> fractionBits);
  const result = biased === 0 ? exponentMax - 1 : ~biased & exponentMax;
  return signed(signOf(x)) | ((<u64>result) << fractionBits);
}
