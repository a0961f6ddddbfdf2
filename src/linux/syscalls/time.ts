/** System calls of time: clocks, sleeping, timers. */

import { EINVAL, EPERM, ERESTART_RESTARTBLOCK, ERESTARTNOHAND } from '../abi/errno.ts';
import { SIGRTMAX } from '../abi/signals.ts';
import { privileged } from '../kernel/credentials.ts';
import type { IntervalSetting, TimerNotification } from '../kernel/interval_timers.ts';
import { IntervalTimers } from '../kernel/interval_timers.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun } from '../kernel/wait.ts';
import { processUsage } from './process_usage.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';
import { readTimespec, readTimeval, writeTimespec, writeTimeval } from './time_values.ts';

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const CLOCK_PROCESS_CPUTIME_ID = 2;
const CLOCK_THREAD_CPUTIME_ID = 3;
const CLOCK_BOOTTIME = 7;
const CLOCK_TAI = 11;
const TIMER_ABSTIME = 1;

/** Now on a clock, or undefined where there is no such clock. */
export function clockNow(task: Task, clock: number): bigint | undefined {
  const { clock: time } = task.machine;
  switch (clock) {
    case CLOCK_REALTIME:
    case 5: // CLOCK_REALTIME_COARSE
    case 8: // CLOCK_REALTIME_ALARM
    case CLOCK_TAI:
      return time.realtime();
    case CLOCK_MONOTONIC:
    case 4: // CLOCK_MONOTONIC_RAW
    case 6: // CLOCK_MONOTONIC_COARSE
    case CLOCK_BOOTTIME:
    case 9: // CLOCK_BOOTTIME_ALARM
      return time.monotonic();
    case CLOCK_PROCESS_CPUTIME_ID: {
      const { user, system } = processUsage(task);
      return user + system;
    }
    case CLOCK_THREAD_CPUTIME_ID:
      return task.usage.user + task.usage.system;
    default:
      return undefined;
  }
}

function sysClockGettime(task: Task, clock: number, address: number): number {
  const now = clockNow(task, clock);
  if (now === undefined) return -EINVAL;
  writeTimespec(task, address, now);
  return 0;
}

function sysClockGetres(task: Task, clock: number, address: number): number {
  if (clockNow(task, clock) === undefined) return -EINVAL;
  if (address !== 0) writeTimespec(task, address, 1n);
  return 0;
}

function sysClockSettime(task: Task, clock: number, address: number): number {
  const now = readTimespec(task, address);
  if (typeof now === 'number') return now;
  if (clock !== CLOCK_REALTIME) return -EINVAL;
  if (!privileged(task.credentials)) return -EPERM;
  task.machine.clock.setRealtime(now);
  return 0;
}

function sysGettimeofday(task: Task, address: number, zone: number): number {
  if (address !== 0) writeTimeval(task, address, task.machine.clock.realtime());
  if (zone !== 0) task.memory.writeU64(zone, 0n);
  return 0;
}

function sysSettimeofday(task: Task, address: number): number {
  const now = address === 0 ? task.machine.clock.realtime() : readTimeval(task, address);
  if (typeof now === 'number') return now;
  if (!privileged(task.credentials)) return -EPERM;
  task.machine.clock.setRealtime(now);
  return 0;
}

function sysTime(task: Task, address: number): number {
  const seconds = task.machine.clock.realtime() / 1_000_000_000n;
  if (address !== 0) task.memory.writeWord(address, seconds);
  return Number(seconds);
}

/** times(2): clock ticks of 10 ms. */
function sysTimes(task: Task, address: number): number {
  const { memory, process, machine } = task;
  const ticks = (nanoseconds: bigint): bigint => nanoseconds / 10_000_000n;
  if (address !== 0) {
    const own = processUsage(task);
    const children = process.childrenUsage;
    const values = [own.user, own.system, children.user, children.system];
    values.forEach((value, index) => {
      memory.writeWord(address + index * memory.wordBytes, ticks(value));
    });
  }
  return Number(ticks(machine.clock.monotonic()));
}

