/**
 * Program-interruption codes (PoP chapter 6) as details of traps, by which the operating system
 * tells what kind of `illegal` or `arithmetic` instruction it was.
 */

import { GuestTrap } from '../../trap.ts';

export const interruption = {
  operation: 1,
  execute: 3,
  specification: 6,
  /** With its code in byte 2 of the FPC. */
  data: 7,
  fixedPointOverflow: 8,
  decimalOverflow: 0xa,
  /** With its code in byte 2 of the FPC. */
  vector: 0x1b,
} as const;

/** What a helper throws at operands that a specification forbids. */
export function specificationException(): GuestTrap {
  return new GuestTrap('illegal', 0, { detail: interruption.specification });
}

/** What a helper throws at invalid decimal digits and signs. */
export function decimalException(): GuestTrap {
  return new GuestTrap('illegal', 0, { detail: interruption.data });
}
