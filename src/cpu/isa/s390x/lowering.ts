/**
 * What the semantics of a row work with: the decoded fields, and registers and storage over the IR.
 */

import type { Builder, F32, F64, I32, I64, V128 } from '../../ir/builder.ts';
import { type Condition, codeValue } from './condition.ts';
import { helperCalls } from './helper_table.ts';
import { interruption } from './interruption.ts';
import { registers } from './registers.ts';

/** Numeric fields a format can have; see `formats.ts`. Relative targets are guest addresses. */
export class Lowering {
  b: Builder;
  /** Address of the instruction; of the target for one under EXECUTE. */
  pc = 0;
  /** Address of the next sequential instruction. */
  next = 0;
  /** Instruction bits 0–31 and 32–47 (left-aligned). */
  high = 0;
  low = 0;
  /** Whether this is the jump alone of a conditional branch to a computed address (`branch.ts`). */
  taken = false;
  /** Whether the program may have asked for interruptions at fixed-point overflow. */
  isChecked = false;
  /** Whether this is the target of EXECUTE. */
  executed = false;
  /** Code being decoded, and where the instruction is in it. */
  view: DataView = new DataView(new ArrayBuffer(0));
  at = 0;
  /** Name of the instruction's format. */
  format = '';
  /**
   * Lowers the target of EXECUTE: its address where known while decoding (else null) and as a
   * value, and the register that modifies it (0 for none). Set by `execute.ts`.
   */
  execute: (target: number | null, register: number, address: () => I32) => void = () => {
    throw new Error('EXECUTE is not connected');
  };
  /** Length operand of an SS-a instruction under EXECUTE with a register: bytes - 1, else null. */
  executeLength: I32 | null = null;
  r1 = 0;
  r2 = 0;
  r3 = 0;
  a1 = 0;
  a2 = 0;
  a3 = 0;
  v1 = 0;
  v2 = 0;
  v3 = 0;
  v4 = 0;
  x2 = 0;
  b1 = 0;
  b2 = 0;
  b4 = 0;
  d1 = 0;
  d2 = 0;
  d4 = 0;
  i1 = 0;
  i2 = 0;
  i3 = 0;
  i4 = 0;
  i5 = 0;
  ri2 = 0;
  ri4 = 0;
  m1 = 0;
  m3 = 0;
  m4 = 0;
  m5 = 0;
  m6 = 0;
  l1 = 0;
  l2 = 0;
  rxb = 0;
  /** Not 0 where the instruction's fixed-point result overflowed; null if it cannot. */
  overflow: I32 | null = null;
  /** Contents of registers known while decoding (set by LARL), by register. */
  readonly known: (number | null)[] = Array.from({ length: 16 }, () => null);
  #condition: Condition | null = null;
  /**
   * By register: its right half as a value, and its left half as a value that has zeros on the
   * right, where this block has made them; so a chain of 32-bit instructions does not put the
   * halves together each time. Not after a helper, which may write registers.
   */
  readonly #right: (I32 | null)[] = Array.from({ length: 16 }, () => null);
  readonly #left: (I64 | null)[] = Array.from({ length: 16 }, () => null);
  #helperCalls = 0;

  constructor(b: Builder) {
    this.b = b;
  }

  /** Forgets what was known of the previous block. */
  beginBlock(b: Builder): void {
    this.b = b;
    this.#condition = null;
    this.known.fill(null);
    this.executeLength = null;
    this.#forgetHalves();
  }

