/** Runs a built program: under stiletto, and where it is at home (natively or under QEMU). */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Node } from '../../src/rootfs/node.ts';
import { directory, file, runTree } from '../linux/guest_program.ts';
import type { Architecture, Variant } from './build.ts';

export interface Outcome {
  readonly output: string;
  readonly exitCode: number;
}

interface Home {
  /** Where the host has the architecture's shared libraries. */
  readonly libraries: string;
  /** What prefixes the libraries' folder for QEMU. */
  readonly root: string;
  /** Path of the dynamic linker in the program. */
  readonly linker: readonly [folder: string, name: string];
}

const homes: Readonly<Record<Architecture, Home>> = {
  amd64: {
    libraries: '/lib/x86_64-linux-gnu',
    root: '/',
    linker: ['lib64', 'ld-linux-x86-64.so.2'],
  },
  arm64: {
    libraries: '/usr/aarch64-linux-gnu/lib',
    root: '/usr/aarch64-linux-gnu',
    linker: ['lib', 'ld-linux-aarch64.so.1'],
  },
  s390x: {
    libraries: '/usr/s390x-linux-gnu/lib',
    root: '/usr/s390x-linux-gnu',
    linker: ['lib', 'ld64.so.1'],
  },
};

const libraries = ['libc.so.6', 'libm.so.6', 'libstdc++.so.6', 'libgcc_s.so.1'];

function treeOf(variant: Variant, program: string): Record<string, Node> {
  const tree: Record<string, Node> = { program: file(readFileSync(program)) };
  if (variant.link === 'static') return tree;
  const home = homes[variant.architecture];
  const [folder, name] = home.linker;
  const shared = libraries.map((library) => [
    library,
    file(readFileSync(`${home.libraries}/${library}`)),
  ]);
  const linker = [[name, file(readFileSync(`${home.libraries}/${name}`))]];
  if (folder === 'lib') {
    return { ...tree, lib: directory(Object.fromEntries([...shared, ...linker])) };
  }
  tree[folder] = directory(Object.fromEntries(linker));
  return { ...tree, lib: directory(Object.fromEntries(shared)) };
}

/** Runs topics (all when none is named) in stiletto. */
export async function runHere(
  variant: Variant,
  program: string,
  topics: readonly string[] = [],
): Promise<Outcome> {
  const request = {
    args: ['/program', ...topics],
    platform: { os: 'linux', architecture: variant.architecture },
    env: ['LD_LIBRARY_PATH=/lib', 'PATH=/'],
  };
  const options = variant.model ? { cpu: variant.model } : {};
  const { stdout, stderr, exitCode } = await runTree(treeOf(variant, program), request, options);
  return { output: new TextDecoder().decode(stdout) + stderr, exitCode };
}

/**
 * libm chooses functions by the processor, whose last bits may differ: natively they are those of
 * the variant's model.
 */
const withoutAvx = 'glibc.cpu.hwcaps=-AVX2,-AVX,-FMA,-FMA4,-AVX512F,-AVX512VL,-BMI2,-LZCNT';

function processorHas(feature: string): boolean {
  return new RegExp(`^flags.* ${feature}\\b`, 'm').test(readFileSync('/proc/cpuinfo', 'utf8'));
}

/** Command that runs programs of a variant on this host. */
function commandOf(variant: Variant): readonly string[] {
  const { architecture, model } = variant;
  const { root } = homes[architecture];
  if (architecture === 'arm64') return ['qemu-aarch64-static', '-L', root];
  if (architecture === 's390x') return ['qemu-s390x-static', '-cpu', 'max', '-L', root];
  const native = process.arch === 'x64' && (!model || processorHas('avx2'));
  if (native) return [];
  return ['qemu-x86_64-static', '-cpu', model ? 'max' : 'Nehalem', '-L', root];
}

/** Runs topics where the program is at home. Undefined where that is not installed. */
export function runAtHome(
  variant: Variant,
  program: string,
  topics: readonly string[] = [],
): Outcome | undefined {
  const [command, ...args] = [...commandOf(variant), program, ...topics];
  const tunables = variant.model ? {} : { GLIBC_TUNABLES: withoutAvx };
  const result = spawnSync(command!, args, {
    env: variant.architecture === 'amd64' ? tunables : {},
    timeout: 120_000,
    maxBuffer: 1 << 26,
    encoding: 'utf8',
  });
  if (result.error && 'code' in result.error && result.error.code === 'ENOENT') return undefined;
  if (result.error) throw result.error;
  return { output: result.stdout + result.stderr, exitCode: result.status ?? -1 };
}
