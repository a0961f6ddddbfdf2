/** One direction of a connection, and what travels with bytes. */

import { EAGAIN, EPIPE } from '../abi/errno.ts';
import { releaseFile } from '../fs/file_table.ts';
import type { OpenFile } from '../fs/inode.ts';
import { socketBufferBytes } from '../fs/limits.ts';
import type { WaitQueue } from '../kernel/wait.ts';
import type { SocketAddress } from './address.ts';

/** Process and user of a sender. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Ancillary data: open files (one reference each) and the sender. */
export interface Control {
  readonly files: readonly OpenFile[];
  readonly credentials: PeerCredentials | undefined;
}

/** A message in a queue. */
export interface Packet {
  readonly bytes: Uint8Array;
  readonly control: Control | undefined;
  readonly from: SocketAddress | undefined;
}

/** What a receive got. */
export interface Received {
  /** Bytes copied. */
  readonly count: number;
  /** Length of the datagram; more than `count` where it was cut (MSG_TRUNC). */
  readonly length: number;
  readonly control: Control | undefined;
  readonly from: SocketAddress | undefined;
}

/** Drops the references of files that nobody will receive. */
export function dropControl(control: Control | undefined): void {
  for (const file of control?.files ?? []) releaseFile(file);
}

/** Bytes (or packets) from one socket to another. */
export class Channel {
  #queue: Packet[] = [];
  #length: number = 0;
  capacity: number = socketBufferBytes;
  /** The writer is done: reads end after what is queued. */
  ended: boolean = false;
  /** The reader is gone: writes fail with EPIPE. */
  refused: boolean = false;
  /** Keeps packets apart (datagrams, seqpacket). */
  readonly packets: boolean;
  /** Queues of both sockets. */
  readonly changed: WaitQueue[] = [];

  constructor(packets: boolean) {
    this.packets = packets;
  }

  get length(): number {
    return this.#length;
  }

  get count(): number {
    return this.#queue.length;
  }

  get empty(): boolean {
    return this.#queue.length === 0;
  }

  /** Room for at least one more byte, or packet. */
  get writable(): boolean {
    return this.#length < this.capacity;
  }

  /** Bytes taken; -EAGAIN when full, -EPIPE when nobody reads. */
  write(packet: Packet): number {
    if (this.refused || this.ended) return -EPIPE;
    const room = this.capacity - this.#length;
    const { bytes } = packet;
    if (this.packets ? room < bytes.length && this.#queue.length > 0 : room <= 0) return -EAGAIN;
    const part = this.packets ? bytes.slice() : bytes.slice(0, room);
    if (part.length > 0 || this.packets || packet.control) {
      this.#queue.push({ ...packet, bytes: part });
      this.#length += part.length;
    }
    this.wake();
    return part.length;
  }

  /** Bytes from the front; undefined where there is nothing and more may come. */
  read(into: Uint8Array, peek: boolean): Received | undefined {
    if (this.#queue.length === 0) {
      if (!this.ended) return undefined;
      return { count: 0, length: 0, control: undefined, from: undefined };
    }
    return this.packets ? this.#readPacket(into, peek) : this.#readBytes(into, peek);
  }

  #readPacket(into: Uint8Array, peek: boolean): Received {
    const { bytes, control, from } = this.#queue[0]!;
    into.set(bytes.subarray(0, into.length));
    if (!peek) {
      this.#queue.shift();
      this.#length -= bytes.length;
      this.wake();
    }
    return { count: Math.min(bytes.length, into.length), length: bytes.length, control, from };
  }

  /** Reads do not go past ancillary data: it belongs to the bytes it came with. */
  #readBytes(into: Uint8Array, peek: boolean): Received {
    let done = 0;
    let index = 0;
    const { control, from } = this.#queue[0]!;
    while (index < this.#queue.length && done < into.length) {
      const packet = this.#queue[index]!;
      if (index > 0 && packet.control) break;
      const part = packet.bytes.subarray(0, into.length - done);
      into.set(part, done);
      done += part.length;
      if (part.length < packet.bytes.length) {
        if (!peek) this.#keepRest(index, part.length);
        break;
      }
      index++;
    }
    if (!peek) {
      this.#queue.splice(0, index);
      this.#length -= done;
      this.wake();
    }
    return { count: done, length: done, control, from };
  }

  #keepRest(index: number, taken: number): void {
    const packet = this.#queue[index]!;
    this.#queue[index] = { ...packet, control: undefined, bytes: packet.bytes.subarray(taken) };
  }

  end(): void {
    this.ended = true;
    this.wake();
  }

  /** The reader closes: what is queued is lost. */
  refuse(): void {
    this.refused = true;
    for (const { control } of this.#queue) dropControl(control);
    this.#queue = [];
    this.#length = 0;
    this.wake();
  }

  wake(): void {
    for (const queue of this.changed) queue.wake();
  }
}
