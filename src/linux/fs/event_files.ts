/** eventfd(2), timerfd(2), signalfd(2): events as files. */

import { EAGAIN, EINVAL } from '../abi/errno.ts';
import { O_RDWR } from '../abi/open_flags.ts';
import type { Process } from '../kernel/process.ts';
import type { SignalInfo } from '../kernel/signal_state.ts';
import { unblockable } from '../kernel/signal_state.ts';
import type { Task } from '../kernel/task.ts';
import type { Timer } from '../kernel/timers.ts';
import { BaseFile } from './base_file.ts';
import { POLLIN, POLLOUT } from './inode.ts';
import type { Vfs } from './vfs.ts';

function anonymous(vfs: Vfs, name: string): ReturnType<Vfs['anonymous']['make']> {
  const request = { kind: 'file', mode: 0o600, uid: 0, gid: 0 } as const;
  return vfs.anonymous.make({ ...request, label: `anon_inode:[${name}]` });
}

const counterMax = 0xfffffffffffffffen;

export class EventFile extends BaseFile {
  #value: bigint;
  readonly #semaphore: boolean;
  readonly #littleEndian: boolean;

  constructor(
    vfs: Vfs,
    options: { value: bigint; semaphore: boolean; flags: number; littleEndian: boolean },
  ) {
    const { inode, path } = anonymous(vfs, 'eventfd');
    super(inode, O_RDWR | options.flags, path);
    this.#value = options.value;
    this.#semaphore = options.semaphore;
    this.#littleEndian = options.littleEndian;
  }

