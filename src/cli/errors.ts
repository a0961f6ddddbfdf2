/** Errors on stderr and the exit codes that go with them, which are those of `docker run`. */

import pc from 'picocolors';
import { EngineError } from '../engine/error.ts';

/** The engine could not do it: no such image, no such platform, a bug. */
export const exitEngine = 125;
/** The command line could not be understood. */
export const exitUsage = 2;
/** Ended by Ctrl-C, as a shell reports it. */
export const exitInterrupted = 130;

/** A command line that says something impossible. */
export class UsageError extends Error {}

/** Whether to colour a stream: terminals, unless NO_COLOR is set (no-color.org). */
export function coloursFor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** Writes an error with its code and remedy; gives the exit code. */
export function reportError(
  error: unknown,
  write: (text: string) => void,
  colours: boolean,
): number {
  const { red, dim } = pc.createColors(colours);
  const label = red('stiletto:');
  if (error instanceof EngineError) {
    const [first = '', ...remedy] = error.message.split('\n');
    write(`${label} ${first} ${dim(`[${error.code}]`)}\n`);
    for (const line of remedy) write(`  ${line}\n`);
    return exitEngine;
  }
  if (error instanceof UsageError || (error instanceof Error && error.name === 'CACError')) {
    write(`${label} ${(error as Error).message}\n  see stiletto --help\n`);
    return exitUsage;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  write(`${label} this is a bug, please report it: ${detail}\n`);
  return exitEngine;
}
