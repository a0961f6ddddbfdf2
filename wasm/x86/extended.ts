/**
 * 80-bit extended arithmetic (SDM vol. 1, chapters 4.8 and 8), rounded once from more than 128 bits.
 * A value is its 64-bit significand and its 16-bit sign-and-exponent word, as in registers and
 * memory. A function's result is `significand` and `word`.
 */

/** The result of the last operation. */
export let significand: u64 = 0;
export let word: i32 = 0;

// Exception flags of the status word.
export const invalid: u32 = 1;
export const denormal: u32 = 2;
export const zeroDivide: u32 = 4;
export const overflow: u32 = 8;
export const underflow: u32 = 16;
export const precisionLost: u32 = 32;
export const stackFault: u32 = 64;

/** Exceptions of the instruction. */
export let flags: u32 = 0;
/** Whether the last rounding increased the magnitude (C1). */
export let roundedUp: bool = false;
/** 0 nearest, 1 down, 2 up, 3 to zero. */
export let rounding: i32 = 0;
/** Significand bits of results. */
let precision: i32 = 64;
/** Masks of exceptions. */
export let masks: u32 = 63;

const topBit: u64 = 0x8000000000000000;
const quietBit: u64 = 0x4000000000000000;
const bias: i32 = 16383;
const leastExponent: i32 = -16382;
/** What an unmasked overflow or underflow takes off or adds to the exponent (SDM vol. 1, 8.5.4). */
const wrapping: i32 = 24576;

/** Starts an instruction by a control word. */
export function begin(control: u32): void {
  flags = 0;
  roundedUp = false;
  rounding = <i32>(control >> 10) & 3;
  const field = (control >> 8) & 3;
  precision = field === 3 ? 64 : field === 2 ? 53 : 24;
  masks = control & 63;
}

export function raise(exceptions: u32): void {
  flags |= exceptions;
}

export function lower(exceptions: u32): void {
  flags &= ~exceptions;
}

export function setRoundedUp(up: bool): void {
  roundedUp = up;
}

export function setRounding(mode: i32): void {
  rounding = mode;
}

/** Makes a value the result. */
export function give(s: u64, e: i32): void {
  significand = s;
  word = e;
}

export function giveZero(sign: i32): void {
  give(0, sign << 15);
}

export function giveInfinity(sign: i32): void {
  give(topBit, 0x7fff | (sign << 15));
}

/** QNaN floating-point indefinite. */
export function giveIndefinite(): void {
  give(topBit | quietBit, 0xffff);
}

/** An invalid operation: no lesser exception is reported with it. */
export function giveInvalid(): void {
  flags = (flags & ~denormal) | invalid;
  giveIndefinite();
}

// Classes.
export const classZero: i32 = 0;
export const classFinite: i32 = 1;
export const classInfinite: i32 = 2;
export const classNan: i32 = 3;
export const classUnsupported: i32 = 4;
export const classDenormal: i32 = 5;

/** Class of a value (SDM vol. 1, table 8-3). */
export function classify(s: u64, e: i32): i32 {
  const biased = e & 0x7fff;
  if (biased === 0) return s === 0 ? classZero : classDenormal;
  if (s >> 63 === 0) return classUnsupported;
  if (biased !== 0x7fff) return classFinite;
  return s === topBit ? classInfinite : classNan;
}

export function signOf(e: i32): i32 {
  return (e >> 15) & 1;
}

export function isSignalling(s: u64, e: i32): bool {
  return classify(s, e) === classNan && (s & quietBit) === 0;
}

/** Exponent of the highest one of a finite value that is not zero. */
export function exponentOf(s: u64, e: i32): i32 {
  return max(e & 0x7fff, 1) - bias - <i32>clz<u64>(s);
}

/** Its significand with the highest one at the top. */
export function normalised(s: u64): u64 {
  return s << clz<u64>(s);
}

// Rounding

