/**
 * String instructions (SDM vol. 2, MOVS … STOS, REP). A repeated one does at most `chunkBytes` per
 * execution and
 * then jumps to itself with rcx, rsi and rdi brought up to date: it is restartable at every fault
 * and preemptible.
 */

import type { I32, I64 } from '../../ir/builder.ts';
import type { Bits } from './instruction.ts';
import { type Lowering, scratchAddress } from './lowering.ts';
import { flagSlots } from './registers.ts';
import type { Lower, RowSource } from './row.ts';
import { lowI32, normalize, type Word, word } from './words.ts';

/**
 * Unit of page protection: one execution of REP MOVS or REP STOS stays within a page, so that those
 * before a fault are done (SDM vol. 2, "REP": register values after an exception). Bytes.
 */
const chunkBytes = 4096;

/** Elements from an address to the end of its page; the one across it counts as one if `some`. */
function elementsOnPage(c: Lowering, address: I32, size: number, some: I64): I64 {
  const { b } = c;
  const left = b.i32_sub(b.const32(chunkBytes), b.i32_and(address, b.const32(chunkBytes - 1)));
  const whole = b.i64_extend_i32_u(b.i32_shr_u(left, b.const32(Math.log2(size))));
  return b.i64_select(whole, some, b.i64_ne(whole, b.const64(0)));
}

const smaller = ({ b }: Lowering, x: I64, y: I64): I64 => b.i64_select(x, y, b.i64_lt_u(x, y));

const elementBits = (c: Lowering): Bits => (c.i.row!.opcode & 1 ? c.i.size : 8);

/** Adds ±bytes (by DF) to rsi or rdi; with a count, that many elements. */
function advance(c: Lowering, register: number, bytes: I64): void {
  const { b } = c;
  const back = b.get(flagSlots.df);
  const step = b.i64_select(b.i64_sub(b.const64(0), bytes), bytes, back);
  c.putGpr(register, b.i64_add(c.gpr(register), step));
}

/** rcx, or ecx with a 67 prefix. */
function counter(c: Lowering): I64 {
  const { b } = c;
  return c.i.addressPrefix ? b.i64_extend_i32_u(b.i32_wrap_i64(c.gpr(1))) : c.gpr(1);
}

/** The address where rcx ≠ 0, else of the scratch word. */
function guarded(c: Lowering, address: I32, some: I32): I32 {
  return c.b.i32_select(address, c.b.const32(scratchAddress), some);
}

/** Ends a repeated instruction: again from its own address while `more`. */
function again(c: Lowering, more: I32): void {
  c.b.branch(more, c.i.pc);
}

/** rcx − n put; and 1 while anything is left. */
function countDown(c: Lowering, count: I64, n: I64): I32 {
  const { b } = c;
  const left = b.i64_sub(count, n);
  c.putGpr(1, left);
  return b.i64_ne(left, b.const64(0));
}

const some = (c: Lowering, count: I64): I32 => c.b.i64_ne(count, c.b.const64(0));

const movs: Lower = (c) => {
  const { b } = c;
  const w = elementBits(c);
  const size = w / 8;
  const source = c.stringAddress(6);
  const target = c.stringAddress(7);
  if (!c.i.repeat) {
    c.storeAt(w, target, c.loadAt(w, source));
    advance(c, 6, b.const64(size));
    advance(c, 7, b.const64(size));
    return;
  }
  const count = counter(c);
  const any = some(c, count);
  const bulk = bulkAllowed(c, source, target, size);
  const one = b.i64_extend_i32_u(any);
  const onPages = smaller(
    c,
    elementsOnPage(c, source, size, one),
    elementsOnPage(c, target, size, one),
  );
  const n = b.i64_select(smaller(c, count, onPages), one, bulk);
  const bytes = b.i64_mul(n, b.const64(size));
  const none = b.const32(0);
  const length = b.i32_wrap_i64(bytes);
  const [from, to] = [guarded(c, source, any), guarded(c, target, any)];
  b.memory_copy_forward(to, from, b.i32_select(length, none, bulk));
  b.memory_copy(to, from, b.i32_select(none, length, bulk));
  advance(c, 6, bytes);
  advance(c, 7, bytes);
  again(c, countDown(c, count, n));
};

/** Whether elements may be copied as bytes upwards: DF = 0 and no overlap inside one element. */
function bulkAllowed(c: Lowering, source: I32, target: I32, size: number): I32 {
  const { b } = c;
  const upwards = b.i32_eqz(b.get(flagSlots.df));
  if (size === 1) return upwards;
  const distance = b.i32_sub(b.i32_sub(target, source), b.const32(1));
  return b.i32_and(upwards, b.i32_ge_u(distance, b.const32(size - 1)));
}

