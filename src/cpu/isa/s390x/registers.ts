/** Where z/Architecture's registers live in the state area. */

import { type Slot, SlotLayout } from '../../state.ts';

const layout = new SlotLayout();

/** The program-visible registers. */
export interface Registers {
  /** General registers 0–15. */
  readonly r: readonly Slot<'i64'>[];
  /** Access registers; a0 and a1 hold the halves of the thread pointer. */
  readonly a: readonly Slot<'i32'>[];
  /**
   * Vector registers 0–31 as one 128-bit number: element 0 is in the highest wasm lane, so lane i
   * of `count` is element count-1-i. Floating-point register n is the high half of v[n].
   */
  readonly v: readonly Slot<'v128'>[];
  /** Floating-point control register. */
  readonly fpc: Slot<'i32'>;
  /** Condition code, 0–3. */
  readonly cc: Slot<'i32'>;
  /** Program mask (4 bits), as IPM and SPM see it. */
  readonly programMask: Slot<'i32'>;
}

export const registers: Registers = {
  v: layout.bank('v', 'v128', 32),
  r: layout.bank('r', 'i64', 16),
  a: layout.bank('a', 'i32', 16),
  fpc: layout.slot('fpc', 'i32'),
  cc: layout.slot('cc', 'i32'),
  programMask: layout.slot('program_mask', 'i32'),
};

export const slots: readonly Slot[] = layout.slots;
export const slotsEnd: number = layout.end;

/** Bit of the program mask by which fixed-point overflow interrupts the program. */
export const fixedPointOverflowMask = 8;

/** Condition code (0–3) in a stopped processor's state. */
export function getConditionCode(view: DataView): number {
  return view.getUint32(registers.cc.offset, true) & 3;
}

/** Sets the condition code (0–3), as a signal return does from the PSW mask. */
export function setConditionCode(view: DataView, cc: number): void {
  view.setUint32(registers.cc.offset, cc & 3, true);
}
