/** Sums, products, quotients, roots, comparisons and extremes of X, Y and Z (chapter 19). */

import { multiplyHigh } from '../float/arithmetic';
import {
  bias,
  clearY,
  clearZ,
  current,
  divideByZero,
  downward,
  finite,
  flipZ,
  fractionBits,
  infinite,
  invalid,
  isNan,
  keptHigh,
  keptLow,
  lost,
  nanResult,
  pack,
  raise,
  resultHigh,
  resultLow,
  roundRight,
  scaling,
  setInfinity,
  setIntegerZ,
  setInvalid,
  setResult,
  setX,
  setZ,
  setZero,
  signaling,
  towardZero,
  xBitsHigh,
  xBitsLow,
  xExponent,
  xHigh,
  xKind,
  xLow,
  xSign,
  yBitsHigh,
  yBitsLow,
  yExponent,
  yHigh,
  yKind,
  yLow,
  ySign,
  zExponent,
  zero,
  zHigh,
  zKind,
  zLow,
  zSign,
} from './number';

// A 256-bit number from a3 down; its weight is 2^(exponent − 255).
let a0: u64 = 0;
let a1: u64 = 0;
let a2: u64 = 0;
let a3: u64 = 0;
let aExponent: i32 = 0;

/** a = X × Y. */
function multiplySignificands(): void {
  a0 = xLow * yLow;
  a1 = multiplyHigh(xLow, yLow);
  a2 = multiplyHigh(xHigh, yLow);
  const crossHigh = multiplyHigh(xLow, yHigh);
  const first = xHigh * yLow;
  const second = xLow * yHigh;
  a1 += first;
  let carry: u64 = a1 < first ? 1 : 0;
  a1 += second;
  carry += a1 < second ? 1 : 0;
  a2 += crossHigh;
  let top: u64 = a2 < crossHigh ? 1 : 0;
  const upper = xHigh * yHigh;
  a2 += upper;
  top += a2 < upper ? 1 : 0;
  a2 += carry;
  top += a2 < carry ? 1 : 0;
  a3 = multiplyHigh(xHigh, yHigh) + top;
  aExponent = xExponent + yExponent + 1;
  if (a3 >> 63 === 0) shiftLeft(1);
}

/** a <<= by (0…63), and the exponent with it. */
function shiftLeft(by: i32): void {
  if (by === 0) return;
  const n = <u64>by;
  a3 = (a3 << n) | (a2 >> (64 - n));
  a2 = (a2 << n) | (a1 >> (64 - n));
  a1 = (a1 << n) | (a0 >> (64 - n));
  a0 <<= n;
  aExponent -= by;
}

/** a >>= by with what is lost kept in the lowest bit. */
function shiftRight(by: i32): void {
  aExponent += by;
  let sticky: u64 = 0;
  let left = by > 256 ? 256 : by;
  for (; left >= 64; left -= 64) {
    sticky |= a0;
    a0 = a1;
    a1 = a2;
    a2 = a3;
    a3 = 0;
  }
  if (left > 0) {
    const n = <u64>left;
    sticky |= a0 << (64 - n);
    a0 = (a0 >> n) | (a1 << (64 - n));
    a1 = (a1 >> n) | (a2 << (64 - n));
    a2 = (a2 >> n) | (a3 << (64 - n));
    a3 >>= n;
  }
  if (sticky !== 0) a0 |= 1;
}

function packSum(negative: u64): void {
  while (a3 === 0) {
    a3 = a2;
    a2 = a1;
    a1 = a0;
    a0 = 0;
    aExponent -= 64;
  }
  shiftLeft(<i32>clz<u64>(a3));
  pack(negative, aExponent, a3, a2, (a1 | a0) !== 0, current);
}

/** Packs a + Z (a has the sign `negative`), both finite and not zero. */
function addZ(negative: u64): void {
  const distance = aExponent - zExponent;
  shiftRight(distance < 0 ? 1 - distance : 1);
  const b3 = a3;
  const b2 = a2;
  const b1 = a1;
  const b0 = a0;
  const common = aExponent;
  a3 = zHigh;
  a2 = zLow;
  a1 = 0;
  a0 = 0;
  aExponent = zExponent;
  shiftRight(distance > 0 ? distance + 1 : 1);
  aExponent = common;
  if (negative === zSign) {
    add(b3, b2, b1, b0);
    packSum(negative);
    return;
  }
  const isLess = b3 !== a3 ? b3 < a3 : b2 !== a2 ? b2 < a2 : b1 !== a1 ? b1 < a1 : b0 < a0;
  negateA();
  add(b3, b2, b1, b0);
  if (isLess) negateA();
  if ((a3 | a2 | a1 | a0) === 0) setZero(current === downward ? 1 : 0);
  else packSum(isLess ? zSign : negative);
}

