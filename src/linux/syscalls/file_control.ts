/** fcntl, flock, ioctl. */

import { EAGAIN, EBADF, EINVAL, ENOTTY, EOVERFLOW, EPERM, ERESTARTSYS } from '../abi/errno.ts';
import { readStruct, writeStruct } from '../abi/layout.ts';
import {
  decodeOpenFlags,
  encodeOpenFlags,
  O_APPEND,
  O_ASYNC,
  O_DIRECT,
  O_NOATIME,
  O_NONBLOCK,
  O_PATH,
} from '../abi/open_flags.ts';
import type { OpenFile } from '../fs/inode.ts';
import { pipeBytesMax } from '../fs/limits.ts';
import type { LockOwner, RecordLock } from '../fs/locks.ts';
import { checkOwner, identityOf } from '../fs/permission.ts';
import { PipeFile } from '../fs/pipe.ts';
import { F_SEAL_SEAL, TreeFile } from '../fs/tree/tree_file.ts';
import { privileged } from '../kernel/credentials.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import { canRead, canWrite, fileOf } from './file_access.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';

type Result = SyscallValue | SyscallRun;

const F_RDLCK = 0;
const F_WRLCK = 1;
const F_UNLCK = 2;

/** A fcntl command on an open file. */
type Command = (task: Task, file: OpenFile, argument: number, fd: number) => Result;

/** By command number (asm-generic/fcntl.h, linux/fcntl.h). */
const commands: ReadonlyMap<number, Command> = new Map<number, Command>([
  [0, (task, file, argument) => duplicate(task, file, argument, false)], // F_DUPFD
  [1, (task, _file, _argument, fd) => (task.files.closeOnExec(fd) ? 1 : 0)], // F_GETFD
  [2, setFd], // F_SETFD
  [3, (task, file) => encodeOpenFlags(file.flags, task.abi.openFlags)], // F_GETFL
  [4, setFlags], // F_SETFL
  [5, (task, file, at) => getLock(task, file, at, false)], // F_GETLK
  [6, (task, file, at) => setLock(task, file, at, { ofd: false, wait: false })], // F_SETLK
  [7, (task, file, at) => setLock(task, file, at, { ofd: false, wait: true })], // F_SETLKW
  [8, setOwner], // F_SETOWN
  [9, (_task, file) => owners.get(file)?.pid ?? 0], // F_GETOWN
  [10, setSignal], // F_SETSIG
  [11, (_task, file) => owners.get(file)?.signal ?? 0], // F_GETSIG
  [36, (task, file, at) => getLock(task, file, at, true)], // F_OFD_GETLK
  [37, (task, file, at) => setLock(task, file, at, { ofd: true, wait: false })],
  [38, (task, file, at) => setLock(task, file, at, { ofd: true, wait: true })],
  [1024, () => 0], // F_SETLEASE: granted, never broken
  [1025, () => F_UNLCK], // F_GETLEASE
  [1030, (task, file, argument) => duplicate(task, file, argument, true)], // F_DUPFD_CLOEXEC
  [1031, setPipeSize],
  [1032, (_task, file) => (file instanceof PipeFile ? file.pipe.capacity : -EBADF)],
  [1033, addSeals],
  [1034, (_task, file) => sealsOf(file) ?? -EINVAL], // F_GET_SEALS
]);

/** Commands that O_PATH descriptions allow. */
const pathCommands = new Set([0, 1, 2, 3, 1030]);

interface AsyncOwner {
  pid: number;
  signal: number;
}

const owners: WeakMap<OpenFile, AsyncOwner> = new WeakMap<OpenFile, AsyncOwner>();

function ownerOf(file: OpenFile): AsyncOwner {
  const known = owners.get(file);
  if (known) return known;
  const owner = { pid: 0, signal: 0 };
  owners.set(file, owner);
  return owner;
}

function setOwner(_task: Task, file: OpenFile, pid: number): number {
  ownerOf(file).pid = pid | 0;
  return 0;
}

function setSignal(_task: Task, file: OpenFile, signal: number): number {
  if (signal > 64) return -EINVAL;
  ownerOf(file).signal = signal;
  return 0;
}

function sysFcntl(task: Task, fd: number, command: number, argument: number): Result {
  const file = task.files.get(fd);
  if (!file) return -EBADF;
  if (file.flags & O_PATH && !pathCommands.has(command)) return -EBADF;
  const run = commands.get(command);
  return run ? run(task, file, argument, fd) : -EINVAL;
}

