/** Who may do what with an inode: path_resolution(7), inode_permission() and sticky directories. */

import { EACCES, EPERM } from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import type { InodeAttributes } from './inode.ts';

/** Access bits as in access(2). */
export const MAY_READ = 4;
export const MAY_WRITE = 2;
export const MAY_EXECUTE = 1;

/** The ids that file access is judged by. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

const root: Identity = { uid: 0, gid: 0, groups: [] };

/** File-system ids of a task; the kernel itself (no task) is root. */
export function identityOf(task: Task | undefined): Identity {
  if (!task) return root;
  const { fsuid, fsgid, groups } = task.credentials;
  return { uid: fsuid, gid: fsgid, groups };
}

/** Real ids of a task, for access(2). */
export function realIdentityOf(task: Task): Identity {
  const { uid, gid, groups } = task.credentials;
  return { uid, gid, groups };
}

/** Whether the ids include a group. */
export function inGroup(who: Identity, gid: number): boolean {
  return who.gid === gid || who.groups.includes(gid);
}

/** 0 or -EACCES. Root may do all but execute a file without any execute bit. */
export function checkAccess(who: Identity, attributes: InodeAttributes, mask: number): number {
  const { mode } = attributes;
  if (who.uid === 0) {
    const executes = (mask & MAY_EXECUTE) !== 0 && attributes.kind !== 'directory';
    return executes && (mode & 0o111) === 0 ? -EACCES : 0;
  }
  const shift = who.uid === attributes.uid ? 6 : inGroup(who, attributes.gid) ? 3 : 0;
  return ((mode >> shift) & mask) === mask ? 0 : -EACCES;
}

/** 0 or -EPERM: whether the ids may change modes and times as owner. */
export function checkOwner(who: Identity, attributes: InodeAttributes): number {
  return who.uid === 0 || who.uid === attributes.uid ? 0 : -EPERM;
}

/** 0 or -EPERM: removing `victim` from a sticky directory needs to own one of them. */
export function checkSticky(
  who: Identity,
  directory: InodeAttributes,
  victim: InodeAttributes,
): number {
  if ((directory.mode & 0o1000) === 0 || who.uid === 0) return 0;
  return who.uid === victim.uid || who.uid === directory.uid ? 0 : -EPERM;
}
