/**
 * Whose turn is next, and for how long: a function of the program and a seed, so that a race found
 * with a seed is found again.
 */

import { quantumInstructions, quantumInstructionsMin } from '../limits.ts';
import { EntropySource } from './entropy.ts';

export interface Schedule {
  /** Which of `count` ready tasks runs, in the order they became ready: 0 ≤ result < count. */
  next(count: number): number;
  /** Guest instructions of its turn. */
  quantum(): number;
}

/** The order they became ready, and the longest turns: what machines do unless told otherwise. */
export const roundRobin: Schedule = { next: () => 0, quantum: () => quantumInstructions };

const doublings = Math.log2(quantumInstructions / quantumInstructionsMin);

/**
 * Any ready task, and turns of any magnitude between `quantumInstructionsMin` and
 * `quantumInstructions`: preemption comes everywhere, long turns come too. Every task's turn comes
 * with probability one, so it is fair.
 */
export function seededSchedule(seed: bigint): Schedule {
  const entropy = new EntropySource(seed);
  const below = (count: number): number => Number(entropy.next() % BigInt(count));
  return {
    next: (count) => (count > 1 ? below(count) : 0),
    quantum: () => Math.floor(quantumInstructionsMin * 2 ** (doublings * (below(1024) / 1023))),
  };
}
