/**
 * Floating-point operations by routines that mind all of MXCSR. A program gets them from its first
 * LDMXCSR on, or when FXRSTOR or XRSTOR changes MXCSR: before, rounding is to nearest, nothing is
 * flushed, and nobody has asked for exception flags.
 */

import type { Builder, I64, V128 } from '../../ir/builder.ts';
import { guestBias } from '../../state.ts';
import { GuestTrap } from '../../trap.ts';
import {
  type Environment,
  exactBinary,
  exactConvert,
  exactExtreme,
  exactFromInteger,
  exactFused,
  exactIntegral,
  exactOrder,
  exactPredicate,
  exactRoot,
  exactToInteger,
  long,
  mxcsrFlag,
  short,
} from './exact_lane.ts';
import { operandWords, registers } from './registers.ts';
import { routine } from './routines.ts';

/** Whether exact code is being made; decoding is never nested. */
export const decoding: { exact: boolean } = { exact: false };

/** Operations in the order of their numbers. */
const operations = [
  'add',
  'sub',
  'mul',
  'div',
  'min',
  'max',
  'sqrt',
  'compare',
  'fused',
  'round',
  'toI32',
  'fromI32',
  'narrow',
  'widen',
  'fromI64',
  'toInteger',
  'order',
] as const;
/** An operation of the routine. */
export type ExactOperation = (typeof operations)[number];

/** Where operand n is, as a wasm address. */
const at = (n: number): number => operandWords[n]!.offset;

class Lanes {
  readonly view: DataView;
  readonly double: boolean;
  constructor(view: DataView, double: boolean) {
    this.view = view;
    this.double = double;
  }
  get(operand: number, lane: number): bigint {
    if (this.double) return this.view.getBigUint64(at(operand) + 8 * lane, true);
    return BigInt(this.view.getUint32(at(operand) + 4 * lane, true));
  }
  set(lane: number, bits: bigint): void {
    if (this.double) this.view.setBigUint64(at(0) + 8 * lane, BigInt.asUintN(64, bits), true);
    else this.view.setUint32(at(0) + 4 * lane, Number(BigInt.asUintN(32, bits)), true);
  }
}

/**
 * Arithmetic whose result raises nothing new needs no integers: rounding to nearest, PE raised
 * already, operands and result normal or zero, by JavaScript's own arithmetic.
 */
function quick(
  view: DataView,
  mxcsr: number,
  operation: number,
  double: boolean,
  lane: number,
): boolean {
  if (operation > 3 || (mxcsr & 0x6020) !== mxcsrFlag.precision) return false;
  const size = double ? 8 : 4;
  const read = (n: number): number =>
    double ? view.getFloat64(at(n) + 8 * lane, true) : view.getFloat32(at(n) + 4 * lane, true);
  const [x, y] = [read(0), read(1)];
  const least = double ? 2 ** -1021 : 2 ** -125;
  const normal = (v: number): boolean =>
    v === 0 || (Math.abs(v) >= least && Math.abs(v) < Infinity);
  if (!normal(x) || !normal(y)) return false;
  let result: number;
  if (operation === 0) result = x + y;
  else if (operation === 1) result = x - y;
  else result = operation === 2 ? x * y : x / y;
  if (!double) result = Math.fround(result);
  const zeroResult = result === 0 && operation >= 2 && x !== 0;
  if (!normal(result) || zeroResult) return false;
  if (size === 8) view.setFloat64(at(0) + 8 * lane, result, true);
  else view.setFloat32(at(0) + 4 * lane, result, true);
  return true;
}

/** One lane; the result as bits of the operands' format. */
function laneResult(
  env: Environment,
  operation: ExactOperation,
  lanes: Lanes,
  n: number,
  control: number,
): bigint {
  const format = lanes.double ? long : short;
  const [x, y] = [lanes.get(0, n), lanes.get(1, n)];
  switch (operation) {
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
      return exactBinary(env, format, operation, x, y);
    case 'min':
    case 'max':
      return exactExtreme(env, format, operation === 'max', x, y);
    case 'sqrt':
      return exactRoot(env, format, y);
    case 'compare':
      return exactPredicate(env, format, control, x, y) ? -1n : 0n;
    case 'fused': {
      const signs = (control & 1) | (((n & 1 ? control >> 2 : control >> 1) & 1) << 1);
      return exactFused(env, format, [x, y, lanes.get(2, n)], signs);
    }
    case 'round':
      return exactIntegral(env, format, control, y);
    case 'toI32':
      return exactToInteger(env, format, 32, control, y);
    default:
      return exactFromInteger(env, format, BigInt.asIntN(32, y));
  }
}

