/** What all sockets have in common: socket(7). */

import { EINVAL, EOPNOTSUPP } from '../abi/errno.ts';
import { O_RDWR } from '../abi/open_flags.ts';
import { BaseFile } from '../fs/base_file.ts';
import { socketBufferBytes } from '../fs/limits.ts';
import type { Vfs } from '../fs/vfs.ts';
import type { Task } from '../kernel/task.ts';
import type { SocketAddress } from './address.ts';
import type { Control, PeerCredentials, Received } from './channel.ts';
import type { Network } from './network.ts';

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_SEQPACKET = 5;

export const MSG_PEEK = 0x2;
export const MSG_CTRUNC = 0x8;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_EOR = 0x80;
export const MSG_WAITALL = 0x100;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_CMSG_CLOEXEC = 0x40000000;

/** Options that are kept but have no effect beyond being read back, by `level << 16 | name`. */
export type OptionTable = Map<number, number>;

/** How a socket is made. */
export interface SocketInit {
  readonly vfs: Vfs;
  readonly domain: number;
  readonly type: number;
  readonly protocol: number;
  readonly owner: PeerCredentials;
  /** O_NONBLOCK or 0. */
  readonly flags: number;
}

/** A message to send. */
export interface Outgoing {
  readonly bytes: Uint8Array;
  readonly to: SocketAddress | undefined;
  readonly control: Control | undefined;
}

/** A socket. Like all files it never blocks: -EAGAIN makes the system call wait. */
export abstract class Socket extends BaseFile {
  readonly vfs: Vfs;
  readonly network: Network;
  readonly domain: number;
  readonly type: number;
  readonly protocol: number;
  /** Who made it: SO_PEERCRED of the other side. */
  owner: PeerCredentials;
  readonly options: OptionTable = new Map<number, number>();
  readTimeout: bigint | undefined;
  writeTimeout: bigint | undefined;
  /** SO_ERROR: a positive errno, told once. */
  pendingError: number = 0;
  receiveBuffer: number = socketBufferBytes;
  sendBuffer: number = socketBufferBytes;
  passCredentials: boolean = false;
  reuseAddress: boolean = false;
  /** IPV6_V6ONLY. */
  onlyIpv6: boolean = false;

  constructor(init: SocketInit) {
    const { inode, path } = init.vfs.sockets.make({
      kind: 'socket',
      mode: 0o777,
      uid: init.owner.uid,
      gid: init.owner.gid,
      label: 'socket:[#]',
    });
    super(inode, O_RDWR | init.flags, path);
    this.vfs = init.vfs;
    this.network = init.vfs.network;
    this.domain = init.domain;
    this.type = init.type;
    this.protocol = init.protocol;
    this.owner = init.owner;
  }

  abstract bind(address: SocketAddress, task: Task): number;
  /** 0, an errno, -EAGAIN where the system call is to wait and `connected` decides. */
  abstract connect(address: SocketAddress, task: Task): number;
  abstract localAddress(): SocketAddress;
  /** The other side, or -ENOTCONN. */
  abstract peerAddress(): SocketAddress | number;
  abstract shutdown(how: number): number;
  /** Bytes taken or an errno. `task` may be absent for the kernel's own copies. */
  abstract send(message: Outgoing, task: Task | undefined): number;
  abstract receive(into: Uint8Array, peek: boolean): Received | number;

  listen(_backlog: number, _task: Task): number {
    return -EOPNOTSUPP;
  }

  accept(_flags: number): Socket | number {
    return -EINVAL;
  }

  /** SO_ACCEPTCONN. */
  get listening(): boolean {
    return false;
  }

  /** SO_PEERCRED. */
  get peerCredentials(): PeerCredentials | undefined {
    return undefined;
  }

  /** FIONREAD. */
  get unread(): number {
    return 0;
  }

  /** The pending error as a negative errno, cleared. */
  takeError(): number {
    const error = this.pendingError;
    this.pendingError = 0;
    return error === 0 ? 0 : -error;
  }

  override read(into: Uint8Array, _offset: number): number {
    const received = this.receive(into, false);
    return typeof received === 'number' ? received : received.count;
  }

  override write(from: Uint8Array, _offset: number, task?: Task): number {
    return this.send({ bytes: from, to: undefined, control: undefined }, task);
  }

  ioctl(request: number, argument: number, task: Task): number {
    return this.network.ioctl(this, request, argument, task);
  }
}

/** Whether a domain knows a type of socket. */
export function isKnownType(type: number): boolean {
  return type === SOCK_STREAM || type === SOCK_DGRAM || type === SOCK_SEQPACKET;
}
