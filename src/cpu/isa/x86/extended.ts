/**
 * 80-bit extended arithmetic on BigInt, correctly rounded (SDM vol. 1, chapters 4.8 and 8). A value
 * is
 * its 16-bit sign-and-exponent word and its 64-bit significand, as in registers and memory.
 */

/** An 80-bit value as it is in registers and memory. */
export interface Extended {
  /** Bit 15: sign; bits 0–14: biased exponent. */
  readonly exponent: number;
  readonly significand: bigint;
}

/** Exception flags of the status word. */
export const exceptionBit = {
  invalid: 1,
  denormal: 2,
  zeroDivide: 4,
  overflow: 8,
  underflow: 16,
  precision: 32,
  stack: 64,
} as const;

/** C0…C3 of the status word. */
export const conditionBit = { c0: 0x100, c1: 0x200, c2: 0x400, c3: 0x4000 } as const;

/** How to round, and the exceptions met: one per instruction. */
export interface Environment {
  /** 0 nearest, 1 down, 2 up, 3 zero. */
  readonly rounding: number;
  /** Significand bits: 24, 53, 64. */
  readonly precision: number;
  /** Collected exception bits. */
  flags: number;
  /** Whether the last rounding increased the magnitude (C1). */
  roundedUp: boolean;
}

const integerBit = 1n << 63n;
const quietBit = 1n << 62n;
const bias = 16383;
const exponentMin = -16382;

/** +0. */
export const zero: Extended = { exponent: 0, significand: 0n };
/** 1. */
export const one: Extended = { exponent: bias, significand: integerBit };
/** QNaN floating-point indefinite. */
export const indefinite: Extended = { exponent: 0xffff, significand: 3n << 62n };

/** 1 for a negative value, −0 and negative NaNs included. */
export const signOf = (x: Extended): number => x.exponent >> 15;
const biased = (x: Extended): number => x.exponent & 0x7fff;
/** The value with its sign inverted (FCHS), NaNs included. */
export const negate = (x: Extended): Extended => ({ ...x, exponent: x.exponent ^ 0x8000 });
/** The value without its sign (FABS). */
export const magnitude = (x: Extended): Extended => ({ ...x, exponent: biased(x) });
/** An infinity; sign 1 is the negative one. */
export const infinity = (sign: number): Extended => ({
  exponent: 0x7fff | (sign << 15),
  significand: integerBit,
});
const signedZero = (sign: number): Extended => ({ exponent: sign << 15, significand: 0n });

/** Classes FXAM tells apart. */
export type Class = 'zero' | 'finite' | 'infinity' | 'nan' | 'unsupported' | 'denormal';

/** Class of a value (SDM vol. 1, table 8-3). */
export function classify(x: Extended): Class {
  const e = biased(x);
  if (e === 0) return x.significand === 0n ? 'zero' : 'denormal';
  if ((x.significand & integerBit) === 0n) return 'unsupported';
  if (e !== 0x7fff) return 'finite';
  return x.significand === integerBit ? 'infinity' : 'nan';
}

const isSignaling = (x: Extended): boolean =>
  classify(x) === 'nan' && (x.significand & quietBit) === 0n;
const quiet = (x: Extended): Extended => ({ ...x, significand: x.significand | quietBit });

/** Exponent e of the value significand × 2^e. */
const scaleOf = (x: Extended): number => Math.max(biased(x), 1) - bias - 63;

/** Bits of m without leading zeros; 0 for 0. */
export const bitLength = (m: bigint): number => {
  const text = m.toString(16);
  return text.length * 4 - Math.clz32(Number.parseInt(text[0]!, 16)) + 28;
};

/** Whether a remainder rounds the magnitude up. `odd`: the kept part's last bit. */
function roundsUp(
  rounding: number,
  sign: number,
  remainder: bigint,
  half: bigint,
  odd: boolean,
): boolean {
  if (remainder === 0n) return false;
  if (rounding === 0) return remainder > half || (remainder === half && odd);
  if (rounding === 3) return false;
  return rounding === 1 ? sign === 1 : sign === 0;
}

