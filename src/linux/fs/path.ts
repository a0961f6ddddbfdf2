/**
 * Names in memory: a tree of directory entries per file system, and mounts that join the trees, as
 * in Linux. A `Path` (mount, entry) says where something is even after its ancestors were renamed.
 */

import { ENOENT, ENOTDIR } from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import type { FileSystem, Inode } from './inode.ts';

/** A name in a directory that was looked up: what the kernel calls a dentry. */
export class Dentry {
  name: string;
  /** The root of a file system is its own parent. */
  parent: Dentry;
  readonly inode: Inode;
  /** Names looked up so far; absent names are not remembered. */
  readonly children: Map<string, Dentry> = new Map<string, Dentry>();
  /** Set by unlink, rmdir and a rename over it. */
  deleted: boolean = false;

  constructor(name: string, parent: Dentry | undefined, inode: Inode) {
    this.name = name;
    this.parent = parent ?? this;
    this.inode = inode;
  }

  /** Whether `other` is this entry or below it. */
  contains(other: Dentry): boolean {
    for (let entry = other; ; entry = entry.parent) {
      if (entry === this) return true;
      if (entry.parent === entry) return false;
    }
  }
}

/** A file system (or a part of one) attached somewhere. */
export class Mount {
  /** mountinfo's first column. */
  readonly id: number;
  readonly fs: FileSystem;
  readonly root: Dentry;
  /** Where it is attached; undefined for the root mount and for hidden mounts (pipes, memfds). */
  readonly parent: Path | undefined;
  readOnly: boolean;
  /** Third column of /proc/mounts and the options column. */
  readonly options: string;
  /** First column of /proc/mounts. */
  readonly source: string;
  readonly children: Map<Dentry, Mount> = new Map<Dentry, Mount>();
  /** Pipes, sockets and their like: not in the tree, not in /proc/mounts. */
  readonly hidden: boolean;

  constructor(init: {
    id: number;
    fs: FileSystem;
    root: Dentry;
    parent: Path | undefined;
    readOnly: boolean;
    source: string;
    options?: string;
    hidden?: boolean;
  }) {
    this.id = init.id;
    this.fs = init.fs;
    this.root = init.root;
    this.parent = init.parent;
    this.readOnly = init.readOnly;
    this.source = init.source;
    this.options = init.options ?? 'relatime';
    this.hidden = init.hidden ?? false;
  }
}

/** A place in the tree of mounts. */
export interface Path {
  readonly mount: Mount;
  readonly dentry: Dentry;
}

/** Whether two paths are the same place. */
export function samePath(left: Path, right: Path): boolean {
  return left.mount === right.mount && left.dentry === right.dentry;
}

/** The parent of a path, crossing mounts, stopping at `root`. */
export function parentPath(path: Path, root: Path): Path {
  let at = path;
  while (!samePath(at, root) && at.dentry === at.mount.root && at.mount.parent) {
    at = at.mount.parent;
  }
  if (samePath(at, root) || at.dentry === at.mount.root) return at;
  return { mount: at.mount, dentry: at.dentry.parent };
}

/**
 * Absolute name of a path as seen from `root`, with ` (deleted)` where it was unlinked; undefined
 * where it cannot be reached from `root` (getcwd then says `(unreachable)`).
 */
export function pathName(path: Path, root: Path): string | undefined {
  if (path.mount.hidden) return path.dentry.name;
  const names: string[] = [];
  let at = path;
  while (!samePath(at, root)) {
    if (at.dentry === at.mount.root) {
      if (!at.mount.parent) return undefined;
      at = at.mount.parent;
      continue;
    }
    names.push(at.dentry.name);
    at = { mount: at.mount, dentry: at.dentry.parent };
  }
  const name = `/${names.reverse().join('/')}`;
  return path.dentry.deleted ? `${name} (deleted)` : name;
}

/** The child of a directory entry, from what was looked up before or from the file system. */
export function childOf(parent: Dentry, name: string, task: Task | undefined): Dentry | number {
  const known = parent.children.get(name);
  if (known) return known;
  if (parent.inode.attributes.kind !== 'directory') return -ENOTDIR;
  const inode = parent.inode.lookup(name, task);
  if (!inode) return -ENOENT;
  return adopt(parent, name, inode);
}

/** Makes the entry of an inode that is known to be at `name`. */
export function adopt(parent: Dentry, name: string, inode: Inode): Dentry {
  const dentry = new Dentry(name, parent, inode);
  if (!parent.inode.fs.volatileNames) parent.children.set(name, dentry);
  return dentry;
}
