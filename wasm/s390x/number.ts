/**
 * Binary floating point of z/Architecture (Principles of Operation, chapter 9): short, long and
 * extended numbers alike. An encoded number is a pair of words, right-aligned; a finite one that is
 * not zero is also significand ÷ 2^127 × 2^exponent with the highest bit of the 128-bit significand
 * set. Operands X, Y and Z, the result and the exceptions are the module's variables.
 */

/** Formats by the size codes of vector instructions. */
export const shortFormat: i32 = 2;
export const longFormat: i32 = 3;
export const extendedFormat: i32 = 4;

/** IEEE exceptions as in the flags of the FPC, from bit 8 of its left half down. */
export const invalid: u32 = 0x80;
export const divideByZero: u32 = 0x40;
export const overflow: u32 = 0x20;
export const underflow: u32 = 0x10;
export const inexact: u32 = 0x08;

/** Rounding methods as an M3 field has them. */
export const awayFromZero: i32 = 1;
export const prepareShorter: i32 = 3;
export const nearest: i32 = 4;
export const towardZero: i32 = 5;
export const upward: i32 = 6;
export const downward: i32 = 7;

/** Kinds of numbers. */
export const zero: i32 = 0;
export const finite: i32 = 1;
export const infinite: i32 = 2;
export const quiet: i32 = 3;
export const signaling: i32 = 4;

/** Exceptions of the operation, and whether its last rounding made the magnitude larger. */
export let raised: u32 = 0;
export let incremented: bool = false;
/** Whether the result had to be scaled, because an overflow or underflow is to interrupt. */
export let scaled: bool = false;
/** Exceptions that interrupt: the mask of the FPC. */
let enabled: u32 = 0;
/** The rounding method of the FPC. */
export let current: i32 = nearest;

export let format: i32 = longFormat;
export let fractionBits: i32 = 52;
export let bias: i32 = 1023;

/** The result, encoded. */
export let resultHigh: u64 = 0;
export let resultLow: u64 = 0;

// X, Y, Z: kind, sign, exponent, significand, and as they were encoded.
export let xKind: i32 = 0;
export let xSign: u64 = 0;
export let xExponent: i32 = 0;
export let xHigh: u64 = 0;
export let xLow: u64 = 0;
export let xBitsHigh: u64 = 0;
export let xBitsLow: u64 = 0;
export let yKind: i32 = 0;
export let ySign: u64 = 0;
export let yExponent: i32 = 0;
export let yHigh: u64 = 0;
export let yLow: u64 = 0;
export let yBitsHigh: u64 = 0;
export let yBitsLow: u64 = 0;
export let zKind: i32 = 0;
export let zSign: u64 = 0;
export let zExponent: i32 = 0;
export let zHigh: u64 = 0;
export let zLow: u64 = 0;
export let zBitsHigh: u64 = 0;
export let zBitsLow: u64 = 0;

/** Starts an operation under an FPC. */
export function begin(fpc: u32): void {
  raised = 0;
  incremented = false;
  scaled = false;
  enabled = (fpc >> 24) & 0xf8;
  const mode = fpc & 7;
  current = mode < 4 ? <i32>mode + nearest : mode === 7 ? prepareShorter : nearest;
}

export function raise(exceptions: u32): void {
  raised |= exceptions;
}

/** Says how the operation's rounding went, after another one for its encoding. */
export function setIncremented(value: bool): void {
  incremented = value;
}

/** Forgets exceptions: what an instruction does not report. */
export function ignore(exceptions: u32): void {
  raised &= ~exceptions;
}

export function setFormat(size: i32): void {
  format = size;
  fractionBits = size === shortFormat ? 23 : size === longFormat ? 52 : 112;
  bias = size === shortFormat ? 127 : size === longFormat ? 1023 : 16383;
}

export function setResult(high: u64, low: u64): void {
  resultHigh = high;
  resultLow = low;
}

/** The sign bit in the word that has it. */
function signBit(): u64 {
  return format === shortFormat ? (<u64>1) << 31 : (<u64>1) << 63;
}

/** Makes the result's sign positive, negative or the other one. */
export function signResult(keep: bool, change: bool): void {
  const bit = signBit();
  const word = format === extendedFormat ? resultHigh : resultLow;
  const value = (keep ? word : word & ~bit) ^ (change ? bit : 0);
  if (format === extendedFormat) resultHigh = value;
  else resultLow = value;
}

/** Puts a sign, a biased exponent and a fraction together. */
function encode(sign: u64, biased: u64, high: u64, low: u64): void {
  if (format === extendedFormat) {
    resultHigh = (sign << 63) | (biased << 48) | (high & 0xffffffffffff);
    resultLow = low;
    return;
  }
  const fraction = low & (((<u64>1) << fractionBits) - 1);
  resultHigh = 0;
  resultLow = (sign !== 0 ? signBit() : 0) | (biased << fractionBits) | fraction;
}

export function setZero(sign: u64): void {
  encode(sign, 0, 0, 0);
}

export function setInfinity(sign: u64): void {
  encode(sign, 2 * bias + 1, 0, 0);
}

