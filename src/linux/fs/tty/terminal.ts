/** A terminal: settings, window size, session and foreground group, whatever is behind it. */

import { EAGAIN, EIO, ENOTTY, EPERM, ERESTARTSYS, ESRCH } from '../../abi/errno.ts';
import { SI_KERNEL, SIGCONT, SIGHUP, SIGTTIN, SIGTTOU, SIGWINCH } from '../../abi/signals.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ControllingTerminal } from '../../kernel/process.ts';
import { signalBit } from '../../kernel/signal_state.ts';
import type { Task } from '../../kernel/task.ts';
import { WaitQueue } from '../../kernel/wait.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT } from '../inode.ts';
import { LineDiscipline } from './line_discipline.ts';
import { TOSTOP } from './termios.ts';

/** `struct winsize`. */
export interface WindowSize {
  readonly rows: number;
  readonly columns: number;
  readonly xPixels: number;
  readonly yPixels: number;
}

/** Where a terminal's output goes. */
export interface TerminalSink {
  /** Processed output; everything is taken. */
  emit(bytes: Uint8Array): void;
  /** Bytes that may be emitted now; 0 makes writers wait. */
  room(): number;
  /** Output that the other side has not read yet (TIOCOUTQ). */
  queued(): number;
  /** TCFLSH of the output queue. */
  discard(): void;
}

export class TerminalDevice implements ControllingTerminal {
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly discipline: LineDiscipline;
  readonly changed: WaitQueue = new WaitQueue();
  size: WindowSize = { rows: 0, columns: 0, xPixels: 0, yPixels: 0 };
  /** Session that the terminal controls; 0: none. */
  session: number = 0;
  /** Foreground process group; 0: none. */
  foreground: number = 0;
  /** The other side is gone: reads end, writes fail. */
  hungUp: boolean = false;
  /** TIOCEXCL. */
  exclusive: boolean = false;
  readonly #sink: TerminalSink;
  #kernel: Kernel | undefined;
  /** CLOCK_MONOTONIC of the last input, for VTIME between bytes. */
  #lastInput: bigint = 0n;

  constructor(major: number, minor: number, sink: TerminalSink) {
    this.deviceMajor = major;
    this.deviceMinor = minor;
    this.#sink = sink;
    this.discipline = new LineDiscipline({
      emit: (bytes) => sink.emit(bytes),
      signal: (signal) => this.#signalForeground(signal),
      changed: () => this.changed.wake(),
    });
  }

  get lastInput(): bigint {
    return this.#lastInput;
  }

  get sink(): TerminalSink {
    return this.#sink;
  }

  /** Bytes typed. */
  input(bytes: Uint8Array): void {
    this.#lastInput = this.#kernel?.clock.monotonic() ?? 0n;
    this.discipline.input(bytes);
  }

  read(into: Uint8Array, task: Task | undefined): number {
    if (task) {
      const refused = this.checkForeground(task, SIGTTIN);
      if (refused < 0) return refused;
    }
    if (this.hungUp) return 0;
    return this.discipline.read(into);
  }

  write(from: Uint8Array, task: Task | undefined): number {
    if (task && this.discipline.termios.lflag & TOSTOP) {
      const refused = this.checkForeground(task, SIGTTOU);
      if (refused < 0) return refused;
    }
    if (this.hungUp) return -EIO;
    const room = this.#sink.room();
    if (this.discipline.stopped || room <= 0) return -EAGAIN;
    const part = from.subarray(0, room);
    this.discipline.write(part);
    return part.length;
  }

  poll(): number {
    if (this.hungUp) return POLLIN | POLLOUT | POLLERR | POLLHUP;
    const writable = !this.discipline.stopped && this.#sink.room() > 0;
    return (this.discipline.readable ? POLLIN : 0) | (writable ? POLLOUT : 0);
  }

