/**
 * Values of the x87 transcendental functions, by series on fixed-point BigInt with 192 bits after
 * the point. The helper module asks for them (`wasm/x86/transcendental.ts`) and rounds the answers.
 */

import { operandWords } from './registers.ts';

/** Bits after the point. */
const fraction = 192;
const unit = 1n << BigInt(fraction);

/** Σ of a series: `next(term, n)` gives term n from term n − 1, until it vanishes. */
function series(first: bigint, next: (term: bigint, n: bigint) => bigint): bigint {
  let sum = first;
  let term = first;
  for (let n = 1n; term !== 0n; n++) {
    term = next(term, n);
    sum += term;
  }
  return sum;
}

/** Arctangent of 1/n. */
function arctanInverse(n: bigint): bigint {
  let power = unit / n;
  let sum = power;
  for (let k = 3n, sign = -1n; power !== 0n; k += 2n, sign = -sign) {
    power /= n * n;
    sum += (sign * power) / k;
  }
  return sum;
}

let cachedPi: bigint | undefined;
/** π by Machin's formula. */
const pi = (): bigint => (cachedPi ??= 4n * (4n * arctanInverse(5n) - arctanInverse(239n)));

/** Natural logarithm of a fixed-point x in [½, 2]: 2 artanh((x−1)/(x+1)). */
function logarithm(x: bigint): bigint {
  const z = ((x - unit) << BigInt(fraction)) / (x + unit);
  const square = (z * z) >> BigInt(fraction);
  let power = z;
  let sum = z;
  for (let k = 3n; power !== 0n && power !== -1n; k += 2n) {
    power = (power * square) >> BigInt(fraction);
    sum += power / k;
  }
  return 2n * sum;
}

let cachedLn2: bigint | undefined;
const ln2 = (): bigint => (cachedLn2 ??= logarithm(2n * unit));

const times = (x: bigint, y: bigint): bigint => (x * y) >> BigInt(fraction);
const over = (x: bigint, y: bigint): bigint => (x << BigInt(fraction)) / y;

const shiftTowardsZero = (x: bigint): bigint =>
  x < 0n ? -(-x >> BigInt(fraction)) : x >> BigInt(fraction);

/** sin and cos of a fixed-point angle already reduced to [−π, π]. */
function sine(x: bigint): bigint {
  const square = times(x, x);
  return series(x, (term, n) => -shiftTowardsZero(term * square) / (2n * n * (2n * n + 1n)));
}
function cosine(x: bigint): bigint {
  const square = times(x, x);
  return series(unit, (term, n) => -shiftTowardsZero(term * square) / ((2n * n - 1n) * 2n * n));
}

