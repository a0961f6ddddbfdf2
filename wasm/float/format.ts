/**
 * Half, single and double precision: parts of a number, rounding, NaNs, exceptions (IEEE 754; where
 * it leaves a choice, instruction sets set the variables of `begin`). A number is kept as its bits;
 * a finite one is also significand × 2^(exponent − 62), where the highest bit of the significand is
 * bit 62.
 */

export const half: i32 = 1;
export const single: i32 = 2;
export const double: i32 = 3;

/** Exceptions: bits of `raised`, the same places as in AArch64's FPSR. */
export const invalid: u32 = 1;
export const divideByZero: u32 = 2;
export const overflow: u32 = 4;
export const underflow: u32 = 8;
export const inexact: u32 = 16;
/** An operand was denormal; AArch64's IDC if it has been flushed. */
export const inputDenormal: u32 = 128;

/** Rounding methods. */
export const nearest: i32 = 0;
export const upwards: i32 = 1;
export const downwards: i32 = 2;
export const towardsZero: i32 = 3;
export const awayFromZero: i32 = 4;
export const toOdd: i32 = 5;

/** Exceptions raised by the instruction. */
export let raised: u32 = 0;
/** How results are rounded where an instruction does not say. */
export let currentRounding: i32 = 0;
/** Whether a NaN result is always the default NaN. */
export let defaultNan: bool = false;
/** Whether denormals of half precision, of wider formats are flushed. */
let flushesHalf: bool = false;
let flushesWider: bool = false;
/** Whether half precision is AArch64's alternative one in conversions. */
let halfIsAlternative: bool = false;

/** Whether a result is called tiny by its value after rounding (IEEE 754, 7.5), not before. */
let tinyAfterRounding: bool = false;
/** Whether a result of the instruction was tiny, exact or not. */
export let tiny: bool = false;

/** The format at hand: its bits, those of the fraction, and how denormals are treated. */
export let width: i32 = 64;
export let fractionBits: i32 = 52;
export let bias: i32 = 1023;
export let exponentMax: i32 = 2047;
export let flushes: bool = false;
/** Half precision without infinities and NaNs; only conversions have it. */
export let alternative: bool = false;

/** Starts an instruction: clears `raised` and says what it is to be done by. */
export function begin(
  rounding: i32,
  nanIsDefault: bool,
  flushHalf: bool,
  flushWider: bool,
  alternativeHalf: bool,
): void {
  raised = 0;
  tiny = false;
  currentRounding = rounding;
  defaultNan = nanIsDefault;
  flushesHalf = flushHalf;
  flushesWider = flushWider;
  halfIsAlternative = alternativeHalf;
}

/** Says when results are called tiny; before rounding if never called. */
export function detectTinyAfterRounding(after: bool): void {
  tinyAfterRounding = after;
}

export function raise(exceptions: u32): void {
  raised |= exceptions;
}

/** Chooses the format. */
export function setFormat(format: i32): void {
  width = 8 << format;
  fractionBits = format === half ? 10 : format === single ? 23 : 52;
  exponentMax = (1 << (width - 1 - fractionBits)) - 1;
  bias = exponentMax >> 1;
  flushes = format === half ? flushesHalf : flushesWider;
  alternative = false;
}

/** The same for a conversion between formats, which does not flush half precision. */
export function setConvertedFormat(format: i32): void {
  setFormat(format);
  if (format === half) {
    flushes = false;
    alternative = halfIsAlternative;
  }
}

export function signOf(x: u64): u64 {
  return x >> (<u64>width - 1);
}

export function signed(sign: u64): u64 {
  return sign << (<u64>width - 1);
}

export function infinity(sign: u64): u64 {
  return signed(sign) | ((<u64>exponentMax) << fractionBits);
}

/** The largest finite number. */
export function largest(sign: u64): u64 {
  return infinity(sign) - 1;
}

export function makeDefaultNan(): u64 {
  return infinity(0) | ((<u64>1) << (fractionBits - 1));
}

export function negate(x: u64): u64 {
  return x ^ signed(1);
}

export function absolute(x: u64): u64 {
  return x & (signed(1) - 1);
}

export function isNan(x: u64): bool {
  return !alternative && absolute(x) > infinity(0);
}

export function isSignalling(x: u64): bool {
  return isNan(x) && (x & ((<u64>1) << (fractionBits - 1))) === 0;
}

export function isInfinite(x: u64): bool {
  return !alternative && absolute(x) === infinity(0);
}

export function isZero(x: u64): bool {
  return absolute(x) === 0;
}

/** x, or a zero in place of a denormal where they are flushed. */
export function flushed(x: u64): u64 {
  const magnitude = absolute(x);
  if (!flushes || magnitude === 0 || magnitude >> fractionBits !== 0) return x;
  if (width > 16) raised |= inputDenormal;
  return signed(signOf(x));
}

/** Exponent of a finite number that is not zero. */
export function exponentOf(x: u64): i32 {
  const magnitude = absolute(x);
  const biased = <i32>(magnitude >> fractionBits);
  if (biased !== 0) return biased - bias;
  return 63 - <i32>clz<u64>(magnitude) - fractionBits + 1 - bias;
}

