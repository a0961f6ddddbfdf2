/** What an instruction's meaning is written against: its operands, and the builder. */

import type { Builder, I32, I64, V128 } from '../../ir/builder.ts';
import { guestBias } from '../../state.ts';
import { Flags } from './flags.ts';
import { type Bits, Instruction } from './instruction.ts';
import { registers, scratchWord, x87Slots } from './registers.ts';
import type { Operand } from './row.ts';
import { fromI64, lowI32, toI64U, type Word } from './words.ts';

/** Guest address of the scratch word, see `registers.ts`. */
export const scratchAddress: number = scratchWord.offset + guestBias;

/** What rdx is known to hold, for divisions: zero, the sign of rax, or nothing known. */
export type DividendHigh = 'unknown' | 'zero' | 'sign';

/** Operands and state of the instruction being lowered; one object serves all. */
export class Lowering {
  readonly i: Instruction = new Instruction();
  readonly flags: Flags = new Flags();
  b!: Builder;
  dividendHigh: DividendHigh = 'unknown';
  #address = -1;
  #displacement = 0;
  /**
   * Where the cells of the previous instruction of the block ended: what is known holds from there.
   */
  #end = -1;
  #builder: Builder | undefined;
  /** Which half of ymm registers and 256-bit memory is meant: an instruction is lowered twice. */
  half: 0 | 1 = 0;
  /** Vector results of a VEX instruction: put when all operands have been read. */
  readonly #results: { operand: Operand; half: 0 | 1; value: V128 }[] = [];

  /** Prepares for the decoded instruction `i`; forgets what was known unless the block goes on. */
  begin(b: Builder): void {
    this.b = b;
    this.#address = -1;
    this.#results.length = 0;
    this.half = 0;
    if (b !== this.#builder || b.count !== this.#end || b.instructions === 0) {
      this.flags.forget();
      this.dividendHigh = 'unknown';
      this.#builder = b;
    }
    b.beginInstruction(this.i.pc, this.i.bytes);
    this.flags.b = b;
  }

  /** Ends the instruction. */
  end(): void {
    this.#putResults();
    this.#end = this.b.ended ? -1 : this.b.count;
  }

  // Registers

  /** All 64 bits of a general register. */
  gpr(n: number): I64 {
    return this.b.get(registers.gpr[n]!);
  }

  putGpr(n: number, value: I64): void {
    if (n === 2 || (n === 0 && this.dividendHigh === 'sign')) this.dividendHigh = 'unknown';
    this.b.put(registers.gpr[n]!, value);
  }

  /** A general register as a word of `w` bits; `high` means AH, CH, DH, BH. */
  readGpr(n: number, w: Bits, high = false): Word {
    const { b } = this;
    if (!high) return fromI64(b, w, this.gpr(n));
    const shifted = b.i32_shr_s(b.i32_extend16_s(b.i32_wrap_i64(this.gpr(n - 4))), b.const32(8));
    return shifted;
  }

  /**
   * Writes a register: 32-bit results zero-extend, narrower ones keep the rest (SDM vol. 1,
   * 3.4.1.1).
   */
  writeGpr(n: number, w: Bits, value: Word, high = false): void {
    const { b } = this;
    if (w === 64) {
      this.putGpr(n, value as I64);
      return;
    }
    if (w === 32) {
      this.putGpr(n, b.i64_extend_i32_u(value as I32));
      return;
    }
    const register = high ? n - 4 : n;
    const shift = high ? 8 : 0;
    const mask = (w === 8 ? 0xff : 0xffff) << shift;
    let bits = b.i32_and(value as I32, b.const32(w === 8 ? 0xff : 0xffff));
    if (high) bits = b.i32_shl(bits, b.const32(8));
    const kept = b.i64_and(this.gpr(register), b.const64(-1 - mask));
    this.putGpr(register, b.i64_or(kept, b.i64_extend_i32_u(bits)));
  }

  // Memory

