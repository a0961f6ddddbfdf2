/** Every benchmark runs, with little to do, and gives the right checksum; never a time. */

import { type Client, connect } from 'stiletto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { computePrograms, kernelPrograms, processes, startPrograms } from './programs.ts';
import { architectures, type Program, Sides } from './sides.ts';
import { formatLine, geometricMean, median, verdictOf } from './table.ts';

let engine: Client;
beforeAll(async () => {
  engine = await connect();
});
afterAll(() => engine.close());

/** Python's image is large, building in Go slow: one architecture must do. */
const thoroughArchitecture = 'arm64';
const isThorough = ({ surroundings }: Program): boolean =>
  surroundings === 'python' || surroundings === 'go';

const programs: readonly (readonly [string, Program])[] = Object.entries({
  ...computePrograms,
  ...kernelPrograms,
  ...startPrograms,
  processes,
});

describe.each(architectures)('%s', (architecture) => {
  const here = programs.filter(
    ([, program]) => architecture === thoroughArchitecture || !isThorough(program),
  );
  test.each(here)('%s', { timeout: 240_000 }, async (name, program) => {
    const sides = new Sides(engine, architecture);
    const missing = sides.missing(program);
    if (missing && process.env.CI) throw new Error(`${name} needs ${missing}`);
    if (missing) {
      console.warn(`${name} was not run: it needs ${missing}`);
      return;
    }
    const { output } = await sides.ours(program, program.smokeN);
    expect(output).toBe(program.smokeOutput);
  });
});

test('medians, means and verdicts', () => {
  expect([median([3, 1, 2]), median([4, 1]), geometricMean([1, 4])]).toEqual([2, 2.5, 2]);
  const line = { group: 'g', name: 'n', unit: '×', value: 1.5, target: 1 } as const;
  expect(verdictOf(line)).toBe('short');
  expect(verdictOf({ ...line, value: 1 })).toBe('pass');
  expect(verdictOf({ ...line, missing: 'qemu' })).toBe('missing');
  expect(formatLine(line)).toMatch(/1\.50 × +1\.00 × {2}short$/);
});
