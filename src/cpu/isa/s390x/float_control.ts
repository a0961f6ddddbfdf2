/** FPC, and moves between registers and storage that need no arithmetic (PoP chapters 9 and 19). */

import type { I32, I64 } from '../../ir/builder.ts';
import { interruption } from './interruption.ts';
import type { Lowering, Semantics } from './lowering.ts';
import * as o from './operands.ts';
import { registers } from './registers.ts';
import { type Row, row } from './row.ts';

/** Bits of the FPC that exist: masks, flags, DXC, decimal and binary rounding modes. */
const fpcBits = 0xf8f8ff77 | 0;

/** Writes the FPC; bits that do not exist, and reserved rounding modes 4–6, are refused. */
function putFpc(z: Lowering, value: I32): void {
  const { b } = z;
  z.specificationIf(b.i32_and(value, b.const32(~fpcBits)));
  refuseMode(z, b.i32_and(value, b.const32(7)));
  b.put(registers.fpc, value);
}
function refuseMode(z: Lowering, mode: I32): void {
  const { b } = z;
  z.specificationIf(b.i32_lt_u(b.i32_sub(mode, b.const32(4)), b.const32(3)));
}
/** SRNM, SRNMB, SRNMT: a rounding mode from the second-operand address. */
const setRounding =
  (bits: number, shift: number): Semantics =>
  (z) => {
    const { b } = z;
    const mode = b.i32_and(z.address2(), b.const32(bits));
    if (shift === 0) refuseMode(z, mode);
    const kept = b.i32_and(b.get(registers.fpc), b.const32(~((bits === 3 ? 7 : bits) << shift)));
    b.put(registers.fpc, b.i32_or(kept, b.i32_shl(mode, b.const32(shift))));
  };

/**
 * LFAS, SFASR: the FPC with the old flags kept; an old flag whose mask is on in the new one is a
 * data exception (chapter 9, "Simulated IEEE exceptions": code with the low bits 11).
 */
function putFpcAndSignal(z: Lowering, value: I32): void {
  const { b } = z;
  const flags = b.i32_and(b.get(registers.fpc), b.const32(0xf80000));
  putFpc(z, value);
  b.put(registers.fpc, b.i32_or(value, flags));
  const signaled = b.i32_and(b.i32_shl(flags, b.const32(8)), value);
  // The leftmost one decides; inexact belongs to overflow and underflow too.
  const first = b.i32_shr_u(b.i32_shr_u(b.const32(1 << 31), b.i32_clz(signaled)), b.const32(24));
  const isRounded = b.i32_and(first, b.const32(0x30));
  const inexact = b.i32_and(b.i32_shr_u(signaled, b.const32(24)), b.const32(0x08));
  const exception = b.i32_or(first, b.i32_select(inexact, b.const32(0), isRounded));
  const code = b.i32_shl(b.i32_or(exception, b.const32(3)), b.const32(8));
  const coded = b.i32_or(b.i32_and(b.get(registers.fpc), b.const32(~0xff00)), code);
  b.put(registers.fpc, b.i32_select(coded, b.get(registers.fpc), signaled));
  b.trapIf(signaled, 'arithmetic', interruption.data);
}

const fpc = (z: Lowering): I32 => z.b.get(registers.fpc);
const storeFpc: Semantics = (z) => z.b.i32_store_be(z.base2(), fpc(z), z.d2);

const storeLong: Semantics = (z) => z.b.i64_store_be(z.base2(), z.f64bits(z.r1), z.d2);
const storeShort: Semantics = (z) => z.b.i32_store_be(z.base2(), z.f32bits(z.r1), z.d2);
const signBit = (z: Lowering): I64 => z.b.const64Halves(0, 1 << 31);
const copySign: Semantics = (z) => {
  const { b } = z;
  const magnitude = b.i64_and(z.f64bits(z.r2), b.const64Halves(-1, 0x7fffffff));
  z.putF64bits(z.r1, b.i64_or(magnitude, b.i64_and(z.f64bits(z.r3), signBit(z))));
};
const loadExtended: Semantics = (z) => {
  const [high, low] = [z.f64bits(z.r2), z.f64bits(z.r2 + 2)];
  z.putF64bits(z.r1, high);
  z.putF64bits(z.r1 + 2, low);
};

