/** Sending signals: who gets them, who wakes up. Delivery is signal_delivery.ts's. */

import { CLD_CONTINUED, SA_NOCLDSTOP, SIG_DFL, SIGCHLD, SIGCONT, SIGKILL } from '../abi/signals.ts';
import type { Kernel } from './kernel.ts';
import type { ExitStatus, Process } from './process.ts';
import type { PendingSignals, SignalInfo } from './signal_state.ts';
import { signalBit, stopSignals, unblockable } from './signal_state.ts';
import type { Task } from './task.ts';

export class Signals {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Sends to a process as a whole; false when the queue of a real-time signal is full. */
  sendToProcess(process: Process, info: SignalInfo): boolean {
    if (process.exitStatus !== undefined) return true;
    const target = this.#target(process, info.signal);
    return this.#send(process, target, process.pending, info);
  }

  /** Sends to one thread; false when the queue of a real-time signal is full. */
  sendToTask(task: Task, info: SignalInfo): boolean {
    if (task.state === 'dead') return true;
    return this.#send(task.process, task, task.pending, info);
  }

  /**
   * A fault of the task's own instruction (force_sig): the signal cannot be blocked or ignored, and
   * kills even pid 1 where there is no handler.
   */
  force(task: Task, info: SignalInfo): void {
    const { handlers } = task.process;
    const bit = signalBit(info.signal);
    if ((task.signalMask & bit) !== 0n || handlers.ignores(info.signal)) {
      handlers.set(info.signal, { handler: SIG_DFL, flags: 0, restorer: 0, mask: 0n });
      task.signalMask &= ~bit;
    }
    if (handlers.get(info.signal).handler === SIG_DFL) task.process.killable = true;
    task.pending.add(info);
  }

  /** Ends all threads of a process with a status; each ends when it next would run guest code. */
  endProcess(process: Process, status: ExitStatus): void {
    if (process.groupExit !== undefined || process.exitStatus !== undefined) return;
    process.groupExit = status;
    for (const task of process.tasks) this.#kernel.scheduler.interrupt(task, true);
  }

  /** The thread that would take a signal: the leader if it does not block it, else the first. */
  #target(process: Process, signal: number): Task | undefined {
    const bit = signalBit(signal);
    for (const task of process.tasks) {
      if ((task.signalMask & bit) === 0n || (task.awaitedSignals & bit) !== 0n) return task;
    }
    return process.leader;
  }

  #send(
    process: Process,
    target: Task | undefined,
    queue: PendingSignals,
    info: SignalInfo,
  ): boolean {
    if (target === undefined) return true;
    const { signal } = info;
    this.#prepare(process, signal);
    if (this.#dropped(process, target, signal)) return true;
    const added = queue.add(info);
    process.signalled.wake();
    const bit = signalBit(signal);
    const wakes = (target.signalMask & bit) === 0n || (target.awaitedSignals & bit) !== 0n;
    if (wakes) this.#kernel.scheduler.interrupt(target, signal === SIGKILL);
    return added;
  }

  /** Whether the signal would do nothing at all. */
  #dropped(process: Process, target: Task, signal: number): boolean {
    const bit = signalBit(signal);
    if ((target.signalMask & bit) !== 0n || (target.awaitedSignals & bit) !== 0n) return false;
    // pid 1 only gets what it has a handler for (SIGNAL_UNKILLABLE).
    const { handler } = process.handlers.get(signal);
    if (process.pid === 1 && !process.killable && handler === SIG_DFL) return true;
    return process.handlers.ignores(signal);
  }

  /** Stop signals and SIGCONT cancel each other; SIGCONT and SIGKILL end a stop at once. */
  #prepare(process: Process, signal: number): void {
    const bit = signalBit(signal);
    if ((stopSignals & bit) !== 0n) this.#discard(process, signalBit(SIGCONT));
    if (signal === SIGCONT) this.#discard(process, stopSignals);
    if (process.stoppedBy === 0 || (signal !== SIGCONT && signal !== SIGKILL)) return;
    process.stoppedBy = 0;
    process.stopUnreported = false;
    process.continueUnreported = signal === SIGCONT;
    for (const task of process.tasks) this.#kernel.scheduler.resume(task);
    if (signal === SIGCONT) this.notifyParent(process, CLD_CONTINUED, SIGCONT);
  }

  #discard(process: Process, set: bigint): void {
    process.pending.discard(set);
    for (const task of process.tasks) task.pending.discard(set);
  }

  /** Tells the parent that a child stopped or went on: SIGCHLD (unless SA_NOCLDSTOP), wait4. */
  notifyParent(process: Process, code: number, status: number): void {
    const { parent } = process;
    if (!parent) return;
    parent.childChanged.wake();
    if (parent.handlers.get(SIGCHLD).flags & SA_NOCLDSTOP) return;
    this.sendToProcess(parent, childInfo(process, SIGCHLD, code, status));
  }

  /** The signals that may be blocked out of a set. */
  blockable(set: bigint): bigint {
    return set & ~unblockable;
  }
}

/** siginfo about a child process. */
export function childInfo(
  process: Process,
  signal: number,
  code: number,
  status: number,
): SignalInfo {
  const ticks = (nanoseconds: bigint): number => Number(nanoseconds / 10_000_000n);
  return {
    signal,
    code,
    pid: process.pid,
    uid: process.uid,
    status,
    userTime: ticks(process.usage.user),
    systemTime: ticks(process.usage.system),
  };
}
