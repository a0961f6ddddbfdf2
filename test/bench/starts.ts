/** Starts, processes, large images, memory: lines that are no programs of a suite. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from 'stiletto';
import { runOnLinux } from '../guests/oracle.ts';
import { hasQemu, qemuOf, runHost, type Sides, scratch } from './sides.ts';
import { type Line, median } from './table.ts';

/** Runs something several times after once that does not count; gives the median in ms. */
async function medianOf(rounds: number, once: (round: number) => Promise<number>): Promise<number> {
  await once(0);
  const times: number[] = [];
  for (let round = 1; round <= rounds; round++) times.push(await once(round));
  return median(times);
}

async function timed(run: () => Promise<unknown> | unknown): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

const command = (...args: string[]): string[] => ['scripts/run.js', ...args];

/** `busybox uname -m` in this engine, and in a new process of ours. */
export async function* measureUname(sides: Sides, rounds: number): AsyncGenerator<Line> {
  const { architecture } = sides;
  const line = { group: 'start', architecture, unit: 'ms' as const };
  const busybox = await sides
    .container('busybox')
    .file('/bin/busybox')
    .export(join(scratch, `busybox-${architecture}`));
  const qemu = hasQemu(architecture)
    ? await medianOf(rounds, () =>
        timed(() => runHost(qemuOf(architecture), [busybox, 'uname', '-m'])),
      )
    : undefined;
  const ours = await medianOf(rounds, (round) => {
    const container = sides.container('busybox').withEnvVariable('UNAME', `${round}`);
    return timed(() => container.withExec(['uname', '-m']).stdout());
  });
  const target = Math.max(10, (qemu ?? 0) / 2);
  yield { ...line, name: 'busybox uname -m, warm engine', ours, other: qemu, value: ours, target };
  const platform = `linux/${architecture}`;
  const uname = ['run', '--platform', platform, 'busybox', 'uname', '-m'];
  const fresh = await medianOf(rounds, () =>
    timed(() => runNode(command('src/cli/main.ts', ...uname))),
  );
  const empty = await medianOf(rounds, () => timed(() => runNode(['-e', ''])));
  const name = 'busybox uname -m, new node process';
  yield { ...line, name, ours: fresh, other: empty, value: fresh, target: 250 };
  yield { ...line, name: '… without node’s own start', value: fresh - empty, target: 120 };
}

function runNode(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')}: ${status}\n${stderr}`);
  return stdout;
}

const commands = (count: number, word: string): string =>
  `i=0; while [ $i -lt ${count} ]; do ${word}; i=$((i+1)); done; echo $i`;

/** A shell that starts 200 small commands. */
export async function* measureForks(sides: Sides, rounds: number): AsyncGenerator<Line> {
  const { architecture } = sides;
  const ours = await medianOf(rounds, (round) => {
    const container = sides.container('busybox').withEnvVariable('FORKS', `${round}`);
    return timed(() => container.withExec(['sh', '-c', commands(200, '/bin/true')]).sync());
  });
  const line = {
    group: 'fork',
    name: '200 × fork + exec + wait',
    architecture,
    unit: '×' as const,
  };
  if (!hasQemu(architecture)) {
    yield { ...line, ours, missing: `qemu-user for ${architecture}` };
    return;
  }
  const busybox = await sides
    .container('busybox')
    .file('/bin/busybox')
    .export(join(scratch, `busybox-${architecture}`));
  // qemu cannot start programs of its guest; the kernel does that by starting qemu again.
  const word = `${qemuOf(architecture)} ${busybox} true`;
  const other = await medianOf(rounds, () =>
    timed(() => runHost('/bin/sh', ['-c', commands(200, word)])),
  );
  yield { ...line, ours, other, value: ours / other, target: 1 };
}

const hello = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n';
/** Longest a build under qemu may take. Milliseconds. */
const goBuildMsMax = 1_200_000;

const build = 'cd /work && go build -o hello hello.go && ./hello';

/** `go build` of a program that says hello, whole toolchain included. */
export async function* measureGoBuild(sides: Sides): AsyncGenerator<Line> {
  const { architecture } = sides;
  const line = { group: 'go build', name: 'go build hello', architecture, unit: '×' as const };
  if (!hasQemu(architecture)) {
    yield { ...line, missing: `qemu-user for ${architecture}` };
    return;
  }
  const container = sides.container('golang').withNewFile('/work/hello.go', hello);
  const ours = await timed(() => container.withExec(['sh', '-c', build]).sync());
  const root = await sides.root('golang');
  mkdirSync(join(root, 'work'), { recursive: true });
  const path = 'export PATH=/usr/local/go/bin:$PATH GOPATH=/tmp/go HOME=/tmp CGO_ENABLED=0';
  const script = `${path}\ncat > /work/hello.go <<'E'\n${hello}E\n${build}\n`;
  let text = '';
  const other = await timed(() => {
    text = runOnLinux(root, architecture, script, goBuildMsMax).output;
  });
  if (text !== 'hello\n') throw new Error(`go build under qemu: ${text}`);
  yield { ...line, ours, other, value: ours / other, target: 1 };
}

/** Image sizes: number of files of 20 KB, and the name of the line. */
const imageSizes: readonly (readonly [files: number, name: string])[] = [
  [500, '10 MB'],
  [5000, '100 MB'],
  [50_000, '1 GB'],
];

/** An exec that changes one file of an image: from its start to the snapshot. */
export async function* measureImageSizes(
  engine: Engine,
  rounds: number,
  sizes: typeof imageSizes = imageSizes,
): AsyncGenerator<Line> {
  for (const [files, name] of sizes) {
    const directory = join(scratch, `image-${files}`);
    for (let n = 0; n < files; n++) {
      const folder = join(directory, `d${Math.floor(n / 100)}`);
      if (n % 100 === 0) mkdirSync(folder, { recursive: true });
      const file = join(folder, `f${n}`);
      writeFileSync(file, `${n}`);
      truncateSync(file, 20_000);
    }
    const base = engine
      .container({ platform: 'linux/amd64' })
      .from('busybox')
      .withDirectory('/files', engine.host().directory(directory));
    await base.sync();
    const ours = await medianOf(rounds, (round) =>
      timed(() => base.withExec(['sh', '-c', `echo ${round} > /files/d0/f0`]).sync()),
    );
    rmSync(directory, { recursive: true });
    const line = { group: 'image', unit: 'ms' as const, ours, value: ours, target: 50 };
    yield { ...line, name: `exec, one file of ${name} changed` };
  }
}

/** Resident memory in processes of their own, see memory.ts. */
export async function* measureMemory(rounds: number): AsyncGenerator<Line> {
  const megabytes = (step: string): Promise<number> =>
    medianOf(rounds, async () => Number(runNode(command('test/bench/memory.ts', step))) / 1e6);
  const [idle, one, many] = [
    await megabytes('idle'),
    await megabytes('one'),
    await megabytes('many'),
  ];
  const line = { group: 'memory', unit: 'MB' as const };
  yield { ...line, name: 'engine idle', value: idle, target: 80 };
  yield { ...line, name: '+ one busybox', value: one - idle, target: 15 };
  yield { ...line, name: '+ each of 50 live processes', value: (many - one) / 50, target: 5 };
}
