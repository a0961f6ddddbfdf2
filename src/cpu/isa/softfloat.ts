/**
 * Binary floating point, exact: every operation is done on integers and rounded once, for short,
 * long and extended formats alike (PoP chapter 19, "Binary-Floating-Point Instructions"). Used
 * where
 * wasm's own arithmetic cannot answer: other rounding modes, NaNs, exceptions, extended format.
 */

/** A format: total bits, exponent bits, fraction bits. */
export interface FloatFormat {
  readonly bits: number;
  readonly exponent: number;
  readonly fraction: number;
}
export const short: FloatFormat = { bits: 32, exponent: 8, fraction: 23 };
export const long: FloatFormat = { bits: 64, exponent: 11, fraction: 52 };
export const extended: FloatFormat = { bits: 128, exponent: 15, fraction: 112 };

/** IEEE exception flags, as in byte 1 of the FPC shifted to the low bits of a byte. */
export const flag = {
  invalid: 0x80,
  divideByZero: 0x40,
  overflow: 0x20,
  underflow: 0x10,
  inexact: 0x08,
} as const;

/** Rounding methods, numbered as the M3 field of LOAD FP INTEGER. */
export const rounding = {
  current: 0,
  nearestAway: 1,
  prepareShorter: 3,
  nearestEven: 4,
  towardZero: 5,
  up: 6,
  down: 7,
} as const;

/** The method an FPC rounding-mode field (bits 29–31) stands for. */
export function methodOfFpc(fpc: number): number {
  return [4, 5, 6, 7, 4, 4, 4, 3][fpc & 7]!;
}

export type FloatClass = 'zero' | 'finite' | 'infinity' | 'quiet' | 'signaling';

/** An unpacked number: (-1)^negative × magnitude × 2^power. */
export interface Unpacked {
  readonly kind: FloatClass;
  readonly negative: boolean;
  readonly magnitude: bigint;
  readonly power: number;
  /** The encoding it came from. */
  readonly bits: bigint;
}

export interface Result {
  readonly bits: bigint;
  readonly flags: number;
}

const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length);
const maskOf = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

export function unpack(format: FloatFormat, bits: bigint): Unpacked {
  const { fraction, exponent } = format;
  const negative = bits >> BigInt(format.bits - 1) !== 0n;
  const biased = Number((bits >> BigInt(fraction)) & maskOf(exponent));
  const part = bits & maskOf(fraction);
  const bias = 2 ** (exponent - 1) - 1;
  if (biased === 2 ** exponent - 1) {
    const quiet = (part >> BigInt(fraction - 1)) & 1n;
    const kind = part === 0n ? 'infinity' : quiet ? 'quiet' : 'signaling';
    return { kind, negative, magnitude: 0n, power: 0, bits };
  }
  if (biased === 0) {
    const kind = part === 0n ? 'zero' : 'finite';
    return { kind, negative, magnitude: part, power: 1 - bias - fraction, bits };
  }
  const magnitude = part | (1n << BigInt(fraction));
  return { kind: 'finite', negative, magnitude, power: biased - bias - fraction, bits };
}

export function zeroBits(format: FloatFormat, negative: boolean): bigint {
  return negative ? 1n << BigInt(format.bits - 1) : 0n;
}
export function infinityBits(format: FloatFormat, negative: boolean): bigint {
  return zeroBits(format, negative) | (maskOf(format.exponent) << BigInt(format.fraction));
}
/** The default NaN: positive, quiet, no payload. */
export function defaultNan(format: FloatFormat): bigint {
  return infinityBits(format, false) | (1n << BigInt(format.fraction - 1));
}
function quieted(format: FloatFormat, bits: bigint): bigint {
  return bits | (1n << BigInt(format.fraction - 1));
}
export const isNan = (x: Unpacked): boolean => x.kind === 'quiet' || x.kind === 'signaling';

