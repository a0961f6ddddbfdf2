/** Work of the host that guests wait for: loading a file, typing at a terminal, the gateway. */

/**
 * Promises that are under way. While there is one, a machine in which every task waits is not
 * deadlocked: the scheduler waits for the host.
 */
export class HostEvents {
  #outstanding: number = 0;
  #settled: number = 0;
  readonly #listeners: Set<() => void> = new Set<() => void>();

  /** Number of promises under way. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** How many have settled so far. */
  get settled(): number {
    return this.#settled;
  }

  /** Counts a promise until it settles and then calls `done`. */
  track(promise: Promise<unknown>, done?: () => void): void {
    this.#outstanding++;
    const settle = (): void => {
      this.#outstanding--;
      done?.();
      this.notify();
    };
    promise.then(settle, settle);
  }

  /** Something came from outside: the scheduler looks again. */
  notify(): void {
    this.#settled++;
    for (const listener of Array.from(this.#listeners)) listener();
  }

  /** Resolves at the next `notify`, or after `milliseconds` of host time where given. */
  wait(milliseconds?: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const finish = (): void => {
        this.#listeners.delete(finish);
        clearTimeout(timer);
        resolve();
      };
      this.#listeners.add(finish);
      if (milliseconds !== undefined) timer = setTimeout(finish, milliseconds);
    });
  }
}
