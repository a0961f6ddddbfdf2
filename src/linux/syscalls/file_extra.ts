/** Extended attributes, memfd, inotify, mounts. */

import { decodeName, encodeName } from '../../rootfs/name.ts';
import {
  E2BIG,
  EBADF,
  EBUSY,
  EEXIST,
  EINVAL,
  ENODATA,
  ENODEV,
  ENOTDIR,
  EOPNOTSUPP,
  EPERM,
  ERANGE,
  EROFS,
} from '../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../abi/open_flags.ts';
import { InotifyFile } from '../fs/inotify_file.ts';
import { pathBytesMax, xattrNameBytesMax, xattrValueBytesMax } from '../fs/limits.ts';
import { IN_ATTRIB, notify } from '../fs/notify.ts';
import { Dentry, type Path } from '../fs/path.ts';
import { checkAccess, checkOwner, identityOf, MAY_READ, MAY_WRITE } from '../fs/permission.ts';
import { F_SEAL_SEAL, TreeFile } from '../fs/tree/tree_file.ts';
import { privileged } from '../kernel/credentials.ts';
import type { Task } from '../kernel/task.ts';
import { AT_FDCWD, fileOf, targetAt } from './file_access.ts';
import { installFile } from './file_open.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';

/** Where an xattr call looks: by path, by path without following a link, by descriptor. */
type Target = (task: Task, where: number) => Path | number;

const byPath: Target = (task, path) => targetAt(task, AT_FDCWD, path, 0, { follow: true });
const byLink: Target = (task, path) => targetAt(task, AT_FDCWD, path, 0, { follow: false });
const byFd: Target = (task, fd) => fileOf(task, fd | 0)?.path ?? -EBADF;

function readName(task: Task, address: number): string | number {
  const bytes = task.memory.readCString(address, xattrNameBytesMax + 1);
  if (!bytes || bytes.length === 0) return -ERANGE;
  const name = decodeName(bytes);
  return /^(user|trusted|security|system)\../.test(name) ? name : -EOPNOTSUPP;
}

/** user.* follows the file's permissions and is for files and directories; trusted.* is root's. */
function checkXattr(task: Task, path: Path, name: string, mask: number): number {
  const { attributes } = path.dentry.inode;
  if (name.startsWith('trusted.') && !privileged(task.credentials)) {
    return mask === MAY_READ ? -ENODATA : -EPERM;
  }
  if (name.startsWith('security.')) {
    return mask === MAY_READ || privileged(task.credentials) ? 0 : -EPERM;
  }
  if (name.startsWith('system.')) return -EOPNOTSUPP;
  if (!name.startsWith('user.')) return checkOwner(identityOf(task), attributes);
  const { kind } = attributes;
  if (kind !== 'file' && kind !== 'directory') return mask === MAY_READ ? -ENODATA : -EPERM;
  return checkAccess(identityOf(task), attributes, mask);
}

function getXattr(
  task: Task,
  path: Path | number,
  nameAddress: number,
  value: number,
  size: number,
): number {
  if (typeof path === 'number') return path;
  const name = readName(task, nameAddress);
  if (typeof name === 'number') return name;
  const denied = checkXattr(task, path, name, MAY_READ);
  if (denied < 0) return denied;
  const bytes = path.dentry.inode.getXattr(name);
  if (!bytes) return -ENODATA;
  if (size === 0) return bytes.length;
  if (bytes.length > size) return -ERANGE;
  task.memory.writeBytes(value, bytes);
  return bytes.length;
}

const XATTR_CREATE = 1;
const XATTR_REPLACE = 2;

function setXattr(
  task: Task,
  path: Path | number,
  nameAddress: number,
  content: { address: number; size: number },
  flags: number,
): number {
  if (typeof path === 'number') return path;
  if (flags & ~(XATTR_CREATE | XATTR_REPLACE)) return -EINVAL;
  const name = readName(task, nameAddress);
  if (typeof name === 'number') return name;
  if (content.size > xattrValueBytesMax) return -E2BIG;
  if (path.mount.readOnly) return -EROFS;
  const denied = checkXattr(task, path, name, MAY_WRITE);
  if (denied < 0) return denied;
  const { inode } = path.dentry;
  const exists = inode.getXattr(name) !== undefined;
  if (exists && flags & XATTR_CREATE) return -EEXIST;
  if (!exists && flags & XATTR_REPLACE) return -ENODATA;
  const result = inode.setXattr(name, task.memory.readBytes(content.address, content.size));
  if (result === 0) notify(path.dentry, IN_ATTRIB);
  return result;
}

