/** Conversions to integers, from integers, between formats. */

import {
  alternative,
  defaultNan,
  exponentOf,
  flushed,
  fractionBits,
  inexact,
  infinity,
  invalid,
  isInfinite,
  isNan,
  isSignalling,
  isZero,
  makeDefaultNan,
  nearest,
  normaliseRound,
  processNan,
  raise,
  round,
  roundsUp,
  setConvertedFormat,
  signed,
  significandOf,
  signOf,
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

/** An integral number; `exact` raises Inexact. */
export function roundToIntegral(a: u64, rounding: i32, exact: bool): u64 {
  const x = flushed(a);
  if (isNan(x)) return processNan(x);
  if (isInfinite(x) || isZero(x) || exponentOf(x) >= fractionBits) return x;
  const sign = signOf(x);
  const whole = integerPart(x, 0, rounding);
  if (lost && exact) raise(inexact);
  return whole === 0 ? signed(sign) : normaliseRound(sign, 62, whole, nearest);
}

/** x × 2^scale as an integer of `bits` bits, saturated. */
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

/** An integer times 2^−scale. */
export function fromInteger(value: u64, scale: i32, isUnsigned: bool, rounding: i32): u64 {
  if (value === 0) return 0;
  const negative = !isUnsigned && <i64>value < 0;
  const magnitude = negative ? 0 - value : value;
  return normaliseRound(negative ? 1 : 0, 62 - scale, magnitude, rounding);
}

/** `a` of format `from` in format `to`. */
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