/** Sleeps until a CLOCK_MONOTONIC time; the rest goes to `remaining` when a signal comes. */
function* sleepUntil(task: Task, deadline: bigint, remaining: number): SyscallRun {
  for (;;) {
    const reason = yield { deadline };
    if (reason === 'deadline') return 0;
    if (reason !== 'signal') continue;
    const left = deadline - task.machine.clock.monotonic();
    if (left <= 0n) return 0;
    if (remaining !== 0) writeTimespec(task, remaining, left);
    task.restartBlock = () => sleepUntil(task, deadline, remaining);
    return -ERESTART_RESTARTBLOCK;
  }
}

function sysNanosleep(task: Task, request: number, remaining: number): SyscallRun | number {
  const duration = readTimespec(task, request);
  if (typeof duration === 'number') return duration;
  return sleepUntil(task, task.machine.clock.monotonic() + duration, remaining);
}

function sysClockNanosleep(
  task: Task,
  ...[clock, flags, request, remaining]: [number, number, number, number]
): SyscallRun | number {
  if (clock === CLOCK_THREAD_CPUTIME_ID) return -EINVAL;
  const now = clockNow(task, clock);
  if (now === undefined) return -EINVAL;
  const time = readTimespec(task, request);
  if (typeof time === 'number') return time;
  const monotonic = task.machine.clock.monotonic();
  if (!(flags & TIMER_ABSTIME)) return sleepUntil(task, monotonic + time, remaining);
  return sleepAbsolute(monotonic + (time - now));
}

function* sleepAbsolute(deadline: bigint): SyscallRun {
  for (;;) {
    const reason = yield { deadline };
    if (reason === 'deadline') return 0;
    if (reason === 'signal') return -ERESTARTNOHAND;
  }
}

function timersOf(task: Task): IntervalTimers {
  const { process } = task;
  process.timers ??= new IntervalTimers(process);
  return process.timers;
}

function writeItimerval(task: Task, address: number, setting: IntervalSetting): void {
  const { size } = task.abi.layouts.timeval;
  writeTimeval(task, address, setting.interval);
  // A running timer is never reported as off.
  const value = setting.value > 0n && setting.value < 1000n ? 1000n : setting.value;
  writeTimeval(task, address + size, value);
}

function sysGetitimer(task: Task, which: number, address: number): number {
  if (which < 0 || which > 2) return -EINVAL;
  writeItimerval(task, address, timersOf(task).itimer(which).setting);
  return 0;
}

function sysSetitimer(task: Task, which: number, address: number, old: number): number {
  if (which < 0 || which > 2) return -EINVAL;
  const { size } = task.abi.layouts.timeval;
  const interval = address === 0 ? 0n : readTimeval(task, address);
  const value = address === 0 ? 0n : readTimeval(task, address + size);
  if (typeof interval === 'number' || typeof value === 'number') return -EINVAL;
  const timer = timersOf(task).itimer(which);
  if (old !== 0) writeItimerval(task, old, timer.setting);
  timer.set({ value, interval });
  return 0;
}

function sysAlarm(task: Task, seconds: number): number {
  const timer = timersOf(task).itimer(0);
  const left = timer.setting.value;
  timer.set({ value: BigInt(seconds) * 1_000_000_000n, interval: 0n });
  if (left === 0n) return 0;
  const rounded = (left + 500_000_000n) / 1_000_000_000n;
  return rounded === 0n ? 1 : Number(rounded);
}

/** struct sigevent: value, signal number, kind, thread id. */
function readNotification(task: Task, address: number): TimerNotification | number {
  const { memory } = task;
  const word = memory.wordBytes;
  const value = memory.readWord(address);
  const signal = memory.readI32(address + word);
  const kind = memory.readI32(address + word + 4);
  const tid = memory.readI32(address + word + 8);
  if (kind !== 0 && kind !== 1 && kind !== 2 && kind !== 4) return -EINVAL;
  if (kind !== 1 && (signal < 1 || signal > SIGRTMAX)) return -EINVAL;
  if (kind === 4 && task.machine.task(tid)?.process !== task.process) return -EINVAL;
  return { kind, signal, value, tid };
}

