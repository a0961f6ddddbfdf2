/** What all file system calls share: descriptors, path arguments, buffers, waiting. */

import { EAGAIN, EBADF, ENAMETOOLONG, ENOENT, ENOTDIR, EPIPE, ERESTARTSYS } from '../abi/errno.ts';
import { O_ACCMODE, O_NONBLOCK, O_PATH, O_RDONLY, O_WRONLY } from '../abi/open_flags.ts';
import { SI_KERNEL, SIGPIPE } from '../abi/signals.ts';
import type { OpenFile } from '../fs/inode.ts';
import { pathBytesMax, transferBytesMax } from '../fs/limits.ts';
import type { Path } from '../fs/path.ts';
import type { WalkOptions, WalkResult } from '../fs/walk.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue, Wait } from '../kernel/wait.ts';
import { GuestFault } from '../mm/fault.ts';

/** `dirfd` that stands for the working directory. */
export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const AT_EACCESS = 0x200;
export const AT_SYMLINK_FOLLOW = 0x400;
export const AT_NO_AUTOMOUNT = 0x800;
export const AT_EMPTY_PATH = 0x1000;
export const AT_STATX_SYNC_TYPE = 0x6000;

/** The file of a descriptor that is more than a place (not O_PATH), or undefined (EBADF). */
export function fileOf(task: Task, fd: number): OpenFile | undefined {
  const file = task.files.get(fd);
  return file && (file.flags & O_PATH) === 0 ? file : undefined;
}

/** Whether the description was opened for reading. */
export function canRead(file: OpenFile): boolean {
  return (file.flags & O_ACCMODE) !== O_WRONLY;
}

/** Whether the description was opened for writing. */
export function canWrite(file: OpenFile): boolean {
  return (file.flags & O_ACCMODE) !== O_RDONLY;
}

/** A path argument as text, or -ENAMETOOLONG. Throws GuestFault. */
export function pathArgument(task: Task, address: number): string | number {
  return task.memory.readString(address, pathBytesMax) ?? -ENAMETOOLONG;
}

/** Where a relative path starts: -EBADF, -ENOTDIR. */
export function startOf(task: Task, dirfd: number, path: string): Path | number {
  if (dirfd === AT_FDCWD || path.startsWith('/')) return task.filesystem.cwd;
  const file = task.files.get(dirfd);
  if (!file) return -EBADF;
  if (file.inode.attributes.kind !== 'directory') return -ENOTDIR;
  return file.path;
}

/** Follows a path argument from `dirfd`. */
export function walkAt(
  task: Task,
  dirfd: number,
  address: number,
  options: WalkOptions,
): WalkResult | number {
  const path = pathArgument(task, address);
  if (typeof path === 'number') return path;
  const start = startOf(task, dirfd, path);
  if (typeof start === 'number') return path === '' ? -ENOENT : start;
  return task.machine.vfs.walk(task, path, { ...options, start });
}

/** The existing thing that a path argument names; with AT_EMPTY_PATH and '' what `dirfd` is. */
export function targetAt(
  task: Task,
  dirfd: number,
  address: number,
  flags: number,
  options: { follow: boolean; identity?: WalkOptions['identity'] },
): Path | number {
  // Since Linux 6.11 a null pointer means '' where AT_EMPTY_PATH is given.
  const path = address === 0 && flags & AT_EMPTY_PATH ? '' : pathArgument(task, address);
  if (typeof path === 'number') return path;
  if (path === '' && flags & AT_EMPTY_PATH) {
    if (dirfd === AT_FDCWD) return task.filesystem.cwd;
    return task.files.get(dirfd)?.path ?? -EBADF;
  }
  const start = startOf(task, dirfd, path);
  if (typeof start === 'number') return path === '' ? -ENOENT : start;
  const { follow, identity } = options;
  const where = task.machine.vfs.walk(task, path, {
    start,
    follow,
    ...(identity ? { identity } : {}),
  });
  if (typeof where === 'number') return where;
  return where.path ?? -ENOENT;
}

/**
 * Guest bytes for a transfer: as much of [address, address+length) as is mapped. Throws GuestFault
 * where not even the first byte is; Linux, too, touches only what it transfers.
 */
