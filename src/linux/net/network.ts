/**
 * A virtual network: the endpoints of all sockets of the machines that share it. Loopback only,
 * unless a gateway to the outside is injected.
 */

import {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  ECONNREFUSED,
  EFAULT,
  EINVAL,
  ENETUNREACH,
  ENODEV,
  ENOTSOCK,
  ENOTTY,
} from '../abi/errno.ts';
import type { Inode } from '../fs/inode.ts';
import { createName } from '../fs/names.ts';
import { checkAccess, identityOf, MAY_WRITE } from '../fs/permission.ts';
import type { HostEvents } from '../kernel/host_events.ts';
import type { Task } from '../kernel/task.ts';
import {
  AF_INET,
  AF_UNIX,
  anyIpv4,
  anyIpv6,
  type InetAddress,
  isAny,
  isLoopback,
  loopbackIpv4,
  loopbackIpv6,
  mapped,
  type SocketAddress,
  showAddress,
  type UnixAddress,
  unmapped,
} from './address.ts';
import type { Channel } from './channel.ts';
import { DatagramSocket } from './datagram_socket.ts';
import type { Gateway, GatewayConnection } from './gateway.ts';
import { SOCK_DGRAM, type Socket } from './socket.ts';
import { StreamSocket } from './stream_socket.ts';

export interface NetworkOptions {
  readonly gateway?: Gateway;
  /** One line for people: what was refused and why. */
  readonly log?: (line: string) => void;
}

/** First and last port given to sockets that ask for any (ip_local_port_range). */
const firstPort = 32768;
const lastPort = 60999;

/** A name that was taken, and how to give it back. */
export interface Bound {
  readonly address: SocketAddress;
  readonly unbind: () => void;
}

export class Network {
  readonly gateway: Gateway | undefined;
  readonly #log: ((line: string) => void) | undefined;
  readonly #told: Set<string> = new Set<string>();
  /** Bound internet sockets by `tcp 80` or `udp 53`. */
  readonly #ports: Map<string, Set<Socket>> = new Map<string, Set<Socket>>();
  readonly #abstract: Map<string, Socket> = new Map<string, Socket>();
  readonly #byInode: WeakMap<Inode, Socket> = new WeakMap<Inode, Socket>();
  readonly #unixSockets: Set<Socket> = new Set<Socket>();
  #nextPort: number = firstPort;
  #nextName: number = 0;
  /** What went over the loopback interface. */
  readonly traffic: { bytes: number; packets: number } = { bytes: 0, packets: 0 };

  constructor(options: NetworkOptions = {}) {
    this.gateway = options.gateway;
    this.#log = options.log;
  }

  count(socket: Socket, bytes: number): void {
    if (socket.domain === AF_UNIX) return;
    this.traffic.bytes += bytes;
    this.traffic.packets++;
  }

  /** The address of a socket without one. */
  unnamed(domain: number): SocketAddress {
    if (domain === AF_UNIX) return { family: AF_UNIX, name: '' };
    if (domain === AF_INET) return { family: AF_INET, host: anyIpv4, port: 0 };
    return { family: 10, host: anyIpv6, port: 0 };
  }

  /** The local address that a connection to `to` comes from; the port is chosen by `bind`. */
  sourceFor(domain: number, to: SocketAddress): SocketAddress {
    if (to.family === AF_UNIX) return this.unnamed(AF_UNIX);
    const host = unmapped(to.host);
    const own = host.length === 32 ? loopbackIpv6 : isLoopback(host) ? host : loopbackIpv4;
    if (domain === AF_INET) return { family: AF_INET, host: own, port: 0 };
    return { family: 10, host: mapped(own), port: 0 };
  }

  bind(socket: Socket, address: SocketAddress, task: Task): Bound | number {
    if (address.family === AF_UNIX) return this.#bindUnix(socket, address, task);
    const host = unmapped(address.host);
    if (!isAny(address.host) && !isLoopback(host)) return -EADDRNOTAVAIL;
    if (address.port !== 0) return this.#takePort(socket, address);
    for (let tries = firstPort; tries <= lastPort; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === lastPort ? firstPort : port + 1;
      const bound = this.#takePort(socket, { ...address, port });
      if (bound !== -EADDRINUSE) return bound;
    }
    return -EADDRINUSE;
  }

