/** System V semaphores: semget, semop, semtimedop, semctl (ipc/sem.c). */

import { E2BIG, EAGAIN, EFBIG, EIDRM, EINTR, EINVAL, ERANGE } from '../abi/errno.ts';
import { ipcLayouts } from '../abi/ipc_layouts.ts';
import { IPC_NOWAIT, SemaphoreSet, semaphoreValueMax } from '../kernel/ipc.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun } from '../kernel/wait.ts';
import { semaphoreOperationsMax, semaphoreSetsMax, semaphoresPerSetMax } from '../limits.ts';
import {
  IPC_64,
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  readableObject,
  seconds,
  setObject,
  writeObject,
} from './ipc_object.ts';
import type { SyscallRow } from './row.ts';
import { full } from './row.ts';
import { readTimespec } from './time_values.ts';

export function sysSemget(task: Task, key: number, count: number, flags: number): number {
  if (count < 0 || count > semaphoresPerSetMax) return -EINVAL;
  return task.machine.systemV.semaphores.get(
    task,
    { key, flags },
    {
      fits: (set) => (count > set.values.length ? -EINVAL : 0),
      make: (id) =>
        count === 0 ? -EINVAL : new SemaphoreSet(task, { key, id, mode: flags }, count),
    },
  );
}

const SEM_UNDO = 0x1000;

/** struct sembuf. */
interface Operation {
  readonly index: number;
  readonly change: number;
  readonly flags: number;
}

function readOperations(task: Task, address: number, count: number): Operation[] {
  const { memory } = task;
  return Array.from({ length: count }, (_, n) => {
    const signed = (memory.readU16(address + 6 * n + 2) << 16) >> 16;
    return {
      index: memory.readU16(address + 6 * n),
      change: signed,
      flags: memory.readU16(address + 6 * n + 4),
    };
  });
}

/** Makes all changes or none: 0, an errno, or the operation that cannot be done yet. */
function tryAll(task: Task, set: SemaphoreSet, list: readonly Operation[]): Operation | number {
  const values = [...set.values];
  const undo = set.undo.get(task.process)?.slice() ?? set.values.map(() => 0);
  for (const operation of list) {
    const { index, change } = operation;
    const value = values[index]! + change;
    if (change === 0 ? value !== 0 : value < 0) return operation;
    if (value > semaphoreValueMax) return -ERANGE;
    values[index] = value;
    if (!(operation.flags & SEM_UNDO)) continue;
    undo[index]! -= change;
    if (Math.abs(undo[index]!) > semaphoreValueMax) return -ERANGE;
  }
  for (const { index, change } of list) {
    set.values[index] = values[index]!;
    if (change !== 0) set.pids[index] = task.process.pid;
  }
  if (list.some(({ flags }) => flags & SEM_UNDO)) set.undo.set(task.process, undo);
  set.operationTime = task.machine.clock.realtime();
  if (list.some(({ change }) => change !== 0)) set.changed.wake();
  return 0;
}

export function* semop(
  task: Task,
  ...[id, address, count, timeout]: [number, number, number, number]
): SyscallRun {
  if (count < 1 || id < 0) return -EINVAL;
  if (count > semaphoreOperationsMax) return -E2BIG;
  const list = readOperations(task, address, count);
  const limit = timeout === 0 ? undefined : readTimespec(task, timeout);
  if (typeof limit === 'number') return limit;
  const set = task.machine.systemV.semaphores.find(id);
  if (typeof set === 'number') return set;
  if (list.some(({ index }) => index >= set.values.length)) return -EFBIG;
  const denied = set.check(task, list.some(({ change }) => change !== 0) ? 0o222 : 0o444);
  if (denied < 0) return denied;
  const deadline = limit === undefined ? {} : { deadline: task.machine.clock.monotonic() + limit };
  for (;;) {
    const blocked = tryAll(task, set, list);
    if (typeof blocked === 'number') return blocked;
    if (blocked.flags & IPC_NOWAIT) return -EAGAIN;
    const waiter = { index: blocked.index, forZero: blocked.change === 0 };
    set.waiters.add(waiter);
    try {
      const reason = yield { queues: [set.changed], ...deadline };
      if (set.removed) return -EIDRM;
      if (reason === 'deadline') return -EAGAIN;
      if (reason === 'signal') return -EINTR;
    } finally {
      set.waiters.delete(waiter);
    }
  }
}

function sysSemop(task: Task, id: number, address: number, count: number): SyscallRun {
  return semop(task, id, address, count, 0);
}

const GETPID = 11;
const GETVAL = 12;
const GETALL = 13;
/** 14 is GETNCNT. */
const GETZCNT = 15;
const SETVAL = 16;
const SETALL = 17;
const SEM_STAT = 18;
const SEM_INFO = 19;
const SEM_STAT_ANY = 20;

