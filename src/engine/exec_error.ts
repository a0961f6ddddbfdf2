/** The error of a command that ran and failed, with what it printed. */

import { EngineError, type ErrorCode } from './error.ts';

/** Longest tail of each stream kept in an error, in characters (Dagger keeps 100 KiB). */
export const errorOutputCharactersMax: number = 100 * 1024;

/** What a failed command left behind. */
export interface ExecFailure {
  /** The arguments as executed. */
  readonly cmd: readonly string[];
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** EXEC_FAILED unless the process could not be started at all. */
  readonly code?: ErrorCode;
}

/**
 * A command ended with an exit code its `withExec` did not expect. Names, wording and the trimming
 * of outputs are Dagger's (`extensions._type = "EXEC_ERROR"` on the wire).
 *
 * @example
 * try { await container.withExec(['false']).sync() }
 * catch (error) { if (error instanceof ExecError) console.log(error.exitCode) }
 */
export class ExecError extends EngineError {
  override readonly name: string = 'ExecError';
  readonly cmd: readonly string[];
  readonly exitCode: number;
  /** Trimmed; only the end of a long output. */
  readonly stdout: string;
  readonly stderr: string;

  constructor(failure: ExecFailure) {
    const command = failure.cmd.join(' ');
    super(
      failure.code ?? 'EXEC_FAILED',
      `process "${command}" did not complete successfully: exit code: ${failure.exitCode}`,
      hintOf(failure),
    );
    this.cmd = failure.cmd;
    this.exitCode = failure.exitCode;
    this.stdout = tail(failure.stdout);
    this.stderr = tail(failure.stderr);
  }
}

/** The last lines of stderr are what people look for first, so they are part of the message. */
function hintOf(failure: ExecFailure): { remedy?: string } {
  const lines = failure.stderr.trim().split('\n').slice(-5).join('\n');
  return lines ? { remedy: lines } : {};
}

function tail(output: string): string {
  const text = output.trim();
  const omitted = text.length - errorOutputCharactersMax;
  return omitted > 0 ? `[omitting ${omitted} bytes]...${text.slice(omitted)}` : text;
}
