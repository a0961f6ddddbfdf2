/**
 * Rare Advanced SIMD operations, one element at a time over bigint: saturating, rounding and
 * polynomial arithmetic. The table row states the meaning; `runLanes` does registers and QC.
 */

import type { Helper } from '../isa.ts';
import { unsignedEstimate, unsignedRootEstimate } from './estimates.ts';
import { registers } from './registers.ts';

/** Whether a saturating operation of the instruction at hand saturated. */
let saturation = false;

function saturateSigned(value: bigint, bits: number): bigint {
  const max = (1n << BigInt(bits - 1)) - 1n;
  if (value > max) {
    saturation = true;
    return max;
  }
  if (value < -max - 1n) {
    saturation = true;
    return -max - 1n;
  }
  return value;
}

function saturateUnsigned(value: bigint, bits: number): bigint {
  const max = (1n << BigInt(bits)) - 1n;
  if (value > max) saturation = true;
  else if (value < 0n) saturation = true;
  else return value;
  return value < 0n ? 0n : max;
}

/** Elements x of Vn, y of Vm, d of Vd; bits of a source element. Results are taken modulo. */
type Lane = (x: bigint, y: bigint, d: bigint, bits: number, immediate: number) => bigint;

interface LaneOperation {
  readonly name: string;
  /** Whether elements are read as signed. */
  readonly signed: boolean;
  /** `same`: equal widths; `long`: result twice as wide; `narrow`: result half as wide. */
  readonly form: 'same' | 'long' | 'narrow';
  readonly lane: Lane;
}

const one = 1n;

/** Shift left by a signed amount in the low byte of y (Arm ARM, SQSHL and its kin). */
function shift(signed: boolean, round: boolean): Lane {
  return (x, y, _d, bits) => {
    const by = BigInt.asIntN(8, y);
    if (by >= 0n) {
      const value = x << by;
      return signed ? saturateSigned(value, bits) : saturateUnsigned(value, bits);
    }
    const value = round ? (x + (one << (-by - one))) >> -by : x >> -by;
    return value;
  };
}

/** Shift right by the immediate, rounding when asked for. */
function right(x: bigint, by: number, round: boolean): bigint {
  return (round ? x + (one << BigInt(by - 1)) : x) >> BigInt(by);
}

function narrowing(round: boolean, toSigned: boolean): Lane {
  return (x, _y, _d, bits, by) => {
    const value = by === 0 ? x : right(x, by, round);
    return toSigned ? saturateSigned(value, bits / 2) : saturateUnsigned(value, bits / 2);
  };
}

/** High half of the doubled product, plus an accumulator (Arm ARM, SQRDMLAH). */
function doubling(round: boolean, sign: -1n | 0n | 1n): Lane {
  return (x, y, d, bits) => {
    const wide = BigInt(bits);
    const product = 2n * x * y;
    const start = sign === 0n ? product : (d << wide) + sign * product;
    return saturateSigned((start + (round ? one << (wide - one) : 0n)) >> wide, bits);
  };
}

function doublingLong(sign: -1n | 0n | 1n): Lane {
  return (x, y, d, bits) => {
    const product = saturateSigned(2n * x * y, bits * 2);
    return sign === 0n ? product : saturateSigned(d + sign * product, bits * 2);
  };
}

/** Polynomial product over GF(2). */
const polynomial: Lane = (x, y) => {
  let result = 0n;
  for (let a = x, at = 0n; a > 0n; a >>= one, at++) if (a & one) result ^= y << at;
  return result;
};

const operations: LaneOperation[] = [];

function add(name: string, form: LaneOperation['form'], signed: boolean, lane: Lane): void {
  operations.push({ name, form, signed, lane });
}

