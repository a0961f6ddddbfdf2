/** open, close and what changes descriptors: dup, close_range. */

import { E2BIG, EBADF, EINVAL } from '../abi/errno.ts';
import {
  decodeOpenFlags,
  O_ACCMODE,
  O_APPEND,
  O_ASYNC,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_DSYNC,
  O_EXCL,
  O_LARGEFILE,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_SYNC,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
} from '../abi/open_flags.ts';
import { releaseFile } from '../fs/file_table.ts';
import type { OpenFile } from '../fs/inode.ts';
import { IN_CLOSE_NOWRITE, IN_CLOSE_WRITE, notify } from '../fs/notify.ts';
import { openPath } from '../fs/open.ts';
import { checkResolve, RESOLVE_BENEATH, RESOLVE_IN_ROOT } from '../fs/walk.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import { AT_FDCWD, canWrite, fileOf, pathArgument, startOf } from './file_access.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';

/** Flags of open that F_GETFL does not return. */
const notKept = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
const known =
  O_ACCMODE |
  O_CREAT |
  O_EXCL |
  O_NOCTTY |
  O_TRUNC |
  O_APPEND |
  O_NONBLOCK |
  O_DSYNC |
  O_ASYNC |
  O_DIRECT |
  O_LARGEFILE |
  O_DIRECTORY |
  O_NOFOLLOW |
  O_NOATIME |
  O_CLOEXEC |
  O_SYNC |
  O_PATH |
  O_TMPFILE;

/** Gives an open file a descriptor, or closes it again (-EMFILE). */
export function installFile(task: Task, file: OpenFile, closeOnExec: boolean): number {
  file.references++;
  const fd = task.files.install(file, { closeOnExec });
  releaseFile(file);
  return fd;
}

