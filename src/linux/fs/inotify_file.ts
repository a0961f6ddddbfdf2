/** inotify(7): events of watched inodes as a file. */

import { encodeName } from '../../rootfs/name.ts';
import { EAGAIN, EEXIST, EINVAL, ENOTDIR } from '../abi/errno.ts';
import { O_RDONLY } from '../abi/open_flags.ts';
import { BaseFile } from './base_file.ts';
import type { Inode } from './inode.ts';
import { POLLIN } from './inode.ts';
import { inotifyEventsMax } from './limits.ts';
import { IN_DELETE_SELF, IN_ISDIR, watch } from './notify.ts';
import type { Vfs } from './vfs.ts';

const IN_ALL_EVENTS = 0xfff;
const IN_Q_OVERFLOW = 0x4000;
const IN_IGNORED = 0x8000;
const IN_ONLYDIR = 0x1000000;
const IN_MASK_CREATE = 0x10000000;
const IN_MASK_ADD = 0x20000000;
const IN_ONESHOT = 0x80000000;

interface Watch {
  readonly inode: Inode;
  mask: number;
  readonly stop: () => void;
}

interface QueuedEvent {
  readonly descriptor: number;
  readonly mask: number;
  readonly cookie: number;
  readonly name: string;
}

export class InotifyFile extends BaseFile {
  readonly #littleEndian: boolean;
  readonly #watches: Map<number, Watch> = new Map<number, Watch>();
  #queue: QueuedEvent[] = [];
  #last: number = 0;

  constructor(vfs: Vfs, flags: number, littleEndian: boolean) {
    const request = { kind: 'file', mode: 0o600, uid: 0, gid: 0 } as const;
    const { inode, path } = vfs.anonymous.make({ ...request, label: 'anon_inode:inotify' });
    super(inode, O_RDONLY | flags, path);
    this.#littleEndian = littleEndian;
  }

  /** inotify_add_watch: the watch descriptor or an errno. */
  addWatch(inode: Inode, mask: number): number {
    if ((mask & IN_ALL_EVENTS) === 0) return -EINVAL;
    if (mask & IN_ONLYDIR && inode.attributes.kind !== 'directory') return -ENOTDIR;
    for (const [descriptor, known] of this.#watches) {
      if (known.inode !== inode) continue;
      if (mask & IN_MASK_CREATE) return -EEXIST;
      known.mask = mask & IN_MASK_ADD ? known.mask | mask : mask;
      return descriptor;
    }
    const descriptor = ++this.#last;
    const stop = watch(inode, (event, name, cookie) => this.#tell(descriptor, event, name, cookie));
    this.#watches.set(descriptor, { inode, mask, stop });
    return descriptor;
  }

  /** inotify_rm_watch. */
  removeWatch(descriptor: number): number {
    const found = this.#watches.get(descriptor);
    if (!found) return -EINVAL;
    found.stop();
    this.#watches.delete(descriptor);
    this.#push({ descriptor, mask: IN_IGNORED, cookie: 0, name: '' });
    return 0;
  }

  #tell(descriptor: number, event: number, name: string, cookie: number): void {
    const found = this.#watches.get(descriptor);
    if (!found || (found.mask & event & IN_ALL_EVENTS) === 0) {
      if (found && event & IN_DELETE_SELF) this.removeWatch(descriptor);
      return;
    }
    this.#push({ descriptor, mask: event & (IN_ALL_EVENTS | IN_ISDIR), cookie, name });
    if (found.mask & IN_ONESHOT || event & IN_DELETE_SELF) this.removeWatch(descriptor);
  }

  /** The same event twice in a row is told once; a full queue says so. */
  #push(event: QueuedEvent): void {
    const last = this.#queue.at(-1);
    const same =
      last?.descriptor === event.descriptor &&
      last.mask === event.mask &&
      last.cookie === event.cookie &&
      last.name === event.name;
    if (same) return;
    if (this.#queue.length >= inotifyEventsMax) {
      if (last?.mask !== IN_Q_OVERFLOW) {
        this.#queue.push({ descriptor: -1, mask: IN_Q_OVERFLOW, cookie: 0, name: '' });
      }
      return;
    }
    this.#queue.push(event);
    this.changed.wake();
  }

  override read(into: Uint8Array): number {
    if (this.#queue.length === 0) return -EAGAIN;
    let done = 0;
    while (this.#queue.length > 0) {
      const bytes = this.#encode(this.#queue[0]!);
      if (done + bytes.length > into.length) break;
      into.set(bytes, done);
      done += bytes.length;
      this.#queue.shift();
    }
    return done === 0 ? -EINVAL : done;
  }

  /** `struct inotify_event`; names are padded to multiples of 16. */
  #encode(event: QueuedEvent): Uint8Array {
    const name = encodeName(event.name);
    const padded = name.length === 0 ? 0 : Math.ceil((name.length + 1) / 16) * 16;
    const bytes = new Uint8Array(16 + padded);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, event.descriptor, this.#littleEndian);
    view.setUint32(4, event.mask, this.#littleEndian);
    view.setUint32(8, event.cookie, this.#littleEndian);
    view.setUint32(12, padded, this.#littleEndian);
    bytes.set(name, 16);
    return bytes;
  }

  override poll(): number {
    return this.#queue.length > 0 ? POLLIN : 0;
  }

  /** FIONREAD. */
  get unread(): number {
    return this.#queue.reduce((sum, event) => sum + this.#encode(event).length, 0);
  }

  override close(): void {
    for (const { stop } of this.#watches.values()) stop();
    this.#watches.clear();
  }
}