/** The NaN an operation on `operands` gives, or null where none is one. */
function nanOf(format: FloatFormat, operands: readonly Unpacked[]): Result | null {
  const signaling = operands.find((x) => x.kind === 'signaling');
  if (signaling) return { bits: quieted(format, signaling.bits), flags: flag.invalid };
  const quiet = operands.find((x) => x.kind === 'quiet');
  return quiet ? { bits: quiet.bits, flags: 0 } : null;
}
const invalid = (format: FloatFormat): Result => ({
  bits: defaultNan(format),
  flags: flag.invalid,
});

/** Whether the magnitude grows by one unit when `rest` (of `half` × 2) is cut off. */
function roundsUp(
  method: number,
  negative: boolean,
  odd: boolean,
  rest: bigint,
  half: bigint,
): boolean {
  if (rest === 0n) return false;
  switch (method) {
    case rounding.nearestEven:
      return rest > half || (rest === half && odd);
    case rounding.nearestAway:
      return rest >= half;
    case rounding.up:
      return !negative;
    case rounding.down:
      return negative;
    case rounding.prepareShorter:
      return !odd;
    default:
      return false;
  }
}

/** Cuts `shift` low bits off a magnitude, rounding. */
export function roundShift(
  magnitude: bigint,
  shift: number,
  negative: boolean,
  method: number,
): { value: bigint; exact: boolean } {
  if (shift <= 0) return { value: magnitude << BigInt(-shift), exact: true };
  const count = BigInt(shift);
  const value = magnitude >> count;
  const rest = magnitude & maskOf(shift);
  const up = roundsUp(method, negative, (value & 1n) === 1n, rest, 1n << (count - 1n));
  return { value: up ? value + 1n : value, exact: rest === 0n };
}

/**
 * Rounds (-1)^negative × magnitude × 2^power to a format. `sticky` says that the true value is
 * a little larger; then the magnitude must have at least two bits more than the format.
 */
export function pack(
  format: FloatFormat,
  negative: boolean,
  magnitude: bigint,
  power: number,
  method: number,
  sticky = false,
): Result {
  if (magnitude === 0n) return { bits: zeroBits(format, negative), flags: 0 };
  const exact = sticky ? (magnitude << 1n) | 1n : magnitude;
  const exactPower = sticky ? power - 1 : power;
  const bias = 2 ** (format.exponent - 1) - 1;
  const lowest = 1 - bias - format.fraction;
  const top = exactPower + bitLength(exact) - 1;
  const quantum = Math.max(top - format.fraction, lowest);
  const cut = roundShift(exact, quantum - exactPower, negative, method);
  let value = cut.value;
  let unit = quantum;
  if (bitLength(value) > format.fraction + 1) {
    value >>= 1n;
    unit++;
  }
  let flags: number = cut.exact ? 0 : flag.inexact;
  if (top < 1 - bias && !cut.exact) flags |= flag.underflow;
  const normal = bitLength(value) === format.fraction + 1;
  const biased = normal ? unit + format.fraction + bias : 0;
  if (biased >= 2 ** format.exponent - 1) return overflowed(format, negative, method);
  const fraction = value & maskOf(format.fraction);
  const bits = zeroBits(format, negative) | (BigInt(biased) << BigInt(format.fraction)) | fraction;
  return { bits, flags };
}

function overflowed(format: FloatFormat, negative: boolean, method: number): Result {
  const flags = flag.overflow | flag.inexact;
  const toInfinity =
    method === rounding.nearestEven ||
    method === rounding.nearestAway ||
    method === (negative ? rounding.down : rounding.up);
  const infinity = infinityBits(format, negative);
  return { bits: toInfinity ? infinity : infinity - 1n, flags };
}

export type Arithmetic = (format: FloatFormat, x: Unpacked, y: Unpacked, method: number) => Result;

const negated = (x: Unpacked): Unpacked => ({ ...x, negative: !x.negative });

