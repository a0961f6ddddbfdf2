/**
 * Operations of the exact float helper (`wasm/s390x/scalar.ts`): what its first operand says beside
 * the fields of the instruction.
 */

import type { Lowering } from './lowering.ts';

/** A format: bits of a number and of its fraction, and its size code in vector instructions. */
export interface FloatFormat {
  readonly bits: 32 | 64 | 128;
  readonly fraction: number;
  readonly size: 2 | 3 | 4;
}
export const short: FloatFormat = { bits: 32, fraction: 23, size: 2 };
export const long: FloatFormat = { bits: 64, fraction: 52, size: 3 };
export const extended: FloatFormat = { bits: 128, fraction: 112, size: 4 };

/** Operations in the order of the helper's `switch`. */
const operations = [
  'sum',
  'multiply',
  'divide',
  'squareRoot',
  'multiplyAdd',
  'compare',
  'loadTest',
  'convert',
  'integral',
  'fromInteger',
  'toInteger',
  'widenMultiply',
  'divideToInteger',
  'dataClass',
] as const;

/** An operation on a format, packed for the helper. */
export type ExactOperation = number;

interface Options {
  /** Format of the result where it is another one. */
  readonly to?: FloatFormat;
  /** Difference; negated addend; signaling; rounding conversion; signed integers. */
  readonly first?: boolean;
  /** Integers of 64 bits. */
  readonly second?: boolean;
}

export function exactOperation(
  name: (typeof operations)[number],
  format: FloatFormat,
  { to = format, first = false, second = false }: Options = {},
): ExactOperation {
  const flags = (first ? 2 ** 31 : 0) + (second ? 2 ** 32 : 0);
  return operations.indexOf(name) * 2 ** 20 + format.size * 2 ** 25 + to.size * 2 ** 28 + flags;
}

/** The helper's first operand: an operation and the instruction's fields. */
export function packedFields(z: Lowering, operation: ExactOperation): number {
  return operation + (z.r1 | (z.r2 << 4) | (z.r3 << 8) | (z.m3 << 12) | (z.m4 << 16));
}

/** Answer bit above the condition code: an IEEE exception is to interrupt the program. */
export const trapped = 0x100;
/** The same where nothing else has changed but the FPC. */
export const suppressed = 0x200;

export type Arithmetic = 'add' | 'subtract' | 'multiply' | 'divide';

/** R1 = R1 op second operand. */
export function arithmeticOf(name: Arithmetic, format: FloatFormat): ExactOperation {
  if (name === 'multiply' || name === 'divide') return exactOperation(name, format);
  return exactOperation('sum', format, { first: name === 'subtract' });
}
