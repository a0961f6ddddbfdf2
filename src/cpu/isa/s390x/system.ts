/** EXECUTE, facilities, clocks, prefetch, message-security queries. */

import type { I32 } from '../../ir/builder.ts';
import { type Helper, type HelperContext, InstructionSetChange } from '../isa.ts';
import { codeConstant, codeValue } from './condition.ts';
import { declare, helper } from './helper_table.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { fixedPointOverflowMask, registers } from './registers.ts';
import { type Row, row } from './row.ts';
import { putByte, putRegister, register, registerLow } from './state_access.ts';

/**
 * Facility bits STFLE reports: what is here and no more. Left out of a z14's list: hexadecimal
 * multiply-and-add (20, 23), decimal floating point (42), transactions (50, 73), guarded storage
 * (133), vector packed decimal (134) and what only an operating system uses.
 */
export const facilities: readonly number[] = [
  0, // instructions marked N3
  1, // z/Architecture installed
  2, // z/Architecture active
  7, // STFLE
  16, // extended translation 2
  17, // message-security assist: queries
  18, // long displacement
  19, // long displacement is fast
  21, // extended immediate
  22, // extended translation 3
  24, // extended translation 2 enhancement
  25, // STORE CLOCK FAST
  26, // parsing enhancement
  30, // extended translation 3 enhancement
  31, // EXTRACT CPU TIME
  32, // COMPARE AND SWAP AND STORE
  33, // the same with 16 bytes
  34, // general-instructions extension
  35, // execute extensions
  37, // floating-point extension
  41, // floating-point support enhancements
  45, // distinct operands, high word, interlocked access 1, load/store on condition, popcount
  49, // execution hint, load and trap, processor assist
  52, // interlocked access 2
  53, // load/store on condition 2, load and zero rightmost byte
  57, // message-security assist 5: queries
  58, // miscellaneous instruction extensions 2
  76, // message-security assist 3: queries
  77, // message-security assist 4: queries
  129, // vector facility
  135, // vector enhancements 1
];

/** STFLE: doublewords of facility bits; r0 says how many fit and is told how many there are. */
function storeFacilities(context: HelperContext, x: bigint): bigint {
  const view = context.view();
  const words = Math.ceil((Math.max(...facilities) + 1) / 64);
  const wanted = (registerLow(view, 0) & 0xff) + 1;
  const bytes = new Uint8Array(words * 8);
  for (const bit of facilities) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
  const stored = Math.min(words, wanted) * 8;
  for (let i = 0; i < stored; i++) putByte(view, Number(x) + i, bytes[i]!);
  putRegister(view, 0, (register(view, 0) & ~0xffn) | BigInt(words - 1));
  return wanted >= words ? 0n : 3n;
}

/** TOD clock units (2⁻¹² µs) at 1970-01-01, counted from 1900. */
const unixEpochTod = 0x7d91048bca000000n;
/** The clock advances by a nanosecond an instruction: 4.096 units. */
function clock(context: HelperContext): bigint {
  return unixEpochTod + (context.instructionCount() * 4096n) / 1000n;
}
const storeClock: Semantics = (z) => {
  const { b } = z;
  const zero = b.const64(0);
  b.i64_store_be(z.base2(), helper(b, clock, zero, zero, zero), z.d2);
  z.cc(codeConstant(0));
};
/** STCKE: the epoch byte, 104 bits of clock (56 of them zero-extended), programmable field. */
const storeClockExtended: Semantics = (z) => {
  const { b } = z;
  const zero = b.const64(0);
  const now = helper(b, clock, zero, zero, zero);
  const base = z.base2();
  b.i64_store_be(base, b.i64_shl(now, b.const64(56)), z.d2 + 8);
  b.i64_store_be(base, b.i64_shr_u(now, b.const64(8)), z.d2);
  z.cc(codeConstant(0));
};
/** ECTG: the CPU timer runs down as instructions are executed. */
const extractCpuTime: Semantics = (z) => {
  const { b } = z;
  const zero = b.const64(0);
  const [first, second] = [b.i64_load_be(z.address1()), b.i64_load_be(z.address2())];
  const third = b.i64_load_be(z.r32(z.r3));
  const elapsed = b.i64_sub(helper(b, clock, zero, zero, zero), b.const64Halves(0, 0x7d91048b));
  z.put64(0, b.i64_add(first, elapsed));
  z.put64(1, second);
  z.put64(z.r3, third);
};

/** A program that asks for fixed-point overflow interruptions needs other code from here on. */
const becomeChecked: Helper = (_context, x) => {
  if (Number(x >> 24n) & fixedPointOverflowMask) throw new InstructionSetChange();
  return 0n;
};
declare(becomeChecked);
const setProgramMask: Semantics = (z) => {
  const { b } = z;
  const bits = z.r32(z.r1);
  const zero = b.const64(0);
  if (!z.isChecked) helper(b, becomeChecked, b.i64_extend_i32_u(bits), zero, zero);
  b.put(registers.programMask, b.i32_and(b.i32_shr_u(bits, b.const32(24)), b.const32(15)));
  z.cc(codeValue(b.i32_and(b.i32_shr_u(bits, b.const32(28)), b.const32(3))));
};

