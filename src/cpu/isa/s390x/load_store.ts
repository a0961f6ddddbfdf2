/** Moving data between registers and storage: loads, stores, inserts, multiples, on condition. */

import type { I32, I64 } from '../../ir/builder.ts';
import { codeValue } from './condition.ts';
import { compareAndTrapCode, dataException, type Lowering, type Semantics } from './lowering.ts';
import * as o from './operands.ts';
import { registers } from './registers.ts';
import { type Row, row } from './row.ts';

const load32 =
  (source: o.Source32, to: o.Sink32 = o.to1w): Semantics =>
  (z) =>
    to(z, source(z));
const load64 =
  (source: o.Source64): Semantics =>
  (z) =>
    z.put64(z.r1, source(z));
/** A 32-bit value that is loaded zero-extended, so that the low half needs no widening. */
const loadLow =
  (source: o.Source64): Semantics =>
  (z) =>
    z.putLow(z.r1, source(z));
/** LOAD AND TRAP. */
const loadTrap32 =
  (to: o.Sink32): Semantics =>
  (z) => {
    const value = o.s2w(z);
    to(z, value);
    dataException(z, z.b.i32_eqz(value), compareAndTrapCode);
  };
const loadTrap64 =
  (source: o.Source64): Semantics =>
  (z) => {
    const value = source(z);
    z.put64(z.r1, value);
    dataException(z, z.b.i64_eqz(value), compareAndTrapCode);
  };

const signed = (z: Lowering, bits: 8 | 16): I32 =>
  bits === 8 ? z.b.i32_extend8_s(z.r32(z.r2)) : z.b.i32_extend16_s(z.r32(z.r2));
const signedLong = (z: Lowering, bits: 8 | 16): I64 =>
  bits === 8 ? z.b.i64_extend8_s(z.r64(z.r2)) : z.b.i64_extend16_s(z.r64(z.r2));
const unsignedLong = (z: Lowering, mask: number): I64 =>
  z.b.i64_and(z.r64(z.r2), z.b.const64(mask));

const store8: Semantics = (z) => z.b.i64_store8(z.base2(), z.r64(z.r1), z.d2);
const store16: Semantics = (z) => z.b.i64_store16_be(z.base2(), z.r64(z.r1), z.d2);
const store32: Semantics = (z) => z.b.i64_store32_be(z.base2(), z.r64(z.r1), z.d2);
const store64: Semantics = (z) => z.b.i64_store_be(z.base2(), z.r64(z.r1), z.d2);
const storeRelative16: Semantics = (z) => z.b.i64_store16_be(z.b.const32(z.ri2), z.r64(z.r1));
const storeRelative32: Semantics = (z) => z.b.i64_store32_be(z.b.const32(z.ri2), z.r64(z.r1));
const storeRelative64: Semantics = (z) => z.b.i64_store_be(z.b.const32(z.ri2), z.r64(z.r1));

/** Byte- and word-swapped forms are plain little-endian accesses. */
const reversed = {
  lrvr: ((z) => z.put32(z.r1, z.b.i32_bswap(z.r32(z.r2)))) as Semantics,
  lrvgr: ((z) => z.put64(z.r1, z.b.i64_bswap(z.r64(z.r2)))) as Semantics,
  lrv: loadLow((z) => z.b.i64_load32_u(z.base2(), z.d2)),
  lrvg: load64((z) => z.b.i64_load(z.base2(), z.d2)),
  strvh: ((z) => z.b.i64_store16(z.base2(), z.r64(z.r1), z.d2)) as Semantics,
  strv: ((z) => z.b.i64_store32(z.base2(), z.r64(z.r1), z.d2)) as Semantics,
  strvg: ((z) => z.b.i64_store(z.base2(), z.r64(z.r1), z.d2)) as Semantics,
};

/** Replaces the bits of `mask` in a register's `value`. */
function insertBits(z: Lowering, n: number, mask: bigint, value: I64): void {
  const { b } = z;
  const keep = BigInt.asUintN(64, ~mask);
  const kept = b.i64_and(
    z.r64(n),
    b.const64Halves(Number(keep & 0xffffffffn), Number(keep >> 32n)),
  );
  z.put64(n, b.i64_or(kept, value));
}
const insertCharacter: Semantics = (z) => insertBits(z, z.r1, 0xffn, o.s2gbu(z));
const loadReversedHalf: Semantics = (z) =>
  insertBits(z, z.r1, 0xffffn, z.b.i64_load16_u(z.base2(), z.d2));