/** Sum of two finite numbers (zeros included). */
function sumFinite(format: FloatFormat, x: Unpacked, y: Unpacked, method: number): Result {
  const power = Math.min(x.power, y.power);
  const signed = (v: Unpacked): bigint => {
    const magnitude = v.magnitude << BigInt(v.power - power);
    return v.negative ? -magnitude : magnitude;
  };
  const total = signed(x) + signed(y);
  if (total === 0n) {
    // Like signs keep the sign; else zero is positive but when rounding down.
    const negative = x.negative === y.negative ? x.negative : method === rounding.down;
    return { bits: zeroBits(format, negative), flags: 0 };
  }
  return pack(format, total < 0n, total < 0n ? -total : total, power, method);
}

/** Zeros have an arbitrary power; this keeps alignment shifts small. */
const zeroed = (x: Unpacked, other: Unpacked): Unpacked =>
  x.kind === 'zero' ? { ...x, power: other.power } : x;

export const add: Arithmetic = (format, x, y, method) => {
  const nan = nanOf(format, [x, y]);
  if (nan) return nan;
  if (x.kind === 'infinity' || y.kind === 'infinity') {
    const both = x.kind === y.kind;
    if (both && x.negative !== y.negative) return invalid(format);
    return { bits: x.kind === 'infinity' ? x.bits : infinityBits(format, y.negative), flags: 0 };
  }
  return sumFinite(format, zeroed(x, y), zeroed(y, x), method);
};

export const subtract: Arithmetic = (format, x, y, method) =>
  nanOf(format, [x, y]) ?? add(format, x, negated(y), method);

export const multiply: Arithmetic = (format, x, y, method) => {
  const nan = nanOf(format, [x, y]);
  if (nan) return nan;
  const negative = x.negative !== y.negative;
  if (x.kind === 'infinity' || y.kind === 'infinity') {
    if (x.kind === 'zero' || y.kind === 'zero') return invalid(format);
    return { bits: infinityBits(format, negative), flags: 0 };
  }
  return pack(format, negative, x.magnitude * y.magnitude, x.power + y.power, method);
};

export const divide: Arithmetic = (format, x, y, method) => {
  const nan = nanOf(format, [x, y]);
  if (nan) return nan;
  const negative = x.negative !== y.negative;
  if (x.kind === 'infinity') {
    return y.kind === 'infinity'
      ? invalid(format)
      : { bits: infinityBits(format, negative), flags: 0 };
  }
  if (y.kind === 'infinity') return { bits: zeroBits(format, negative), flags: 0 };
  if (y.kind === 'zero') {
    if (x.kind === 'zero') return invalid(format);
    return { bits: infinityBits(format, negative), flags: flag.divideByZero };
  }
  if (x.kind === 'zero') return { bits: zeroBits(format, negative), flags: 0 };
  const extra = format.fraction + 4 + Math.max(0, bitLength(y.magnitude) - bitLength(x.magnitude));
  const dividend = x.magnitude << BigInt(extra);
  const quotient = dividend / y.magnitude;
  const sticky = quotient * y.magnitude !== dividend;
  return pack(format, negative, quotient, x.power - y.power - extra, method, sticky);
};

/** Largest integer whose square is not above `value`. */
export function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const better = (root + value / root) >> 1n;
    if (better >= root) return root;
    root = better;
  }
}

export function squareRoot(format: FloatFormat, x: Unpacked, method: number): Result {
  const nan = nanOf(format, [x]);
  if (nan) return nan;
  if (x.kind === 'zero') return { bits: x.bits, flags: 0 };
  if (x.negative) return invalid(format);
  if (x.kind === 'infinity') return { bits: x.bits, flags: 0 };
  let shift = 2 * (format.fraction + 4);
  if ((x.power - shift) % 2 !== 0) shift++;
  const value = x.magnitude << BigInt(shift);
  const root = integerRoot(value);
  return pack(format, false, root, (x.power - shift) / 2, method, root * root !== value);
}