const nothing: Semantics = () => undefined;

/** KM, KIMD…: only function 0, the query, is there; it reports itself alone. */
const messageQuery: Semantics = (z) => {
  const { b } = z;
  z.specificationIf(b.i32_and(z.r32(0), b.const32(0x7f)));
  const block = z.r32(1);
  b.i64_store_be(block, b.const64Halves(0, 1 << 31));
  b.i64_store_be(block, b.const64(0), 8);
  z.cc(codeConstant(0));
};

/** EX and EXRL: `Lowering.execute` finds the target. */
const execute: Semantics = (z) => z.execute(z.constant2(), z.r1, () => z.address2());
const executeRelative: Semantics = (z) => z.execute(z.ri2, z.r1, () => z.b.const32(z.ri2));

/** TEST ADDRESSING MODE: always 64-bit. */
const testAddressing = (z: Lowering): void => z.cc(codeConstant(3));

declare(storeFacilities);
declare(clock);

const storeList: Semantics = (z) => {
  const { b } = z;
  const zero = b.const64(0);
  z.aligned(z.address2(), 8);
  const code = helper(b, storeFacilities, b.i64_extend_i32_u(z.address2()), zero, zero);
  z.known[0] = null;
  z.cc(codeValue(b.i32_wrap_i64(code)));
};

/** EPSW: the PSW of a 64-bit program in the problem state. */
const extractPsw: Semantics = (z) => {
  const { b } = z;
  const code = b.i32_shl(z.condition().value(b), b.const32(12));
  const mask = b.i32_shl(b.get(registers.programMask), b.const32(8));
  z.put32(z.r1, b.i32_or(b.const32(0x07050001), b.i32_or(code, mask)));
  if (z.r2 !== 0) z.put32(z.r2, b.const32(1 << 31));
};
/** ECAG: no cache is described. */
const extractCache: Semantics = (z) => z.put64(z.r1, z.b.const64(-1));
/** MONITOR CALL: no class is enabled. */
const monitorCall: Semantics = (z) => {
  if (z.i2 > 15) z.specification();
};
/** TEST ACCESS: no access list but the primary space, which ALET 0 is. */
const testAccess: Semantics = (z) => {
  const { b } = z;
  const other = b.i32_ne(b.get(registers.a[z.a1]!), b.const32(0));
  z.cc(codeValue(b.i32_select(b.const32(3), b.const32(0), other)));
};
/** MOVE PAGE: whole pages of 4 KiB. */
const movePage: Semantics = (z) => {
  const { b } = z;
  z.specificationIf(b.i32_and(z.r32(0), b.const32(0xf000)));
  const page = (n: number): I32 => b.i32_and(z.r32(n), b.const32(-4096));
  b.memory_copy(page(z.r1), page(z.r2), b.const32(4096));
  z.cc(codeConstant(0));
};

const unit = { by: 'unit' } as const;
const system = { by: 'system' } as const;
const time = { by: 'time' } as const;

// biome-ignore format: a table
export const systemRows: readonly Row[] = [
  row('EX', 0x44, 'RX', execute, system), row('EXRL', 0xc60, 'RILb', executeRelative, system),
  row('SPM', 0x04, 'RR1', setProgramMask, { by: 'branch' }), row('TAM', 0x010b, 'E', testAddressing), row('STFLE', 0xb2b0, 'S', storeList, system),
  row('STCK', 0xb205, 'S', storeClock, time), row('STCKF', 0xb27c, 'S', storeClock, time), row('STCKE', 0xb278, 'S', storeClockExtended, time), row('ECTG', 0xc81, 'SSF', extractCpuTime, time),
  row('PFD', 0xe336, 'RXYm', nothing), row('PFDRL', 0xc62, 'RILm', nothing), row('NIAI', 0xb2fa, 'IE', nothing), row('BPP', 0xc7, 'SMI', nothing), row('BPRP', 0xc5, 'MII', nothing),
  row('EPSW', 0xb98d, 'RRE', extractPsw, unit), row('ECAG', 0xeb4c, 'RSY', extractCache), row('MC', 0xaf, 'SI', monitorCall, unit), row('PPA', 0xb2e8, 'RRFc', nothing, unit), row('TAR', 0xb24c, 'RREb', testAccess, unit), row('MVPG', 0xb254, 'RRE', movePage, unit),
  row('KM', 0xb92e, 'RRE', messageQuery, system), row('KMC', 0xb92f, 'RRE', messageQuery, system), row('KMF', 0xb92a, 'RRE', messageQuery, system), row('KMO', 0xb92b, 'RRE', messageQuery, system), row('KMCTR', 0xb92d, 'RRFb0', messageQuery, system),
  row('KIMD', 0xb93e, 'RRE', messageQuery, system), row('KLMD', 0xb93f, 'RRE', messageQuery, system), row('KMAC', 0xb91e, 'RRE', messageQuery, system), row('PCC', 0xb92c, 'RRE', messageQuery, system), row('PPNO', 0xb93c, 'RRE', messageQuery, system),
];
