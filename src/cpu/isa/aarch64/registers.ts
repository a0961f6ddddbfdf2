/** State of an AArch64 processor at EL0: its slots and the views the Linux layer has of them. */

import { type Slot, SlotLayout } from '../../state.ts';

const layout = new SlotLayout();

/** Registers the Linux layer saves, restores and sets up. */
export interface Registers {
  /** X0…X30. */
  readonly x: readonly Slot<'i64'>[];
  readonly sp: Slot<'i64'>;
  /** TPIDR_EL0: the thread pointer. */
  readonly tpidr: Slot<'i64'>;
  /** V0…V31. */
  readonly v: readonly Slot<'v128'>[];
  /** Always in memory; set by `setFloatStatus`. */
  readonly fpcr: Slot<'i32'>;
  readonly fpsr: Slot<'i32'>;
}

/**
 * Floating-point state, always in memory (`Builder.peek`): `wasm/aarch64/state.ts` says where it
 * is, so it is first.
 */
const fpcr: Slot<'i32'> = layout.slot('fpcr', 'i32');
const fpsr: Slot<'i32'> = layout.slot('fpsr', 'i32');

/**
 * 1 where wasm's own arithmetic gives FPCR's results and can raise nothing that is not checked:
 * FPCR is 0 and FPSR.IXC is set. In memory always.
 */
export const floatQuick: Slot<'i32'> = layout.slot('float_quick', 'i32');

/** Operands of leaf helpers: Vd (also the result), Vn, Vm. In memory always. */
export const helperOperands: readonly Slot<'v128'>[] = layout.bank('helper_operand', 'v128', 3);

export const registers: Registers = {
  x: layout.bank('x', 'i64', 31),
  sp: layout.slot('sp', 'i64'),
  tpidr: layout.slot('tpidr', 'i64'),
  v: layout.bank('v', 'v128', 32),
  fpcr,
  fpsr,
};

/**
 * The condition flags, in the form that costs least to write: N is the sign of `n`, Z holds when
 * `z` is 0 (both usually the result itself), V is the sign of `v`, C is 0 or 1.
 */
export interface FlagSlots {
  readonly n: Slot<'i64'>;
  readonly z: Slot<'i64'>;
  readonly c: Slot<'i32'>;
  readonly v: Slot<'i64'>;
}

export const flagSlots: FlagSlots = {
  n: layout.slot('nf', 'i64'),
  z: layout.slot('zf', 'i64'),
  c: layout.slot('cf', 'i32'),
  v: layout.slot('vf', 'i64'),
};

/**
 * The exclusive monitor: address (−1 when open) and the value read. A store-exclusive succeeds when
 * address and memory still agree with them, so it needs no hook in ordinary stores. A value that
 * changed and changed back passes, as it does under QEMU; every lock-free algorithm in use that
 * relies on more than the value does so through the value's own version count.
 */
export interface MonitorSlots {
  readonly address: Slot<'i64'>;
  readonly low: Slot<'i64'>;
  readonly high: Slot<'i64'>;
}

export const monitor: MonitorSlots = {
  address: layout.slot('exclusive_address', 'i64'),
  low: layout.slot('exclusive_low', 'i64'),
  high: layout.slot('exclusive_high', 'i64'),
};

/** All slots, and where they end (a wasm address). */
export const slots: readonly Slot[] = layout.slots;
export const slotsEnd: number = layout.end;

/** Bits of FPCR that exist: AHP, DN, FZ, RMode, FZ16. */
export const fpcrMask = 0x07c80000;
/** Bits of FPSR that exist: QC, IDC, IXC, UFC, OFC, DZC, IOC. */
export const fpsrMask = 0x0800009f;
/** FPSR.IXC. */
export const inexactBit = 16;

/** Sets FPCR and FPSR, as MSR does; u32. */
export function setFloatStatus(view: DataView, control: number, status: number): void {
  const mode = control & fpcrMask;
  view.setInt32(fpcr.offset, mode, true);
  view.setInt32(fpsr.offset, status & fpsrMask, true);
  view.setInt32(floatQuick.offset, mode === 0 && status & inexactBit ? 1 : 0, true);
}

/** NZCV as PSTATE has it: N in bit 31, Z 30, C 29, V 28. u32. */
export function getNzcv(view: DataView): number {
  const { n, z, c, v } = flagSlots;
  const zero = (view.getInt32(z.offset, true) | view.getInt32(z.offset + 4, true)) === 0;
  return (
    (((view.getInt32(n.offset + 4, true) >>> 31) << 31) |
      ((zero ? 1 : 0) << 30) |
      ((view.getInt32(c.offset, true) & 1) << 29) |
      ((view.getInt32(v.offset + 4, true) >>> 31) << 28)) >>>
    0
  );
}

/** Sets NZCV from bits 31…28 of `nzcv`. */
export function setNzcv(view: DataView, nzcv: number): void {
  const setWide = (slot: Slot, value: number): void => {
    view.setInt32(slot.offset, value, true);
    view.setInt32(slot.offset + 4, value, true);
  };
  setWide(flagSlots.n, nzcv >> 31);
  setWide(flagSlots.z, ((nzcv >>> 30) & 1) - 1);
  view.setInt32(flagSlots.c.offset, (nzcv >>> 29) & 1, true);
  setWide(flagSlots.v, (nzcv << 3) >> 31);
}