  /** The segment base, or undefined where it is zero. */
  #segmentBase(): I64 | undefined {
    if (this.i.segment === 0x64) return this.b.get(registers.fsBase);
    if (this.i.segment === 0x65) return this.b.get(registers.gsBase);
    return undefined;
  }

  /** Computes the memory operand's address once; `displacement` is to be added by the access. */
  address(): I32 {
    if (this.#address < 0) this.#computeAddress();
    return this.#address as I32;
  }

  get displacement(): number {
    return this.#displacement;
  }

  /** The address with the displacement added: for accesses that need it as a value. */
  flatAddress(): I32 {
    const address = this.address();
    if (this.#displacement === 0) return address;
    this.#address = this.b.i32_add(address, this.b.const32(this.#displacement));
    this.#displacement = 0;
    return this.#address as I32;
  }

  #computeAddress(): void {
    const { b, i } = this;
    this.#displacement = i.displacement;
    let sum: I32 | undefined;
    const add = (term: I32): void => {
      sum = sum === undefined ? term : b.i32_add(sum, term);
    };
    if (i.base === 16) this.#displacement = (i.displacement + i.pc + i.bytes) | 0;
    else if (i.base >= 0) add(b.i32_wrap_i64(this.gpr(i.base)));
    if (i.index >= 0) {
      const index = b.i32_wrap_i64(this.gpr(i.index));
      add(i.scale ? b.i32_shl(index, b.const32(i.scale)) : index);
    }
    const segment = this.#segmentBase();
    if (segment !== undefined) add(b.i32_wrap_i64(segment));
    if (sum === undefined) {
      sum = b.const32(this.#displacement);
      this.#displacement = 0;
    }
    this.#address = sum;
  }

  /** Uses `address` (with nothing to add) as the memory operand's address. */
  useAddress(address: I32): void {
    this.#address = address;
    this.#displacement = 0;
  }

  /** The address of a string operand: rsi (with the segment override) or rdi. */
  stringAddress(register: number): I32 {
    const { b } = this;
    const base = b.i32_wrap_i64(this.gpr(register));
    const segment = register === 6 ? this.#segmentBase() : undefined;
    return segment === undefined ? base : b.i32_add(base, b.i32_wrap_i64(segment));
  }

  /** The effective address as 64 bits, for LEA. */
  effectiveAddress64(): I64 {
    const { b, i } = this;
    if (i.base === 16) return b.const64((i.displacement + i.pc + i.bytes) >>> 0);
    let sum: I64 | undefined = i.base >= 0 ? this.gpr(i.base) : undefined;
    if (i.index >= 0) {
      const index = this.gpr(i.index);
      const term = i.scale ? b.i64_shl(index, b.const64(i.scale)) : index;
      sum = sum === undefined ? term : b.i64_add(sum, term);
    }
    if (sum === undefined) return b.const64(i.displacement);
    return i.displacement ? b.i64_add(sum, b.const64(i.displacement)) : sum;
  }

  loadAt(w: Bits, address: I32, displacement = 0): Word {
    const { b } = this;
    if (w === 8) return b.i32_load8_s(address, displacement);
    if (w === 16) return b.i32_load16_s(address, displacement);
    return w === 32 ? b.i32_load(address, displacement) : b.i64_load(address, displacement);
  }

  storeAt(w: Bits, address: I32, value: Word, displacement = 0): void {
    const { b } = this;
    if (w === 8) b.i32_store8(address, value as I32, displacement);
    else if (w === 16) b.i32_store16(address, value as I32, displacement);
    else if (w === 32) b.i32_store(address, value as I32, displacement);
    else b.i64_store(address, value as I64, displacement);
  }

  load(w: Bits): Word {
    return this.loadAt(w, this.address(), this.#displacement);
  }

  store(w: Bits, value: Word): void {
    this.storeAt(w, this.address(), value, this.#displacement);
  }

  // Operands

  operand(n: number): Operand {
    const { merges, operands } = this.i.row!;
    return operands[merges && n > 0 ? n + 1 : n]!;
  }

  /** Width of integer operand n in bits. */
  width(n: number): Bits {
    const { bits } = this.operand(n);
    if (bits === 0) return this.i.size;
    if (bits === 1) return this.i.rex & 8 ? 64 : 32;
    return bits as Bits;
  }

  /** Number of the register operand n. */
  registerNumber(n: number): number {
    return this.#numberOf(this.operand(n));
  }

  #numberOf(operand: Operand): number {
    const { i } = this;
    switch (operand.place) {
      case 'reg':
        return operand.file === 'mm' || operand.file === 'segment' ? i.reg & 7 : i.reg;
      case 'rm':
        return operand.file === 'mm' || operand.file === 'st' ? i.rm & 7 : i.rm;
      case 'opcode':
        return i.opcodeReg;
      case 'vvvv':
        return i.vvvv;
      default:
        return operand.number;
    }
  }

  #isHigh(n: number, operand: Operand): boolean {
    return operand.bits === 8 && operand.place !== 'fixed' && this.i.rex === 0 && n >= 4 && n < 8;
  }

  /** Reads integer operand n as a word of `w` bits (its own width by default). */
  read(n: number, w: Bits = this.width(n)): Word {
    const operand = this.operand(n);
    const { b, i } = this;
    if (operand.place === 'immediate') {
      if (w !== 64) return b.const32(i.immediate);
      return b.const64Halves(i.immediate, i.immediateHigh);
    }
    if (operand.place === 'offset') return this.loadAt(w, b.const32(i.immediate));
    if (operand.file === 'none' && operand.place === 'fixed') return b.const32(operand.number);
    if (operand.place === 'rm' && i.inMemory) return this.load(w);
    const register = this.registerNumber(n);
    return this.readGpr(register, w, this.#isHigh(register, operand));
  }

  /** Writes integer operand n. */
  write(n: number, value: Word, w: Bits = this.width(n)): void {
    const operand = this.operand(n);
    const { b, i } = this;
    if (operand.place === 'offset') {
      this.storeAt(w, b.const32(i.immediate), value);
      return;
    }
    if (operand.place === 'rm' && i.inMemory) {
      this.store(w, value);
      return;
    }
    const register = this.registerNumber(n);
    this.writeGpr(register, w, value, this.#isHigh(register, operand));
  }

  /** Whether operands x and y are the same register. */
  sameRegister(x: number, y: number): boolean {
    const { i } = this;
    if (i.inMemory) return false;
    const [p, q] = [this.operand(x), this.operand(y)];
    if (p.file !== q.file || p.file === 'none') return false;
    const [m, n] = [this.registerNumber(x), this.registerNumber(y)];
    return m === n && this.#isHigh(m, p) === this.#isHigh(n, q);
  }

  // Vectors

  xmm(n: number): V128 {
    return this.b.get(registers.xmm[n]!);
  }

  /** The upper half of ymm n. */
  ymmHigh(n: number): V128 {
    return this.b.get(registers.ymmHigh[n]!);
  }

  /**
   * Reads vector operand n: 128 bits, or where its memory form is shorter, that much in the low
   * lane. Of a 256-bit instruction, the current half; an xmm operand of one is half as long (the
   * source of a widening), unless the row has the note `count`.
   */
  readVector(n: number): V128 {
    const row = this.i.row!;
    const operand = row.merges && n === 0 ? row.operands[1]! : this.operand(n);
    if (operand.file === 'mm' && !(operand.place === 'rm' && this.i.inMemory)) {
      return this.b.i64x2_splat(this.mm(this.registerNumber(n)));
    }
    const halved = row.vectorLength === 1 && !row.notes.includes('count');
    const bits = halved ? operand.bits >> 1 : operand.bits;
    const skip = halved ? (this.half * bits) / 8 : 0;
    if (operand.place === 'rm' && this.i.inMemory) return this.#loadVector(bits, skip);
    const number = this.#numberOf(operand);
    if (operand.wide) return this.half ? this.ymmHigh(number) : this.xmm(number);
    const x = this.xmm(number);
    if (skip === 0) return x;
    return this.b.shuffle(
      x,
      x,
      Array.from({ length: 16 }, (_, k) => (k + skip) & 15),
    );
  }

  #loadVector(bits: number, skip: number): V128 {
    const { b } = this;
    const address = this.address();
    const displacement = this.#displacement + skip;
    if (bits === 128) return b.v128_load(address, displacement);
    if (bits === 64) return b.i64x2_splat(b.i64_load(address, displacement));
    if (bits === 32) return b.i32x4_splat(b.i32_load(address, displacement));
    return b.i32x4_splat(b.i32_load16_u(address, displacement));
  }

  /** Writes vector operand n (for memory: its low bits of the operand's width). */
  writeVector(n: number, value: V128): void {
    const operand = this.operand(n);
    const { i } = this;
    if (i.row!.map > 3) {
      this.#results.push({ operand, half: this.half, value });
    } else if (operand.place === 'rm' && i.inMemory) {
      this.#storeVector(operand.bits, 0, value);
    } else if (operand.file === 'mm') {
      this.putMm(this.registerNumber(n), this.b.i64x2_extract_lane(0, value));
    } else {
      this.b.put(registers.xmm[this.registerNumber(n)]!, value);
    }
  }

  #storeVector(bits: number, skip: number, value: V128): void {
    const { b } = this;
    const address = this.address();
    const displacement = this.#displacement + skip;
    if (bits === 128) b.v128_store(address, value, displacement);
    else if (bits === 64) b.i64_store(address, b.i64x2_extract_lane(0, value), displacement);
    else b.i32_store(address, b.i32x4_extract_lane(0, value), displacement);
  }

  /**
   * Puts the results of a VEX instruction, upper halves first (where the upper half of a store does
   * not fault, neither does the lower one). A register's upper half that was not written is
   * cleared.
   */
  #putResults(): void {
    const results = this.#results;
    if (results.length === 0) return;
    for (const { operand, half, value } of results.reverse()) {
      if (operand.place === 'rm' && this.i.inMemory) {
        this.#storeVector(Math.min(operand.bits, 128), 16 * half, value);
        continue;
      }
      const number = this.#numberOf(operand);
      this.b.put((half ? registers.ymmHigh : registers.xmm)[number]!, value);
      if (!half && !operand.wide) this.clearUpper(number);
    }
    results.length = 0;
  }

  /** Takes back the value written last by a VEX instruction. */
  takeResult(): V128 {
    const result = this.#results.pop();
    if (!result) throw new Error('no result to take');
    return result.value;
  }

  /** One half of vector operand n of a 256-bit instruction. */
  readHalf(n: number, half: 0 | 1): V128 {
    this.half = half;
    const value = this.readVector(n);
    this.half = 0;
    return value;
  }

  /** Writes both halves of a ymm operand. */
  writeHalves(n: number, low: V128, high: V128): void {
    this.writeVector(n, low);
    this.half = 1;
    this.writeVector(n, high);
    this.half = 0;
  }

  /** Clears the upper half of ymm n. */
  clearUpper(n: number): void {
    this.b.put(registers.ymmHigh[n]!, this.b.constV128(0, 0, 0, 0));
  }

  mm(n: number): I64 {
    return this.b.peek(x87Slots.significand[n]!);
  }

  /** Writes an MMX register: the x87 register's exponent becomes all ones (SDM vol. 1, 9.6.2). */
  putMm(n: number, value: I64): void {
    const { b } = this;
    b.poke(x87Slots.significand[n]!, value);
    b.poke(x87Slots.exponent[n]!, b.const32(0xffff));
    this.enterMmx();
  }

  /** An MMX instruction makes all x87 registers valid and TOP zero (SDM vol. 1, 9.6.2). */
  enterMmx(): void {
    const { b } = this;
    b.poke(x87Slots.top, b.const32(0));
    b.poke(x87Slots.empty, b.const32(0));
  }

  /**
   * Faults unless the `bytes` bytes at `address` may be read, or written: what a routine will
   * do to less than a page.
   */
  touch(address: I32, bytes: number, write: boolean): void {
    const { b } = this;
    for (const at of [0, bytes - 8]) {
      const value = b.i64_load(address, at);
      if (write) b.i64_store(address, value, at);
    }
  }

  // The stack

  /** Pushes a word of 16 or 64 bits: the store comes first, so that a fault leaves rsp alone. */
  push(w: Bits, value: Word): void {
    const { b } = this;
    const rsp = b.i64_sub(this.gpr(4), b.const64(w / 8));
    this.storeAt(w, b.i32_wrap_i64(rsp), value);
    this.putGpr(4, rsp);
  }

  /** Whatever the width, a 64-bit value whose upper bits are zero. */
  zeroExtended(w: Bits, value: Word): I64 {
    return toI64U(this.b, w, value);
  }

  /** The low 32 bits of an integer operand. */
  readI32(n: number): I32 {
    return lowI32(this.b, this.width(n), this.read(n));
  }
}
