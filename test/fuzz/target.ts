/** What can be fuzzed: a row of the table in `main.ts`. */

export interface Target {
  readonly name: string;
  /** One line of `--help`. */
  readonly summary: string;
  /** The options it takes, as text of `--help`. */
  readonly usage: string;
  /** Runs until it is done or `stop` is aborted; gives the exit status. */
  run(args: Arguments, stop: AbortSignal): Promise<number>;
  /** What its worker threads do: answers each message of the parent, at once or later. */
  readonly worker?: (start: unknown) => (message: unknown) => unknown;
}

/** A wrong argument: its message is for the person who wrote it. */
export class UsageError extends Error {}

/** `--name value` and `--flag` arguments. */
export class Arguments {
  readonly #values = new Map<string, string>();
  readonly #known = new Set<string>();

  constructor(words: readonly string[]) {
    for (let at = 0; at < words.length; at++) {
      const word = words[at]!;
      if (!word.startsWith('--')) throw new UsageError(`${word} is no option`);
      const next = words[at + 1];
      const hasValue = next !== undefined && !next.startsWith('--');
      this.#values.set(word.slice(2), hasValue ? next : '');
      if (hasValue) at++;
    }
  }

  text(name: string): string | undefined {
    this.#known.add(name);
    const value = this.#values.get(name);
    if (value === '') throw new UsageError(`--${name} needs a value`);
    return value;
  }

  /** A whole number ≥ 0. */
  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text.replaceAll('_', ''));
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new UsageError(`--${name} ${text}: expected a whole number`);
    }
    return value;
  }

  flag(name: string): boolean {
    this.#known.add(name);
    const value = this.#values.get(name);
    if (value) throw new UsageError(`--${name} takes no value`);
    return value === '';
  }

  /** To be called when all have been asked for. */
  finish(): void {
    for (const name of this.#values.keys()) {
      if (!this.#known.has(name)) throw new UsageError(`there is no option --${name}`);
    }
  }
}
