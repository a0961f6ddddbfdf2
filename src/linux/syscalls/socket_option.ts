/** getsockopt and setsockopt: socket(7), ip(7), tcp(7), unix(7). */

import { EDOM, EINVAL, ENOPROTOOPT } from '../abi/errno.ts';
import { socketBufferBytesMax } from '../fs/limits.ts';
import type { Task } from '../kernel/task.ts';
import type { Socket } from '../net/socket.ts';
import type { SyscallRow } from './row.ts';
import { partial } from './row.ts';
import { socketOf } from './socket.ts';

/** How an option is read and set; values are 32-bit integers unless bytes are given. */
interface Option {
  readonly get?: (socket: Socket) => number | Uint8Array | undefined;
  readonly set?: (socket: Socket, value: number) => number | undefined;
}

const key = (level: number, name: number): number => (level << 16) | name;

/** An option that is kept and read back but changes nothing in this network. */
function kept(level: number, name: number, initial: number = 0): [number, Option] {
  const id = key(level, name);
  return [
    id,
    {
      get: (socket) => socket.options.get(id) ?? initial,
      set: (socket, value) => {
        socket.options.set(id, value);
        return 0;
      },
    },
  ];
}

function clampBuffer(value: number, least: number): number {
  return Math.max(least, 2 * Math.min(Math.max(value, 0), socketBufferBytesMax));
}

const SOL_SOCKET = 1;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const IPPROTO_IPV6 = 41;

const options: ReadonlyMap<number, Option> = new Map<number, Option>([
  kept(SOL_SOCKET, 1), // SO_DEBUG
  [key(SOL_SOCKET, 2), { get: (s) => Number(s.reuseAddress), set: setReuse }], // SO_REUSEADDR
  [key(SOL_SOCKET, 3), { get: (s) => s.type }], // SO_TYPE
  [key(SOL_SOCKET, 4), { get: (s) => -s.takeError() }], // SO_ERROR
  kept(SOL_SOCKET, 5), // SO_DONTROUTE
  kept(SOL_SOCKET, 6), // SO_BROADCAST
  [key(SOL_SOCKET, 7), { get: (s) => s.sendBuffer, set: setSendBuffer }], // SO_SNDBUF
  [key(SOL_SOCKET, 8), { get: (s) => s.receiveBuffer, set: setReceiveBuffer }], // SO_RCVBUF
  kept(SOL_SOCKET, 9), // SO_KEEPALIVE
  kept(SOL_SOCKET, 10), // SO_OOBINLINE
  kept(SOL_SOCKET, 12), // SO_PRIORITY
  [key(SOL_SOCKET, 15), { get: (s) => Number(s.reuseAddress), set: setReuse }], // SO_REUSEPORT
  [key(SOL_SOCKET, 16), { get: (s) => Number(s.passCredentials), set: setPassCredentials }],
  kept(SOL_SOCKET, 18, 1), // SO_RCVLOWAT
  kept(SOL_SOCKET, 29), // SO_TIMESTAMP
  [key(SOL_SOCKET, 30), { get: (s) => Number(s.listening) }], // SO_ACCEPTCONN
  [key(SOL_SOCKET, 32), { get: (s) => s.sendBuffer, set: setSendBuffer }], // SO_SNDBUFFORCE
  [key(SOL_SOCKET, 33), { get: (s) => s.receiveBuffer, set: setReceiveBuffer }], // SO_RCVBUFFORCE
  kept(SOL_SOCKET, 36), // SO_MARK
  [key(SOL_SOCKET, 38), { get: (s) => s.protocol }], // SO_PROTOCOL
  [key(SOL_SOCKET, 39), { get: (s) => s.domain }], // SO_DOMAIN
  kept(IPPROTO_IP, 1), // IP_TOS
  kept(IPPROTO_IP, 2, 64), // IP_TTL
  kept(IPPROTO_IP, 8), // IP_PKTINFO
  kept(IPPROTO_IP, 10), // IP_MTU_DISCOVER
  kept(IPPROTO_IP, 11), // IP_RECVERR
  kept(IPPROTO_IP, 33, 1), // IP_MULTICAST_TTL
  kept(IPPROTO_IP, 34, 1), // IP_MULTICAST_LOOP
  kept(IPPROTO_TCP, 1), // TCP_NODELAY
  kept(IPPROTO_TCP, 2, 65483), // TCP_MAXSEG
  kept(IPPROTO_TCP, 3), // TCP_CORK
  kept(IPPROTO_TCP, 4, 7200), // TCP_KEEPIDLE
  kept(IPPROTO_TCP, 5, 75), // TCP_KEEPINTVL
  kept(IPPROTO_TCP, 6, 9), // TCP_KEEPCNT
  kept(IPPROTO_TCP, 7, 6), // TCP_SYNCNT
  kept(IPPROTO_TCP, 9), // TCP_DEFER_ACCEPT
  kept(IPPROTO_TCP, 12, 1), // TCP_QUICKACK
  kept(IPPROTO_TCP, 18), // TCP_USER_TIMEOUT
  kept(IPPROTO_TCP, 23), // TCP_FASTOPEN
  kept(IPPROTO_UDP, 1), // UDP_CORK
  [key(IPPROTO_IPV6, 26), { get: (s) => Number(s.onlyIpv6), set: setOnlyIpv6 }], // IPV6_V6ONLY
  kept(IPPROTO_IPV6, 16, 64), // IPV6_UNICAST_HOPS
  kept(IPPROTO_IPV6, 23), // IPV6_MTU_DISCOVER
  kept(IPPROTO_IPV6, 25), // IPV6_RECVERR
  kept(IPPROTO_IPV6, 49), // IPV6_RECVPKTINFO
  kept(IPPROTO_IPV6, 67), // IPV6_TCLASS
]);

