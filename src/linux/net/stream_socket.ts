/** Connected sockets: unix stream and seqpacket, TCP. */

import {
  EAGAIN,
  EALREADY,
  ECONNREFUSED,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENETUNREACH,
  ENOTCONN,
  EPIPE,
  EPROTOTYPE,
} from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/open_flags.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP } from '../fs/inode.ts';
import { backlogMax } from '../fs/limits.ts';
import type { Task } from '../kernel/task.ts';
import { AF_UNIX, type InetAddress, type SocketAddress } from './address.ts';
import { Channel, type PeerCredentials, type Received } from './channel.ts';
import type { GatewayConnection } from './gateway.ts';
import { type Outgoing, SOCK_SEQPACKET, SOCK_STREAM, Socket, type SocketInit } from './socket.ts';

type State = 'new' | 'listening' | 'connecting' | 'connected' | 'closed';

export class StreamSocket extends Socket {
  #state: State = 'new';
  #local: SocketAddress | undefined;
  #peer: SocketAddress | undefined;
  #peerOwner: PeerCredentials | undefined;
  #in: Channel | undefined;
  #out: Channel | undefined;
  /** Connections that wait for accept. */
  #pending: StreamSocket[] = [];
  #backlog: number = 0;
  /** A non-blocking connect has told the caller that it is done. */
  #reported: boolean = true;
  #unbind: (() => void) | undefined;

  get packets(): boolean {
    return this.type === SOCK_SEQPACKET;
  }

  get state(): State {
    return this.#state;
  }

