/** Random programs over all operations, from a seed: to compare the tiers. */

import type { Builder, I32, Value } from '../../src/cpu/ir/builder.ts';
import { lanes, type ValueType } from '../../src/cpu/ir/ops.ts';
import { type OpRow, opRows } from '../../src/cpu/ir/rows.ts';
import { shape, shapes } from '../../src/cpu/ir/shapes.ts';
import { type ToyInstruction, type ToyIsa, toyAddress } from './toy_isa.ts';
import { dataBase } from './toy_machine.ts';

/** mulberry32: 32 random bits a call. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

const simple: readonly OpRow[] = opRows.filter(
  ({ kind, code, name }) =>
    kind !== 'special' && !(shapes[code]! & shape.terminator) && !/_(div|rem)_[su]$/.test(name),
);

const cellsMax = 40;

/**
 * A program of `length` instructions: random operations, then calls, branches and jumps of every
 * kind between them. `w7` counts down so that it ends; `r15` is the stack of return addresses.
 */
export function randomProgram(isa: ToyIsa, seed: number, length: number): ToyInstruction[] {
  return Array.from({ length }, (_, n) => {
    const instructionSeed = random(seed * 977 + n)();
    return (b: Builder) => {
      new Writer(isa, b, random(instructionSeed), length).instruction(n);
    };
  });
}

class Writer {
  readonly #isa: ToyIsa;
  readonly #b: Builder;
  readonly #random: () => number;
  readonly #length: number;
  readonly #values: Record<ValueType, Value[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };

  constructor(isa: ToyIsa, b: Builder, next: () => number, length: number) {
    this.#isa = isa;
    this.#b = b;
    this.#random = next;
    this.#length = length;
  }