function add(b3: u64, b2: u64, b1: u64, b0: u64): void {
  a0 += b0;
  let carry: u64 = a0 < b0 ? 1 : 0;
  a1 += carry;
  carry = a1 < carry ? 1 : 0;
  a1 += b1;
  carry += a1 < b1 ? 1 : 0;
  a2 += carry;
  carry = a2 < carry ? 1 : 0;
  a2 += b2;
  carry += a2 < b2 ? 1 : 0;
  a3 += b3 + carry;
}

function negateA(): void {
  a0 = ~a0;
  a1 = ~a1;
  a2 = ~a2;
  a3 = ~a3;
  add(0, 0, 0, 1);
}

/** X × Y + Z for finite numbers. */
function fusedFinite(): void {
  const negative = xSign ^ ySign;
  if (xKind === zero || yKind === zero) {
    if (zKind === zero) setZero(negative === zSign ? negative : current === downward ? 1 : 0);
    else pack(zSign, zExponent, zHigh, zLow, false, current);
    return;
  }
  multiplySignificands();
  if (zKind === zero) packSum(negative);
  else addZ(negative);
}

/** X × Y + Z, rounded once. */
export function fused(): void {
  const outside = (xKind === infinite && yKind === zero) || (xKind === zero && yKind === infinite);
  if (nanResult()) return;
  if (outside) {
    setInvalid();
    return;
  }
  const negative = xSign ^ ySign;
  if (xKind === infinite || yKind === infinite) {
    if (zKind === infinite && zSign !== negative) setInvalid();
    else setInfinity(negative);
    return;
  }
  if (zKind === infinite) setInfinity(zSign);
  else fusedFinite();
}

/** X + Z; Y is not looked at. */
export function sum(): void {
  clearY();
  if (nanResult()) return;
  if (xKind === infinite || zKind === infinite) {
    if (xKind === zKind && xSign !== zSign) setInvalid();
    else setInfinity(xKind === infinite ? xSign : zSign);
    return;
  }
  if (xKind === finite && zKind === finite) {
    a3 = xHigh;
    a2 = xLow;
    a1 = 0;
    a0 = 0;
    aExponent = xExponent;
    addZ(xSign);
    return;
  }
  if (xKind === finite) pack(xSign, xExponent, xHigh, xLow, false, current);
  else if (zKind === finite) pack(zSign, zExponent, zHigh, zLow, false, current);
  else setZero(xSign === zSign ? xSign : current === downward ? 1 : 0);
}

/** X − Z. */
export function difference(): void {
  flipZ();
  sum();
}

/** X × Y. */
export function product(): void {
  clearZ();
  if (nanResult()) return;
  const negative = xSign ^ ySign;
  if (xKind === infinite || yKind === infinite) {
    if (xKind === zero || yKind === zero) setInvalid();
    else setInfinity(negative);
  } else if (xKind === zero || yKind === zero) setZero(negative);
  else fusedFinite();
}

// What a division leaves.
let quotientHigh: u64 = 0;
let quotientLow: u64 = 0;
let quotientExponent: i32 = 0;
let isExact: bool = false;

/** X ÷ Y to `bits` bits. */
function divideSignificands(bits: i32): void {
  // One bit of room: significands have at least 15 zeros at the right.
  let restHigh = xHigh >> 1;
  let restLow = (xLow >> 1) | (xHigh << 63);
  const high = yHigh >> 1;
  const low = (yLow >> 1) | (yHigh << 63);
  quotientExponent = xExponent - yExponent;
  if (restHigh < high || (restHigh === high && restLow < low)) {
    restHigh = (restHigh << 1) | (restLow >> 63);
    restLow <<= 1;
    quotientExponent--;
  }
  let upper: u64 = 0;
  let lower: u64 = 0;
  for (let bit = 0; bit < bits; bit++) {
    upper = (upper << 1) | (lower >> 63);
    lower <<= 1;
    if (restHigh > high || (restHigh === high && restLow >= low)) {
      restHigh -= high + (restLow < low ? 1 : 0);
      restLow -= low;
      lower |= 1;
    }
    restHigh = (restHigh << 1) | (restLow >> 63);
    restLow <<= 1;
  }
  isExact = (restHigh | restLow) === 0;
  const by = <u64>(128 - bits);
  if (by >= 64) {
    quotientHigh = lower << (by - 64);
    quotientLow = 0;
  } else {
    quotientHigh = (upper << by) | (lower >> (64 - by));
    quotientLow = lower << by;
  }
}