/** m × 2^e with the last bit at weight 2^last. */
function roundAt(
  env: Environment,
  sign: number,
  m: bigint,
  e: number,
  last: number,
): [bigint, boolean, boolean] {
  const shift = last - e;
  if (shift <= 0) return [m << BigInt(-shift), false, false];
  const amount = BigInt(shift);
  const kept = m >> amount;
  const remainder = m - (kept << amount);
  const up = roundsUp(env.rounding, sign, remainder, 1n << (amount - 1n), (kept & 1n) === 1n);
  return [up ? kept + 1n : kept, remainder !== 0n, up];
}

/** Range of a binary format with an explicit or hidden integer bit. */
interface Format {
  readonly precision: number;
  readonly exponentMin: number;
  readonly exponentMax: number;
}

/**
 * The rounded value as [m, e] (m = 0: underflow to zero), or undefined for overflow to infinity.
 */
function roundTo(
  env: Environment,
  format: Format,
  sign: number,
  m: bigint,
  e: number,
): [bigint, number] | undefined {
  const top = e + bitLength(m) - 1;
  const { precision } = format;
  const last = Math.max(top, format.exponentMin) - (precision - 1);
  const [kept, inexact, up] = roundAt(env, sign, m, e, last);
  env.roundedUp = up;
  if (inexact) env.flags |= exceptionBit.precision;
  if (top < format.exponentMin && inexact) {
    const [free] = roundAt(env, sign, m, e, top - (precision - 1));
    const carried = bitLength(free) > precision;
    if (!(carried && top + 1 >= format.exponentMin)) env.flags |= exceptionBit.underflow;
  }
  if (kept !== 0n && last + bitLength(kept) - 1 > format.exponentMax) {
    env.flags |= exceptionBit.overflow | exceptionBit.precision;
    const toInfinity = env.rounding === 0 || env.rounding === (sign ? 1 : 2);
    env.roundedUp = toInfinity;
    if (toInfinity) return undefined;
    return [(1n << BigInt(precision)) - 1n, format.exponentMax - (precision - 1)];
  }
  return [kept, last];
}

/** The exact value ±m × 2^e, m > 0, rounded to the environment's precision. */
export function roundExact(env: Environment, sign: number, m: bigint, e: number): Extended {
  const format = { precision: env.precision, exponentMin, exponentMax: bias };
  const rounded = roundTo(env, format, sign, m, e);
  if (!rounded) return infinity(sign);
  const [kept, last] = rounded;
  if (kept === 0n) return signedZero(sign);
  const top = last + bitLength(kept) - 1;
  if (top < exponentMin) {
    return { exponent: sign << 15, significand: kept << BigInt(last + bias + 62) };
  }
  return {
    exponent: (top + bias) | (sign << 15),
    significand: kept << BigInt(64 - bitLength(kept)),
  };
}

/**
 * The NaN of an operation with NaN operands (SDM vol. 1, table 4-7), or undefined where there is
 * none.
 */
function propagate(env: Environment, x: Extended, y: Extended): Extended | undefined {
  const [p, q] = [classify(x), classify(y)];
  if (p === 'unsupported' || q === 'unsupported') return invalid(env);
  if (p !== 'nan' && q !== 'nan') {
    if (p === 'denormal' || q === 'denormal') env.flags |= exceptionBit.denormal;
    return undefined;
  }
  env.flags &= ~exceptionBit.denormal;
  const [sx, sy] = [isSignaling(x), isSignaling(y)];
  if (sx || sy) env.flags |= exceptionBit.invalid;
  if (p !== 'nan') return quiet(y);
  if (q !== 'nan') return quiet(x);
  if (sx !== sy) return sx ? y : x;
  if (x.significand !== y.significand) return quiet(x.significand > y.significand ? x : y);
  return quiet(signOf(x) <= signOf(y) ? x : y);
}

/** An invalid operation: no lesser exception is reported with it. */
export function invalid(env: Environment): Extended {
  env.flags = (env.flags & ~exceptionBit.denormal) | exceptionBit.invalid;
  return indefinite;
}

/** One operand's NaN, unsupported and denormal rules. */
export const propagateOne = (env: Environment, x: Extended): Extended | undefined =>
  propagate(env, x, x);

const isInfinite = (x: Extended): boolean => classify(x) === 'infinity';
const isZero = (x: Extended): boolean => classify(x) === 'zero';

