/** Numbers the helper functions of this instruction set in the order they are first named. */

import type { Builder, I64 } from '../../ir/builder.ts';
import type { Helper } from '../isa.ts';

/** `Isa.helpers`; filled by `declare` while the tables load, so ids are the same in every run. */
export const helpers: Helper[] = [];
const numbers = new Map<Helper, number>();

/** Gives a helper its id. Idempotent. */
export function declare(helper: Helper): number {
  let id = numbers.get(helper);
  if (id === undefined) {
    id = helpers.length;
    helpers.push(helper);
    numbers.set(helper, id);
  }
  return id;
}

let calls = 0;

/** How many calls of helpers there are in all code so far: they may change registers. */
export function helperCalls(): number {
  return calls;
}

/** Notes a call of a helper in the code. */
export function noteHelperCall(): void {
  calls++;
}

/** Calls a declared helper. */
export function helper(b: Builder, which: Helper, x: I64, y: I64, z: I64): I64 {
  const id = numbers.get(which);
  if (id === undefined) throw new Error(`helper ${which.name} is not declared`);
  calls++;
  return b.helper(id, x, y, z);
}
