/** Where semantics take an operand from: a register, storage or an immediate, widened as named. */

import type { I32, I64 } from '../../ir/builder.ts';
import type { Lowering } from './lowering.ts';

export type Source32 = (z: Lowering) => I32;
export type Source64 = (z: Lowering) => I64;

const register32 =
  (field: 'r1' | 'r2' | 'r3'): Source32 =>
  (z) =>
    z.r32(z[field]);
const register64 =
  (field: 'r1' | 'r2' | 'r3'): Source64 =>
  (z) =>
    z.r64(z[field]);

/** Low halves of registers. */
export const r1w: Source32 = register32('r1');
export const r2w: Source32 = register32('r2');
export const r3w: Source32 = register32('r3');
/** High halves. */
export const r1h: Source32 = (z) => z.high32(z.r1);
export const r2h: Source32 = (z) => z.high32(z.r2);
export const r3h: Source32 = (z) => z.high32(z.r3);
/** Whole registers. */
export const r1g: Source64 = register64('r1');
export const r2g: Source64 = register64('r2');
export const r3g: Source64 = register64('r3');
/** The low half of R2, extended. */
export const r2gf: Source64 = (z) => z.b.i64_extend_i32_s(z.r32(z.r2));
export const r2gu: Source64 = (z) => z.b.i64_extend_i32_u(z.r32(z.r2));

/** Storage at the second-operand address. */
export const s2w: Source32 = (z) => z.b.i32_load_be(z.base2(), z.d2);
export const s2h: Source32 = (z) => z.b.i32_load16_s_be(z.base2(), z.d2);
export const s2hu: Source32 = (z) => z.b.i32_load16_u_be(z.base2(), z.d2);
export const s2b: Source32 = (z) => z.b.i32_load8_s(z.base2(), z.d2);
export const s2bu: Source32 = (z) => z.b.i32_load8_u(z.base2(), z.d2);
export const s2g: Source64 = (z) => z.b.i64_load_be(z.base2(), z.d2);
export const s2gf: Source64 = (z) => z.b.i64_load32_s_be(z.base2(), z.d2);
export const s2gu: Source64 = (z) => z.b.i64_load32_u_be(z.base2(), z.d2);
export const s2gh: Source64 = (z) => z.b.i64_load16_s_be(z.base2(), z.d2);
export const s2ghu: Source64 = (z) => z.b.i64_load16_u_be(z.base2(), z.d2);
export const s2gb: Source64 = (z) => z.b.i64_load8_s(z.base2(), z.d2);
export const s2gbu: Source64 = (z) => z.b.i64_load8_u(z.base2(), z.d2);

/** Storage at the first-operand address (SI, SIL formats). */
export const s1b: Source32 = (z) => z.b.i32_load8_u(z.base1(), z.d1);
export const s1h: Source32 = (z) => z.b.i32_load16_s_be(z.base1(), z.d1);
export const s1hu: Source32 = (z) => z.b.i32_load16_u_be(z.base1(), z.d1);
export const s1w: Source32 = (z) => z.b.i32_load_be(z.base1(), z.d1);
export const s1g: Source64 = (z) => z.b.i64_load_be(z.base1(), z.d1);

/** Storage at the relative address RI2 (LRL and its like). */
const at = (z: Lowering): I32 => z.b.const32(z.ri2);
export const rlw: Source32 = (z) => z.b.i32_load_be(at(z));
export const rlh: Source32 = (z) => z.b.i32_load16_s_be(at(z));
export const rlhu: Source32 = (z) => z.b.i32_load16_u_be(at(z));
export const rlg: Source64 = (z) => z.b.i64_load_be(at(z));
export const rlgf: Source64 = (z) => z.b.i64_load32_s_be(at(z));
export const rlgu: Source64 = (z) => z.b.i64_load32_u_be(at(z));
export const rlgh: Source64 = (z) => z.b.i64_load16_s_be(at(z));
export const rlghu: Source64 = (z) => z.b.i64_load16_u_be(at(z));

/** The immediate I2, sign-extended by its format. */
export const iw: Source32 = (z) => z.b.const32(z.i2);
export const ig: Source64 = (z) => z.b.const64(z.i2);
/** I2 of 16 or 32 bits as an unsigned number. */
export const iu16: Source32 = (z) => z.b.const32(z.i2 & 0xffff);
export const igu16: Source64 = (z) => z.b.const64(z.i2 & 0xffff);
export const igu32: Source64 = (z) => z.b.const64(z.i2 >>> 0);
/** I2 of 8 bits as an unsigned number. */
export const iu8: Source32 = (z) => z.b.const32(z.i2 & 0xff);
export const igu8: Source64 = (z) => z.b.const64(z.i2 & 0xff);

/** What to do with a result. */
export type Sink32 = (z: Lowering, value: I32) => void;
export type Sink64 = (z: Lowering, value: I64) => void;

export const to1w: Sink32 = (z, value) => z.put32(z.r1, value);
export const to1h: Sink32 = (z, value) => z.putHigh(z.r1, value);
export const to1g: Sink64 = (z, value) => z.put64(z.r1, value);