/** x + y, rounded. */
export function add(env: Environment, x: Extended, y: Extended): Extended {
  const nan = propagate(env, x, y);
  if (nan) return nan;
  if (isInfinite(x)) return isInfinite(y) && signOf(x) !== signOf(y) ? invalid(env) : x;
  if (isInfinite(y)) return y;
  const e = Math.min(scaleOf(x), scaleOf(y));
  const term = (v: Extended): bigint => {
    const m = v.significand << BigInt(scaleOf(v) - e);
    return signOf(v) ? -m : m;
  };
  const sum = term(x) + term(y);
  if (sum !== 0n) return roundExact(env, sum < 0n ? 1 : 0, sum < 0n ? -sum : sum, e);
  if (isZero(x) && isZero(y) && signOf(x) === signOf(y)) return x;
  return signedZero(env.rounding === 1 ? 1 : 0);
}

/** x − y; the operands of NaN propagation are x and y as they are. */
export function subtract(env: Environment, x: Extended, y: Extended): Extended {
  return propagate(env, x, y) ?? add(env, x, negate(y));
}

/** x × y, rounded. */
export function multiply(env: Environment, x: Extended, y: Extended): Extended {
  const nan = propagate(env, x, y);
  if (nan) return nan;
  const sign = signOf(x) ^ signOf(y);
  if (isInfinite(x) || isInfinite(y)) {
    return isZero(x) || isZero(y) ? invalid(env) : infinity(sign);
  }
  if (isZero(x) || isZero(y)) return signedZero(sign);
  return roundExact(env, sign, x.significand * y.significand, scaleOf(x) + scaleOf(y));
}

/** x ÷ y, rounded. */
export function divide(env: Environment, x: Extended, y: Extended): Extended {
  const nan = propagate(env, x, y);
  if (nan) return nan;
  const sign = signOf(x) ^ signOf(y);
  if (isInfinite(x)) return isInfinite(y) ? invalid(env) : infinity(sign);
  if (isInfinite(y)) return signedZero(sign);
  if (isZero(y)) {
    if (isZero(x)) return invalid(env);
    env.flags = (env.flags & ~exceptionBit.denormal) | exceptionBit.zeroDivide;
    return infinity(sign);
  }
  if (isZero(x)) return signedZero(sign);
  // Enough quotient bits for any operands, and a sticky bit.
  const extra = 132;
  const numerator = x.significand << BigInt(extra);
  const quotient = numerator / y.significand;
  const sticky = quotient * y.significand === numerator ? 0n : 1n;
  return roundExact(env, sign, (quotient << 1n) | sticky, scaleOf(x) - scaleOf(y) - extra - 1);
}