/** Whether what is below `kept`'s last bit, as a 64-bit fraction and a rest, rounds away from zero. */
function roundsUp(sign: i32, odd: bool, fraction: u64, rest: bool): bool {
  if (fraction === 0 && !rest) return false;
  if (rounding === 0) return fraction > topBit || (fraction === topBit && (rest || odd));
  if (rounding === 3) return false;
  return rounding === 1 ? sign !== 0 : sign === 0;
}

/** A rounded significand with its highest bit (or a denormal's place for it) at bit 63. */
let kept: u64 = 0;
let keptExponent: i32 = 0;
/** Whether it grew to the next power of two. */
let carried: bool = false;
let keptInexact: bool = false;
let keptUp: bool = false;

/** Rounds high.low × 2^(exponent − 63), the lowest bit sticky, to `bits` bits. */
function cut(sign: i32, exponent: i32, high: u64, low: u64, bits: i32): void {
  const drop = 64 - bits;
  const fraction = drop === 0 ? low : (high << bits) | (low >> drop);
  const rest = drop === 0 ? false : low << (64 - drop) !== 0;
  kept = drop === 0 ? high : (high >> drop) << drop;
  keptExponent = exponent;
  keptInexact = fraction !== 0 || rest;
  keptUp = roundsUp(sign, ((kept >> drop) & 1) !== 0, fraction, rest);
  carried = false;
  if (!keptUp) return;
  kept += (<u64>1) << drop;
  if (kept !== 0) return;
  kept = topBit;
  keptExponent++;
  carried = true;
}

/** Bits of high.low moved right, the lost ones kept in the lowest bit. */
let movedHigh: u64 = 0;
let movedLow: u64 = 0;
function moveRight(high: u64, low: u64, by: i32): void {
  if (by === 0) {
    movedHigh = high;
    movedLow = low;
  } else if (by < 64) {
    movedHigh = high >> by;
    movedLow = (low >> by) | (high << (64 - by)) | (low << (64 - by) !== 0 ? 1 : 0);
  } else if (by < 128) {
    movedHigh = 0;
    const lost = low !== 0 || (by > 64 && high << (128 - by) !== 0);
    movedLow = (by === 64 ? high : high >> (by - 64)) | (lost ? 1 : 0);
  } else {
    movedHigh = 0;
    movedLow = (high | low) !== 0 ? 1 : 0;
  }
}

/**
 * Rounds high.low × 2^(exponent − 63), highest bit at the top, to a format of `bits` bits with normal
 * exponents least … greatest: `kept` and `keptExponent`. False for an overflow to infinity.
 */
function roundTo(
  sign: i32,
  exponent: i32,
  high: u64,
  low: u64,
  bits: i32,
  least: i32,
  greatest: i32,
): bool {
  let tiny = false;
  let e = exponent;
  let h = high;
  let l = low;
  if (e < least) {
    cut(sign, e, h, l, bits);
    tiny = !(carried && e + 1 >= least);
    moveRight(h, l, least - e);
    h = movedHigh;
    l = movedLow;
    e = least;
  }
  cut(sign, e, h, l, bits);
  roundedUp = keptUp;
  if (keptInexact) flags |= precisionLost;
  if (tiny && (keptInexact || (masks & underflow) === 0)) flags |= underflow;
  if (keptExponent <= greatest) return true;
  flags |= overflow | precisionLost;
  const toInfinity = rounding === 0 || rounding === (sign !== 0 ? 1 : 2);
  roundedUp = toInfinity;
  if (toInfinity) return false;
  kept = (<u64>-1) << (64 - bits);
  keptExponent = greatest;
  return true;
}

