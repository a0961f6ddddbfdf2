/** `npm run fuzz -- isa`: random programs against QEMU and the host's processor. */

import { availableParallelism } from 'node:os';
import type { TierPolicy } from '../../../src/cpu/cpu.ts';
import { runPool } from '../pool.ts';
import { type Arguments, type Target, UsageError } from '../target.ts';
import { type BatchResult, type Comparison, runBatch } from './batch.ts';
import { bareMachine, referenceMachine } from './compare.ts';
import { type AnySet, setOf, sets } from './sets.ts';

interface Options {
  readonly set: string;
  readonly tiers: readonly TierPolicy[];
  readonly emulated: boolean;
  readonly only: string | undefined;
  /** Differences minimised of one seed. */
  readonly findingsMax: number;
}

/** Sums over all seeds of a set. */
class Tally {
  readonly #set: AnySet;
  readonly #start: number = performance.now();
  readonly #rows = new Map<string, number>();
  readonly #findings = new Set<string>();
  instructions = 0;
  programs = 0;
  #printed = 0;

  constructor(set: AnySet) {
    this.#set = set;
  }

  get findings(): number {
    return this.#findings.size;
  }

  /** Adds what came of a seed, and prints what is new of it. */
  add(result: BatchResult): void {
    this.instructions += result.instructions;
    this.programs += result.programs;
    for (const [name, count] of result.rows) {
      this.#rows.set(name, (this.#rows.get(name) ?? 0) + count);
    }
    for (const { rows, text } of result.findings) {
      if (this.#findings.has(rows)) continue;
      this.#findings.add(rows);
      console.log(`\n${text}\n`);
    }
    const now = performance.now();
    const every = process.stdout.isTTY ? 500 : 10_000;
    if (now - this.#printed < every) return;
    this.#printed = now;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${this.summary()}`);
    else console.log(this.summary());
  }

  summary(): string {
    const seconds = (performance.now() - this.#start) / 1000;
    const wanted = this.#set.rows.filter(({ apart }) => apart === undefined);
    const reached = wanted.filter(({ name }) => this.#rows.has(name)).length;
    const counts = `${this.instructions} instructions in ${this.programs} programs`;
    const rates = `${Math.round(this.instructions / seconds)} and ${Math.round(this.programs / seconds)} a second`;
    const rows = `${reached} of ${wanted.length} rows`;
    return `${this.#set.name}: ${counts} (${rates}), ${rows}, ${this.findings} differences`;
  }

  /** A line a row: how often it was used, or why not. Gives the number of rows missed. */
  printRows(): number {
    let missed = 0;
    for (const { name, apart } of this.#set.rows) {
      const count = this.#rows.get(name) ?? 0;
      if (!count && !apart) missed++;
      const how = count || !apart ? '' : `  (${apart})`;
      console.log(`${String(count).padStart(9)}  ${name}${how}`);
    }
    console.log(`${this.#set.rows.length} rows, ${missed} of them missed`);
    return missed;
  }
}

function comparisonOf({ set: name, tiers, emulated, only }: Options): Comparison<unknown> {
  const set = setOf(name);
  const trusted = emulated || !set.reference.native ? set.rightInQemu : undefined;
  const chosen = only ? new RegExp(only) : trusted;
  return {
    set,
    reference: referenceMachine(set, emulated),
    subjects: tiers.map(bareMachine),
    ...(chosen ? { only: chosen } : {}),
  };
}

function tiersOf(text: string | undefined): TierPolicy[] {
  const known = ['interpreter', 'translator', 'tiered'] as const;
  const names = text?.split(',') ?? ['interpreter', 'translator'];
  return names.map((name) => {
    const tier = known.find((candidate) => candidate === name);
    if (!tier) throw new UsageError(`--tiers: ${name} is none of ${known.join(', ')}`);
    return tier;
  });
}

async function run(args: Arguments, stop: AbortSignal): Promise<number> {
  const chosen = args.text('set')?.split(',') ?? sets.map(({ name }) => name);
  // Seeds of different runs should not meet; the one printed repeats a run.
  const seed = args.number('seed') ?? Math.floor(Math.random() * 1e9);
  const instructionsMax = args.number('instructions') ?? Number.POSITIVE_INFINITY;
  const jobs = args.number('jobs') ?? availableParallelism();
  const goOn = args.flag('keep-going');
  const printRows = args.flag('rows');
  const shared = {
    tiers: tiersOf(args.text('tiers')),
    emulated: args.flag('qemu'),
    only: args.text('only'),
    findingsMax: goOn ? 8 : 1,
  };
  args.finish();
  for (const name of chosen) setOf(name);
  const endless = instructionsMax === Number.POSITIVE_INFINITY;
  let failed = false;
  // Without an end the sets take turns.
  const share = endless ? 200_000 : instructionsMax;
  const tallies = chosen.map((name) => ({ name, tally: new Tally(setOf(name)), seed }));
  console.log(`seed ${seed}, ${jobs} threads; Ctrl-C ends`);
  do {
    for (const each of tallies) {
      const { name, tally } = each;
      const start: Options = { set: name, ...shared };
      const end = tally.instructions + share;
      const more = (): boolean => tally.instructions < end && (goOn || tally.findings === 0);
      const onResult = (result: BatchResult): void => {
        each.seed = Math.max(each.seed, result.seed + 1);
        tally.add(result);
      };
      await runPool({ target: 'isa', start, jobs, firstSeed: each.seed, more, onResult, stop });
      console.log(`${process.stdout.isTTY ? '\r\x1b[K' : ''}${tally.summary()}`);
      if (tally.findings) failed = true;
      if (stop.aborted || (failed && !goOn)) break;
    }
  } while (endless && !stop.aborted && (goOn || !failed));
  if (printRows) for (const { tally } of tallies) if (tally.printRows()) failed = true;
  return failed ? 1 : 0;
}

/** The target of the table. */
export const isaTarget: Target = {
  name: 'isa',
  summary: 'random programs from the instruction rows, against QEMU and this processor',
  usage: `  --set NAMES          x86, aarch64, s390x (all)
  --seed N             seed of the first program (random)
  --instructions N     ends after so many a set (never ends)
  --only REGEXP        rows whose name matches
  --tiers NAMES        interpreter, translator, tiered (the first two)
  --qemu               QEMU instead of this processor for x86
  --keep-going         does not end at the first difference
  --rows               a table of how often each row was used; a missed row is a failure
  --jobs N             threads (one for each processor)`,
  run,
  worker(start) {
    const options = start as Options;
    const comparison = comparisonOf(options);
    return (seed) => runBatch(comparison, seed as number, options.findingsMax);
  },
};