/** The default NaN and the invalid exception. */
export function setInvalid(): void {
  raised |= invalid;
  const quietBit = (<u64>1) << ((fractionBits - 1) & 63);
  encode(0, 2 * bias + 1, format === extendedFormat ? quietBit : 0, quietBit);
  if (format === extendedFormat) resultLow = 0;
}

// What `unpack` gives.
let kind: i32 = 0;
let sign: u64 = 0;
let exponent: i32 = 0;
let high: u64 = 0;
let low: u64 = 0;

function unpack(bitsHigh: u64, bitsLow: u64): void {
  const isExtended = format === extendedFormat;
  const word = isExtended ? bitsHigh : bitsLow;
  const wordFraction = isExtended ? 48 : fractionBits;
  sign = (word & signBit()) !== 0 ? 1 : 0;
  const biased = <i32>((word >> wordFraction) & (2 * bias + 1));
  const fraction = word & (((<u64>1) << wordFraction) - 1);
  // The fraction with its highest bit in bit 126.
  high = isExtended ? (fraction << 15) | (bitsLow >> 49) : fraction << (63 - fractionBits);
  low = isExtended ? bitsLow << 15 : 0;
  const some = (high | low) !== 0;
  if (biased === 2 * bias + 1) {
    kind = !some ? infinite : (high & (1 << 62)) !== 0 ? quiet : signaling;
    return;
  }
  kind = biased !== 0 || some ? finite : zero;
  if (biased !== 0) {
    high |= (<u64>1) << 63;
    exponent = biased - bias;
    return;
  }
  exponent = 1 - bias;
  if (some) normalise();
}

/** Shifts (high, low) left until its highest bit is set. */
function normalise(): void {
  if (high === 0) {
    high = low;
    low = 0;
    exponent -= 64;
  }
  const by = clz<u64>(high);
  if (by === 0) return;
  high = (high << by) | (low >> (64 - by));
  low <<= by;
  exponent -= <i32>by;
}

export function takeX(bitsHigh: u64, bitsLow: u64): void {
  unpack(bitsHigh, bitsLow);
  xKind = kind;
  xSign = sign;
  xExponent = exponent;
  xHigh = high;
  xLow = low;
  xBitsHigh = bitsHigh;
  xBitsLow = bitsLow;
}

export function takeY(bitsHigh: u64, bitsLow: u64): void {
  unpack(bitsHigh, bitsLow);
  yKind = kind;
  ySign = sign;
  yExponent = exponent;
  yHigh = high;
  yLow = low;
  yBitsHigh = bitsHigh;
  yBitsLow = bitsLow;
}

export function takeZ(bitsHigh: u64, bitsLow: u64): void {
  unpack(bitsHigh, bitsLow);
  zKind = kind;
  zSign = sign;
  zExponent = exponent;
  zHigh = high;
  zLow = low;
  zBitsHigh = bitsHigh;
  zBitsLow = bitsLow;
}

export function clearY(): void {
  yKind = zero;
}

export function clearZ(): void {
  zKind = zero;
}

export function flipZ(): void {
  zSign ^= 1;
}

/** Makes X a finite number. */
export function setX(newSign: u64, newExponent: i32, newHigh: u64, newLow: u64): void {
  xKind = finite;
  xSign = newSign;
  xExponent = newExponent;
  xHigh = newHigh;
  xLow = newLow;
}

/** Makes Z one. */
export function setZ(newSign: u64, newExponent: i32, newHigh: u64, newLow: u64): void {
  zKind = finite;
  zSign = newSign;
  zExponent = newExponent;
  zHigh = newHigh;
  zLow = newLow;
}

export function isNan(ofKind: i32): bool {
  return ofKind >= quiet;
}

/** The result is an operand made quiet. */
export function quieten(bitsHigh: u64, bitsLow: u64): void {
  const bit = (<u64>1) << ((fractionBits - 1) & 63);
  if (format === extendedFormat) setResult(bitsHigh | bit, bitsLow);
  else setResult(bitsHigh, bitsLow | bit);
}

/** If an operand is a NaN the result is: the first signaling one, else the first. */
export function nanResult(): bool {
  if (xKind < quiet && yKind < quiet && zKind < quiet) return false;
  const someSignal = xKind === signaling || yKind === signaling || zKind === signaling;
  const wanted = someSignal ? signaling : quiet;
  if (someSignal) raised |= invalid;
  if (xKind === wanted) quieten(xBitsHigh, xBitsLow);
  else if (yKind === wanted) quieten(yBitsHigh, yBitsLow);
  else quieten(zBitsHigh, zBitsLow);
  return true;
}

/** What `roundRight` leaves, and whether something was cut off. */
export let keptHigh: u64 = 0;
export let keptLow: u64 = 0;
export let lost: bool = false;

