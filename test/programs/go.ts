/** Programs of `go_sources/`, compiled by the host's Go for any architecture into dist/programs. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Architecture } from '../linux/guest_program.ts';

/** Path of the static program made of `go_sources/NAME.go`. Throws with the compiler's words. */
export function goProgram(name: string, architecture: Architecture): string {
  const source = resolve('test/programs/go_sources', `${name}.go`);
  const version = execFileSync('go', ['version']);
  const hash = createHash('sha256').update(version).update(readFileSync(source)).digest('hex');
  const file = resolve('dist/programs', `${name}-${hash.slice(0, 24)}-${architecture}`);
  if (existsSync(file)) return file;
  mkdirSync(resolve('dist/programs'), { recursive: true });
  // GOAMD64 and its like may be set for programs of the host.
  const env = { ...process.env, GOARCH: architecture, GOOS: 'linux', GOAMD64: 'v1' };
  const partial = `${file}.${process.pid}`;
  execFileSync('go', ['build', '-o', partial, source], {
    env: { ...env, CGO_ENABLED: '0', GOFLAGS: '' },
  });
  renameSync(partial, file);
  return file;
}