  override get listening(): boolean {
    return this.#state === 'listening';
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  override get peerCredentials(): PeerCredentials | undefined {
    return this.#peerOwner;
  }

  override get unread(): number {
    return this.#in?.length ?? 0;
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

  override listen(backlog: number, task: Task): number {
    if (this.#state !== 'new' && this.#state !== 'listening') return -EINVAL;
    if (!this.#local) {
      if (this.domain === AF_UNIX) return -EINVAL;
      const bound = this.bind(this.network.unnamed(this.domain), task);
      if (bound < 0) return bound;
    }
    const conflict = this.network.listenConflict(this);
    if (conflict < 0) return conflict;
    this.#state = 'listening';
    this.#backlog = Math.min(backlog < 0 ? backlogMax : backlog, backlogMax);
    return 0;
  }

  override accept(flags: number): StreamSocket | number {
    if (this.#state !== 'listening') return -EINVAL;
    const next = this.#pending.shift();
    if (!next) return -EAGAIN;
    next.flags = (next.flags & ~O_NONBLOCK) | flags;
    this.changed.wake();
    return next;
  }

  override connect(address: SocketAddress, task: Task): number {
    if (this.#state === 'connected') return this.#reconnect();
    if (this.#state === 'connecting') return -EALREADY;
    if (this.#state === 'listening') return -EINVAL;
    const error = this.takeError();
    if (error < 0) return error;
    const nonBlocking = (this.flags & O_NONBLOCK) !== 0 && address.family !== AF_UNIX;
    const result = this.#connectNow(address, task);
    if (!nonBlocking || result === -EAGAIN || result === -ENETUNREACH) return result;
    // TCP tells the result later, even where it is known at once.
    if (result === 0) this.#reported = false;
    else if (result === -ECONNREFUSED) this.pendingError = -result;
    else return result;
    return -EINPROGRESS;
  }

  #reconnect(): number {
    if (this.#reported) return -EISCONN;
    this.#reported = true;
    return 0;
  }

  #connectNow(address: SocketAddress, task: Task): number {
    const target = this.network.listenerOf(this, address, task);
    if (target === 'outside') return this.#connectOutside(address as InetAddress, task);
    if (typeof target === 'number') return target;
    if (!(target instanceof StreamSocket) || target.type !== this.type) return -EPROTOTYPE;
    if (target.#state !== 'listening') return -ECONNREFUSED;
    // The backlog counts one more than listen(2) was told.
    if (target.#pending.length > target.#backlog) return -EAGAIN;
    if (!this.#local && address.family !== AF_UNIX) {
      const bound = this.bind(this.network.sourceFor(this.domain, address), task);
      if (bound < 0) return bound;
    }
    const other = new StreamSocket(target.#initForAccepted());
    other.#inherit(target, address);
    joinSockets(this, other);
    this.#peer = address;
    this.#peerOwner = target.owner;
    other.#peer = this.localAddress();
    other.#peerOwner = this.owner;
    target.#pending.push(other);
    target.changed.wake();
    return 0;
  }

  #initForAccepted(): SocketInit {
    const { vfs, domain, type, protocol, owner } = this;
    return { vfs, domain, type, protocol, owner, flags: 0 };
  }

  #inherit(listener: StreamSocket, address: SocketAddress): void {
    this.#local =
      this.domain === AF_UNIX
        ? listener.#local
        : ({ ...address, family: this.domain } as SocketAddress);
    this.receiveBuffer = listener.receiveBuffer;
    this.sendBuffer = listener.sendBuffer;
    for (const [key, value] of listener.options) this.options.set(key, value);
  }

  /** Two sockets that talk to each other: socketpair(2), and accepted connections. */
  static join(one: StreamSocket, other: StreamSocket): void {
    joinSockets(one, other);
    const unnamed = one.network.unnamed(one.domain);
    one.#peer = unnamed;
    other.#peer = unnamed;
    one.#peerOwner = other.owner;
    other.#peerOwner = one.owner;
  }

  attach(input: Channel, output: Channel): void {
    this.#in = input;
    this.#out = output;
    input.capacity = Math.max(this.receiveBuffer, 4096);
    this.#state = 'connected';
    this.changed.wake();
  }

  #connectOutside(address: InetAddress, task: Task): number {
    const { gateway } = this.network;
    if (!gateway) return this.network.refuseOutside(address);
    this.#state = 'connecting';
    const { host } = task.machine;
    const opened = gateway.connect(address.host, address.port).then(
      (connection) => this.#joinOutside(address, connection, task),
      () => {
        this.#state = 'new';
        this.pendingError = ECONNREFUSED;
        this.changed.wake();
      },
    );
    host.track(opened);
    return this.flags & O_NONBLOCK ? -EINPROGRESS : -EAGAIN;
  }

  #joinOutside(address: InetAddress, connection: GatewayConnection, task: Task): void {
    if (this.#state !== 'connecting') {
      connection.close();
      return;
    }
    const input = new Channel(false);
    const output = new Channel(false);
    input.changed.push(this.changed);
    output.changed.push(this.changed);
    this.attach(input, output);
    this.#peer = address;
    this.#reported = false;
    this.network.pump(connection, input, output, task.machine.host);
  }

  override shutdown(how: number): number {
    if (how < 0 || how > 2) return -EINVAL;
    if (this.#state === 'listening') {
      this.#dropPending();
      this.#state = 'new';
      this.changed.wake();
      return 0;
    }
    if (this.#state !== 'connected') return -ENOTCONN;
    if (how !== 1) this.#in!.end();
    if (how !== 0) this.#out!.end();
    return 0;
  }

  override send(message: Outgoing): number {
    const error = this.takeError();
    if (error < 0) return error;
    if (message.to && this.#state === 'connected' && this.type === SOCK_STREAM) {
      if (this.domain === AF_UNIX) return -EISCONN;
    }
    if (this.#state === 'connecting') return -EAGAIN;
    if (this.#state !== 'connected') return this.domain === AF_UNIX ? -ENOTCONN : -EPIPE;
    const count = this.#out!.write({ ...message, from: undefined });
    if (count > 0) this.network.count(this, count);
    return count;
  }

  override receive(into: Uint8Array, peek: boolean): Received | number {
    const error = this.takeError();
    if (error < 0) return error;
    if (this.#state === 'connecting') return -EAGAIN;
    if (this.#state !== 'connected') return this.#state === 'listening' ? -EINVAL : -ENOTCONN;
    return this.#in!.read(into, peek) ?? -EAGAIN;
  }

  override poll(): number {
    const error = this.pendingError === 0 ? 0 : POLLERR;
    if (this.#state === 'listening') return error | (this.#pending.length > 0 ? POLLIN : 0);
    if (this.#state === 'connecting') return error;
    if (this.#state !== 'connected') return error | POLLOUT | POLLHUP | (error ? POLLIN : 0);
    const input = this.#in!;
    const output = this.#out!;
    const ended = input.ended ? POLLIN | POLLRDHUP : 0;
    const writesFail = output.ended || output.refused;
    return (
      error |
      (input.empty ? 0 : POLLIN) |
      ended |
      (output.writable || writesFail ? POLLOUT : 0) |
      (input.ended && writesFail ? POLLHUP : 0)
    );
  }

  override close(): void {
    this.#unbind?.();
    this.#dropPending();
    this.#out?.end();
    this.#in?.refuse();
    this.#state = 'closed';
    this.changed.wake();
  }

  /** Connections nobody accepted see a reset. */
  #dropPending(): void {
    for (const socket of this.#pending) {
      const other = socket.#in;
      socket.close();
      other?.wake();
    }
    this.#pending = [];
  }
}

function joinSockets(one: StreamSocket, other: StreamSocket): void {
  const there = new Channel(one.packets);
  const back = new Channel(one.packets);
  for (const channel of [there, back]) channel.changed.push(one.changed, other.changed);
  one.attach(back, there);
  other.attach(there, back);
}