  #takePort(socket: Socket, address: InetAddress): Bound | number {
    const key = portKey(socket, address.port);
    const holders = this.#ports.get(key) ?? new Set<Socket>();
    for (const holder of holders) {
      if (conflicts(socket, address, holder)) return -EADDRINUSE;
    }
    this.#ports.set(key, holders);
    holders.add(socket);
    const unbind = (): void => {
      holders.delete(socket);
      if (holders.size === 0) this.#ports.delete(key);
    };
    return { address, unbind };
  }

  /** Two sockets may share a port with SO_REUSEADDR until one of them listens. */
  listenConflict(socket: Socket): number {
    const local = socket.localAddress();
    if (local.family === AF_UNIX) return 0;
    for (const holder of this.#ports.get(portKey(socket, local.port)) ?? []) {
      if (holder !== socket && holder.listening && overlaps(holder, local)) return -EADDRINUSE;
    }
    return 0;
  }

  #bindUnix(socket: Socket, address: UnixAddress, task: Task): Bound | number {
    this.#unixSockets.add(socket);
    const forget = (): void => {
      this.#unixSockets.delete(socket);
    };
    if (address.name === '' || address.name.startsWith('\0')) {
      return this.#bindAbstract(socket, address.name, forget);
    }
    const { vfs } = task.machine;
    const where = vfs.walk(task, address.name, { follow: false });
    if (typeof where === 'number') return where;
    if (where.path) return -EADDRINUSE;
    const made = createName(vfs, task, where, { kind: 'socket', mode: 0o777 });
    if (typeof made === 'number') return made;
    this.#byInode.set(made.dentry.inode, socket);
    const { inode } = made.dentry;
    const unbind = (): void => {
      this.#byInode.delete(inode);
      forget();
    };
    return { address, unbind };
  }

  /** '' asks for a name of five hexadecimal digits (unix(7), autobind). */
  #bindAbstract(socket: Socket, name: string, forget: () => void): Bound | number {
    let chosen = name;
    while (chosen === '' || (name === '' && this.#abstract.has(chosen))) {
      chosen = `\0${(this.#nextName++ & 0xfffff).toString(16).padStart(5, '0')}`;
    }
    if (this.#abstract.has(chosen)) return -EADDRINUSE;
    this.#abstract.set(chosen, socket);
    const unbind = (): void => {
      this.#abstract.delete(chosen);
      forget();
    };
    return { address: { family: AF_UNIX, name: chosen }, unbind };
  }

  /** The socket that answers at an address, `outside`, or an errno. */
  listenerOf(from: Socket, address: SocketAddress, task: Task): Socket | 'outside' | number {
    if (address.family === AF_UNIX) return this.#unixListener(address, task);
    const host = unmapped(address.host);
    if (!isLoopback(host) && !isAny(address.host)) return 'outside';
    const target: InetAddress = { ...address, host: isAny(address.host) ? own(address) : host };
    for (const socket of this.#ports.get(portKey(from, address.port)) ?? []) {
      if (socket.listening && overlaps(socket, target)) return socket;
    }
    return -ECONNREFUSED;
  }

  #unixListener(address: UnixAddress, task: Task): Socket | number {
    if (address.name.startsWith('\0')) return this.#abstract.get(address.name) ?? -ECONNREFUSED;
    if (address.name === '') return -EINVAL;
    const where = task.machine.vfs.walk(task, address.name, { follow: true });
    if (typeof where === 'number') return where;
    if (!where.path) return -2;
    const { inode } = where.path.dentry;
    if (checkAccess(identityOf(task), inode.attributes, MAY_WRITE) < 0) return -EACCES;
    if (inode.attributes.kind !== 'socket') return -ECONNREFUSED;
    return this.#byInode.get(inode) ?? -ECONNREFUSED;
  }

  /** 0, or -ENETUNREACH for what is outside. */
  checkReachable(address: SocketAddress): number {
    if (address.family === AF_UNIX) return -EAFNOSUPPORT;
    const host = unmapped(address.host);
    return isLoopback(host) || isAny(address.host) ? 0 : this.refuseOutside(address);
  }

  /** Tells people once per address that the network is off. */
  refuseOutside(address: InetAddress): number {
    const text = showAddress(address);
    if (!this.#told.has(text)) {
      this.#told.add(text);
      this.#log?.(`network is off: ${text} is outside this machine (ENETUNREACH)`);
    }
    return -ENETUNREACH;
  }

  /** The UDP socket that gets a datagram: a connected one before others. */
  udpTarget(to: InetAddress, from: SocketAddress): DatagramSocket | undefined {
    const host = isAny(to.host) ? own(to) : unmapped(to.host);
    const target = { ...to, host };
    let found: DatagramSocket | undefined;
    for (const socket of this.#ports.get(`udp ${to.port}`) ?? []) {
      if (!(socket instanceof DatagramSocket) || !overlaps(socket, target)) continue;
      const peer = socket.peerAddress();
      if (typeof peer === 'number') found ??= socket;
      else if (sameEndpoint(peer, from)) return socket;
    }
    return found;
  }

  /** Carries bytes between a connection to the outside and a socket's channels. */
  pump(connection: GatewayConnection, input: Channel, output: Channel, host: HostEvents): void {
    const receive = async (): Promise<void> => {
      for (;;) {
        const bytes = await connection.read();
        if (!bytes || input.refused) break;
        input.capacity = Math.max(input.capacity, input.length + bytes.length);
        input.write({ bytes, control: undefined, from: undefined });
      }
      input.end();
    };
    host.track(receive().catch(() => input.end()));
    const buffer = new Uint8Array(65536);
    let ended = false;
    const drain = (): void => {
      for (let got = output.read(buffer, false); got && got.count > 0; ) {
        connection.write(buffer.slice(0, got.count));
        got = output.read(buffer, false);
      }
      if (output.ended && !ended) {
        ended = true;
        connection.end();
      }
      if (input.refused) connection.close();
    };
    for (const queue of output.changed) drainOnWake(queue, drain);
  }

  /** SIOCGIFCONF and its like: one interface, lo. */
  ioctl(socket: Socket, request: number, argument: number, task: Task): number {
    if (request === 0x541b) {
      task.memory.writeU32(argument, socket.unread); // FIONREAD
      return 0;
    }
    if (request === 0x5411) {
      task.memory.writeU32(argument, 0); // SIOCOUTQ
      return 0;
    }
    return interfaceIoctl(request, argument, task);
  }

  tcpText(version: 4 | 6): string {
    return this.#inetText('tcp', version);
  }

  udpText(version: 4 | 6): string {
    return this.#inetText('udp', version);
  }

  #inetText(protocol: string, version: 4 | 6): string {
    const width = version === 4 ? '' : ' '.repeat(24);
    const lines = [
      `  sl  local_address${width}rem_address ${width}  st tx_queue rx_queue ` +
        'tr tm->when retrnsmt   uid  timeout inode',
    ];
    for (const [key, sockets] of this.#ports) {
      if (!key.startsWith(protocol)) continue;
      for (const socket of sockets) {
        if ((socket.domain === AF_INET) === (version === 4))
          lines.push(inetLine(socket, lines.length - 1));
      }
    }
    return `${lines.join('\n')}\n`;
  }

  unixText(): string {
    const lines = ['Num       RefCount Protocol Flags    Type St Inode Path'];
    for (const socket of this.#unixSockets) {
      const address = socket.localAddress();
      const name = address.family === AF_UNIX ? address.name.replace('\0', '@') : '';
      const type = String(socket.type).padStart(4, '0');
      const flags = socket.listening ? '00010000' : '00000000';
      const { ino } = socket.attributes;
      lines.push(`0000000000000000: 00000002 00000000 ${flags} ${type} 01 ${ino} ${name}`);
    }
    return `${lines.join('\n')}\n`;
  }

  /** Two connected unix sockets: socketpair(2). */
  pair(one: Socket, other: Socket): number {
    if (one instanceof StreamSocket && other instanceof StreamSocket) StreamSocket.join(one, other);
    else if (one instanceof DatagramSocket && other instanceof DatagramSocket) {
      DatagramSocket.join(one, other);
    } else return -ENOTSOCK;
    return 0;
  }
}

