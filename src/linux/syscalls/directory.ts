/** Directories and names: getdents, mkdir, unlink, rename, link, symlink, chdir, getcwd. */

import { encodeName } from '../../rootfs/name.ts';
import { EBADF, EINVAL, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM, ERANGE } from '../abi/errno.ts';
import type { DirectoryEntry, InodeKind, OpenFile } from '../fs/inode.ts';
import {
  createName,
  linkName,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
  removeName,
  renameName,
} from '../fs/names.ts';
import { type Path, pathName } from '../fs/path.ts';
import { checkAccess, identityOf, MAY_EXECUTE } from '../fs/permission.ts';
import { privileged } from '../kernel/credentials.ts';
import type { Task } from '../kernel/task.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  fileOf,
  pathArgument,
  targetAt,
  walkAt,
} from './file_access.ts';
import type { SyscallRow } from './row.ts';
import { full } from './row.ts';

/** d_type of getdents. */
const entryTypes: Readonly<Record<InodeKind, number>> = {
  fifo: 1,
  character: 2,
  directory: 4,
  block: 6,
  file: 8,
  symlink: 10,
  socket: 12,
};

/** How an entry is laid out: bytes before the name, and the writer. */
interface EntryFormat {
  readonly nameOffset: number;
  /** Bytes after the name's zero. */
  readonly tail: number;
  write(view: DataView, entry: DirectoryEntry, next: number, length: number): void;
}

function format64(littleEndian: boolean): EntryFormat {
  return {
    nameOffset: 19,
    tail: 0,
    write(view, entry, next, length) {
      view.setBigUint64(0, BigInt(entry.ino), littleEndian);
      view.setBigInt64(8, BigInt(next), littleEndian);
      view.setUint16(16, length, littleEndian);
      view.setUint8(18, entryTypes[entry.kind]);
    },
  };
}

/** The old getdents: two longs, and the type as the last byte. */
function formatLong(littleEndian: boolean, wordBytes: 4 | 8): EntryFormat {
  return {
    nameOffset: 2 * wordBytes + 2,
    tail: 1,
    write(view, entry, next, length) {
      if (wordBytes === 8) {
        view.setBigUint64(0, BigInt(entry.ino), littleEndian);
        view.setBigUint64(8, BigInt(next), littleEndian);
      } else {
        view.setUint32(0, entry.ino, littleEndian);
        view.setUint32(4, next, littleEndian);
      }
      view.setUint16(2 * wordBytes, length, littleEndian);
      view.setUint8(length - 1, entryTypes[entry.kind]);
    },
  };
}

function listEntries(
  task: Task,
  fd: number,
  address: number,
  size: number,
  format: EntryFormat,
): number {
  const file = fileOf(task, fd);
  if (!file) return -EBADF;
  if (!file.directory) return -ENOTDIR;
  if (file.path.dentry.deleted) return -ENOENT;
  const entries = file.directory.entries(file.offset);
  return writeEntries(task, file, entries, { address, size, format });
}

function writeEntries(
  task: Task,
  file: OpenFile,
  entries: readonly DirectoryEntry[],
  to: { address: number; size: number; format: EntryFormat },
): number {
  const { format } = to;
  const alignment = format.tail === 0 ? 8 : task.abi.wordBytes;
  let done = 0;
  for (const entry of entries) {
    const name = encodeName(entry.name);
    const bytes = format.nameOffset + name.length + 1 + format.tail;
    const length = Math.ceil(bytes / alignment) * alignment;
    if (done + length > to.size) return done === 0 ? -EINVAL : done;
    const target = task.memory.range(to.address + done, length);
    target.fill(0);
    target.set(name, format.nameOffset);
    const view = new DataView(target.buffer, target.byteOffset, length);
    format.write(view, entry, file.offset + 1, length);
    file.offset++;
    done += length;
  }
  return done;
}

function sysGetdents64(task: Task, fd: number, address: number, size: number): number {
  return listEntries(task, fd, address, size, format64(task.abi.littleEndian));
}

function sysGetdents(task: Task, fd: number, address: number, size: number): number {
  const { littleEndian, wordBytes } = task.abi;
  return listEntries(task, fd, address, size, formatLong(littleEndian, wordBytes));
}