/** LDE, LDER: hexadecimal short to long, which compilers use to load a short number cleanly. */
const lengthen = (z: Lowering, short: I64): void =>
  z.putF64bits(z.r1, z.b.i64_shl(short, z.b.const64(32)));

const f1 = { fp: ['r1'] } as const;
const f12 = { fp: ['r1', 'r2'] } as const;
const pairs = { fp: ['r1', 'r2'], pairs: ['r1', 'r2'] } as const;
const control = { by: 'branch' } as const;

// biome-ignore format: a table
export const floatControlRows: readonly Row[] = [
  row('EFPC', 0xb38c, 'RRE1', (z) => z.put32(z.r1, fpc(z))), row('SFPC', 0xb384, 'RRE1', (z) => putFpc(z, z.r32(z.r1)), control), row('LFPC', 0xb29d, 'S', (z) => putFpc(z, o.s2w(z)), control), row('LFAS', 0xb2bd, 'S', (z) => putFpcAndSignal(z, o.s2w(z)), control), row('SFASR', 0xb385, 'RRE1', (z) => putFpcAndSignal(z, z.r32(z.r1)), control), row('STFPC', 0xb29c, 'S', storeFpc),
  row('SRNM', 0xb299, 'S', setRounding(3, 0)), row('SRNMB', 0xb2b8, 'S', setRounding(7, 0), control), row('SRNMT', 0xb2b9, 'S', setRounding(7, 4)),
  row('LD', 0x68, 'RX', (z) => z.putF64bits(z.r1, o.s2g(z)), f1), row('LDY', 0xed65, 'RXY', (z) => z.putF64bits(z.r1, o.s2g(z)), f1), row('LE', 0x78, 'RX', (z) => z.putF32bits(z.r1, o.s2w(z)), f1), row('LEY', 0xed64, 'RXY', (z) => z.putF32bits(z.r1, o.s2w(z)), f1),
  row('STD', 0x60, 'RX', storeLong, f1), row('STDY', 0xed67, 'RXY', storeLong, f1), row('STE', 0x70, 'RX', storeShort, f1), row('STEY', 0xed66, 'RXY', storeShort, f1),
  row('LDE', 0xed24, 'RXE', (z) => lengthen(z, o.s2gu(z)), f1), row('LDER', 0xb324, 'RRE', (z) => lengthen(z, z.b.i64_extend_i32_u(z.f32bits(z.r2))), f12),
  row('LDR', 0x28, 'RR', (z) => z.putF64bits(z.r1, z.f64bits(z.r2)), f12), row('LER', 0x38, 'RR', (z) => z.putF32bits(z.r1, z.f32bits(z.r2)), f12), row('LXR', 0xb365, 'RRE', loadExtended, pairs),
  row('LZDR', 0xb375, 'RRE1', (z) => z.putF64bits(z.r1, z.b.const64(0)), f1), row('LZER', 0xb374, 'RRE1', (z) => z.putF32bits(z.r1, z.b.const32(0)), f1),
  row('LZXR', 0xb376, 'RRE1', (z) => { z.putF64bits(z.r1, z.b.const64(0)); z.putF64bits(z.r1 + 2, z.b.const64(0)); }, { fp: ['r1'], pairs: ['r1'] }),
  row('LDGR', 0xb3c1, 'RRE', (z) => z.putF64bits(z.r1, z.r64(z.r2)), f1), row('LGDR', 0xb3cd, 'RRE', (z) => z.put64(z.r1, z.f64bits(z.r2)), { fp: ['r2'] }),
  row('LCDFR', 0xb373, 'RRE', (z) => z.putF64bits(z.r1, z.b.i64_xor(z.f64bits(z.r2), signBit(z))), f12), row('LPDFR', 0xb370, 'RRE', (z) => z.putF64bits(z.r1, z.b.i64_and(z.f64bits(z.r2), z.b.const64Halves(-1, 0x7fffffff))), f12),
  row('LNDFR', 0xb371, 'RRE', (z) => z.putF64bits(z.r1, z.b.i64_or(z.f64bits(z.r2), signBit(z))), f12), row('CPSDR', 0xb372, 'RRFb0', copySign, { fp: ['r1', 'r2', 'r3'] }),
];