function sysTimerCreate(task: Task, clock: number, event: number, idAddress: number): number {
  if (clockNow(task, clock) === undefined) return -EINVAL;
  const notification = event === 0 ? undefined : readNotification(task, event);
  if (typeof notification === 'number') return notification;
  task.memory.range(idAddress, 4);
  const id = timersOf(task).create(clock, notification);
  if (id === undefined) return -11;
  task.memory.writeU32(idAddress, id);
  return 0;
}

function writeItimerspec(task: Task, address: number, setting: IntervalSetting): void {
  writeTimespec(task, address, setting.interval);
  writeTimespec(task, address + task.abi.layouts.timespec.size, setting.value);
}

function sysTimerSettime(
  task: Task,
  ...[id, flags, address, old]: [number, number, number, number]
): number {
  const posix = timersOf(task).posix(id);
  if (!posix) return -EINVAL;
  const interval = readTimespec(task, address);
  const time = readTimespec(task, address + task.abi.layouts.timespec.size);
  if (typeof interval === 'number' || typeof time === 'number') return -EINVAL;
  const { timer, clock } = posix;
  if (old !== 0) writeItimerspec(task, old, timer.setting);
  let value = time;
  if (flags & TIMER_ABSTIME && time !== 0n) {
    value = time - (clockNow(task, clock) ?? 0n);
    // A time that has passed expires at once.
    if (value <= 0n) value = 1n;
  }
  timer.set({ value, interval });
  return 0;
}

function sysTimerGettime(task: Task, id: number, address: number): number {
  const posix = timersOf(task).posix(id);
  if (!posix) return -EINVAL;
  writeItimerspec(task, address, posix.timer.setting);
  return 0;
}

function sysTimerGetoverrun(task: Task, id: number): number {
  return timersOf(task).posix(id) ? 0 : -EINVAL;
}

function sysTimerDelete(task: Task, id: number): number {
  return timersOf(task).delete(id) ? 0 : -EINVAL;
}

/** adjtimex: the clock is exact; only reading is there. */
function sysAdjtimex(task: Task, address: number): number {
  if (task.memory.readU32(address) !== 0) return -EPERM;
  return 0;
}

const sysClockAdjtime = (task: Task, _clock: number, address: number): number =>
  sysAdjtimex(task, address);

export const timeRows: readonly SyscallRow[] = [
  full('clock_gettime', sysClockGettime, ['int', 'timespec']),
  full('clock_getres', sysClockGetres, ['int', 'timespec']),
  full('clock_settime', sysClockSettime, ['int', 'timespec']),
  full('gettimeofday', sysGettimeofday, ['pointer', 'pointer']),
  full('settimeofday', sysSettimeofday, ['pointer', 'pointer']),
  full('time', sysTime, ['pointer']),
  full('times', sysTimes, ['pointer']),
  full('nanosleep', sysNanosleep, ['timespec', 'timespec']),
  full('clock_nanosleep', sysClockNanosleep, ['int', 'int', 'timespec', 'timespec']),
  full('getitimer', sysGetitimer, ['int', 'pointer']),
  partial(
    'setitimer',
    sysSetitimer,
    ['int', 'pointer', 'pointer'],
    'ITIMER_VIRTUAL and ITIMER_PROF run on the clock, not on processor time',
  ),
  full('alarm', sysAlarm, ['uint']),
  full('timer_create', sysTimerCreate, ['int', 'pointer', 'pointer']),
  full('timer_settime', sysTimerSettime, ['int', 'int', 'pointer', 'pointer']),
  full('timer_gettime', sysTimerGettime, ['int', 'pointer']),
  partial('timer_getoverrun', sysTimerGetoverrun, ['int'], 'always 0'),
  full('timer_delete', sysTimerDelete, ['int']),
  partial('adjtimex', sysAdjtimex, ['pointer'], 'only reading, all values 0'),
  partial('clock_adjtime', sysClockAdjtime, ['int', 'pointer'], 'only reading, all values 0'),
];