/** INSERT IMMEDIATE of 16 or 32 bits at bit `shift` from the right. */
const insertImmediate =
  (bits: 16 | 32, shift: number): Semantics =>
  (z) => {
    const field = BigInt.asUintN(bits, BigInt(z.i2)) << BigInt(shift);
    const mask = (2n ** BigInt(bits) - 1n) << BigInt(shift);
    insertBits(z, z.r1, mask, constant(z, field));
  };
/** LOAD LOGICAL IMMEDIATE. */
const loadImmediate =
  (bits: 16 | 32, shift: number): Semantics =>
  (z) =>
    z.put64(z.r1, constant(z, BigInt.asUintN(bits, BigInt(z.i2)) << BigInt(shift)));

function constant(z: Lowering, value: bigint): I64 {
  return z.b.const64Halves(
    Number(BigInt.asIntN(32, value)),
    Number(BigInt.asIntN(32, value >> 32n)),
  );
}

const loadAddress: Semantics = (z) => z.put64(z.r1, z.effective2());
const loadAddressRelative: Semantics = (z) => {
  z.put64(z.r1, z.b.const64(z.ri2));
  z.known[z.r1] = z.ri2;
};

/** Registers r1, r1+1, … r3, wrapping from 15 to 0. */
function registerRange(z: Lowering): number[] {
  const count = ((z.r3 - z.r1) & 15) + 1;
  return Array.from({ length: count }, (_, n) => (z.r1 + n) & 15);
}
/**
 * Two doublewords at a time: a vector's bytes are reversed at the cost of one doubleword's, and the
 * first register is then the upper half.
 */
const loadMultiple64: Semantics = (z) => {
  const { b } = z;
  const base = z.base2();
  const registers = registerRange(z);
  const values: [number, I64][] = [];
  for (let i = 0; i < registers.length; i += 2) {
    const [first, second] = [registers[i]!, registers[i + 1]];
    const at = z.d2 + 8 * i;
    if (second === undefined) values.push([first, b.i64_load_be(base, at)]);
    else {
      const both = b.v128_load_be(base, at);
      values.push([first, b.i64x2_extract_lane(1, both)], [second, b.i64x2_extract_lane(0, both)]);
    }
  }
  for (const [n, value] of values) z.put64(n, value);
};
const loadMultiple32: Semantics = (z) => {
  const base = z.base2();
  const values = registerRange(z).map((n, i): [number, I64] => [
    n,
    z.b.i64_load32_u_be(base, z.d2 + 4 * i),
  ]);
  for (const [n, value] of values) z.putLow(n, value);
};
const loadMultipleHigh: Semantics = (z) => {
  const base = z.base2();
  const values = registerRange(z).map((n, i): [number, I32] => [
    n,
    z.b.i32_load_be(base, z.d2 + 4 * i),
  ]);
  for (const [n, value] of values) z.putHigh(n, value);
};
const loadMultipleDisjoint: Semantics = (z) => {
  const { b } = z;
  const high = z.address2();
  const low = z.address4();
  const values = registerRange(z).map((n, i): [number, I64] => {
    const left = b.i64_shl(b.i64_load32_u_be(high, 4 * i), b.const64(32));
    return [n, b.i64_or(left, b.i64_load32_u_be(low, 4 * i))];
  });
  for (const [n, value] of values) z.put64(n, value);
};
const storeMultiple64: Semantics = (z) => {
  const { b } = z;
  const base = z.base2();
  const registers = registerRange(z);
  for (let i = 0; i < registers.length; i += 2) {
    const [first, second] = [registers[i]!, registers[i + 1]];
    const at = z.d2 + 8 * i;
    if (second === undefined) b.i64_store_be(base, z.r64(first), at);
    else {
      const both = b.i64x2_replace_lane(1, b.i64x2_splat(z.r64(second)), z.r64(first));
      b.v128_store_be(base, both, at);
    }
  }
};
const storeMultiple32: Semantics = (z) => {
  const base = z.base2();
  for (const [i, n] of registerRange(z).entries()) {
    z.b.i64_store32_be(base, z.r64(n), z.d2 + 4 * i);
  }
};
const storeMultipleHigh: Semantics = (z) => {
  const base = z.base2();
  for (const [i, n] of registerRange(z).entries()) {
    z.b.i32_store_be(base, z.high32(n), z.d2 + 4 * i);
  }
};

