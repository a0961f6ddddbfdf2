/**
 * How fast we are, beside qemu's user mode and the processor itself, in one run on one machine:
 *
 *   npm run bench [-- NAME…] [--rounds N]
 *
 * Figures are medians of wall times; what matters are the ratios. Programs of the two sides take
 * turns, so that a busy machine slows both.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Container, connect, type Engine } from 'stiletto';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Our platform → the suffix of qemu's program. */
const guests = { 'linux/amd64': 'x86_64', 'linux/arm64': 'aarch64', 'linux/s390x': 's390x' };
/** Our architecture names → those of Node's `process.arch`. */
const native = { 'linux/amd64': 'x64', 'linux/arm64': 'arm64', 'linux/s390x': 's390x' };
type GuestPlatform = keyof typeof guests;

interface Case {
  readonly name: string;
  /** Arguments of busybox. `DATA` stands for a file of 64 MiB. */
  readonly args: readonly string[];
  /** A native shell command for the other side, where one busybox process will not do. */
  readonly loop?: string;
  /** Measured as a process of our command instead of in a warm engine. */
  readonly process?: true;
}

const awk = 'BEGIN { for (i = 0; i < 200000; i++) s += i * i % 7; print s }';
const repeat = (command: string) => `i=0; while [ $i -lt 200 ]; do ${command}; i=$((i+1)); done`;

const cases: readonly Case[] = [
  { name: 'uname -m, warm engine', args: ['uname', '-m'] },
  { name: 'uname -m, new process', args: ['uname', '-m'], process: true },
  { name: 'sha256sum of 64 MiB', args: ['sha256sum', 'DATA'] },
  { name: 'awk loop', args: ['awk', awk] },
  { name: '200 forks', args: ['sh', '-c', repeat('( : )')] },
  // qemu cannot start programs of its guest; the kernel does that by starting qemu again.
  { name: '200 × fork + exec', args: ['sh', '-c', repeat('/bin/true')], loop: 'RUN true' },
];

const dataBytes = 64 * 1024 * 1024;
const directory = join(tmpdir(), 'stiletto-bench');

/** Milliseconds a program takes; undefined where it is not installed. */
function timeProgram(program: string, args: readonly string[]): number | undefined {
  const start = performance.now();
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'ignore' });
  if (error) return undefined;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
  return performance.now() - start;
}

/** Our side, once: a fresh exec, or a fresh process. */
async function timeOurs(what: Case, container: Container, round: number): Promise<number> {
  const start = performance.now();
  if (what.process) {
    const platform = await container.platform();
    const args = ['scripts/run.js', 'src/cli/main.ts', 'run', '--platform', platform, 'busybox'];
    timeProgram(process.execPath, [...args, ...what.args]);
  } else {
    const args = ['busybox', ...what.args.map((arg) => (arg === 'DATA' ? '/data' : arg))];
    // Equal execs run once: the round makes each of them another one.
    await container.withEnvVariable('ROUND', `${round}`).withExec(args).sync();
  }
  return performance.now() - start;
}

/** The other side, once: `prefix` is qemu, or nothing on the processor itself. */
function timeOther(what: Case, prefix: readonly string[], busybox: string): number | undefined {
  const command = [...prefix, busybox];
  const data = join(directory, 'data');
  const [program = '', ...rest] = what.loop
    ? ['/bin/sh', '-c', repeat(what.loop.replace('RUN', command.join(' ')))]
    : [...command, ...what.args.map((arg) => (arg === 'DATA' ? data : arg))];
  return existsSync(program) ? timeProgram(program, rest) : undefined;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const cell = (text: string) => text.padStart(10);
const shown = (values: readonly number[]) =>
  values.length === 0 ? cell('–') : cell(`${median(values).toFixed(1)} ms`);
const ratio = (ours: readonly number[], others: readonly number[]) =>
  others.length === 0 ? cell('–') : cell(`${(median(ours) / median(others)).toFixed(2)} ×`);

async function measure(
  engine: Engine,
  platform: GuestPlatform,
  what: Case,
  rounds: number,
): Promise<void> {
  const container = engine
    .container({ platform })
    .from('busybox')
    .withFile('/data', engine.host().file(join(directory, 'data')));
  const busybox = join(directory, `busybox-${guests[platform]}`);
  await container.file('/bin/busybox').export(busybox);
  const qemu = `/usr/bin/qemu-${guests[platform]}-static`;
  const hasNative = process.arch === native[platform];
  const [ours, theirs, processor]: [number[], number[], number[]] = [[], [], []];
  // The first round warms both sides up and does not count.
  for (let round = 0; round <= rounds; round++) {
    const mine = await timeOurs(what, container, round);
    const other = existsSync(qemu) ? timeOther(what, [qemu], busybox) : undefined;
    const bare = hasNative ? timeOther(what, [], busybox) : undefined;
    if (round === 0) continue;
    ours.push(mine);
    if (other !== undefined) theirs.push(other);
    if (bare !== undefined) processor.push(bare);
  }
  const name = `${platform.slice('linux/'.length).padEnd(7)}${what.name.padEnd(24)}`;
  const figures = [shown(ours), shown(theirs), ratio(ours, theirs), ratio(ours, processor)];
  process.stdout.write(`${name}${figures.join('')}\n`);
}

const args = process.argv.slice(2);
const at = args.indexOf('--rounds');
const rounds = at < 0 ? 5 : Number(args.splice(at, 2)[1]);
const load = () =>
  loadavg()
    .map((value) => value.toFixed(2))
    .join(' ');

mkdirSync(directory, { recursive: true });
writeFileSync(join(directory, 'data'), new Uint8Array(dataBytes).fill(0x61));
process.stdout.write(`medians of ${rounds}; load average ${load()}\n`);
const heads = ['ours', 'qemu-user', 'to qemu', 'to native'].map(cell).join('');
process.stdout.write(`${''.padEnd(31)}${heads}\n`);
await using engine = await connect();
for (const what of cases) {
  if (args.length > 0 && !args.some((word) => what.name.includes(word))) continue;
  for (const platform of Object.keys(guests) as GuestPlatform[]) {
    await measure(engine, platform, what, rounds);
  }
}
// Images have a table of their own (images.ts), measured in processes of their own.
if (args.length === 0 || args.includes('images')) {
  const script = ['scripts/run.js', 'test/bench/images.ts', String(rounds)];
  spawnSync(process.execPath, script, { cwd: root, stdio: 'inherit' });
}
process.stdout.write(`load average ${load()}\n`);
