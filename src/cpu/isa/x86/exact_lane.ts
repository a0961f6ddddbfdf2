/**
 * One lane of SSE floating point with everything MXCSR asks for: rounding control, flush-to-zero,
 * denormals-are-zero, exception flags (SDM vol. 1, 10.2.3, 11.5; table 4-9: tininess is detected
 * after rounding).
 */

import {
  add,
  compare,
  convert,
  divide,
  type FloatFormat,
  fromInteger,
  flag as ieeeFlag,
  isNan,
  long,
  multiply,
  multiplyAdd,
  type Result,
  short,
  squareRoot,
  subtract,
  toInteger,
  toIntegral,
  type Unpacked,
  unpack,
} from '../softfloat.ts';

export { long, short };
/** Half precision: only converted. */
export const half: FloatFormat = { bits: 16, exponent: 5, fraction: 10 };

/** Exception flags of MXCSR; masks are 7 bits higher. */
export const mxcsrFlag = {
  invalid: 1,
  denormal: 2,
  zeroDivide: 4,
  overflow: 8,
  underflow: 16,
  precision: 32,
} as const;
/** Control bits of MXCSR. */
export const mxcsrControl = { denormalsAreZero: 0x40, underflowMask: 0x800, flushToZero: 0x8000 };

/** MXCSR of the instruction, and the flags it has raised so far. */
export interface Environment {
  readonly mxcsr: number;
  flags: number;
}

/** softfloat's numbers of nearest, down, up, towards zero. */
const methods = [4, 7, 6, 5] as const;

/** The rounding method of a mode 0…3, or of MXCSR for 4 and more. */
export function methodOf(env: Environment, mode: number): number {
  return methods[mode & 4 ? (env.mxcsr >> 13) & 3 : mode & 3]!;
}

const indefinite = (format: FloatFormat): bigint =>
  format === long ? 0xfff8n << 48n : 0xffc0_0000n;
const quietBit = (format: FloatFormat): bigint => 1n << BigInt(format.fraction - 1);

const isDenormal = (format: FloatFormat, x: Unpacked): boolean =>
  x.kind === 'finite' && x.magnitude < 1n << BigInt(format.fraction);

/** Unpacks an operand; DAZ makes a denormal a zero of its sign. */
function input(env: Environment, format: FloatFormat, bits: bigint): Unpacked {
  const x = unpack(format, bits);
  if (!(env.mxcsr & mxcsrControl.denormalsAreZero) || !isDenormal(format, x)) return x;
  return unpack(format, x.negative ? 1n << BigInt(format.bits - 1) : 0n);
}

/** The NaN among the operands that is delivered, or undefined; signaling ones raise IE. */
function nanAmong(
  env: Environment,
  format: FloatFormat,
  operands: readonly Unpacked[],
): bigint | undefined {
  const nan = operands.find(isNan);
  if (!nan) return undefined;
  if (operands.some((x) => x.kind === 'signaling')) env.flags |= mxcsrFlag.invalid;
  return nan.bits | quietBit(format);
}

function noteDenormals(env: Environment, format: FloatFormat, operands: readonly Unpacked[]): void {
  if (operands.some((x) => isDenormal(format, x))) env.flags |= mxcsrFlag.denormal;
}

/** Whether a rounded result was below the normal range before the exponent was limited. */
function isTiny(format: FloatFormat, result: Result, again: (f: FloatFormat) => Result): boolean {
  const x = unpack(format, result.bits);
  if (isDenormal(format, x)) return true;
  if (!(result.flags & ieeeFlag.underflow)) return false;
  if (x.kind === 'zero') return true;
  const wide = { ...format, bits: format.bits + 4, exponent: format.exponent + 4 };
  const free = unpack(wide, again(wide).bits);
  const top = free.power + free.magnitude.toString(2).length - 1;
  return top < 2 - 2 ** (format.exponent - 1);
}

