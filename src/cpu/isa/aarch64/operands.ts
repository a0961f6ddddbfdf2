/** Reading and writing registers, and operations chosen by operand width. */

import type { Builder, F32, F64, I32, I64, V128, Value } from '../../ir/builder.ts';
import { registers } from './registers.ts';

/** An integer operand whose width the instruction's `sf` bit tells. */
export type Int = I32 | I64;

/** X register n; 31 is the zero register. */
export function readX(b: Builder, n: number): I64 {
  return n === 31 ? b.const64(0) : b.get(registers.x[n]!);
}

/** X register n; 31 is SP. */
export function readXsp(b: Builder, n: number): I64 {
  return b.get(n === 31 ? registers.sp : registers.x[n]!);
}

export function writeX(b: Builder, n: number, value: I64): void {
  if (n !== 31) b.put(registers.x[n]!, value);
}

export function writeXsp(b: Builder, n: number, value: I64): void {
  b.put(n === 31 ? registers.sp : registers.x[n]!, value);
}

/** W register n; 31 is the zero register. */
export function readW(b: Builder, n: number): I32 {
  return n === 31 ? b.const32(0) : b.i32_wrap_i64(b.get(registers.x[n]!));
}

/** Writes W register n, clearing the upper half of X register n. */
export function writeW(b: Builder, n: number, value: I32): void {
  if (n !== 31) b.put(registers.x[n]!, b.i64_extend_i32_u(value));
}

export function read(b: Builder, sf: number, n: number): Int {
  return sf ? readX(b, n) : readW(b, n);
}

export function write(b: Builder, sf: number, n: number, value: Int): void {
  if (sf) writeX(b, n, value as I64);
  else writeW(b, n, value as I32);
}

export function readSp(b: Builder, sf: number, n: number): Int {
  const value = readXsp(b, n);
  return sf ? value : b.i32_wrap_i64(value);
}

export function writeSp(b: Builder, sf: number, n: number, value: Int): void {
  writeXsp(b, n, sf ? (value as I64) : b.i64_extend_i32_u(value as I32));
}

/** A constant of width `sf`, sign-extended. */
export function constant(b: Builder, sf: number, value: number): Int {
  return sf ? b.const64(value) : b.const32(value);
}

/** Wasm address base of a load or store: the low half of X register n or SP. */
export function readAddress(b: Builder, n: number): I32 {
  return b.i32_wrap_i64(readXsp(b, n));
}

/**
 * Appends operation `name` of `ir/ops.ts`; for names put together from a shape and an operation.
 */
export function apply<T extends Value>(
  b: Builder,
  name: string,
  ...operands: readonly number[]
): T {
  const method = (b as unknown as Record<string, unknown>)[name];
  if (typeof method !== 'function') throw new Error(`no operation ${name}`);
  return method.apply(b, operands) as T;
}

/** `i64_${operation}` or `i32_${operation}` by `sf`. */
export function int(b: Builder, sf: number, operation: string, ...operands: number[]): Int {
  return apply(b, (sf ? 'i64_' : 'i32_') + operation, ...operands);
}

/** A comparison: as `int`, but the result is 0 or 1. */
export function compare(b: Builder, sf: number, operation: string, x: Int, y: Int): I32 {
  return apply(b, (sf ? 'i64_' : 'i32_') + operation, x, y);
}

// Vector and floating-point registers.

export function readV(b: Builder, n: number): V128 {
  return b.get(registers.v[n]!);
}

export function writeV(b: Builder, n: number, value: V128): void {
  b.put(registers.v[n]!, value);
}

export function zeroV(b: Builder): V128 {
  return b.constV128(0, 0, 0, 0);
}

/** Writes a vector of 16 bytes (`q` = 1), or its lower 8 with the upper half cleared. */
export function writeVq(b: Builder, q: number, n: number, value: V128): void {
  writeV(b, n, q ? value : lowHalf(b, value));
}

/** The lower 8 bytes, upper half cleared. */
export function lowHalf(b: Builder, value: V128): V128 {
  return b.i64x2_replace_lane(0, zeroV(b), b.i64x2_extract_lane(0, value));
}

export function readD(b: Builder, n: number): F64 {
  return b.f64x2_extract_lane(0, readV(b, n));
}

export function readS(b: Builder, n: number): F32 {
  return b.f32x4_extract_lane(0, readV(b, n));
}

export function writeD(b: Builder, n: number, value: F64): void {
  writeV(b, n, b.f64x2_replace_lane(0, zeroV(b), value));
}

export function writeS(b: Builder, n: number, value: F32): void {
  writeV(b, n, b.f32x4_replace_lane(0, zeroV(b), value));
}

/** A scalar of type double (`type` = 1) or single (0). */
export type Float = F32 | F64;

export function readF(b: Builder, type: number, n: number): Float {
  return type ? readD(b, n) : readS(b, n);
}

export function writeF(b: Builder, type: number, n: number, value: Float): void {
  if (type) writeD(b, n, value as F64);
  else writeS(b, n, value as F32);
}

/** `f64_${operation}` or `f32_${operation}` by `type`. */
export function float(b: Builder, type: number, operation: string, ...x: number[]): Float {
  return apply(b, (type ? 'f64_' : 'f32_') + operation, ...x);
}

/** The bits of a scalar as an integer of its width. */
export function floatBits(b: Builder, type: number, value: Float): Int {
  return type ? b.i64_reinterpret_f64(value as F64) : b.i32_reinterpret_f32(value as F32);
}

export function bitsFloat(b: Builder, type: number, bits: Int): Float {
  return type ? b.f64_reinterpret_i64(bits as I64) : b.f32_reinterpret_i32(bits as I32);
}
