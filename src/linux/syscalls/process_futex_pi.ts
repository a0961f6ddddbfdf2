/**
 * Futexes with priority inheritance (futex(2), kernel/futex/pi.c): the word holds the owner's tid.
 * Nothing has a priority here, so what is left is the hand-over to the one that waited longest.
 */

import { EAGAIN, EDEADLK, EPERM, ERESTARTSYS, ESRCH, ETIMEDOUT } from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun } from '../kernel/wait.ts';
import { futexWaitersMax } from '../limits.ts';

const FUTEX_WAITERS = 0x80000000;
const FUTEX_OWNER_DIED = 0x40000000;
const FUTEX_TID_MASK = 0x3fffffff;

/**
 * Takes the lock if it is free, or its owner has died while the task waited.
 * 0, or a negative errno: EAGAIN means that somebody has it.
 */
function tryLock(task: Task, address: number, waited: boolean): number {
  const { memory, machine } = task;
  const value = memory.readU32(address);
  const owner = value & FUTEX_TID_MASK;
  if (owner === task.tid) return waited ? 0 : -EDEADLK;
  const dead = owner !== 0 && !machine.task(owner);
  if (dead && !waited) return -ESRCH;
  if (owner !== 0 && !dead) return -EAGAIN;
  const others = machine.futexes.waiters(memory.futexKey(address)).length > 0;
  const died = dead ? FUTEX_OWNER_DIED : value & FUTEX_OWNER_DIED;
  memory.writeU32(address, (task.tid | died | (others ? FUTEX_WAITERS : 0)) >>> 0);
  return 0;
}

/** FUTEX_LOCK_PI and FUTEX_LOCK_PI2; `deadline` is CLOCK_MONOTONIC. */
export function* lockInherited(
  task: Task,
  address: number,
  deadline: bigint | undefined,
): SyscallRun {
  const { memory, machine } = task;
  const { futexes } = machine;
  for (let waited = false; ; waited = true) {
    const result = tryLock(task, address, waited);
    if (result !== -EAGAIN) return result;
    const key = memory.futexKey(address);
    if (futexes.waiters(key).length >= futexWaitersMax) return -EAGAIN;
    memory.writeU32(address, (memory.readU32(address) | FUTEX_WAITERS) >>> 0);
    const waiter = futexes.add(key, -1);
    const owner = machine.task(memory.readU32(address) & FUTEX_TID_MASK);
    try {
      const queues = owner ? [waiter.queue, owner.released] : [waiter.queue];
      const reason = yield deadline === undefined ? { queues } : { queues, deadline };
      if (reason === 'deadline') return -ETIMEDOUT;
      if (reason === 'signal') return -ERESTARTSYS;
    } finally {
      futexes.remove(waiter);
    }
  }
}

/** FUTEX_TRYLOCK_PI. */
export function tryLockInherited(task: Task, address: number): number {
  const waited = (task.memory.readU32(address) & FUTEX_TID_MASK) !== task.tid;
  return tryLock(task, address, waited);
}

/** FUTEX_UNLOCK_PI: the oldest waiter becomes the owner. */
export function unlockInherited(task: Task, address: number): number {
  const { memory, machine } = task;
  const value = memory.readU32(address);
  if ((value & FUTEX_TID_MASK) !== task.tid) return -EPERM;
  memory.writeU32(address, 0);
  const key = memory.futexKey(address);
  const waiting = machine.futexes.waiters(key).length;
  if (waiting > 0) {
    // Others see a lock that is waited for until the chosen one has run.
    memory.writeU32(address, FUTEX_WAITERS);
    machine.futexes.wake(key, 1);
  }
  return 0;
}