/** (high, low) ÷ 2^by rounded; `sticky` says that the exact number is a little larger. */
export function roundRight(
  fromHigh: u64,
  fromLow: u64,
  by: i32,
  sticky: bool,
  negative: u64,
  method: i32,
): void {
  // What is cut off, from bit 127 down.
  let restHigh: u64 = 0;
  let restLow: u64 = 0;
  const n = <u64>by;
  if (by <= 0) {
    keptHigh = fromHigh;
    keptLow = fromLow;
  } else if (by < 64) {
    restHigh = fromLow << (64 - n);
    keptLow = (fromLow >> n) | (fromHigh << (64 - n));
    keptHigh = fromHigh >> n;
  } else if (by === 64) {
    restHigh = fromLow;
    keptLow = fromHigh;
    keptHigh = 0;
  } else if (by < 128) {
    restHigh = (fromHigh << (128 - n)) | (fromLow >> (n - 64));
    restLow = fromLow << (128 - n);
    keptLow = fromHigh >> (n - 64);
    keptHigh = 0;
  } else {
    restHigh = by === 128 ? fromHigh : 0;
    restLow = by === 128 ? fromLow : fromHigh | fromLow;
    keptLow = 0;
    keptHigh = 0;
  }
  const below = restLow !== 0 || sticky;
  lost = restHigh !== 0 || below;
  incremented = lost && roundsUp(restHigh, below, negative, method);
  if (!incremented) return;
  keptLow++;
  if (keptLow === 0) keptHigh++;
}

function roundsUp(rest: u64, below: bool, negative: u64, method: i32): bool {
  const half: u64 = (<u64>1) << 63;
  const odd = (keptLow & 1) !== 0;
  switch (method) {
    case nearest:
      return rest > half || (rest === half && (below || odd));
    case awayFromZero:
      return rest >= half;
    case upward:
      return negative === 0;
    case downward:
      return negative !== 0;
    case prepareShorter:
      return !odd;
    default:
      return false;
  }
}

/** By how much the exponent of an overflow or underflow that interrupts is changed. */
export function scaling(): i32 {
  return format === shortFormat ? 192 : format === longFormat ? 1536 : 24576;
}

/**
 * The result is (high, low) ÷ 2^127 × 2^power, rounded to the format; the highest bit is set. In a
 * LOAD ROUNDED from format `source` a scaled result stays in that format (figure 19-8).
 */
export function pack(
  negative: u64,
  power: i32,
  fromHigh: u64,
  fromLow: u64,
  sticky: bool,
  method: i32,
  source: i32 = 0,
): void {
  const minimum = 1 - bias;
  const isTiny = power < minimum;
  const traps = isTiny && (enabled & underflow) !== 0;
  const denormal = isTiny && !traps ? minimum - power : 0;
  roundRight(fromHigh, fromLow, 127 - fractionBits + denormal, sticky, negative, method);
  if (lost) raised |= inexact;
  if (isTiny && (lost || traps)) raised |= underflow;
  let unit = power + denormal;
  const carryBit = fractionBits + 1;
  const carries = carryBit > 63 ? keptHigh >> (carryBit - 64) !== 0 : keptLow >> carryBit !== 0;
  if (carries) {
    keptLow = (keptLow >> 1) | (keptHigh << 63);
    keptHigh >>= 1;
    unit++;
  }
  if (traps) {
    packScaled(negative, unit, 1, source);
    return;
  }
  if (unit > bias) {
    raised |= overflow;
    if ((enabled & overflow) !== 0) {
      packScaled(negative, unit, -1, source);
      return;
    }
    raised |= inexact;
    packOverflow(negative, method);
    return;
  }
  const top = fractionBits > 63 ? keptHigh >> (fractionBits - 64) : keptLow >> fractionBits;
  encode(negative, top !== 0 ? <u64>(unit + bias) : 0, keptHigh, keptLow);
}

function packOverflow(negative: u64, method: i32): void {
  const outward = method === (negative !== 0 ? downward : upward);
  incremented = method === nearest || method === awayFromZero || outward;
  if (incremented) setInfinity(negative);
  else encode(negative, 2 * bias, -1, -1);
}

function packScaled(negative: u64, unit: i32, direction: i32, source: i32): void {
  scaled = true;
  if (source === 0) {
    encode(negative, <u64>(unit + direction * scaling() + bias), keptHigh, keptLow);
    return;
  }
  const shift = <u64>-fractionBits;
  setFormat(source);
  // The fraction of the narrower format at the left of the source's.
  const by = shift + <u64>fractionBits;
  if (by > 63) {
    keptHigh = keptLow << (by - 64);
    keptLow = 0;
  } else if (by > 0) {
    keptHigh = (keptHigh << by) | (keptLow >> (64 - by));
    keptLow <<= by;
  }
  const change = source === longFormat ? 512 : 8192;
  encode(negative, <u64>(unit + direction * change + bias), keptHigh, keptLow);
}

/** `pack` of a number whose highest bit may be anywhere; it is not zero. */
export function packInteger(negative: u64, fromHigh: u64, fromLow: u64, method: i32): void {
  high = fromHigh;
  low = fromLow;
  exponent = 127;
  normalise();
  pack(negative, exponent, high, low, false, method);
}

/** Makes Z an integer × 2^power, which is not zero. */
export function setIntegerZ(negative: u64, fromHigh: u64, fromLow: u64, power: i32): void {
  high = fromHigh;
  low = fromLow;
  exponent = 127;
  normalise();
  setZ(negative, exponent + power, high, low);
}