/** ±high.low × 2^(exponent − 63), highest bit at the top, rounded to `bits` bits. */
function roundBits(sign: i32, exponent: i32, high: u64, low: u64, bits: i32): void {
  let e = exponent;
  if (e < leastExponent && (masks & underflow) === 0) {
    cut(sign, e, high, low, bits);
    if (!(carried && e + 1 >= leastExponent)) {
      flags |= underflow;
      e += wrapping;
    }
  } else if (e >= bias && (masks & overflow) === 0) {
    cut(sign, e, high, low, bits);
    if (keptExponent > bias) {
      flags |= overflow;
      e -= wrapping;
    }
  }
  if (!roundTo(sign, e, high, low, bits, leastExponent, bias)) {
    giveInfinity(sign);
    return;
  }
  if (kept === 0) giveZero(sign);
  else if (kept >> 63 === 0) give(kept, sign << 15);
  else give(kept, (keptExponent + bias) | (sign << 15));
}

/** The same to the precision of the control word, the highest bit anywhere. */
export function roundWide(sign: i32, exponent: i32, high: u64, low: u64): void {
  roundAnywhere(sign, exponent, high, low, precision);
}

/** The same to 64 bits, whatever the precision control. */
export function roundWide64(sign: i32, exponent: i32, high: u64, low: u64): void {
  roundAnywhere(sign, exponent, high, low, 64);
}

function roundAnywhere(sign: i32, exponent: i32, high: u64, low: u64, bits: i32): void {
  let e = exponent;
  let h = high;
  let l = low;
  if (h === 0) {
    h = l;
    l = 0;
    e -= 64;
  }
  const zeros = <i32>clz<u64>(h);
  if (zeros > 0) {
    h = (h << zeros) | (l >> (64 - zeros));
    l <<= zeros;
    e -= zeros;
  }
  roundBits(sign, e, h, l, bits);
}

/** An exact value of at most 64 bits, whatever the precision control. */
function giveExact(sign: i32, exponent: i32, s: u64): void {
  roundWide64(sign, exponent, s, 0);
}

// NaNs

/**
 * Whether the result is decided by NaN, unsupported or (only noted) denormal operands
 * (SDM vol. 1, table 4-7).
 */
export function propagate(xs: u64, xe: i32, ys: u64, ye: i32): bool {
  const p = classify(xs, xe);
  const q = classify(ys, ye);
  if (p === classUnsupported || q === classUnsupported) {
    giveInvalid();
    return true;
  }
  if (p !== classNan && q !== classNan) {
    if (p === classDenormal || q === classDenormal) flags |= denormal;
    return false;
  }
  flags &= ~denormal;
  const sx = isSignalling(xs, xe);
  const sy = isSignalling(ys, ye);
  if (sx || sy) flags |= invalid;
  let second: bool;
  if (p !== classNan || q !== classNan) second = p !== classNan;
  else if (sx !== sy) second = sx;
  else if (xs !== ys) second = ys > xs;
  else second = signOf(xe) > signOf(ye);
  if (second) give(ys | quietBit, ye);
  else give(xs | quietBit, xe);
  return true;
}

export function propagateOne(s: u64, e: i32): bool {
  return propagate(s, e, s, e);
}

// Arithmetic

export function add(xs: u64, xe: i32, ys: u64, ye: i32): void {
  if (!propagate(xs, xe, ys, ye)) addNumbers(xs, xe, ys, ye);
}

/** x − y; the operands of NaN propagation are x and y as they are. */
export function subtract(xs: u64, xe: i32, ys: u64, ye: i32): void {
  if (!propagate(xs, xe, ys, ye)) addNumbers(xs, xe, ys, ye ^ 0x8000);
}

