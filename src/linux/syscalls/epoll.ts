/** epoll, eventfd, timerfd, signalfd. */

import { EBADF, EINTR, EINVAL, EPERM } from '../abi/errno.ts';
import { encodeStruct, readStruct } from '../abi/layout.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../abi/open_flags.ts';
import { EPOLLEXCLUSIVE, EPOLLONESHOT, EpollFile } from '../fs/epoll_file.ts';
import { EventFile, SignalFile, TimerFile, type TimerSetting } from '../fs/event_files.ts';
import { unblockable } from '../kernel/signal_state.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import { fileOf } from './file_access.ts';
import { installFile } from './file_open.ts';
import { readMask } from './poll.ts';
import type { SyscallRow } from './row.ts';
import { full } from './row.ts';

type Result = SyscallValue | SyscallRun;

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
/** Events of one epoll_wait (EP_MAX_EVENTS is larger than any buffer here). */
const eventsMax = 65536;

function sysEpollCreate1(task: Task, flags: number): number {
  if (flags & ~O_CLOEXEC) return -EINVAL;
  return installFile(task, new EpollFile(task.machine.vfs), (flags & O_CLOEXEC) !== 0);
}

function sysEpollCreate(task: Task, size: number): number {
  return size <= 0 ? -EINVAL : sysEpollCreate1(task, 0);
}

function sysEpollCtl(
  task: Task,
  epollFd: number,
  operation: number,
  fd: number,
  address: number,
): number {
  const epoll = fileOf(task, epollFd);
  const file = fileOf(task, fd);
  if (!epoll || !file) return -EBADF;
  if (!(epoll instanceof EpollFile) || file === epoll) return -EINVAL;
  // Files that are always ready cannot be watched (epoll_ctl(2), EPERM).
  const { kind } = file.attributes;
  if ((kind === 'file' && !file.path.mount.hidden) || kind === 'directory') return -EPERM;
  if (operation === EPOLL_CTL_DEL) return epoll.remove(fd, file);
  const layout = task.abi.layouts.epollEvent;
  task.memory.range(address, layout.size);
  const { events, data } = readStruct(task.memory, address, layout)!;
  const bits = Number(events);
  if (operation === EPOLL_CTL_ADD) {
    if (bits & EPOLLEXCLUSIVE && bits & EPOLLONESHOT) return -EINVAL;
    return epoll.add(fd, file, bits, data);
  }
  return operation === EPOLL_CTL_MOD ? epoll.modify(fd, file, bits, data) : -EINVAL;
}

/** Writes what holds now; 0 for nothing. */
function tell(task: Task, epoll: EpollFile, address: number, count: number): number {
  const layout = task.abi.layouts.epollEvent;
  const events = epoll.collect(count);
  events.forEach((event, index) => {
    const bytes = encodeStruct(
      layout,
      { events: event.events, data: event.data },
      task.abi.littleEndian,
    );
    task.memory.writeBytes(address + index * layout.size, bytes);
  });
  return events.length;
}

function* waitForEvents(
  task: Task,
  epoll: EpollFile,
  to: { address: number; count: number },
  timeout: bigint | undefined,
  mask: bigint | undefined,
): SyscallRun {
  const previous = task.signalMask;
  if (mask !== undefined) task.signalMask = mask & ~unblockable;
  const now = task.machine.clock.monotonic();
  const deadline = timeout === undefined ? undefined : now + timeout;
  for (;;) {
    const queues = [epoll.changed];
    const reason = yield deadline === undefined ? { queues } : { queues, deadline };
    const count = tell(task, epoll, to.address, to.count);
    if (count > 0 || reason === 'deadline') {
      task.signalMask = previous;
      return count;
    }
    if (reason !== 'signal') continue;
    if (mask !== undefined) task.savedMask ??= previous;
    return -EINTR;
  }
}

function epollWait(
  task: Task,
  fd: number,
  to: { address: number; count: number },
  timeout: bigint | undefined,
  mask: bigint | undefined,
): Result {
  const epoll = fileOf(task, fd);
  if (!epoll) return -EBADF;
  if (!(epoll instanceof EpollFile) || to.count <= 0) return -EINVAL;
  const limited = { address: to.address, count: Math.min(to.count, eventsMax) };
  const count = tell(task, epoll, limited.address, limited.count);
  if (count > 0 || timeout === 0n) return count;
  return waitForEvents(task, epoll, limited, timeout, mask);
}

function milliseconds(timeout: number): bigint | undefined {
  return timeout < 0 ? undefined : BigInt(timeout) * 1_000_000n;
}

function sysEpollWait(
  task: Task,
  fd: number,
  address: number,
  count: number,
  timeout: number,
): Result {
  return epollWait(task, fd, { address, count }, milliseconds(timeout), undefined);
}

function sysEpollPwait(
  task: Task,
  fd: number,
  address: number,
  count: number,
  timeout: number,
  maskAddress: number,
): Result {
  const mask = readMask(task, maskAddress, 8);
  if (typeof mask === 'number') return mask;
  return epollWait(task, fd, { address, count }, milliseconds(timeout), mask);
}

function sysEpollPwait2(
  task: Task,
  fd: number,
  address: number,
  count: number,
  timespec: number,
  maskAddress: number,
): Result {
  const mask = readMask(task, maskAddress, 8);
  if (typeof mask === 'number') return mask;
  const timeout = timespec === 0 ? undefined : readTimespec(task, timespec);
  if (timeout !== undefined && timeout < 0n) return -EINVAL;
  return epollWait(task, fd, { address, count }, timeout, mask);
}

