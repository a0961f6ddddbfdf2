/** Datagram sockets: unix datagrams and UDP. */

import {
  EAGAIN,
  ECONNREFUSED,
  EDESTADDRREQ,
  EINVAL,
  EMSGSIZE,
  ENOTCONN,
  EPIPE,
} from '../abi/errno.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP } from '../fs/inode.ts';
import { datagramBytesMax } from '../fs/limits.ts';
import type { Task } from '../kernel/task.ts';
import { AF_UNIX, type SocketAddress } from './address.ts';
import { Channel, dropControl, type PeerCredentials, type Received } from './channel.ts';
import { type Outgoing, Socket } from './socket.ts';

export class DatagramSocket extends Socket {
  readonly #in: Channel = new Channel(true);
  #local: SocketAddress | undefined;
  #peer: SocketAddress | undefined;
  /** The other socket of a pair, or a connected unix socket. */
  #other: DatagramSocket | undefined;
  #readsEnded: boolean = false;
  #writesEnded: boolean = false;
  #closed: boolean = false;
  #unbind: (() => void) | undefined;

  override get unread(): number {
    const probe = new Uint8Array(0);
    const next = this.#in.empty ? undefined : this.#in.read(probe, true);
    return next?.length ?? 0;
  }

  get closed(): boolean {
    return this.#closed;
  }

  override get peerCredentials(): PeerCredentials | undefined {
    return this.#other?.owner;
  }

  override bind(address: SocketAddress, task: Task): number {
    if (this.#local) return -EINVAL;
    const bound = this.network.bind(this, address, task);
    if (typeof bound === 'number') return bound;
    this.#local = bound.address;
    this.#unbind = bound.unbind;
    return 0;
  }

  override localAddress(): SocketAddress {
    return this.#local ?? this.network.unnamed(this.domain);
  }

  override peerAddress(): SocketAddress | number {
    return this.#peer ?? -ENOTCONN;
  }

  override connect(address: SocketAddress, task: Task): number {
    if (address.family === AF_UNIX) {
      const target = this.network.listenerOf(this, address, task);
      if (typeof target === 'number') return target;
      if (!(target instanceof DatagramSocket)) return -ECONNREFUSED;
      this.#other = target;
    } else {
      const reachable = this.network.checkReachable(address);
      if (reachable < 0) return reachable;
      const bound = this.#bindSource(address, task);
      if (bound < 0) return bound;
    }
    this.#peer = address;
    return 0;
  }

  /** connect with AF_UNSPEC. */
  disconnect(): number {
    this.#peer = undefined;
    this.#other = undefined;
    return 0;
  }

  static join(one: DatagramSocket, other: DatagramSocket): void {
    const unnamed = one.network.unnamed(one.domain);
    one.#other = other;
    other.#other = one;
    one.#peer = unnamed;
    other.#peer = unnamed;
  }

  #bindSource(to: SocketAddress, task: Task): number {
    return this.#local ? 0 : this.bind(this.network.sourceFor(this.domain, to), task);
  }

  override shutdown(how: number): number {
    if (how < 0 || how > 2) return -EINVAL;
    if (!this.#peer) return -ENOTCONN;
    if (how !== 1) this.#readsEnded = true;
    if (how !== 0) this.#writesEnded = true;
    this.changed.wake();
    return 0;
  }

  override send(message: Outgoing, task: Task | undefined): number {
    const error = this.takeError();
    if (error < 0) return error;
    if (this.#writesEnded) return -EPIPE;
    const limit = this.domain === AF_UNIX ? this.sendBuffer : datagramBytesMax;
    if (message.bytes.length > limit) return -EMSGSIZE;
    const to = message.to ?? this.#peer;
    if (!to) return this.domain === AF_UNIX ? -ENOTCONN : -EDESTADDRREQ;
    const target = this.#target(message.to, to, task);
    if (typeof target === 'number') return target;
    if (!target) return this.#undelivered(message);
    return target.#deliver(message, this);
  }

  #target(
    given: SocketAddress | undefined,
    to: SocketAddress,
    task: Task | undefined,
  ): DatagramSocket | number | undefined {
    if (!given && this.#other) return this.#other.closed ? -ECONNREFUSED : this.#other;
    if (!task) return -EINVAL;
    if (to.family === AF_UNIX) {
      const found = this.network.listenerOf(this, to, task);
      if (typeof found === 'number') return found;
      return found instanceof DatagramSocket ? found : -ECONNREFUSED;
    }
    const reachable = this.network.checkReachable(to);
    if (reachable < 0) return reachable;
    const bound = this.#bindSource(to, task);
    if (bound < 0) return bound;
    return this.network.udpTarget(to, this.localAddress());
  }

  /** Nobody listens: a connected UDP socket learns of it with its next call (ICMP). */
  #undelivered(message: Outgoing): number {
    dropControl(message.control);
    if (this.#peer) {
      this.pendingError = ECONNREFUSED;
      this.changed.wake();
    }
    return message.bytes.length;
  }

  #deliver(message: Outgoing, sender: DatagramSocket): number {
    if (this.#readsEnded) return -EPIPE;
    this.#in.capacity = this.receiveBuffer;
    const { bytes, control } = message;
    const from = sender.localAddress();
    const count = this.#in.write({ bytes, control, from });
    if (count === -EAGAIN) {
      if (this.domain === AF_UNIX) {
        if (!this.#in.changed.includes(sender.changed)) this.#in.changed.push(sender.changed);
        return -EAGAIN;
      }
      // UDP drops what does not fit.
      dropControl(control);
      return bytes.length;
    }
    this.changed.wake();
    if (count > 0) this.network.count(this, count);
    return bytes.length;
  }

  override receive(into: Uint8Array, peek: boolean): Received | number {
    const error = this.takeError();
    if (error < 0) return error;
    if (this.#in.empty && this.#readsEnded) {
      return { count: 0, length: 0, control: undefined, from: undefined };
    }
    return this.#in.read(into, peek) ?? -EAGAIN;
  }

  override poll(): number {
    const ended = this.#readsEnded ? POLLIN | POLLRDHUP : 0;
    const full = this.#other && !this.#other.#in.writable;
    return (
      (this.pendingError === 0 ? 0 : POLLERR) |
      (this.#in.empty ? 0 : POLLIN) |
      ended |
      (full ? 0 : POLLOUT) |
      (this.#readsEnded && this.#writesEnded ? POLLHUP : 0)
    );
  }

  override close(): void {
    this.#closed = true;
    this.#unbind?.();
    this.#in.refuse();
    this.#other?.changed.wake();
  }
}
