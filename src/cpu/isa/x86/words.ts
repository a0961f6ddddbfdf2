/**
 * Integer operations by operand width. A word of 8, 16 or 32 bits is an i32 that holds the value
 * *sign-extended* (so that signed and unsigned comparisons both order it rightly); one of 64 bits
 * is an i64.
 */

import type { Builder, I32, I64 } from '../../ir/builder.ts';
import { opCode } from '../../ir/rows.ts';
import type { Bits } from './instruction.ts';

/** A value in the representation of its width. */
export type Word = I32 | I64;

type Binary = (b: Builder, w: Bits, x: Word, y: Word) => Word;
type Compare = (b: Builder, w: Bits, x: Word, y: Word) => I32;

type PairName = 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'shl' | 'shr_s' | 'shr_u';
type CompareName =
  | 'eq'
  | 'ne'
  | 'lt_s'
  | 'lt_u'
  | 'le_s'
  | 'le_u'
  | 'gt_s'
  | 'gt_u'
  | 'ge_s'
  | 'ge_u';

function pair(name: PairName | 'rotl' | 'rotr'): Binary {
  const narrow = opCode[`i32_${name}`];
  const wide = opCode[`i64_${name}`];
  return (b, w, x, y) => b.cell(w === 64 ? wide : narrow, 0, x, y, 0) as Word;
}

function comparison(name: CompareName): Compare {
  const narrow = opCode[`i32_${name}`];
  const wide = opCode[`i64_${name}`];
  return (b, w, x, y) => b.cell(w === 64 ? wide : narrow, 0, x, y, 0) as I32;
}

/** Operations on words whose results may exceed the width: `normalize` sign-extends them again. */
export const word: Readonly<
  Record<
    'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'shl' | 'shrS' | 'shrU' | 'rotl' | 'rotr',
    Binary
  > &
    Record<'eq' | 'ne' | 'ltS' | 'ltU' | 'leS' | 'leU' | 'gtS' | 'gtU' | 'geS' | 'geU', Compare>
> = {
  add: pair('add'),
  sub: pair('sub'),
  mul: pair('mul'),
  and: pair('and'),
  or: pair('or'),
  xor: pair('xor'),
  shl: pair('shl'),
  shrS: pair('shr_s'),
  shrU: pair('shr_u'),
  rotl: pair('rotl'),
  rotr: pair('rotr'),
  eq: comparison('eq'),
  ne: comparison('ne'),
  ltS: comparison('lt_s'),
  ltU: comparison('lt_u'),
  leS: comparison('le_s'),
  leU: comparison('le_u'),
  gtS: comparison('gt_s'),
  gtU: comparison('gt_u'),
  geS: comparison('ge_s'),
  geU: comparison('ge_u'),
};

/** A constant word. */
export function constant(b: Builder, w: Bits, value: number): Word {
  return w === 64 ? b.const64(value) : b.const32(value);
}

/** Sign-extends the low `w` bits of an i32; words of 32 and 64 bits are returned as they are. */
export function normalize(b: Builder, w: Bits, x: Word): Word {
  if (w === 8) return b.i32_extend8_s(x as I32);
  if (w === 16) return b.i32_extend16_s(x as I32);
  return x;
}

/** The word zero-extended in its representation. */
export function unsigned(b: Builder, w: Bits, x: Word): Word {
  if (w === 8) return b.i32_and(x as I32, b.const32(0xff));
  if (w === 16) return b.i32_and(x as I32, b.const32(0xffff));
  return x;
}

/** Zero-extended to i64. */
export function toI64U(b: Builder, w: Bits, x: Word): I64 {
  return w === 64 ? (x as I64) : b.i64_extend_i32_u(unsigned(b, w, x) as I32);
}

/** Sign-extended to i64. */
export function toI64S(b: Builder, w: Bits, x: Word): I64 {
  return w === 64 ? (x as I64) : b.i64_extend_i32_s(x as I32);
}

/** The low `w` bits of an i64 as a word. */
export function fromI64(b: Builder, w: Bits, x: I64): Word {
  return w === 64 ? x : normalize(b, w, b.i32_wrap_i64(x));
}

/** The word's low 32 bits as i32. */
export function lowI32(b: Builder, w: Bits, x: Word): I32 {
  return w === 64 ? b.i32_wrap_i64(x as I64) : (x as I32);
}

/** `condition ? x : y`. */
export function select(b: Builder, w: Bits, x: Word, y: Word, condition: I32): Word {
  return w === 64
    ? b.i64_select(x as I64, y as I64, condition)
    : b.i32_select(x as I32, y as I32, condition);
}

/** 1 when the word is zero. */
export function isZero(b: Builder, w: Bits, x: Word): I32 {
  return w === 64 ? b.i64_eqz(x as I64) : b.i32_eqz(x as I32);
}

/** 1 when the word's sign bit is set. */
export function isNegative(b: Builder, w: Bits, x: Word): I32 {
  return word.ltS(b, w, x, constant(b, w, 0));
}
