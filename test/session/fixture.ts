/** Sessions of the command line for programs of published SDKs. */

import { type ExecFileOptions, execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { command, root } from '../cli/command.ts';

/** Runs a program to its end; rejects where it fails. */
export function run(
  program: string,
  args: readonly string[],
  options: ExecFileOptions,
): Promise<{ stdout: string }> {
  return execute(program, args, { ...options, encoding: 'utf8' });
}

const execute = promisify(execFile);

/** A directory for one test file. */
export async function temporary(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'stiletto-session-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Our command as one executable file, which is how SDKs want theirs. */
export async function executable(directory: string): Promise<string> {
  const path = join(directory, 'stiletto');
  const words = command.map((word) => `'${word}'`).join(' ');
  await writeFile(path, `#!/bin/sh\ncd '${root}' && exec ${words} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

/** Whether a command succeeds: for SDKs that the machine can or cannot fetch. */
export async function succeeds(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  try {
    await run(program, args, { cwd, env: { ...process.env, ...env }, timeout: 240_000 });
    return true;
  } catch {
    return false;
  }
}
