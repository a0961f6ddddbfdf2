/** open(2): from a path and flags to an open file. */

import {
  EACCES,
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOTDIR,
  ENXIO,
  EOPNOTSUPP,
  EPERM,
  ERESTARTSYS,
  EROFS,
} from '../abi/errno.ts';
import {
  O_ACCMODE,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
} from '../abi/open_flags.ts';
import type { Task } from '../kernel/task.ts';
import type { Wait, WakeReason } from '../kernel/wait.ts';
import { BaseFile } from './base_file.ts';
import type { Inode, OpenFile } from './inode.ts';
import { createName, creation } from './names.ts';
import { IN_MODIFY, IN_OPEN, notify } from './notify.ts';
import { Dentry, type Path } from './path.ts';
import {
  checkAccess,
  checkOwner,
  checkSticky,
  identityOf,
  MAY_EXECUTE,
  MAY_READ,
  MAY_WRITE,
} from './permission.ts';
import { Pipe, PipeFile } from './pipe.ts';
import type { Vfs } from './vfs.ts';

/** An open that may wait: for a file's bytes, or for the other end of a fifo. */
export type OpenRun = Generator<Wait, OpenFile | number, WakeReason>;

export interface OpenRequest {
  readonly path: string;
  /** O_* bits in the kernel's numbers. */
  readonly flags: number;
  readonly mode: number;
  /** Where relative paths start; the working directory by default. */
  readonly start?: Path;
  /** RESOLVE_* bits of openat2. */
  readonly resolve?: number;
}

/** An O_PATH description: a place, nothing more. */
export class PathFile extends BaseFile {
  override poll(): number {
    return 0;
  }
}

/** Opens by path, making the file where O_CREAT says so. */
export function* openPath(vfs: Vfs, task: Task | undefined, request: OpenRequest): OpenRun {
  const { flags } = request;
  if ((flags & O_TMPFILE) === O_TMPFILE && (flags & O_PATH) === 0) {
    return openUnnamed(vfs, task, request);
  }
  const exclusive = (flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL);
  const follow = (flags & O_NOFOLLOW) === 0 && !exclusive;
  const where = vfs.walk(task, request.path, {
    follow,
    resolve: request.resolve ?? 0,
    ...(request.start ? { start: request.start } : {}),
  });
  if (typeof where === 'number') return where;
  if (where.path) {
    if (exclusive) return -EEXIST;
    const isDirectory = where.path.dentry.inode.attributes.kind === 'directory';
    if (isDirectory && flags & O_CREAT && (flags & O_PATH) === 0) return -EISDIR;
    return yield* openAt(vfs, task, where.path, flags);
  }
  if ((flags & O_CREAT) === 0 || flags & O_PATH) return -ENOENT;
  if (where.trailingSlash) return -EISDIR;
  if (flags & O_DIRECTORY) return -EINVAL;
  const made = createName(vfs, task, where, { kind: 'file', mode: request.mode });
  if (typeof made === 'number') return made;
  // A file that was just made may be opened whatever its mode says.
  return finishOpen(made, made.dentry.inode.open(made, flags & ~O_TRUNC, task));
}

/** Opens what is at a place, with permission checks. */
export function* openAt(vfs: Vfs, task: Task | undefined, path: Path, flags: number): OpenRun {
  const { inode } = path.dentry;
  const { kind } = inode.attributes;
  if (flags & O_PATH) {
    if (flags & O_DIRECTORY && kind !== 'directory') return -ENOTDIR;
    return new PathFile(inode, flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW), path);
  }
  const refused = checkOpen(vfs, task, path, flags);
  if (refused < 0) return refused;
  if (kind === 'fifo' && !path.mount.hidden) return yield* openFifo(vfs, path, flags);
  if (kind === 'character' || kind === 'block') {
    return finishOpen(path, vfs.devices.open(path, flags, task));
  }
  if (kind === 'file') {
    if (flags & O_TRUNC) {
      const result = inode.truncate(0);
      if (result < 0) return result;
      notify(path.dentry, IN_MODIFY);
    }
    yield* loaded(inode);
  }
  return finishOpen(path, inode.open(path, flags, task));
}

/** Waits until a file's bytes are in memory. Throws what loading rejected with (LAYER_CORRUPT). */
export function* loaded(inode: Inode): Generator<Wait, void, WakeReason> {
  const loading = inode.load();
  if (!loading) return;
  let failure: { readonly error: unknown } | undefined;
  const promise = loading.catch((error: unknown) => {
    failure = { error };
  });
  while ((yield { promise, uninterruptible: true }) !== 'promise');
  if (failure) throw failure.error;
}