function sysMkdirat(task: Task, dirfd: number, path: number, mode: number): number {
  const where = walkAt(task, dirfd, path, { follow: false });
  if (typeof where === 'number') return where;
  const made = createName(task.machine.vfs, task, where, {
    kind: 'directory',
    mode: mode & 0o1777,
  });
  return typeof made === 'number' ? made : 0;
}

/** Kinds by the file type bits of a mode. A map: biome rewrites octal property names wrongly. */
const kindOfFormat: ReadonlyMap<number, InodeKind> = new Map([
  [0, 'file'],
  [0o010000, 'fifo'],
  [0o020000, 'character'],
  [0o060000, 'block'],
  [0o100000, 'file'],
  [0o140000, 'socket'],
]);

function sysMknodat(task: Task, dirfd: number, path: number, mode: number, device: number): number {
  const kind = kindOfFormat.get(mode & 0o170000);
  if (!kind) return (mode & 0o170000) === 0o040000 ? -EPERM : -EINVAL;
  const isDevice = kind === 'character' || kind === 'block';
  if (isDevice && !privileged(task.credentials)) return -EPERM;
  const where = walkAt(task, dirfd, path, { follow: false });
  if (typeof where === 'number') return where;
  const rdevMajor = isDevice ? (device >>> 8) & 0xfff : 0;
  const rdevMinor = isDevice ? (device & 0xff) | ((device >>> 12) & 0xfff00) : 0;
  const made = createName(task.machine.vfs, task, where, {
    kind,
    mode,
    rdevMajor,
    rdevMinor,
  });
  return typeof made === 'number' ? made : 0;
}

function sysUnlinkat(task: Task, dirfd: number, path: number, flags: number): number {
  if (flags & ~AT_REMOVEDIR) return -EINVAL;
  const where = walkAt(task, dirfd, path, { follow: false });
  if (typeof where === 'number') return where;
  return removeName(task.machine.vfs, task, where, (flags & AT_REMOVEDIR) !== 0);
}

function sysSymlinkat(task: Task, target: number, dirfd: number, path: number): number {
  const text = pathArgument(task, target);
  if (typeof text === 'number') return text;
  if (text === '') return -ENOENT;
  const where = walkAt(task, dirfd, path, { follow: false });
  if (typeof where === 'number') return where;
  const what = { kind: 'symlink', mode: 0o777, target: text } as const;
  const made = createName(task.machine.vfs, task, where, what);
  return typeof made === 'number' ? made : 0;
}

function sysLinkat(
  task: Task,
  fromFd: number,
  from: number,
  toFd: number,
  to: number,
  flags: number,
): number {
  if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) return -EINVAL;
  const follow = (flags & AT_SYMLINK_FOLLOW) !== 0;
  const source = targetAt(task, fromFd, from, flags, { follow });
  if (typeof source === 'number') return source;
  const where = walkAt(task, toFd, to, { follow: false });
  if (typeof where === 'number') return where;
  return linkName(task.machine.vfs, task, source, where);
}

function sysRenameat2(
  task: Task,
  fromFd: number,
  from: number,
  toFd: number,
  to: number,
  flags: number,
): number {
  if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) return -EINVAL;
  if (flags === (RENAME_NOREPLACE | RENAME_EXCHANGE) || flags & RENAME_WHITEOUT) return -EINVAL;
  const source = walkAt(task, fromFd, from, { follow: false });
  if (typeof source === 'number') return source;
  const target = walkAt(task, toFd, to, { follow: false });
  if (typeof target === 'number') return target;
  return renameName(task.machine.vfs, task, source, target, flags);
}

function sysReadlinkat(
  task: Task,
  dirfd: number,
  path: number,
  buffer: number,
  size: number,
): number {
  if ((size | 0) <= 0) return -EINVAL;
  const found = targetAt(task, dirfd, path, dirfd === AT_FDCWD ? 0 : AT_EMPTY_PATH, {
    follow: false,
  });
  if (typeof found === 'number') return found;
  const target = found.dentry.inode.readlink(task);
  if (typeof target === 'number') return target;
  const bytes = encodeName(target).subarray(0, size);
  task.memory.writeBytes(buffer, bytes);
  return bytes.length;
}

