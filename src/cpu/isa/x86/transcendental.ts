/**
 * x87 constants and transcendental functions, by series on fixed-point BigInt with 128 bits after
 * the point. The
 * processors' own results are within one unit in the last place (SDM vol. 1, 8.3.10); so are these.
 */

import {
  bitLength,
  classify,
  conditionBit,
  divide,
  type Environment,
  type Extended,
  exceptionBit,
  indefinite,
  infinity,
  integerRoot,
  invalid,
  magnitude,
  negate,
  one,
  propagateOne,
  roundExact,
  signOf,
  toFixed,
  zero,
} from './extended.ts';
import type { Fpu } from './x87_state.ts';

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

/** Rounds a fixed-point value that is not exact: a last bit marks that. */
function fromFixed(env: Environment, x: bigint, bits = fraction): Extended {
  if (x === 0n) return zero;
  const sign = x < 0n ? 1 : 0;
  return roundExact(env, sign, ((sign ? -x : x) << 1n) | 1n, -bits - 1);
}

const signed = (x: Extended): bigint =>
  signOf(x) ? -toFixed(magnitude(x), fraction) : toFixed(x, fraction);

/** FLD1 … FLDZ by number; the rounding control applies (SDM vol. 2, FLD1). */
export function constants(n: number, rounding: number): Extended {
  const env = { rounding, precision: 64, flags: 0, roundedUp: false };
  switch (n) {
    case 0:
      return one;
    case 1:
      return fromFixed(env, over(logarithm10(), ln2()));
    case 2:
      return fromFixed(env, over(unit, ln2()));
    case 3:
      return fromFixed(env, pi());
    case 4:
      return fromFixed(env, over(ln2(), logarithm10()));
    case 5:
      return fromFixed(env, ln2());
    default:
      return zero;
  }
}

/** ln 10 = 3 ln 2 + ln 1.25. */
const logarithm10 = (): bigint => 3n * ln2() + logarithm((5n * unit) / 4n);

/**
 * log₂ of a positive finite value, with exponent and fraction apart so that nothing is lost near 1.
 */
function log2(x: Extended): bigint {
  const length = bitLength(x.significand);
  let exponent = Math.max(x.exponent & 0x7fff, 1) - 16383 - 63 + length - 1;
  let m = x.significand << BigInt(fraction - length + 1);
  if (m > (unit * 3n) / 2n) {
    m >>= 1n;
    exponent++;
  }
  return BigInt(exponent) * unit + over(logarithm(m), ln2());
}

/** A product of a fixed-point number and an extended value, rounded. */
function scaledBy(env: Environment, fixed: bigint, y: Extended): Extended {
  if (fixed === 0n) return { exponent: y.exponent & 0x8000, significand: 0n };
  const sign = (fixed < 0n ? 1 : 0) ^ signOf(y);
  const m = (fixed < 0n ? -fixed : fixed) * y.significand;
  const e = Math.max(y.exponent & 0x7fff, 1) - 16383 - 63 - fraction;
  return roundExact(env, sign, (m << 1n) | 1n, e - 1);
}

/** FYL2X: y × log₂ x. */
function yLog2x(fpu: Fpu, x: Extended, y: Extended): Extended {
  const nan = propagateOne(fpu, y) ?? propagateOne(fpu, x);
  if (nan) return nan;
  const [p, q] = [classify(x), classify(y)];
  if (p === 'zero') {
    if (q === 'zero') return invalid(fpu);
    if (q !== 'infinity') fpu.flags |= 4;
    return infinity(signOf(y) ^ 1);
  }
  if (signOf(x)) return invalid(fpu);
  if (p === 'infinity') return q === 'zero' ? invalid(fpu) : infinity(signOf(y));
  const logarithmOfX = log2(x);
  if (q === 'infinity') {
    if (logarithmOfX === 0n) return invalid(fpu);
    return infinity(signOf(y) ^ (logarithmOfX < 0n ? 1 : 0));
  }
  if (q === 'zero' || logarithmOfX === 0n) {
    return { exponent: (signOf(y) ^ (logarithmOfX < 0n ? 1 : 0)) << 15, significand: 0n };
  }
  return scaledBy(fpu, logarithmOfX, y);
}

