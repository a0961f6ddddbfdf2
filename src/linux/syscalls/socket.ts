/** socket, bind, listen, accept, connect, shutdown, names. */

import {
  EAFNOSUPPORT,
  EAGAIN,
  EBADF,
  EFAULT,
  EINVAL,
  EMFILE,
  ENOTSOCK,
  EOPNOTSUPP,
  EPROTONOSUPPORT,
  ERESTARTSYS,
  ESOCKTNOSUPPORT,
} from '../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../abi/open_flags.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AF_UNSPEC,
  decodeAddress,
  encodeAddress,
  familyOf,
  type SocketAddress,
} from '../net/address.ts';
import { DatagramSocket } from '../net/datagram_socket.ts';
import {
  isKnownType,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  type Socket,
  Socket as SocketClass,
  type SocketInit,
} from '../net/socket.ts';
import { StreamSocket } from '../net/stream_socket.ts';
import { blockingRead, fileOf, waitFor } from './file_access.ts';
import { installFile } from './file_open.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';

type Result = SyscallValue | SyscallRun;

/** Bytes of the largest sockaddr (sockaddr_storage). */
const addressBytesMax = 128;
const SOCK_RAW = 3;

/** The socket of a descriptor: -EBADF, -ENOTSOCK. */
export function socketOf(task: Task, fd: number): Socket | number {
  const file = fileOf(task, fd);
  if (!file) return -EBADF;
  return file instanceof SocketClass ? file : -ENOTSOCK;
}

function makeSocket(task: Task, domain: number, type: number, protocol: number): Socket | number {
  const kind = type & 0xf;
  if (type & ~(0xf | O_CLOEXEC | O_NONBLOCK)) return -EINVAL;
  if (domain !== AF_UNIX && domain !== AF_INET && domain !== AF_INET6) return -EAFNOSUPPORT;
  if (kind === SOCK_RAW || !isKnownType(kind)) return -ESOCKTNOSUPPORT;
  if (domain !== AF_UNIX) {
    if (kind === SOCK_SEQPACKET) return -ESOCKTNOSUPPORT;
    const expected = kind === SOCK_DGRAM ? 17 : 6;
    if (protocol !== 0 && protocol !== expected) return -EPROTONOSUPPORT;
  } else if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT;
  const { euid: uid, egid: gid } = task.credentials;
  const init: SocketInit = {
    vfs: task.machine.vfs,
    domain,
    type: kind,
    protocol: domain === AF_UNIX ? 0 : kind === SOCK_DGRAM ? 17 : 6,
    owner: { pid: task.process.pid, uid, gid },
    flags: type & O_NONBLOCK,
  };
  return kind === SOCK_DGRAM ? new DatagramSocket(init) : new StreamSocket(init);
}

function sysSocket(task: Task, domain: number, type: number, protocol: number): number {
  const socket = makeSocket(task, domain, type, protocol);
  if (typeof socket === 'number') return socket;
  return installFile(task, socket, (type & O_CLOEXEC) !== 0);
}

function sysSocketpair(
  task: Task,
  domain: number,
  type: number,
  protocol: number,
  address: number,
): number {
  if (domain !== AF_UNIX)
    return domain === AF_INET || domain === AF_INET6 ? -EOPNOTSUPP : -EAFNOSUPPORT;
  const one = makeSocket(task, domain, type, protocol);
  const other = makeSocket(task, domain, type, protocol);
  if (typeof one === 'number') return one;
  if (typeof other === 'number') return other;
  task.memory.range(address, 8);
  task.machine.vfs.network.pair(one, other);
  const closeOnExec = (type & O_CLOEXEC) !== 0;
  const first = installFile(task, one, closeOnExec);
  const second = installFile(task, other, closeOnExec);
  if (first < 0 || second < 0) {
    if (first >= 0) task.files.close(first);
    return -EMFILE;
  }
  task.memory.writeU32(address, first);
  task.memory.writeU32(address + 4, second);
  return 0;
}

/** A sockaddr argument for a socket. */
export function readAddress(
  task: Task,
  socket: Socket,
  address: number,
  length: number,
): SocketAddress | number {
  if (length < 0 || length > addressBytesMax) return -EINVAL;
  const bytes = task.memory.readBytes(address, length);
  return decodeAddress(bytes, task.abi.littleEndian, socket.domain);
}