function listXattr(task: Task, path: Path | number, address: number, size: number): number {
  if (typeof path === 'number') return path;
  const names = path.dentry.inode
    .listXattrs()
    .filter((name) => !name.startsWith('trusted.') || privileged(task.credentials));
  const bytes = encodeName(names.map((name) => `${name}\0`).join(''));
  if (size === 0) return bytes.length;
  if (bytes.length > size) return -ERANGE;
  task.memory.writeBytes(address, bytes);
  return bytes.length;
}

function removeXattr(task: Task, path: Path | number, nameAddress: number): number {
  if (typeof path === 'number') return path;
  const name = readName(task, nameAddress);
  if (typeof name === 'number') return name;
  if (path.mount.readOnly) return -EROFS;
  const denied = checkXattr(task, path, name, MAY_WRITE);
  if (denied < 0) return denied;
  const { inode } = path.dentry;
  return inode.getXattr(name) ? inode.setXattr(name, undefined) : -ENODATA;
}

function xattrRows(prefix: string, target: Target, type: 'path' | 'fd'): SyscallRow[] {
  return [
    full(
      `${prefix}getxattr`,
      (task, where, name, value, size) => getXattr(task, target(task, where), name, value, size),
      [type, 'path', 'write_buffer', 'size'],
    ),
    full(
      `${prefix}setxattr`,
      (task, where, name, address, size, flags) =>
        setXattr(task, target(task, where), name, { address, size }, flags),
      [type, 'path', 'read_buffer', 'size', 'int'],
    ),
    full(
      `${prefix}listxattr`,
      (task, where, list, size) => listXattr(task, target(task, where), list, size),
      [type, 'write_buffer', 'size'],
    ),
    full(
      `${prefix}removexattr`,
      (task, where, name) => removeXattr(task, target(task, where), name),
      [type, 'path'],
    ),
  ];
}

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const memfdNameBytesMax = 249;

function sysMemfdCreate(task: Task, nameAddress: number, flags: number): number {
  // MFD_HUGETLB is refused, MFD_NOEXEC_SEAL and MFD_EXEC change nothing here.
  if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x18)) return -EINVAL;
  const name = task.memory.readString(nameAddress, memfdNameBytesMax + 1);
  if (name === undefined) return -EINVAL;
  const { memfds, memfdMount } = task.machine.vfs;
  const { uid, gid } = identityOf(task);
  const inode = memfds.make({ kind: 'file', mode: 0o777, uid, gid });
  if (!(inode instanceof TreeFile)) throw new Error('a memfd is a file');
  inode.seals = flags & MFD_ALLOW_SEALING ? 0 : F_SEAL_SEAL;
  const label = `/memfd:${name} (deleted)`;
  const dentry = new Dentry(label, memfdMount.root, inode);
  const file = inode.open({ mount: memfdMount, dentry }, O_RDWR);
  return installFile(task, file, (flags & MFD_CLOEXEC) !== 0);
}

function sysInotifyInit1(task: Task, flags: number): number {
  if (flags & ~(O_CLOEXEC | O_NONBLOCK)) return -EINVAL;
  const file = new InotifyFile(task.machine.vfs, flags & O_NONBLOCK, task.abi.littleEndian);
  return installFile(task, file, (flags & O_CLOEXEC) !== 0);
}

const IN_DONT_FOLLOW = 0x2000000;

function sysInotifyAddWatch(task: Task, fd: number, path: number, mask: number): number {
  const file = fileOf(task, fd);
  if (!file) return -EBADF;
  if (!(file instanceof InotifyFile)) return -EINVAL;
  const follow = (mask & IN_DONT_FOLLOW) === 0;
  const found = targetAt(task, AT_FDCWD, path, 0, { follow });
  if (typeof found === 'number') return found;
  const { inode } = found.dentry;
  const denied = checkAccess(identityOf(task), inode.attributes, MAY_READ);
  return denied < 0 ? denied : file.addWatch(inode, mask);
}

