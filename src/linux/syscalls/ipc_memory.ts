/** System V shared memory: shmget, shmat, shmdt, shmctl (ipc/shm.c). */

import { EACCES, EFAULT, EIDRM, EINVAL, ENOMEM } from '../abi/errno.ts';
import { ipcLayouts } from '../abi/ipc_layouts.ts';
import { IPC_PRIVATE, SharedMemorySegment } from '../kernel/ipc.ts';
import type { Task } from '../kernel/task.ts';
import { sharedMappingBytesMax, sharedSegmentsMax } from '../limits.ts';
import { addressMin } from '../mm/layout.ts';
import { pageBytes } from '../mm/mapping.ts';
import { SharedRegion } from '../mm/shared_region.ts';
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

/** `mode` bit of a segment that goes with its last user. */
const SHM_DEST = 0o1000;

/** Marked segments nobody has attached any more are gone. */
function sweep(task: Task): void {
  const { memory } = task.machine.systemV;
  for (const one of memory.all()) {
    if (one.mode & SHM_DEST && one.region.users === 0) memory.remove(one);
  }
}

export function sysShmget(task: Task, key: number, size: number, flags: number): number {
  sweep(task);
  return task.machine.systemV.memory.get(
    task,
    { key, flags },
    {
      fits: (segment) => (size > segment.size ? -EINVAL : 0),
      make: (id) => {
        if (size < 1) return -EINVAL;
        if (size > sharedMappingBytesMax) return -EINVAL;
        const region = new SharedRegion(undefined);
        return new SharedMemorySegment(task, { key, id, mode: flags }, size, region);
      },
    },
  );
}

const SHM_RDONLY = 0o10000;
const SHM_RND = 0o20000;
const SHM_REMAP = 0o40000;
const SHM_EXEC = 0o100000;

/** Where a segment is to be attached, or a negative errno. */
function attachPlace(task: Task, address: number, length: number, flags: number): number {
  const { memory } = task;
  if (address === 0) {
    return flags & SHM_REMAP ? -EINVAL : (memory.findRoom(length, 0) ?? -ENOMEM);
  }
  const rest = address % pageBytes;
  if (rest !== 0 && !(flags & SHM_RND)) return -EINVAL;
  const start = address - rest;
  if (start < addressMin) return -EINVAL;
  const taken = memory.mappings.overlapping(start, start + length).length > 0;
  return taken && !(flags & SHM_REMAP) ? -EINVAL : start;
}

export function sysShmat(task: Task, id: number, address: number, flags: number): number {
  sweep(task);
  const segment = task.machine.systemV.memory.find(id);
  if (typeof segment === 'number') return segment;
  const writes = (flags & SHM_RDONLY) === 0;
  const wanted = 0o444 | (writes ? 0o222 : 0) | (flags & SHM_EXEC ? 0o111 : 0);
  if (segment.check(task, wanted) < 0) return -EACCES;
  if (segment.removed) return -EIDRM;
  const length = Math.ceil(segment.size / pageBytes) * pageBytes;
  const start = attachPlace(task, address, length, flags);
  if (start < 0) return start;
  const protection = 1 | (writes ? 2 : 0) | (flags & SHM_EXEC ? 4 : 0);
  const name = `/SYSV${(segment.key >>> 0).toString(16).padStart(8, '0')}`;
  const result = task.memory.map({ start, length, protection, name, shared: segment.region });
  if (result < 0) return result;
  segment.attachTime = task.machine.clock.realtime();
  segment.lastPid = task.process.pid;
  return start;
}

export function sysShmdt(task: Task, address: number): number {
  const { memory, machine } = task;
  const mapping = memory.mappings.find(address);
  const segment = machine.systemV.memory.all().find(({ region }) => region === mapping?.shared);
  if (!mapping || !segment || mapping.start !== address || mapping.offset !== 0) return -EINVAL;
  memory.unmap(address, address + Math.ceil(segment.size / pageBytes) * pageBytes);
  segment.detachTime = machine.clock.realtime();
  segment.lastPid = task.process.pid;
  sweep(task);
  return 0;
}

const SHM_LOCK = 11;
const SHM_UNLOCK = 12;
const SHM_STAT = 13;
const SHM_INFO = 14;
const SHM_STAT_ANY = 15;

function statSegment(task: Task, segment: SharedMemorySegment, address: number): void {
  const { segment: layout } = ipcLayouts(task.abi);
  writeObject(task, { address, layout }, segment, {
    size: segment.size,
    attachTime: seconds(segment.attachTime),
    detachTime: seconds(segment.detachTime),
    changeTime: seconds(segment.changeTime),
    creator: segment.creator,
    lastPid: segment.lastPid,
    attached: segment.region.users,
  });
}

/** struct shminfo64 or shm_info. Returns the last place in use. */
function memoryFigures(task: Task, command: number, address: number): number {
  const { memory } = task.machine.systemV;
  const segments = memory.all();
  const pages = segments.reduce((sum, { size }) => sum + Math.ceil(size / pageBytes), 0);
  const words =
    command === IPC_INFO
      ? [sharedMappingBytesMax, 1, sharedSegmentsMax, sharedSegmentsMax, 2 ** 32, 0, 0, 0, 0]
      : [0, pages, pages, 0, 0, 0];
  for (const [n, word] of words.entries()) task.memory.writeWord(address + 8 * n, word);
  if (command === SHM_INFO) task.memory.writeU32(address, segments.length);
  return Math.max(memory.lastPlace, 0);
}

export function sysShmctl(task: Task, id: number, version: number, address: number): number {
  sweep(task);
  const { memory } = task.machine.systemV;
  const command = version & ~IPC_64;
  if (command === IPC_INFO || command === SHM_INFO) return memoryFigures(task, command, address);
  if (command === IPC_STAT || command === SHM_STAT || command === SHM_STAT_ANY) {
    const how = { byIndex: command !== IPC_STAT, anyone: command === SHM_STAT_ANY };
    const segment = readableObject(task, memory, id, how);
    if (typeof segment === 'number') return segment;
    statSegment(task, segment, address);
    return how.byIndex ? segment.id : 0;
  }
  const segment = memory.find(id);
  if (typeof segment === 'number') return segment;
  if (command === IPC_SET) {
    const { segment: layout } = ipcLayouts(task.abi);
    const result = setObject(task, { address, layout }, segment);
    return typeof result === 'number' ? result : 0;
  }
  if (command !== IPC_RMID && command !== SHM_LOCK && command !== SHM_UNLOCK) return -EINVAL;
  const denied = segment.checkOwner(task);
  if (denied < 0 || command !== IPC_RMID) return denied;
  segment.key = IPC_PRIVATE;
  segment.mode |= SHM_DEST;
  sweep(task);
  return 0;
}

/** ipc(2)'s form of shmat: the address is an output. */
export function attachTo(
  task: Task,
  id: number,
  address: number,
  flags: number,
  into: number,
): number {
  if (!task.memory.slice(into, 8)) return -EFAULT;
  const start = sysShmat(task, id, address, flags);
  if (start < 0) return start;
  task.memory.writeWord(into, start);
  return 0;
}

export const ipcMemoryRows: readonly SyscallRow[] = [
  full('shmget', sysShmget, ['int', 'size', 'int']),
  full('shmat', sysShmat, ['int', 'pointer', 'int']),
  full('shmdt', sysShmdt, ['pointer']),
  full('shmctl', sysShmctl, ['int', 'int', 'pointer']),
];