/** Access registers a1 … a3, wrapping. */
function accessRange(z: Lowering): number[] {
  const count = ((z.a3 - z.a1) & 15) + 1;
  return Array.from({ length: count }, (_, n) => (z.a1 + n) & 15);
}
const loadAccessMultiple: Semantics = (z) => {
  z.aligned(z.address2(), 4);
  const base = z.base2();
  const values = accessRange(z).map((n, i): [number, I32] => [
    n,
    z.b.i32_load_be(base, z.d2 + 4 * i),
  ]);
  for (const [n, value] of values) z.b.put(registers.a[n]!, value);
};
const storeAccessMultiple: Semantics = (z) => {
  z.aligned(z.address2(), 4);
  const base = z.base2();
  for (const [i, n] of accessRange(z).entries()) {
    z.b.i32_store_be(base, z.b.get(registers.a[n]!), z.d2 + 4 * i);
  }
};
const extractAccess: Semantics = (z) => z.put32(z.r1, z.b.get(registers.a[z.a2]!));
const setAccess: Semantics = (z) => z.b.put(registers.a[z.a1]!, z.r32(z.r2));
const copyAccess: Semantics = (z) => z.b.put(registers.a[z.a1]!, z.b.get(registers.a[z.a2]!));

/** 128-bit pair accesses: quadword-aligned. */
const loadPairQuad: Semantics = (z) => {
  if (!z.even(z.r1)) return;
  z.aligned(z.address2(), 16);
  const base = z.base2();
  const high = z.b.i64_load_be(base, z.d2);
  const low = z.b.i64_load_be(base, z.d2 + 8);
  z.put64(z.r1, high);
  z.put64(z.r1 + 1, low);
};
const storePairQuad: Semantics = (z) => {
  if (!z.even(z.r1)) return;
  z.aligned(z.address2(), 16);
  const base = z.base2();
  z.b.i64_store_be(base, z.r64(z.r1), z.d2);
  z.b.i64_store_be(base, z.r64(z.r1 + 1), z.d2 + 8);
};
/** LOAD PAIR DISJOINT: condition code 0, as no other processor can interfere. */
const loadPairDisjoint =
  (bytes: 4 | 8): Semantics =>
  (z) => {
    if (!z.even(z.r3)) return;
    const { b } = z;
    const [first, second] = [z.address1(), z.address2()];
    z.aligned(first, bytes);
    z.aligned(second, bytes);
    const load = (at: I32): I64 => (bytes === 8 ? b.i64_load_be(at) : b.i64_load32_u_be(at));
    const [x, y] = [load(first), load(second)];
    if (bytes === 8) {
      z.put64(z.r3, x);
      z.put64(z.r3 + 1, y);
    } else {
      z.putLow(z.r3, x);
      z.putLow(z.r3 + 1, y);
    }
    z.cc(codeValue(b.const32(0)));
  };

/** LOAD ON CONDITION: the source is accessed (and may fault) even where the condition is false. */
function whether(z: Lowering, mask: number): I32 {
  return mask === 15 ? z.b.const32(1) : mask === 0 ? z.b.const32(0) : z.condition().test(z.b, mask);
}
const loadIf32 =
  (source: o.Source32): Semantics =>
  (z) => {
    const value = source(z);
    z.put32(z.r1, z.b.i32_select(value, z.r32(z.r1), whether(z, z.m3)));
  };
const loadIf64 =
  (source: o.Source64): Semantics =>
  (z) => {
    const value = source(z);
    z.put64(z.r1, z.b.i64_select(value, z.r64(z.r1), whether(z, z.m3)));
  };
const loadIfHigh =
  (source: o.Source32): Semantics =>
  (z) => {
    const value = source(z);
    z.putHigh(z.r1, z.b.i32_select(value, z.high32(z.r1), whether(z, z.m3)));
  };