  override read(into: Uint8Array): number {
    if (into.length < 8) return -EINVAL;
    if (this.#value === 0n) return -EAGAIN;
    const told = this.#semaphore ? 1n : this.#value;
    this.#value -= told;
    new DataView(into.buffer, into.byteOffset, 8).setBigUint64(0, told, this.#littleEndian);
    this.changed.wake();
    return 8;
  }

  override write(from: Uint8Array): number {
    if (from.length < 8) return -EINVAL;
    const added = new DataView(from.buffer, from.byteOffset, 8).getBigUint64(0, this.#littleEndian);
    if (added > counterMax) return -EINVAL;
    if (this.#value + added > counterMax) return -EAGAIN;
    this.#value += added;
    this.changed.wake();
    return 8;
  }

  override poll(): number {
    return (this.#value > 0n ? POLLIN : 0) | (this.#value < counterMax ? POLLOUT : 0);
  }

  describe(): string {
    return `eventfd-count: ${this.#value.toString(16).padStart(16)}\n`;
  }
}

/** Remaining time and period in nanoseconds. */
export interface TimerSetting {
  readonly value: bigint;
  readonly interval: bigint;
}

export class TimerFile extends BaseFile {
  readonly #task: Task;
  /** CLOCK_REALTIME (and its alarm) or CLOCK_MONOTONIC. */
  readonly realtime: boolean;
  #timer: Timer | undefined;
  #interval: bigint = 0n;
  #expirations: bigint = 0n;

  constructor(task: Task, options: { realtime: boolean; flags: number }) {
    const { inode, path } = anonymous(task.machine.vfs, 'timerfd');
    super(inode, O_RDWR | options.flags, path);
    this.#task = task;
    this.realtime = options.realtime;
  }

  get setting(): TimerSetting {
    if (!this.#timer) return { value: 0n, interval: this.#interval };
    const left = this.#timer.deadline - this.#task.machine.clock.monotonic();
    return { value: left > 0n ? left : 1n, interval: this.#interval };
  }

  /** `value` is relative, or a time of the timer's clock with `absolute`; 0 disarms. */
  set(setting: TimerSetting, absolute: boolean): void {
    const { timers, clock } = this.#task.machine;
    if (this.#timer) timers.cancel(this.#timer);
    this.#timer = undefined;
    this.#expirations = 0n;
    this.#interval = setting.interval;
    if (setting.value === 0n) return;
    const now = clock.monotonic();
    const shift = absolute && this.realtime ? clock.realtime() - now : 0n;
    this.#arm(absolute ? setting.value - shift : now + setting.value);
  }

  #arm(deadline: bigint): void {
    this.#timer = this.#task.machine.timers.add(deadline, () => this.#expire(deadline));
  }

  #expire(deadline: bigint): void {
    const now = this.#task.machine.clock.monotonic();
    const late = now - deadline;
    const missed = this.#interval > 0n && late > 0n ? late / this.#interval : 0n;
    this.#expirations += 1n + missed;
    this.#timer = undefined;
    if (this.#interval > 0n) this.#arm(deadline + (1n + missed) * this.#interval);
    this.changed.wake();
  }

  override read(into: Uint8Array): number {
    if (into.length < 8) return -EINVAL;
    if (this.#expirations === 0n) return -EAGAIN;
    const view = new DataView(into.buffer, into.byteOffset, 8);
    view.setBigUint64(0, this.#expirations, this.#task.abi.littleEndian);
    this.#expirations = 0n;
    return 8;
  }

  override poll(): number {
    return this.#expirations > 0n ? POLLIN : 0;
  }

  override close(): void {
    if (this.#timer) this.#task.machine.timers.cancel(this.#timer);
  }
}

/** Bytes of `struct signalfd_siginfo`. */
const signalInfoBytes = 128;

export class SignalFile extends BaseFile {
  #mask: bigint;
  readonly #process: Process;
  readonly #littleEndian: boolean;
  readonly #wake: () => void;

  constructor(task: Task, mask: bigint, flags: number) {
    const { inode, path } = anonymous(task.machine.vfs, 'signalfd');
    super(inode, O_RDWR | flags, path);
    this.#mask = mask & ~unblockable;
    this.#process = task.process;
    this.#littleEndian = task.abi.littleEndian;
    this.#wake = () => {
      this.#process.signalled.add(this.#wake);
      this.changed.wake();
    };
    this.#process.signalled.add(this.#wake);
  }

  set mask(mask: bigint) {
    this.#mask = mask & ~unblockable;
    this.changed.wake();
  }

  override read(into: Uint8Array, _offset: number, task?: Task): number {
    if (into.length < signalInfoBytes) return -EINVAL;
    let done = 0;
    while (done + signalInfoBytes <= into.length) {
      const info = task?.pending.take(this.#mask) ?? this.#process.pending.take(this.#mask);
      if (!info) break;
      this.#encode(info, into.subarray(done, done + signalInfoBytes));
      done += signalInfoBytes;
    }
    return done === 0 ? -EAGAIN : done;
  }

  #encode(info: SignalInfo, bytes: Uint8Array): void {
    bytes.fill(0);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const words = [
      info.signal,
      info.errno ?? 0,
      info.code,
      info.pid ?? 0,
      info.uid ?? 0,
      info.fd ?? 0,
      info.timer ?? 0,
      info.band ?? 0,
      info.overrun ?? 0,
      info.signal === 5 ? info.code : 0,
      info.status ?? 0,
    ];
    words.forEach((word, index) => {
      view.setUint32(4 * index, word, this.#littleEndian);
    });
    view.setInt32(44, Number(BigInt.asIntN(32, info.value ?? 0n)), this.#littleEndian);
    view.setBigUint64(48, BigInt.asUintN(64, info.value ?? 0n), this.#littleEndian);
    view.setBigUint64(56, BigInt(info.userTime ?? 0), this.#littleEndian);
    view.setBigUint64(64, BigInt(info.systemTime ?? 0), this.#littleEndian);
    view.setBigUint64(72, BigInt(info.address ?? 0), this.#littleEndian);
  }

  override poll(): number {
    const pending = [...this.#process.tasks].reduce(
      (set, task) => set | task.pending.set,
      this.#process.pending.set,
    );
    return (pending & this.#mask) !== 0n ? POLLIN : 0;
  }

  override close(): void {
    this.#process.signalled.remove(this.#wake);
  }
}
