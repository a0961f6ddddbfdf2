/** Conversions of X between formats and integers, and its class (chapter 19). */

import {
  bias,
  clearY,
  clearZ,
  finite,
  format,
  fractionBits,
  incremented,
  inexact,
  infinite,
  invalid,
  isNan,
  keptHigh,
  keptLow,
  longFormat,
  lost,
  nanResult,
  pack,
  packInteger,
  quiet,
  raise,
  resultHigh,
  resultLow,
  roundRight,
  setFormat,
  setIncremented,
  setInfinity,
  setResult,
  setZero,
  shortFormat,
  signaling,
  xBitsHigh,
  xBitsLow,
  xExponent,
  xHigh,
  xKind,
  xLow,
  xSign,
  zero,
} from './number';

/** X in format `to`; `isRounded` tells LOAD ROUNDED, whose scaled results stay in X's format. */
export function convert(to: i32, method: i32, isRounded: bool): void {
  const from = format;
  if (isNan(xKind)) {
    if (xKind === signaling) raise(invalid);
    // The fraction, which `unpack` left-aligned in bit 126; quiet.
    const high = xHigh | (1 << 62);
    setFormat(to);
    setInfinity(xSign);
    const top = high & 0x7fffffffffffffff;
    if (to === 4) setResult(resultHigh | (top >> 15), (top << 49) | (xLow >> 15));
    else setResult(0, resultLow | (top >> (63 - fractionBits)));
    return;
  }
  setFormat(to);
  if (xKind === infinite) setInfinity(xSign);
  else if (xKind === zero) setZero(xSign);
  else pack(xSign, xExponent, xHigh, xLow, false, method, isRounded ? from : 0);
}

/** The whole part of |X| below 2^128, rounded; false if X is too large. */
function wholePart(method: i32): bool {
  if (xExponent > 126) return false;
  roundRight(xHigh, xLow, 127 - xExponent, false, xSign, method);
  return true;
}

/** LOAD FP INTEGER. */
export function toIntegral(method: i32): void {
  clearY();
  clearZ();
  if (nanResult()) return;
  if (xKind !== finite || xExponent >= fractionBits) {
    setResult(xBitsHigh, xBitsLow);
    return;
  }
  wholePart(method);
  const rounds = lost;
  const larger = incremented;
  if ((keptHigh | keptLow) === 0) setZero(xSign);
  else packInteger(xSign, keptHigh, keptLow, method);
  if (!rounds) return;
  raise(inexact);
  setIncremented(larger);
}

/** Whether the last `toInteger` was outside the range. */
export let isOutside: bool = false;

/** X as an integer of `bits` bits; outside of the range its nearest end. */
export function toInteger(bits: i32, isSigned: bool, method: i32): u64 {
  const top = (<u64>1) << (<u64>bits - 1);
  const greatest = isSigned ? top - 1 : top + (top - 1);
  const least: u64 = isSigned ? top : 0;
  isOutside = isNan(xKind);
  if (isOutside) {
    raise(invalid);
    return 0 - least;
  }
  if (xKind === zero) return 0;
  let inside = xKind === finite && xExponent < 65;
  if (inside) {
    wholePart(method);
    const limit = xSign !== 0 ? least : greatest;
    inside = keptHigh === 0 && keptLow <= limit;
  }
  if (!inside) {
    isOutside = true;
    raise(invalid | inexact);
    return xSign !== 0 ? 0 - least : greatest;
  }
  if (lost) raise(inexact);
  return xSign !== 0 ? 0 - keptLow : keptLow;
}

/** CONVERT FROM FIXED (or LOGICAL). */
export function fromInteger(value: u64, isSigned: bool, method: i32): void {
  if (value === 0) {
    setZero(0);
    return;
  }
  const isNegative = isSigned && <i64>value < 0;
  packInteger(isNegative ? 1 : 0, 0, isNegative ? 0 - value : value, method);
}

/** Number of X's class and sign among the bits of TEST DATA CLASS, from the right. */
export function classOf(): i32 {
  const isSubnormal = xKind === finite && xExponent < 1 - bias;
  let index = 0;
  if (xKind === finite) index = isSubnormal ? 2 : 1;
  else if (xKind === infinite) index = 3;
  else if (xKind === quiet) index = 4;
  else if (xKind === signaling) index = 5;
  return 11 - 2 * index - <i32>xSign;
}

/** Condition code of X: 0 zero, 1 negative, 2 positive, 3 NaN. */
export function codeOf(): i32 {
  if (isNan(xKind)) return 3;
  return xKind === zero ? 0 : xSign !== 0 ? 1 : 2;
}

/** Bits of a format's numbers. */
export function widthOf(size: i32): i32 {
  return size === shortFormat ? 32 : size === longFormat ? 64 : 128;
}