  /**
   * Job control: a background process that reads (SIGTTIN), or writes or sets something (SIGTTOU),
   * is stopped with its group. 0: go on; -ERESTARTSYS: a signal was sent; -EIO: it would not help.
   */
  checkForeground(task: Task, signal: number): number {
    const { process } = task;
    if (process.terminal !== this || this.foreground === 0) return 0;
    if (process.pgid === this.foreground) return 0;
    const blocked = (task.signalMask & signalBit(signal)) !== 0n;
    if (blocked || process.handlers.ignores(signal)) return signal === SIGTTIN ? -EIO : 0;
    if (process.groupOrphaned) return -EIO;
    task.machine.signalGroup(process.pgid, { signal, code: SI_KERNEL });
    return -ERESTARTSYS;
  }

  /** TIOCSCTTY: the calling session leader's session gets this terminal. 0 or -EPERM. */
  control(task: Task): number {
    const { process } = task;
    if (this.session === process.sid && process.terminal === this) return 0;
    if (process.pid !== process.sid || process.terminal) return -EPERM;
    if (this.session !== 0) return -EPERM;
    this.attach(task.machine, process.sid, process.pgid);
    for (const member of task.machine.processes()) {
      if (member.sid === process.sid) member.terminal = this;
    }
    return 0;
  }

  /** Makes a session's terminal without a caller: the machine's first process. */
  attach(kernel: Kernel, session: number, foreground: number): void {
    this.#kernel = kernel;
    this.session = session;
    this.foreground = foreground;
  }

  /** TIOCNOTTY: the leader gives the terminal up for all, another process for itself. */
  release(task: Task): number {
    const { process } = task;
    if (process.terminal !== this) return -ENOTTY;
    if (process.pid === process.sid) this.sessionEnded();
    else process.terminal = undefined;
    return 0;
  }

  sessionEnded(): void {
    const kernel = this.#kernel;
    if (!kernel || this.session === 0) return;
    if (this.foreground !== 0) {
      kernel.signalGroup(this.foreground, { signal: SIGHUP, code: SI_KERNEL });
      kernel.signalGroup(this.foreground, { signal: SIGCONT, code: SI_KERNEL });
    }
    for (const member of kernel.processes()) {
      if (member.sid === this.session) member.terminal = undefined;
    }
    this.session = 0;
    this.foreground = 0;
  }

  /** tcsetpgrp(3): 0, -ENOTTY, -EPERM, -ESRCH, or the result of the background check. */
  setForeground(task: Task, pgid: number): number {
    if (task.process.terminal !== this) return -ENOTTY;
    const refused = this.checkForeground(task, SIGTTOU);
    if (refused < 0) return refused;
    const members = task.machine.processGroup(pgid);
    if (members.length === 0) return -ESRCH;
    if (!members.some((member) => member.sid === this.session)) return -EPERM;
    this.foreground = pgid;
    return 0;
  }

  /** TIOCSWINSZ and resizes of the host's window: SIGWINCH where something changed. */
  resize(size: WindowSize): void {
    const same =
      size.rows === this.size.rows &&
      size.columns === this.size.columns &&
      size.xPixels === this.size.xPixels &&
      size.yPixels === this.size.yPixels;
    this.size = size;
    if (!same) this.#signalForeground(SIGWINCH);
  }

  /** The other side is gone: SIGHUP and SIGCONT to the session leader and the foreground. */
  hangUp(): void {
    if (this.hungUp) return;
    this.hungUp = true;
    const kernel = this.#kernel;
    const leader = this.session ? kernel?.process(this.session) : undefined;
    for (const signal of [SIGHUP, SIGCONT]) {
      leader?.signal({ signal, code: SI_KERNEL });
      this.#signalForeground(signal);
    }
    this.changed.wake();
  }

  #signalForeground(signal: number): void {
    if (this.foreground === 0) return;
    this.#kernel?.signalGroup(this.foreground, { signal, code: SI_KERNEL });
  }
}
