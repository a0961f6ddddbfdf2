/** The x87 state in memory: environments, tags, pending exceptions (SDM vol. 1, 8.1). */

import { checkedPlace } from '../../protection.ts';
import { GuestTrap } from '../../trap.ts';
import { exceptionFlags } from './exact_float.ts';
import { x87Exception, x87Slots } from './registers.ts';

const word = (view: DataView, slot: { readonly offset: number }): number =>
  view.getInt32(slot.offset, true);

/** Traps if an unmasked exception waits to be reported (#MF). */
export function reportPending(view: DataView): void {
  const status = word(view, x87Slots.status);
  if (!(status & 0x80)) return;
  const pending = status & ~word(view, x87Slots.control) & 0x3f;
  const detail = exceptionFlags.find((flags) => pending & flags) ?? 1;
  throw new GuestTrap('arithmetic', 0, { detail: detail | x87Exception });
}

/** The tag word: 0 valid, 1 zero, 2 special, 3 empty, two bits a physical register. */
export function tagWord(view: DataView): number {
  let tags = 0;
  for (let n = 0; n < 8; n++) tags |= tagOf(view, n) << (2 * n);
  return tags;
}

function tagOf(view: DataView, physical: number): number {
  if ((word(view, x87Slots.empty) >> physical) & 1) return 3;
  const e = word(view, x87Slots.exponent[physical]!) & 0x7fff;
  const significand = view.getBigUint64(x87Slots.significand[physical]!.offset, true);
  if (e === 0 && significand === 0n) return 1;
  return e === 0 || e === 0x7fff || significand >> 63n === 0n ? 2 : 0;
}

/** FLDENV: control, status and tag words. */
export function loadEnvironment(
  view: DataView,
  control: number,
  status: number,
  tags: number,
): void {
  let empty = 0;
  for (let n = 0; n < 8; n++) if (((tags >> (2 * n)) & 3) === 3) empty |= 1 << n;
  const summary = status & ~control & 0x3f ? 0x8080 : 0;
  view.setInt32(x87Slots.control.offset, control | 0x40, true);
  view.setInt32(x87Slots.status.offset, (status & 0x477f) | summary, true);
  view.setInt32(x87Slots.top.offset, (status >> 11) & 7, true);
  view.setInt32(x87Slots.empty.offset, empty, true);
}

/** Registers from ST(0) on, to (`save`) or from the 80 bytes at guest address `address`. */
export function moveRegisters(view: DataView, address: number, save: boolean): void {
  const at = checkedPlace(view, address, 80, save);
  const top = word(view, x87Slots.top);
  for (let i = 0; i < 8; i++) {
    const { offset: significand } = x87Slots.significand[(top + i) & 7]!;
    const { offset: exponent } = x87Slots.exponent[(top + i) & 7]!;
    const memory = at + 10 * i;
    if (save) {
      view.setBigUint64(memory, view.getBigUint64(significand, true), true);
      view.setUint16(memory + 8, view.getInt32(exponent, true), true);
    } else {
      view.setBigUint64(significand, view.getBigUint64(memory, true), true);
      view.setInt32(exponent, view.getUint16(memory + 8, true), true);
    }
  }
}
