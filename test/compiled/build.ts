/**
 * Builds the programs of `sources/` with Debian's compilers, without vitest as well:
 * node scripts/run.js test/compiled/build.ts
 * Objects and programs are kept in dist/compiled/, named by a hash of what they are made from.
 */

import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

export type Architecture = 'amd64' | 'arm64' | 's390x';

/** One way to compile all sources into one program. */
export interface Variant {
  readonly name: string;
  readonly architecture: Architecture;
  readonly flags: readonly string[];
  readonly link: 'static' | 'dynamic';
  /** The processor model x86-64 code needs; default: `x86-64-v2`. */
  readonly model?: 'x86-64-v3';
}

// biome-ignore format: a table
export const variants: readonly Variant[] = [
  { name: 'amd64-O0-static', architecture: 'amd64', flags: ['-O0'], link: 'static' },
  { name: 'amd64-O2-v2-dynamic', architecture: 'amd64', flags: ['-O2', '-march=x86-64-v2'], link: 'dynamic' },
  { name: 'amd64-O3-v3-static', architecture: 'amd64', flags: ['-O3', '-march=x86-64-v3'], link: 'static', model: 'x86-64-v3' },
  { name: 'arm64-O0-dynamic', architecture: 'arm64', flags: ['-O0'], link: 'dynamic' },
  { name: 'arm64-O2-v8.0-static', architecture: 'arm64', flags: ['-O2', '-march=armv8-a', '-mno-outline-atomics'], link: 'static' },
  { name: 'arm64-O3-v8.2-dynamic', architecture: 'arm64', flags: ['-O3', '-march=armv8.2-a+crypto+fp16+dotprod+rcpc'], link: 'dynamic' },
  { name: 's390x-O0-static', architecture: 's390x', flags: ['-O0'], link: 'static' },
  { name: 's390x-O2-z13-dynamic', architecture: 's390x', flags: ['-O2', '-march=z13'], link: 'dynamic' },
  { name: 's390x-O3-z14-static', architecture: 's390x', flags: ['-O3', '-march=z14'], link: 'static' },
];

const prefixes: Readonly<Record<Architecture, string>> = {
  amd64: 'x86_64-linux-gnu-',
  arm64: 'aarch64-linux-gnu-',
  s390x: 's390x-linux-gnu-',
};

/** The compilers of an architecture: C and C++. */
export function compilersOf(architecture: Architecture): readonly [c: string, cpp: string] {
  return [`${prefixes[architecture]}gcc`, `${prefixes[architecture]}g++`];
}

/** Flags some sources have besides those of the variant. */
function ownFlags(source: string, architecture: Architecture): readonly string[] {
  if (source === 'fast_math.c') return ['-ffast-math'];
  return source === 'intrinsics.c' && architecture === 's390x' ? ['-mzvector'] : [];
}

// Tests and scripts start in the root of the repository.
const sources = resolve('test/compiled/sources');
const output = resolve('dist/compiled');
const run = promisify(execFile);

function hashOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 24);
}

const versions = new Map<string, string>();

function versionOf(compiler: string): string {
  const known = versions.get(compiler);
  if (known !== undefined) return known;
  const { stdout } = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  versions.set(compiler, stdout);
  return stdout;
}

/** Runs a compiler unless its result is there; several may do so at once. */
async function make(file: string, compiler: string, args: readonly string[]): Promise<string> {
  if (existsSync(file)) return file;
  const partial = `${file}.${process.pid}`;
  await run(compiler, [...args, '-o', partial], { maxBuffer: 1 << 26 });
  renameSync(partial, file);
  return file;
}

function compile(source: string, variant: Variant): Promise<string> {
  const [c, cpp] = compilersOf(variant.architecture);
  const compiler = source.endsWith('.cc') ? cpp : c;
  const standard = source.endsWith('.cc') ? '-std=gnu++20' : '-std=gnu17';
  const own = ownFlags(source, variant.architecture);
  const flags = ['-Wall', '-Wno-psabi', standard, '-D_GNU_SOURCE', ...variant.flags, ...own];
  const path = join(sources, source);
  const texts = [readFileSync(path), readFileSync(join(sources, 'topic.h'))];
  const name = hashOf([versionOf(compiler), ...flags, source, ...texts]);
  return make(join(output, `${name}.o`), compiler, [...flags, '-c', path]);
}

/** Compiles at once; two, as many as the machine this is made for has processors. */
const jobsMax = 2;

/** The program of a variant: its path. Throws with the compiler's words. */
export async function buildProgram(variant: Variant): Promise<string> {
  mkdirSync(output, { recursive: true });
  const waiting = readdirSync(sources)
    .filter((name) => /\.cc?$/.test(name))
    .sort();
  const objects: string[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      objects.push(await compile(next, variant));
    }
  };
  await Promise.all(Array.from({ length: jobsMax }, work));
  objects.sort();
  const [, linker] = compilersOf(variant.architecture);
  const flags = [variant.link === 'static' ? '-static' : '-pie', '-s', '-pthread'];
  const name = hashOf([versionOf(linker), ...flags, ...objects]);
  const file = join(output, `${variant.name}-${name}`);
  return await make(file, linker, [...flags, ...objects, '-lm']);
}

/** A program of C sources of its own, wherever they are, linked statically: its path. */
export async function buildAlone(
  paths: readonly string[],
  architecture: Architecture,
  flags: readonly string[],
): Promise<string> {
  mkdirSync(output, { recursive: true });
  const [compiler] = compilersOf(architecture);
  const all = ['-std=gnu17', '-D_GNU_SOURCE', '-static', '-pthread', '-s', ...flags];
  const texts = paths.map((path) => readFileSync(path));
  const name = hashOf([versionOf(compiler), ...all, ...texts]);
  return await make(join(output, `alone-${name}`), compiler, [...all, ...paths, '-lm']);
}
