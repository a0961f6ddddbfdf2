/**
 * Blocking. A system call that may block is a generator: it yields what it waits for and is resumed
 * with the reason; the scheduler runs other tasks meanwhile and nothing spins.
 *
 * @example
 * function* sysRead(task: Task, fd: number, …): SyscallRun {
 *   for (;;) {
 *     const count = file.read(…);
 *     if (count !== -EAGAIN || file.nonBlocking) return count;
 *     if ((yield { queues: [pipe.readable] }) === 'signal') return -ERESTARTSYS;
 *   }
 * }
 */

/** Things that wait and are woken, in the order they came. */
export class WaitQueue {
  readonly #wakers: Set<() => void> = new Set<() => void>();

  /** Registers `wake`; the scheduler does this, not handlers. */
  add(wake: () => void): void {
    this.#wakers.add(wake);
  }

  remove(wake: () => void): void {
    this.#wakers.delete(wake);
  }

  /** Wakes at most `count` waiters (all by default), oldest first; returns how many. */
  wake(count: number = Number.POSITIVE_INFINITY): number {
    let woken = 0;
    for (const wake of Array.from(this.#wakers)) {
      if (woken >= count) break;
      this.#wakers.delete(wake);
      wake();
      woken++;
    }
    return woken;
  }

  /** Whether nobody waits. */
  get empty(): boolean {
    return this.#wakers.size === 0;
  }
}

/** What a blocked call waits for: any of the queues, the deadline, a host promise, or a signal. */
export interface Wait {
  readonly queues?: readonly WaitQueue[];
  /** Virtual CLOCK_MONOTONIC time in nanoseconds. */
  readonly deadline?: bigint;
  /** Work of the host (loading a file, the gateway): the task resumes when it settles. */
  readonly promise?: Promise<unknown>;
  /** Not interrupted by signals (like TASK_UNINTERRUPTIBLE): page-in, vfork. */
  readonly uninterruptible?: boolean;
}

export type WakeReason = 'queue' | 'deadline' | 'promise' | 'signal';

/** Result of a system call: a value ≥ 0 or a negative errno; bigint where it exceeds 2⁵³. */
export type SyscallValue = number | bigint;

/** A running system call that may block. */
export type SyscallRun = Generator<Wait, SyscallValue, WakeReason>;
