/** Sums, products, quotients, roots, extremes and comparisons of numbers kept as their bits. */

import {
  currentRounding,
  divideByZero,
  downwards,
  exponentOf,
  flushed,
  infinity,
  invalid,
  invalidResult,
  isInfinite,
  isNan,
  isSignalling,
  isZero,
  normaliseRound,
  processNan,
  processNans,
  processNans3,
  raise,
  round,
  shiftSticky,
  signed,
  significandOf,
  signOf,
} from './format';

/** The zero that a sum of opposite numbers is. */
function cancelled(): u64 {
  return signed(currentRounding === downwards ? 1 : 0);
}

export function add(a: u64, b: u64): u64 {
  const x = flushed(a);
  const y = flushed(b);
  if (isNan(x) || isNan(y)) return processNans(x, y);
  const signX = signOf(x);
  const signY = signOf(y);
  if (isInfinite(x)) return isInfinite(y) && signX !== signY ? invalidResult() : x;
  if (isInfinite(y)) return y;
  if (isZero(x) && isZero(y)) return signX === signY ? x : cancelled();
  if (isZero(y)) return x;
  if (isZero(x)) return y;
  let exponent = exponentOf(x);
  let p = significandOf(x);
  let q = significandOf(y);
  const d = exponent - exponentOf(y);
  if (d >= 0) q = shiftSticky(q, d);
  else {
    p = shiftSticky(p, -d);
    exponent -= d;
  }
  if (signX === signY) return normaliseRound(signX, exponent, p + q, currentRounding);
  if (p === q) return cancelled();
  return p > q
    ? normaliseRound(signX, exponent, p - q, currentRounding)
    : normaliseRound(signY, exponent, q - p, currentRounding);
}

/** Upper half of a 128-bit product. */
export function multiplyHigh(x: u64, y: u64): u64 {
  const x0 = x & 0xffffffff;
  const x1 = x >> 32;
  const y0 = y & 0xffffffff;
  const y1 = y >> 32;
  const middle = x1 * y0 + ((x0 * y0) >> 32);
  const carry = x0 * y1 + (middle & 0xffffffff);
  return x1 * y1 + (middle >> 32) + (carry >> 32);
}

/** x × y. */
export function multiply(a: u64, b: u64): u64 {
  const x = flushed(a);
  const y = flushed(b);
  if (isNan(x) || isNan(y)) return processNans(x, y);
  const sign = signOf(x) ^ signOf(y);
  if ((isInfinite(x) && isZero(y)) || (isZero(x) && isInfinite(y))) return invalidResult();
  if (isInfinite(x) || isInfinite(y)) return infinity(sign);
  if (isZero(x) || isZero(y)) return signed(sign);
  const p = significandOf(x);
  const q = significandOf(y);
  const high = multiplyHigh(p, q) << 1;
  const low = p * q;
  // The product's highest bit is 124 or 125, so that of `high` 61 or 62.
  const significand = high | (low >> 63) | (low << 1 !== 0 ? 1 : 0);
  return normaliseRound(sign, exponentOf(x) + exponentOf(y) + 1, significand, currentRounding);
}

export function divide(a: u64, b: u64): u64 {
  const x = flushed(a);
  const y = flushed(b);
  if (isNan(x) || isNan(y)) return processNans(x, y);
  const sign = signOf(x) ^ signOf(y);
  if (isInfinite(x)) return isInfinite(y) ? invalidResult() : infinity(sign);
  if (isZero(x)) return isZero(y) ? invalidResult() : signed(sign);
  if (isInfinite(y)) return signed(sign);
  if (isZero(y)) {
    raise(divideByZero);
    return infinity(sign);
  }
  let rest = significandOf(x);
  const divisor = significandOf(y);
  let exponent = exponentOf(x) - exponentOf(y);
  if (rest < divisor) {
    rest <<= 1;
    exponent--;
  }
  rest -= divisor;
  let quotient: u64 = 1;
  for (let bit = 0; bit < 62; bit++) {
    rest <<= 1;
    quotient <<= 1;
    if (rest >= divisor) {
      rest -= divisor;
      quotient |= 1;
    }
  }
  return round(sign, exponent, quotient | (rest !== 0 ? 1 : 0), currentRounding);
}

export function squareRoot(a: u64): u64 {
  const x = flushed(a);
  if (isNan(x)) return processNan(x);
  if (isZero(x)) return x;
  if (signOf(x) !== 0) return invalidResult();
  if (isInfinite(x)) return x;
  let exponent = exponentOf(x);
  let digits = significandOf(x);
  if ((exponent & 1) !== 0) {
    digits <<= 1;
    exponent--;
  }
  // Two binary digits a step give one of the root; 57 are enough for a double and its rounding.
  let root: u64 = 0;
  let rest: u64 = 0;
  for (let step = 0; step < 57; step++) {
    rest = (rest << 2) | (digits >> 62);
    digits <<= 2;
    const trial = (root << 2) | 1;
    root <<= 1;
    if (rest >= trial) {
      rest -= trial;
      root |= 1;
    }
  }
  return round(0, exponent >> 1, (root << 6) | (rest !== 0 ? 1 : 0), currentRounding);
}

/** 128-bit numbers of the fused operations: the current one's halves. */
let high: u64 = 0;
let low: u64 = 0;

