/** Signals that wait to be delivered, and what a process wants done with them. */

import {
  SA_RESETHAND,
  SIG_DFL,
  SIG_IGN,
  SIGCHLD,
  SIGCONT,
  SIGKILL,
  SIGRTMAX,
  SIGRTMIN,
  SIGSTOP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGWINCH,
} from '../abi/signals.ts';
import { queuedSignalsMax } from '../limits.ts';

/** What a handler with SA_SIGINFO learns; absent fields are zero. */
export interface SignalInfo {
  readonly signal: number;
  /** si_code. */
  readonly code: number;
  readonly errno?: number;
  readonly pid?: number;
  readonly uid?: number;
  /** Exit status or signal of SIGCHLD. */
  readonly status?: number;
  /** Times of SIGCHLD in clock ticks of 10 ms. */
  readonly userTime?: number;
  readonly systemTime?: number;
  /** Faulting guest address of SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP. */
  readonly address?: number;
  /** sigqueue's value, and that of timers. */
  readonly value?: bigint;
  /** Timer id and overrun of SI_TIMER. */
  readonly timer?: number;
  readonly overrun?: number;
  /** Poll band and descriptor of SIGIO. */
  readonly band?: number;
  readonly fd?: number;
}

/** Made once: shifts of such integers are slow. */
const signalBits: readonly bigint[] = Array.from({ length: 64 }, (_, n) => 1n << BigInt(n));

/** Sets of signals: bit n-1 is signal n. */
export function signalBit(signal: number): bigint {
  return signalBits[signal - 1] ?? 1n << BigInt(signal - 1);
}

/** Builds a set from signal numbers. */
export function signalSet(...signals: readonly number[]): bigint {
  return signals.reduce((set, signal) => set | signalBit(signal), 0n);
}

/** Signals that cannot be caught, blocked or ignored. */
export const unblockable: bigint = signalSet(SIGKILL, SIGSTOP);
/** Signals whose default action stops the process. */
export const stopSignals: bigint = signalSet(SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU);
/** Signals that a fault of the program itself raises; they are taken first. */
export const faultSignals: bigint = signalSet(4, 5, 7, 8, 11, 31);
const ignoredByDefault = signalSet(SIGCHLD, SIGCONT, SIGURG, SIGWINCH);
/** Signals whose default action also says "core dumped" in the wait status. */
export const coreSignals: bigint = signalSet(3, 4, 5, 6, 7, 8, 11, 24, 25, 31);

/** `struct k_sigaction`. */
export interface SignalAction {
  /** SIG_DFL, SIG_IGN or a guest address (u32). */
  readonly handler: number;
  readonly flags: number;
  /** Guest address (u32) that returns from the handler, where SA_RESTORER is set. */
  readonly restorer: number;
  readonly mask: bigint;
}

const defaultAction: SignalAction = { handler: SIG_DFL, flags: 0, restorer: 0, mask: 0n };

/** Dispositions of a process; shared with CLONE_SIGHAND. */
export class SignalHandlers {
  readonly #actions: Map<number, SignalAction> = new Map<number, SignalAction>();

  get(signal: number): SignalAction {
    return this.#actions.get(signal) ?? defaultAction;
  }

  set(signal: number, action: SignalAction): void {
    this.#actions.set(signal, action);
  }

  /** Whether the signal does nothing (explicitly or by default). */
  ignores(signal: number): boolean {
    const { handler } = this.get(signal);
    if (handler === SIG_IGN) return true;
    return handler === SIG_DFL && (ignoredByDefault & signalBit(signal)) !== 0n;
  }

  /** SA_RESETHAND: back to the default when a handler is called. */
  reset(signal: number): void {
    const action = this.get(signal);
    this.#actions.set(signal, { ...action, handler: SIG_DFL, flags: action.flags & ~SA_RESETHAND });
  }

  /** A copy, for fork. */
  fork(): SignalHandlers {
    const copy = new SignalHandlers();
    for (const [signal, action] of this.#actions) copy.set(signal, action);
    return copy;
  }

  /** execve(2): handlers become defaults, ignored signals stay ignored. */
  forExec(): SignalHandlers {
    const copy = new SignalHandlers();
    for (const [signal, action] of this.#actions) {
      if (action.handler === SIG_IGN) copy.set(signal, { ...defaultAction, handler: SIG_IGN });
    }
    return copy;
  }

  /** Sets of caught and ignored signals, for /proc/PID/status. */
  get summary(): { caught: bigint; ignored: bigint } {
    let caught = 0n;
    let ignored = 0n;
    for (const [signal, { handler }] of this.#actions) {
      if (handler === SIG_IGN) ignored |= signalBit(signal);
      else if (handler !== SIG_DFL) caught |= signalBit(signal);
    }
    return { caught, ignored };
  }
}

/** Signals sent and not yet delivered, of a task or of a whole process. */
export class PendingSignals {
  #queue: SignalInfo[] = [];
  #set: bigint = 0n;

  /** The set of pending signals. */
  get set(): bigint {
    return this.#set;
  }

  /**
   * Adds a signal. A standard signal that is pending already is merged; real-time signals queue up
   * to `queuedSignalsMax`. Returns false when the queue is full (EAGAIN of sigqueue).
   */
  add(info: SignalInfo): boolean {
    const bit = signalBit(info.signal);
    if (info.signal < SIGRTMIN && (this.#set & bit) !== 0n) return true;
    if (info.signal > SIGRTMAX || this.#queue.length >= queuedSignalsMax) return false;
    this.#queue.push(info);
    this.#set |= bit;
    return true;
  }

  /** Takes the next signal of `allowed`: faults first, then the lowest number, oldest first. */
  take(allowed: bigint): SignalInfo | undefined {
    const candidates = this.#set & allowed;
    if (candidates === 0n) return undefined;
    const faults = candidates & faultSignals;
    const set = faults === 0n ? candidates : faults;
    let signal = 1;
    while ((set & signalBit(signal)) === 0n) signal++;
    const index = this.#queue.findIndex((info) => info.signal === signal);
    const [info] = this.#queue.splice(index, 1);
    if (!this.#queue.some((other) => other.signal === signal)) this.#set &= ~signalBit(signal);
    return info;
  }

  /** Forgets the signals of a set. */
  discard(set: bigint): void {
    if ((this.#set & set) === 0n) return;
    this.#queue = this.#queue.filter((info) => (signalBit(info.signal) & set) === 0n);
    this.#set &= ~set;
  }
}