/** The integer part of a square root. */
function integerRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((bitLength(n) + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** Arctangent of a fixed-point number in [0, 1], halving the argument first. */
function arctangent(x: bigint): bigint {
  let z = x;
  let doublings = 0n;
  while (z > unit / 64n) {
    // tan(a/2) = tan a ÷ (1 + √(1 + tan² a))
    const root = integerRoot((unit + times(z, z)) << BigInt(fraction));
    z = over(z, unit + root);
    doublings++;
  }
  const square = times(z, z);
  let power = z;
  let sum = z;
  for (let k = 3n, sign = -1n; power !== 0n; k += 2n, sign = -sign) {
    power = times(power, square);
    sum += (sign * power) / k;
  }
  return sum << doublings;
}

// Operands and answers

/** ±significand × 2^power, or an infinity. */
interface Operand {
  readonly negative: boolean;
  readonly significand: bigint;
  readonly power: number;
  readonly isInfinite: boolean;
}

/** A value ±magnitude × 2^power, not exact: its true magnitude is a little larger. */
interface Answer {
  readonly negative: boolean;
  readonly magnitude: bigint;
  readonly power: number;
}

const bitLength = (m: bigint): number => m.toString(2).length;
const absolute = (x: bigint): bigint => (x < 0n ? -x : x);

/** Exponent of the highest one. */
const exponentOf = ({ significand, power }: Operand): number => power + bitLength(significand) - 1;

const fixed = (x: bigint): Answer => ({
  negative: x < 0n,
  magnitude: absolute(x),
  power: -fraction,
});

/** A fixed-point factor times operands. */
function product(factor: bigint, ...operands: readonly Operand[]): Answer {
  let { negative, magnitude, power } = fixed(factor);
  for (const x of operands) {
    negative = negative !== x.negative;
    magnitude *= x.significand;
    power += x.power;
  }
  return { negative, magnitude, power };
}

/** The value as a fixed-point number, cut off. */
function toFixed({ negative, significand, power }: Operand): bigint {
  const shift = power + fraction;
  const size = shift >= 0 ? significand << BigInt(shift) : significand >> BigInt(-shift);
  return negative ? -size : size;
}

/** Below this exponent, x² is beyond what 64 bits and their rounding can show. */
const tinyExponent = -70;

/** A magnitude a little smaller than x: what odd functions with a negative cubic term have. */
function justBelow({ negative, significand, power }: Operand): Answer {
  return { negative, magnitude: (significand << 128n) - 2n, power: power - 128 };
}

/** The same a little larger. */
function justAbove({ negative, significand, power }: Operand): Answer {
  return { negative, magnitude: significand << 128n, power: power - 128 };
}

// Functions

/** log₂ of a positive value, exponent and fraction apart so that nothing is lost near 1. */
function log2(x: Operand): bigint {
  let exponent = exponentOf(x);
  let m = x.significand << BigInt(fraction - bitLength(x.significand) + 1);
  if (m > (unit * 3n) / 2n) {
    m >>= 1n;
    exponent++;
  }
  return BigInt(exponent) * unit + over(logarithm(m), ln2());
}

/** y × log₂(x + 1). Tiny x keep their precision: log₂(1+x) ≈ (x − x²/2) ÷ ln 2. */
function logarithmPlus1(x: Operand, y: Operand): Answer {
  if (exponentOf(x) >= tinyExponent) return product(over(logarithm1(toFixed(x)), ln2()), y);
  const correction = unit - toFixed(x) / 2n;
  return product(times(over(unit, ln2()), correction), x, y);
}

/** ln(1 + x) for any x above −1. */
function logarithm1(x: bigint): bigint {
  let m = unit + x;
  let doublings = 0n;
  while (m > 2n * unit) {
    m >>= 1n;
    doublings++;
  }
  while (m < unit / 2n) {
    m <<= 1n;
    doublings--;
  }
  return logarithm(m) + doublings * ln2();
}

/** 2^x − 1 for |x| < 1. */
function exponentialMinus1(x: Operand): Answer {
  if (exponentOf(x) < tinyExponent) {
    // (x ln 2)(1 + x ln 2 ÷ 2)
    return product(times(ln2(), unit + times(toFixed(x), ln2()) / 2n), x);
  }
  const z = times(toFixed(x), ln2());
  return fixed(series(z, (term, n) => shiftTowardsZero(term * z) / (n + 1n)));
}

/** π rounded to 66 bits, which is what processors reduce by (SDM vol. 1, 8.3.8). */
const reductionPi = (): bigint => {
  const drop = BigInt(fraction - 64);
  return (pi() >> drop) << drop;
};

/** An angle reduced to [−π, π]. */
function reduced(x: Operand): bigint {
  const period = 2n * reductionPi();
  const angle = toFixed(x) % period;
  if (angle > period / 2n) return angle - period;
  return angle < -period / 2n ? angle + period : angle;
}

const one: Operand = { negative: false, significand: 1n, power: 0, isInfinite: false };

function sineOf(x: Operand): Answer {
  return exponentOf(x) < tinyExponent ? justBelow(x) : fixed(sine(reduced(x)));
}

function cosineOf(x: Operand): Answer {
  return exponentOf(x) < tinyExponent ? justBelow(one) : fixed(cosine(reduced(x)));
}

function tangentOf(x: Operand): Answer {
  if (exponentOf(x) < tinyExponent) return justAbove(x);
  const angle = reduced(x);
  return fixed(over(sine(angle), cosine(angle)));
}

/** The angle of the point (x, y). */
function angleOf(x: Operand, y: Operand): Answer {
  const flat = !x.negative && !x.isInfinite && !y.isInfinite && x.significand !== 0n;
  if (flat && exponentOf(y) - exponentOf(x) < tinyExponent) {
    // Of a tiny quotient the arctangent is the quotient, a little less.
    const shift = 256n;
    const quotient = (y.significand << shift) / x.significand;
    const exact = quotient * x.significand === y.significand << shift;
    const power = y.power - x.power - Number(shift);
    return { negative: y.negative, magnitude: exact ? quotient - 2n : quotient, power };
  }
  const size = quadrantAngle(x, y);
  return { ...fixed(size), negative: y.negative };
}

/** |angle|. */
function quadrantAngle(x: Operand, y: Operand): bigint {
  if (y.isInfinite) {
    if (!x.isInfinite) return pi() / 2n;
    return x.negative ? (3n * pi()) / 4n : pi() / 4n;
  }
  if (x.isInfinite || y.significand === 0n) return pi();
  if (x.significand === 0n) return pi() / 2n;
  const distance = y.power - x.power;
  const ratio = (p: bigint, q: bigint, by: number): bigint => {
    const shift = by + fraction;
    return shift >= 0 ? (p << BigInt(shift)) / q : (p / q) >> BigInt(-shift);
  };
  const steep =
    exponentOf(y) > exponentOf(x) || ratio(y.significand, x.significand, distance) > unit;
  const first = steep
    ? pi() / 2n - arctangent(ratio(x.significand, y.significand, -distance))
    : arctangent(ratio(y.significand, x.significand, distance));
  return x.negative ? pi() - first : first;
}

// The request: opcode, operands x and y; answers in their place.
const requestAt = operandWords[0]!.offset;
const firstAt = requestAt + 8;
const secondAt = requestAt + 32;

function operandAt(view: DataView, at: number): Operand {
  const word = view.getInt32(at + 8, true);
  const biased = word & 0x7fff;
  return {
    negative: (word & 0x8000) !== 0,
    significand: view.getBigUint64(at, true),
    power: Math.max(biased, 1) - 16383 - 63,
    isInfinite: biased === 0x7fff,
  };
}

function writeAnswer(view: DataView, at: number, { negative, magnitude, power }: Answer): void {
  const length = bitLength(magnitude);
  const shift = 128 - length;
  const bits = shift >= 0 ? magnitude << BigInt(shift) : magnitude >> BigInt(-shift);
  view.setBigUint64(at, bits >> 64n, true);
  view.setBigUint64(at + 8, BigInt.asUintN(64, bits) | 1n, true);
  view.setInt32(at + 16, power + length - 1, true);
  view.setInt32(at + 20, negative ? 1 : 0, true);
}

/** What the second byte of the opcode asks for. */
// biome-ignore format: a table
const functions = new Map<number, (x: Operand, y: Operand) => Answer>([
  [0xf0, exponentialMinus1],
  [0xf1, (x, y) => product(log2(x), y)],
  [0xf2, tangentOf],
  [0xf3, angleOf],
  [0xf9, logarithmPlus1],
  [0xfb, sineOf],
  [0xfe, sineOf],
  [0xff, cosineOf],
]);
const sineAndCosine = 0xfb;

/** Answers a request of the helper module, if there is one. */
export function answerRequest(view: DataView): void {
  const opcode = view.getInt32(requestAt, true);
  if (opcode === 0) return;
  const [x, y] = [operandAt(view, firstAt), operandAt(view, secondAt)];
  writeAnswer(view, firstAt, functions.get(opcode)!(x, y));
  if (opcode === sineAndCosine) writeAnswer(view, secondAt, cosineOf(x));
}
