import { describe, expect, test } from 'vitest';
import { Judge, runsOf } from './judge.ts';
import { architectures, programs, Runner } from './runner.ts';

// The whole (200 runs with one seed, 200 seeds) is `npm run determinism`.
const same = 5;
const seeds = 10;

describe('programs whose tasks race', () => {
  const runner = new Runner();

  test('are ten', () => {
    expect(programs().length).toBe(10);
  });

  test.each(programs())('$name', { timeout: 240_000 }, async (program) => {
    const judge = new Judge();
    // One architecture of each program: others have their turn in the whole.
    const architecture = architectures[program.name.length % architectures.length]!;
    for (const run of runsOf(program, [architecture], { same, seeds, firstSeed: 1 })) {
      const outcome = await runner.run(program, architecture, run.schedule);
      expect(judge.check(run, outcome)).toBe(undefined);
    }
    expect(judge.ways(program)).toBeGreaterThan(seeds / 2);
  });

  test('without a seed they take turns, always the same', async () => {
    const judge = new Judge();
    const program = programs().find(({ name }) => name === 'writers.sh')!;
    for (let n = 0; n < 3; n++) {
      const run = { program, architecture: 'amd64', schedule: undefined };
      expect(judge.check(run, await new Runner().run(program, 'amd64'))).toBe(undefined);
    }
    expect(judge.ways(program)).toBe(1);
  });
});
