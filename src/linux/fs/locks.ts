/** Advisory locks: flock(2), POSIX record locks and open file description locks of fcntl(2). */

import { EAGAIN, EDEADLK } from '../abi/errno.ts';
import { WaitQueue } from '../kernel/wait.ts';
import type { Inode } from './inode.ts';

/** Who holds a lock: a descriptor table (POSIX) or an open file (OFD, flock). */
export type LockOwner = object;

/** A record lock over bytes [start, end). */
export interface RecordLock {
  readonly owner: LockOwner;
  readonly exclusive: boolean;
  readonly start: number;
  readonly end: number;
  /** F_GETLK's l_pid: -1 for OFD locks. */
  readonly pid: number;
}

interface InodeLocks {
  records: RecordLock[];
  flocks: Map<LockOwner, boolean>;
  readonly changed: WaitQueue;
}

/** Locks of all inodes of a machine. */
export class LockTable {
  readonly #locks: WeakMap<Inode, InodeLocks> = new WeakMap<Inode, InodeLocks>();
  /** Owners that wait, and whom they wait for: cycles are EDEADLK. */
  readonly #waiting: Map<LockOwner, LockOwner> = new Map<LockOwner, LockOwner>();

  /** Woken when a lock of the inode is released. */
  changed(inode: Inode): WaitQueue {
    return this.#of(inode).changed;
  }

  /** The first lock that conflicts, or undefined. */
  conflict(inode: Inode, wanted: RecordLock): RecordLock | undefined {
    return this.#of(inode).records.find(
      (lock) =>
        lock.owner !== wanted.owner &&
        (lock.exclusive || wanted.exclusive) &&
        lock.start < wanted.end &&
        wanted.start < lock.end,
    );
  }

  /** F_SETLK: 0 or -EAGAIN. */
  lock(inode: Inode, wanted: RecordLock): number {
    if (this.conflict(inode, wanted)) return -EAGAIN;
    const locks = this.#of(inode);
    const others = cut(locks.records, wanted);
    locks.records = merge([...others, wanted]);
    // A write lock that became a read lock may let others in.
    if (!wanted.exclusive) locks.changed.wake();
    return 0;
  }

  /** F_UNLCK. */
  unlock(inode: Inode, range: RecordLock): void {
    const locks = this.#of(inode);
    locks.records = cut(locks.records, range);
    locks.changed.wake();
  }

  /** Drops all record locks of an owner: close of any descriptor, or of the description (OFD). */
  release(inode: Inode, owner: LockOwner): void {
    const locks = this.#locks.get(inode);
    if (!locks?.records.some((lock) => lock.owner === owner)) return;
    locks.records = locks.records.filter((lock) => lock.owner !== owner);
    locks.changed.wake();
  }

  /** Records that `owner` waits for `holder`; -EDEADLK where that closes a circle. */
  startWaiting(owner: LockOwner, holder: LockOwner): number {
    for (let at: LockOwner | undefined = holder; at; at = this.#waiting.get(at)) {
      if (at === owner) return -EDEADLK;
    }
    this.#waiting.set(owner, holder);
    return 0;
  }

  stopWaiting(owner: LockOwner): void {
    this.#waiting.delete(owner);
  }

  /** flock(2): 0 or -EAGAIN. A conversion first drops the old lock, as Linux does. */
  flock(inode: Inode, owner: LockOwner, exclusive: boolean): number {
    const { flocks, changed } = this.#of(inode);
    if (flocks.delete(owner)) changed.wake();
    for (const held of flocks.values()) if (held || exclusive) return -EAGAIN;
    flocks.set(owner, exclusive);
    return 0;
  }

  unflock(inode: Inode, owner: LockOwner): void {
    const locks = this.#locks.get(inode);
    if (locks?.flocks.delete(owner)) locks.changed.wake();
  }

  #of(inode: Inode): InodeLocks {
    const known = this.#locks.get(inode);
    if (known) return known;
    const locks: InodeLocks = { records: [], flocks: new Map(), changed: new WaitQueue() };
    this.#locks.set(inode, locks);
    return locks;
  }
}

/** The locks without the owner's bytes in a range. */
function cut(locks: readonly RecordLock[], range: RecordLock): RecordLock[] {
  return locks.flatMap((lock) => {
    const apart = lock.end <= range.start || range.end <= lock.start;
    if (lock.owner !== range.owner || apart) return [lock];
    const left = lock.start < range.start ? [{ ...lock, end: range.start }] : [];
    const right = lock.end > range.end ? [{ ...lock, start: range.end }] : [];
    return [...left, ...right];
  });
}

/** Sorted by start; neighbours of one owner and kind become one lock. */
function merge(locks: readonly RecordLock[]): RecordLock[] {
  const merged: RecordLock[] = [];
  for (const lock of [...locks].sort((a, b) => a.start - b.start)) {
    const index = merged.findIndex(
      (other) =>
        other.owner === lock.owner &&
        other.exclusive === lock.exclusive &&
        other.end === lock.start,
    );
    if (index >= 0) merged[index] = { ...merged[index]!, end: lock.end };
    else merged.push(lock);
  }
  return merged;
}
