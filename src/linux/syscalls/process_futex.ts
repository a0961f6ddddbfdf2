/** futex(2) and robust lists. */

import {
  EAGAIN,
  EINVAL,
  ENOSYS,
  EPERM,
  ERESTART_RESTARTBLOCK,
  ERESTARTSYS,
  ESRCH,
  ETIMEDOUT,
} from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun } from '../kernel/wait.ts';
import { futexWaitersMax } from '../limits.ts';
import { lockInherited, tryLockInherited, unlockInherited } from './process_futex_pi.ts';
import type { SyscallRow } from './row.ts';
import { full, missing, partial } from './row.ts';
import { readTimespec } from './time_values.ts';

const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;
const FUTEX_REQUEUE = 3;
const FUTEX_CMP_REQUEUE = 4;
const FUTEX_WAKE_OP = 5;
const FUTEX_WAIT_BITSET = 9;
const FUTEX_WAKE_BITSET = 10;
const FUTEX_LOCK_PI = 6;
const FUTEX_UNLOCK_PI = 7;
const FUTEX_TRYLOCK_PI = 8;
const FUTEX_LOCK_PI2 = 13;
const FUTEX_PRIVATE_FLAG = 128;
const FUTEX_CLOCK_REALTIME = 256;

interface FutexWait {
  readonly address: number;
  readonly value: number;
  readonly bitset: number;
  /** CLOCK_MONOTONIC nanoseconds. */
  readonly deadline: bigint | undefined;
}

function* futexWait(task: Task, wait: FutexWait): SyscallRun {
  const { memory, machine } = task;
  const { address, deadline } = wait;
  if (wait.bitset === 0) return -EINVAL;
  if (memory.readU32(address) !== wait.value) return -EAGAIN;
  const key = memory.futexKey(address);
  if (machine.futexes.waiters(key).length >= futexWaitersMax) return -EAGAIN;
  const waiter = machine.futexes.add(key, wait.bitset);
  try {
    for (;;) {
      const { queue } = waiter;
      const reason = yield deadline === undefined
        ? { queues: [queue] }
        : { queues: [queue], deadline };
      if (waiter.at === undefined) return 0;
      if (reason === 'deadline') return -ETIMEDOUT;
      if (reason !== 'signal') continue;
      if (deadline === undefined) return -ERESTARTSYS;
      task.restartBlock = () => futexWait(task, wait);
      return -ERESTART_RESTARTBLOCK;
    }
  } finally {
    machine.futexes.remove(waiter);
  }
}

/** The deadline of a wait: relative for FUTEX_WAIT, absolute for FUTEX_WAIT_BITSET. */
function readDeadline(task: Task, operation: number, address: number): bigint | number | undefined {
  if (address === 0) return undefined;
  const time = readTimespec(task, address);
  if (typeof time === 'number') return time;
  const { clock } = task.machine;
  if ((operation & 0x7f) === FUTEX_WAIT) return clock.monotonic() + time;
  const realtime = (operation & 0x7f) === FUTEX_LOCK_PI || operation & FUTEX_CLOCK_REALTIME;
  if (realtime) return clock.monotonic() + (time - clock.realtime());
  return time;
}

/** FUTEX_WAKE_OP: an atomic operation on the second word decides whether its waiters wake too. */
function wakeOperation(task: Task, address: number, encoded: number): boolean | number {
  const { memory } = task;
  const operation = (encoded >>> 28) & 7;
  const comparison = (encoded >>> 24) & 15;
  let argument = (encoded << 8) >> 20;
  const compared = (encoded << 20) >> 20;
  if (encoded & 0x80000000) argument = 1 << (argument & 31);
  const old = memory.readI32(address);
  const results = [argument, old + argument, old | argument, old & ~argument, old ^ argument];
  const result = results[operation];
  if (result === undefined) return -ENOSYS;
  memory.writeU32(address, result >>> 0);
  const tests = [
    old === compared,
    old !== compared,
    old < compared,
    old <= compared,
    old > compared,
    old >= compared,
  ];
  return tests[comparison] ?? -ENOSYS;
}

function sysFutex(
  task: Task,
  ...[address, operation, value, timeout, address2, value3]: [
    number,
    number,
    number,
    bigint,
    number,
    number,
  ]
): SyscallRun | number {
  const { memory, machine } = task;
  const { futexes } = machine;
  if (address % 4 !== 0) return -EINVAL;
  const count = Number(BigInt.asIntN(32, timeout));
  const key = (at: number): { object: object; offset: number } => {
    memory.readU32(at);
    return memory.futexKey(at);
  };
  const at = timeout > 0xffffffffn ? 0xffffffff : Number(timeout);
  switch (operation & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)) {
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2: {
      const deadline = readDeadline(task, operation, at);
      return typeof deadline === 'number' ? deadline : lockInherited(task, address, deadline);
    }
    case FUTEX_UNLOCK_PI:
      return unlockInherited(task, address);
    case FUTEX_TRYLOCK_PI:
      return tryLockInherited(task, address);
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET: {
      const deadline = readDeadline(task, operation, at);
      if (typeof deadline === 'number') return deadline;
      const bitset = (operation & 0x7f) === FUTEX_WAIT ? -1 : value3 | 0;
      return futexWait(task, { address, value: value >>> 0, bitset, deadline });
    }
    case FUTEX_WAKE:
      return futexes.wake(key(address), Math.max(value, 1));
    case FUTEX_WAKE_BITSET:
      return value3 === 0 ? -EINVAL : futexes.wake(key(address), Math.max(value, 1), value3 | 0);
    case FUTEX_CMP_REQUEUE:
    case FUTEX_REQUEUE: {
      const compares = (operation & 0x7f) === FUTEX_CMP_REQUEUE;
      if (compares && memory.readI32(address) !== (value3 | 0)) return -EAGAIN;
      if (value < 0 || count < 0) return -EINVAL;
      const woken = futexes.wake(key(address), value);
      return woken + futexes.requeue(key(address), key(address2), count);
    }
    case FUTEX_WAKE_OP: {
      const also = wakeOperation(task, address2, value3);
      if (typeof also === 'number') return also;
      const woken = futexes.wake(key(address), value);
      return woken + (also ? futexes.wake(key(address2), count) : 0);
    }
    default:
      return -ENOSYS;
  }
}

function sysSetRobustList(task: Task, head: number, size: number): number {
  if (size !== 3 * task.abi.wordBytes) return -EINVAL;
  task.robustList = head;
  return 0;
}

function sysGetRobustList(task: Task, tid: number, head: number, size: number): number {
  const target = tid === 0 ? task : task.machine.task(tid);
  if (!target) return -ESRCH;
  if (target.process !== task.process && task.credentials.euid !== 0) return -EPERM;
  task.memory.writeWord(head, target.robustList);
  task.memory.writeWord(size, 3 * task.abi.wordBytes);
  return 0;
}

export const futexRows: readonly SyscallRow[] = [
  partial(
    'futex',
    sysFutex,
    ['pointer', 'int', 'int', 'long', 'pointer', 'int'],
    'FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI and FUTEX_FD give ENOSYS',
  ),
  full('set_robust_list', sysSetRobustList, ['pointer', 'size']),
  full('get_robust_list', sysGetRobustList, ['pid', 'pointer', 'pointer']),
  missing('futex_waitv', 'wait for a single futex instead'),
  missing('rseq', 'restartable sequences: libraries go without them'),
];
