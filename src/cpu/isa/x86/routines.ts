/** The registry of routines called by `Builder.helper`: what is too big or too rare for the IR. */

import type { Helper } from '../isa.ts';

/** All routines; the index is the id. */
export const routines: Helper[] = [];

/** Registers a routine and returns its id. */
export function routine(helper: Helper): number {
  return routines.push(helper) - 1;
}