/** FYL2XP1: y × log₂(x + 1) for |x| < 1 − √½. Tiny x keep their precision: log₂(1+x) ≈ x ÷ ln 2. */
function yLog2xPlus1(fpu: Fpu, x: Extended, y: Extended): Extended {
  const nan = propagateOne(fpu, y) ?? propagateOne(fpu, x);
  if (nan) return nan;
  if (classify(x) === 'zero' || classify(y) === 'zero') {
    return { exponent: (signOf(x) ^ signOf(y)) << 15, significand: 0n };
  }
  if ((x.exponent & 0x7fff) < 16383 - 100) {
    return scaledBy(fpu, over(unit, ln2()), multiplyTiny(x, y));
  }
  return scaledBy(fpu, over(logarithm(unit + signed(x)), ln2()), y);
}

const plain: Environment = { rounding: 0, precision: 64, flags: 0, roundedUp: false };

/** x × y without exceptions, for a tiny x. */
function multiplyTiny(x: Extended, y: Extended): Extended {
  const e = Math.max(x.exponent & 0x7fff, 1) + Math.max(y.exponent & 0x7fff, 1) - 2 * (16383 + 63);
  return roundExact({ ...plain }, signOf(x) ^ signOf(y), x.significand * y.significand, e);
}

/** F2XM1: 2^x − 1 for |x| ≤ 1. */
function exponentialMinus1(fpu: Fpu, x: Extended): Extended {
  const nan = propagateOne(fpu, x);
  if (nan) return nan;
  if (classify(x) === 'zero') return x;
  if ((x.exponent & 0x7fff) < 16383 - 100) return scaledBy(fpu, ln2(), x);
  if (classify(x) === 'infinity') return signOf(x) ? negate(one) : x;
  if ((x.exponent & 0x7fff) > 16383) return x;
  if (x.significand === one.significand && (x.exponent & 0x7fff) === 16383) {
    return signOf(x) ? { exponent: 0xbffe, significand: one.significand } : one;
  }
  const z = times(signed(x), ln2());
  return fromFixed(
    fpu,
    series(z, (term, n) => shiftTowardsZero(term * z) / (n + 1n)),
  );
}

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

/** π rounded to 66 bits, which is what processors reduce by (SDM vol. 1, 8.3.8). */
const reductionPi = (): bigint => {
  const drop = BigInt(fraction - 64);
  return (pi() >> drop) << drop;
};

/** Reduces an angle; undefined where |x| ≥ 2⁶³. */
function reduced(x: Extended): bigint | undefined {
  if ((x.exponent & 0x7fff) >= 16383 + 63) return undefined;
  const period = 2n * reductionPi();
  const angle = signed(x) % period;
  if (angle > period / 2n) return angle - period;
  return angle < -period / 2n ? angle + period : angle;
}

