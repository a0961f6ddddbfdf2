/** Standard streams that lead to the host: plain input and output without a terminal. */

import type { InputStream } from '../../machine/machine.ts';
import { EAGAIN, EBADF } from '../abi/errno.ts';
import { O_RDONLY, O_WRONLY } from '../abi/open_flags.ts';
import type { HostEvents } from '../kernel/host_events.ts';
import { BaseFile } from './base_file.ts';
import type { OpenFile } from './inode.ts';
import { POLLHUP, POLLIN, POLLOUT } from './inode.ts';
import type { Vfs } from './vfs.ts';

/** Reads of the host are asked for when a guest wants bytes, one at a time. */
class HostInputFile extends BaseFile {
  readonly #stream: InputStream;
  readonly #host: HostEvents;
  #unread: Uint8Array = new Uint8Array(0);
  #reading: boolean = false;
  #ended: boolean = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    inode: OpenFile['inode'],
    path: OpenFile['path'],
    stream: InputStream,
    host: HostEvents,
  ) {
    super(inode, O_RDONLY, path);
    this.#stream = stream;
    this.#host = host;
  }

  override read(into: Uint8Array): number {
    if (this.#failure) throw this.#failure.error;
    if (into.length === 0) return 0;
    if (this.#unread.length === 0) {
      if (this.#ended) return 0;
      this.#ask();
      return -EAGAIN;
    }
    const part = this.#unread.subarray(0, into.length);
    into.set(part);
    this.#unread = this.#unread.subarray(part.length);
    return part.length;
  }

  override write(): number {
    return -EBADF;
  }

  override poll(): number {
    if (this.#unread.length > 0) return POLLIN;
    if (this.#ended) return POLLIN | POLLHUP;
    this.#ask();
    return 0;
  }

  #ask(): void {
    if (this.#reading) return;
    this.#reading = true;
    const asked = this.#stream.read().then(
      (bytes) => {
        if (bytes === undefined) this.#ended = true;
        else this.#unread = bytes;
      },
      (error: unknown) => {
        this.#ended = true;
        this.#failure = { error };
      },
    );
    const done = asked.then(() => {
      this.#reading = false;
      this.changed.wake();
    });
    this.#host.track(done);
  }
}

/** Bytes go to the host as they are written. */
class HostOutputFile extends BaseFile {
  readonly #write: (bytes: Uint8Array) => void;

  constructor(
    inode: OpenFile['inode'],
    path: OpenFile['path'],
    write: (bytes: Uint8Array) => void,
  ) {
    super(inode, O_WRONLY, path);
    this.#write = write;
  }

  override read(): number {
    return -EBADF;
  }

  override write(from: Uint8Array): number {
    // A copy: guest memory changes before the host has looked.
    if (from.length > 0) this.#write(from.slice());
    return from.length;
  }

  override poll(): number {
    return POLLOUT;
  }
}

/** Standard input from the host; without a stream it is at its end. Looks like a pipe to stat. */
export function hostInput(vfs: Vfs, host: HostEvents, stream: InputStream | undefined): OpenFile {
  const { inode, path } = vfs.pipes.make(pipeRequest);
  const ended: InputStream = { read: () => Promise.resolve(undefined) };
  const file = new HostInputFile(inode, path, stream ?? ended, host);
  inode.reopen = () => file;
  return file;
}

/** Standard output or error to the host. Opening it anew through /proc/self/fd gives the same. */
export function hostOutput(vfs: Vfs, write: (bytes: Uint8Array) => void): OpenFile {
  const { inode, path } = vfs.pipes.make(pipeRequest);
  const file = new HostOutputFile(inode, path, write);
  inode.reopen = (at) => new HostOutputFile(inode, at, write);
  return file;
}

const pipeRequest = { kind: 'fifo', mode: 0o600, uid: 0, gid: 0, label: 'pipe:[#]' } as const;