function duplicate(task: Task, file: OpenFile, minimum: number, closeOnExec: boolean): number {
  if (minimum >= task.files.limit) return -EINVAL;
  return task.files.install(file, { closeOnExec, minimum });
}

function setFd(task: Task, _file: OpenFile, argument: number, fd: number): number {
  task.files.setCloseOnExec(fd, (argument & 1) !== 0);
  return 0;
}

function setFlags(task: Task, file: OpenFile, argument: number): number {
  const flags = decodeOpenFlags(argument, task.abi.openFlags);
  const settable = O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK;
  const gainsNoAtime = flags & ~file.flags & O_NOATIME;
  if (gainsNoAtime && checkOwner(identityOf(task), file.attributes) < 0) return -EPERM;
  file.flags = (file.flags & ~settable) | (flags & settable);
  return 0;
}

interface LockRequest {
  readonly type: number;
  readonly range: RecordLock;
}

/** Decodes `struct flock`; the owner is the descriptor table, or the description (OFD). */
function readLock(task: Task, file: OpenFile, at: number, ofd: boolean): LockRequest | number {
  const fields = readStruct(task.memory, at, task.abi.layouts.flock);
  if (!fields) return task.memory.range(at, task.abi.layouts.flock.size).length;
  const type = Number(fields.type);
  const length = Number(fields.length);
  const bases = [0, file.offset, file.attributes.size];
  const base = bases[Number(fields.whence)];
  if (base === undefined || type < F_RDLCK || type > F_UNLCK) return -EINVAL;
  if (ofd && fields.pid !== 0n) return -EINVAL;
  const from = base + Number(fields.start);
  const [start, end] =
    length === 0
      ? [from, Number.POSITIVE_INFINITY]
      : length > 0
        ? [from, from + length]
        : [from + length, from];
  if (start < 0) return -EINVAL;
  if (end !== Number.POSITIVE_INFINITY && end > Number.MAX_SAFE_INTEGER) return -EOVERFLOW;
  const owner: LockOwner = ofd ? file : task.files;
  const pid = ofd ? -1 : task.process.pid;
  return { type, range: { owner, exclusive: type === F_WRLCK, start, end, pid } };
}

function getLock(task: Task, file: OpenFile, at: number, ofd: boolean): number {
  const request = readLock(task, file, at, ofd);
  if (typeof request === 'number') return request;
  if (request.type === F_UNLCK) return -EINVAL;
  const found = task.machine.vfs.locks.conflict(file.inode, request.range);
  const layout = task.abi.layouts.flock;
  if (!found) {
    const old = readStruct(task.memory, at, layout)!;
    writeStruct(task.memory, at, layout, { ...old, type: F_UNLCK });
    return 0;
  }
  const finite = found.end !== Number.POSITIVE_INFINITY;
  writeStruct(task.memory, at, layout, {
    type: found.exclusive ? F_WRLCK : F_RDLCK,
    whence: 0,
    start: found.start,
    length: finite ? found.end - found.start : 0,
    pid: found.pid,
  });
  return 0;
}

function setLock(
  task: Task,
  file: OpenFile,
  at: number,
  how: { ofd: boolean; wait: boolean },
): Result {
  const request = readLock(task, file, at, how.ofd);
  if (typeof request === 'number') return request;
  const { type, range } = request;
  const { locks } = task.machine.vfs;
  if (type === F_RDLCK && !canRead(file)) return -EBADF;
  if (type === F_WRLCK && !canWrite(file)) return -EBADF;
  const table = task.files;
  table.onClose ??= (closed) => locks.release(closed.inode, table);
  if (type === F_UNLCK) {
    locks.unlock(file.inode, range);
    return 0;
  }
  if (how.ofd) releaseAtEnd(task, file);
  const result = locks.lock(file.inode, range);
  if (result !== -EAGAIN || !how.wait) return result;
  return waitForLock(task, file, range);
}

function* waitForLock(task: Task, file: OpenFile, range: RecordLock): SyscallRun {
  const { locks } = task.machine.vfs;
  for (;;) {
    const holder = locks.conflict(file.inode, range);
    if (holder) {
      const circle = locks.startWaiting(range.owner, holder.owner);
      if (circle < 0) return circle;
      const reason = yield { queues: [locks.changed(file.inode)] };
      locks.stopWaiting(range.owner);
      if (reason === 'signal') return -ERESTARTSYS;
    }
    const result = locks.lock(file.inode, range);
    if (result !== -EAGAIN) return result;
  }
}

const releasing: WeakSet<OpenFile> = new WeakSet<OpenFile>();

