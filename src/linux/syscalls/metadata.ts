/** stat and statx, modes, owners, times, access, sizes, statfs. */

import {
  EACCES,
  EBADF,
  EFBIG,
  EINVAL,
  EISDIR,
  ENODEV,
  EOPNOTSUPP,
  EPERM,
  EROFS,
  ESPIPE,
} from '../abi/errno.ts';
import { struct, writeStruct } from '../abi/layout.ts';
import type { InodeAttributes, InodeKind } from '../fs/inode.ts';
import { fileBytesMax, nameBytesMax } from '../fs/limits.ts';
import { IN_ATTRIB, IN_MODIFY, notify } from '../fs/notify.ts';
import { loaded } from '../fs/open.ts';
import type { Path } from '../fs/path.ts';
import {
  checkAccess,
  checkOwner,
  identityOf,
  inGroup,
  MAY_WRITE,
  realIdentityOf,
} from '../fs/permission.ts';
import { TreeFile } from '../fs/tree/tree_file.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_NO_AUTOMOUNT,
  AT_STATX_SYNC_TYPE,
  AT_SYMLINK_NOFOLLOW,
  canWrite,
  fileOf,
  targetAt,
} from './file_access.ts';
import { runNow } from './file_open.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';

/** S_IF* bits. */
const formatOfKind: Readonly<Record<InodeKind, number>> = {
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
};

/** `st_mode`. */
export function fullMode(attributes: InodeAttributes): number {
  return formatOfKind[attributes.kind] | attributes.mode;
}

/** `st_dev` and `st_rdev` as the kernel encodes them (new_encode_dev). */
export function encodeDevice(major: number, minor: number): number {
  return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
}

/** `st_blocks`: units of 512 bytes, in whole pages of 4 KiB. */
function blocksOf(path: Path): number {
  const { inode } = path.dentry;
  const { kind, size } = inode.attributes;
  if (kind !== 'file' && kind !== 'directory') return 0;
  const bytes = inode instanceof TreeFile ? inode.allocated : size;
  return Math.ceil(bytes / 4096) * 8;
}

const nanoseconds = 1_000_000_000n;

/** Nanoseconds within the second, never negative. */
function rest(time: bigint): bigint {
  return ((time % nanoseconds) + nanoseconds) % nanoseconds;
}

/** Whole seconds, rounded down (times before 1970). */
function seconds(time: bigint): bigint {
  return (time - rest(time)) / nanoseconds;
}

function writeStat(task: Task, path: Path, address: number): number {
  const { inode } = path.dentry;
  const { attributes, fs } = inode;
  const { atime, mtime, ctime } = attributes;
  const done = writeStruct(task.memory, address, task.abi.layouts.stat, {
    dev: encodeDevice(fs.deviceMajor, fs.deviceMinor),
    ino: attributes.ino,
    mode: fullMode(attributes),
    nlink: attributes.nlink,
    uid: attributes.uid,
    gid: attributes.gid,
    rdev: encodeDevice(attributes.rdevMajor, attributes.rdevMinor),
    size: attributes.size,
    blksize: 4096,
    blocks: blocksOf(path),
    atime: seconds(atime),
    atimeNsec: rest(atime),
    mtime: seconds(mtime),
    mtimeNsec: rest(mtime),
    ctime: seconds(ctime),
    ctimeNsec: rest(ctime),
  });
  if (!done) task.memory.range(address, task.abi.layouts.stat.size);
  return 0;
}

function sysNewfstatat(
  task: Task,
  dirfd: number,
  path: number,
  address: number,
  flags: number,
): number {
  if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT)) return -EINVAL;
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  const found = targetAt(task, dirfd, path, flags, { follow });
  return typeof found === 'number' ? found : writeStat(task, found, address);
}

function sysFstat(task: Task, fd: number, address: number): number {
  const file = task.files.get(fd);
  return file ? writeStat(task, file.path, address) : -EBADF;
}

