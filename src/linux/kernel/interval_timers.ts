/** setitimer, alarm and timer_create: timers of a process that send signals. */

import { SI_KERNEL, SI_TIMER, SIGALRM, SIGPROF, SIGVTALRM } from '../abi/signals.ts';
import { posixTimersMax } from '../limits.ts';
import type { Process } from './process.ts';
import type { Timer } from './timers.ts';

/** Remaining time and period in nanoseconds; 0: off. */
export interface IntervalSetting {
  readonly value: bigint;
  readonly interval: bigint;
}

/** Signals of ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF. */
const itimerSignals = [SIGALRM, SIGVTALRM, SIGPROF];

/** One timer that fires once or periodically. */
export class IntervalTimer {
  readonly #process: Process;
  readonly #expired: () => void;
  #timer: Timer | undefined;
  #interval: bigint = 0n;

  constructor(process: Process, expired: () => void) {
    this.#process = process;
    this.#expired = expired;
  }

  get setting(): IntervalSetting {
    const { clock } = this.#process.kernel;
    if (!this.#timer) return { value: 0n, interval: this.#interval };
    const left = this.#timer.deadline - clock.monotonic();
    return { value: left > 0n ? left : 1n, interval: this.#interval };
  }

  /** Arms the timer `value` nanoseconds from now; 0 disarms it. */
  set(setting: IntervalSetting): void {
    const { kernel } = this.#process;
    if (this.#timer) kernel.timers.cancel(this.#timer);
    this.#timer = undefined;
    this.#interval = setting.interval;
    if (setting.value > 0n) this.#arm(kernel.clock.monotonic() + setting.value);
  }

  #arm(deadline: bigint): void {
    this.#timer = this.#process.kernel.timers.add(deadline, () => {
      this.#timer = undefined;
      if (this.#process.exitStatus !== undefined) return;
      if (this.#interval > 0n) this.#arm(deadline + this.#interval);
      this.#expired();
    });
  }
}

/** How a timer_create timer tells of its expiry (sigevent). */
export interface TimerNotification {
  /** SIGEV_SIGNAL 0, SIGEV_NONE 1, SIGEV_THREAD_ID 4. */
  readonly kind: number;
  readonly signal: number;
  readonly value: bigint;
  readonly tid: number;
}

/** A timer of timer_create(2). */
export interface PosixTimer {
  readonly clock: number;
  readonly timer: IntervalTimer;
}

export class IntervalTimers {
  readonly #process: Process;
  readonly #itimers: (IntervalTimer | undefined)[] = [];
  readonly #posix: Map<number, PosixTimer> = new Map<number, PosixTimer>();
  #nextId: number = 0;

  constructor(process: Process) {
    this.#process = process;
  }

  /**
   * ITIMER_REAL 0, ITIMER_VIRTUAL 1, ITIMER_PROF 2. The processor-time ones run on the machine's
   * clock, which only differs while other tasks run.
   */
  itimer(which: number): IntervalTimer {
    return (this.#itimers[which] ??= new IntervalTimer(this.#process, () =>
      this.#process.signal({ signal: itimerSignals[which]!, code: SI_KERNEL }),
    ));
  }

  posix(id: number): PosixTimer | undefined {
    return this.#posix.get(id);
  }

  /** The new timer's id, or undefined beyond `posixTimersMax`. */
  create(clock: number, notification: TimerNotification | undefined): number | undefined {
    if (this.#posix.size >= posixTimersMax) return undefined;
    const id = this.#nextId++;
    const timer = new IntervalTimer(this.#process, () => this.#notify(id, notification));
    this.#posix.set(id, { clock, timer });
    return id;
  }

  #notify(id: number, notification: TimerNotification | undefined): void {
    const { kind, signal, value, tid } = notification ?? {
      kind: 0,
      signal: SIGALRM,
      value: BigInt(id),
      tid: 0,
    };
    if (kind === 1) return;
    const info = { signal, code: SI_TIMER, timer: id, value };
    if (kind === 4) this.#process.kernel.task(tid)?.signal(info);
    else this.#process.signal(info);
  }

  delete(id: number): boolean {
    this.#posix.get(id)?.timer.set({ value: 0n, interval: 0n });
    return this.#posix.delete(id);
  }

  /** exec: POSIX timers go, interval timers stay. Process end: all go. */
  clear(all: boolean): void {
    for (const id of Array.from(this.#posix.keys())) this.delete(id);
    if (all) for (const timer of this.#itimers) timer?.set({ value: 0n, interval: 0n });
  }
}