/** X ÷ Y. */
export function quotient(): void {
  clearZ();
  if (nanResult()) return;
  const negative = xSign ^ ySign;
  if (xKind === infinite) {
    if (yKind === infinite) setInvalid();
    else setInfinity(negative);
  } else if (yKind === infinite) setZero(negative);
  else if (yKind === zero) {
    if (xKind === zero) {
      setInvalid();
      return;
    }
    raise(divideByZero);
    setInfinity(negative);
  } else if (xKind === zero) setZero(negative);
  else {
    divideSignificands(fractionBits + 4);
    pack(negative, quotientExponent, quotientHigh, quotientLow, !isExact, current);
  }
}

/** √X. */
export function squareRoot(): void {
  clearY();
  clearZ();
  if (nanResult()) return;
  if (xKind === zero) {
    setZero(xSign);
    return;
  }
  if (xSign !== 0) {
    setInvalid();
    return;
  }
  if (xKind === infinite) {
    setInfinity(0);
    return;
  }
  const odd = (xExponent & 1) !== 0;
  // Two digits a step, the first two before the point.
  let digitsHigh = odd ? xHigh : xHigh >> 1;
  let digitsLow = odd ? xLow : (xLow >> 1) | (xHigh << 63);
  let restHigh: u64 = 0;
  let restLow: u64 = 0;
  let rootHigh: u64 = 0;
  let rootLow: u64 = 0;
  const bits = fractionBits + 3;
  for (let bit = 0; bit < bits; bit++) {
    restHigh = (restHigh << 2) | (restLow >> 62);
    restLow = (restLow << 2) | (digitsHigh >> 62);
    digitsHigh = (digitsHigh << 2) | (digitsLow >> 62);
    digitsLow <<= 2;
    const trialHigh = (rootHigh << 2) | (rootLow >> 62);
    const trialLow = (rootLow << 2) | 1;
    rootHigh = (rootHigh << 1) | (rootLow >> 63);
    rootLow <<= 1;
    if (restHigh > trialHigh || (restHigh === trialHigh && restLow >= trialLow)) {
      restHigh -= trialHigh + (restLow < trialLow ? 1 : 0);
      restLow -= trialLow;
      rootLow |= 1;
    }
  }
  const by = <u64>(128 - bits);
  const high = by >= 64 ? rootLow << (by - 64) : (rootHigh << by) | (rootLow >> (64 - by));
  const low = by >= 64 ? 0 : rootLow << by;
  const rest = restHigh | restLow | digitsHigh | digitsLow;
  pack(0, xExponent >> 1, high, low, rest !== 0, current);
}

/** Condition code of X compared with Y: 0 equal, 1 low, 2 high, 3 unordered. */
export function order(): i32 {
  if (isNan(xKind) || isNan(yKind)) return 3;
  if (xKind === zero && yKind === zero) return 0;
  if (xKind === zero) return ySign !== 0 ? 2 : 1;
  if (yKind === zero || xSign !== ySign) return xSign !== 0 ? 1 : 2;
  const size = orderSizes();
  return size === 0 ? 0 : size > 0 === (xSign === 0) ? 2 : 1;
}

/** −1, 0 or 1 as |X| is below, equal to or above |Y|; neither is zero or a NaN. */
function orderSizes(): i32 {
  if (xKind !== yKind) return xKind === infinite ? 1 : -1;
  if (xKind === infinite) return 0;
  if (xExponent !== yExponent) return xExponent > yExponent ? 1 : -1;
  if (xHigh !== yHigh) return xHigh > yHigh ? 1 : -1;
  return xLow === yLow ? 0 : xLow > yLow ? 1 : -1;
}

/** COMPARE, or COMPARE AND SIGNAL: the code, with invalid operands noted. */
export function compare(signals: bool): i32 {
  const code = order();
  const loud = xKind === signaling || yKind === signaling;
  if (loud || (signals && code === 3)) raise(invalid);
  return code;
}

/** `order` without the signs. */
function orderMagnitudes(): i32 {
  if (xKind === zero) return yKind === zero ? 0 : 1;
  if (yKind === zero) return 2;
  const size = orderSizes();
  return size === 0 ? 0 : size > 0 ? 2 : 1;
}