/** Raises the flags of a result; `again` computes it in another format. */
function finish(
  env: Environment,
  format: FloatFormat,
  result: Result,
  again: (format: FloatFormat) => Result,
): bigint {
  const { bits, flags } = result;
  if (flags & ieeeFlag.invalid) {
    env.flags |= mxcsrFlag.invalid;
    return indefinite(format);
  }
  if (flags & ieeeFlag.divideByZero) env.flags |= mxcsrFlag.zeroDivide;
  if (flags & ieeeFlag.overflow) env.flags |= mxcsrFlag.overflow;
  if (flags & ieeeFlag.inexact) env.flags |= mxcsrFlag.precision;
  if (!isTiny(format, result, again)) return bits;
  const masked = (env.mxcsr & mxcsrControl.underflowMask) !== 0;
  if (flags & ieeeFlag.inexact || !masked) env.flags |= mxcsrFlag.underflow;
  if (!masked || !(env.mxcsr & mxcsrControl.flushToZero)) return bits;
  env.flags |= mxcsrFlag.underflow | mxcsrFlag.precision;
  return bits & (1n << BigInt(format.bits - 1));
}

const binaries = { add: add, sub: subtract, mul: multiply, div: divide } as const;

/** x op y. */
export function exactBinary(
  env: Environment,
  format: FloatFormat,
  operation: 'add' | 'sub' | 'mul' | 'div',
  xBits: bigint,
  yBits: bigint,
): bigint {
  const operands = [input(env, format, xBits), input(env, format, yBits)] as const;
  const nan = nanAmong(env, format, operands);
  if (nan !== undefined) return nan;
  const method = methodOf(env, 4);
  const compute = (f: FloatFormat): Result => binaries[operation](f, ...operands, method);
  const result = compute(format);
  if (!(result.flags & (ieeeFlag.invalid | ieeeFlag.divideByZero))) {
    noteDenormals(env, format, operands);
  }
  return finish(env, format, result, compute);
}

/** √x. */
export function exactRoot(env: Environment, format: FloatFormat, bits: bigint): bigint {
  const x = input(env, format, bits);
  const nan = nanAmong(env, format, [x]);
  if (nan !== undefined) return nan;
  const method = methodOf(env, 4);
  const result = squareRoot(format, x, method);
  if (!(result.flags & ieeeFlag.invalid)) noteDenormals(env, format, [x]);
  return finish(env, format, result, (f) => squareRoot(f, x, method));
}

/** x × y + z, rounded once; `signs`: bit 0 negates the product, bit 1 the addend. */
export function exactFused(
  env: Environment,
  format: FloatFormat,
  bits: readonly [bigint, bigint, bigint],
  signs: number,
): bigint {
  const [x, y, z] = bits.map((operand) => input(env, format, operand)) as [
    Unpacked,
    Unpacked,
    Unpacked,
  ];
  const nan = nanAmong(env, format, [x, y, z]);
  if (nan !== undefined) return nan;
  const flip = (v: Unpacked, negate: number): Unpacked => {
    if (!negate) return v;
    return { ...v, negative: !v.negative, bits: v.bits ^ (1n << BigInt(format.bits - 1)) };
  };
  const operands = [flip(x, signs & 1), y, flip(z, signs & 2)] as const;
  const method = methodOf(env, 4);
  const compute = (f: FloatFormat): Result => multiplyAdd(f, ...operands, method);
  const result = compute(format);
  if (!(result.flags & ieeeFlag.invalid)) noteDenormals(env, format, operands);
  return finish(env, format, result, compute);
}

/** MIN, MAX: the second operand unless the first is strictly less (greater). */
export function exactExtreme(
  env: Environment,
  format: FloatFormat,
  largest: boolean,
  xBits: bigint,
  yBits: bigint,
): bigint {
  const [x, y] = [input(env, format, xBits), input(env, format, yBits)];
  const order = compare(x, y);
  if (order === null) env.flags |= mxcsrFlag.invalid;
  else noteDenormals(env, format, [x, y]);
  return order === (largest ? 1 : -1) ? x.bits : y.bits;
}

/** Predicates that raise IE for quiet NaNs: bit n of this for n below 16, its opposite above. */
const signalingPredicates = 0x6666;