/** Angle functions: C2 = 1 and no change where the argument is too large. */
function angleFunction(fpu: Fpu, opcode: number): void {
  const x = fpu.st(0);
  const pushes = opcode === 0xf2 || opcode === 0xfb;
  const faulty = fpu.flags !== 0 || (pushes && !fpu.isEmpty(7));
  const nan = faulty ? indefinite : propagateOne(fpu, x);
  const infinite = !nan && classify(x) === 'infinity' ? invalid(fpu) : nan;
  if (infinite) {
    const missing = (fpu.flags & exceptionBit.stack) !== 0;
    fpu.setSt(0, infinite);
    if (pushes && missing) fpu.pushUnchecked(infinite);
    else if (pushes) fpu.push(infinite);
    fpu.finishWith(fpu.roundedUp ? conditionBit.c1 : 0);
    return;
  }
  const angle = reduced(x);
  if (angle === undefined) {
    fpu.finishWith(conditionBit.c2);
    return;
  }
  const tiny = (x.exponent & 0x7fff) < 16383 - 90;
  const sinX = (): Extended => (tiny ? x : fromFixed(fpu, sine(angle)));
  const cosX = (): Extended => (tiny ? one : fromFixed(fpu, cosine(angle)));
  if (opcode === 0xfe) fpu.setSt(0, sinX());
  else if (opcode === 0xff) fpu.setSt(0, cosX());
  else if (opcode === 0xfb) {
    fpu.setSt(0, sinX());
    fpu.push(cosX());
  } else {
    fpu.setSt(0, tiny ? x : fromFixed(fpu, over(sine(angle), cosine(angle))));
    fpu.push(one);
  }
  if (classify(x) !== 'zero') fpu.flags |= 32;
  fpu.finishWith(fpu.roundedUp ? conditionBit.c1 : 0);
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

/** FPATAN: the angle of the point (x, y). */
function angleOf(fpu: Fpu, x: Extended, y: Extended): Extended {
  const nan = propagateOne(fpu, y) ?? propagateOne(fpu, x);
  if (nan) return nan;
  const sign = signOf(y);
  const [p, q] = [classify(x), classify(y)];
  const signedAngle = (fixed: bigint): Extended => fromFixed(fpu, sign ? -fixed : fixed);
  if (q === 'zero') {
    return signOf(x) ? signedAngle(pi()) : { exponent: sign << 15, significand: 0n };
  }
  if (q === 'infinity') {
    if (p !== 'infinity') return signedAngle(pi() / 2n);
    return signedAngle(signOf(x) ? (3n * pi()) / 4n : pi() / 4n);
  }
  if (p === 'zero') return signedAngle(pi() / 2n);
  if (p === 'infinity') {
    return signOf(x) ? signedAngle(pi()) : { exponent: sign << 15, significand: 0n };
  }
  // Of a tiny quotient the arctangent is the quotient, to far more than 64 bits.
  if (!signOf(x) && (x.exponent & 0x7fff) - (y.exponent & 0x7fff) > 70) {
    fpu.flags |= exceptionBit.precision;
    return divide(fpu, y, x);
  }
  return signedAngle(quadrantAngle(x, y));
}

/** |angle| for finite x, y ≠ 0. */
function quadrantAngle(x: Extended, y: Extended): bigint {
  const scaleOf = (v: Extended): number => Math.max(v.exponent & 0x7fff, 1);
  const shift = BigInt(fraction);
  const distance = scaleOf(y) - scaleOf(x);
  const ratio = (m: bigint, n: bigint, e: number): bigint =>
    e >= 0 ? (m << (shift + BigInt(e))) / n : ((m << shift) / n) >> BigInt(-e);
  const steep = distance > 0 || (distance === 0 && y.significand > x.significand);
  const flat = steep
    ? ratio(x.significand, y.significand, -distance)
    : ratio(y.significand, x.significand, distance);
  const first = steep ? pi() / 2n - arctangent(flat) : arctangent(flat);
  return signOf(x) ? pi() - first : first;
}

/** The instructions D9 F0 … FF that are approximations. */
export function transcendental(fpu: Fpu, opcode: number): void {
  if (opcode === 0xf2 || opcode >= 0xfb) {
    angleFunction(fpu, opcode);
    return;
  }
  const x = fpu.st(0);
  if (opcode === 0xf0) {
    fpu.setSt(0, fpu.flags ? indefinite : exponentialMinus1(fpu, x));
    fpu.finish();
    return;
  }
  const y = fpu.st(1);
  const binary = { 241: yLog2x, 243: angleOf, 249: yLog2xPlus1 }[opcode]!;
  const result = fpu.flags ? indefinite : binary(fpu, x, y);
  fpu.pop();
  fpu.setSt(0, result);
  fpu.finish();
}
