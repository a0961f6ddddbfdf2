/**
 * The cells of one block as wasm. A value read once becomes part of the expression that reads it,
 * as long as nothing between changes what it is made of; other values get a local.
 */

import { instructionOf } from '../faults.ts';
import { coreWord } from '../interpreter/layout.ts';
import { laneBytes } from '../ir/compact.ts';
import { writeLane, writeLoad, writePlain, writeStore } from '../ir/expansions.ts';
import type { ValueType } from '../ir/ops.ts';
import { type OpRow, opCode, opRows } from '../ir/rows.ts';
import { shape, shapes } from '../ir/shapes.ts';
import { rangesOf, right } from '../protection.ts';
import { stateOffset } from '../state.ts';
import { type Local, loadOf, op, storeOf } from '../wasm/encoder.ts';
import { blockHead, type Check, constantPage } from './checks.ts';
import type { NodeFlow, SlotSet } from './flow.ts';
import type { Frame } from './frame.ts';
import type { Node } from './graph.ts';

/** i32.wrap_i64 */
const wrap = 0xa7;

/** What the bytes of a check are at distances from. */
interface Base {
  /** Pushes it, as an i32. */
  readonly push: () => void;
  /** What it is more than `Check.base`. */
  readonly less: number;
}

export class BlockEmitter {
  readonly #frame: Frame;
  readonly #node: Node;
  readonly #flow: NodeFlow;
  readonly #words: Int32Array;
  /** Instructions of earlier blocks not yet subtracted from fuel. */
  readonly #pending: number;
  /** Levels up to the exit for failed checks that stores these slots, from where the block is. */
  readonly #resumeLabel: (dirty: SlotSet) => number;
  /** Local of a cell's value, or -1. */
  readonly #local: Int32Array;
  readonly #uses: Uint16Array;
  /** Cells whose value waits to be read, in order. */
  #deferred: number[] = [];
  /** By deferred cell: slots its expression reads (bit = number mod 31), bit 31: memory. */
  readonly #reads: Int32Array;

  /** Cells computed before it was their turn, and those that were computed. */
  readonly #done: Uint8Array;
  readonly #written: Uint8Array;

  constructor(
    frame: Frame,
    node: Node,
    flow: NodeFlow,
    pending: number,
    resumeLabel: (dirty: SlotSet) => number,
  ) {
    this.#frame = frame;
    this.#node = node;
    this.#flow = flow;
    this.#words = node.block.words;
    this.#pending = pending;
    this.#resumeLabel = resumeLabel;
    this.#done = new Uint8Array(node.block.last + 1);
    this.#written = new Uint8Array(node.block.last + 1);
    this.#local = new Int32Array(node.block.last + 1).fill(-1);
    this.#uses = flow.uses.slice();
    this.#reads = new Int32Array(node.block.last + 1);
  }

