/** System V IPC: identifiers, keys and permissions of shared memory, semaphores and messages. */

import { EACCES, EEXIST, EIDRM, EINVAL, ENOENT, ENOSPC, EPERM } from '../abi/errno.ts';
import type { SharedRegion } from '../mm/shared_region.ts';
import { privileged } from './credentials.ts';
import type { Process } from './process.ts';
import type { Task } from './task.ts';
import { WaitQueue } from './wait.ts';

export const IPC_CREAT = 0o1000;
export const IPC_EXCL = 0o2000;
export const IPC_NOWAIT = 0o4000;
export const IPC_PRIVATE = 0;

/** `struct kern_ipc_perm`, and what all three kinds of objects have. */
export class IpcObject {
  /** Changed to IPC_PRIVATE when shared memory is marked for removal. */
  key: number;
  readonly id: number;
  uid: number;
  gid: number;
  readonly cuid: number;
  readonly cgid: number;
  mode: number;
  removed: boolean = false;
  /** Nanoseconds since 1970. */
  changeTime: bigint;
  /** Woken when something waiters look at has changed, removal included. */
  readonly changed: WaitQueue = new WaitQueue();

  constructor(task: Task, key: number, id: number, mode: number) {
    const { euid, egid } = task.credentials;
    this.key = key;
    this.id = id;
    this.uid = euid;
    this.cuid = euid;
    this.gid = egid;
    this.cgid = egid;
    this.mode = mode & 0o777;
    this.changeTime = task.machine.clock.realtime();
  }

  /** ipcperms(): 0 or -EACCES. `wanted` are permission bits, of which any class counts. */
  check(task: Task, wanted: number): number {
    const { credentials } = task;
    const { euid, egid, groups } = credentials;
    const inGroup = [this.gid, this.cgid].some((gid) => gid === egid || groups.includes(gid));
    let granted = this.mode;
    if (euid === this.uid || euid === this.cuid) granted >>= 6;
    else if (inGroup) granted >>= 3;
    const requested = (wanted >> 6) | (wanted >> 3) | wanted;
    return requested & ~granted & 7 && !privileged(credentials) ? -EACCES : 0;
  }

  /** Whether the task may change or remove the object: 0 or -EPERM. */
  checkOwner(task: Task): number {
    const { euid } = task.credentials;
    const owner = euid === this.uid || euid === this.cuid || privileged(task.credentials);
    return owner ? 0 : -EPERM;
  }
}

/** Identifiers wrap around within at least this many places (ipc_min_cycle). */
const cycleMin = 64;
/** Places an identifier can name (IPCMNI); the rest of its bits count uses of the place. */
export const ipcPlaces = 32768;

/** Objects of one kind. */
export class IpcTable<T extends IpcObject> {
  readonly #places: Map<number, T> = new Map<number, T>();
  readonly #max: number;
  #last: number = -1;
  #sequence: number = 0;

  /** `max`: most objects at once; ENOSPC beyond. */
  constructor(max: number) {
    this.#max = max;
  }

