/** `stiletto run`: one process of an image, with this process's streams or terminal. */

import { ReadStream, WriteStream } from 'node:tty';
import type { ConnectOptions } from '../api/connect.ts';
import type { Container } from '../api/container.ts';
import type { Engine } from '../api/engine.ts';
import { inputOf, openTerminal } from '../host/node/terminal.ts';
import { connect } from '../index.ts';
import { coloursFor, exitInterrupted, UsageError } from './errors.ts';
import { progressLines } from './progress.ts';

/** Options of the command line, already texts. */
export interface RunOptions {
  readonly platform: string | undefined;
  readonly env: readonly string[];
  readonly workdir: string | undefined;
  readonly user: string | undefined;
  readonly entrypoint: string | undefined;
  readonly cpu: string | undefined;
  readonly strace: boolean;
}

/** Operations shorter than this are not mentioned. */
const quietMilliseconds = 1000;

/** Runs an image; gives the guest's exit status. */
export async function runImage(
  image: string,
  args: readonly string[],
  options: RunOptions,
): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const interactive = stdin instanceof ReadStream && stdout instanceof WriteStream;
  const cancel = new AbortController();
  const colours = coloursFor(stderr, process.env);
  const write = (text: string) => void stderr.write(text);
  const ended = stopOnSignals(cancel);
  // A reader that went away (`| head`) ends the guest as SIGPIPE would.
  stdout.on('error', () => {
    ended.code = 128 + 13;
    cancel.abort();
  });
  await using engine = await connect({
    ...(interactive ? { clock: 'real' } : {}),
    ...(options.cpu === undefined
      ? {}
      : { cpu: options.cpu as NonNullable<ConnectOptions['cpu']> }),
    ...(options.strace ? { strace: (line: string) => write(`${line}\n`) } : {}),
    cancel: cancel.signal,
    onProgress: progressLines({ write, quietMilliseconds, colours }),
  });
  const container = await containerOf(engine, image, options).sync();
  const open = interactive ? openTerminal(stdin, stdout) : undefined;
  try {
    return await container.run(args, {
      stdout: (bytes) => void stdout.write(bytes),
      stderr: (bytes) => void stderr.write(bytes),
      stdin: inputOf(stdin),
      ...(open ? { terminal: open.terminal } : {}),
    });
  } catch (error) {
    if (ended.code !== undefined) return ended.code;
    throw error;
  } finally {
    open?.close();
  }
}

/** Cancels on the signals that ask a program to end; `code` is then what a shell would report. */
function stopOnSignals(cancel: AbortController): { code: number | undefined } {
  const ended: { code: number | undefined } = { code: undefined };
  const codes = { SIGINT: exitInterrupted, SIGTERM: 128 + 15, SIGHUP: 128 + 1 } as const;
  for (const [signal, code] of Object.entries(codes)) {
    process.once(signal, () => {
      ended.code = code;
      cancel.abort();
    });
  }
  return ended;
}

function containerOf(engine: Engine, image: string, options: RunOptions): Container {
  const { platform, workdir, user, entrypoint } = options;
  let container = engine.container(platform === undefined ? {} : { platform }).from(image);
  for (const entry of options.env) {
    const equals = entry.indexOf('=');
    const name = equals < 0 ? entry : entry.slice(0, equals);
    const value = equals < 0 ? process.env[name] : entry.slice(equals + 1);
    if (name === '') throw new UsageError(`--env ${entry} names no variable`);
    // As in Docker, a name alone takes this process's value, and an unset one is left out.
    if (value !== undefined) container = container.withEnvVariable(name, value);
  }
  if (workdir !== undefined) container = container.withWorkdir(workdir);
  if (user !== undefined) container = container.withUser(user);
  if (entrypoint === undefined) return container;
  if (entrypoint === '') return container.withoutEntrypoint();
  return container.withEntrypoint([entrypoint]);
}