/** x × y + addend, rounded once. */
export function multiplyAdd(
  format: FloatFormat,
  x: Unpacked,
  y: Unpacked,
  addend: Unpacked,
  method: number,
): Result {
  const nan = nanOf(format, [x, y, addend]);
  const infinite = x.kind === 'infinity' || y.kind === 'infinity';
  const undefinedProduct = infinite && (x.kind === 'zero' || y.kind === 'zero');
  if (undefinedProduct && !nan?.flags) return nan ?? invalid(format);
  if (nan) return nan;
  const negative = x.negative !== y.negative;
  if (infinite) {
    if (addend.kind === 'infinity' && addend.negative !== negative) return invalid(format);
    return { bits: infinityBits(format, negative), flags: 0 };
  }
  if (addend.kind === 'infinity') return { bits: addend.bits, flags: 0 };
  const product: Unpacked = {
    kind: x.kind === 'zero' || y.kind === 'zero' ? 'zero' : 'finite',
    negative,
    magnitude: x.magnitude * y.magnitude,
    power: x.power + y.power,
    bits: 0n,
  };
  return sumFinite(format, zeroed(product, addend), zeroed(addend, product), method);
}

/** A number in another format. */
export function convert(from: FloatFormat, to: FloatFormat, x: Unpacked, method: number): Result {
  switch (x.kind) {
    case 'zero':
      return { bits: zeroBits(to, x.negative), flags: 0 };
    case 'infinity':
      return { bits: infinityBits(to, x.negative), flags: 0 };
    case 'finite':
      return pack(to, x.negative, x.magnitude, x.power, method);
    default: {
      const part = quieted(from, x.bits) & maskOf(from.fraction);
      const shift = to.fraction - from.fraction;
      const payload = shift >= 0 ? part << BigInt(shift) : part >> BigInt(-shift);
      const flags = x.kind === 'signaling' ? flag.invalid : 0;
      return { bits: infinityBits(to, x.negative) | payload, flags };
    }
  }
}

/** Rounds to an integral value in the same format. */
export function toIntegral(format: FloatFormat, x: Unpacked, method: number): Result {
  const nan = nanOf(format, [x]);
  if (nan) return nan;
  if (x.kind !== 'finite' || x.power >= 0) return { bits: x.bits, flags: 0 };
  const { value, exact } = roundShift(x.magnitude, -x.power, x.negative, method);
  const packed = pack(format, x.negative, value, 0, method);
  return { bits: packed.bits, flags: exact ? 0 : flag.inexact };
}

/** An integer for a finite number, rounded; `exact` says whether it was one. */
export function toInteger(x: Unpacked, method: number): { value: bigint; exact: boolean } {
  // Anything beyond 2^200 is out of every range; do not build huge numbers.
  const power = Math.min(x.power, 200);
  const { value, exact } = roundShift(x.magnitude, -power, x.negative, method);
  return { value: x.negative ? -value : value, exact };
}

/** An integer as a number of the format. */
export function fromInteger(format: FloatFormat, value: bigint, method: number): Result {
  return pack(format, value < 0n, value < 0n ? -value : value, 0, method);
}

/** -1, 0 or 1; null where unordered. */
export function compare(x: Unpacked, y: Unpacked): -1 | 0 | 1 | null {
  if (isNan(x) || isNan(y)) return null;
  const rank = (v: Unpacked): bigint => (v.kind === 'infinity' ? 1n : 0n);
  const sign = (v: Unpacked): bigint => (v.negative ? -1n : 1n);
  if (x.kind === 'infinity' || y.kind === 'infinity') {
    const difference = rank(x) * sign(x) - rank(y) * sign(y);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  const power = Math.min(x.power, y.power);
  const value = (v: Unpacked): bigint =>
    v.kind === 'zero' ? 0n : sign(v) * (v.magnitude << BigInt(v.power - power));
  const [p, q] = [value(x), value(y)];
  return p < q ? -1 : p > q ? 1 : 0;
}
