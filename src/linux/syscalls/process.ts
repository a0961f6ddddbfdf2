/** System calls that make and replace processes: fork, clone, execve. */

import { E2BIG, EBADF, EINVAL, ENAMETOOLONG, ENOENT } from '../abi/errno.ts';
import { SIGCHLD } from '../abi/signals.ts';
import { pathBytesMax } from '../fs/limits.ts';
import type { Path } from '../fs/path.ts';
import type { CloneRequest } from '../kernel/clone.ts';
import { CloneFlag, cloneTask } from '../kernel/clone.ts';
import { execute } from '../kernel/exec.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import { argumentBytesMax, argumentsBytesMax } from '../limits.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';

const noAddress = { stack: 0, parentTid: 0, childTid: 0, tls: 0n, pidfd: 0 };

function sysFork(task: Task): SyscallValue | SyscallRun {
  return start(task, { ...noAddress, flags: 0, exitSignal: SIGCHLD });
}

function sysVfork(task: Task): SyscallValue | SyscallRun {
  const flags = CloneFlag.VFORK | CloneFlag.VM;
  return start(task, { ...noAddress, flags, exitSignal: SIGCHLD });
}

const asAddress = (value: bigint): number => (value > 0xffffffffn ? 0xffffffff : Number(value));

function sysClone(task: Task, ...args: bigint[]): SyscallValue | SyscallRun {
  const of = (name: (typeof task.abi.cloneArguments)[number]): bigint =>
    args[task.abi.cloneArguments.indexOf(name)]!;
  const flags = Number(BigInt.asUintN(32, of('flags')));
  // Both results would go to the same place.
  if (flags & CloneFlag.PIDFD && flags & CloneFlag.PARENT_SETTID) return -EINVAL;
  return start(task, {
    flags: flags & ~0xff,
    exitSignal: flags & 0xff,
    stack: asAddress(of('stack')),
    parentTid: asAddress(of('parentTid')),
    childTid: asAddress(of('childTid')),
    tls: of('tls'),
    pidfd: asAddress(of('parentTid')),
  });
}

/** struct clone_args of 64 bytes (CLONE_ARGS_SIZE_VER0) or more. */
function sysClone3(task: Task, args: number, size: number): SyscallValue | SyscallRun {
  const { memory } = task;
  if (size < 64) return -EINVAL;
  if (size > 4096) return -E2BIG;
  for (let at = 88; at < size; at++) if (memory.readU8(args + at) !== 0) return -E2BIG;
  const word = (n: number): bigint => memory.readU64(args + 8 * n);
  const flags = word(0);
  if (flags > 0xffffffffn || Number(flags) & 0xff) return -EINVAL;
  const setTid = size >= 80 ? word(9) : 0n;
  if (setTid !== 0n || word(4) > 64n) return -EINVAL;
  const stack = word(5);
  if ((stack === 0n) !== (word(6) === 0n)) return -EINVAL;
  return start(task, {
    flags: Number(flags),
    exitSignal: Number(word(4)),
    stack: asAddress(stack + word(6)),
    parentTid: asAddress(word(3)),
    childTid: asAddress(word(2)),
    tls: word(7),
    pidfd: asAddress(word(1)),
  });
}

function start(task: Task, request: CloneRequest): SyscallValue | SyscallRun {
  const child = cloneTask(task, request);
  if (typeof child === 'number') return child;
  return request.flags & CloneFlag.VFORK ? waitForRelease(child) : child.tid;
}

/** vfork: the parent stands still until the child has a program or address space of its own. */
function* waitForRelease(child: Task): SyscallRun {
  while (child.vforkPending) yield { queues: [child.released], uninterruptible: true };
  return child.tid;
}

/** Strings of argv or envp, or a negative errno. NULL counts as an empty list. */
function readStrings(task: Task, address: number, budget: { left: number }): Uint8Array[] | number {
  const { memory } = task;
  const strings: Uint8Array[] = [];
  if (address === 0) return strings;
  for (let at = address; ; at += task.abi.wordBytes) {
    const pointer = memory.readPointer(at);
    if (pointer === 0) return strings;
    const text = memory.readCString(pointer, argumentBytesMax);
    if (!text) return -E2BIG;
    budget.left -= text.length + 1 + task.abi.wordBytes;
    if (budget.left < 0) return -E2BIG;
    strings.push(text);
  }
}

function exec(
  task: Task,
  where: { path: number; start: Path | undefined; follow: boolean; argv: number; envp: number },
): SyscallValue | SyscallRun {
  const path = task.memory.readString(where.path, pathBytesMax);
  if (path === undefined) return -ENAMETOOLONG;
  if (path === '' && !where.start) return -ENOENT;
  const budget = { left: argumentsBytesMax };
  const args = readStrings(task, where.argv, budget);
  if (typeof args === 'number') return args;
  const env = readStrings(task, where.envp, budget);
  if (typeof env === 'number') return env;
  // Linux 5.18 gives a program without arguments an empty argv[0].
  const list = args.length > 0 ? args : [new Uint8Array(0)];
  const { start: from, follow } = where;
  return execute(task, { path: path === '' ? '.' : path, start: from, follow, args: list, env });
}

function sysExecve(
  task: Task,
  path: number,
  argv: number,
  envp: number,
): SyscallValue | SyscallRun {
  return exec(task, { path, start: undefined, follow: true, argv, envp });
}

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;

function sysExecveat(
  task: Task,
  ...[dirfd, path, argv, envp, flags]: [number, number, number, number, number]
): SyscallValue | SyscallRun {
  if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return -EINVAL;
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  const text = task.memory.readString(path, pathBytesMax);
  if (dirfd === AT_FDCWD || text?.startsWith('/')) {
    return exec(task, { path, start: undefined, follow, argv, envp });
  }
  const at = task.files.get(dirfd)?.path;
  if (!at) return -EBADF;
  if (text === '' && !(flags & AT_EMPTY_PATH)) return -ENOENT;
  return exec(task, { path, start: at, follow, argv, envp });
}

function sysSetTidAddress(task: Task, address: number): number {
  task.clearChildTid = address;
  return task.tid;
}

function sysUnshare(task: Task, flags: number): number {
  const known = CloneFlag.FS | CloneFlag.FILES | CloneFlag.SYSVSEM;
  if (flags & ~known) return flags & CloneFlag.THREAD ? -EINVAL : -1;
  if (flags & CloneFlag.FS) task.filesystem = task.filesystem.fork();
  if (flags & CloneFlag.FILES && task.files.shared) {
    const own = task.files.fork();
    task.files.release();
    task.files = own;
  }
  return 0;
}

export const processRows: readonly SyscallRow[] = [
  full('fork', sysFork, []),
  full('vfork', sysVfork, []),
  partial('clone', sysClone, ['long', 'long', 'long', 'long', 'long'], 'new namespaces give EPERM'),
  partial('clone3', sysClone3, ['pointer', 'size'], 'set_tid and cgroups give EINVAL'),
  full('execve', sysExecve, ['path', 'string_array', 'string_array']),
  partial(
    'execveat',
    sysExecveat,
    ['dirfd', 'path', 'string_array', 'string_array', 'at_flags'],
    'AT_EMPTY_PATH runs a file only where it still has a name',
  ),
  full('set_tid_address', sysSetTidAddress, ['pointer']),
  partial('unshare', sysUnshare, ['clone_flags'], 'namespaces give EPERM'),
];
