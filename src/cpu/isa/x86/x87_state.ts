/** The x87 register stack in the state area, as routines see it. */

import { GuestTrap } from '../../trap.ts';
import {
  conditionBit,
  type Environment,
  type Extended,
  exceptionBit,
  indefinite,
} from './extended.ts';
import { controlInitial, x87Slots } from './registers.ts';

const precisions = [24, 24, 53, 64] as const;

/** What a trap tells (bits as of s390x's DXC, see `linux/kernel/faults.ts`), by exception. */
const trapDetails: readonly (readonly [number, number])[] = [
  [exceptionBit.invalid, 0x80],
  [exceptionBit.zeroDivide, 0x40],
  [exceptionBit.overflow, 0x20],
  [exceptionBit.underflow | exceptionBit.denormal, 0x10],
  [exceptionBit.precision, 0x08],
];

/** One instruction's view of the x87 state; also the rounding environment of its arithmetic. */
export class Fpu implements Environment {
  readonly view: DataView;
  readonly rounding: number;
  readonly precision: number;
  flags = 0;
  roundedUp = false;

  /**
   * An unmasked exception of an earlier instruction is reported by the next one that waits (#MF,
   * SDM vol. 1, 8.7.1); parts of instructions and those named FN… do not wait.
   */
  constructor(view: DataView, waits = true) {
    this.view = view;
    if (waits && this.status & 0x80) this.#report();
    const control = this.control;
    this.rounding = (control >> 10) & 3;
    this.precision = precisions[(control >> 8) & 3]!;
  }

  get control(): number {
    return this.view.getInt32(x87Slots.control.offset, true);
  }

  set control(value: number) {
    this.view.setInt32(x87Slots.control.offset, value & 0xffff, true);
  }

  /** Without TOP. */
  get status(): number {
    return this.view.getInt32(x87Slots.status.offset, true);
  }

  set status(value: number) {
    this.view.setInt32(x87Slots.status.offset, value & 0xc7ff, true);
  }

  get top(): number {
    return this.view.getInt32(x87Slots.top.offset, true);
  }

  set top(value: number) {
    this.view.setInt32(x87Slots.top.offset, value & 7, true);
  }

  /** Bit n: physical register n is empty. */
  get empty(): number {
    return this.view.getInt32(x87Slots.empty.offset, true);
  }

  set empty(value: number) {
    this.view.setInt32(x87Slots.empty.offset, value & 0xff, true);
  }

  #report(): never {
    const pending = this.status & ~this.control & 0x3f;
    const [, detail] = trapDetails.find(([bits]) => pending & bits) ?? [0, 0x80];
    throw new GuestTrap('arithmetic', 0, { detail });
  }

  /** Whether an unmasked exception found before the result keeps it from being written. */
  get isSuppressed(): boolean {
    const { invalid, denormal, zeroDivide } = exceptionBit;
    return (this.flags & ~this.control & (invalid | denormal | zeroDivide)) !== 0;
  }

  physical(i: number): number {
    return (this.top + i) & 7;
  }

  isEmpty(i: number): boolean {
    return ((this.empty >> this.physical(i)) & 1) === 1;
  }

  /** ST(i) without looking at its tag. */
  raw(i: number): Extended {
    const n = this.physical(i);
    return {
      exponent: this.view.getInt32(x87Slots.exponent[n]!.offset, true) & 0xffff,
      significand: this.view.getBigUint64(x87Slots.significand[n]!.offset, true),
    };
  }

  /** ST(i); an empty register is a stack underflow, whose masked answer is the indefinite. */
  st(i: number): Extended {
    if (!this.isEmpty(i)) return this.raw(i);
    this.underflow();
    return indefinite;
  }

  /** Stack underflow: C1 = 0. */
  underflow(): void {
    this.flags |= exceptionBit.invalid | exceptionBit.stack;
  }

  setSt(i: number, value: Extended): void {
    if (this.isSuppressed) return;
    const n = this.physical(i);
    this.view.setInt32(x87Slots.exponent[n]!.offset, value.exponent, true);
    this.view.setBigUint64(x87Slots.significand[n]!.offset, value.significand, true);
    this.empty &= ~(1 << n);
  }

  /** Pushes; onto a full stack it is an overflow (C1 = 1) and pushes the indefinite. */
  push(value: Extended): void {
    const full = !this.isEmpty(7);
    if (full) {
      this.flags |= exceptionBit.invalid | exceptionBit.stack;
      this.roundedUp = true;
    }
    if (this.isSuppressed) return;
    this.top = this.top - 1;
    this.setSt(0, full ? indefinite : value);
  }

  /** Pushes without looking at tags: after a fault that has been reported already. */
  pushUnchecked(value: Extended): void {
    this.top = this.top - 1;
    this.setSt(0, value);
  }

  pop(): void {
    if (this.isSuppressed) return;
    this.empty |= 1 << this.top;
    this.top = this.top + 1;
  }

  /** Adds the exceptions met to the status word, with C1 = "rounded up" (or stack overflow). */
  finish(): void {
    let status = (this.status & ~conditionBit.c1) | this.flags;
    if (this.roundedUp) status |= conditionBit.c1;
    this.setStatus(status);
  }

  /** Sets the status word; ES and B follow from unmasked exceptions. */
  setStatus(status: number): void {
    const pending = (status & ~this.control & 0x3f) !== 0;
    this.status = (status & ~0x8080) | (pending ? 0x8080 : 0);
  }

  /** Adds the exceptions; C1 changes only with a stack fault (FCOMI, FCMOV on processors). */
  finishKeepingC1(): void {
    if (this.flags & exceptionBit.stack) this.finish();
    else this.setStatus(this.status | this.flags);
  }

  /** C0…C3 as given, after adding exceptions. */
  finishWith(conditions: number): void {
    const { c0, c1, c2, c3 } = conditionBit;
    this.setStatus((this.status & ~(c0 | c1 | c2 | c3)) | this.flags | conditions);
  }

  /** FNINIT. */
  initialize(): void {
    this.control = controlInitial;
    this.status = 0;
    this.top = 0;
    this.empty = 0xff;
  }

  /** The tag word: 0 valid, 1 zero, 2 special, 3 empty, two bits a physical register. */
  tagWord(): number {
    let word = 0;
    for (let n = 0; n < 8; n++) word |= this.#tag((n - this.top) & 7) << (2 * n);
    return word;
  }

  #tag(i: number): number {
    if (this.isEmpty(i)) return 3;
    const { exponent, significand } = this.raw(i);
    const e = exponent & 0x7fff;
    if (e === 0 && significand === 0n) return 1;
    return e === 0 || e === 0x7fff || significand >> 63n === 0n ? 2 : 0;
  }

  setTagWord(word: number): void {
    let empty = 0;
    for (let n = 0; n < 8; n++) if (((word >> (2 * n)) & 3) === 3) empty |= 1 << n;
    this.empty = empty;
  }
}
