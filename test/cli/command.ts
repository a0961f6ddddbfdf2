/** Starts our command, and the programs that tests compare it with. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called with the output so far; may write to the process or send it signals. */
  readonly onOutput?: (stdout: string, child: ReturnType<typeof spawn>) => void;
}

/** Runs a program to its end. */
export function start(
  program: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.env };
    const child = spawn(program, args, { cwd: root, env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      options.onOutput?.(stdout, child);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    // A program that ends early closes its input; that is its right.
    child.stdin.on('error', () => {});
    if (options.input !== undefined) child.stdin.end(options.input);
    else if (!options.onOutput) child.stdin.end();
  });
}

/** The command line of our command. */
export const command: readonly string[] = [process.execPath, 'scripts/run.js', 'src/cli/main.ts'];

/** Runs `stiletto ARGS…`. */
export function stiletto(args: readonly string[], options: StartOptions = {}): Promise<Outcome> {
  const [program = '', ...rest] = command;
  return start(program, [...rest, ...args], options);
}