function portKey(socket: Socket, port: number): string {
  return `${socket.type === SOCK_DGRAM ? 'udp' : 'tcp'} ${port}`;
}

function own(address: InetAddress): string {
  return address.family === AF_INET ? loopbackIpv4 : loopbackIpv6;
}

/** Whether a bound socket hears what is sent to an address. */
function overlaps(socket: Socket, address: InetAddress): boolean {
  const local = socket.localAddress();
  if (local.family === AF_UNIX) return false;
  const target = unmapped(address.host);
  if (isAny(local.host)) {
    if (local.family === AF_INET) return target.length !== 32 || isAny(target);
    return target.length === 32 || !socket.onlyIpv6;
  }
  return isAny(target) || unmapped(local.host) === target;
}

function conflicts(socket: Socket, address: InetAddress, holder: Socket): boolean {
  if (!overlaps(holder, address)) return false;
  const sixOnly = address.family !== AF_INET && socket.onlyIpv6;
  if (sixOnly && holder.domain === AF_INET) return false;
  const shares = socket.reuseAddress && holder.reuseAddress && !holder.listening;
  return !shares;
}

function sameEndpoint(a: SocketAddress, b: SocketAddress): boolean {
  if (a.family === AF_UNIX || b.family === AF_UNIX) return false;
  return a.port === b.port && unmapped(a.host) === unmapped(b.host);
}

