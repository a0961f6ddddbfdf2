/**
 * One run for equal work. Whoever asks for a key while its work is under way shares that run; it is
 * stopped only when everybody who asked has given up. Failures are forgotten, so asking again tries
 * again.
 */

import { EngineError } from './error.ts';

interface Run<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  askers: number;
  settled: boolean;
}

/** Results by key. */
export class Memo<T> {
  readonly #runs: Map<string, Run<T>> = new Map<string, Run<T>>();
  readonly #resultsMax: number;

  constructor(resultsMax: number) {
    this.#resultsMax = resultsMax;
  }

  /** Whether a result or a run under way exists. */
  has(key: string): boolean {
    return this.#runs.has(key);
  }

  /**
   * The result for `key`, by `work` if there is none. `work` gets a signal that fires when nobody
   * waits any more. Rejects with CANCELLED as soon as the asker's own `signal` fires.
   */
  get(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (signal?.aborted) return Promise.reject(cancelled());
    let run = this.#runs.get(key);
    if (run) {
      // Move to the young end of the map, which is in order of insertion.
      this.#runs.delete(key);
      this.#runs.set(key, run);
    } else {
      run = this.#start(key, work);
    }
    if (run.settled || !signal) {
      run.askers += 1;
      return run.promise;
    }
    return this.#wait(key, run, signal);
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Run<T> {
    const controller = new AbortController();
    // A microtask between key and work keeps the host's stack flat for long chains.
    const promise = Promise.resolve().then(() => work(controller.signal));
    const run: Run<T> = { promise, controller, askers: 0, settled: false };
    this.#runs.set(key, run);
    promise.then(
      () => {
        run.settled = true;
        this.#trim();
      },
      () => {
        run.settled = true;
        if (this.#runs.get(key) === run) this.#runs.delete(key);
      },
    );
    return run;
  }

  #wait(key: string, run: Run<T>, signal: AbortSignal): Promise<T> {
    run.askers += 1;
    return new Promise<T>((resolve, reject) => {
      const giveUp = () => {
        run.askers -= 1;
        if (run.askers === 0 && !run.settled) {
          if (this.#runs.get(key) === run) this.#runs.delete(key);
          run.controller.abort();
        }
        reject(cancelled());
      };
      const done = onAbort(signal, giveUp);
      run.promise.then(
        (value) => {
          done();
          resolve(value);
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
    });
  }

  #trim(): void {
    for (const [key, run] of this.#runs) {
      if (this.#runs.size <= this.#resultsMax) return;
      if (run.settled) this.#runs.delete(key);
    }
  }
}

/** The error of work that its asker no longer wants. */
export function cancelled(): EngineError {
  return new EngineError('CANCELLED', 'the operation was cancelled');
}

/** Functions to call per signal; one listener each, however many wait (Node warns above ten). */
const waiting: WeakMap<AbortSignal, Set<() => void>> = new WeakMap();

/** Calls a function when a signal fires; the result takes it back. */
function onAbort(signal: AbortSignal, call: () => void): () => void {
  let calls = waiting.get(signal);
  if (!calls) {
    const own = new Set<() => void>();
    calls = own;
    waiting.set(signal, own);
    const fire = () => {
      for (const each of own) each();
    };
    signal.addEventListener('abort', fire, { once: true });
  }
  calls.add(call);
  return () => void calls.delete(call);
}