/** STORE ON CONDITION writes back what was there where the condition is false. */
const storeIf =
  (value: o.Source32): Semantics =>
  (z) => {
    const { b } = z;
    const base = z.base2();
    const old = b.i32_load_be(base, z.d2);
    b.i32_store_be(base, b.i32_select(value(z), old, whether(z, z.m3)), z.d2);
  };
const storeIf64: Semantics = (z) => {
  const { b } = z;
  const base = z.base2();
  const old = b.i64_load_be(base, z.d2);
  b.i64_store_be(base, b.i64_select(z.r64(z.r1), old, whether(z, z.m3)), z.d2);
};

const moveImmediate8: Semantics = (z) => z.b.i32_store8(z.base1(), z.b.const32(z.i2), z.d1);
const moveImmediate16: Semantics = (z) => z.b.i32_store16_be(z.base1(), z.b.const32(z.i2), z.d1);
const moveImmediate32: Semantics = (z) => z.b.i32_store_be(z.base1(), z.b.const32(z.i2), z.d1);
const moveImmediate64: Semantics = (z) => z.b.i64_store_be(z.base1(), z.b.const64(z.i2), z.d1);

const u31 = 0x7fffffff;
const clearLow =
  (source: o.Source64): o.Source64 =>
  (z) =>
    z.b.i64_and(source(z), z.b.const64(-256));