for (const signed of [true, false]) {
  const s = signed ? 'S' : 'U';
  const saturate = signed ? saturateSigned : saturateUnsigned;
  add(`${s}QSHL`, 'same', signed, shift(signed, false));
  add(`${s}QRSHL`, 'same', signed, shift(signed, true));
  add(`${s}QSHLI`, 'same', signed, (x, _y, _d, bits, by) => saturate(x << BigInt(by), bits));
  add(`${s}QSHRN`, 'narrow', signed, narrowing(false, signed));
  add(`${s}QRSHRN`, 'narrow', signed, narrowing(true, signed));
}
add('SQSHLU', 'same', true, (x, _y, _d, bits, by) => saturateUnsigned(x << BigInt(by), bits));
add('SQSHRUN', 'narrow', true, narrowing(false, false));
add('SQRSHRUN', 'narrow', true, narrowing(true, false));
add('SQDMULH', 'same', true, doubling(false, 0n));
add('SQRDMULH', 'same', true, doubling(true, 0n));
add('SQRDMLAH', 'same', true, doubling(true, 1n));
add('SQRDMLSH', 'same', true, doubling(true, -1n));
add('SQDMULL', 'long', true, doublingLong(0n));
add('SQDMLAL', 'long', true, doublingLong(1n));
add('SQDMLSL', 'long', true, doublingLong(-1n));
add('SQABS', 'same', true, (x, _y, _d, bits) => saturateSigned(x < 0n ? -x : x, bits));
add('SQNEG', 'same', true, (x, _y, _d, bits) => saturateSigned(-x, bits));
add('SUQADD', 'same', true, (x, _y, d, bits) => saturateSigned(d + BigInt.asUintN(bits, x), bits));
add('USQADD', 'same', false, (x, _y, d, bits) =>
  saturateUnsigned(d + BigInt.asIntN(bits, x), bits),
);
add('PMUL', 'same', false, polynomial);
add('URECPE', 'same', false, unsignedEstimate);
add('URSQRTE', 'same', false, unsignedRootEstimate);

/** All operations; the index is what the instruction passes. */
export const laneOperations: readonly LaneOperation[] = operations;

/** A vector register as a 128-bit number. */
function readRegister(view: DataView, n: number): bigint {
  const at = registers.v[n]!.offset;
  return view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
}

function writeRegister(view: DataView, n: number, value: bigint): void {
  const at = registers.v[n]!.offset;
  view.setBigUint64(at, BigInt.asUintN(64, value), true);
  view.setBigUint64(at + 8, BigInt.asUintN(64, value >> 64n), true);
}

/** x: index of the operation; y: registers and shape; z: immediate and element (`laneHelper`). */
export const runLanes: Helper = (context, x, y, z) => {
  const operation = laneOperations[Number(x)]!;
  const word = Number(y);
  const rest = Number(z);
  const upper = (word >> 23) & 1;
  const keep = (word >> 18) & 31;
  const bits = 8 << ((word >> 15) & 7);
  const { form, signed, lane } = operation;
  const view = context.view();
  // Bits of a result element, and of all source elements together.
  const out = form === 'long' ? bits * 2 : form === 'narrow' ? bits / 2 : bits;
  const count = (keep * 8) / (form === 'narrow' ? out : bits);
  const from = form === 'long' && upper ? 64 : 0;
  const n = readRegister(view, (word >> 5) & 31);
  const m = readRegister(view, (word >> 10) & 31);
  const d = readRegister(view, word & 31);
  const at = (vector: bigint, index: number, start: number, width: number): bigint => {
    const value = vector >> BigInt(start + index * width);
    return signed ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
  };
  const element = (rest >> 8) - 1;
  saturation = false;
  let result = 0n;
  for (let i = 0; i < count; i++) {
    const second = element >= 0 ? at(m, element, 0, bits) : at(m, i, from, bits);
    const value = lane(at(n, i, from, bits), second, at(d, i, 0, out), bits, rest & 0xff);
    result |= BigInt.asUintN(out, value) << BigInt(i * out);
  }
  if (form === 'narrow' && upper) result = (result << 64n) | BigInt.asUintN(64, d);
  writeRegister(view, word & 31, result);
  if (saturation) {
    const { offset } = registers.fpsr;
    view.setInt32(offset, view.getInt32(offset, true) | (1 << 27), true);
  }
  return 0n;
};
