/** A process: what its threads share (`struct signal_struct` and the pid). */

import type { IntervalTimers } from './interval_timers.ts';
import type { Kernel } from './kernel.ts';
import type { ResourceLimits } from './resource_limits.ts';
import { defaultLimits } from './resource_limits.ts';
import type { SignalInfo } from './signal_state.ts';
import { PendingSignals, SignalHandlers } from './signal_state.ts';
import type { Task } from './task.ts';
import { WaitQueue } from './wait.ts';

/**
 * A controlling terminal as the process side sees it; the terminal's own state (foreground group,
 * line discipline) is src/linux/fs's.
 */
export interface ControllingTerminal {
  /** `tty_nr` of /proc/PID/stat. */
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  /** The session leader has ended: the terminal loses its session and hangs up. */
  sessionEnded(): void;
}

/** How a process ended, or stopped: the fields of a wait status. */
export interface ExitStatus {
  /** exit(2)'s argument, 0…255. */
  readonly code: number;
  /** The signal that killed it, else 0. */
  readonly signal: number;
  readonly core: boolean;
}

/** Processor time in nanoseconds and counts, for getrusage, times and wait4. */
export interface Usage {
  user: bigint;
  system: bigint;
  voluntarySwitches: number;
  involuntarySwitches: number;
}

/** No usage. */
export function emptyUsage(): Usage {
  return { user: 0n, system: 0n, voluntarySwitches: 0, involuntarySwitches: 0 };
}

/** Adds `more` to `usage`. */
export function addUsage(usage: Usage, more: Usage): void {
  usage.user += more.user;
  usage.system += more.system;
  usage.voluntarySwitches += more.voluntarySwitches;
  usage.involuntarySwitches += more.involuntarySwitches;
}

export class Process {
  readonly kernel: Kernel;
  readonly pid: number;
  /** Undefined for pid 1 only. */
  parent: Process | undefined;
  readonly children: Set<Process> = new Set<Process>();
  /** Process group and session. */
  pgid: number;
  sid: number;
  terminal: ControllingTerminal | undefined;
  /** Threads that have not ended, the first one leads (until it ends before the others). */
  readonly tasks: Set<Task> = new Set<Task>();
  handlers: SignalHandlers = new SignalHandlers();
  /** Signals sent to the process as a whole. */
  readonly pending: PendingSignals = new PendingSignals();
  /** Woken whenever a signal for the process or one of its tasks becomes pending (signalfd). */
  readonly signalled: WaitQueue = new WaitQueue();
  limits: ResourceLimits = defaultLimits();
  timers: IntervalTimers | undefined;
  /** Signal sent to the parent at the end (clone's low byte); 0: none. */
  exitSignal: number = 17;
  /** Set when the process ends; it is a zombie until a parent has waited for it. */
  exitStatus: ExitStatus | undefined;
  /** All threads are to end with this status (exit_group, a deadly signal). */
  groupExit: ExitStatus | undefined;
  /** Stopped by this signal; 0: running. */
  stoppedBy: number = 0;
  /** The stop (or continuation) has not been reported by wait4 yet. */
  stopUnreported: boolean = false;
  continueUnreported: boolean = false;
  /** Something about a child changed: wait4 looks again. */
  readonly childChanged: WaitQueue = new WaitQueue();
  /** Woken when the process has become a zombie (pidfd). */
  readonly ended: WaitQueue = new WaitQueue();
  /** Whether execve was called since fork (setpgid's EACCES). */
  hasExecuted: boolean = false;
  /** PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER. */
  dumpable: number = 1;
  subreaper: boolean = false;
  /** pid 1 dies of signals without a handler only after a fault of its own. */
  killable: boolean = false;
  /** Real user id of the leader, kept for after its end. */
  uid: number = 0;
  personality: number = 0;
  nice: number = 0;
  /** Absolute path of the program in the mount tree, for /proc/PID/exe. */
  executable: string = '';
  /** Times and counts of ended threads, and of waited-for children. */
  readonly usage: Usage = emptyUsage();
  readonly childrenUsage: Usage = emptyUsage();
  /** CLOCK_MONOTONIC at the start. */
  readonly startTime: bigint;

  constructor(kernel: Kernel, pid: number, parent: Process | undefined) {
    this.kernel = kernel;
    this.pid = pid;
    this.parent = parent;
    this.pgid = parent?.pgid ?? pid;
    this.sid = parent?.sid ?? pid;
    this.terminal = parent?.terminal;
    this.startTime = kernel.clock.monotonic();
    parent?.children.add(this);
  }

  /** The thread that stands for the process: the first, or the oldest still alive. */
  get leader(): Task | undefined {
    for (const task of this.tasks) return task;
    return undefined;
  }

  /** Sends a signal to the process as a whole (kill, terminal, timers, SIGCHLD). */
  signal(info: SignalInfo): void {
    this.kernel.signals.sendToProcess(this, info);
  }

  /** Whether no other process of its session holds its group to a parent outside (POSIX). */
  get groupOrphaned(): boolean {
    return this.kernel.groupOrphaned(this.pgid, this.sid);
  }
}
