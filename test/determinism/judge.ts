/** What runs of one program must have in common. */

import type { DeterminismProgram, RunOutcome } from './runner.ts';
import { verdict } from './runner.ts';

/** A run: of which program, where, and in which order tasks ran (undefined: in turns). */
export interface DeterminismRun {
  readonly program: DeterminismProgram;
  readonly architecture: string;
  readonly schedule: number | undefined;
}

/** Compares runs as they come. */
export class Judge {
  readonly #first = new Map<string, RunOutcome>();
  readonly #verdicts = new Map<string, string>();
  readonly #orders = new Map<string, Set<string>>();

  /** What is wrong with a run; undefined where nothing is. */
  check(run: DeterminismRun, outcome: RunOutcome): string | undefined {
    const { program, architecture, schedule } = run;
    const where = `${program.name} on ${architecture}, schedule ${schedule ?? 'in turns'}`;
    const said = verdict(outcome);
    const expected = this.#verdicts.get(program.name) ?? said;
    this.#verdicts.set(program.name, expected);
    if (!said.startsWith('ok ') || said !== expected) {
      return `${where}: ends with "${said}", expected "${expected}"\n${outcome.output}`;
    }
    const orders = this.#orders.get(program.name) ?? new Set();
    this.#orders.set(program.name, orders.add(`${outcome.instructions} ${outcome.output}`));
    const first = this.#first.get(where);
    if (!first) this.#first.set(where, outcome);
    else if (first.output !== outcome.output) {
      return `${where}: printed\n${outcome.output}\nand before\n${first.output}`;
    } else if (first.instructions !== outcome.instructions) {
      return `${where}: ${outcome.instructions} instructions, before ${first.instructions}`;
    }
    return undefined;
  }

  /** In how many ways a program has run so far. */
  ways(program: DeterminismProgram): number {
    return this.#orders.get(program.name)?.size ?? 0;
  }
}

/**
 * All runs of a program: `same` with one seed on each architecture in turn (every one of them
 * `same / 3` times), then one with each of `seeds` seeds from `firstSeed` on.
 */
export function runsOf(
  program: DeterminismProgram,
  architectures: readonly string[],
  options: { readonly same: number; readonly seeds: number; readonly firstSeed: number },
): DeterminismRun[] {
  const { same, seeds, firstSeed } = options;
  return Array.from({ length: same + seeds }, (_, n) => {
    const architecture = architectures[n % architectures.length]!;
    return { program, architecture, schedule: n < same ? firstSeed : firstSeed + n - same };
  });
}
