/**
 * How fast we are, beside qemu's user mode and the processor itself, in one run on one machine:
 *
 *   npm run bench [-- --only NAME] [--rounds N] [--json]
 *
 * README.md has the method. Every line has a target; nothing fails when it is missed.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { connect, type Engine } from 'stiletto';
import { measureSuite, type Suite } from './compare.ts';
import { computePrograms, kernelPrograms, startPrograms } from './programs.ts';
import { architectures, Sides, scratch } from './sides.ts';
import {
  measureForks,
  measureGoBuild,
  measureImageSizes,
  measureMemory,
  measureUname,
} from './starts.ts';
import { formatLine, heading, type Line, verdictOf } from './table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const args = process.argv.slice(2);

/** Takes an option with a value off the arguments. */
function option(name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args.splice(at, 2)[1];
}

const rounds = Number(option('--rounds') ?? 5);
const only = option('--only') ?? args.find((arg) => !arg.startsWith('--'));
const asJson = args.includes('--json');
const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(2))
    .join(' ');

const suites: readonly Suite[] = [
  {
    group: 'compute',
    programs: computePrograms,
    target: 1,
    means: { amd64: 0.5, arm64: 0.5, s390x: 0.7 },
    nativeMean: 2.5,
  },
  { group: 'kernel', programs: kernelPrograms, target: 1 },
  { group: 'start', programs: startPrograms, target: 1 },
];

const isWanted = (...names: string[]): boolean =>
  only === undefined || names.some((name) => name.includes(only));

/** All lines, as they are known. */
async function* measure(engine: Engine): AsyncGenerator<Line> {
  const sides = architectures.map((architecture) => new Sides(engine, architecture));
  for (const suite of suites) {
    const wanted = (name: string): boolean => isWanted(suite.group, name);
    for (const one of sides) yield* measureSuite(suite, one, rounds, wanted);
  }
  for (const one of sides) {
    if (isWanted('start', 'uname')) yield* measureUname(one, rounds);
    if (isWanted('fork')) yield* measureForks(one, rounds);
  }
  if (isWanted('image')) yield* measureImageSizes(engine, rounds);
  if (isWanted('memory')) yield* measureMemory(Math.min(rounds, 3));
  for (const one of sides) {
    if (one.architecture !== 'amd64' && isWanted('go build')) yield* measureGoBuild(one);
  }
}

mkdirSync(scratch, { recursive: true });
const lines: Line[] = [];
const before = load();
process.once('exit', () => {
  // A missed target is no failure, a wrong checksum is.
  if (lines.some(({ failure }) => failure !== undefined)) process.exitCode = 1;
});
if (!asJson) process.stdout.write(`medians of ${rounds}; load average ${before}\n${heading}\n`);
await using engine = await connect();
for await (const line of measure(engine)) {
  lines.push(line);
  if (!asJson) process.stdout.write(`${formatLine(line)}\n`);
}
if (asJson) {
  const all = lines.map((line) => ({ ...line, verdict: verdictOf(line) }));
  const text = JSON.stringify({ rounds, load: [before, load()], lines: all }, undefined, 2);
  process.stdout.write(`${text}\n`);
} else {
  const count = (verdict: string): number =>
    lines.filter((line) => verdictOf(line) === verdict).length;
  const summary = (['pass', 'short', 'missing', 'failed'] as const)
    .map((verdict) => `${count(verdict)} ${verdict}`)
    .join(', ');
  process.stdout.write(`${summary}; load average ${load()}\n`);
  // Images have a table of their own (images.ts), measured in processes of their own.
  if (isWanted('images')) {
    const script = ['scripts/run.js', 'test/bench/images.ts', String(rounds)];
    spawnSync(process.execPath, script, { cwd: root, stdio: 'inherit' });
  }
}
