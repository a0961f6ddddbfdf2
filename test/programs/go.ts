/** Programs of `go_sources/`, compiled by the host's Go for any architecture into dist/programs. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Architecture } from '../linux/guest_program.ts';

/** Runs the host's Go for another architecture; `output` appears whole or not at all. */
function goMake(output: string, architecture: Architecture, args: readonly string[]): string {
  if (existsSync(output)) return output;
  mkdirSync(resolve('dist/programs'), { recursive: true });
  const partial = `${output}.${process.pid}`;
  const [command, ...rest] = args;
  execFileSync('go', [command!, '-o', partial, ...rest], {
    // GOAMD64 and its like may be set for programs of the host.
    env: {
      ...process.env,
      GOOS: 'linux',
      GOARCH: architecture,
      GOAMD64: 'v1',
      CGO_ENABLED: '0',
      GOFLAGS: '',
    },
  });
  renameSync(partial, output);
  return output;
}

function outputOf(name: string, architecture: Architecture, source: Uint8Array): string {
  const version = execFileSync('go', ['version']);
  const hash = createHash('sha256').update(version).update(source).digest('hex');
  return resolve('dist/programs', `${name}-${hash.slice(0, 24)}-${architecture}`);
}

/** Path of the static program made of `go_sources/NAME.go`. Throws with the compiler's words. */
export function goProgram(name: string, architecture: Architecture): string {
  const source = resolve('test/programs/go_sources', `${name}.go`);
  const output = outputOf(name, architecture, readFileSync(source));
  return goMake(output, architecture, ['build', source]);
}

/** Path of the tests of a package of the standard library, as one static program. */
export function goTests(name: string, architecture: Architecture): string {
  const output = outputOf(`test-${name.replaceAll('/', '-')}`, architecture, new Uint8Array(0));
  // Some tests of time want time zones that hosts need not have.
  return goMake(output, architecture, ['test', '-c', '-tags=timetzdata', name]);
}

/** Folder of the sources of a package of the standard library. */
export function goSources(name: string): string {
  return join(execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), 'src', name);
}
