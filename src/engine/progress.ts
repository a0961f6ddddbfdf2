/** What the engine is doing, as events. Rendering is up to the consumer. */

/** Fields of every event. */
interface ProgressCommon {
  /** Number of the operation, counted from 1 in one engine. */
  readonly operation: number;
  /** One line for people: `linux/s390x exec uname -m`. */
  readonly title: string;
}

/** An event about one operation that takes time: a pull, an exec, a publish, a transfer. */
export type ProgressEvent =
  | (ProgressCommon & { readonly kind: 'started' })
  | (ProgressCommon & { readonly kind: 'note'; readonly text: string })
  | (ProgressCommon & { readonly kind: 'cached' })
  | (ProgressCommon & { readonly kind: 'finished'; readonly milliseconds: number })
  | (ProgressCommon & {
      readonly kind: 'failed';
      readonly milliseconds: number;
      readonly message: string;
    });

/** A consumer of progress. It must not throw. */
export type ProgressListener = (event: ProgressEvent) => void;

/** Reports operations to one listener; durations come from the injected clock. */
export class ProgressReporter {
  #last = 0;
  readonly #listener: ProgressListener | undefined;
  readonly #now: () => number;

  /** `now`: milliseconds of a steady clock, only ever subtracted and shown. */
  constructor(listener: ProgressListener | undefined, now: () => number) {
    this.#listener = listener;
    this.#now = now;
  }

  /** Says that an operation's result was already known. */
  cached(title: string): void {
    this.#listener?.({ kind: 'cached', operation: ++this.#last, title });
  }

  /** Reports the start and the end of `work`; `work` may add notes. */
  async during<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T> {
    const running = this.begin(title);
    try {
      const result = await work(running.note);
      running.finish();
      return result;
    } catch (error) {
      running.fail(error);
      throw error;
    }
  }

  /** Reports the start of an operation; the caller reports its end. */
  begin(title: string): RunningOperation {
    const listener = this.#listener;
    if (!listener) return { note: () => {}, finish: () => {}, fail: () => {} };
    const operation = ++this.#last;
    const start = this.#now();
    listener({ kind: 'started', operation, title });
    return {
      note: (text) => listener({ kind: 'note', operation, title, text }),
      finish: () =>
        listener({ kind: 'finished', operation, title, milliseconds: this.#now() - start }),
      fail: (error) => {
        const message = error instanceof Error ? error.message : String(error);
        listener({ kind: 'failed', operation, title, milliseconds: this.#now() - start, message });
      },
    };
  }
}

/** An operation whose start was reported. */
export interface RunningOperation {
  note(text: string): void;
  finish(): void;
  fail(error: unknown): void;
}
