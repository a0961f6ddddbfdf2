/** Making, linking, moving and removing names, with the checks of Linux's namei. */

import {
  EACCES,
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  EXDEV,
} from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import type { CreateRequest, InodeAttributes, InodeKind } from './inode.ts';
import {
  IN_ATTRIB,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_ISDIR,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  notifyInode,
} from './notify.ts';
import { adopt, type Dentry, type Path } from './path.ts';
import { checkAccess, checkSticky, identityOf, MAY_EXECUTE, MAY_WRITE } from './permission.ts';
import type { Vfs } from './vfs.ts';
import type { WalkResult } from './walk.ts';

/** What a new name is to be, before umask and directory rules are applied. */
export interface NewName {
  readonly kind: InodeKind;
  readonly mode: number;
  readonly target?: string;
  readonly rdevMajor?: number;
  readonly rdevMinor?: number;
}

/** 0, or why names in a directory may not be changed by the task. */
export function checkDirectoryWrite(vfs: Vfs, task: Task | undefined, directory: Path): number {
  const readOnly = vfs.checkWritable(directory);
  if (readOnly < 0) return readOnly;
  if (directory.dentry.deleted) return -ENOENT;
  const { attributes } = directory.dentry.inode;
  return checkAccess(identityOf(task), attributes, MAY_WRITE | MAY_EXECUTE);
}

/** Makes a name that `walk` did not find. Applies the umask and setgid directories. */
export function createName(
  vfs: Vfs,
  task: Task | undefined,
  where: WalkResult,
  what: NewName,
): Path | number {
  if (where.path) return -EEXIST;
  if (where.trailingSlash && what.kind !== 'directory') return -ENOENT;
  const denied = checkDirectoryWrite(vfs, task, where.parent);
  if (denied < 0) return denied;
  const directory = where.parent.dentry;
  const request = creation(task, directory.inode.attributes, what);
  const inode = directory.inode.create(where.name, request);
  if (typeof inode === 'number') return inode;
  const dentry = adopt(directory, where.name, inode);
  const isDirectory = what.kind === 'directory' ? IN_ISDIR : 0;
  notifyInode(directory.inode, IN_CREATE | isDirectory, where.name);
  return { mount: where.parent.mount, dentry };
}

/** Owner, group and mode of something made in a directory. */
export function creation(
  task: Task | undefined,
  directory: InodeAttributes,
  what: NewName,
): CreateRequest {
  const who = identityOf(task);
  const inherits = (directory.mode & 0o2000) !== 0;
  const umask = task?.filesystem.umask ?? 0;
  const masked = what.kind === 'symlink' ? 0o777 : what.mode & 0o7777 & ~umask;
  const mode = inherits && what.kind === 'directory' ? masked | 0o2000 : masked;
  return { ...what, mode, uid: who.uid, gid: inherits ? directory.gid : who.gid };
}

/** link(2): another name for an inode. */
export function linkName(
  vfs: Vfs,
  task: Task | undefined,
  source: Path,
  where: WalkResult,
): number {
  const { inode } = source.dentry;
  if (where.path) return -EEXIST;
  if (inode.attributes.kind === 'directory') return -EPERM;
  if (source.mount !== where.parent.mount) return -EXDEV;
  const denied = checkDirectoryWrite(vfs, task, where.parent);
  if (denied < 0) return denied;
  if (where.trailingSlash) return -ENOENT;
  const directory = where.parent.dentry;
  const result = directory.inode.link(where.name, inode);
  if (result < 0) return result;
  adopt(directory, where.name, inode);
  notifyInode(directory.inode, IN_CREATE, where.name);
  notifyInode(inode, IN_ATTRIB);
  return 0;
}

/** unlink(2) and rmdir(2). */
export function removeName(
  vfs: Vfs,
  task: Task | undefined,
  where: WalkResult,
  directoryWanted: boolean,
): number {
  const refused = refuseRemoval(where, directoryWanted);
  if (refused < 0) return refused;
  const { dentry } = where.path!;
  const parent = where.parent.dentry;
  const denied = checkRemoval(vfs, task, where.parent, dentry.inode.attributes);
  if (denied < 0) return denied;
  const isDirectory = dentry.inode.attributes.kind === 'directory';
  if (directoryWanted !== isDirectory) return directoryWanted ? -ENOTDIR : -EISDIR;
  if (isMountPoint(where)) return -EBUSY;
  const result = isDirectory ? parent.inode.rmdir(where.name) : parent.inode.unlink(where.name);
  if (result < 0) return result;
  forget(parent, where.name);
  notifyInode(parent.inode, IN_DELETE | (isDirectory ? IN_ISDIR : 0), where.name);
  if (dentry.inode.attributes.nlink === 0) notifyInode(dentry.inode, IN_DELETE_SELF);
  else notifyInode(dentry.inode, IN_ATTRIB);
  return 0;
}

