/**
 * The arithmetic flags while a block is lowered. Every producer writes the slots (`registers.ts`
 * says in which
 * form) and remembers the values it had in hand, so that a consumer in the same block tests them
 * directly
 * and the writes can vanish.
 */

import type { Builder, F64, I32, I64 } from '../../ir/builder.ts';
import type { Bits } from './instruction.ts';
import { flagBit, flagSlots, otherFlagsMask } from './registers.ts';
import { constant, isNegative, isZero, lowI32, toI64S, type Word, word } from './words.ts';

/** Condition codes by the low four bits of the opcode (SDM vol. 1, appendix B). */
export const conditionNames: readonly string[] = 'O NO B AE E NE BE A S NS P NP L GE LE G'.split(
  ' ',
);

/** Producers and consumers of the arithmetic flags. */
export class Flags {
  b!: Builder;
  /** Operands of a comparison or subtraction whose flags are current. */
  #compared: { w: Bits; x: Word; y: Word } | undefined;
  /** Operands of a floating-point comparison. */
  #floats: { x: F64; y: F64 } | undefined;
  /** The result zero and sign derive from. */
  #result: { w: Bits; value: Word } | undefined;
  #cf: I32 | undefined;
  #of: I32 | undefined;

  forget(): void {
    this.#compared = undefined;
    this.#floats = undefined;
    this.#result = undefined;
    this.#cf = undefined;
    this.#of = undefined;
  }

  /** ZF, SF and PF from a result. */
  setResult(w: Bits, result: Word): void {
    const { b } = this;
    const wide = toI64S(b, w, result);
    b.put(flagSlots.zero, wide);
    b.put(flagSlots.sign, wide);
    this.#compared = undefined;
    this.#floats = undefined;
    this.#result = { w, value: result };
  }

  setCarry(cf: I32): void {
    this.b.put(flagSlots.cf, cf);
    this.#compared = undefined;
    this.#floats = undefined;
    this.#cf = cf;
  }

  setOverflow(of: I32): void {
    this.b.put(flagSlots.of, of);
    this.#compared = undefined;
    this.#of = of;
  }

  /** AF = bit 4 of x ^ y ^ result; the result is in `sign`. */
  setAuxiliary(w: Bits, x: Word, y: Word): void {
    const { b } = this;
    b.put(flagSlots.af, lowI32(b, w, word.xor(b, w, x, y)));
  }

  /** AF = 0 after `setResult(w, result)`. */
  clearAuxiliary(w: Bits, result: Word): void {
    this.b.put(flagSlots.af, lowI32(this.b, w, result));
  }

  add(w: Bits, x: Word, y: Word, result: Word): void {
    const { b } = this;
    this.setResult(w, result);
    this.setCarry(word.ltU(b, w, result, x));
    this.setOverflow(b.i32_xor(word.ltS(b, w, result, x), isNegative(b, w, y)));
    this.setAuxiliary(w, x, y);
  }

  /** Flags of x − y. */
  subtract(w: Bits, x: Word, y: Word, result: Word): void {
    const { b } = this;
    this.setResult(w, result);
    this.setCarry(word.ltU(b, w, x, y));
    this.setOverflow(b.i32_xor(word.ltS(b, w, x, y), isNegative(b, w, result)));
    this.setAuxiliary(w, x, y);
    this.#compared = { w, x, y };
  }

  logic(w: Bits, result: Word): void {
    const zero = this.b.const32(0);
    this.setResult(w, result);
    this.setCarry(zero);
    this.setOverflow(zero);
    this.clearAuxiliary(w, result);
  }

  /** ZF, PF, CF of COMIS and UCOMIS; the others are cleared (SDM vol. 2, COMISD). */
  compareFloats(x: F64, y: F64): void {
    const { b } = this;
    const above = b.f64_gt(x, y);
    const below = b.f64_ge(x, y);
    const unordered = b.i32_or(b.f64_ne(x, x), b.f64_ne(y, y));
    const cf = b.i32_eqz(below);
    // Equal or unordered: neither greater nor ordered-less.
    this.setRaw(b.i32_or(above, b.f64_lt(x, y)), b.i32_eqz(unordered));
    this.setCarry(cf);
    this.setOverflow(b.const32(0));
    this.#floats = { x, y };
  }

  /** ZF = (zero = 0), PF = even parity of `sign`; SF = AF = 0. `sign` is 0 or 1. */
  setRaw(zero: I32, sign: I32): void {
    const { b } = this;
    b.put(flagSlots.zero, b.i64_extend_i32_u(zero));
    b.put(flagSlots.sign, b.i64_extend_i32_u(sign));
    b.put(flagSlots.af, sign);
    this.#result = undefined;
    this.#compared = undefined;
    this.#floats = undefined;
  }

  /** ZF alone; the other flags stay. */
  setZero(zero: I64): void {
    this.b.put(flagSlots.zero, zero);
    this.#result = undefined;
    this.#compared = undefined;
    this.#floats = undefined;
  }

  /** CF as 0 or 1. */
  carry(): I32 {
    return this.#cf ?? this.b.get(flagSlots.cf);
  }

  overflow(): I32 {
    return this.#of ?? this.b.get(flagSlots.of);
  }

