/**
 * Functions the instructions call (`Builder.helper`), for what is too big or too rare to inline.
 */

import type { Helper } from '../isa.ts';

/** CNTVCT_EL0: virtual time at 1 GHz, one tick an instruction. */
const counter: Helper = (context) => BigInt.asUintN(64, context.instructionCount());

/** IC IVAU: x is an address, y the bytes of its line. */
const invalidate: Helper = (context, x, y) => {
  const line = Number(BigInt.asUintN(32, x)) & -Number(y);
  context.invalidate?.(line >>> 0, (line >>> 0) + Number(y));
  return 0n;
};

/** Helpers by name; an id is the place in this list. */
const list: readonly (readonly [HelperName, Helper])[] = [
  ['counter', counter],
  ['invalidate', invalidate],
];

export type HelperName = 'counter' | 'invalidate';

/** Helpers in the order of their ids. */
export const helpers: readonly Helper[] = list.map(([, helper]) => helper);

/** Id of each helper. */
export const helperId: Readonly<Record<HelperName, number>> = Object.fromEntries(
  list.map(([name], id) => [name, id]),
) as Record<HelperName, number>;