  /** Everything before the terminator. */
  writeBody(): void {
    const { last } = this.#node.block;
    const { checks, dead } = this.#flow;
    const atHead = checks.get(blockHead);
    if (atHead) this.#check(blockHead, atHead);
    for (let n = 0; n < last; n++) {
      const bits = shapes[this.#words[n * 4]! & 0xffff]!;
      const here = checks.get(n);
      if (here) this.#check(n, here);
      if (!dead[n] && !this.#done[n]) this.#cell(n, bits);
      if (bits & shape.raw) n++;
    }
  }

  /** Pushes the i32 the terminator depends on: its first operand. */
  pushCondition(): void {
    this.#operand(this.#node.block.last, 1, 'i32');
  }

  #row(n: number): OpRow {
    return opRows[(this.#words[n * 4]! & 0xffff) - 1]!;
  }

  #cell(n: number, bits: number): void {
    if (bits & shape.put) this.#put(n);
    else if (bits & shape.helper) this.#helper(n);
    else if ((this.#words[n * 4]! & 0xffff) === opCode.trap_if) this.#trapIf(n);
    else if ((this.#words[n * 4]! & 0xffff) === opCode.leaf) this.#leaf(n);
    else if (bits & shape.memory) this.#memory(n);
    else if (bits & shape.state && !(bits & shape.result)) this.#poke(n);
    else if (this.#uses[n] === 1 || this.#isConstant(n)) this.#defer(n, bits);
    else this.#materialise(n);
  }

  #isConstant(n: number): boolean {
    const code = this.#words[n * 4]! & 0xffff;
    return code === opCode.const32 || code === opCode.const64;
  }

  #defer(n: number, bits: number): void {
    if (this.#isConstant(n)) return;
    let reads = 0;
    if (bits & shape.get) reads = this.#slotBit(this.#words[n * 4 + 1]!);
    else if (bits & (shape.memory | shape.state)) reads = 1 << 31;
    for (let k = 1; k <= 3; k++) {
      if (!(bits & (1 << (k - 1)))) continue;
      const address = this.#words[n * 4 + k]!;
      if (address < stateOffset.temps) {
        reads |= this.#slotBit(address);
      } else {
        const from = (address - stateOffset.temps) >> 4;
        const at = this.#deferred.indexOf(from);
        if (at >= 0) {
          reads |= this.#reads[from]!;
          this.#deferred.splice(at, 1);
        }
      }
    }
    this.#reads[n] = reads;
    this.#deferred.push(n);
  }

  #slotBit(offset: number): number {
    return 1 << (this.#frame.flow.slotNumber[offset >> 2]! % 31);
  }

  /** Computes deferred values that read any of `mask` now, before it changes. */
  #settle(mask: number): void {
    if (this.#deferred.length === 0) return;
    const kept: number[] = [];
    for (const n of this.#deferred) {
      if (this.#reads[n]! & mask) this.#materialise(n);
      else kept.push(n);
    }
    this.#deferred = kept;
  }

  #materialise(n: number): void {
    const { result } = this.#row(n);
    this.#expression(n);
    if (this.#uses[n] === 0) {
      this.#frame.code.op(op.drop);
      return;
    }
    this.#local[n] = this.#frame.take(result!);
    this.#frame.code.set(this.#local[n]!);
  }

  /** Pushes the value operand in word `k` of cell `n`. */
  #operand(n: number, k: number, type: ValueType): void {
    const address = this.#words[n * 4 + k]!;
    const { code } = this.#frame;
    if (address < stateOffset.temps) {
      code.get(this.#frame.slotLocal(address));
      return;
    }
    const from = (address - stateOffset.temps) >> 4;
    const local = this.#local[from]!;
    if (local >= 0) {
      code.get(local);
      if (--this.#uses[from]! === 0) this.#frame.release(type, local);
      return;
    }
    this.#forget(from);
    this.#expression(from);
  }

  /** Writes the instructions of a cell that has a result. */
  #expression(n: number): void {
    this.#written[n] = 1;
    const row = this.#row(n);
    const { code, routines } = this.#frame;
    const at = n * 4;
    const words = this.#words;
    if (row.kind === 'special') {
      this.#special(n, row);
      return;
    }
    if (row.kind === 'load') {
      this.#address(n, words[at + 2]!);
      writeLoad(code, row);
      return;
    }
    row.operands.forEach((type, k) => {
      this.#operand(n, k + 1, type);
    });
    if (row.kind === 'lane') {
      writeLane(code, row, (words[at]! >>> 16) / laneBytes[row.code]!);
    } else {
      writePlain(code, row, routines);
    }
  }

  #special(n: number, row: OpRow): void {
    const { code } = this.#frame;
    const words = this.#words;
    const at = n * 4;
    if (row.name === 'const32') code.i32(words[at + 1]!);
    else if (row.name === 'const64') code.i64(words[at + 1]!, words[at + 2]!);
    else if (row.name === 'constv128') code.v128(words.subarray(at + 4, at + 8));
    else if (row.name === 'shuffle') {
      this.#operand(n, 1, 'v128');
      this.#operand(n, 2, 'v128');
      const mask = words.subarray(at + 4, at + 8);
      code.shuffle(Array.from({ length: 16 }, (_, i) => (mask[i >> 2]! >>> ((i & 3) * 8)) & 31));
    } else if (shapes[row.code]! & shape.state) {
      code.i32(0).memory(loadOf[row.result!], words[at + 1]!);
    } else code.get(this.#frame.slotLocal(words[at + 1]!));
  }

  /**
   * Pushes the wasm address of an access: operand 1 plus a displacement from which the guest bias
   * is
   * subtracted already. Constants added to the address before go into the displacement.
   */
  #address(n: number, displacement: number): void {
    const { code } = this.#frame;
    const folded = this.#foldable(n);
    let constant = displacement;
    if (folded < 0) {
      this.#operand(n, 1, 'i32');
    } else {
      const isWide = (this.#words[folded * 4]! & 0xffff) === opCode.i64_add;
      this.#forget((this.#words[n * 4 + 1]! - stateOffset.temps) >> 4);
      this.#operand(folded, 1, isWide ? 'i64' : 'i32');
      if (isWide) code.op(opRows[opCode.i32_wrap_i64 - 1]!.wasm);
      const by = (this.#words[folded * 4 + 2]! - stateOffset.temps) >> 4;
      constant = (displacement + this.#words[by * 4 + 1]!) | 0;
    }
    if (constant !== 0) code.i32(constant).op(0x6a);
  }

  /** The cell `x + constant` that operand 1 of cell `n` is computed from only for it, or -1. */
  #foldable(n: number): number {
    const code = (cell: number): number => this.#words[cell * 4]! & 0xffff;
    const source = (cell: number, k: number): number => {
      const address = this.#words[cell * 4 + k]!;
      return address < stateOffset.temps ? -1 : (address - stateOffset.temps) >> 4;
    };
    const isOwn = (cell: number): boolean =>
      cell >= 0 && this.#local[cell]! < 0 && this.#uses[cell] === 1;
    let sum = source(n, 1);
    if (!isOwn(sum)) return -1;
    const isWide = code(sum) === opCode.i32_wrap_i64;
    if (isWide) sum = source(sum, 1);
    if (!isOwn(sum) || code(sum) !== (isWide ? opCode.i64_add : opCode.i32_add)) return -1;
    const by = source(sum, 2);
    const constant = isWide ? opCode.const64 : opCode.const32;
    return by >= 0 && code(by) === constant ? sum : -1;
  }

  /** Takes a cell off the list of deferred values, because it is being written. */
  #forget(cell: number): void {
    const at = this.#deferred.indexOf(cell);
    if (at >= 0) this.#deferred.splice(at, 1);
  }

  #put(n: number): void {
    const offset = this.#words[n * 4 + 1]!;
    const source = this.#words[n * 4 + 2]!;
    const from = source < stateOffset.temps ? -1 : (source - stateOffset.temps) >> 4;
    // The value itself may read the slot: it is computed before the write in any case.
    this.#forget(from);
    this.#settle(this.#slotBit(offset));
    this.#operand(n, 2, this.#row(n).operands[0]!);
    this.#frame.code.set(this.#frame.slotLocal(offset));
  }

  #poke(n: number): void {
    const { code } = this.#frame;
    const [type] = this.#row(n).operands;
    this.#settle(1 << 31);
    code.i32(0);
    this.#operand(n, 2, type!);
    code.memory(storeOf[type!], this.#words[n * 4 + 1]!);
  }

  /**
   * Instructions of this block before the one cell `n` belongs to, with those of earlier blocks.
   */
  #instructionsBefore(n: number): number {
    return this.#pending + instructionOf(this.#node.block, n);
  }

  #pcOf(n: number): number {
    const { block } = this.#node;
    return block.instructionPc[instructionOf(block, n)]!;
  }

  #trapIf(n: number): void {
    const { code } = this.#frame;
    const at = n * 4;
    this.#operand(n, 1, 'i32');
    code.open('if');
    this.#frame.store(this.#flow.dirtyAt.get(n)!);
    this.#frame.storeFuel(this.#instructionsBefore(n));
    const kind = (this.#words[at]! >>> 16) & 15;
    this.#frame.exit(() => void code.i32(this.#words[at + 3]!), kind + 1, this.#words[at + 2]!);
    code.end();
  }

  /** State is exact in memory while a helper runs; what it may have changed is loaded again. */
  #helper(n: number): void {
    const frame = this.#frame;
    const { code } = frame;
    this.#settle(-1);
    for (let k = 1; k <= 3; k++) frame.storeHelperWord(k - 1, () => this.#operand(n, k, 'i64'));
    frame.store(this.#flow.dirtyAt.get(n)!);
    this.#storePosition(n);
    code
      .i32(this.#words[n * 4]! >>> 16)
      .i32(0)
      .call(frame.callees.helper)
      .op(op.drop);
    frame.load(this.#flow.reload.get(n)!);
    if (this.#uses[n] === 0) return;
    this.#local[n] = frame.take('i64');
    code
      .i32(0)
      .memory(loadOf.i64, coreWord.helper + 24)
      .set(this.#local[n]!);
  }

  /** A helper that is called under a condition and does not look at slots. */
  #leaf(n: number): void {
    const frame = this.#frame;
    const { code } = frame;
    this.#settle(1 << 31);
    const result = this.#uses[n] === 0 ? -1 : frame.take('i64');
    if (result >= 0) code.i64(0).set(result);
    this.#operand(n, 1, 'i32');
    code.open('if');
    for (const k of [2, 3]) frame.storeHelperWord(k - 2, () => this.#operand(n, k, 'i64'));
    code
      .i32(this.#words[n * 4]! >>> 16)
      .i32(0)
      .call(frame.callees.helper)
      .op(op.drop);
    if (result >= 0) {
      code
        .i32(0)
        .memory(loadOf.i64, coreWord.helper + 24)
        .set(result);
    }
    code.end();
    this.#local[n] = result;
  }

  #storePosition(n: number): void {
    const { code } = this.#frame;
    this.#frame.storeFuel(this.#instructionsBefore(n));
    code.i32(0).i32(this.#pcOf(n)).memory(storeOf.i32, stateOffset.pc);
  }

  #memory(n: number): void {
    const row = this.#row(n);
    if (row.kind === 'plain') this.#range(n, row);
    else if (row.kind === 'store') this.#store(n, row);
    else if (this.#uses[n] === 1) this.#defer(n, shapes[row.code]!);
    else this.#materialise(n);
  }

  #store(n: number, row: OpRow): void {
    const { code } = this.#frame;
    this.#settleLoadsExceptOperands(n);
    this.#address(n, this.#words[n * 4 + 3]!);
    this.#operand(n, 2, row.operands[1]!);
    writeStore(code, row);
  }

  /** Loads that precede a store stay before it; the store's own operands do anyway. */
  #settleLoadsExceptOperands(n: number): void {
    const own = [1, 2, 3].map((k) => (this.#words[n * 4 + k]! - stateOffset.temps) >> 4);
    const mine = this.#deferred.filter((cell) => own.includes(cell));
    this.#deferred = this.#deferred.filter((cell) => !own.includes(cell));
    this.#settle(1 << 31);
    this.#deferred.push(...mine);
  }

  /** memory_copy and its like. */
  #range(n: number, row: OpRow): void {
    const { code, rights, routines } = this.#frame;
    this.#settleLoadsExceptOperands(n);
    const operands = row.operands.map((type, k): Local => {
      this.#operand(n, k + 1, type);
      const local = this.#frame.take('i32');
      code.set(local);
      return local;
    });
    if (rights) this.#checkRanges(n, row, operands);
    for (const local of operands) code.get(local);
    writePlain(code, row, routines);
    for (const local of operands) this.#frame.release('i32', local);
    if (!row.result) return;
    if (this.#uses[n] === 0) {
      code.op(op.drop);
    } else {
      this.#local[n] = this.#frame.take(row.result);
      code.set(this.#local[n]!);
    }
  }

  #checkRanges(n: number, row: OpRow, operands: readonly Local[]): void {
    const { code, routines } = this.#frame;
    this.#resumeUnless(n, () => {
      rangesOf(row.code).forEach(([operand, wanted], k) => {
        code
          .get(operands[operand - 1]!)
          .get(operands[2]!)
          .i32(wanted);
        code.call(routines.index('range_allowed'));
        if (k > 0) code.op(0x71);
      });
    });
  }

  /** Leaves the region before cell `n`, or the block, if 0 is pushed. */
  #resumeUnless(n: number, push: () => void, deeper = 0): void {
    const atHead = n === blockHead;
    const pc = atHead ? this.#node.block.pc : this.#pcOf(n);
    const spent = atHead ? this.#pending : this.#instructionsBefore(n);
    const label = this.#resumeLabel(this.#flow.resumeAt.get(n)!) + deeper;
    this.#frame.resumeUnless(label, pc, spent, push);
  }

  /**
   * Looks at the table of page rights for the accesses of `checks`, before cell `n`: most of the
   * time at one page of each, as that and the next one may be accessed.
   */
  #check(n: number, checks: readonly Check[]): void {
    const { code } = this.#frame;
    // In order of cells, so that none is computed within another; held until they were looked at.
    const sorted = [...checks].sort((a, b) => a.base - b.base);
    const held: number[] = [];
    const bases = sorted.map((check) => this.#base(n, check, held));
    const exact = (): void => {
      this.#pushAll(sorted, right, (check, k) => this.#pushRights(check, bases[k]!));
    };
    if (checks.every((check) => constantPage(check) !== undefined)) {
      this.#resumeUnless(n, exact);
    } else {
      const both = { read: right.readBoth, write: right.writeBoth };
      this.#pushAll(sorted, both, (check, k) => this.#pushFirst(check, bases[k]!));
      code.op(0x45).open('if');
      this.#resumeUnless(n, exact, 1);
      code.end();
    }
    for (const cell of held) {
      if (--this.#uses[cell]! === 0) {
        this.#frame.release(this.#row(cell).result!, this.#local[cell]!);
      }
    }
  }

  /** Pushes whether all of what `push` pushes has its bit; it gives how many values it pushed. */
  #pushAll(
    checks: readonly Check[],
    bits: { readonly read: number; readonly write: number },
    push: (check: Check, k: number) => number,
  ): void {
    const { code } = this.#frame;
    for (const write of [false, true]) {
      let pushed = 0;
      checks.forEach((check, k) => {
        if (check.write === write) pushed += push(check, k);
      });
      for (let k = 1; k < pushed; k++) code.op(0x71);
      if (pushed > 0) code.i32(write ? bits.write : bits.read).op(0x71);
    }
    const reads = checks.some((check) => !check.write);
    // Rights to write are twice those to read.
    if (reads && checks.some((check) => check.write)) code.i32(1).op(0x76).op(0x71);
  }

  /** Pushes the rights of the first and the last page of a check; gives how many. */
  #pushRights(check: Check, base: Base): number {
    if (constantPage(check) !== undefined || check.high - check.low === 1) {
      return this.#pushFirst(check, base);
    }
    this.#pushFirst(check, base);
    this.#pushPage(base, check.high - 1);
    return 2;
  }

  #pushFirst(check: Check, base: Base): number {
    const page = constantPage(check);
    if (page === undefined) this.#pushPage(base, check.low);
    else this.#frame.code.i32(page).memory(0x2d, this.#frame.rights);
    return 1;
  }

  /** Pushes the rights of the page of the byte at a distance from a base. */
  #pushPage({ push, less }: Base, distance: number): void {
    const { code, rights } = this.#frame;
    push();
    if (distance - less !== 0) code.i32((distance - less) | 0).op(0x6a);
    code.i32(12).op(0x76).memory(0x2d, rights);
  }

  /** How to push the value a check's bytes are at distances from, and what to take off those. */
  #base(n: number, check: Check, held: number[]): Base {
    const { code } = this.#frame;
    if (check.base < 0) return { push: () => void code.i32(0), less: 0 };
    const isGone = n !== blockHead && this.#isConsumed(check.base);
    const address = isGone ? check.operand : check.base;
    const less = isGone ? check.more : 0;
    if (address < stateOffset.temps) {
      const { type } = this.#frame.flow.slots[this.#frame.flow.slotNumber[address >> 2]!]!;
      return { push: () => this.#pushNarrow(this.#frame.slotLocal(address), type), less };
    }
    const cell = (address - stateOffset.temps) >> 4;
    if (n === blockHead) this.#computeEarly(cell);
    else if (this.#local[cell]! < 0) {
      this.#forget(cell);
      this.#materialise(cell);
    }
    this.#uses[cell]!++;
    held.push(cell);
    const type = this.#row(cell).result!;
    return { push: () => this.#pushNarrow(this.#local[cell]!, type), less };
  }

  #pushNarrow(local: Local, type: ValueType): void {
    this.#frame.code.get(local);
    if (type === 'i64') this.#frame.code.op(wrap);
  }

  /** Whether a cell was computed and its last reader was too. */
  #isConsumed(address: number): boolean {
    const cell = (address - stateOffset.temps) >> 4;
    if (address < stateOffset.temps) return false;
    // What became part of another expression has no local, and cannot be computed again.
    return this.#uses[cell] === 0 || (this.#written[cell] === 1 && this.#local[cell]! < 0);
  }

  /** Computes a cell that depends on guest state only where the block begins. */
  #computeEarly(cell: number): void {
    if (this.#local[cell]! >= 0) return;
    this.#prepareEarly(cell);
    this.#materialise(cell);
    this.#done[cell] = 1;
  }

  /** What is used elsewhere too gets a local; the rest becomes part of the expression. */
  #prepareEarly(cell: number): void {
    const bits = shapes[this.#words[cell * 4]! & 0xffff]!;
    for (let k = 1; k <= 3; k++) {
      const address = this.#words[cell * 4 + k]!;
      if (!(bits & (1 << (k - 1))) || address < stateOffset.temps) continue;
      const from = (address - stateOffset.temps) >> 4;
      if (this.#isConstant(from) || this.#local[from]! >= 0) continue;
      if (this.#uses[from]! > 1) {
        this.#computeEarly(from);
      } else {
        this.#prepareEarly(from);
        this.#done[from] = 1;
      }
    }
  }
}