/** Nanoseconds; negative for EINVAL. */
function readTimespec(task: Task, address: number): bigint {
  const { wordBytes } = task.abi;
  const seconds = BigInt.asIntN(8 * wordBytes, task.memory.readWord(address));
  const rest = task.memory.readWord(address + wordBytes);
  if (seconds < 0n || rest >= 1_000_000_000n) return -1n;
  return seconds * 1_000_000_000n + rest;
}

function writeTimespec(task: Task, address: number, value: bigint): void {
  task.memory.writeWord(address, value / 1_000_000_000n);
  task.memory.writeWord(address + task.abi.wordBytes, value % 1_000_000_000n);
}

const EFD_SEMAPHORE = 1;

function sysEventfd2(task: Task, value: number, flags: number): number {
  if (flags & ~(O_CLOEXEC | O_NONBLOCK | EFD_SEMAPHORE)) return -EINVAL;
  const file = new EventFile(task.machine.vfs, {
    value: BigInt(value),
    semaphore: (flags & EFD_SEMAPHORE) !== 0,
    flags: flags & O_NONBLOCK,
    littleEndian: task.abi.littleEndian,
  });
  return installFile(task, file, (flags & O_CLOEXEC) !== 0);
}

/** CLOCK_REALTIME, MONOTONIC, BOOTTIME and the two alarms. */
const realtimeClocks = new Set([0, 8]);
const monotonicClocks = new Set([1, 7, 9]);

function sysTimerfdCreate(task: Task, clock: number, flags: number): number {
  if (flags & ~(O_CLOEXEC | O_NONBLOCK)) return -EINVAL;
  const realtime = realtimeClocks.has(clock);
  if (!realtime && !monotonicClocks.has(clock)) return -EINVAL;
  const file = new TimerFile(task, { realtime, flags: flags & O_NONBLOCK });
  return installFile(task, file, (flags & O_CLOEXEC) !== 0);
}

const TFD_TIMER_ABSTIME = 1;
const TFD_TIMER_CANCEL_ON_SET = 2;

function sysTimerfdSettime(
  task: Task,
  fd: number,
  flags: number,
  address: number,
  old: number,
): number {
  const file = fileOf(task, fd);
  if (!file) return -EBADF;
  if (!(file instanceof TimerFile)) return -EINVAL;
  if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) return -EINVAL;
  const interval = readTimespec(task, address);
  const value = readTimespec(task, address + 2 * task.abi.wordBytes);
  if (interval < 0n || value < 0n) return -EINVAL;
  const previous = file.setting;
  file.set({ value, interval }, (flags & TFD_TIMER_ABSTIME) !== 0);
  if (old !== 0) writeSetting(task, old, previous);
  return 0;
}

function writeSetting(task: Task, address: number, setting: TimerSetting): void {
  writeTimespec(task, address, setting.interval);
  writeTimespec(task, address + 2 * task.abi.wordBytes, setting.value);
}

function sysTimerfdGettime(task: Task, fd: number, address: number): number {
  const file = fileOf(task, fd);
  if (!file) return -EBADF;
  if (!(file instanceof TimerFile)) return -EINVAL;
  writeSetting(task, address, file.setting);
  return 0;
}

function sysSignalfd4(
  task: Task,
  fd: number,
  maskAddress: number,
  size: number,
  flags: number,
): number {
  if (size !== 8 || flags & ~(O_CLOEXEC | O_NONBLOCK)) return -EINVAL;
  const mask = task.memory.readU64(maskAddress);
  if (fd === -1) {
    const file = new SignalFile(task, mask, flags & O_NONBLOCK);
    return installFile(task, file, (flags & O_CLOEXEC) !== 0);
  }
  const file = fileOf(task, fd);
  if (!file) return -EBADF;
  if (!(file instanceof SignalFile)) return -EINVAL;
  file.mask = mask;
  return fd;
}

export const epollRows: readonly SyscallRow[] = [
  full('epoll_create1', sysEpollCreate1, ['open_flags']),
  full('epoll_create', sysEpollCreate, ['int']),
  full('epoll_ctl', sysEpollCtl, ['fd', 'int', 'fd', 'pointer']),
  full('epoll_pwait', sysEpollPwait, ['fd', 'pointer', 'int', 'int', 'sigset', 'size']),
  full('epoll_wait', sysEpollWait, ['fd', 'pointer', 'int', 'int']),
  full('epoll_pwait2', sysEpollPwait2, ['fd', 'pointer', 'int', 'timespec', 'sigset', 'size']),
  full('eventfd2', sysEventfd2, ['uint', 'open_flags']),
  full('eventfd', (task, value) => sysEventfd2(task, value, 0), ['uint']),
  full('timerfd_create', sysTimerfdCreate, ['int', 'open_flags']),
  full('timerfd_settime', sysTimerfdSettime, ['fd', 'int', 'timespec', 'timespec']),
  full('timerfd_gettime', sysTimerfdGettime, ['fd', 'timespec']),
  full('signalfd4', sysSignalfd4, ['fd', 'sigset', 'size', 'open_flags']),
  full('signalfd', (task, fd, mask, size) => sysSignalfd4(task, fd, mask, size, 0), [
    'fd',
    'sigset',
    'size',
  ]),
];