/** 0 or why a place cannot become the working or root directory. */
function checkEnter(task: Task, path: Path): number {
  const { attributes } = path.dentry.inode;
  if (attributes.kind !== 'directory') return -ENOTDIR;
  return checkAccess(identityOf(task), attributes, MAY_EXECUTE);
}

function sysChdir(task: Task, path: number): number {
  const found = targetAt(task, AT_FDCWD, path, 0, { follow: true });
  if (typeof found === 'number') return found;
  const denied = checkEnter(task, found);
  if (denied === 0) task.filesystem.cwd = found;
  return denied;
}

function sysFchdir(task: Task, fd: number): number {
  const file = task.files.get(fd);
  if (!file) return -EBADF;
  const denied = checkEnter(task, file.path);
  if (denied === 0) task.filesystem.cwd = file.path;
  return denied;
}

function sysChroot(task: Task, path: number): number {
  const found = targetAt(task, AT_FDCWD, path, 0, { follow: true });
  if (typeof found === 'number') return found;
  const denied = checkEnter(task, found);
  if (denied < 0) return denied;
  if (!privileged(task.credentials)) return -EPERM;
  task.filesystem.root = found;
  return 0;
}

function sysGetcwd(task: Task, buffer: number, size: number): number {
  const { cwd, root } = task.filesystem;
  if (cwd.dentry.deleted) return -ENOENT;
  const name = pathName(cwd, root) ?? `(unreachable)${pathName(cwd, task.machine.vfs.root) ?? '/'}`;
  const bytes = encodeName(name);
  if (bytes.length + 1 > 4096) return -ENAMETOOLONG;
  if (bytes.length + 1 > size) return -ERANGE;
  const target = task.memory.range(buffer, bytes.length + 1);
  target.set(bytes);
  target[bytes.length] = 0;
  return bytes.length + 1;
}

export const directoryRows: readonly SyscallRow[] = [
  full('getdents64', sysGetdents64, ['fd', 'write_buffer', 'uint']),
  full('getdents', sysGetdents, ['fd', 'write_buffer', 'uint']),
  full('mkdirat', sysMkdirat, ['dirfd', 'path', 'mode']),
  full('mkdir', (task, path, mode) => sysMkdirat(task, AT_FDCWD, path, mode), ['path', 'mode']),
  full('mknodat', sysMknodat, ['dirfd', 'path', 'mode', 'uint']),
  full('mknod', (task, path, mode, device) => sysMknodat(task, AT_FDCWD, path, mode, device), [
    'path',
    'mode',
    'uint',
  ]),
  full('unlinkat', sysUnlinkat, ['dirfd', 'path', 'at_flags']),
  full('unlink', (task, path) => sysUnlinkat(task, AT_FDCWD, path, 0), ['path']),
  full('rmdir', (task, path) => sysUnlinkat(task, AT_FDCWD, path, AT_REMOVEDIR), ['path']),
  full('symlinkat', sysSymlinkat, ['path', 'dirfd', 'path']),
  full('symlink', (task, target, path) => sysSymlinkat(task, target, AT_FDCWD, path), [
    'path',
    'path',
  ]),
  full('linkat', sysLinkat, ['dirfd', 'path', 'dirfd', 'path', 'at_flags']),
  full('link', (task, from, to) => sysLinkat(task, AT_FDCWD, from, AT_FDCWD, to, 0), [
    'path',
    'path',
  ]),
  full('renameat2', sysRenameat2, ['dirfd', 'path', 'dirfd', 'path', 'uint']),
  full(
    'renameat',
    (task, fromFd, from, toFd, to) => sysRenameat2(task, fromFd, from, toFd, to, 0),
    ['dirfd', 'path', 'dirfd', 'path'],
  ),
  full('rename', (task, from, to) => sysRenameat2(task, AT_FDCWD, from, AT_FDCWD, to, 0), [
    'path',
    'path',
  ]),
  full('readlinkat', sysReadlinkat, ['dirfd', 'path', 'write_buffer', 'int']),
  full(
    'readlink',
    (task, path, buffer, size) => sysReadlinkat(task, AT_FDCWD, path, buffer, size),
    ['path', 'write_buffer', 'int'],
  ),
  full('chdir', sysChdir, ['path']),
  full('fchdir', sysFchdir, ['fd']),
  full('chroot', sysChroot, ['path']),
  full('getcwd', sysGetcwd, ['write_buffer', 'size']),
];
