/** Pipes and fifos: pipe(7). */

import { EAGAIN, EBUSY, EINVAL, EPIPE } from '../abi/errno.ts';
import { O_ACCMODE, O_DIRECT, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } from '../abi/open_flags.ts';
import { WaitQueue } from '../kernel/wait.ts';
import { BaseFile } from './base_file.ts';
import type { Inode, OpenFile } from './inode.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT } from './inode.ts';
import { PIPE_BUF, pipeBytes } from './limits.ts';
import type { Path } from './path.ts';
import type { Vfs } from './vfs.ts';

/** Unread bytes, and who is at the ends. */
export class Pipe {
  #capacity: number;
  /** Chunks in order; the first is unread from `#head` on. */
  readonly #chunks: Uint8Array[] = [];
  #head: number = 0;
  #length: number = 0;
  readers: number = 0;
  writers: number = 0;
  /** How often each end was ever opened, for fifos whose other end came and went meanwhile. */
  readerOpens: number = 0;
  writerOpens: number = 0;
  /** Packet mode (O_DIRECT) keeps the boundaries of writes. */
  readonly packets: boolean;
  readonly changed: WaitQueue = new WaitQueue();

  constructor(packets: boolean = false, capacity: number = pipeBytes) {
    this.packets = packets;
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** F_SETPIPE_SZ: bytes, or -EBUSY when more is in it. */
  resize(capacity: number): number {
    if (capacity < this.#length) return -EBUSY;
    this.#capacity = capacity;
    this.changed.wake();
    return capacity;
  }

  /** Bytes read, 0 at the end of file (no writers), or -EAGAIN. */
  read(into: Uint8Array): number {
    if (into.length === 0) return 0;
    if (this.#length === 0) return this.writers === 0 ? 0 : -EAGAIN;
    let done = 0;
    while (done < into.length && this.#chunks.length > 0) {
      done += this.#takeFrom(into.subarray(done));
      if (this.packets) break;
    }
    this.changed.wake();
    return done;
  }

  /** Copies without taking (tee). */
  peek(into: Uint8Array): number {
    let done = 0;
    let head = this.#head;
    for (const chunk of this.#chunks) {
      const part = chunk.subarray(head, head + into.length - done);
      into.set(part, done);
      done += part.length;
      head = 0;
    }
    return done === 0 && this.writers > 0 ? -EAGAIN : done;
  }

  /** Bytes taken in (at most PIPE_BUF: all or none), -EAGAIN when full, -EPIPE without readers. */
  write(from: Uint8Array): number {
    if (this.readers === 0) return -EPIPE;
    if (from.length === 0) return 0;
    const room = this.#capacity - this.#length;
    const atomic = from.length <= PIPE_BUF || this.packets;
    if (room === 0 || (atomic && room < Math.min(from.length, PIPE_BUF))) return -EAGAIN;
    const count = Math.min(from.length, room, this.packets ? PIPE_BUF : from.length);
    this.#append(from.subarray(0, count));
    this.changed.wake();
    return count;
  }

  poll(reads: boolean, writes: boolean): number {
    let bits = 0;
    if (reads) {
      if (this.#length > 0) bits |= POLLIN;
      if (this.writers === 0 && this.writerOpens > 0) bits |= POLLHUP;
    }
    if (writes) {
      if (this.#capacity - this.#length >= PIPE_BUF) bits |= POLLOUT;
      if (this.readers === 0) bits |= POLLERR;
    }
    return bits;
  }

  /** Opens and closes ends, by the access mode in O_* flags. */
  attach(flags: number): void {
    if (readsWith(flags)) {
      this.readers++;
      this.readerOpens++;
    }
    if (writesWith(flags)) {
      this.writers++;
      this.writerOpens++;
    }
    this.changed.wake();
  }

  detach(flags: number): void {
    if (readsWith(flags)) this.readers--;
    if (writesWith(flags)) this.writers--;
    if (this.readers < 0 || this.writers < 0) throw new Error('a pipe end was closed twice');
    if (this.readers + this.writers === 0) this.#clear();
    this.changed.wake();
  }

  #takeFrom(into: Uint8Array): number {
    const chunk = this.#chunks[0]!;
    const part = chunk.subarray(this.#head, this.#head + into.length);
    into.set(part);
    this.#length -= part.length;
    this.#head += part.length;
    if (this.packets && this.#head < chunk.length) {
      // The rest of a packet that did not fit is lost (pipe(2), O_DIRECT).
      this.#length -= chunk.length - this.#head;
      this.#head = chunk.length;
    }
    if (this.#head === chunk.length) {
      this.#chunks.shift();
      this.#head = 0;
    }
    return part.length;
  }

  /** Small writes join the last chunk while it has room, so that byte-wise writers stay cheap. */
  #append(bytes: Uint8Array): void {
    this.#length += bytes.length;
    const last = this.#chunks.at(-1);
    if (last && !this.packets) {
      const room = last.buffer.byteLength - last.byteOffset - last.length;
      if (room >= bytes.length) {
        const grown = new Uint8Array(last.buffer, last.byteOffset, last.length + bytes.length);
        grown.set(bytes, last.length);
        this.#chunks[this.#chunks.length - 1] = grown;
        return;
      }
    }
    // As much again as waits: who reads byte by byte as it is written pays for no more than that.
    const spare = Math.min(Math.max(this.#length, 64), PIPE_BUF);
    const chunk = new Uint8Array(this.packets ? bytes.length : Math.max(bytes.length, spare));
    chunk.set(bytes);
    this.#chunks.push(chunk.subarray(0, bytes.length));
  }

  #clear(): void {
    this.#chunks.length = 0;
    this.#head = 0;
    this.#length = 0;
  }
}

function readsWith(flags: number): boolean {
  return (flags & O_ACCMODE) !== O_WRONLY;
}

function writesWith(flags: number): boolean {
  return (flags & O_ACCMODE) !== O_RDONLY;
}

/** One end of a pipe, or a fifo opened for both. */
export class PipeFile extends BaseFile {
  readonly pipe: Pipe;
  override readonly changed: WaitQueue;
  readonly #access: number;

  constructor(inode: Inode, path: Path, flags: number, pipe: Pipe) {
    super(inode, flags, path);
    this.pipe = pipe;
    this.changed = pipe.changed;
    this.#access = flags & O_ACCMODE;
    pipe.attach(this.#access);
  }

  override read(into: Uint8Array): number {
    return this.pipe.read(into);
  }

  override write(from: Uint8Array): number {
    return this.pipe.write(from);
  }

  override poll(): number {
    return this.pipe.poll(readsWith(this.#access), writesWith(this.#access));
  }

  override close(): void {
    this.pipe.detach(this.#access);
  }
}

/** pipe2(2): the reading and the writing end. `flags` are O_NONBLOCK and O_DIRECT. */
export function makePipe(
  vfs: Vfs,
  flags: number,
  owner: { uid: number; gid: number },
): [OpenFile, OpenFile] {
  const packets = (flags & O_DIRECT) !== 0;
  const pipe = new Pipe(packets);
  const { inode, path } = vfs.pipes.make({
    ...owner,
    kind: 'fifo',
    mode: 0o600,
    label: 'pipe:[#]',
  });
  inode.reopen = (at, openFlags) => {
    const access = openFlags & O_ACCMODE;
    if (access > O_RDWR) return -EINVAL;
    return new PipeFile(inode, at, openFlags & (O_ACCMODE | O_NONBLOCK), pipe);
  };
  const shared = flags & (O_NONBLOCK | O_DIRECT);
  return [
    new PipeFile(inode, path, O_RDONLY | shared, pipe),
    new PipeFile(inode, path, O_WRONLY | shared, pipe),
  ];
}