/** CMPccPS …: whether the predicate 0…31 holds. */
export function exactPredicate(
  env: Environment,
  format: FloatFormat,
  predicate: number,
  xBits: bigint,
  yBits: bigint,
): boolean {
  const signals = ((signalingPredicates >> (predicate & 15)) & 1) !== predicate >> 4;
  const order = exactOrder(env, format, signals, xBits, yBits);
  const kinds = [
    order === 0,
    order === -1,
    order === -1 || order === 0,
    order === null,
    order === -1 || order === 1,
    order === 0 || order === 1,
    order === 1,
    true,
  ];
  const kind = predicate & 15;
  const stated = kind < 4 || kind >= 12;
  return kinds[(kind & 3) + (kind < 8 ? 0 : 4)]! === stated;
}

/** Order of two numbers, null where unordered; `signals`: quiet NaNs raise IE too. */
export function exactOrder(
  env: Environment,
  format: FloatFormat,
  signals: boolean,
  xBits: bigint,
  yBits: bigint,
): -1 | 0 | 1 | null {
  const operands = [input(env, format, xBits), input(env, format, yBits)] as const;
  const order = compare(...operands);
  if (order !== null) noteDenormals(env, format, operands);
  else if (signals) env.flags |= mxcsrFlag.invalid;
  else nanAmong(env, format, operands);
  return order;
}

/** ROUND: control bits as its immediate; bit 3 leaves PE alone. */
export function exactIntegral(
  env: Environment,
  format: FloatFormat,
  control: number,
  bits: bigint,
): bigint {
  const x = input(env, format, bits);
  const nan = nanAmong(env, format, [x]);
  if (nan !== undefined) return nan;
  const result = toIntegral(format, x, methodOf(env, control));
  if (result.flags && !(control & 8)) env.flags |= mxcsrFlag.precision;
  return result.bits;
}

/** To a signed integer of 32 or 64 bits by rounding mode 0…3, or MXCSR's for 4. */
export function exactToInteger(
  env: Environment,
  format: FloatFormat,
  width: 32 | 64,
  mode: number,
  bits: bigint,
): bigint {
  const x = input(env, format, bits);
  const least = -(1n << BigInt(width - 1));
  const usable = x.kind === 'finite' || x.kind === 'zero';
  const { value, exact } = usable
    ? toInteger(x, methodOf(env, mode))
    : { value: least - 1n, exact: true };
  if (value < least || value >= -least) {
    env.flags |= mxcsrFlag.invalid;
    return least;
  }
  if (!exact) env.flags |= mxcsrFlag.precision;
  return value;
}

/** A signed integer in a format. */
export function exactFromInteger(env: Environment, format: FloatFormat, value: bigint): bigint {
  const result = fromInteger(format, value, methodOf(env, 4));
  if (result.flags) env.flags |= mxcsrFlag.precision;
  return result.bits;
}

/** Between single and double. */
export function exactConvert(
  env: Environment,
  from: FloatFormat,
  to: FloatFormat,
  bits: bigint,
): bigint {
  const x = input(env, from, bits);
  const method = methodOf(env, 4);
  const compute = (f: FloatFormat): Result => convert(from, f, x, method);
  if (isNan(x)) {
    if (x.kind === 'signaling') env.flags |= mxcsrFlag.invalid;
    return compute(to).bits;
  }
  noteDenormals(env, from, [x]);
  return finish(env, to, compute(to), compute);
}

/** Flags of VCVTPS2PH, which never flushes its result; `mode` as its immediate. */
export function raiseToHalf(env: Environment, mode: number, bits: bigint): void {
  const control = mode & 4 ? env.mxcsr & 0x6000 : (mode & 3) << 13;
  const mxcsr = (env.mxcsr & ~0x6000 & ~mxcsrControl.flushToZero) | control;
  const used: Environment = { mxcsr, flags: 0 };
  exactConvert(used, short, half, bits);
  env.flags |= used.flags;
}

/** Flags of VCVTPH2PS: a signaling NaN is all it minds. */
export function raiseFromHalf(env: Environment, bits: bigint): void {
  if (unpack(half, bits).kind === 'signaling') env.flags |= mxcsrFlag.invalid;
}