  /** All objects in order of their place. */
  all(): T[] {
    return [...this.#places.entries()].sort(([a], [b]) => a - b).map(([, object]) => object);
  }

  /** The object of an identifier; a negative errno for none. */
  find(id: number): T | number {
    if (id < 0) return -EINVAL;
    const object = this.#places.get(id % ipcPlaces);
    if (!object) return -EINVAL;
    return object.id === id ? object : -EIDRM;
  }

  /** The object at a place, for *_STAT by index. */
  at(place: number): T | undefined {
    return this.#places.get(place);
  }

  /** The last place in use, -1 for none. */
  get lastPlace(): number {
    return Math.max(-1, ...this.#places.keys());
  }

  get size(): number {
    return this.#places.size;
  }

  /** What *get(2) does: finds the object of a key, or makes one. The identifier or an errno. */
  get(
    task: Task,
    request: { readonly key: number; readonly flags: number },
    kind: { readonly fits: (object: T) => number; readonly make: (id: number) => T | number },
  ): number {
    const { key, flags } = request;
    const found = key === IPC_PRIVATE ? undefined : this.all().find((one) => one.key === key);
    if (found) {
      if ((flags & (IPC_CREAT | IPC_EXCL)) === (IPC_CREAT | IPC_EXCL)) return -EEXIST;
      const unfit = kind.fits(found);
      return unfit || found.check(task, flags & 0o777) || found.id;
    }
    if (key !== IPC_PRIVATE && !(flags & IPC_CREAT)) return -ENOENT;
    if (this.#places.size >= this.#max) return -ENOSPC;
    const place = this.#nextPlace();
    const sequence = this.#sequence + (place <= this.#last ? 1 : 0);
    const made = kind.make((sequence % 0x10000) * ipcPlaces + place);
    if (typeof made === 'number') return made;
    this.#sequence = sequence;
    this.#last = place;
    this.#places.set(place, made);
    return made.id;
  }

  #nextPlace(): number {
    const end = Math.min(Math.max(Math.floor((this.#places.size * 3) / 2), cycleMin), ipcPlaces);
    for (let step = 1; step <= end; step++) {
      const place = (this.#last + step) % end;
      if (!this.#places.has(place)) return place;
    }
    throw new Error('every place in use below the limit');
  }

  /** Forgets an object; who waits for it gets EIDRM. */
  remove(object: T): void {
    this.#places.delete(object.id % ipcPlaces);
    object.removed = true;
    object.changed.wake();
  }
}

/** A segment of shared memory. */
export class SharedMemorySegment extends IpcObject {
  readonly region: SharedRegion;
  /** Bytes, as asked for. */
  readonly size: number;
  readonly creator: number;
  lastPid: number = 0;
  attachTime: bigint = 0n;
  detachTime: bigint = 0n;

  constructor(
    task: Task,
    at: { readonly key: number; readonly id: number; readonly mode: number },
    size: number,
    region: SharedRegion,
  ) {
    super(task, at.key, at.id, at.mode);
    this.size = size;
    this.region = region;
    this.creator = task.process.pid;
  }
}

/** Someone who waits for a semaphore: for more (semncnt) or for zero (semzcnt). */
export interface SemaphoreWaiter {
  readonly index: number;
  readonly forZero: boolean;
}

export class SemaphoreSet extends IpcObject {
  readonly values: number[];
  /** Process that last changed each one. */
  readonly pids: number[];
  operationTime: bigint = 0n;
  readonly waiters: Set<SemaphoreWaiter> = new Set<SemaphoreWaiter>();
  /** SEM_UNDO: what is added to each semaphore when a process ends. */
  readonly undo: Map<Process, number[]> = new Map<Process, number[]>();

  constructor(
    task: Task,
    at: { readonly key: number; readonly id: number; readonly mode: number },
    count: number,
  ) {
    super(task, at.key, at.id, at.mode);
    this.values = Array.from<number>({ length: count }).fill(0);
    this.pids = Array.from<number>({ length: count }).fill(0);
  }
}

export interface Message {
  readonly type: bigint;
  readonly bytes: Uint8Array;
}

export class MessageQueue extends IpcObject {
  readonly messages: Message[] = [];
  /** Bytes in the queue, and most of them. */
  bytes: number = 0;
  bytesMax: number;
  sendTime: bigint = 0n;
  receiveTime: bigint = 0n;
  lastSender: number = 0;
  lastReceiver: number = 0;

  constructor(
    task: Task,
    at: { readonly key: number; readonly id: number; readonly mode: number },
    bytesMax: number,
  ) {
    super(task, at.key, at.id, at.mode);
    this.bytesMax = bytesMax;
  }
}

/** Largest value of a semaphore (SEMVMX). */
export const semaphoreValueMax = 32767;

/** Everything of System V in a machine. */
export class SystemV {
  readonly memory: IpcTable<SharedMemorySegment>;
  readonly semaphores: IpcTable<SemaphoreSet>;
  readonly messages: IpcTable<MessageQueue>;

  constructor(max: { memory: number; semaphores: number; messages: number }) {
    this.memory = new IpcTable<SharedMemorySegment>(max.memory);
    this.semaphores = new IpcTable<SemaphoreSet>(max.semaphores);
    this.messages = new IpcTable<MessageQueue>(max.messages);
  }

  /** A process has ended: its SEM_UNDO adjustments are made (exit_sem). */
  processEnded(process: Process): void {
    for (const set of this.semaphores.all()) {
      const undo = set.undo.get(process);
      if (!undo) continue;
      set.undo.delete(process);
      undo.forEach((change, index) => {
        if (change === 0) return;
        const value = set.values[index]! + change;
        set.values[index] = Math.min(Math.max(value, 0), semaphoreValueMax);
        set.pids[index] = process.pid;
      });
      set.changed.wake();
    }
  }
}
