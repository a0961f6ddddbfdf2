/**
 * Builds the IR of one basic block into flat typed arrays: four 32-bit words a cell.
 *
 * Word 0 is the operation's code (index into `opRows`) with `aux` (lane, slot index, trap kind,
 * hint…) in the upper 16 bits; words 1–3 are operands: values (cell numbers) or immediates. A
 * cell's
 * number *is* the value it produces (single assignment). A 16-byte constant and a shuffle mask take
 * the following cell as raw bytes.
 */

import type { Slot } from '../state.ts';
import { blockOpsMax } from '../state.ts';
import { type TrapKind, trapKinds } from '../trap.ts';
import type { composite, lanes, loads, numeric, simd, stores, ValueType } from './ops.ts';
import { type OpRow, opCode, opRows } from './rows.ts';

declare const valueType: unique symbol;
/** Number of the cell that produces a value of type T; only valid in the block it was built in. */
export type Value<T extends ValueType = ValueType> = number & { readonly [valueType]: T };
export type I32 = Value<'i32'>;
export type I64 = Value<'i64'>;
export type F32 = Value<'f32'>;
export type F64 = Value<'f64'>;
export type V128 = Value<'v128'>;

type Plain = typeof numeric & typeof simd & typeof composite;
type Operands<T extends readonly ValueType[]> = { [K in keyof T]: Value<T[K] & ValueType> };
// biome-ignore lint/suspicious/noConfusingVoidType: it is a method's return type.
type Result<T> = T extends ValueType ? Value<T> : void;
type PlainMethods = {
  [K in keyof Plain]: (...operands: Operands<Plain[K][1]>) => Result<Plain[K][0]>;
};
type LoadMethods = {
  /** Reads guest memory at `address + displacement` (mod 2³²; displacement in bytes). */
  [K in keyof typeof loads]: (address: I32, displacement?: number) => Value<(typeof loads)[K][0]>;
};
type StoreMethods = {
  /** Writes guest memory at `address + displacement` (mod 2³²; displacement in bytes). */
  [K in keyof typeof stores]: (
    address: I32,
    value: Value<(typeof stores)[K][0]>,
    displacement?: number,
  ) => void;
};
type LaneMethods = {
  /** The first argument is the lane number. */
  [K in keyof typeof lanes]: (
    lane: number,
    ...operands: Operands<(typeof lanes)[K][1]>
  ) => Value<(typeof lanes)[K][0]>;
};

/** How an indirect jump is used; lets the translator pair calls with returns. */
export type JumpHint = 'jump' | 'call' | 'return';
export const jumpHints: readonly JumpHint[] = ['jump', 'call', 'return'];

/** Types of state that is always in memory. */
type MemoryType = 'i32' | 'i64' | 'v128';
const peekCode: Readonly<Record<MemoryType, number>> = {
  i32: opCode.peek_i32,
  i64: opCode.peek_i64,
  v128: opCode.peek_v128,
};
const pokeCode: Readonly<Record<MemoryType, number>> = {
  i32: opCode.poke_i32,
  i64: opCode.poke_i64,
  v128: opCode.poke_v128,
};

// By type: a concatenated name looked up for each cell took a fifth of the lowering.
const getCode: Readonly<Record<ValueType, number>> = {
  i32: opCode.get_i32,
  i64: opCode.get_i64,
  f32: opCode.get_f32,
  f64: opCode.get_f64,
  v128: opCode.get_v128,
};
const putCode: Readonly<Record<ValueType, number>> = {
  i32: opCode.put_i32,
  i64: opCode.put_i64,
  f32: opCode.put_f32,
  f64: opCode.put_f64,
  v128: opCode.put_v128,
};