/** Stores a sockaddr, cut to the room there is; the length word gets its real length. */
export function writeAddress(
  task: Task,
  value: SocketAddress,
  address: number,
  lengthAddress: number,
): number {
  if (address === 0) return 0;
  const room = task.memory.readI32(lengthAddress);
  if (room < 0) return -EINVAL;
  const bytes = encodeAddress(value, task.abi.littleEndian);
  task.memory.writeBytes(address, bytes.subarray(0, room));
  task.memory.writeU32(lengthAddress, bytes.length);
  return 0;
}

function sysBind(task: Task, fd: number, address: number, length: number): number {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  const value = readAddress(task, socket, address, length);
  return typeof value === 'number' ? value : socket.bind(value, task);
}

function sysListen(task: Task, fd: number, backlog: number): number {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  const { euid: uid, egid: gid } = task.credentials;
  socket.owner = { pid: task.process.pid, uid, gid };
  return socket.listen(backlog, task);
}

function sysAccept4(
  task: Task,
  fd: number,
  address: number,
  lengthAddress: number,
  flags: number,
): Result {
  if (flags & ~(O_CLOEXEC | O_NONBLOCK)) return -EINVAL;
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  if (socket.type === SOCK_DGRAM) return -EOPNOTSUPP;
  return blockingRead(task, socket, () => {
    const accepted = socket.accept(flags & O_NONBLOCK);
    if (typeof accepted === 'number') return accepted;
    const peer = accepted.peerAddress();
    if (typeof peer !== 'number') {
      const written = writeAddress(task, peer, address, lengthAddress);
      if (written < 0) return written;
    }
    return installFile(task, accepted, (flags & O_CLOEXEC) !== 0);
  });
}

function sysConnect(task: Task, fd: number, address: number, length: number): Result {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  if (length >= 2 && socket instanceof DatagramSocket) {
    const head = task.memory.readBytes(address, 2);
    if (familyOf(head, task.abi.littleEndian) === AF_UNSPEC) return socket.disconnect();
  }
  const value = readAddress(task, socket, address, length);
  if (typeof value === 'number') return value;
  const result = socket.connect(value, task);
  if (result !== -EAGAIN || socket.flags & O_NONBLOCK) return result;
  return waitForConnection(task, socket, value);
}

function* waitForConnection(task: Task, socket: Socket, address: SocketAddress): SyscallRun {
  for (;;) {
    const reason = yield waitFor(socket, undefined);
    const error = socket.takeError();
    if (error < 0) return error;
    if (typeof socket.peerAddress() !== 'number') return 0;
    const connecting = socket instanceof StreamSocket && socket.state === 'connecting';
    const result = connecting ? -EAGAIN : socket.connect(address, task);
    if (result !== -EAGAIN) return result;
    if (reason === 'signal') return -ERESTARTSYS;
  }
}

function sysShutdown(task: Task, fd: number, how: number): number {
  const socket = socketOf(task, fd);
  return typeof socket === 'number' ? socket : socket.shutdown(how);
}

function sysGetsockname(task: Task, fd: number, address: number, length: number): number {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  if (address === 0) return -EFAULT;
  return writeAddress(task, socket.localAddress(), address, length);
}

function sysGetpeername(task: Task, fd: number, address: number, length: number): number {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  const peer = socket.peerAddress();
  return typeof peer === 'number' ? peer : writeAddress(task, peer, address, length);
}

export const socketRows: readonly SyscallRow[] = [
  partial(
    'socket',
    sysSocket,
    ['int', 'int', 'int'],
    'AF_UNIX, AF_INET and AF_INET6 without raw sockets; others (netlink, packet) are EAFNOSUPPORT.',
  ),
  full('socketpair', sysSocketpair, ['int', 'int', 'int', 'fd_pair']),
  full('bind', sysBind, ['fd', 'sockaddr', 'int']),
  full('listen', sysListen, ['fd', 'int']),
  full('accept4', sysAccept4, ['fd', 'sockaddr', 'pointer', 'open_flags']),
  full('accept', (task, fd, address, length) => sysAccept4(task, fd, address, length, 0), [
    'fd',
    'sockaddr',
    'pointer',
  ]),
  partial(
    'connect',
    sysConnect,
    ['fd', 'sockaddr', 'int'],
    'Loopback and unix names; the outside is ENETUNREACH unless a gateway is injected.',
  ),
  full('shutdown', sysShutdown, ['fd', 'int']),
  full('getsockname', sysGetsockname, ['fd', 'sockaddr', 'pointer']),
  full('getpeername', sysGetpeername, ['fd', 'sockaddr', 'pointer']),
];