/** Operations whose result is not as wide as its operand; the rest of the vector becomes zero. */
function changeWidth(
  env: Environment,
  operation: ExactOperation,
  view: DataView,
  count: number,
  control: number,
): void {
  const source = new Lanes(view, operation !== 'widen');
  const target = new Lanes(view, operation === 'widen');
  const results = Array.from({ length: count }, (_, n) => {
    const bits = source.get(1, n);
    if (operation === 'toI32') return exactToInteger(env, long, 32, control, bits);
    if (operation === 'narrow') return exactConvert(env, long, short, bits);
    return exactConvert(env, short, long, bits);
  });
  if (count > 1) for (let n = 0; n < 16; n += 4) view.setInt32(at(0) + n, 0, true);
  for (const [n, bits] of results.entries()) target.set(n, bits);
}

/** Kinds of SIGFPE (`linux/kernel/faults.ts`) by unmasked flag: bits as in s390x's DXC. */
const trapDetails: readonly (readonly [number, number])[] = [
  [mxcsrFlag.invalid, 0x80],
  [mxcsrFlag.zeroDivide, 0x40],
  [mxcsrFlag.overflow, 0x20],
  [mxcsrFlag.underflow | mxcsrFlag.denormal, 0x10],
  [mxcsrFlag.precision, 0x08],
];

/** Puts the flags into MXCSR. Throws a trap where one is not masked. */
export function raise({ mxcsr, flags }: Environment, view: DataView): void {
  if (!flags) return;
  view.setInt32(registers.mxcsr.offset, mxcsr | flags, true);
  const unmasked = flags & ~(mxcsr >> 7);
  if (!unmasked) return;
  const detail = trapDetails.find(([bits]) => unmasked & bits)![1];
  throw new GuestTrap('arithmetic', 0, { detail });
}

/** Flags of operands that DAZ clears are never seen; the compared values are written back. */
function order(env: Environment, lanes: Lanes, signals: boolean): void {
  const format = lanes.double ? long : short;
  const [x, y] = [lanes.get(0, 0), lanes.get(1, 0)];
  const result = exactOrder(env, format, signals, x, y);
  const { view, double } = lanes;
  const write = (n: number, value: number): void =>
    double ? view.setFloat64(at(n), value, true) : view.setFloat32(at(n), value, true);
  write(0, result ?? Number.NaN);
  write(1, 0);
}

/** x: operation | double << 8 | lanes << 9 | control << 16; y: an integer operand. */
const exactRoutine = routine((context, x, y) => {
  const view = context.view();
  const word = Number(x);
  const operation = operations[word & 0xff]!;
  const double = (word & 0x100) !== 0;
  const [count, control] = [(word >> 9) & 15, word >> 16];
  const env: Environment = { mxcsr: view.getInt32(registers.mxcsr.offset, true), flags: 0 };
  const lanes = new Lanes(view, double);
  let value = 0n;
  if (operation === 'toInteger') {
    value = exactToInteger(
      env,
      double ? long : short,
      control & 8 ? 64 : 32,
      control & 7,
      lanes.get(1, 0),
    );
  } else if (operation === 'fromI64') {
    lanes.set(0, exactFromInteger(env, double ? long : short, BigInt.asIntN(64, y)));
  } else if (operation === 'order') {
    order(env, lanes, control !== 0);
  } else if (operation === 'narrow' || operation === 'widen' || (operation === 'toI32' && double)) {
    changeWidth(env, operation, view, count, control);
  } else {
    for (let n = 0; n < count; n++) {
      if (quick(view, env.mxcsr, word & 0xff, double, n)) continue;
      lanes.set(n, laneResult(env, operation, lanes, n, control));
    }
  }
  raise(env, view);
  return value;
});

/** What an exact operation is told besides its operands. */
export interface ExactCall {
  readonly double: boolean;
  readonly lanes: number;
  readonly control?: number;
  /** Integer operand. */
  readonly integer?: I64;
}

/** Calls the routine; lanes beyond `lanes` of the result are those of the first operand. */
export function exactVector(
  b: Builder,
  operation: ExactOperation,
  call: ExactCall,
  ...operands: V128[]
): V128 {
  exactInteger(b, operation, call, ...operands);
  return b.v128_load(b.const32(at(0) + guestBias));
}

/** Calls the routine for its integer result. */
export function exactInteger(
  b: Builder,
  operation: ExactOperation,
  { double, lanes, control = 0, integer }: ExactCall,
  ...operands: V128[]
): I64 {
  operands.forEach((operand, n) => {
    b.v128_store(b.const32(at(n) + guestBias), operand);
  });
  const word =
    operations.indexOf(operation) | (double ? 0x100 : 0) | (lanes << 9) | (control << 16);
  return b.helper(exactRoutine, b.const64(word), integer ?? b.const64(0), b.const64(0));
}