/**
 * One method per operation of `ops.ts` (`b.i64_add(x, y)`, `b.i32_load_be(address, 8)`), the guest
 * state (`get`, `put`), constants and terminators. A block ends at the first terminator.
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface Builder extends PlainMethods, LoadMethods, StoreMethods, LaneMethods {}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: `defineMethods` adds one method per row.
export class Builder {
  /** The cells: 4 words each. */
  readonly words: Int32Array = new Int32Array(blockOpsMax * 4);
  /** Cells written so far. */
  count = 0;
  /** First cell of each guest instruction of the block. */
  readonly instructionCell: Uint16Array = new Uint16Array(blockOpsMax);
  /** Guest address of each instruction. */
  readonly instructionPc: Uint32Array = new Uint32Array(blockOpsMax);
  instructions = 0;
  /** Whether a terminator has been written. */
  ended = false;
  /** Guest address of the block (u32). */
  pc = 0;
  /** Guest address of the instruction being lowered (u32). */
  instructionAddress = 0;
  /** Guest address after it (u32). Front ends set it before lowering semantics. */
  nextAddress = 0;
  /** What `dependsOn` was told of this block: [guest address, bytes] (u32). */
  readonly dependencies: (readonly [address: number, bytes: number])[] = [];

  /**
   * Notes that what was lowered depends on guest memory outside of the block's own code (the target
   * of the s390x EXECUTE): where it differs, the block is decoded anew.
   */
  dependsOn(address: number, bytes: number): void {
    this.dependencies.push([address >>> 0, bytes]);
  }

  /** Starts a block at guest address `pc`. */
  begin(pc: number): void {
    this.count = 0;
    this.instructions = 0;
    this.ended = false;
    this.pc = pc;
    this.dependencies.length = 0;
  }

  /** Starts an instruction of `bytes` length at guest address `pc`. */
  beginInstruction(pc: number, bytes: number): void {
    this.instructionCell[this.instructions] = this.count;
    this.instructionPc[this.instructions++] = pc;
    this.instructionAddress = pc;
    this.nextAddress = (pc + bytes) >>> 0;
  }

  /** Writes a cell and returns its number. */
  cell(code: number, aux: number, a: number, b: number, c: number): number {
    const n = this.count;
    if (n >= blockOpsMax)
      throw new RangeError(`block at ${this.pc}: more than ${blockOpsMax} operations`);
    const at = n * 4;
    this.words[at] = code | (aux << 16);
    this.words[at + 1] = a;
    this.words[at + 2] = b;
    this.words[at + 3] = c;
    this.count = n + 1;
    return n;
  }

  /** A 32-bit constant; any JavaScript number is taken modulo 2³². */
  const32(value: number): I32 {
    return this.cell(opCode.const32, 0, value | 0, 0, 0) as I32;
  }

  /** A 64-bit constant from a safe integer (sign-extended: `const64(-1)` is all ones). */
  const64(value: number): I64 {
    return this.cell(opCode.const64, 0, value | 0, Math.floor(value / 2 ** 32) | 0, 0) as I64;
  }

  /** A 64-bit constant from its halves. */
  const64Halves(low: number, high: number): I64 {
    return this.cell(opCode.const64, 0, low | 0, high | 0, 0) as I64;
  }

  /** An f64 constant. */
  constF64(value: number): F64 {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value, true);
    return this.f64_reinterpret_i64(
      this.const64Halves(view.getInt32(0, true), view.getInt32(4, true)),
    );
  }

  /** An f32 constant. */
  constF32(value: number): F32 {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value, true);
    return this.f32_reinterpret_i32(this.const32(view.getInt32(0, true)));
  }

  /** A 128-bit constant from four little-endian words, lowest first. */
  constV128(w0: number, w1: number, w2: number, w3: number): V128 {
    const n = this.cell(opCode.constv128, 0, 0, 0, 0);
    this.#raw(w0, w1, w2, w3);
    return n as V128;
  }

  /** i8x16.shuffle: byte i of the result is byte `mask[i]` of the 32 bytes a ‖ b. */
  shuffle(a: V128, b: V128, mask: ArrayLike<number>): V128 {
    const n = this.cell(opCode.shuffle, 0, a, b, 0);
    const word = (i: number): number =>
      mask[i]! | (mask[i + 1]! << 8) | (mask[i + 2]! << 16) | (mask[i + 3]! << 24);
    this.#raw(word(0), word(4), word(8), word(12));
    return n as V128;
  }

  #raw(w0: number, w1: number, w2: number, w3: number): void {
    const n = this.cell(0, 0, w1, w2, w3);
    this.words[n * 4] = w0;
  }

  /** Reads a slot of guest state. */
  get<T extends ValueType>(slot: Slot<T>): Value<T> {
    return this.cell(getCode[slot.type], 0, slot.offset, 0, 0) as Value<T>;
  }

  /** Writes a slot of guest state. */
  put<T extends ValueType>(slot: Slot<T>, value: Value<T>): void {
    this.cell(putCode[slot.type], 0, slot.offset, value, 0);
  }

  /** Reads state that is always in memory, where all helpers find it: a slot never got. */
  peek<T extends MemoryType>(slot: Slot<T>): Value<T> {
    return this.cell(peekCode[slot.type], 0, slot.offset, 0, 0) as Value<T>;
  }

  /** Writes state that is always in memory: a slot never put. */
  poke<T extends MemoryType>(slot: Slot<T>, value: Value<T>): void {
    this.cell(pokeCode[slot.type], 0, slot.offset, value, 0);
  }

  /**
   * Calls helper `id` of the instruction set (`Isa.helpers[id]`), for what is too big or too rare
   * to inline. A helper may read and write guest state and memory and may trap.
   */
  helper(id: number, x: I64, y: I64, z: I64): I64 {
    return this.cell(opCode.helper, id, x, y, z) as I64;
  }

  /**
   * The result of helper `id` of `Isa.helperModule` if `condition` is not 0, else 0. The helper
   * must not look at slots, for which memory is not exact, nor trap: much cheaper than `helper`.
   * What it keeps in the state area besides slots is read and written by loads and stores.
   */
  leaf(id: number, condition: I32, x: I64, y: I64): I64 {
    return this.cell(opCode.leaf, id, condition, x, y) as I64;
  }

  /** Stops with trap `kind` at this instruction when `condition` is not 0. */
  trapIf(condition: I32, kind: TrapKind, detail = 0): void {
    this.cell(
      opCode.trap_if,
      trapKinds.indexOf(kind),
      condition,
      detail,
      this.instructionAddress | 0,
    );
  }

  // Terminators. Guest addresses are u32 numbers or i32 values.

  /** Continues at guest address `target`. */
  jump(target: number): void {
    this.#end(opCode.jump, 0, target | 0, 0, 0);
  }

  /** Continues at `taken` when `condition` is not 0, else at the next instruction. */
  branch(condition: I32, taken: number, next: number = this.nextAddress): void {
    this.#end(opCode.branch, 0, condition, taken | 0, next | 0);
  }

  /**
   * A direct call: continues at `target`; `returnAddress` is where the callee is expected to
   * return.
   */
  call(target: number, returnAddress: number = this.nextAddress): void {
    this.#end(opCode.call, 0, target | 0, returnAddress | 0, 0);
  }

  /**
   * Continues at a computed address. With hint `call`, `returnAddress` says where it returns to.
   */
  jumpIndirect(target: I32, hint: JumpHint, returnAddress: number = this.nextAddress): void {
    this.#end(opCode.jump_indirect, jumpHints.indexOf(hint), target, returnAddress | 0, 0);
  }

  /** The system-call instruction; execution resumes at the next instruction. */
  syscall(detail = 0): void {
    this.#end(opCode.syscall, 0, detail, this.nextAddress | 0, 0);
  }

  /** Always traps at this instruction. */
  trap(kind: TrapKind, detail = 0): void {
    this.#end(opCode.trap, trapKinds.indexOf(kind), detail, this.instructionAddress | 0, 0);
  }

  #end(code: number, aux: number, a: number, b: number, c: number): void {
    this.cell(code, aux, a, b, c);
    this.ended = true;
  }
}

/** Gives `Builder` one method per table row. */
function defineMethods(): void {
  const prototype = Builder.prototype as unknown as Record<string, unknown>;
  for (const row of opRows) {
    const method = methodOf(row);
    if (method) prototype[row.name] = method;
  }
}

function methodOf({ kind, code }: OpRow): unknown {
  switch (kind) {
    case 'plain':
      return function (this: Builder, a: number, b = 0, c = 0): number {
        return this.cell(code, 0, a, b, c);
      };
    case 'load':
      return function (this: Builder, address: number, displacement = 0): number {
        return this.cell(code, 0, address, displacement | 0, 0);
      };
    case 'store':
      return function (this: Builder, address: number, value: number, displacement = 0): void {
        this.cell(code, 0, address, value, displacement | 0);
      };
    case 'lane':
      return function (this: Builder, lane: number, a: number, b = 0): number {
        return this.cell(code, lane, a, b, 0);
      };
    case 'special':
      return undefined;
  }
}

defineMethods();
