/** Time as guests see it: injected, virtual by default. All values are nanoseconds. */

/** Source of time. Both clocks tick together. */
export interface Clock {
  /** CLOCK_MONOTONIC: nanoseconds since the machine started. */
  monotonic(): bigint;
  /** CLOCK_REALTIME: nanoseconds since 1970. */
  realtime(): bigint;
  /** clock_settime(CLOCK_REALTIME): only this machine's view of it. */
  setRealtime(now: bigint): void;
  /** Work was done: `instructions` guest instructions were executed. */
  advance(instructions: number): void;
  /** Whether waiting takes time of the host (`false`: the clock is moved to the deadline). */
  readonly real: boolean;
  /** Moves a virtual clock to a deadline in the future. */
  skipTo(monotonic: bigint): void;
}

/** Time that passes with executed instructions (1 ns each) and with sleeping, which is free. */
export class VirtualClock implements Clock {
  readonly real = false;
  #monotonic: bigint = 0n;
  #epoch: bigint;

  /** `epoch`: CLOCK_REALTIME at the start. */
  constructor(epoch: bigint) {
    this.#epoch = epoch;
  }

  monotonic(): bigint {
    return this.#monotonic;
  }

  realtime(): bigint {
    return this.#epoch + this.#monotonic;
  }

  setRealtime(now: bigint): void {
    this.#epoch = now - this.#monotonic;
  }

  advance(instructions: number): void {
    this.#monotonic += BigInt(instructions);
  }

  skipTo(monotonic: bigint): void {
    if (monotonic > this.#monotonic) this.#monotonic = monotonic;
  }
}

/** The host's time, given as a function that returns nanoseconds since 1970 and never goes back. */
export class HostClock implements Clock {
  readonly real = true;
  readonly #now: () => bigint;
  readonly #start: bigint;
  #shift: bigint = 0n;

  constructor(now: () => bigint) {
    this.#now = now;
    this.#start = now();
  }

  monotonic(): bigint {
    return this.#now() - this.#start;
  }

  realtime(): bigint {
    return this.#now() + this.#shift;
  }

  setRealtime(now: bigint): void {
    this.#shift = now - this.#now();
  }

  advance(): void {}

  skipTo(): void {}
}
