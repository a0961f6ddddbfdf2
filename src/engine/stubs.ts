/** Answers that tests give instead of running a command, and a list of what was done. */

import { formatPlatform, parsePlatform } from '../image/platform.ts';
import type { Platform } from '../machine/machine.ts';
import { EngineError } from './error.ts';
import { callsMax } from './limits.ts';

/** Which execs a stub answers; everything that is given must match. */
export interface ExecMatcher {
  /** The first arguments, each a text or an expression; or one expression for the whole line. */
  readonly args?: readonly (string | RegExp)[] | RegExp;
  readonly platform?: string;
  /** Variables that must have these values. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a stubbed exec does: success, silence and no change unless said otherwise. */
export interface ExecAnswer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  /** Files it writes: absolute path → content. */
  readonly files?: Readonly<Record<string, string>>;
  /** It cannot be started at all: the exec fails with this message. */
  readonly failure?: string;
}

/** An exec as matchers see it. */
export interface ExecSubject {
  readonly args: readonly string[];
  readonly platform: Platform;
  /** `NAME=value`. */
  readonly env: readonly string[];
}

/** Something the engine did; what it remembered and did not do again is not listed. */
export type EngineCall =
  | {
      readonly kind: 'exec';
      readonly args: readonly string[];
      readonly platform: string;
      readonly stubbed: boolean;
      /** Absent where it could not be started or was stopped. */
      readonly exitCode?: number;
    }
  | { readonly kind: 'pull'; readonly reference: string; readonly platform: string }
  | {
      readonly kind: 'publish';
      readonly address: string;
      readonly platforms: readonly string[];
      /** The reference with digest. */
      readonly reference: string;
    };

interface Stub {
  readonly matcher: ExecMatcher;
  readonly answer: ExecAnswer | ((subject: ExecSubject) => ExecAnswer);
}

/** The stubs of an engine, newest first, and its calls. */
export class Stubs {
  readonly #stubs: Stub[] = [];
  readonly #calls: EngineCall[] = [];
  /** Whether an exec that no stub matches is refused instead of run. */
  readonly strict: boolean;

  constructor(strict: boolean) {
    this.strict = strict;
  }

  /** Adds a stub; the result takes it away again. */
  add(matcher: ExecMatcher, answer: Stub['answer']): () => void {
    const stub = { matcher, answer };
    this.#stubs.unshift(stub);
    return () => {
      const at = this.#stubs.indexOf(stub);
      if (at >= 0) this.#stubs.splice(at, 1);
    };
  }

  /**
   * The answer for an exec; undefined: run it.
   *
   * @throws EngineError EXEC_FAILED where the stub says so, or none matches and `strict` is set
   */
  answerTo(subject: ExecSubject): ExecAnswer | undefined {
    const stub = this.#stubs.find(({ matcher }) => matches(matcher, subject));
    if (!stub && !this.strict) return undefined;
    const line = subject.args.join(' ');
    if (!stub) {
      throw new EngineError('EXEC_FAILED', `no stub answers "${line}"`, {
        remedy: 'add one with onExec, or do not ask for strict stubs',
      });
    }
    const answer = typeof stub.answer === 'function' ? stub.answer(subject) : stub.answer;
    if (answer.failure === undefined) return answer;
    throw new EngineError('EXEC_FAILED', answer.failure);
  }

  record(call: EngineCall): void {
    this.#calls.push(call);
    if (this.#calls.length > callsMax) this.#calls.shift();
  }

  calls(): readonly EngineCall[] {
    return [...this.#calls];
  }
}

function matches(matcher: ExecMatcher, { args, platform, env }: ExecSubject): boolean {
  if (matcher.platform !== undefined) {
    const wanted = formatPlatform(parsePlatform(matcher.platform));
    if (wanted !== formatPlatform(platform)) return false;
  }
  const variables = Object.entries(matcher.env ?? {});
  if (!variables.every(([name, value]) => env.includes(`${name}=${value}`))) return false;
  const wanted = matcher.args;
  if (wanted === undefined) return true;
  if (wanted instanceof RegExp) return args.join(' ').search(wanted) >= 0;
  return wanted.every((pattern, at) => {
    const arg = args[at];
    if (arg === undefined) return false;
    return typeof pattern === 'string' ? arg === pattern : arg.search(pattern) >= 0;
  });
}
