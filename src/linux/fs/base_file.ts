/** What all open files have in common; by default a file cannot do a thing. */

import { EINVAL } from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import { WaitQueue } from '../kernel/wait.ts';
import type { Inode, InodeAttributes, OpenFile } from './inode.ts';
import { POLLIN, POLLOUT } from './inode.ts';
import { type Path, pathName } from './path.ts';

export abstract class BaseFile implements OpenFile {
  readonly path: Path;
  readonly inode: Inode;
  readonly changed: WaitQueue = new WaitQueue();
  flags: number;
  references: number = 0;
  offset: number = 0;
  readonly seekable: boolean = false;

  constructor(inode: Inode, flags: number, path: Path) {
    this.inode = inode;
    this.flags = flags;
    this.path = path;
  }

  get name(): string {
    return absoluteName(this.path);
  }

  get attributes(): InodeAttributes {
    return this.inode.attributes;
  }

  read(_into: Uint8Array, _offset: number, _task?: Task): number {
    return -EINVAL;
  }

  write(_from: Uint8Array, _offset: number, _task?: Task): number {
    return -EINVAL;
  }

  /** Files that never block are always ready (poll(2), "regular files"). */
  poll(): number {
    return POLLIN | POLLOUT;
  }

  close(): void {}
}

/** Name of a path from the root of all mounts: `/etc/passwd`, `pipe:[7]`. */
export function absoluteName(path: Path): string {
  let { mount } = path;
  while (mount.parent) mount = mount.parent.mount;
  if (mount.hidden) return path.dentry.name;
  return pathName(path, { mount, dentry: mount.root }) ?? '/';
}
