/**
 * The x86-64 register file as slots of the state area, and what Linux's signal frames need of it.
 */

import { helperScratch } from '../../interpreter/layout.ts';
import { type Slot, SlotLayout } from '../../state.ts';

const layout = new SlotLayout();

// What helpers of `wasm/x86/` share with the rows comes first, at the addresses of its `state.ts`.
// It is always in memory: rows peek and poke, they never get and put.

/**
 * The x87 state (SDM vol. 1, chapter 8). `significand` and `exponent` are the *physical* registers
 * R0…R7 (ST(i) is R[(top + i) mod 8]); bit 15 of an exponent is the sign. MM0…7 are `significand`.
 * Bit n of `empty` says that Rn is empty. The status word is kept without TOP.
 */
export const x87Slots: {
  readonly significand: readonly Slot<'i64'>[];
  readonly exponent: readonly Slot<'i32'>[];
  readonly top: Slot<'i32'>;
  readonly empty: Slot<'i32'>;
  readonly control: Slot<'i32'>;
  readonly status: Slot<'i32'>;
} = {
  significand: layout.bank('fp_significand', 'i64', 8),
  exponent: layout.bank('fp_exponent', 'i32', 8),
  top: layout.slot('fp_top', 'i32'),
  empty: layout.slot('fp_empty', 'i32'),
  control: layout.slot('fp_control', 'i32'),
  status: layout.slot('fp_status', 'i32'),
};

const mxcsr = layout.slot('mxcsr', 'i32');

/** Unmasked exceptions of the floating-point operation just done, as flags of MXCSR. */
export const pendingExceptions: Slot<'i32'> = layout.slot('pending_exceptions', 'i32');

/** By which operands go to helpers and results come back. */
export const operandWords: readonly Slot<'v128'>[] = layout.bank('operand_word', 'v128', 4);

/**
 * Names of the general registers in the order of their numbers in ModRM (SDM vol. 2, table 2-2).
 */
export const gprNames: readonly string[] =
  'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');

/** Slots by name. The flags are kept as the values they derive from, see `flagSlots`. */
export const registers: {
  /** rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8…r15. */
  readonly gpr: readonly Slot<'i64'>[];
  readonly fsBase: Slot<'i64'>;
  readonly gsBase: Slot<'i64'>;
  readonly xmm: readonly Slot<'v128'>[];
  /** Upper halves of ymm0…15. */
  readonly ymmHigh: readonly Slot<'v128'>[];
  /** Always in memory. */
  readonly mxcsr: Slot<'i32'>;
} = {
  gpr: gprNames.map((name) => layout.slot(name, 'i64')),
  fsBase: layout.slot('fs_base', 'i64'),
  gsBase: layout.slot('gs_base', 'i64'),
  xmm: layout.bank('xmm', 'v128', 16),
  ymmHigh: layout.bank('ymm_high', 'v128', 16),
  mxcsr,
};

/**
 * The arithmetic flags, written by every producer in the cheapest form so that unused ones can be
 * eliminated: ZF = (zero = 0); SF = (sign < 0); PF = even parity of the low byte of sign; CF = cf
 * and
 * OF = of (0 or 1); AF = bit 4 of (af xor sign); DF = df (0 or 1). `otherFlags` holds the rest as
 * RFLAGS bits (AC, ID, NT).
 */
export const flagSlots: {
  readonly zero: Slot<'i64'>;
  readonly sign: Slot<'i64'>;
  readonly cf: Slot<'i32'>;
  readonly of: Slot<'i32'>;
  readonly af: Slot<'i32'>;
  readonly df: Slot<'i32'>;
  readonly otherFlags: Slot<'i32'>;
} = {
  zero: layout.slot('zero', 'i64'),
  sign: layout.slot('sign', 'i64'),
  cf: layout.slot('cf', 'i32'),
  of: layout.slot('of', 'i32'),
  af: layout.slot('af', 'i32'),
  df: layout.slot('df', 'i32'),
  otherFlags: layout.slot('other_flags', 'i32'),
};

/**
 * A word of the state area that instructions use as *memory* (never with get and put): string
 * instructions point there when their count is zero, because the IR has no conditional access.
 */
export const scratchWord: Slot<'v128'> = {
  name: 'scratch_word',
  type: 'v128',
  offset: helperScratch,
};

/**
 * What the kernel remembers of a thread's last exception (`thread_struct`: trap_nr, error_code,
 * cr2) and shows in signal frames. Instructions leave them alone.
 */