/** Integer square root, rounded down. */
export function integerRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((bitLength(n) + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** √x, rounded (FSQRT). */
export function squareRoot(env: Environment, x: Extended): Extended {
  const nan = propagateOne(env, x);
  if (nan) return nan;
  if (isZero(x)) return x;
  if (signOf(x)) return invalid(env);
  if (isInfinite(x)) return x;
  const shift = 144 - bitLength(x.significand);
  let m = x.significand << BigInt(shift);
  let e = scaleOf(x) - shift;
  if (e & 1) {
    m <<= 1n;
    e--;
  }
  const root = integerRoot(m);
  const sticky = root * root === m ? 0n : 1n;
  return roundExact(env, 0, (root << 1n) | sticky, e / 2 - 1);
}

/** −1, 0, 1, or undefined for unordered. `quietly`: only a signaling NaN is invalid (FUCOM). */
export function compare(
  env: Environment,
  x: Extended,
  y: Extended,
  quietly: boolean,
): number | undefined {
  const nan = propagate(env, x, y);
  if (nan) {
    if (!quietly) env.flags |= exceptionBit.invalid;
    return undefined;
  }
  if (isZero(x) && isZero(y)) return 0;
  const key = (v: Extended): bigint => {
    const m = (BigInt(Math.max(biased(v), isZero(v) ? 0 : 1)) << 64n) | v.significand;
    return signOf(v) ? -m : m;
  };
  const [p, q] = [key(x), key(y)];
  return p < q ? -1 : p > q ? 1 : 0;
}

/**
 * The value as an integer rounded by the environment, or undefined (NaN, infinity, unsupported).
 */
export function toInteger(env: Environment, x: Extended): bigint | undefined {
  const kind = classify(x);
  if (kind === 'nan' || kind === 'infinity' || kind === 'unsupported') return undefined;
  if (kind === 'zero') return 0n;
  const e = scaleOf(x);
  if (e > 200) return undefined;
  const [kept, inexact, up] = roundAt(env, signOf(x), x.significand, e, 0);
  env.roundedUp = up;
  if (inexact) env.flags |= exceptionBit.precision;
  return signOf(x) ? -kept : kept;
}

/** x rounded to an integer by the rounding control (FRNDINT). */
export function roundToInteger(env: Environment, x: Extended): Extended {
  const nan = propagateOne(env, x);
  if (nan) return nan;
  if (isInfinite(x) || isZero(x) || scaleOf(x) >= 0) return x;
  const n = toInteger(env, x)!;
  if (n === 0n) return signedZero(signOf(x));
  return fromInteger(n);
}

/** An integer of at most 64 bits magnitude, exactly. */
export function fromInteger(n: bigint): Extended {
  if (n === 0n) return zero;
  const sign = n < 0n ? 1 : 0;
  const m = sign ? -n : n;
  const bits = bitLength(m);
  return { exponent: (bias + bits - 1) | (sign << 15), significand: m << BigInt(64 - bits) };
}

interface Packed extends Format {
  readonly fraction: number;
  readonly exponentBits: number;
}
const packedFormats: Readonly<Record<32 | 64, Packed>> = {
  32: { precision: 24, exponentMin: -126, exponentMax: 127, fraction: 23, exponentBits: 8 },
  64: { precision: 53, exponentMin: -1022, exponentMax: 1023, fraction: 52, exponentBits: 11 },
};

/** From the bits of a float or double, exactly; a denormal is reported. */
export function fromFloat(env: Environment, bits: bigint, width: 32 | 64): Extended {
  const { fraction, exponentBits, exponentMin: least } = packedFormats[width];
  const part = bits & ((1n << BigInt(fraction)) - 1n);
  const ones = (1 << exponentBits) - 1;
  const e = Number(bits >> BigInt(fraction)) & ones;
  const sign = Number(bits >> BigInt(width - 1)) & 1;
  if (e === ones) {
    if (part === 0n) return infinity(sign);
    const significand = integerBit | (part << BigInt(63 - fraction));
    return { exponent: 0x7fff | (sign << 15), significand };
  }
  if (e === 0) {
    if (part === 0n) return signedZero(sign);
    env.flags |= exceptionBit.denormal;
    const length = bitLength(part);
    const exponent = least - fraction + length - 1 + bias;
    return { exponent: exponent | (sign << 15), significand: part << BigInt(64 - length) };
  }
  const significand = integerBit | (part << BigInt(63 - fraction));
  return { exponent: (e + least - 1 + bias) | (sign << 15), significand };
}

/** To the bits of a float or double. */
export function toFloat(env: Environment, x: Extended, width: 32 | 64): bigint {
  const format = packedFormats[width];
  const { fraction } = format;
  const ones = BigInt((1 << format.exponentBits) - 1) << BigInt(fraction);
  const sign = BigInt(signOf(x)) << BigInt(width - 1);
  const kind = classify(x);
  if (kind === 'unsupported') {
    env.flags |= exceptionBit.invalid;
    return (1n << BigInt(width - 1)) | ones | (1n << BigInt(fraction - 1));
  }
  if (kind === 'zero') return sign;
  if (kind === 'infinity') return sign | ones;
  if (kind === 'nan') {
    if (isSignaling(x)) env.flags |= exceptionBit.invalid;
    const part = (quiet(x).significand >> BigInt(63 - fraction)) & ((1n << BigInt(fraction)) - 1n);
    return sign | ones | part;
  }
  const rounded = roundTo(env, format, signOf(x), x.significand, scaleOf(x));
  if (!rounded) return sign | ones;
  const [kept, last] = rounded;
  if (kept === 0n) return sign;
  const top = last + bitLength(kept) - 1;
  if (top < format.exponentMin) return sign | kept;
  const m = kept << BigInt(format.precision - bitLength(kept));
  const e = BigInt(top - format.exponentMin + 1);
  return sign | (e << BigInt(fraction)) | (m & ((1n << BigInt(fraction)) - 1n));
}

/** FSCALE: x × 2^trunc(y). */
export function scale(env: Environment, x: Extended, y: Extended): Extended {
  const nan = propagate(env, x, y);
  if (nan) return nan;
  if (isInfinite(y)) {
    if (signOf(y)) return isInfinite(x) ? invalid(env) : signedZero(signOf(x));
    return isZero(x) ? invalid(env) : infinity(signOf(x));
  }
  if (isZero(x) || isInfinite(x)) return x;
  const amount = toInteger({ rounding: 3, precision: 64, flags: 0, roundedUp: false }, y);
  const limit = 70000n;
  const big = amount === undefined ? (signOf(y) ? -limit : limit) : amount;
  const n = Number(big > limit ? limit : big < -limit ? -limit : big);
  return roundExact(withPrecision64(env), signOf(x), x.significand, scaleOf(x) + n);
}

/** The same environment rounding to 64 bits: flags are collected in the original. */
function withPrecision64(env: Environment): Environment {
  return {
    rounding: env.rounding,
    precision: 64,
    get flags() {
      return env.flags;
    },
    set flags(value) {
      env.flags = value;
    },
    get roundedUp() {
      return env.roundedUp;
    },
    set roundedUp(value) {
      env.roundedUp = value;
    },
  };
}

/** FXTRACT: [exponent, significand]. */
export function extract(env: Environment, x: Extended): [Extended, Extended] {
  const nan = propagateOne(env, x);
  if (nan) return [nan, nan];
  if (isInfinite(x)) return [infinity(0), x];
  if (isZero(x)) {
    env.flags |= exceptionBit.zeroDivide;
    return [infinity(1), x];
  }
  const length = bitLength(x.significand);
  return [
    fromInteger(BigInt(scaleOf(x) + length - 1)),
    { exponent: bias | (signOf(x) << 15), significand: x.significand << BigInt(64 - length) },
  ];
}

/** Result of FPREM and FPREM1. */
export interface Remainder {
  readonly value: Extended;
  /**
   * Low three bits of the quotient, −1 for a NaN, undefined where the reduction is only partial.
   */
  readonly quotient: number | undefined;
}

/**
 * FPREM (`nearest` false) and FPREM1. Always reduces completely unless the exponents differ by 64
 * or more.
 */
export function remainder(env: Environment, x: Extended, y: Extended, nearest: boolean): Remainder {
  const nan = propagate(env, x, y);
  if (nan) return { value: nan, quotient: -1 };
  if (isInfinite(x) || isZero(y)) return { value: invalid(env), quotient: -1 };
  if (isZero(x) || isInfinite(y)) return { value: x, quotient: 0 };
  const topX = scaleOf(x) + bitLength(x.significand);
  const topY = scaleOf(y) + bitLength(y.significand);
  const distance = topX - topY;
  if (distance < 64) return completeRemainder(env, x, y, nearest);
  // SDM: N = an implementation-dependent number between 32 and 63; here as processors do it.
  const n = 32 + (distance % 32);
  const e = Math.min(scaleOf(x), scaleOf(y));
  const m = x.significand << BigInt(scaleOf(x) - e);
  const d = (y.significand << BigInt(scaleOf(y) - e)) << BigInt(distance - n);
  const rest = m % d;
  const value =
    rest === 0n ? signedZero(signOf(x)) : roundExact(withPrecision64(env), signOf(x), rest, e);
  return { value, quotient: undefined };
}

function completeRemainder(
  env: Environment,
  x: Extended,
  y: Extended,
  nearest: boolean,
): Remainder {
  const e = Math.min(scaleOf(x), scaleOf(y));
  const m = x.significand << BigInt(scaleOf(x) - e);
  const d = y.significand << BigInt(scaleOf(y) - e);
  let quotient = m / d;
  let rest = m - quotient * d;
  let sign = signOf(x);
  if (nearest && (rest * 2n > d || (rest * 2n === d && quotient & 1n))) {
    rest = d - rest;
    quotient += 1n;
    sign ^= 1;
  }
  const value =
    rest === 0n ? signedZero(signOf(x)) : roundExact(withPrecision64(env), sign, rest, e);
  return { value, quotient: Number(quotient & 7n) };
}

/** |x| as a fixed-point number with `fraction` bits after the point, rounded down. */
export function toFixed(x: Extended, fraction: number): bigint {
  const shift = scaleOf(x) + fraction;
  return shift >= 0 ? x.significand << BigInt(shift) : x.significand >> BigInt(-shift);
}
