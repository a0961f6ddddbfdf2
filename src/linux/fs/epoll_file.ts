/** epoll(7): a set of watched files. */

import { EEXIST, EINVAL, ELOOP, ENOENT } from '../abi/errno.ts';
import { O_RDWR } from '../abi/open_flags.ts';
import { BaseFile } from './base_file.ts';
import type { OpenFile } from './inode.ts';
import { POLLERR, POLLHUP, POLLIN } from './inode.ts';
import { epollDepthMax } from './limits.ts';
import type { Vfs } from './vfs.ts';

export const EPOLLET = 0x80000000;
export const EPOLLONESHOT = 0x40000000;
export const EPOLLEXCLUSIVE = 0x10000000;
export const EPOLLWAKEUP = 0x20000000;

interface Interest {
  readonly fd: number;
  readonly file: OpenFile;
  events: number;
  data: bigint;
  /** EPOLLET: something changed since it was told. */
  fresh: boolean;
  /** EPOLLONESHOT: told, until it is armed anew. */
  spent: boolean;
  readonly wake: () => void;
}

/** What epoll_wait tells. */
export interface EpollEvent {
  readonly events: number;
  readonly data: bigint;
}

export class EpollFile extends BaseFile {
  /** Keyed by file, then descriptor: a descriptor number may be reused for another file. */
  readonly #interests: Map<OpenFile, Map<number, Interest>> = new Map<
    OpenFile,
    Map<number, Interest>
  >();
  /** Order of telling: those just told go to the end, so that nobody starves. */
  #order: Interest[] = [];

  constructor(vfs: Vfs) {
    const request = { kind: 'file', mode: 0o600, uid: 0, gid: 0 } as const;
    const { inode, path } = vfs.anonymous.make({ ...request, label: 'anon_inode:[eventpoll]' });
    super(inode, O_RDWR, path);
  }

  /** EPOLL_CTL_ADD. */
  add(fd: number, file: OpenFile, events: number, data: bigint): number {
    if (this.#interests.get(file)?.has(fd)) return -EEXIST;
    if (file instanceof EpollFile && file.#depth(0, this) < 0) return -ELOOP;
    const interest: Interest = {
      fd,
      file,
      events,
      data,
      fresh: true,
      spent: false,
      wake: () => this.#changedFile(interest),
    };
    const ofFile = this.#interests.get(file) ?? new Map<number, Interest>();
    this.#interests.set(file, ofFile);
    ofFile.set(fd, interest);
    this.#order.push(interest);
    file.changed.add(interest.wake);
    this.changed.wake();
    return 0;
  }

  /** EPOLL_CTL_MOD. */
  modify(fd: number, file: OpenFile, events: number, data: bigint): number {
    const interest = this.#interests.get(file)?.get(fd);
    if (!interest) return -ENOENT;
    if ((interest.events | events) & EPOLLEXCLUSIVE) return -EINVAL;
    interest.events = events;
    interest.data = data;
    interest.fresh = true;
    interest.spent = false;
    this.changed.wake();
    return 0;
  }

  /** EPOLL_CTL_DEL. */
  remove(fd: number, file: OpenFile): number {
    const interest = this.#interests.get(file)?.get(fd);
    if (!interest) return -ENOENT;
    this.#forget(interest);
    return 0;
  }

  /** At most `count` events that hold now. */
  collect(count: number): EpollEvent[] {
    this.#dropClosed();
    const told: EpollEvent[] = [];
    const later: Interest[] = [];
    const rest: Interest[] = [];
    for (const interest of this.#order) {
      const events = told.length < count ? this.#eventsOf(interest) : 0;
      if (events === 0) {
        rest.push(interest);
        continue;
      }
      told.push({ events, data: interest.data });
      interest.fresh = false;
      if (interest.events & EPOLLONESHOT) interest.spent = true;
      later.push(interest);
    }
    this.#order = [...rest, ...later];
    return told;
  }

  override poll(): number {
    this.#dropClosed();
    return this.#order.some((interest) => this.#eventsOf(interest) !== 0) ? POLLIN : 0;
  }

  describe(): string {
    return this.#order
      .map(
        ({ fd, events, data }) =>
          `tfd: ${fd} events: ${events.toString(16)} data: ${data.toString(16)}\n`,
      )
      .join('');
  }

  override close(): void {
    for (const interest of this.#order.slice()) this.#forget(interest);
  }

  #eventsOf(interest: Interest): number {
    if (interest.spent || (interest.events & EPOLLET && !interest.fresh)) return 0;
    return interest.file.poll() & ((interest.events & 0xffff) | POLLERR | POLLHUP);
  }

  #changedFile(interest: Interest): void {
    interest.file.changed.add(interest.wake);
    interest.fresh = true;
    this.changed.wake();
  }

  /** Files leave the set with their last descriptor. */
  #dropClosed(): void {
    for (const interest of this.#order) {
      if (interest.file.references === 0) {
        this.#forget(interest);
      }
    }
  }

  #forget(interest: Interest): void {
    interest.file.changed.remove(interest.wake);
    const ofFile = this.#interests.get(interest.file);
    ofFile?.delete(interest.fd);
    if (ofFile?.size === 0) this.#interests.delete(interest.file);
    this.#order = this.#order.filter((other) => other !== interest);
  }

  /** Nesting below this set; negative for a circle through `from` or too deep. */
  #depth(level: number, from: EpollFile): number {
    if (this === from || level >= epollDepthMax) return -1;
    for (const { file } of this.#order) {
      if (file instanceof EpollFile && file.#depth(level + 1, from) < 0) return -1;
    }
    return level;
  }
}