function* open(
  task: Task,
  dirfd: number,
  address: number,
  flags: number,
  mode: number,
  resolve: number,
): SyscallRun {
  const path = pathArgument(task, address);
  if (typeof path === 'number') return path;
  // Confined to a directory, absolute paths start there too.
  const confined = (resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0;
  const start = startOf(task, dirfd, confined ? '' : path);
  if (typeof start === 'number') return start;
  const { vfs } = task.machine;
  const file = yield* openPath(vfs, task, { path, flags, mode, start, resolve });
  if (typeof file === 'number') return file;
  if ((flags & O_PATH) === 0) file.flags = (flags & ~notKept) | O_LARGEFILE;
  return installFile(task, file, (flags & O_CLOEXEC) !== 0);
}

/** Runs a call that rarely waits without the scheduler where it does not wait. */
export function runNow(run: SyscallRun): SyscallValue | SyscallRun {
  const step = run.next();
  if (step.done) return step.value;
  return resume(run, step.value);
}

function* resume(
  run: SyscallRun,
  first: SyscallRun extends Generator<infer W> ? W : never,
): SyscallRun {
  let reason = yield first;
  for (;;) {
    const step = run.next(reason);
    if (step.done) return step.value;
    reason = yield step.value;
  }
}

function sysOpenat(
  task: Task,
  dirfd: number,
  path: number,
  flags: number,
  mode: number,
): SyscallValue | SyscallRun {
  return runNow(open(task, dirfd, path, flags, mode, 0));
}

function sysOpen(task: Task, path: number, flags: number, mode: number): SyscallValue | SyscallRun {
  return runNow(open(task, AT_FDCWD, path, flags, mode, 0));
}

function sysCreat(task: Task, path: number, mode: number): SyscallValue | SyscallRun {
  return runNow(open(task, AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, 0));
}

/** `struct open_how`: three u64. */
const openHowBytes = 24;

function sysOpenat2(
  task: Task,
  dirfd: number,
  path: number,
  how: number,
  size: number,
): SyscallValue | SyscallRun {
  if (size < openHowBytes) return -EINVAL;
  if (size > 4096) return -E2BIG;
  if (
    task.memory
      .range(how, size)
      .subarray(openHowBytes)
      .some((byte) => byte !== 0)
  )
    return -E2BIG;
  const guestFlags = task.memory.readU64(how);
  const mode = task.memory.readU64(how + 8);
  const resolve = task.memory.readU64(how + 16);
  if (guestFlags > 0xffffffffn || resolve > 0xffffffffn) return -EINVAL;
  const flags = decodeOpenFlags(Number(guestFlags), task.abi.openFlags);
  if (flags & ~known || mode > 0o7777n) return -EINVAL;
  const creates = (flags & O_CREAT) !== 0 || (flags & O_TMPFILE) === O_TMPFILE;
  if (mode !== 0n && !creates) return -EINVAL;
  const checked = checkResolve(Number(resolve));
  if (checked < 0) return checked;
  return runNow(open(task, dirfd, path, flags, Number(mode), Number(resolve)));
}

/** Tells watchers before the last reference goes. */
function closeFd(task: Task, fd: number): number {
  const file = task.files.get(fd);
  if (file?.references === 1) {
    const written = (file.flags & O_ACCMODE) !== O_RDONLY && canWrite(file);
    notify(file.path.dentry, written ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
  }
  return task.files.close(fd);
}

function sysClose(task: Task, fd: number): number {
  return closeFd(task, fd);
}

const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;

function sysCloseRange(task: Task, first: number, last: number, flags: number): number {
  if (first > last || flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) return -EINVAL;
  if (flags & CLOSE_RANGE_UNSHARE && task.files.shared) {
    const own = task.files.fork();
    task.files.release();
    task.files = own;
  }
  for (const fd of task.files.descriptors()) {
    if (fd < first || fd > last) continue;
    if (flags & CLOSE_RANGE_CLOEXEC) task.files.setCloseOnExec(fd, true);
    else closeFd(task, fd);
  }
  return 0;
}

function sysDup(task: Task, fd: number): number {
  const file = task.files.get(fd);
  return file ? task.files.install(file) : -EBADF;
}

function sysDup2(task: Task, from: number, to: number): number {
  const file = task.files.get(from);
  if (!file) return -EBADF;
  return from === to ? to : task.files.replace(to, file);
}

function sysDup3(task: Task, from: number, to: number, flags: number): number {
  if (flags & ~O_CLOEXEC || from === to) return -EINVAL;
  const file = task.files.get(from);
  return file ? task.files.replace(to, file, (flags & O_CLOEXEC) !== 0) : -EBADF;
}

function sync(): number {
  return 0;
}

function syncFile(task: Task, fd: number): number {
  const file = fileOf(task, fd);
  if (!file) return -EBADF;
  return file.seekable ? 0 : -EINVAL;
}

function adviseFile(task: Task, fd: number): number {
  return fileOf(task, fd) ? 0 : -EBADF;
}

const noDisk = 'There is no disk: everything written is there at once.';

export const fileOpenRows: readonly SyscallRow[] = [
  full('openat', sysOpenat, ['dirfd', 'path', 'open_flags', 'mode']),
  full('close', sysClose, ['fd']),
  full('open', sysOpen, ['path', 'open_flags', 'mode']),
  full('dup2', sysDup2, ['fd', 'fd']),
  full('dup3', sysDup3, ['fd', 'fd', 'open_flags']),
  full('dup', sysDup, ['fd']),
  full('creat', sysCreat, ['path', 'mode']),
  full('openat2', sysOpenat2, ['dirfd', 'path', 'pointer', 'size']),
  full('close_range', sysCloseRange, ['uint', 'uint', 'uint']),
  partial('sync', sync, [], noDisk),
  partial('syncfs', adviseFile, ['fd'], noDisk),
  partial('fsync', syncFile, ['fd'], noDisk),
  partial('fdatasync', syncFile, ['fd'], noDisk),
  partial('sync_file_range', syncFile, ['fd', 'offset', 'offset', 'uint'], noDisk),
  partial('fadvise64', adviseFile, ['fd', 'offset', 'size', 'int'], 'Advice is not needed.'),
  partial('readahead', adviseFile, ['fd', 'offset', 'size'], 'Advice is not needed.'),
];
