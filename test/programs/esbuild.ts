/**
 * The esbuild programs of npm, static Go binaries of three architectures: fetched by npm's client,
 * checked against package-lock.json, kept in dist/programs.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { entryBytes } from '../../src/archive/tar.ts';
import { readTar } from '../../src/archive/tar_read.ts';
import type { Architecture } from '../linux/guest_program.ts';

const packages: Readonly<Record<Architecture, string>> = {
  amd64: '@esbuild/linux-x64',
  arm64: '@esbuild/linux-arm64',
  s390x: '@esbuild/linux-s390x',
};

interface LockedPackage {
  readonly version: string;
  /** Subresource Integrity: `sha512-` and base64. */
  readonly integrity: string;
}

function lockedPackage(name: string): LockedPackage {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage | undefined>>;
  };
  const locked = lock.packages[`node_modules/${name}`];
  if (!locked) throw new Error(`package-lock.json has no ${name}`);
  return locked;
}

/** The package's archive, as npm's client fetches it. */
function packedBytes(name: string, { version, integrity }: LockedPackage): Uint8Array {
  const folder = mkdtempSync(join(resolve('dist'), 'npm-'));
  try {
    const args = ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`];
    const file = execFileSync('npm', args, { encoding: 'utf8' }).trim().split('\n').at(-1)!;
    const bytes = readFileSync(join(folder, file));
    const hash = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    if (hash !== integrity)
      throw new Error(`${name} is ${hash}, package-lock.json has ${integrity}`);
    return bytes;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Path of the esbuild program of an architecture. */
export function esbuildProgram(architecture: Architecture): string {
  const name = packages[architecture];
  const locked = lockedPackage(name);
  const folder = resolve('dist', 'programs');
  const file = join(folder, `esbuild-${locked.version}-${architecture}`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const tar = new Uint8Array(gunzipSync(packedBytes(name, locked)));
  for (const entry of readTar(tar)) {
    if (entry.path !== 'package/bin/esbuild') continue;
    writeFileSync(`${file}.partial`, entryBytes(tar, entry));
    chmodSync(`${file}.partial`, 0o755);
    renameSync(`${file}.partial`, file);
    return file;
  }
  throw new Error(`${name} has no program`);
}