function finishOpen(path: Path, file: OpenFile | number): OpenFile | number {
  if (typeof file !== 'number') notify(path.dentry, IN_OPEN);
  return file;
}

/** O_* access mode as MAY_* bits; 3 means read and write permission without either (ioctl only). */
function accessMask(flags: number): number {
  const masks = [MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE];
  return masks[flags & O_ACCMODE]! | (flags & O_TRUNC ? MAY_WRITE : 0);
}

function checkOpen(vfs: Vfs, task: Task | undefined, path: Path, flags: number): number {
  const { attributes } = path.dentry.inode;
  const { kind } = attributes;
  if (kind === 'symlink') return -ELOOP;
  if (kind === 'socket') return -ENXIO;
  if (flags & O_DIRECTORY && kind !== 'directory') return -ENOTDIR;
  const mask = accessMask(flags);
  if (kind === 'directory' && mask & MAY_WRITE) return -EISDIR;
  const denied = checkAccess(identityOf(task), attributes, mask);
  if (denied < 0) return denied;
  if (mask & MAY_WRITE && (kind === 'file' || kind === 'directory')) {
    const readOnly = vfs.checkWritable(path);
    if (readOnly < 0) return readOnly;
  }
  if (flags & O_NOATIME && checkOwner(identityOf(task), attributes) < 0) return -EPERM;
  return checkProtectedCreate(task, path, flags);
}

/** fs.protected_regular: O_CREAT of somebody else's file in a sticky directory. */
function checkProtectedCreate(task: Task | undefined, path: Path, flags: number): number {
  if ((flags & O_CREAT) === 0 || path.dentry.parent === path.dentry) return 0;
  const directory = path.dentry.parent.inode.attributes;
  const { attributes } = path.dentry.inode;
  const open = (directory.mode & 0o1002) === 0o1002;
  if (!open || attributes.kind !== 'file' || attributes.uid === directory.uid) return 0;
  return checkSticky(identityOf(task), directory, attributes) < 0 ? -EACCES : 0;
}

/** O_TMPFILE: a file without a name, which linkat can give one. */
function openUnnamed(vfs: Vfs, task: Task | undefined, request: OpenRequest): OpenFile | number {
  const { flags } = request;
  if ((flags & O_ACCMODE) === O_RDONLY) return -EINVAL;
  const where = vfs.walk(task, request.path, {
    follow: true,
    resolve: request.resolve ?? 0,
    ...(request.start ? { start: request.start } : {}),
  });
  if (typeof where === 'number') return where;
  if (!where.path) return -ENOENT;
  const directory = where.path.dentry.inode;
  if (directory.attributes.kind !== 'directory') return -ENOTDIR;
  if (where.path.mount.readOnly) return -EROFS;
  const who = identityOf(task);
  const denied = checkAccess(who, directory.attributes, MAY_WRITE | MAY_EXECUTE);
  if (denied < 0) return denied;
  const made = creation(task, directory.attributes, { kind: 'file', mode: request.mode });
  const inode = directory.createUnnamed(made);
  if (typeof inode === 'number') return inode === -EPERM ? -EOPNOTSUPP : inode;
  const dentry = new Dentry(`#${inode.attributes.ino}`, where.path.dentry, inode);
  dentry.deleted = true;
  return inode.open({ mount: where.path.mount, dentry }, flags & ~O_TMPFILE, task);
}

/** fifo(7): an open waits for the other end unless O_NONBLOCK or O_RDWR is given. */
function* openFifo(vfs: Vfs, path: Path, flags: number): OpenRun {
  const { inode } = path.dentry;
  let pipe = vfs.fifos.get(inode);
  if (!pipe) {
    pipe = new Pipe();
    vfs.fifos.set(inode, pipe);
  }
  const access = flags & O_ACCMODE;
  const nonBlocking = (flags & O_NONBLOCK) !== 0;
  if (access === O_WRONLY && nonBlocking && pipe.readers === 0) return -ENXIO;
  const file = new PipeFile(inode, path, flags, pipe);
  if (access === O_RDWR || nonBlocking) return finishOpen(path, file);
  const opensBefore = access === O_RDONLY ? pipe.writerOpens : pipe.readerOpens;
  const met = (): boolean => {
    const [others, opens] =
      access === O_RDONLY ? [pipe.writers, pipe.writerOpens] : [pipe.readers, pipe.readerOpens];
    return others > 0 || opens > opensBefore;
  };
  while (!met()) {
    const reason = yield { queues: [pipe.changed] };
    if (reason === 'signal' && !met()) {
      file.close();
      return -ERESTARTSYS;
    }
  }
  return finishOpen(path, file);
}