// biome-ignore format: a table
export const loadStoreRows: readonly Row[] = [
  row('LR', 0x18, 'RR', load32(o.r2w)), row('LGR', 0xb904, 'RRE', load64(o.r2g)), row('LGFR', 0xb914, 'RRE', load64(o.r2gf)),
  row('L', 0x58, 'RX', loadLow(o.s2gu)), row('LY', 0xe358, 'RXY', loadLow(o.s2gu)), row('LG', 0xe304, 'RXY', load64(o.s2g)), row('LGF', 0xe314, 'RXY', load64(o.s2gf)),
  row('LH', 0x48, 'RX', load32(o.s2h)), row('LHY', 0xe378, 'RXY', load32(o.s2h)), row('LGH', 0xe315, 'RXY', load64(o.s2gh)),
  row('LB', 0xe376, 'RXY', load32(o.s2b)), row('LGB', 0xe377, 'RXY', load64(o.s2gb)),
  row('LBR', 0xb926, 'RRE', (z) => z.put32(z.r1, signed(z, 8))), row('LGBR', 0xb906, 'RRE', (z) => z.put64(z.r1, signedLong(z, 8))),
  row('LHR', 0xb927, 'RRE', (z) => z.put32(z.r1, signed(z, 16))), row('LGHR', 0xb907, 'RRE', (z) => z.put64(z.r1, signedLong(z, 16))),
  row('LHI', 0xa78, 'RI', load32(o.iw)), row('LGHI', 0xa79, 'RI', load64(o.ig)), row('LGFI', 0xc01, 'RIL', load64(o.ig)),
  row('LRL', 0xc4d, 'RILb', loadLow(o.rlgu)), row('LGRL', 0xc48, 'RILb', load64(o.rlg)), row('LGFRL', 0xc4c, 'RILb', load64(o.rlgf)),
  row('LHRL', 0xc45, 'RILb', load32(o.rlh)), row('LGHRL', 0xc44, 'RILb', load64(o.rlgh)),
  row('LLHRL', 0xc42, 'RILb', loadLow(o.rlghu)), row('LLGHRL', 0xc46, 'RILb', load64(o.rlghu)), row('LLGFRL', 0xc4e, 'RILb', load64(o.rlgu)),
  row('LLGFR', 0xb916, 'RRE', load64(o.r2gu)), row('LLGF', 0xe316, 'RXY', load64(o.s2gu)),
  row('LLGTR', 0xb917, 'RRE', (z) => z.put64(z.r1, unsignedLong(z, u31))), row('LLGT', 0xe317, 'RXY', (z) => z.put64(z.r1, z.b.i64_and(o.s2gu(z), z.b.const64(u31)))),
  row('LLGHR', 0xb985, 'RRE', (z) => z.put64(z.r1, unsignedLong(z, 0xffff))), row('LLGH', 0xe391, 'RXY', load64(o.s2ghu)),
  row('LLHR', 0xb995, 'RRE', (z) => z.putLow(z.r1, unsignedLong(z, 0xffff))), row('LLH', 0xe395, 'RXY', loadLow(o.s2ghu)),
  row('LLGCR', 0xb984, 'RRE', (z) => z.put64(z.r1, unsignedLong(z, 0xff))), row('LLGC', 0xe390, 'RXY', load64(o.s2gbu)),
  row('LLCR', 0xb994, 'RRE', (z) => z.putLow(z.r1, unsignedLong(z, 0xff))), row('LLC', 0xe394, 'RXY', loadLow(o.s2gbu)),
  row('LBH', 0xe3c0, 'RXY', load32(o.s2b, o.to1h)), row('LHH', 0xe3c4, 'RXY', load32(o.s2h, o.to1h)), row('LFH', 0xe3ca, 'RXY', load32(o.s2w, o.to1h)),
  row('LLCH', 0xe3c2, 'RXY', load32(o.s2bu, o.to1h)), row('LLHH', 0xe3c6, 'RXY', load32(o.s2hu, o.to1h)),
  row('LAT', 0xe39f, 'RXY', loadTrap32(o.to1w), { by: 'branch' }), row('LFHAT', 0xe3c8, 'RXY', loadTrap32(o.to1h), { by: 'branch' }), row('LGAT', 0xe385, 'RXY', loadTrap64(o.s2g), { by: 'branch' }),
  row('LLGFAT', 0xe39d, 'RXY', loadTrap64(o.s2gu), { by: 'branch' }), row('LLGTAT', 0xe39c, 'RXY', loadTrap64((z) => z.b.i64_and(o.s2gu(z), z.b.const64(u31))), { by: 'branch' }),
  row('LZRF', 0xe33b, 'RXY', (z) => z.put32(z.r1, z.b.i32_and(o.s2w(z), z.b.const32(-256)))), row('LZRG', 0xe32a, 'RXY', load64(clearLow(o.s2g))), row('LLZRGF', 0xe33a, 'RXY', load64(clearLow(o.s2gu))),
  row('LRVR', 0xb91f, 'RRE', reversed.lrvr), row('LRVGR', 0xb90f, 'RRE', reversed.lrvgr), row('LRVH', 0xe31f, 'RXY', loadReversedHalf),
  row('LRV', 0xe31e, 'RXY', reversed.lrv), row('LRVG', 0xe30f, 'RXY', reversed.lrvg),
  row('STRVH', 0xe33f, 'RXY', reversed.strvh), row('STRV', 0xe33e, 'RXY', reversed.strv), row('STRVG', 0xe32f, 'RXY', reversed.strvg),
  row('IC', 0x43, 'RX', insertCharacter), row('ICY', 0xe373, 'RXY', insertCharacter),
  row('IIHH', 0xa50, 'RI', insertImmediate(16, 48)), row('IIHL', 0xa51, 'RI', insertImmediate(16, 32)), row('IILH', 0xa52, 'RI', insertImmediate(16, 16)), row('IILL', 0xa53, 'RI', insertImmediate(16, 0)),
  row('IIHF', 0xc08, 'RIL', insertImmediate(32, 32)), row('IILF', 0xc09, 'RIL', insertImmediate(32, 0)),
  row('LLIHH', 0xa5c, 'RI', loadImmediate(16, 48)), row('LLIHL', 0xa5d, 'RI', loadImmediate(16, 32)), row('LLILH', 0xa5e, 'RI', loadImmediate(16, 16)), row('LLILL', 0xa5f, 'RI', loadImmediate(16, 0)),
  row('LLIHF', 0xc0e, 'RIL', loadImmediate(32, 32)), row('LLILF', 0xc0f, 'RIL', loadImmediate(32, 0)),
  row('LA', 0x41, 'RX', loadAddress), row('LAY', 0xe371, 'RXY', loadAddress), row('LARL', 0xc00, 'RILb', loadAddressRelative),
  row('LAE', 0x51, 'RX', (z) => { z.put64(z.r1, z.effective2()); z.b.put(registers.a[z.r1]!, z.b.const32(0)); }, { by: 'address' }),
  row('LAEY', 0xe375, 'RXY', (z) => { z.put64(z.r1, z.effective2()); z.b.put(registers.a[z.r1]!, z.b.const32(0)); }, { by: 'address' }),
  row('ST', 0x50, 'RX', store32), row('STY', 0xe350, 'RXY', store32), row('STG', 0xe324, 'RXY', store64),
  row('STH', 0x40, 'RX', store16), row('STHY', 0xe370, 'RXY', store16), row('STC', 0x42, 'RX', store8), row('STCY', 0xe372, 'RXY', store8),
  row('STRL', 0xc4f, 'RILb', storeRelative32), row('STGRL', 0xc4b, 'RILb', storeRelative64), row('STHRL', 0xc47, 'RILb', storeRelative16),
  row('STFH', 0xe3cb, 'RXY', (z) => z.b.i32_store_be(z.base2(), z.high32(z.r1), z.d2)),
  row('STHH', 0xe3c7, 'RXY', (z) => z.b.i32_store16_be(z.base2(), z.high32(z.r1), z.d2)), row('STCH', 0xe3c3, 'RXY', (z) => z.b.i32_store8(z.base2(), z.high32(z.r1), z.d2)),
  row('LM', 0x98, 'RS', loadMultiple32), row('LMY', 0xeb98, 'RSY', loadMultiple32), row('LMG', 0xeb04, 'RSY', loadMultiple64), row('LMH', 0xeb96, 'RSY', loadMultipleHigh), row('LMD', 0xef, 'SSe', loadMultipleDisjoint),
  row('STM', 0x90, 'RS', storeMultiple32), row('STMY', 0xeb90, 'RSY', storeMultiple32), row('STMG', 0xeb24, 'RSY', storeMultiple64), row('STMH', 0xeb26, 'RSY', storeMultipleHigh),
  row('LAM', 0x9a, 'RSa', loadAccessMultiple, { align: 4 }), row('LAMY', 0xeb9a, 'RSYa', loadAccessMultiple, { align: 4 }), row('STAM', 0x9b, 'RSa', storeAccessMultiple, { align: 4 }), row('STAMY', 0xeb9b, 'RSYa', storeAccessMultiple, { align: 4 }),
  row('EAR', 0xb24f, 'RREa', extractAccess), row('SAR', 0xb24e, 'RREb', setAccess), row('CPYA', 0xb24d, 'RREc', copyAccess),
  row('LPQ', 0xe38f, 'RXY', loadPairQuad, { pairs: ['r1'], align: 16 }), row('STPQ', 0xe38e, 'RXY', storePairQuad, { pairs: ['r1'], align: 16 }),
  row('LPD', 0xc84, 'SSFr', loadPairDisjoint(4), { pairs: ['r3'], align: 4 }), row('LPDG', 0xc85, 'SSFr', loadPairDisjoint(8), { pairs: ['r3'], align: 8 }),
  row('LOCR', 0xb9f2, 'RRFc', loadIf32(o.r2w)), row('LOCGR', 0xb9e2, 'RRFc', loadIf64(o.r2g)), row('LOC', 0xebf2, 'RSYc', loadIf32(o.s2w)), row('LOCG', 0xebe2, 'RSYc', loadIf64(o.s2g)),
  row('LOCHI', 0xec42, 'RIEg', loadIf32(o.iw)), row('LOCGHI', 0xec46, 'RIEg', loadIf64(o.ig)), row('LOCHHI', 0xec4e, 'RIEg', loadIfHigh(o.iw)),
  row('LOCFHR', 0xb9e0, 'RRFc', loadIfHigh(o.r2h)), row('LOCFH', 0xebe0, 'RSYc', loadIfHigh(o.s2w)),
  row('STOC', 0xebf3, 'RSYc', storeIf(o.r1w)), row('STOCG', 0xebe3, 'RSYc', storeIf64), row('STOCFH', 0xebe1, 'RSYc', storeIf(o.r1h)),
  row('MVI', 0x92, 'SI', moveImmediate8), row('MVIY', 0xeb52, 'SIY', moveImmediate8), row('MVHHI', 0xe544, 'SIL', moveImmediate16), row('MVHI', 0xe54c, 'SIL', moveImmediate32), row('MVGHI', 0xe548, 'SIL', moveImmediate64),
];