/** flock and OFD locks go with the last reference of the description. */
function releaseAtEnd(task: Task, file: OpenFile): void {
  if (releasing.has(file)) return;
  releasing.add(file);
  const { locks } = task.machine.vfs;
  const close = file.close.bind(file);
  file.close = () => {
    locks.release(file.inode, file);
    locks.unflock(file.inode, file);
    close();
  };
}

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;

function sysFlock(task: Task, fd: number, operation: number): Result {
  const file = fileOf(task, fd);
  if (!file) return -EBADF;
  const { locks } = task.machine.vfs;
  const kind = operation & ~LOCK_NB;
  if (kind === LOCK_UN) {
    locks.unflock(file.inode, file);
    return 0;
  }
  if (kind !== LOCK_SH && kind !== LOCK_EX) return -EINVAL;
  releaseAtEnd(task, file);
  const result = locks.flock(file.inode, file, kind === LOCK_EX);
  if (result !== -EAGAIN || operation & LOCK_NB) return result;
  return waitForFlock(task, file, kind === LOCK_EX);
}

function* waitForFlock(task: Task, file: OpenFile, exclusive: boolean): SyscallRun {
  const { locks } = task.machine.vfs;
  for (;;) {
    const reason = yield { queues: [locks.changed(file.inode)] };
    const result = locks.flock(file.inode, file, exclusive);
    if (result !== -EAGAIN) return result;
    if (reason === 'signal') return -ERESTARTSYS;
  }
}

function setPipeSize(task: Task, file: OpenFile, argument: number): number {
  if (!(file instanceof PipeFile)) return -EBADF;
  if (argument > 2 ** 31) return -EINVAL;
  if (argument > pipeBytesMax && !privileged(task.credentials)) return -EPERM;
  const pages = Math.max(1, Math.ceil(argument / 4096));
  return file.pipe.resize(4096 * 2 ** Math.ceil(Math.log2(pages)));
}

function sealsOf(file: OpenFile): number | undefined {
  return file.inode instanceof TreeFile ? file.inode.seals : undefined;
}

function addSeals(_task: Task, file: OpenFile, seals: number): number {
  const { inode } = file;
  if (!(inode instanceof TreeFile) || inode.seals === undefined || seals & ~0x3f) return -EINVAL;
  if (!canWrite(file)) return -EPERM;
  if (inode.seals & F_SEAL_SEAL) return -EPERM;
  inode.seals |= seals;
  return 0;
}

const FIONBIO = 0x5421;
const FIONREAD = 0x541b;
const FIOASYNC = 0x5452;
const FIOCLEX = 0x5451;
const FIONCLEX = 0x5450;

function sysIoctl(task: Task, fd: number, request: number, argument: number): Result {
  const file = fileOf(task, fd);
  if (!file) return -EBADF;
  switch (request) {
    case FIOCLEX:
    case FIONCLEX:
      task.files.setCloseOnExec(fd, request === FIOCLEX);
      return 0;
    case FIONBIO:
      setFlag(file, O_NONBLOCK, task.memory.readU32(argument) !== 0);
      return 0;
    case FIOASYNC:
      setFlag(file, O_ASYNC, task.memory.readU32(argument) !== 0);
      return 0;
    case FIONREAD:
      if (file.attributes.kind === 'file') return unreadBytes(task, file, argument);
      if (file instanceof PipeFile) {
        task.memory.writeU32(argument, file.pipe.length);
        return 0;
      }
      break;
    default:
  }
  return file.ioctl ? file.ioctl(request, argument, task) : -ENOTTY;
}

function unreadBytes(task: Task, file: OpenFile, argument: number): number {
  const rest = Math.max(0, file.attributes.size - file.offset);
  task.memory.writeU32(argument, Math.min(rest, 0x7fffffff));
  return 0;
}

function setFlag(file: OpenFile, flag: number, on: boolean): void {
  file.flags = on ? file.flags | flag : file.flags & ~flag;
}

export const fileControlRows: readonly SyscallRow[] = [
  partial(
    'fcntl',
    sysFcntl,
    ['fd', 'int', 'uint'],
    'O_ASYNC and F_SETOWN are kept but SIGIO is not sent; leases are granted and never broken.',
  ),
  partial(
    'fcntl64',
    sysFcntl,
    ['fd', 'int', 'uint'],
    'As fcntl; locks use the layout of struct flock.',
  ),
  full('flock', sysFlock, ['fd', 'int']),
  partial(
    'ioctl',
    sysIoctl,
    ['fd', 'uint', 'uint'],
    'Terminals, pipes, sockets and random devices.',
  ),
];