function refuseRemoval(where: WalkResult, directoryWanted: boolean): number {
  if (!where.plain) {
    if (!directoryWanted) return -EISDIR;
    if (where.name === '..') return -ENOTEMPTY;
    return where.path && where.path.dentry.parent === where.path.dentry ? -EBUSY : -EINVAL;
  }
  if (!where.path) return -ENOENT;
  const { kind } = where.path.dentry.inode.attributes;
  return where.trailingSlash && kind !== 'directory' ? -ENOTDIR : 0;
}

function checkRemoval(
  vfs: Vfs,
  task: Task | undefined,
  directory: Path,
  victim: InodeAttributes,
): number {
  const denied = checkDirectoryWrite(vfs, task, directory);
  if (denied < 0) return denied;
  return checkSticky(identityOf(task), directory.dentry.inode.attributes, victim);
}

/** Whether the place found is the root of a mount, or has one on it. */
function isMountPoint(where: WalkResult): boolean {
  const { path } = where;
  if (!path) return false;
  return path.mount !== where.parent.mount || path.mount.children.has(path.dentry);
}

/** Drops a name from the entries; the entry object lives on in open files. */
function forget(parent: Dentry, name: string): void {
  const dentry = parent.children.get(name);
  if (!dentry) return;
  dentry.deleted = true;
  parent.children.delete(name);
}

/** RENAME_* of renameat2(2). */
export const RENAME_NOREPLACE = 1;
export const RENAME_EXCHANGE = 2;
export const RENAME_WHITEOUT = 4;

/** rename(2), renameat2(2). */
export function renameName(
  vfs: Vfs,
  task: Task | undefined,
  from: WalkResult,
  to: WalkResult,
  flags: number,
): number {
  const exchange = (flags & RENAME_EXCHANGE) !== 0;
  if (from.parent.mount !== to.parent.mount) return -EXDEV;
  if (!from.plain || !to.plain) return -EBUSY;
  if (!from.path) return -ENOENT;
  if (exchange && !to.path) return -ENOENT;
  if (to.path && flags & RENAME_NOREPLACE) return -EEXIST;
  const denied = checkRename(vfs, task, from, to, exchange);
  if (denied < 0) return denied;
  if (from.path.dentry.inode === to.path?.dentry.inode) return 0;
  const source = from.parent.dentry;
  const target = to.parent.dentry;
  const result = source.inode.rename(from.name, target.inode, to.name, exchange);
  if (result < 0) return result;
  moveEntries(from, to, exchange, vfs.nextCookie());
  return 0;
}

function checkRename(
  vfs: Vfs,
  task: Task | undefined,
  from: WalkResult,
  to: WalkResult,
  exchange: boolean,
): number {
  const moved = from.path!.dentry;
  const denied = checkRemoval(vfs, task, from.parent, moved.inode.attributes);
  if (denied < 0) return denied;
  const victim = to.path?.dentry;
  const deniedTo = victim
    ? checkRemoval(vfs, task, to.parent, victim.inode.attributes)
    : checkDirectoryWrite(vfs, task, to.parent);
  if (deniedTo < 0) return deniedTo;
  if (moved.contains(to.parent.dentry)) return -EINVAL;
  if (victim?.contains(from.parent.dentry)) return exchange ? -EINVAL : -ENOTEMPTY;
  const isDirectory = moved.inode.attributes.kind === 'directory';
  if (!isDirectory && (from.trailingSlash || to.trailingSlash)) return -ENOTDIR;
  if (isMountPoint(from) || isMountPoint(to)) return -EBUSY;
  if (victim && !exchange) {
    const overDirectory = victim.inode.attributes.kind === 'directory';
    if (isDirectory && !overDirectory) return -ENOTDIR;
    if (!isDirectory && overDirectory) return -EISDIR;
  }
  // Moving a directory elsewhere rewrites its `..`.
  if (isDirectory && from.parent.dentry !== to.parent.dentry) {
    const who = identityOf(task);
    if (checkAccess(who, moved.inode.attributes, MAY_WRITE) < 0) return -EACCES;
  }
  return 0;
}

function moveEntries(from: WalkResult, to: WalkResult, exchange: boolean, cookie: number): void {
  const source = from.parent.dentry;
  const target = to.parent.dentry;
  const moved = from.path!.dentry;
  const replaced = to.path?.dentry;
  source.children.delete(from.name);
  if (replaced && exchange) place(replaced, source, from.name);
  else if (replaced) replaced.deleted = true;
  place(moved, target, to.name);
  const directory = moved.inode.attributes.kind === 'directory' ? IN_ISDIR : 0;
  notifyInode(source.inode, IN_MOVED_FROM | directory, from.name, cookie);
  notifyInode(target.inode, IN_MOVED_TO | directory, to.name, cookie);
  notifyInode(moved.inode, IN_MOVE_SELF | directory);
  if (replaced && !exchange) notifyInode(replaced.inode, IN_DELETE_SELF);
}

function place(dentry: Dentry, parent: Dentry, name: string): void {
  dentry.parent = parent;
  dentry.name = name;
  parent.children.set(name, dentry);
}