export const exceptionSlots: {
  readonly trapNumber: Slot<'i32'>;
  readonly errorCode: Slot<'i32'>;
  readonly address: Slot<'i64'>;
} = {
  trapNumber: layout.slot('trap_number', 'i32'),
  errorCode: layout.slot('error_code', 'i32'),
  address: layout.slot('fault_address', 'i64'),
};

/** All slots: what a task switch saves. */
export const allSlots: readonly Slot[] = layout.slots;
/** End of the slots: a wasm address. */
export const slotsEnd: number = layout.end;

/** RFLAGS bits by name. */
export const flagBit: Readonly<Record<'cf' | 'pf' | 'af' | 'zf' | 'sf' | 'df' | 'of', number>> = {
  cf: 1 << 0,
  pf: 1 << 2,
  af: 1 << 4,
  zf: 1 << 6,
  sf: 1 << 7,
  df: 1 << 10,
  of: 1 << 11,
};

/** RFLAGS bits a program can change besides the ones above: NT, AC, ID. */
export const otherFlagsMask: number = (1 << 14) | (1 << 18) | (1 << 21);

/** Initial MXCSR: all exceptions masked, round to nearest (SDM vol. 1, 10.2.3). */
export const mxcsrInitial = 0x1f80;
/** Bits of MXCSR that exist here (DAZ included). */
export const mxcsrMask = 0xffff;
/** x87 control word after FNINIT. */
export const controlInitial = 0x37f;

function parityEven(byte: number): boolean {
  let x = byte & 0xff;
  x ^= x >> 4;
  return ((0x9669 >> (x & 15)) & 1) === 1;
}

/** RFLAGS of the state in `view` (a view of the whole wasm memory); IF and bit 1 read as 1. */
export function getFlags(view: DataView): number {
  const sign = view.getInt32(flagSlots.sign.offset, true);
  let flags = 0x202 | (view.getInt32(flagSlots.otherFlags.offset, true) & otherFlagsMask);
  if (view.getInt32(flagSlots.cf.offset, true)) flags |= flagBit.cf;
  if (parityEven(sign)) flags |= flagBit.pf;
  if ((view.getInt32(flagSlots.af.offset, true) ^ sign) & 16) flags |= flagBit.af;
  if (view.getBigInt64(flagSlots.zero.offset, true) === 0n) flags |= flagBit.zf;
  if (view.getInt32(flagSlots.sign.offset + 4, true) < 0) flags |= flagBit.sf;
  if (view.getInt32(flagSlots.df.offset, true)) flags |= flagBit.df;
  if (view.getInt32(flagSlots.of.offset, true)) flags |= flagBit.of;
  return flags;
}

/** Sets the flag slots in `view` from RFLAGS bits. */
export function setFlags(view: DataView, flags: number): void {
  const sign = (flags & flagBit.sf ? -(2n ** 63n) : 0n) + (flags & flagBit.pf ? 0n : 1n);
  view.setBigInt64(flagSlots.sign.offset, sign, true);
  view.setBigInt64(flagSlots.zero.offset, flags & flagBit.zf ? 0n : 1n, true);
  view.setInt32(flagSlots.cf.offset, flags & flagBit.cf ? 1 : 0, true);
  view.setInt32(flagSlots.of.offset, flags & flagBit.of ? 1 : 0, true);
  view.setInt32(flagSlots.df.offset, flags & flagBit.df ? 1 : 0, true);
  view.setInt32(flagSlots.af.offset, flags & flagBit.af, true);
  view.setInt32(flagSlots.otherFlags.offset, flags & otherFlagsMask, true);
}

/**
 * Puts a new program's register state into `view`: everything zero, FPU and MXCSR as Linux's exec
 * leaves them.
 */
export function resetRegisters(view: DataView): void {
  for (let at = allSlots[0]!.offset; at < slotsEnd; at += 4) view.setInt32(at, 0, true);
  setFlags(view, 0x202);
  view.setInt32(registers.mxcsr.offset, mxcsrInitial, true);
  view.setInt32(x87Slots.control.offset, controlInitial, true);
  view.setInt32(x87Slots.empty.offset, 0xff, true);
}

/**
 * Detail of an `illegal` trap that is a general-protection exception, #GP; its error code shifted
 * left by 16.
 */
export const generalProtection = 1;

/** Bit of an `arithmetic` trap's detail: the exception is the x87's, #MF, and not #XM. */
export const x87Exception = 0x100;
