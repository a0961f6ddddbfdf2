/** Events for inotify: who watches an inode, and telling them. */

import type { Inode } from './inode.ts';
import type { Dentry } from './path.ts';

export const IN_ACCESS = 0x1;
export const IN_MODIFY = 0x2;
export const IN_ATTRIB = 0x4;
export const IN_CLOSE_WRITE = 0x8;
export const IN_CLOSE_NOWRITE = 0x10;
export const IN_OPEN = 0x20;
export const IN_MOVED_FROM = 0x40;
export const IN_MOVED_TO = 0x80;
export const IN_CREATE = 0x100;
export const IN_DELETE = 0x200;
export const IN_DELETE_SELF = 0x400;
export const IN_MOVE_SELF = 0x800;
export const IN_ISDIR = 0x40000000;

/** Called with event bits, the name in a watched directory ('' for the inode itself), a cookie. */
export type Watcher = (mask: number, name: string, cookie: number) => void;

const watchers: WeakMap<Inode, Set<Watcher>> = new WeakMap<Inode, Set<Watcher>>();

/** Starts watching; the result stops it. */
export function watch(inode: Inode, watcher: Watcher): () => void {
  const set = watchers.get(inode) ?? new Set<Watcher>();
  watchers.set(inode, set);
  set.add(watcher);
  return () => set.delete(watcher);
}

/** Something happened to what a directory entry names: told to its watchers and its directory's. */
export function notify(dentry: Dentry, mask: number): void {
  const { inode } = dentry;
  const directory = inode.attributes.kind === 'directory' ? IN_ISDIR : 0;
  notifyInode(inode, mask | directory);
  if (dentry.parent !== dentry) {
    notifyInode(dentry.parent.inode, mask | directory, dentry.name);
  }
}

/** An event of one inode. */
export function notifyInode(
  inode: Inode,
  mask: number,
  name: string = '',
  cookie: number = 0,
): void {
  const set = watchers.get(inode);
  if (!set) return;
  for (const watcher of Array.from(set)) watcher(mask, name, cookie);
}