/** Runs `drain` at every change; a queue's wakers are used once, so it adds itself again. */
function drainOnWake(queue: import('../kernel/wait.ts').WaitQueue, drain: () => void): void {
  const wake = (): void => {
    queue.add(wake);
    drain();
  };
  queue.add(wake);
}

function hexAddress(address: SocketAddress | number, six: boolean): string {
  const inet = typeof address === 'number' || address.family === AF_UNIX ? undefined : address;
  const port = (inet?.port ?? 0).toString(16).toUpperCase().padStart(4, '0');
  if (!inet) return `${'0'.repeat(six ? 32 : 8)}:${port}`;
  const hex = six ? mapped(inet.host) : mapped(inet.host).slice(24);
  // Words are printed as the little-endian numbers that they are in memory.
  const words = hex.match(/.{8}/g)!.map((word) => word.match(/../g)!.reverse().join(''));
  return `${words.join('').toUpperCase()}:${port}`;
}

function inetLine(socket: Socket, index: number): string {
  const six = socket.domain !== AF_INET;
  const peer = socket.peerAddress();
  const established = typeof peer !== 'number';
  const state =
    socket.type === SOCK_DGRAM ? '07' : socket.listening ? '0A' : established ? '01' : '07';
  const local = hexAddress(socket.localAddress(), six);
  const head = `${String(index).padStart(4)}: ${local} ${hexAddress(peer, six)} ${state}`;
  const uid = String(socket.owner.uid).padStart(5);
  return `${head} 00000000:00000000 00:00000000 00000000 ${uid}        0 ${socket.attributes.ino}`;
}

const interfaceName = 'lo';
const SIOCGIFCONF = 0x8912;
/** SIOCGIF*: what is written after the name of `struct ifreq`. */
const interfaceAnswers: ReadonlyMap<number, (view: DataView, little: boolean) => void> = new Map([
  [0x8913, (view, little) => view.setUint16(16, 0x49, little)], // SIOCGIFFLAGS: UP LOOPBACK RUNNING
  [0x8915, (view, little) => setIfAddress(view, little, [127, 0, 0, 1])], // SIOCGIFADDR
  [0x8919, (view, little) => setIfAddress(view, little, [0, 0, 0, 0])], // SIOCGIFBRDADDR
  [0x891b, (view, little) => setIfAddress(view, little, [255, 0, 0, 0])], // SIOCGIFNETMASK
  [0x891d, (view, little) => view.setInt32(16, 0, little)], // SIOCGIFMETRIC
  [0x8921, (view, little) => view.setInt32(16, 65536, little)], // SIOCGIFMTU
  [0x8927, (view, little) => view.setUint16(16, 772, little)], // SIOCGIFHWADDR: ARPHRD_LOOPBACK
  [0x8933, (view, little) => view.setInt32(16, 1, little)], // SIOCGIFINDEX
  [0x8942, (view, little) => view.setInt32(16, 0, little)], // SIOCGIFTXQLEN
]);

function setIfAddress(view: DataView, little: boolean, host: readonly number[]): void {
  view.setUint16(16, AF_INET, little);
  view.setUint16(18, 0);
  host.forEach((byte, index) => {
    view.setUint8(20 + index, byte);
  });
}

function interfaceIoctl(request: number, argument: number, task: Task): number {
  const answer = interfaceAnswers.get(request);
  if (request === SIOCGIFCONF) return listInterfaces(argument, task);
  if (!answer) return -ENOTTY;
  const bytes = task.memory.slice(argument, 32);
  if (!bytes) return -EFAULT;
  const name = new TextDecoder().decode(bytes.subarray(0, 16)).replace(/\0.*$/s, '');
  if (name !== interfaceName) return -ENODEV;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 32);
  bytes.fill(0, 16);
  answer(view, task.abi.littleEndian);
  return 0;
}

function listInterfaces(argument: number, task: Task): number {
  const { littleEndian, wordBytes } = task.abi;
  const entryBytes = wordBytes === 8 ? 40 : 32;
  const room = task.memory.readU32(argument);
  const target = task.memory.readPointer(argument + wordBytes);
  task.memory.writeU32(argument, target === 0 || room >= entryBytes ? entryBytes : 0);
  if (target === 0 || room < entryBytes) return 0;
  const bytes = task.memory.range(target, entryBytes).fill(0);
  bytes.set(new TextEncoder().encode(interfaceName));
  setIfAddress(new DataView(bytes.buffer, bytes.byteOffset, 32), littleEndian, [127, 0, 0, 1]);
  return 0;
}
