/** `npm run fuzz -- scheduling`: racing programs, many times in one order, and in many orders. */

import { availableParallelism } from 'node:os';
import { Judge, runsOf } from '../determinism/judge.ts';
import { architectures, programs, Runner, type RunOutcome } from '../determinism/runner.ts';
import { runPool } from './pool.ts';
import { type Arguments, type Target, UsageError } from './target.ts';

interface Options {
  readonly names: readonly string[];
  readonly same: number;
  readonly seeds: number;
  readonly firstSeed: number;
}

/** What a thread answers: which run it was, and how it ended. */
interface Answer {
  readonly n: number;
  readonly outcome: RunOutcome;
}

/** All runs; programs take turns, so that an end before the end has seen all of them. */
function allRuns({ names, ...options }: Options): ReturnType<typeof runsOf> {
  const lists = programs()
    .filter(({ name }) => names.includes(name))
    .map((program) => runsOf(program, architectures, options));
  return lists[0]!.flatMap((_, n) => lists.map((list) => list[n]!));
}

async function run(args: Arguments, stop: AbortSignal): Promise<number> {
  const known = programs().map(({ name }) => name);
  const names = args.text('programs')?.split(',') ?? known;
  for (const name of names) {
    if (!known.includes(name)) throw new UsageError(`${name} is none of ${known.join(', ')}`);
  }
  const firstSeed = args.number('seed') ?? 1;
  const options: Options = {
    names,
    same: args.number('runs') ?? 200,
    seeds: args.number('seeds') ?? 200,
    firstSeed,
  };
  const jobs = args.number('jobs') ?? availableParallelism();
  args.finish();
  const runs = allRuns(options);
  const judge = new Judge();
  let [done, failures, printed, dealt] = [0, 0, 0, 0];
  const summary = (): string => `${done} of ${runs.length} runs, ${failures} failures`;
  await runPool<Answer>({
    target: 'scheduling',
    start: options,
    jobs,
    firstSeed: 0,
    stop,
    more: () => dealt++ < runs.length,
    onResult: ({ n, outcome }) => {
      const wrong = judge.check(runs[n]!, outcome);
      done++;
      if (wrong) {
        failures++;
        console.log(`${wrong}\nagain: npm run fuzz -- scheduling --programs ${runs[n]!.program.name}
  --seed ${runs[n]!.schedule} --runs 1 --seeds 1`);
      }
      if (performance.now() - printed < 30_000) return;
      printed = performance.now();
      console.log(summary());
    },
  });
  for (const program of programs().filter(({ name }) => names.includes(name))) {
    console.log(`${program.name}: ${judge.ways(program)} different executions`);
  }
  console.log(summary());
  return failures ? 1 : 0;
}

/** The target of the table. */
export const schedulingTarget: Target = {
  name: 'scheduling',
  summary: 'racing programs of test/determinism: equal with one seed, right with every seed',
  usage: `  --programs NAMES     files of test/determinism/programs (all)
  --seed N             the one seed, and the first of the others (1)
  --runs N             runs with one seed (200)
  --seeds N            runs with others (200)
  --jobs N             threads (one for each processor)`,
  run,
  worker(start) {
    const runs = allRuns(start as Options);
    const runner = new Runner();
    return async (n): Promise<Answer> => {
      const { program, architecture, schedule } = runs[n as number]!;
      return { n: n as number, outcome: await runner.run(program, architecture, schedule) };
    };
  },
};