  #forgetHalves(): void {
    this.#right.fill(null);
    this.#left.fill(null);
    this.#helperCalls = helperCalls();
  }

  // General registers.

  r64(n: number): I64 {
    return this.b.get(registers.r[n]!);
  }

  /** Low half of a general register. */
  r32(n: number): I32 {
    if (this.#helperCalls !== helperCalls()) this.#forgetHalves();
    const value = this.#right[n] ?? this.b.i32_wrap_i64(this.r64(n));
    this.#right[n] = value;
    return value;
  }

  /** High half of a general register. */
  high32(n: number): I32 {
    return this.b.i32_wrap_i64(this.b.i64_shr_u(this.r64(n), this.b.const64(32)));
  }

  put64(n: number, value: I64): void {
    this.known[n] = null;
    this.#right[n] = null;
    this.#left[n] = null;
    this.b.put(registers.r[n]!, value);
  }

  /** Writes the low half and keeps the high one. */
  put32(n: number, value: I32): void {
    this.putLow(n, this.b.i64_extend_i32_u(value));
    this.#right[n] = value;
  }

  /** As `put32` for a value that is already zero-extended. */
  putLow(n: number, value: I64): void {
    const { b } = this;
    if (this.#helperCalls !== helperCalls()) this.#forgetHalves();
    const kept = this.#left[n] ?? b.i64_and(this.r64(n), b.const64Halves(0, -1));
    this.put64(n, b.i64_or(kept, value));
    this.#left[n] = kept;
  }

  /** Writes the high half and keeps the low one. */
  putHigh(n: number, value: I32): void {
    const { b } = this;
    const kept = b.i64_and(this.r64(n), b.const64Halves(-1, 0));
    this.put64(n, b.i64_or(kept, b.i64_shl(b.i64_extend_i32_u(value), b.const64(32))));
  }

  /** Traps unless register number `n` is even, as register pairs must be. Says whether it is. */
  even(n: number): boolean {
    if (n % 2 === 0) return true;
    this.specification();
    return false;
  }

  // Storage operands. `base…` leave the displacement to the load or store; `address…` include it.

  base1(): I32 {
    return this.b1 === 0 ? this.b.const32(0) : this.r32(this.b1);
  }

  base2(): I32 {
    const { b, x2, b2 } = this;
    if (x2 === 0) return b2 === 0 ? b.const32(0) : this.r32(b2);
    return b2 === 0 ? this.r32(x2) : b.i32_add(this.r32(b2), this.r32(x2));
  }

  address1(): I32 {
    return this.plus(this.base1(), this.d1);
  }

  address2(): I32 {
    return this.plus(this.base2(), this.d2);
  }

  address4(): I32 {
    return this.plus(this.b4 === 0 ? this.b.const32(0) : this.r32(this.b4), this.d4);
  }

  plus(address: I32, bytes: number): I32 {
    return bytes === 0 ? address : this.b.i32_add(address, this.b.const32(bytes));
  }

  /** The second-operand address as a 64-bit number (LA, shifts). */
  effective2(): I64 {
    const { b, x2, b2, d2 } = this;
    let sum: I64 | null = b2 === 0 ? null : this.r64(b2);
    if (x2 !== 0) sum = sum === null ? this.r64(x2) : b.i64_add(sum, this.r64(x2));
    if (sum === null) return b.const64(d2);
    return d2 === 0 ? sum : b.i64_add(sum, b.const64(d2));
  }

  /** Address of the second operand when it does not depend on unknown registers, else null. */
  constant2(): number | null {
    if (this.x2 !== 0) return null;
    const base = this.b2 === 0 ? 0 : this.known[this.b2];
    return base === null || base === undefined ? null : (base + this.d2) >>> 0;
  }

  /** Traps where `address` is not a multiple of `bytes` (specification exception). */
  aligned(address: I32, bytes: number): void {
    const { b } = this;
    this.specificationIf(b.i32_and(address, b.const32(bytes - 1)));
  }

  // Condition code.

  /** Sets the condition code. */
  cc(condition: Condition): void {
    this.#condition = condition;
    this.overflow = condition.overflow ?? null;
    this.b.put(registers.cc, condition.value(this.b));
  }

  /** What the condition code is now. */
  condition(): Condition {
    this.#condition ??= codeValue(this.b.get(registers.cc));
    return this.#condition;
  }

  /** The condition code may have been changed by a helper. */
  forgetCondition(): void {
    this.#condition = null;
  }

  // Floating-point and vector registers.

  /** Bits of floating-point register n. */
  f64bits(n: number): I64 {
    return this.b.i64x2_extract_lane(1, this.b.get(registers.v[n]!));
  }

  f64(n: number): F64 {
    return this.b.f64x2_extract_lane(1, this.b.get(registers.v[n]!));
  }

  f32bits(n: number): I32 {
    return this.b.i32x4_extract_lane(3, this.b.get(registers.v[n]!));
  }

  f32(n: number): F32 {
    return this.b.f32x4_extract_lane(3, this.b.get(registers.v[n]!));
  }

  putF64bits(n: number, bits: I64): void {
    const slot = registers.v[n]!;
    this.b.put(slot, this.b.i64x2_replace_lane(1, this.b.get(slot), bits));
  }

  putF32bits(n: number, bits: I32): void {
    const slot = registers.v[n]!;
    this.b.put(slot, this.b.i32x4_replace_lane(3, this.b.get(slot), bits));
  }

  v(n: number): V128 {
    return this.b.get(registers.v[n]!);
  }

  putV(n: number, value: V128): void {
    this.b.put(registers.v[n]!, value);
  }

  // Control.

  /** Specification exception: what the manual forbids of operands. */
  specification(): void {
    this.b.trap('illegal', interruption.specification);
  }

  specificationIf(condition: I32): void {
    this.b.trapIf(condition, 'illegal', interruption.specification);
  }
}

/** Data-exception code of COMPARE AND TRAP and LOAD AND TRAP. */
export const compareAndTrapCode = 0xff;

/** Data exception with a code (DXC, byte 2 of the FPC) where `condition` (0 or 1) is 1. */
export function dataException(
  z: Lowering,
  condition: I32,
  code: number,
  kind: number = interruption.data,
): void {
  const { b } = z;
  const fpc = b.get(registers.fpc);
  const coded = b.i32_or(b.i32_and(fpc, b.const32(~0xff00)), b.const32(code << 8));
  b.put(registers.fpc, b.i32_select(coded, fpc, condition));
  b.trapIf(condition, 'arithmetic', kind);
}

/** Semantics of an instruction. */
export type Semantics = (z: Lowering) => void;