/** Its significand. */
export function significandOf(x: u64): u64 {
  const magnitude = absolute(x);
  if (magnitude >> fractionBits === 0) return magnitude << (clz<u64>(magnitude) - 1);
  const fraction = magnitude & (((<u64>1) << fractionBits) - 1);
  return (fraction | ((<u64>1) << fractionBits)) << (62 - fractionBits);
}

/** A NaN operand as a result (FPProcessNaN). */
export function processNan(x: u64): u64 {
  if (isSignalling(x)) raised |= invalid;
  return defaultNan ? makeDefaultNan() : x | ((<u64>1) << (fractionBits - 1));
}

/** The NaN two operands make, one of which is one (FPProcessNaNs). */
export function processNans(x: u64, y: u64): u64 {
  if (isSignalling(x)) return processNan(x);
  if (isSignalling(y)) return processNan(y);
  return processNan(isNan(x) ? x : y);
}

export function processNans3(x: u64, y: u64, z: u64): u64 {
  if (isSignalling(x) || isSignalling(y) || isSignalling(z)) raised |= invalid;
  if (isSignalling(x)) return processNan(x);
  if (isSignalling(y)) return processNan(y);
  if (isSignalling(z)) return processNan(z);
  return processNan(isNan(x) ? x : isNan(y) ? y : z);
}

export function invalidResult(): u64 {
  raised |= invalid;
  return makeDefaultNan();
}

/** x >> by, with a lost one kept in the lowest bit. */
export function shiftSticky(x: u64, by: i32): u64 {
  if (by === 0) return x;
  if (by > 63) return x !== 0 ? 1 : 0;
  return (x >> by) | (x << (64 - by) !== 0 ? 1 : 0);
}

/** Whether x >> `shift` is rounded away from zero. */
export function roundsUp(x: u64, shift: i32, sign: u64, rounding: i32): bool {
  const rest = shift > 63 ? x : x & (((<u64>1) << shift) - 1);
  if (rest === 0) return false;
  if (rounding === upwards) return sign === 0;
  if (rounding === downwards) return sign !== 0;
  if (rounding === towardsZero || rounding === toOdd) return false;
  // More than 64 places below, a significand is less than half.
  if (shift > 63) return false;
  const middle = (<u64>1) << (shift - 1);
  if (rest !== middle) return rest > middle;
  return rounding === awayFromZero || ((x >> shift) & 1) !== 0;
}

/** What is too large (FPRound). */
function overflowed(sign: u64, rounding: i32): u64 {
  if (alternative) {
    raised |= invalid;
    return signed(sign) | (signed(1) - 1);
  }
  raised |= overflow | inexact;
  const finite =
    rounding === towardsZero ||
    rounding === toOdd ||
    (rounding === upwards && sign !== 0) ||
    (rounding === downwards && sign === 0);
  return finite ? largest(sign) : infinity(sign);
}

/** Whether rounding makes the number with the exponent below the least normal one normal. */
function becomesNormal(sign: u64, significand: u64, rounding: i32): bool {
  const shift = 62 - fractionBits;
  const ones = ((<u64>1) << (fractionBits + 1)) - 1;
  return significand >> shift === ones && roundsUp(significand, shift, sign, rounding);
}

/** The number nearest to significand × 2^(exponent − 62) in the format at hand (FPRound). */
export function round(sign: u64, exponent: i32, significand: u64, rounding: i32): u64 {
  const minimum = 1 - bias;
  if (flushes && exponent < minimum) {
    raised |= underflow;
    return signed(sign);
  }
  let biased = max(exponent - minimum + 1, 0);
  const shift = 62 - fractionBits + (biased === 0 ? minimum - exponent : 0);
  let mantissa = shift > 63 ? 0 : significand >> shift;
  const lost = shift > 63 || mantissa << shift !== significand;
  const rises = tinyAfterRounding && exponent === minimum - 1;
  if (biased === 0 && !(rises && becomesNormal(sign, significand, rounding))) {
    tiny = true;
    if (lost) raised |= underflow;
  }
  if (roundsUp(significand, shift, sign, rounding)) {
    mantissa++;
    if (biased === 0 && mantissa >> fractionBits !== 0) biased = 1;
    else if (mantissa >> (fractionBits + 1) !== 0) {
      mantissa >>= 1;
      biased++;
    }
  }
  if (lost && rounding === toOdd) mantissa |= 1;
  if (biased > exponentMax || (biased === exponentMax && !alternative)) {
    return overflowed(sign, rounding);
  }
  if (lost) raised |= inexact;
  const fraction = mantissa & (((<u64>1) << fractionBits) - 1);
  return signed(sign) | ((<u64>biased) << fractionBits) | fraction;
}

/** `round` of a significand whose highest bit may be anywhere. */
export function normaliseRound(sign: u64, exponent: i32, x: u64, rounding: i32): u64 {
  const zeros = <i32>clz<u64>(x);
  if (zeros === 0) return round(sign, exponent + 1, shiftSticky(x, 1), rounding);
  return round(sign, exponent + 1 - zeros, x << (zeros - 1), rounding);
}