function sysInotifyRmWatch(task: Task, fd: number, descriptor: number): number {
  const file = fileOf(task, fd);
  if (!file) return -EBADF;
  return file instanceof InotifyFile ? file.removeWatch(descriptor) : -EINVAL;
}

const MS_RDONLY = 1;
const MS_REMOUNT = 32;
const MS_BIND = 4096;
const MS_MOVE = 8192;
/** Changes of propagation, which a machine with one mount namespace ignores. */
const propagation = 0x1e0000;

function sysMount(task: Task, source: number, target: number, type: number, flags: number): number {
  if (!privileged(task.credentials)) return -EPERM;
  const found = targetAt(task, AT_FDCWD, target, 0, { follow: true });
  if (typeof found === 'number') return found;
  if (flags & propagation) return 0;
  if (flags & MS_REMOUNT) {
    found.mount.readOnly = (flags & MS_RDONLY) !== 0;
    return 0;
  }
  if (flags & MS_MOVE) return -EINVAL;
  const readOnly = (flags & MS_RDONLY) !== 0;
  if (flags & MS_BIND) return bindMount(task, source, found, readOnly);
  const name = type === 0 ? '' : (task.memory.readString(type, pathBytesMax) ?? '');
  return mountNew(task, name, found, readOnly);
}

function bindMount(task: Task, source: number, at: Path, readOnly: boolean): number {
  const from = targetAt(task, AT_FDCWD, source, 0, { follow: true });
  if (typeof from === 'number') return from;
  const { inode } = from.dentry;
  const directories = inode.attributes.kind === 'directory';
  if (directories !== (at.dentry.inode.attributes.kind === 'directory')) return -ENOTDIR;
  task.machine.vfs.mountAt(at, { fs: inode.fs, root: inode, readOnly });
  return 0;
}

function mountNew(task: Task, type: string, at: Path, readOnly: boolean): number {
  const { vfs } = task.machine;
  if (at.dentry.inode.attributes.kind !== 'directory') return -ENOTDIR;
  if (type === 'tmpfs' || type === 'ramfs') {
    const fs = vfs.makeTree('tmpfs', { mode: 0o1777 });
    vfs.mountAt(at, { fs, root: fs.root, readOnly });
    return 0;
  }
  const known = vfs.mounts.find(({ fs }) => fs.type === type && type !== 'overlay');
  if (!known) return -ENODEV;
  vfs.mountAt(at, { fs: known.fs, root: known.root.inode, readOnly });
  return 0;
}

function sysUmount2(task: Task, target: number): number {
  if (!privileged(task.credentials)) return -EPERM;
  const found = targetAt(task, AT_FDCWD, target, 0, { follow: true });
  if (typeof found === 'number') return found;
  const { mount, dentry } = found;
  if (dentry !== mount.root || !mount.parent) return -EINVAL;
  if (mount.children.size > 0) return -EBUSY;
  task.machine.vfs.unmount(mount);
  return 0;
}

export const fileExtraRows: readonly SyscallRow[] = [
  ...xattrRows('', byPath, 'path'),
  ...xattrRows('l', byLink, 'path'),
  ...xattrRows('f', byFd, 'fd'),
  full('memfd_create', sysMemfdCreate, ['path', 'uint']),
  full('inotify_init1', sysInotifyInit1, ['open_flags']),
  full('inotify_init', (task) => sysInotifyInit1(task, 0), []),
  full('inotify_add_watch', sysInotifyAddWatch, ['fd', 'path', 'uint']),
  full('inotify_rm_watch', sysInotifyRmWatch, ['fd', 'int']),
  partial(
    'mount',
    sysMount,
    ['path', 'path', 'path', 'uint', 'pointer'],
    'Root may mount tmpfs, proc, sysfs and devpts, bind and remount; there is one namespace.',
  ),
  partial('umount2', sysUmount2, ['path', 'int'], 'Without MNT_DETACH: a busy mount is EBUSY.'),
];