function setValues(task: Task, set: SemaphoreSet, from: number, values: readonly number[]): number {
  if (values.some((value) => value < 0 || value > semaphoreValueMax)) return -ERANGE;
  const denied = set.check(task, 0o222);
  if (denied < 0) return denied;
  values.forEach((value, n) => {
    set.values[from + n] = value;
    set.pids[from + n] = task.process.pid;
    for (const undo of set.undo.values()) undo[from + n] = 0;
  });
  set.changeTime = task.machine.clock.realtime();
  set.changed.wake();
  return 0;
}

/** Commands about values; undefined for others. */
function valueCommand(
  task: Task,
  set: SemaphoreSet,
  at: { readonly index: number; readonly command: number; readonly argument: bigint },
): number | undefined {
  const { index, command, argument } = at;
  const { memory } = task;
  const address = argument > 0xffffffffn ? 0xffffffff : Number(argument);
  if (command === SETALL) {
    const values = set.values.map((_, n) => memory.readU16(address + 2 * n));
    return setValues(task, set, 0, values);
  }
  if (command < GETPID || command > SETVAL) return undefined;
  if (command !== SETVAL) {
    const denied = set.check(task, 0o444);
    if (denied < 0) return denied;
  }
  if (command === GETALL) {
    set.values.forEach((value, n) => {
      memory.writeU16(address + 2 * n, value);
    });
    return 0;
  }
  const value = set.values[index];
  if (value === undefined || index < 0) return -EINVAL;
  if (command === SETVAL) {
    // `union semun` in a register: its int is the half that comes first in memory.
    const half = memory.littleEndian ? argument : argument >> 32n;
    return setValues(task, set, index, [Number(BigInt.asIntN(32, half))]);
  }
  if (command === GETVAL) return value;
  if (command === GETPID) return set.pids[index]!;
  const forZero = command === GETZCNT;
  return [...set.waiters].filter((one) => one.index === index && one.forZero === forZero).length;
}

/** struct seminfo: ten ints. Returns the last place in use. */
function semaphoreFigures(task: Task, command: number, address: number): number {
  const { semaphores } = task.machine.systemV;
  const sets = semaphores.all();
  const total = sets.reduce((sum, { values }) => sum + values.length, 0);
  const all = semaphoreSetsMax * semaphoresPerSetMax;
  const [use, adjust] = command === SEM_INFO ? [sets.length, total] : [20, semaphoreValueMax];
  const ints = [all, semaphoreSetsMax, all, all, semaphoresPerSetMax, semaphoreOperationsMax];
  for (const [n, value] of [...ints, semaphoreOperationsMax, use, semaphoreValueMax].entries()) {
    task.memory.writeU32(address + 4 * n, value!);
  }
  task.memory.writeU32(address + 36, adjust!);
  return Math.max(semaphores.lastPlace, 0);
}

export function sysSemctl(
  task: Task,
  ...[id, index, version, argument]: [number, number, number, bigint]
): number {
  const { semaphores } = task.machine.systemV;
  const command = version & ~IPC_64;
  const address = argument > 0xffffffffn ? 0xffffffff : Number(argument);
  if (id < 0) return -EINVAL;
  if (command === IPC_INFO || command === SEM_INFO) return semaphoreFigures(task, command, address);
  const { set: layout } = ipcLayouts(task.abi);
  if (command === IPC_STAT || command === SEM_STAT || command === SEM_STAT_ANY) {
    const how = { byIndex: command !== IPC_STAT, anyone: command === SEM_STAT_ANY };
    const set = readableObject(task, semaphores, id, how);
    if (typeof set === 'number') return set;
    writeObject(task, { address, layout }, set, {
      operationTime: seconds(set.operationTime),
      changeTime: seconds(set.changeTime),
      count: set.values.length,
    });
    return how.byIndex ? set.id : 0;
  }
  const set = semaphores.find(id);
  if (typeof set === 'number') return set;
  const value = valueCommand(task, set, { index, command, argument });
  if (value !== undefined) return value;
  if (command === IPC_SET) {
    const result = setObject(task, { address, layout }, set);
    return typeof result === 'number' ? result : 0;
  }
  if (command !== IPC_RMID) return -EINVAL;
  const denied = set.checkOwner(task);
  if (denied === 0) semaphores.remove(set);
  return denied;
}

export const ipcSemaphoreRows: readonly SyscallRow[] = [
  full('semget', sysSemget, ['int', 'int', 'int']),
  full('semop', sysSemop, ['int', 'pointer', 'uint']),
  full('semtimedop', semop, ['int', 'pointer', 'uint', 'timespec']),
  full('semctl', sysSemctl, ['int', 'int', 'int', 'long']),
];
