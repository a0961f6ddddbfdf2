/** Deadlines: what happens when the clock reaches a time. Equal ones fire in the order added. */

/** A deadline that has not passed yet. */
export interface Timer {
  /** CLOCK_MONOTONIC nanoseconds. */
  readonly deadline: bigint;
  readonly fire: () => void;
  readonly order: number;
}

/** A heap of timers. */
export class TimerQueue {
  readonly #heap: Timer[] = [];
  readonly #cancelled: Set<Timer> = new Set<Timer>();
  #order: number = 0;

  /** Calls `fire` once CLOCK_MONOTONIC has reached `deadline`. */
  add(deadline: bigint, fire: () => void): Timer {
    const timer: Timer = { deadline, fire, order: this.#order++ };
    this.#heap.push(timer);
    this.#up(this.#heap.length - 1);
    return timer;
  }

  /** Forgets a timer; one that has fired already is ignored. */
  cancel(timer: Timer): void {
    if (timer === this.#heap[0]) this.#pop();
    else this.#cancelled.add(timer);
    this.#dropCancelled();
  }

  /** The next deadline, or undefined when there is none. */
  get next(): bigint | undefined {
    return this.#heap[0]?.deadline;
  }

  /** Fires everything due at `now`. */
  run(now: bigint): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.deadline > now) return;
      this.#pop();
      this.#dropCancelled();
      first.fire();
    }
  }

  #dropCancelled(): void {
    while (this.#heap[0] && this.#cancelled.delete(this.#heap[0])) this.#pop();
    if (this.#heap.length === 0) this.#cancelled.clear();
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #up(start: number): void {
    for (let at = start; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  #down(start: number): void {
    for (let at = start; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && this.#before(child, least)) least = child;
      }
      if (least === at) return;
      this.#swapIfBefore(least, at);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    const left = this.#heap[a]!;
    const right = this.#heap[b]!;
    if (left.deadline !== right.deadline) return left.deadline < right.deadline;
    return left.order < right.order;
  }

  #swapIfBefore(a: number, b: number): boolean {
    if (!this.#before(a, b)) return false;
    const timer = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = timer;
    return true;
  }
}