/** Shifts (high, low) right, keeping a lost one in the lowest bit. */
function shiftPair(by: i32): void {
  if (by === 0) return;
  if (by >= 64) {
    low = shiftSticky(high, by - 64) | (low !== 0 ? 1 : 0);
    high = 0;
    return;
  }
  const lost = low << (64 - by) !== 0;
  low = (low >> by) | (high << (64 - by)) | (lost ? 1 : 0);
  high >>= by;
}

/** a + x × y for finite numbers, rounded once; the result is halved `halvings` times before. */
export function fusedFinite(a: u64, x: u64, y: u64, halvings: i32): u64 {
  const signP = signOf(x) ^ signOf(y);
  const signA = signOf(a);
  if (isZero(x) || isZero(y)) {
    if (isZero(a)) return signA === signP ? signed(signA) : cancelled();
    return round(signA, exponentOf(a) - halvings, significandOf(a), currentRounding);
  }
  const p = significandOf(x);
  const q = significandOf(y);
  // The product with its highest bit at 126.
  let ph = multiplyHigh(p, q);
  let pl = p * q;
  let exponent = exponentOf(x) + exponentOf(y) + 1;
  const by = <i32>clz<u64>(ph) - 1;
  ph = (ph << by) | (pl >> (64 - by));
  pl <<= by;
  exponent -= by - 1;
  if (isZero(a)) {
    return round(signP, exponent - halvings, ph | (pl !== 0 ? 1 : 0), currentRounding);
  }
  const d = exponent - exponentOf(a);
  let ah = significandOf(a);
  let al: u64 = 0;
  if (d >= 0) {
    high = ah;
    low = 0;
    shiftPair(d);
    ah = high;
    al = low;
  } else {
    high = ph;
    low = pl;
    shiftPair(-d);
    ph = high;
    pl = low;
    exponent -= d;
  }
  let sign = signP;
  if (signP === signA) {
    low = pl + al;
    high = ph + ah + (low < pl ? 1 : 0);
  } else if (ph > ah || (ph === ah && pl >= al)) {
    low = pl - al;
    high = ph - ah - (pl < al ? 1 : 0);
  } else {
    sign = signA;
    low = al - pl;
    high = ah - ph - (al < pl ? 1 : 0);
  }
  if ((high | low) === 0) return cancelled();
  exponent -= halvings;
  if (high === 0) return normaliseRound(sign, exponent - 64, low, currentRounding);
  const zeros = <i32>clz<u64>(high);
  if (zeros > 1) {
    high = (high << (zeros - 1)) | (low >> (65 - zeros));
    low <<= zeros - 1;
    exponent -= zeros - 1;
  }
  return normaliseRound(sign, exponent, high | (low !== 0 ? 1 : 0), currentRounding);
}

/** a + x × y rounded once (FPMulAdd). */
export function fused(addend: u64, b: u64, c: u64): u64 {
  const a = flushed(addend);
  const x = flushed(b);
  const y = flushed(c);
  const wrong = (isInfinite(x) && isZero(y)) || (isZero(x) && isInfinite(y));
  if (isNan(a) || isNan(x) || isNan(y)) {
    const result = processNans3(a, x, y);
    return wrong && isNan(a) && !isSignalling(a) ? invalidResult() : result;
  }
  if (wrong) return invalidResult();
  const sign = signOf(x) ^ signOf(y);
  if (isInfinite(x) || isInfinite(y)) {
    return isInfinite(a) && signOf(a) !== sign ? invalidResult() : infinity(sign);
  }
  if (isInfinite(a)) return a;
  return fusedFinite(a, x, y, 0);
}

/** −1, 0 or 1 as x is below, equal to or above y; neither is a NaN. */
export function order(x: u64, y: u64): i32 {
  if (isZero(x) && isZero(y)) return 0;
  const signX = signOf(x);
  if (signX !== signOf(y)) return signX !== 0 ? -1 : 1;
  if (x === y) return 0;
  return x < y !== (signX !== 0) ? -1 : 1;
}

/** The larger or (`least`) smaller one; +0 is above −0. */
export function extreme(a: u64, b: u64, least: bool): u64 {
  const x = flushed(a);
  const y = flushed(b);
  if (isNan(x) || isNan(y)) return processNans(x, y);
  if (isZero(x) && isZero(y)) return least ? x | y : x & y;
  return order(x, y) > 0 !== least ? x : y;
}

/** The same, but a quiet NaN beside anything else counts as missing. */
export function numberExtreme(x: u64, y: u64, least: bool): u64 {
  const quietX = isNan(x) && !isSignalling(x);
  const quietY = isNan(y) && !isSignalling(y);
  const other = infinity(least ? 0 : 1);
  if (quietX && !quietY) return extreme(other, y, least);
  if (quietY && !quietX) return extreme(x, other, least);
  return extreme(x, y, least);
}

/** Relations of the vector comparisons. */
export const equal: i32 = 0;
export const notLess: i32 = 1;
export const greater: i32 = 2;

/** Whether x `relation` y; quiet NaNs are invalid but for equality. */
export function compare(a: u64, b: u64, relation: i32): bool {
  const x = flushed(a);
  const y = flushed(b);
  if (isNan(x) || isNan(y)) {
    if (relation !== equal || isSignalling(x) || isSignalling(y)) raise(invalid);
    return false;
  }
  const result = order(x, y);
  return relation === equal ? result === 0 : relation === notLess ? result >= 0 : result > 0;
}