function addNumbers(xs: u64, xe: i32, ys: u64, ye: i32): void {
  const signX = signOf(xe);
  const signY = signOf(ye);
  if (classify(xs, xe) === classInfinite) {
    if (classify(ys, ye) === classInfinite && signX !== signY) giveInvalid();
    else give(xs, xe);
  } else if (classify(ys, ye) === classInfinite) give(ys, ye);
  else if (xs === 0 && ys === 0) giveZero(signX === signY ? signX : rounding === 1 ? 1 : 0);
  else if (ys === 0) roundWide(signX, exponentOf(xs, xe), normalised(xs), 0);
  else if (xs === 0) roundWide(signY, exponentOf(ys, ye), normalised(ys), 0);
  else {
    const d = exponentOf(xs, xe) - exponentOf(ys, ye);
    const larger = d > 0 || (d === 0 && normalised(xs) >= normalised(ys));
    if (larger) sum(signX, signY, exponentOf(xs, xe), normalised(xs), normalised(ys), d);
    else sum(signY, signX, exponentOf(ys, ye), normalised(ys), normalised(xs), -d);
  }
}

/** p × 2^(exponent − 63), and q times 2^−d of that, which is not larger. */
function sum(signP: i32, signQ: i32, exponent: i32, p: u64, q: u64, d: i32): void {
  moveRight(q, 0, d);
  if (signP !== signQ) {
    const low = 0 - movedLow;
    const high = p - movedHigh - (movedLow !== 0 ? 1 : 0);
    if ((high | low) === 0) giveZero(rounding === 1 ? 1 : 0);
    else roundWide(signP, exponent, high, low);
    return;
  }
  const high = p + movedHigh;
  if (high >= p) {
    roundWide(signP, exponent, high, movedLow);
    return;
  }
  const low = movedLow;
  moveRight(high, low, 1);
  roundWide(signP, exponent + 1, movedHigh | topBit, movedLow);
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

export function multiply(xs: u64, xe: i32, ys: u64, ye: i32): void {
  if (propagate(xs, xe, ys, ye)) return;
  const sign = signOf(xe) ^ signOf(ye);
  if (classify(xs, xe) === classInfinite || classify(ys, ye) === classInfinite) {
    if (xs === 0 || ys === 0) giveInvalid();
    else giveInfinity(sign);
  } else if (xs === 0 || ys === 0) giveZero(sign);
  else {
    const p = normalised(xs);
    const q = normalised(ys);
    const exponent = exponentOf(xs, xe) + exponentOf(ys, ye) + 1;
    roundWide(sign, exponent, multiplyHigh(p, q), p * q);
  }
}

export function divide(xs: u64, xe: i32, ys: u64, ye: i32): void {
  if (propagate(xs, xe, ys, ye)) return;
  const sign = signOf(xe) ^ signOf(ye);
  const infinite = classify(ys, ye) === classInfinite;
  if (classify(xs, xe) === classInfinite) {
    if (infinite) giveInvalid();
    else giveInfinity(sign);
  } else if (infinite) giveZero(sign);
  else if (ys === 0) {
    if (xs === 0) giveInvalid();
    else {
      flags = (flags & ~denormal) | zeroDivide;
      giveInfinity(sign);
    }
  } else if (xs === 0) giveZero(sign);
  else divideNumbers(sign, exponentOf(xs, xe) - exponentOf(ys, ye), normalised(xs), normalised(ys));
}

/** The rest of the last `quotientOf`. */
let divisionRest: u64 = 0;

/** p × 2⁶⁴ ÷ q for p < q, the highest bit of q set (Knuth, TAOCP vol. 2, 4.3.1, two digits). */
function quotientOf(p: u64, q: u64): u64 {
  const q1 = q >> 32;
  const q0 = q & 0xffffffff;
  let digit1 = p / q1;
  let rest = p - digit1 * q1;
  while (digit1 >> 32 !== 0 || digit1 * q0 > rest << 32) {
    digit1--;
    rest += q1;
    if (rest >> 32 !== 0) break;
  }
  const middle = (p << 32) - digit1 * q;
  let digit0 = middle / q1;
  rest = middle - digit0 * q1;
  while (digit0 >> 32 !== 0 || digit0 * q0 > rest << 32) {
    digit0--;
    rest += q1;
    if (rest >> 32 !== 0) break;
  }
  divisionRest = (middle << 32) - digit0 * q;
  return (digit1 << 32) + digit0;
}

/** p ÷ q × 2^exponent for p and q with their highest bits set. */
function divideNumbers(sign: i32, exponent: i32, p: u64, q: u64): void {
  // The first digit is at bit 63; of p ≥ q one half is divided, which may lose a bit.
  const large = p >= q;
  const e = large ? exponent : exponent - 1;
  let quotient = quotientOf(large ? p >> 1 : p, q);
  let rest = divisionRest;
  if (large && (p & 1) !== 0) {
    // Half a unit of q's last place: 2⁶³ ÷ q is 0 or 1 with the rest.
    const more = rest + topBit;
    if (more < rest || more >= q) quotient++;
    rest = more < rest || more >= q ? more - q : more;
  }
  // One digit more and whether there are others.
  const half = rest >> 63 !== 0 || rest << 1 >= q;
  const others = half ? rest << 1 !== q : rest !== 0;
  roundWide(sign, e, quotient, (half ? topBit : 0) | (others ? 1 : 0));
}

export function squareRoot(s: u64, e: i32): void {
  if (propagateOne(s, e)) return;
  if (s === 0) give(s, e);
  else if (signOf(e) !== 0) giveInvalid();
  else if (classify(s, e) === classInfinite) give(s, e);
  else {
    let exponent = exponentOf(s, e);
    let digits = normalised(s);
    let next: u64 = 0;
    // Two digits of the operand give one of the root; an even exponent has one before the point.
    if ((exponent & 1) === 0) {
      next = digits << 63;
      digits >>= 1;
    } else exponent--;
    let root: u64 = 0;
    let restHigh: u64 = 0;
    let rest: u64 = 0;
    for (let n = 0; n < 65; n++) {
      restHigh = (restHigh << 2) | (rest >> 62);
      rest = (rest << 2) | (digits >> 62);
      digits = (digits << 2) | (next >> 62);
      next <<= 2;
      const trial = (root << 2) | 1;
      const trialHigh = root >> 62;
      if (n === 64) {
        const half = restHigh > trialHigh || (restHigh === trialHigh && rest >= trial);
        const same = restHigh === trialHigh && rest === trial;
        const others = half ? !same : (rest | restHigh) !== 0;
        roundWide(0, exponent >> 1, root, (half ? topBit : 0) | (others ? 1 : 0));
        return;
      }
      root <<= 1;
      if (restHigh > trialHigh || (restHigh === trialHigh && rest >= trial)) {
        restHigh -= trialHigh + (rest < trial ? 1 : 0);
        rest -= trial;
        root |= 1;
      }
    }
  }
}

export const unordered: i32 = 2;

/** −1, 0, 1 or unordered. `quietly`: only a signalling NaN is invalid (FUCOM). */
export function compare(xs: u64, xe: i32, ys: u64, ye: i32, quietly: bool): i32 {
  if (propagate(xs, xe, ys, ye)) {
    if (!quietly) flags |= invalid;
    return unordered;
  }
  if (xs === 0 && ys === 0) return 0;
  const signX = signOf(xe);
  if (signX !== signOf(ye)) return signX !== 0 ? -1 : 1;
  let order: i32 = 0;
  if (xs === 0 || ys === 0) order = xs === 0 ? -1 : 1;
  else {
    const p = max(xe & 0x7fff, 1);
    const q = max(ye & 0x7fff, 1);
    if (p !== q) order = p < q ? -1 : 1;
    else if (xs !== ys) order = xs < ys ? -1 : 1;
  }
  return signX !== 0 ? -order : order;
}

// Integers

/** Whether the last `toInteger` fits 64 bits of magnitude; then its magnitude. */
export let fits: bool = false;
export let magnitude: u64 = 0;

/** A number's magnitude as an integer, rounded; not for NaNs and unsupported ones. */
export function toInteger(s: u64, e: i32): void {
  fits = true;
  magnitude = 0;
  if (s === 0) return;
  const exponent = exponentOf(s, e);
  if (exponent > 63 || classify(s, e) === classInfinite) {
    fits = false;
    return;
  }
  moveRight(normalised(s), 0, 63 - exponent);
  const low = movedLow;
  magnitude = movedHigh;
  roundedUp = roundsUp(signOf(e), (magnitude & 1) !== 0, low, false);
  if (low !== 0) flags |= precisionLost;
  if (roundedUp) magnitude++;
}

/** An integer, exactly. */
export function fromMagnitude(sign: i32, m: u64): void {
  if (m === 0) giveZero(sign);
  else give(normalised(m), (bias + 63 - <i32>clz<u64>(m)) | (sign << 15));
}

/** FRNDINT. */
export function roundToIntegral(s: u64, e: i32): void {
  if (propagateOne(s, e)) return;
  if (s === 0 || (e & 0x7fff) >= bias + 63) give(s, e);
  else {
    toInteger(s, e);
    fromMagnitude(signOf(e), magnitude);
  }
}

// Single and double precision

/** A float's or double's bits as a value; a denormal one is reported, a NaN stays as it is. */
export function fromFloat(bits: u64, isDouble: bool): void {
  const fraction = isDouble ? 52 : 23;
  const ones = isDouble ? 2047 : 255;
  const part = bits & (((<u64>1) << fraction) - 1);
  const e = <i32>(bits >> fraction) & ones;
  const sign = <i32>(bits >> (isDouble ? 63 : 31)) & 1;
  if (e === ones) give(topBit | (part << (63 - fraction)), 0x7fff | (sign << 15));
  else if (e !== 0) {
    give(topBit | (part << (63 - fraction)), (e - (ones >> 1) + bias) | (sign << 15));
  } else if (part === 0) giveZero(sign);
  else {
    flags |= denormal;
    const exponent = 64 - <i32>clz<u64>(part) - fraction - (ones >> 1) + bias;
    give(normalised(part), exponent | (sign << 15));
  }
}

/** The bits of a value as a float or double. */
export function toFloat(s: u64, e: i32, isDouble: bool): u64 {
  const fraction = isDouble ? 52 : 23;
  const half = isDouble ? 1023 : 127;
  const ones = (<u64>(2 * half + 1)) << fraction;
  const sign = (<u64>signOf(e)) << (isDouble ? 63 : 31);
  const kind = classify(s, e);
  if (kind === classUnsupported) {
    flags |= invalid;
    return ((<u64>1) << (isDouble ? 63 : 31)) | ones | ((<u64>1) << (fraction - 1));
  }
  if (kind === classZero) return sign;
  if (kind === classInfinite) return sign | ones;
  if (kind === classNan) {
    if (isSignalling(s, e)) flags |= invalid;
    return sign | ones | (((s | quietBit) << 1) >> (64 - fraction));
  }
  const exponent = exponentOf(s, e);
  if (!roundTo(signOf(e), exponent, normalised(s), 0, fraction + 1, 1 - half, half)) {
    return sign | ones;
  }
  if (kept >> 63 === 0) return sign | (kept >> (63 - fraction));
  return sign | ((<u64>(keptExponent + half)) << fraction) | ((kept << 1) >> (64 - fraction));
}

// FSCALE, FXTRACT, FPREM

/** x × 2^trunc(y). */
export function scale(xs: u64, xe: i32, ys: u64, ye: i32): void {
  if (propagate(xs, xe, ys, ye)) return;
  const negative = signOf(ye) !== 0;
  const infinite = classify(xs, xe) === classInfinite;
  if (classify(ys, ye) === classInfinite) {
    if (negative ? infinite : xs === 0) giveInvalid();
    else if (negative) giveZero(signOf(xe));
    else giveInfinity(signOf(xe));
  } else if (xs === 0 || infinite) give(xs, xe);
  else {
    // Larger amounts leave every range anyway.
    const limit: i32 = 70000;
    const exponent = ys === 0 ? -1 : exponentOf(ys, ye);
    const amount =
      exponent < 0
        ? 0
        : exponent > 16
          ? limit
          : min(limit, <i32>(normalised(ys) >> (63 - exponent)));
    const e = exponentOf(xs, xe) + (negative ? -amount : amount);
    roundBits(signOf(xe), e, normalised(xs), 0, 64);
  }
}

/** The significand of FXTRACT; its exponent is the result. */
export let extracted: u64 = 0;
export let extractedWord: i32 = 0;

export function extract(s: u64, e: i32): void {
  extracted = s;
  extractedWord = e;
  if (propagateOne(s, e)) {
    extracted = significand;
    extractedWord = word;
  } else if (classify(s, e) === classInfinite) giveInfinity(0);
  else if (s === 0) {
    flags |= zeroDivide;
    giveInfinity(1);
  } else {
    extracted = normalised(s);
    extractedWord = bias | (e & 0x8000);
    const exponent = exponentOf(s, e);
    fromMagnitude(exponent < 0 ? 1 : 0, <u64>(exponent < 0 ? -exponent : exponent));
  }
}

/** Low three bits of the quotient, or what `remainder` says instead. */
export let quotient: i32 = 0;
export const noQuotient: i32 = -1;
export const partialQuotient: i32 = -2;

/** FPREM and (`nearest`) FPREM1. */
export function remainder(xs: u64, xe: i32, ys: u64, ye: i32, nearest: bool): void {
  quotient = noQuotient;
  if (propagate(xs, xe, ys, ye)) return;
  if (classify(xs, xe) === classInfinite || ys === 0) {
    giveInvalid();
    return;
  }
  quotient = 0;
  if (xs === 0 || classify(ys, ye) === classInfinite) {
    give(xs, xe);
    return;
  }
  const exponent = exponentOf(ys, ye);
  const distance = exponentOf(xs, xe) - exponent;
  const divisor = normalised(ys);
  const sign = signOf(xe);
  if (distance < 0) {
    const dividend = normalised(xs);
    if (!nearest || distance < -1 || dividend <= divisor) {
      giveExact(sign, exponentOf(xs, xe), dividend);
      return;
    }
    quotient = 1;
    giveExact(sign ^ 1, exponent - 1, (divisor << 1) - dividend);
    return;
  }
  // SDM: a number between 32 and 63 of digits, which one depends on the processor.
  const partial = distance > 63;
  const digits = partial ? 32 + (distance & 31) : distance;
  const rest = reduce(normalised(xs), divisor, digits);
  const at = exponent + distance - digits;
  if (partial) {
    quotient = partialQuotient;
    giveRest(sign, at, rest);
    return;
  }
  const twice = rest << 1;
  const above = rest >> 63 !== 0 || twice > divisor;
  if (nearest && (above || (twice === divisor && (quotient & 1) !== 0))) {
    quotient = (quotient + 1) & 7;
    giveExact(sign ^ 1, at, divisor - rest);
  } else giveRest(sign, at, rest);
}

/** p × 2^digits modulo q, both below 2⁶⁴ with their highest bits set; `quotient` by the way. */
function reduce(p: u64, q: u64, digits: i32): u64 {
  let rest = p;
  let bits: i32 = 0;
  if (rest >= q) {
    rest -= q;
    bits = 1;
  }
  for (let n = 0; n < digits; n++) {
    const carry = rest >> 63 !== 0;
    rest <<= 1;
    bits <<= 1;
    if (carry || rest >= q) {
      rest -= q;
      bits |= 1;
    }
  }
  quotient = bits & 7;
  return rest;
}

function giveRest(sign: i32, exponent: i32, rest: u64): void {
  if (rest === 0) giveZero(sign);
  else giveExact(sign, exponent, rest);
}
