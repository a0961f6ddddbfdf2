/** The instruction sets that are fuzzed. */

import { aarch64 } from './aarch64.ts';
import type { InstructionSet } from './instruction_set.ts';
import { s390x } from './s390x.ts';
import { x86 } from './x86.ts';

/** A set whose cases are nobody's business but its own. */
export type AnySet = InstructionSet<unknown>;

/** All sets; a new one needs a line here and a file beside. */
export const sets: readonly AnySet[] = [x86, aarch64, s390x].map((set) => set as AnySet);

/** The set of a name of `--set`. Throws where there is none. */
export function setOf(name: string): AnySet {
  const set = sets.find((candidate) => candidate.name === name);
  if (set) return set;
  const known = sets.map((candidate) => candidate.name).join(', ');
  throw new RangeError(`there is no instruction set ${name}; there are ${known}`);
}