function setReuse(socket: Socket, value: number): undefined {
  socket.reuseAddress = value !== 0;
}

function setPassCredentials(socket: Socket, value: number): undefined {
  socket.passCredentials = value !== 0;
}

function setOnlyIpv6(socket: Socket, value: number): undefined {
  socket.onlyIpv6 = value !== 0;
}

function setSendBuffer(socket: Socket, value: number): undefined {
  socket.sendBuffer = clampBuffer(value, 4608);
}

function setReceiveBuffer(socket: Socket, value: number): undefined {
  socket.receiveBuffer = clampBuffer(value, 2304);
}

const SO_LINGER = 13;
const SO_PEERCRED = 17;
/** SO_RCVTIMEO, SO_SNDTIMEO: old numbers with `struct timeval` of longs, new ones with 64 bits. */
const receiveTimeouts = new Set([20, 66]);
const sendTimeouts = new Set([21, 67]);
const SO_PEERSEC = 31;

function sysSetsockopt(
  task: Task,
  fd: number,
  level: number,
  name: number,
  address: number,
  length: number,
): number {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  if (level === SOL_SOCKET && (receiveTimeouts.has(name) || sendTimeouts.has(name))) {
    return setTimeouts(task, socket, name, address, length);
  }
  if (level === SOL_SOCKET && name === SO_LINGER) {
    if (length < 8) return -EINVAL;
    task.memory.range(address, 8);
    const seconds = task.memory.readI32(address + 4);
    socket.options.set(key(level, SO_LINGER), task.memory.readI32(address) === 0 ? -1 : seconds);
    return 0;
  }
  const option = options.get(key(level, name));
  if (!option?.set) return -ENOPROTOOPT;
  if (length < 4)
    return length === 1 ? (option.set(socket, task.memory.readU8(address)) ?? 0) : -EINVAL;
  return option.set(socket, task.memory.readI32(address)) ?? 0;
}

function setTimeouts(
  task: Task,
  socket: Socket,
  name: number,
  address: number,
  length: number,
): number {
  const wide = name > 60;
  const bytes = wide ? 8 : task.abi.wordBytes;
  if (length < 2 * bytes) return -EINVAL;
  const read = (at: number): bigint =>
    bytes === 8 ? task.memory.readI64(at) : BigInt(task.memory.readI32(at));
  const seconds = read(address);
  const micro = read(address + bytes);
  if (micro < 0n || micro >= 1_000_000n) return -EDOM;
  const total = seconds * 1_000_000_000n + micro * 1000n;
  const timeout = total <= 0n ? undefined : total;
  if (receiveTimeouts.has(name)) socket.readTimeout = timeout;
  else socket.writeTimeout = timeout;
  return 0;
}

function sysGetsockopt(
  task: Task,
  fd: number,
  level: number,
  name: number,
  address: number,
  lengthAddress: number,
): number {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  const room = task.memory.readI32(lengthAddress);
  if (room < 0) return -EINVAL;
  const value = optionValue(task, socket, level, name);
  if (typeof value === 'number') return value;
  const bytes = value.subarray(0, room);
  task.memory.writeBytes(address, bytes);
  task.memory.writeU32(lengthAddress, bytes.length);
  return 0;
}

function words(task: Task, values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    view.setInt32(4 * index, value, task.abi.littleEndian);
  });
  return bytes;
}

function optionValue(task: Task, socket: Socket, level: number, name: number): Uint8Array | number {
  if (level === SOL_SOCKET) {
    if (name === SO_PEERCRED) {
      const { pid, uid, gid } = socket.peerCredentials ?? { pid: 0, uid: -1, gid: -1 };
      return words(task, [pid, uid, gid]);
    }
    if (name === SO_LINGER) {
      const linger = socket.options.get(key(level, SO_LINGER)) ?? -1;
      return words(task, [linger < 0 ? 0 : 1, Math.max(0, linger)]);
    }
    if (receiveTimeouts.has(name)) return timeoutBytes(task, socket.readTimeout, name);
    if (sendTimeouts.has(name)) return timeoutBytes(task, socket.writeTimeout, name);
    if (name === SO_PEERSEC) return -ENOPROTOOPT;
  }
  if (level === IPPROTO_TCP && name === 11) return tcpInfo(socket);
  const value = options.get(key(level, name))?.get?.(socket);
  if (value === undefined) return -ENOPROTOOPT;
  return typeof value === 'number' ? words(task, [value]) : value;
}

function timeoutBytes(task: Task, timeout: bigint | undefined, name: number): Uint8Array {
  const total = timeout ?? 0n;
  const parts = [total / 1_000_000_000n, (total % 1_000_000_000n) / 1000n];
  const wide = name > 60 || task.abi.wordBytes === 8;
  if (!wide) return words(task, parts.map(Number));
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  parts.forEach((part, index) => {
    view.setBigInt64(8 * index, part, task.abi.littleEndian);
  });
  return bytes;
}

/** TCP_INFO: the state, the rest as zeros. */
function tcpInfo(socket: Socket): Uint8Array | number {
  const bytes = new Uint8Array(104);
  const established = 1;
  const listening = 10;
  const closed = 7;
  const connected = typeof socket.peerAddress() !== 'number';
  bytes[0] = socket.listening ? listening : connected ? established : closed;
  return bytes;
}

const note = 'Options without an effect on a lossless loopback network are kept and read back.';

export const socketOptionRows: readonly SyscallRow[] = [
  partial('setsockopt', sysSetsockopt, ['fd', 'int', 'int', 'pointer', 'int'], note),
  partial('getsockopt', sysGetsockopt, ['fd', 'int', 'int', 'pointer', 'pointer'], note),
];
