/** `stiletto with`: runs a program with a session in its environment. */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { CAC } from 'cac';
import { UsageError } from './errors.ts';
import { openSession, sessionOptions, withSessionOptions } from './session.ts';

/** Runs a program to its end; gives the status a shell would report. */
function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit', env });
    const forward = (signal: NodeJS.Signals) => void child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, forward);
    const end = (code: number) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      process.stderr.write(`stiletto: ${program}: ${error.message}\n`);
      end(error.code === 'ENOENT' ? 127 : 126);
    });
    child.once('exit', (code, signal) => {
      end(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** Adds the `with` command. */
export function mountWith(cli: CAC): void {
  withSessionOptions(cli.command('with', 'Run a program whose SDK talks to this engine'))
    .usage('with [OPTIONS] PROGRAM [ARGUMENT…]')
    .example('stiletto with node pipeline.js')
    .action(async (options: Record<string, unknown>): Promise<number> => {
      const [program, ...args] = ((options['--'] as unknown[]) ?? []).map(String);
      if (program === undefined) throw new UsageError('with: no program is given');
      const open = await openSession(sessionOptions(options));
      try {
        return await run(program, args, {
          ...process.env,
          DAGGER_SESSION_PORT: String(open.port),
          DAGGER_SESSION_TOKEN: open.token,
        });
      } finally {
        await open.close();
      }
    });
}