const stos: Lower = (c) => {
  const { b } = c;
  const w = elementBits(c);
  const size = w / 8;
  const target = c.stringAddress(7);
  const value = c.readGpr(0, w);
  if (!c.i.repeat) {
    c.storeAt(w, target, value);
    advance(c, 7, b.const64(size));
    return;
  }
  const count = counter(c);
  const any = some(c, count);
  const low = b.i32_and(lowI32(b, w, value), b.const32(0xff));
  let bulk = b.i32_eqz(b.get(flagSlots.df));
  if (size > 1) bulk = b.i32_and(bulk, isRepeatedByte(c, w, value, low));
  const one = b.i64_extend_i32_u(any);
  const n = b.i64_select(smaller(c, count, elementsOnPage(c, target, size, one)), one, bulk);
  const bytes = b.i64_mul(n, b.const64(size));
  const to = guarded(c, target, any);
  const none = b.const32(0);
  const length = b.i32_wrap_i64(bytes);
  b.memory_fill(to, low, b.i32_select(length, none, bulk));
  // The one element of a pattern that is no repeated byte goes by way of the scratch word.
  const scratch = b.const32(scratchAddress);
  c.storeAt(w, scratch, value);
  b.memory_copy(to, scratch, b.i32_select(none, length, bulk));
  advance(c, 7, bytes);
  again(c, countDown(c, count, n));
};

function isRepeatedByte(c: Lowering, w: Bits, value: Word, low: I32): I32 {
  const { b } = c;
  if (w === 64) {
    const ones = b.const64Halves(0x01010101, 0x01010101);
    return b.i64_eq(value as I64, b.i64_mul(b.i64_extend_i32_u(low), ones));
  }
  const pattern = b.i32_mul(low, b.const32(w === 16 ? 0x0101 : 0x01010101));
  return word.eq(b, w, value, normalize(b, w, pattern));
}

const lods: Lower = (c) => {
  const { b } = c;
  const w = elementBits(c);
  const size = b.const64(w / 8);
  const source = c.stringAddress(6);
  if (!c.i.repeat) {
    c.writeGpr(0, w, c.loadAt(w, source));
    return advance(c, 6, size);
  }
  const count = counter(c);
  const any = some(c, count);
  const old = c.gpr(0);
  const value = c.loadAt(w, guarded(c, source, any));
  c.writeGpr(0, w, value);
  c.putGpr(0, b.i64_select(c.gpr(0), old, any));
  const one = b.i64_extend_i32_u(any);
  advance(c, 6, b.i64_mul(one, size));
  again(c, countDown(c, count, one));
};

/** SCAS (rAX − [rdi]) and CMPS ([rsi] − [rdi]): flags as CMP. */
const compareString =
  (withSource: boolean): Lower =>
  (c) => {
    const { b, i } = c;
    const w = elementBits(c);
    const size = b.const64(w / 8);
    const target = c.stringAddress(7);
    if (!i.repeat) {
      const x = withSource ? c.loadAt(w, c.stringAddress(6)) : c.readGpr(0, w);
      const y = c.loadAt(w, target);
      if (withSource) advance(c, 6, size);
      advance(c, 7, size);
      c.flags.subtract(w, x, y, normalize(b, w, word.sub(b, w, x, y)));
      return;
    }
    const count = counter(c);
    const any = some(c, count);
    const x = withSource ? c.loadAt(w, guarded(c, c.stringAddress(6), any)) : c.readGpr(0, w);
    const y = c.loadAt(w, guarded(c, target, any));
    const one = b.i64_extend_i32_u(any);
    const bytes = b.i64_mul(one, size);
    if (withSource) advance(c, 6, bytes);
    advance(c, 7, bytes);
    const left = countDown(c, count, one);
    compareFlags(c, w, x, y, any);
    const wanted = i.repeat === 0xf3 ? word.eq(b, w, x, y) : word.ne(b, w, x, y);
    again(c, b.i32_and(b.i32_and(left, wanted), any));
  };

/** The flags of x − y where `changed`, else as they were. */
function compareFlags(c: Lowering, w: Bits, x: Word, y: Word, changed: I32): void {
  const { b, flags } = c;
  const { zero, sign, af } = flagSlots;
  const old = [b.get(zero), b.get(sign)] as const;
  const [cf, of, oldAf] = [flags.carry(), flags.overflow(), b.get(af)];
  flags.subtract(w, x, y, normalize(b, w, word.sub(b, w, x, y)));
  const [newCf, newOf] = [flags.carry(), flags.overflow()];
  flags.forget();
  b.put(zero, b.i64_select(b.get(zero), old[0], changed));
  b.put(sign, b.i64_select(b.get(sign), old[1], changed));
  b.put(af, b.i32_select(b.get(af), oldAf, changed));
  flags.setCarry(b.i32_select(newCf, cf, changed));
  flags.setOverflow(b.i32_select(newOf, of, changed));
}

/** String instructions. */
// biome-ignore format: a table
export const stringRows: readonly RowSource[] = [
  ['A4', 'MOVSB', movs, 'string'], ['A5', 'MOVS', movs, 'string'],
  ['A6', 'CMPSB', compareString(true), 'string'], ['A7', 'CMPS', compareString(true), 'string'],
  ['AA', 'STOSB', stos, 'string'], ['AB', 'STOS', stos, 'string'],
  ['AC', 'LODSB', lods, 'string'], ['AD', 'LODS', lods, 'string'],
  ['AE', 'SCASB', compareString(false), 'string'], ['AF', 'SCAS', compareString(false), 'string'],
];