  #below(limit: number): number {
    return this.#random() % limit;
  }

  instruction(n: number): void {
    const b = this.#b;
    if (n === this.#length - 1) {
      b.syscall(n);
      return;
    }
    const count = 1 + this.#below(cellsMax / 4);
    for (let i = 0; i < count; i++) this.#operation();
    if (this.#below(3) === 0) this.#ending(n);
  }

  #operation(): void {
    const kind = this.#below(20);
    if (kind < 5) {
      this.#put();
    } else if (kind === 5) {
      const rare = this.#b.i32_eq(this.#value('i32') as I32, this.#b.const32(this.#below(4)));
      if (this.#below(8) === 0) this.#b.trapIf(rare, 'arithmetic', this.#below(1000));
      else this.#values.i32.push(rare);
    } else if (kind === 6 && this.#below(4) === 0) {
      const args = [0, 1, 2].map(() => this.#value('i64')) as [never, never, never];
      this.#values.i64.push(this.#b.helper(0, ...args));
    } else {
      this.#row(simple[this.#below(simple.length)]!);
    }
  }

  #put(): void {
    const { slots } = this.#isa;
    const slot = slots[this.#below(slots.length)]!;
    if (slot.name === 'w7' || slot.name === 'r15') return;
    this.#b.put(slot, this.#value(slot.type) as never);
  }

  #row(row: OpRow): void {
    const method = (...args: number[]): unknown =>
      (this.#b as unknown as Record<string, (...a: number[]) => unknown>)[row.name]!(...args);
    if (row.name.startsWith('memory_')) {
      const args = [this.#address(), this.#address(), this.#b.const32(this.#below(70))];
      if (row.name === 'memory_fill') args[1] = this.#value('i32') as never;
      const result = method(...args);
      if (row.result) this.#values.i32.push(result as Value);
      return;
    }
    const immediate =
      row.kind === 'lane' ? [this.#below(lanes[row.name as keyof typeof lanes][2])] : [];
    const operands = row.operands.map((type, k) =>
      k === 0 && (row.kind === 'load' || row.kind === 'store')
        ? this.#address()
        : this.#value(type),
    );
    const displacement =
      row.kind === 'load' || row.kind === 'store' ? [this.#below(256) - 128] : [];
    const result = method(...immediate, ...operands, ...displacement);
    if (!row.result) return;
    let value = result as Value;
    // Which NaN an operation gives is not defined by wasm and may differ between V8's compilers.
    if (row.result !== 'i32' && row.result !== 'i64') value = this.#quiet(value, row);
    this.#values[row.result].push(value);
  }

  #quiet(value: Value, row: OpRow): Value {
    const b = this.#b;
    if (row.result === 'f64') {
      const v = value as Value<'f64'>;
      return b.f64_select(v, b.constF64(1.5), b.f64_eq(v, v));
    }
    if (row.result === 'f32') {
      const v = value as Value<'f32'>;
      return b.f32_select(v, b.constF32(2.5), b.f32_eq(v, v));
    }
    const v = value as Value<'v128'>;
    if (row.name.startsWith('f32x4')) return b.v128_and(v, b.f32x4_eq(v, v));
    if (row.name.startsWith('f64x2')) return b.v128_and(v, b.f64x2_eq(v, v));
    return v;
  }

  #address(): I32 {
    const b = this.#b;
    const offset = b.i32_and(this.#value('i32') as I32, b.const32(0x7ff));
    return b.i32_add(offset, b.const32(dataBase + 256));
  }

  #value(type: ValueType): Value {
    const b = this.#b;
    const made = this.#values[type];
    if (made.length > 0 && this.#below(3) > 0) return made[this.#below(made.length)]!;
    if (this.#below(5) === 0) return this.#constant(type);
    const slots = this.#isa.slots.filter((slot) => slot.type === type && slot.name !== 'w7');
    const value = b.get(slots[this.#below(slots.length)]!) as Value;
    made.push(value);
    return value;
  }

  #constant(type: ValueType): Value {
    const b = this.#b;
    const edges = [0, 1, -1, 0x7fffffff, -0x80000000, 8, 64, this.#random() | 0];
    const word = (): number => edges[this.#below(edges.length)]!;
    switch (type) {
      case 'i32':
        return b.const32(word());
      case 'i64':
        return b.const64Halves(word(), word());
      case 'f32':
        return b.constF32([0, -0, 1, -1.5, 3e38, 1e-40, Number.POSITIVE_INFINITY][this.#below(7)]!);
      case 'f64':
        return b.constF64(
          [0, -0, 1, -1.5, 1e308, 5e-324, Number.POSITIVE_INFINITY][this.#below(7)]!,
        );
      case 'v128':
        return b.constV128(word(), word(), word(), word());
    }
  }

  /** Ends the block, but goes to the last instruction when `w7` has counted down. */
  #ending(n: number): void {
    const b = this.#b;
    const [left, sp] = [this.#isa.w[7]!, this.#isa.r[15]!];
    const target = toyAddress(this.#below(this.#length - 1));
    const end = toyAddress(this.#length - 1);
    const rest = b.i32_sub(b.get(left), b.const32(1));
    b.put(left, rest);
    b.trapIf(b.i32_lt_s(rest, b.const32(0)), 'breakpoint', n);
    const stack = b.i32_and(b.i32_wrap_i64(b.get(sp)), b.const32(0xff8));
    const at = b.i32_add(stack, b.const32(dataBase + 0x2000));
    const move = (by: number): void => b.put(sp, b.i64_add(b.get(sp), b.const64(by)));
    const condition = b.i32_and(this.#value('i32') as I32, b.const32(1));
    switch (this.#below(8)) {
      case 0:
        b.jump(target);
        return;
      case 1:
      case 2:
        b.branch(condition, target);
        return;
      case 3:
        b.i32_store(at, b.const32(b.nextAddress));
        move(8);
        b.call(target);
        return;
      case 4: {
        const other = b.const32(toyAddress(this.#below(this.#length - 1)));
        b.jumpIndirect(b.i32_select(b.const32(target), other, condition), 'jump');
        return;
      }
      case 5:
        b.i32_store(at, b.const32(b.nextAddress));
        move(8);
        b.jumpIndirect(b.i32_select(b.const32(target), b.const32(end), condition), 'call');
        return;
      default: {
        move(-8);
        const address = b.i32_load(at, -8);
        const known = b.i32_ne(address, b.const32(0));
        b.jumpIndirect(b.i32_select(address, b.const32(target), known), 'return');
      }
    }
  }
}