  #zero(): I32 {
    const { b } = this;
    const result = this.#result;
    return result ? isZero(b, result.w, result.value) : b.i64_eqz(b.get(flagSlots.zero));
  }

  #sign(): I32 {
    const { b } = this;
    const result = this.#result;
    if (result) return isNegative(b, result.w, result.value);
    return b.i64_lt_s(b.get(flagSlots.sign), b.const64(0));
  }

  #parity(): I32 {
    const { b } = this;
    const low = this.#result
      ? lowI32(b, this.#result.w, this.#result.value)
      : b.i32_wrap_i64(b.get(flagSlots.sign));
    const bits = b.i32_popcnt(b.i32_and(low, b.const32(0xff)));
    return b.i32_eqz(b.i32_and(bits, b.const32(1)));
  }

  /** Condition `code` (low four bits of Jcc, SETcc, CMOVcc) as 0 or 1. */
  condition(code: number): I32 {
    const { b } = this;
    const direct = this.#direct(code);
    if (direct !== undefined) return direct;
    const positive = this.#positive(code >> 1);
    return code & 1 ? b.i32_eqz(positive) : positive;
  }

  #positive(kind: number): I32 {
    const { b } = this;
    switch (kind) {
      case 0:
        return this.overflow();
      case 1:
        return this.carry();
      case 2:
        return this.#zero();
      case 3:
        return b.i32_or(this.carry(), this.#zero());
      case 4:
        return this.#sign();
      case 5:
        return this.#parity();
      case 6:
        return b.i32_xor(this.#sign(), this.overflow());
      default:
        return b.i32_or(this.#zero(), b.i32_xor(this.#sign(), this.overflow()));
    }
  }

  /** The condition straight from a comparison's operands, where that is known and shorter. */
  #direct(code: number): I32 | undefined {
    const { b } = this;
    if (this.#floats) return this.#directFloats(code);
    const compared = this.#compared;
    if (compared) {
      const { w, x, y } = compared;
      switch (code) {
        case 2:
          return word.ltU(b, w, x, y);
        case 3:
          return word.geU(b, w, x, y);
        case 4:
          return word.eq(b, w, x, y);
        case 5:
          return word.ne(b, w, x, y);
        case 6:
          return word.leU(b, w, x, y);
        case 7:
          return word.gtU(b, w, x, y);
        case 12:
          return word.ltS(b, w, x, y);
        case 13:
          return word.geS(b, w, x, y);
        case 14:
          return word.leS(b, w, x, y);
        case 15:
          return word.gtS(b, w, x, y);
      }
    }
    const result = this.#result;
    if (!result) return undefined;
    const { w, value } = result;
    if (code === 5) return word.ne(b, w, value, constant(b, w, 0));
    if (code === 9) return word.geS(b, w, value, constant(b, w, 0));
    return undefined;
  }

  #directFloats(code: number): I32 | undefined {
    const { b } = this;
    const { x, y } = this.#floats!;
    if (code === 7) return b.f64_gt(x, y);
    if (code === 3) return b.f64_ge(x, y);
    return undefined;
  }

  /** RFLAGS as PUSHF and SYSCALL show them: IF and bit 1 set. */
  rflags(): I64 {
    const { b } = this;
    const bit = (value: I32, shift: number): I32 => b.i32_shl(value, b.const32(shift));
    let flags = b.i32_or(this.statusByte(), b.const32(0x200));
    flags = b.i32_or(flags, bit(b.get(flagSlots.df), 10));
    flags = b.i32_or(flags, bit(this.overflow(), 11));
    flags = b.i32_or(flags, b.get(flagSlots.otherFlags));
    return b.i64_extend_i32_u(flags);
  }

  /** SF, ZF, AF, PF, CF and bit 1 in the places of RFLAGS: what LAHF loads. */
  statusByte(): I32 {
    const { b } = this;
    const bit = (value: I32, shift: number): I32 => b.i32_shl(value, b.const32(shift));
    const sign = b.i32_wrap_i64(b.get(flagSlots.sign));
    const af = b.i32_and(b.i32_xor(b.get(flagSlots.af), sign), b.const32(flagBit.af));
    let flags = b.i32_or(this.carry(), b.const32(2));
    flags = b.i32_or(flags, bit(this.#parity(), 2));
    flags = b.i32_or(flags, af);
    flags = b.i32_or(flags, bit(this.#zero(), 6));
    return b.i32_or(flags, bit(this.#sign(), 7));
  }

  /** SF, ZF, AF, PF, CF from an i32 with the bits of RFLAGS (SAHF). */
  setStatusByte(flags: I32): void {
    const { b } = this;
    const at = (shift: number): I32 =>
      b.i32_and(b.i32_shr_u(flags, b.const32(shift)), b.const32(1));
    const sf = b.i64_shl(b.i64_extend_i32_u(at(7)), b.const64(63));
    const odd = b.i64_extend_i32_u(b.i32_eqz(at(2)));
    b.put(flagSlots.sign, b.i64_or(sf, odd));
    b.put(flagSlots.zero, b.i64_extend_i32_u(b.i32_eqz(at(6))));
    b.put(flagSlots.af, b.i32_and(flags, b.const32(flagBit.af)));
    this.forget();
    this.setCarry(at(0));
  }

  /** All flags a program can change, from an i32 with the bits of RFLAGS (POPF). */
  setRflags(flags: I32, withOther: boolean): void {
    const { b } = this;
    const at = (shift: number): I32 =>
      b.i32_and(b.i32_shr_u(flags, b.const32(shift)), b.const32(1));
    this.setStatusByte(flags);
    this.setOverflow(at(11));
    b.put(flagSlots.df, at(10));
    // POPFW reaches only NT of the other bits.
    const mask = withOther ? otherFlagsMask : otherFlagsMask & 0xffff;
    const set = b.i32_and(flags, b.const32(mask));
    const kept = b.i32_and(b.get(flagSlots.otherFlags), b.const32(~mask));
    b.put(flagSlots.otherFlags, withOther ? set : b.i32_or(set, kept));
  }
}