/** `struct statx`: the same on every architecture (uapi/linux/stat.h). */
const statxLayout = struct({
  mask: 'u32',
  blksize: 'u32',
  attributes: 'u64',
  nlink: 'u32',
  uid: 'u32',
  gid: 'u32',
  mode: 'u16',
  _spare0: 'u16',
  ino: 'u64',
  size: 'u64',
  blocks: 'u64',
  attributesMask: 'u64',
  atime: 'i64',
  atimeNsec: 'u32',
  _pad1: 'u32',
  btime: 'i64',
  btimeNsec: 'u32',
  _pad2: 'u32',
  ctime: 'i64',
  ctimeNsec: 'u32',
  _pad3: 'u32',
  mtime: 'i64',
  mtimeNsec: 'u32',
  _pad4: 'u32',
  rdevMajor: 'u32',
  rdevMinor: 'u32',
  devMajor: 'u32',
  devMinor: 'u32',
  mountId: 'u64',
});
const statxBytes = 256;
const STATX_BASIC_STATS = 0x7ff;
const STATX_MNT_ID = 0x1000;
const STATX_ATTR_MOUNT_ROOT = 0x2000;

function sysStatx(
  task: Task,
  dirfd: number,
  path: number,
  flags: number,
  mask: number,
  address: number,
): number {
  const known = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE;
  if (flags & ~known || (flags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) return -EINVAL;
  if (mask & 0x80000000) return -EINVAL;
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  const found = targetAt(task, dirfd, path, flags, { follow });
  if (typeof found === 'number') return found;
  const { attributes, fs } = found.dentry.inode;
  task.memory.range(address, statxBytes).fill(0);
  writeStruct(task.memory, address, statxLayout, {
    mask: STATX_BASIC_STATS | STATX_MNT_ID,
    blksize: 4096,
    attributes: found.dentry === found.mount.root ? STATX_ATTR_MOUNT_ROOT : 0,
    attributesMask: STATX_ATTR_MOUNT_ROOT,
    nlink: attributes.nlink,
    uid: attributes.uid,
    gid: attributes.gid,
    mode: fullMode(attributes),
    ino: attributes.ino,
    size: attributes.size,
    blocks: blocksOf(found),
    atime: seconds(attributes.atime),
    atimeNsec: rest(attributes.atime),
    ctime: seconds(attributes.ctime),
    ctimeNsec: rest(attributes.ctime),
    mtime: seconds(attributes.mtime),
    mtimeNsec: rest(attributes.mtime),
    rdevMajor: attributes.rdevMajor,
    rdevMinor: attributes.rdevMinor,
    devMajor: fs.deviceMajor,
    devMinor: fs.deviceMinor,
    mountId: found.mount.id,
  });
  return 0;
}

function sysFaccessat2(
  task: Task,
  dirfd: number,
  path: number,
  mode: number,
  flags: number,
): number {
  if (mode & ~7 || flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return -EINVAL;
  const identity = flags & AT_EACCESS ? identityOf(task) : realIdentityOf(task);
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  const found = targetAt(task, dirfd, path, flags, { follow, identity });
  if (typeof found === 'number') return found;
  const { attributes } = found.dentry.inode;
  const denied = checkAccess(identity, attributes, mode);
  if (denied < 0 || (mode & MAY_WRITE) === 0) return denied;
  const special = attributes.kind !== 'file' && attributes.kind !== 'directory';
  return special || !found.mount.readOnly ? 0 : -EROFS;
}

/** chmod(2) of what is at a place. */
function changeMode(task: Task, path: Path, mode: number): number {
  const { inode } = path.dentry;
  const { attributes } = inode;
  if (path.mount.readOnly) return -EROFS;
  if (attributes.kind === 'symlink') return -EOPNOTSUPP;
  const who = identityOf(task);
  const denied = checkOwner(who, attributes);
  if (denied < 0) return denied;
  const keepsGroup = who.uid === 0 || inGroup(who, attributes.gid);
  attributes.mode = mode & (keepsGroup ? 0o7777 : 0o5777);
  return changed(task, path);
}

function changed(task: Task, path: Path): number {
  const { inode } = path.dentry;
  inode.attributes.ctime = task.machine.clock.realtime();
  inode.attributesChanged();
  notify(path.dentry, IN_ATTRIB);
  return 0;
}

function sysFchmodat2(
  task: Task,
  dirfd: number,
  path: number,
  mode: number,
  flags: number,
): number {
  if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return -EINVAL;
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  const found = targetAt(task, dirfd, path, flags, { follow });
  return typeof found === 'number' ? found : changeMode(task, found, mode);
}

function sysFchmod(task: Task, fd: number, mode: number): number {
  const file = fileOf(task, fd);
  return file ? changeMode(task, file.path, mode) : -EBADF;
}

/** chown(2): -1 keeps an id. setuid and setgid bits of executables go. */
function changeOwner(task: Task, path: Path, uid: number, gid: number): number {
  const { attributes } = path.dentry.inode;
  if (path.mount.readOnly) return -EROFS;
  const who = identityOf(task);
  const owner = uid === -1 ? attributes.uid : uid >>> 0;
  const group = gid === -1 ? attributes.gid : gid >>> 0;
  if (who.uid !== 0) {
    if (who.uid !== attributes.uid || owner !== attributes.uid) return -EPERM;
    if (group !== attributes.gid && !inGroup(who, group)) return -EPERM;
  }
  attributes.uid = owner;
  attributes.gid = group;
  if (attributes.kind === 'file') {
    const groupExecutes = (attributes.mode & 0o010) !== 0;
    attributes.mode &= groupExecutes ? ~0o6000 : ~0o4000;
  }
  return changed(task, path);
}

function sysFchownat(
  task: Task,
  dirfd: number,
  path: number,
  uid: number,
  gid: number,
  flags: number,
): number {
  if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return -EINVAL;
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  const found = targetAt(task, dirfd, path, flags, { follow });
  return typeof found === 'number' ? found : changeOwner(task, found, uid, gid);
}

function sysFchown(task: Task, fd: number, uid: number, gid: number): number {
  const file = fileOf(task, fd);
  return file ? changeOwner(task, file.path, uid, gid) : -EBADF;
}

const UTIME_NOW = 0x3fffffffn;
const UTIME_OMIT = 0x3ffffffen;

/** Times to set: undefined keeps one. */
interface NewTimes {
  readonly atime: bigint | undefined;
  readonly mtime: bigint | undefined;
  /** Both are "now": writing suffices as permission. */
  readonly touch: boolean;
}

function changeTimes(task: Task, path: Path, times: NewTimes): number {
  const { attributes } = path.dentry.inode;
  if (path.mount.readOnly) return -EROFS;
  const who = identityOf(task);
  if (checkOwner(who, attributes) < 0) {
    if (!times.touch) return -EPERM;
    if (checkAccess(who, attributes, MAY_WRITE) < 0) return -EACCES;
  }
  if (times.atime !== undefined) attributes.atime = times.atime;
  if (times.mtime !== undefined) attributes.mtime = times.mtime;
  return changed(task, path);
}

function readTimes(task: Task, address: number): NewTimes | number {
  const now = task.machine.clock.realtime();
  if (address === 0) return { atime: now, mtime: now, touch: true };
  const { wordBytes } = task.abi;
  const values: (bigint | undefined)[] = [];
  let touch = true;
  for (const at of [address, address + 2 * wordBytes]) {
    const whole = BigInt.asIntN(8 * wordBytes, task.memory.readWord(at));
    const part = task.memory.readWord(at + wordBytes);
    if (part !== UTIME_NOW) touch = false;
    if (part === UTIME_OMIT) values.push(undefined);
    else if (part === UTIME_NOW) values.push(now);
    else if (part >= nanoseconds) return -EINVAL;
    else values.push(whole * nanoseconds + part);
  }
  return { atime: values[0], mtime: values[1], touch };
}

function sysUtimensat(
  task: Task,
  dirfd: number,
  path: number,
  address: number,
  flags: number,
): number {
  if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return -EINVAL;
  const times = readTimes(task, address);
  if (typeof times === 'number') return times;
  if (times.atime === undefined && times.mtime === undefined) return 0;
  if (path === 0 && dirfd !== AT_FDCWD) {
    const file = task.files.get(dirfd);
    return file ? changeTimes(task, file.path, times) : -EBADF;
  }
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  const found = targetAt(task, dirfd, path, flags, { follow });
  return typeof found === 'number' ? found : changeTimes(task, found, times);
}

/** utimes and futimesat: microseconds. */
function sysFutimesat(task: Task, dirfd: number, path: number, address: number): number {
  const found = targetAt(task, dirfd, path, 0, { follow: true });
  if (typeof found === 'number') return found;
  const now = task.machine.clock.realtime();
  if (address === 0) return changeTimes(task, found, { atime: now, mtime: now, touch: true });
  const { wordBytes } = task.abi;
  const value = (at: number): bigint => {
    const whole = BigInt.asIntN(8 * wordBytes, task.memory.readWord(at));
    return whole * nanoseconds + task.memory.readWord(at + wordBytes) * 1000n;
  };
  const times = { atime: value(address), mtime: value(address + 2 * wordBytes), touch: false };
  return changeTimes(task, found, times);
}

/** utime: seconds. */
function sysUtime(task: Task, path: number, address: number): number {
  const found = targetAt(task, AT_FDCWD, path, 0, { follow: true });
  if (typeof found === 'number') return found;
  const now = task.machine.clock.realtime();
  if (address === 0) return changeTimes(task, found, { atime: now, mtime: now, touch: true });
  const { wordBytes } = task.abi;
  const value = (at: number): bigint =>
    BigInt.asIntN(8 * wordBytes, task.memory.readWord(at)) * nanoseconds;
  const times = { atime: value(address), mtime: value(address + wordBytes), touch: false };
  return changeTimes(task, found, times);
}

function* truncatePath(task: Task, path: number, size: number): SyscallRun {
  if (size < 0) return -EINVAL;
  const found = targetAt(task, AT_FDCWD, path, 0, { follow: true });
  if (typeof found === 'number') return found;
  const { inode } = found.dentry;
  if (inode.attributes.kind === 'directory') return -EISDIR;
  if (inode.attributes.kind !== 'file') return -EINVAL;
  const denied = checkAccess(identityOf(task), inode.attributes, MAY_WRITE);
  if (denied < 0) return denied;
  if (found.mount.readOnly) return -EROFS;
  yield* loaded(inode);
  const result = inode.truncate(size);
  if (result === 0) notify(found.dentry, IN_MODIFY);
  return result;
}

function sysTruncate(task: Task, path: number, size: number): SyscallValue | SyscallRun {
  return runNow(truncatePath(task, path, size));
}

function sysFtruncate(task: Task, fd: number, size: number): number {
  const file = fileOf(task, fd);
  if (!file) return -EBADF;
  if (size < 0 || !canWrite(file) || file.attributes.kind !== 'file') return -EINVAL;
  const result = file.inode.truncate(size);
  if (result === 0) notify(file.path.dentry, IN_MODIFY);
  return result;
}

const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;
const FALLOC_FL_ZERO_RANGE = 16;

function sysFallocate(
  task: Task,
  fd: number,
  mode: number,
  offset: number,
  length: number,
): number {
  const file = fileOf(task, fd);
  if (!file || !canWrite(file)) return -EBADF;
  if (offset < 0 || length <= 0) return -EINVAL;
  const { kind } = file.attributes;
  if (kind === 'fifo') return -ESPIPE;
  if (kind !== 'file' || !(file.inode instanceof TreeFile)) return -ENODEV;
  if (offset + length > fileBytesMax) return -EFBIG;
  const keepSize = (mode & FALLOC_FL_KEEP_SIZE) !== 0;
  if (mode & FALLOC_FL_PUNCH_HOLE) {
    return keepSize ? file.inode.zeroRange(offset, length, true) : -EOPNOTSUPP;
  }
  if (mode & FALLOC_FL_ZERO_RANGE) return file.inode.zeroRange(offset, length, keepSize);
  if (mode & ~FALLOC_FL_KEEP_SIZE) return -EOPNOTSUPP;
  if (keepSize || offset + length <= file.attributes.size) return 0;
  return file.inode.truncate(offset + length);
}

const ST_RDONLY = 1;
const ST_VALID = 0x20;
const ST_RELATIME = 0x1000;

function writeStatfs(task: Task, path: Path, address: number): number {
  const { fs } = path.dentry.inode;
  const statistics = fs.statistics();
  const { layouts } = task.abi;
  task.memory.range(address, layouts.statfs.size);
  writeStruct(task.memory, address, layouts.statfs, {
    type: statistics.type,
    bsize: 4096,
    blocks: statistics.blocks,
    bfree: statistics.blocksFree,
    bavail: statistics.blocksFree,
    files: statistics.files,
    ffree: statistics.filesFree,
    fsid: fs.deviceMinor,
    namelen: nameBytesMax,
    frsize: 4096,
    flags: ST_VALID | ST_RELATIME | (path.mount.readOnly ? ST_RDONLY : 0),
  });
  return 0;
}

function sysStatfs(task: Task, path: number, address: number): number {
  const found = targetAt(task, AT_FDCWD, path, 0, { follow: true });
  return typeof found === 'number' ? found : writeStatfs(task, found, address);
}

/** The calls of 32-bit heritage (s390x glibc among them) that say how large their buffer is. */
function sysStatfs64(task: Task, path: number, size: number, address: number): number {
  return size === task.abi.layouts.statfs.size ? sysStatfs(task, path, address) : -EINVAL;
}

function sysFstatfs64(task: Task, fd: number, size: number, address: number): number {
  return size === task.abi.layouts.statfs.size ? sysFstatfs(task, fd, address) : -EINVAL;
}

function sysFstatfs(task: Task, fd: number, address: number): number {
  const file = task.files.get(fd);
  return file ? writeStatfs(task, file.path, address) : -EBADF;
}

function sysUmask(task: Task, mask: number): number {
  const previous = task.filesystem.umask;
  task.filesystem.umask = mask & 0o777;
  return previous;
}

export const metadataRows: readonly SyscallRow[] = [
  full('newfstatat', sysNewfstatat, ['dirfd', 'path', 'stat', 'at_flags']),
  full('fstat', sysFstat, ['fd', 'stat']),
  full('stat', (task, path, address) => sysNewfstatat(task, AT_FDCWD, path, address, 0), [
    'path',
    'stat',
  ]),
  full(
    'lstat',
    (task, path, address) => sysNewfstatat(task, AT_FDCWD, path, address, AT_SYMLINK_NOFOLLOW),
    ['path', 'stat'],
  ),
  full('statx', sysStatx, ['dirfd', 'path', 'at_flags', 'uint', 'pointer']),
  full('faccessat2', sysFaccessat2, ['dirfd', 'path', 'mode', 'at_flags']),
  full('faccessat', (task, dirfd, path, mode) => sysFaccessat2(task, dirfd, path, mode, 0), [
    'dirfd',
    'path',
    'mode',
  ]),
  full('access', (task, path, mode) => sysFaccessat2(task, AT_FDCWD, path, mode, 0), [
    'path',
    'mode',
  ]),
  full('fchmodat2', sysFchmodat2, ['dirfd', 'path', 'mode', 'at_flags']),
  full('fchmodat', (task, dirfd, path, mode) => sysFchmodat2(task, dirfd, path, mode, 0), [
    'dirfd',
    'path',
    'mode',
  ]),
  full('chmod', (task, path, mode) => sysFchmodat2(task, AT_FDCWD, path, mode, 0), [
    'path',
    'mode',
  ]),
  full('fchmod', sysFchmod, ['fd', 'mode']),
  full('fchownat', sysFchownat, ['dirfd', 'path', 'int', 'int', 'at_flags']),
  full('chown', (task, path, uid, gid) => sysFchownat(task, AT_FDCWD, path, uid, gid, 0), [
    'path',
    'int',
    'int',
  ]),
  full(
    'lchown',
    (task, path, uid, gid) => sysFchownat(task, AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW),
    ['path', 'int', 'int'],
  ),
  full('fchown', sysFchown, ['fd', 'int', 'int']),
  full('utimensat', sysUtimensat, ['dirfd', 'path', 'timespec', 'at_flags']),
  full('futimesat', sysFutimesat, ['dirfd', 'path', 'pointer']),
  full('utimes', (task, path, times) => sysFutimesat(task, AT_FDCWD, path, times), [
    'path',
    'pointer',
  ]),
  full('utime', sysUtime, ['path', 'pointer']),
  full('truncate', sysTruncate, ['path', 'offset']),
  full('ftruncate', sysFtruncate, ['fd', 'offset']),
  partial(
    'fallocate',
    sysFallocate,
    ['fd', 'int', 'offset', 'offset'],
    'COLLAPSE_RANGE, INSERT_RANGE and UNSHARE_RANGE give EOPNOTSUPP, as on tmpfs.',
  ),
  full('statfs', sysStatfs, ['path', 'pointer']),
  full('fstatfs', sysFstatfs, ['fd', 'pointer']),
  full('statfs64', sysStatfs64, ['path', 'size', 'pointer']),
  full('fstatfs64', sysFstatfs64, ['fd', 'size', 'pointer']),
  full('umask', sysUmask, ['mode']),
];
