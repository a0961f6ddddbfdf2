/** Conversions to integers, between formats, and the estimates (Arm ARM, FPToFixed and its kin). */

import {
  absolute,
  alternative,
  bias,
  currentRounding,
  defaultNan,
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
  makeDefaultNan,
  nearest,
  normaliseRound,
  overflow,
  processNan,
  raise,
  round,
  roundsUp,
  setConvertedFormat,
  signed,
  significandOf,
  signOf,
  towardsZero,
  underflow,
  upwards,
} from './format';

/** Whether the last `integerPart` was not exact. */
let lost: bool = false;

/** The magnitude of a finite number times 2^scale as an integer below 2⁶⁴. */
function integerPart(x: u64, scale: i32, rounding: i32): u64 {
  const exponent = exponentOf(x) + scale;
  const significand = significandOf(x);
  lost = false;
  if (exponent > 62) return significand << 1;
  const shift = 62 - exponent;
  const whole = shift > 63 ? 0 : significand >> shift;
  lost = shift > 63 || whole << shift !== significand;
  return roundsUp(significand, shift, signOf(x), rounding) ? whole + 1 : whole;
}

/** FRINT*: an integral number; `exact` raises Inexact (FRINTX). */
export function roundToIntegral(a: u64, rounding: i32, exact: bool): u64 {
  const x = flushed(a);
  if (isNan(x)) return processNan(x);
  if (isInfinite(x) || isZero(x) || exponentOf(x) >= fractionBits) return x;
  const sign = signOf(x);
  const whole = integerPart(x, 0, rounding);
  if (lost && exact) raise(inexact);
  return whole === 0 ? signed(sign) : normaliseRound(sign, 62, whole, nearest);
}

/** x × 2^scale as an integer of `bits` bits, saturated (FPToFixed). */
export function toInteger(a: u64, scale: i32, bits: i32, isUnsigned: bool, rounding: i32): u64 {
  const x = flushed(a);
  if (isNan(x)) {
    raise(invalid);
    return 0;
  }
  if (isZero(x)) return 0;
  const negative = signOf(x) !== 0;
  const top = (<u64>1) << (bits - 1);
  const greatest = isUnsigned ? (negative ? 0 : top + (top - 1)) : negative ? top : top - 1;
  const tooLarge = isInfinite(x) || exponentOf(x) + scale > 63;
  const whole = tooLarge ? 0 : integerPart(x, scale, rounding);
  if (tooLarge || whole > greatest) {
    raise(invalid);
    return negative ? 0 - greatest : greatest;
  }
  if (lost) raise(inexact);
  return negative ? 0 - whole : whole;
}

/** An integer times 2^−scale (FixedToFP). */
export function fromInteger(value: u64, scale: i32, isUnsigned: bool, rounding: i32): u64 {
  if (value === 0) return 0;
  const negative = !isUnsigned && <i64>value < 0;
  const magnitude = negative ? 0 - value : value;
  return normaliseRound(negative ? 1 : 0, 62 - scale, magnitude, rounding);
}

/** `a` of format `from` in format `to` (FPConvert). */
export function convert(a: u64, from: i32, to: i32, rounding: i32): u64 {
  setConvertedFormat(from);
  const x = flushed(a);
  const sign = signOf(x);
  if (isNan(x)) {
    const signals = isSignalling(x);
    // The fraction at the top of 64 bits: a NaN keeps what fits.
    const payload = x << (64 - fractionBits);
    setConvertedFormat(to);
    if (signals || alternative) raise(invalid);
    if (alternative) return signed(sign);
    if (defaultNan) return makeDefaultNan();
    return signed(sign) | makeDefaultNan() | (payload >> (64 - fractionBits));
  }
  if (isInfinite(x)) {
    setConvertedFormat(to);
    if (!alternative) return infinity(sign);
    raise(invalid);
    return signed(sign) | (signed(1) - 1);
  }
  if (isZero(x)) {
    setConvertedFormat(to);
    return signed(sign);
  }
  const exponent = exponentOf(x);
  const significand = significandOf(x);
  setConvertedFormat(to);
  return round(sign, exponent, significand, rounding);
}

/** 256…511 to 256…511 (RecipEstimate). */
function reciprocalEntry(a: u32): u32 {
  return ((1 << 19) / (a * 2 + 1) + 1) / 2;
}

/** 128…511 to 256…511 (RecipSqrtEstimate). */
function rootEntry(a: u32): u32 {
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