export function transferBuffer(task: Task, address: number, length: number): Uint8Array {
  const count = Math.min(length, transferBytesMax);
  if (count === 0) return new Uint8Array(0);
  const whole = task.memory.slice(address, count);
  if (whole) return whole;
  let mapped = 0;
  let limit = count;
  while (limit - mapped > 1) {
    const middle = mapped + Math.floor((limit - mapped) / 2);
    if (task.memory.slice(address, middle)) mapped = middle;
    else limit = middle;
  }
  const part = mapped > 0 ? task.memory.slice(address, mapped) : undefined;
  if (!part) throw new GuestFault(address);
  return part;
}

/** One attempt at a transfer: bytes, an errno, -EAGAIN where it would block. */
export type Attempt = () => number;

/**
 * Runs a read until it does not return -EAGAIN. Interrupted: -ERESTARTSYS; timed out (SO_RCVTIMEO):
 * -EAGAIN. `expired` gives the result when a terminal's VTIME has passed.
 */
export function blockingRead(
  task: Task,
  file: OpenFile,
  attempt: Attempt,
  options: { nonBlocking?: boolean; expired?: Attempt } = {},
): SyscallValue | SyscallRun {
  const first = attempt();
  if (first !== -EAGAIN || options.nonBlocking || file.flags & O_NONBLOCK) return first;
  return continueRead(task, file, attempt, options.expired);
}

function* continueRead(
  task: Task,
  file: OpenFile,
  attempt: Attempt,
  expired: Attempt | undefined,
): SyscallRun {
  const start = task.machine.clock.monotonic();
  for (;;) {
    const timeout = file.readTimeout === undefined ? undefined : start + file.readTimeout;
    const special = file.readDeadline?.(start);
    const reason = yield waitFor(file, earlier(timeout, special));
    const result = attempt();
    if (result !== -EAGAIN) return result;
    if (reason === 'signal') return -ERESTARTSYS;
    if (reason !== 'deadline') continue;
    if (special !== undefined && expired) return expired();
    return -EAGAIN;
  }
}

/** What to yield to wait for a change of a file. */
export function waitFor(file: OpenFile, deadline: bigint | undefined): Wait {
  return deadline === undefined ? { queues: [file.changed] } : { queues: [file.changed], deadline };
}

function earlier(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

/**
 * Writes until `total` bytes are gone. `attempt(done)` writes from the done-th byte on. SIGPIPE is
 * raised with EPIPE unless `quiet` (MSG_NOSIGNAL).
 */
export function blockingWrite(
  task: Task,
  file: OpenFile,
  total: number,
  attempt: (done: number) => number,
  options: { nonBlocking?: boolean; quiet?: boolean } = {},
): SyscallValue | SyscallRun {
  const nonBlocking = options.nonBlocking || (file.flags & O_NONBLOCK) !== 0;
  const quiet = options.quiet ?? false;
  let done = 0;
  for (;;) {
    const count = attempt(done);
    if (count === -EAGAIN && !nonBlocking) {
      return continueWrite(task, file, total, done, attempt, quiet);
    }
    if (count < 0) return finishWrite(task, done, count, quiet);
    done += count;
    task.machine.scheduler.wrote(count);
    if (done >= total || count === 0) return done;
  }
}

function* continueWrite(
  task: Task,
  file: OpenFile,
  total: number,
  doneBefore: number,
  attempt: (done: number) => number,
  quiet: boolean,
): SyscallRun {
  let done = doneBefore;
  const start = task.machine.clock.monotonic();
  const deadline = file.writeTimeout === undefined ? undefined : start + file.writeTimeout;
  for (;;) {
    const reason = yield waitFor(file, deadline);
    const count = attempt(done);
    if (count >= 0) {
      done += count;
      if (done >= total || count === 0) return done;
    } else if (count !== -EAGAIN) return finishWrite(task, done, count, quiet);
    if (reason === 'signal') return done > 0 ? done : -ERESTARTSYS;
    if (reason === 'deadline' && count === -EAGAIN) return done > 0 ? done : -EAGAIN;
  }
}

function finishWrite(task: Task, done: number, errno: number, quiet: boolean): number {
  if (errno === -EPIPE && !quiet) task.signal({ signal: SIGPIPE, code: SI_KERNEL });
  return done > 0 ? done : errno;
}