function takeFirst(): void {
  setResult(xBitsHigh, xBitsLow);
}

function takeSecond(): void {
  setResult(yBitsHigh, yBitsLow);
}

/**
 * VFMIN, VFMAX of X and Y, for absolute values but 0 already without signs. `how`: 0 IEEE maxNum, 1 Java, 2 C macro, 3 C++ algorithm, 4 fmax
 * (chapter 24); `byAbsolute`: the operand of the larger (smaller) magnitude.
 */
export function extreme(how: i32, least: bool, byAbsolute: bool): void {
  if (isNan(xKind) || isNan(yKind)) {
    extremeOfNan(how);
    return;
  }
  const sizes = byAbsolute ? orderMagnitudes() : 0;
  const relation = sizes !== 0 ? sizes : order();
  if (relation !== 0) {
    if ((relation === 2) !== least) takeFirst();
    else takeSecond();
    return;
  }
  // Equal; only zeros can differ.
  if (how === 2) {
    takeSecond();
    return;
  }
  if (how === 3 || (xSign !== 0) === least) takeFirst();
  else takeSecond();
}

function extremeOfNan(how: i32): void {
  const someSignal = xKind === signaling || yKind === signaling;
  if (someSignal || how === 2 || how === 3) raise(invalid);
  if (how === 2) {
    takeSecond();
    return;
  }
  if (how === 3) {
    takeFirst();
    return;
  }
  if (how === 4) {
    if (isNan(yKind)) takeFirst();
    else takeSecond();
    return;
  }
  if (how === 0 && !someSignal && isNan(xKind) !== isNan(yKind)) {
    if (isNan(xKind)) takeSecond();
    else takeFirst();
    return;
  }
  clearZ();
  nanResult();
}

/** The quotient of `divideToInteger`, encoded. */
export let integerHigh: u64 = 0;
export let integerLow: u64 = 0;

/**
 * DIVIDE TO INTEGER (chapter 19): the integer X ÷ Y rounded by `method`, or where that has more
 * bits than the format as many of its first bits as fit, and what remains of X as the result.
 * Returns the condition code: bit 0 that the quotient is scaled, bit 1 that it is partial.
 */
export function divideToInteger(method: i32): i32 {
  clearZ();
  if (nanResult()) {
    copyResult();
    return 1;
  }
  const negative = xSign ^ ySign;
  if (xKind === infinite || yKind === zero) {
    setInvalid();
    copyResult();
    return 1;
  }
  if (xKind === zero || yKind === infinite) {
    setZero(negative);
    copyResult();
    setResult(xBitsHigh, xBitsLow);
    return 0;
  }
  divideSignificands(fractionBits + 4);
  const whole = quotientExponent;
  // Digits before the point, or all that the format has.
  const isLong = whole > fractionBits;
  const kept = isLong ? fractionBits + 1 : whole + 1;
  const rounding = isLong ? towardZero : method;
  roundRight(quotientHigh, quotientLow, 128 - kept, !isExact, negative, rounding);
  const partial = isLong && lost;
  if ((keptHigh | keptLow) === 0) {
    setZero(negative);
    copyResult();
    setResult(xBitsHigh, xBitsLow);
    takeAsSum();
    return 0;
  }
  const code = packQuotient(negative, isLong ? whole - fractionBits : 0);
  copyResult();
  remainder();
  return code | (partial ? 2 : 0);
}

function copyResult(): void {
  integerHigh = resultHigh;
  integerLow = resultLow;
}

/** X itself as the remainder: rounded as a sum would be, since it may be tiny. */
function takeAsSum(): void {
  pack(xSign, xExponent, xHigh, xLow, false, current);
}

/** Z and the result: the integer of `roundRight` × 2^power; 1 if it is too large and scaled. */
function packQuotient(negative: u64, power: i32): i32 {
  setIntegerZ(negative, keptHigh, keptLow, power);
  const isLarge = zExponent > bias;
  const exponent = isLarge ? zExponent - scaling() : zExponent;
  pack(negative, exponent, zHigh, zLow, false, current);
  return isLarge ? 1 : 0;
}

/** The result is X − Z × Y; the product has the sign of X. */
function remainder(): void {
  const negative = xSign;
  const exponent = xExponent;
  const high = xHigh;
  const low = xLow;
  setX(zSign, zExponent, zHigh, zLow);
  multiplySignificands();
  setZ(negative, exponent, high, low);
  addZ(negative ^ 1);
  if ((a3 | a2 | a1 | a0) === 0) setZero(negative);
}
