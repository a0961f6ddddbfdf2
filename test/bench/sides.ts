/** The programs measured, and the sides they run on: ours, qemu's user mode, the processor. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Container, Engine } from 'stiletto';
import { type Architecture, buildAlone, compilersOf } from '../compiled/build.ts';

/** All architectures, and what qemu calls them. */
export const architectures: readonly Architecture[] = ['amd64', 'arm64', 's390x'];
const qemuNames: Readonly<Record<Architecture, string>> = {
  amd64: 'x86_64',
  arm64: 'aarch64',
  s390x: 's390x',
};

/** What a program needs around it. */
export type Surroundings = 'alone' | 'python' | 'debian' | 'go';

/** A guest program and how much it has to do. */
export interface Program {
  readonly surroundings: Surroundings;
  /** For `alone`: name of the benchmark in `sources/`; then N is appended. */
  readonly args: readonly string[];
  readonly n: number;
  /** N of the smoke test, and what the program prints for it, on every architecture. */
  readonly smokeN: number;
  readonly smokeOutput: string;
}

/** Files of measurements; shared memory where there is some, because targets are about tmpfs. */
export const scratch: string = join(
  existsSync('/dev/shm') ? '/dev/shm' : tmpdir(),
  'stiletto-bench',
);
const sources = resolve('test/bench/sources');

/** Whether the other side can run an architecture's programs. */
export function hasQemu(architecture: Architecture): boolean {
  return existsSync(qemuOf(architecture));
}

export function qemuOf(architecture: Architecture): string {
  return `/usr/bin/qemu-${qemuNames[architecture]}-static`;
}

/** Whether this machine runs the architecture itself. */
export function isNative(architecture: Architecture): boolean {
  return (process.arch === 'x64' ? 'amd64' : process.arch) === architecture;
}

/** Runs a program of the host: its output and the wall time in milliseconds. */
export function runHost(
  program: string,
  args: readonly string[],
): { readonly output: string; readonly milliseconds: number } {
  mkdirSync(scratch, { recursive: true });
  const start = performance.now();
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd: scratch,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: 'C', CGO_ENABLED: '0', HOME: scratch },
  });
  const milliseconds = performance.now() - start;
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stderr}`);
  return { output: stdout, milliseconds };
}

/** Whether the compiler for an architecture's C programs is installed. */
export function hasCompiler(architecture: Architecture): boolean {
  return !spawnSync(compilersOf(architecture)[0], ['--version']).error;
}

/** Whether Go programs can be built. */
export function hasGo(): boolean {
  return goCommand() !== undefined;
}

function goCommand(): string | undefined {
  return ['go', '/usr/local/go/bin/go'].find((go) => !spawnSync(go, ['version']).error);
}

function buildGo(architecture: Architecture): string {
  const go = goCommand();
  if (!go) throw new Error('Go is not installed');
  mkdirSync(scratch, { recursive: true });
  const output = join(scratch, `sort-${architecture}`);
  const env = [`GOARCH=${architecture}`, 'GOOS=linux', 'CGO_ENABLED=0'];
  runHost('env', [...env, go, 'build', '-o', output, join(sources, 'sort.go')]);
  return output;
}

const images: Readonly<Record<'python' | 'debian', string>> = {
  python: 'python',
  debian: 'debian',
};

/** One architecture's programs, ready to run on every side. */
export class Sides {
  readonly architecture: Architecture;
  readonly #engine: Engine;
  readonly #roots = new Map<string, Promise<string>>();
  readonly #files = new Map<Surroundings, Promise<string>>();
  #runs = 0;

  constructor(engine: Engine, architecture: Architecture) {
    this.#engine = engine;
    this.architecture = architecture;
  }

  /** Whether a program can be had here at all; says what is missing. */
  missing({ surroundings }: Program): string | undefined {
    if (surroundings === 'alone' && !hasCompiler(this.architecture)) {
      return compilersOf(this.architecture)[0];
    }
    return surroundings === 'go' && !hasGo() ? 'go' : undefined;
  }

  /** A container of an image. */
  container(image: string): Container {
    return this.#engine.container({ platform: `linux/${this.architecture}` }).from(image);
  }

  /** The host file of a compiled program. */
  #file(surroundings: 'alone' | 'go'): Promise<string> {
    const known = this.#files.get(surroundings);
    if (known) return known;
    const c = ['main.c', 'compute.c', 'kernel.c'].map((name) => join(sources, name));
    const built =
      surroundings === 'go'
        ? Promise.resolve(buildGo(this.architecture))
        : buildAlone(c, this.architecture, ['-O2']);
    this.#files.set(surroundings, built);
    return built;
  }

  /** An image unpacked on the host, for the other sides. */
  root(image: string): Promise<string> {
    const known = this.#roots.get(image);
    if (known) return known;
    const root = this.container(image)
      .rootfs()
      .export(join(tmpdir(), 'stiletto-bench-roots', `${image}-${this.architecture}`));
    this.#roots.set(image, root);
    return root;
  }

  /** Our side: a fresh exec in a warm engine. Wall time in milliseconds and output. */
  async ours(
    program: Program,
    n: number,
  ): Promise<{ readonly output: string; readonly milliseconds: number }> {
    const { surroundings, args } = program;
    const isImage = surroundings === 'python' || surroundings === 'debian';
    let container = this.container(isImage ? images[surroundings] : 'busybox');
    const command = args.map((arg) => arg.replaceAll('$N', String(n)));
    if (!isImage) {
      container = container.withFile(
        '/bench',
        this.#engine.host().file(await this.#file(surroundings)),
      );
      command.unshift('/bench');
    }
    // Equal execs run once: the variable makes each of them another one.
    container = container.withEnvVariable('RUN', `${this.#runs++}`).withWorkdir('/tmp');
    await container.sync();
    const start = performance.now();
    const output = await container.withExec(command).stdout();
    return { output, milliseconds: performance.now() - start };
  }

  /** The other sides: under qemu, or on the processor itself. */
  async other(
    program: Program,
    n: number,
    side: 'qemu' | 'native',
  ): Promise<{ readonly output: string; readonly milliseconds: number }> {
    const { surroundings, args } = program;
    const command = args.map((arg) => arg.replaceAll('$N', String(n)));
    const prefix: string[] = side === 'qemu' ? [qemuOf(this.architecture)] : [];
    if (surroundings === 'python' || surroundings === 'debian') {
      const root = await this.root(images[surroundings]);
      if (side === 'qemu') prefix.push('-L', root);
      else prefix.push('/usr/sbin/chroot', root);
      if (side === 'qemu') command[0] = join(root, command[0]!);
    } else {
      command.unshift(await this.#file(surroundings));
    }
    const [file = '', ...rest] = [...prefix, ...command];
    return runHost(file, rest);
  }
}

/** Writes a file of measurements. */
export function writeScratch(name: string, bytes: Uint8Array): string {
  mkdirSync(scratch, { recursive: true });
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
}
