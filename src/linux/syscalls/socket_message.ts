/** send, recv and their message forms, with ancillary data. */

import { EAGAIN, EBADF, EINVAL, EMSGSIZE, EOPNOTSUPP, EPERM, ETOOMANYREFS } from '../abi/errno.ts';
import { decodeStruct, encodeStruct, readStruct, writeStruct } from '../abi/layout.ts';
import { releaseFile } from '../fs/file_table.ts';
import type { OpenFile } from '../fs/inode.ts';
import { passedFilesMax, transferBytesMax } from '../fs/limits.ts';
import { privileged } from '../kernel/credentials.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import { AF_UNIX, encodeAddress, type SocketAddress } from '../net/address.ts';
import type { Control, PeerCredentials, Received } from '../net/channel.ts';
import { dropControl } from '../net/channel.ts';
import {
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SOCK_STREAM,
  type Socket,
} from '../net/socket.ts';
import { blockingRead, blockingWrite, transferBuffer } from './file_access.ts';
import { readSegments, type Segment } from './file_io.ts';
import { installFile } from './file_open.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';
import { readAddress, socketOf, writeAddress } from './socket.ts';

type Result = SyscallValue | SyscallRun;

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
const MSG_OOB = 1;
/** Bytes that one receive with MSG_WAITALL collects at most. */
const waitAllBytesMax = 16 * 1024 * 1024;

/** All segments as one array: messages are sent whole. */
function gather(task: Task, segments: readonly Segment[]): Uint8Array {
  const total = segments.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(Math.min(total, transferBytesMax));
  let at = 0;
  for (const { address, length } of segments) {
    bytes.set(task.memory.range(address, length), at);
    at += length;
  }
  return bytes;
}

/** Sends bytes; a stream goes on until all are gone, a datagram goes whole. */
function send(
  task: Task,
  socket: Socket,
  segments: readonly Segment[],
  to: SocketAddress | undefined,
  control: Control | undefined,
  flags: number,
): Result {
  if (flags & MSG_OOB) return -EOPNOTSUPP;
  const options = {
    nonBlocking: (flags & MSG_DONTWAIT) !== 0,
    quiet: (flags & MSG_NOSIGNAL) !== 0,
  };
  const total = segments.reduce((sum, { length }) => sum + length, 0);
  if (socket.type !== SOCK_STREAM && total > 2 * socket.sendBuffer) return -EMSGSIZE;
  const bytes = gather(task, segments);
  const attempt = (done: number): number => {
    const first = done === 0;
    return socket.send(
      { bytes: bytes.subarray(done), to, control: first ? control : undefined },
      task,
    );
  };
  return blockingWrite(task, socket, bytes.length, attempt, options);
}

function sysSendto(
  task: Task,
  fd: number,
  buffer: number,
  length: number,
  flags: number,
  address: number,
  addressLength: number,
): Result {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  const to = address === 0 ? undefined : readAddress(task, socket, address, addressLength);
  if (typeof to === 'number') return to;
  const segments = length > 0 ? [{ address: buffer, length }] : [];
  return send(task, socket, segments, to, undefined, flags);
}

interface MessageHeader {
  readonly name: number;
  readonly nameLength: number;
  readonly segments: readonly Segment[];
  readonly control: number;
  readonly controlLength: number;
}

function readHeader(task: Task, address: number): MessageHeader | number {
  const layout = task.abi.layouts.msghdr;
  task.memory.range(address, layout.size);
  const fields = readStruct(task.memory, address, layout)!;
  const segments = readSegments(task, Number(fields.iov), Number(fields.iovLength));
  if (typeof segments === 'number') return segments === -EINVAL ? -EMSGSIZE : segments;
  return {
    name: Number(fields.name),
    nameLength: Number(BigInt.asIntN(32, fields.nameLength)),
    segments,
    control: Number(fields.control),
    controlLength: Number(fields.controlLength),
  };
}

/** Ancillary data to send: files get a reference each. */
function readControl(task: Task, header: MessageHeader): Control | undefined | number {
  if (header.control === 0 || header.controlLength === 0) return undefined;
  if (header.controlLength > 65536) return -EINVAL;
  const layout = task.abi.layouts.cmsghdr;
  const bytes = task.memory.readBytes(header.control, header.controlLength);
  const { wordBytes, littleEndian } = task.abi;
  const files: OpenFile[] = [];
  let credentials: PeerCredentials | undefined;
  for (let at = 0; at + layout.size <= bytes.length; ) {
    const { length, level, type } = decodeStruct(bytes.subarray(at), layout, littleEndian);
    const size = Number(length);
    if (size < layout.size || at + size > bytes.length) return -EINVAL;
    const data = bytes.subarray(at + layout.size, at + size);
    if (Number(level) === SOL_SOCKET) {
      const view = new DataView(data.buffer, data.byteOffset, data.length);
      if (Number(type) === SCM_RIGHTS) {
        const added = collectFiles(task, view, littleEndian, files);
        if (added < 0) return added;
      } else if (Number(type) === SCM_CREDENTIALS) {
        const given = decodeCredentials(task, view, littleEndian);
        if (typeof given === 'number') return given;
        credentials = given;
      } else return -EINVAL;
    }
    at += Math.ceil(size / wordBytes) * wordBytes;
  }
  for (const file of files) file.references++;
  return { files, credentials };
}

function collectFiles(task: Task, view: DataView, little: boolean, files: OpenFile[]): number {
  for (let at = 0; at + 4 <= view.byteLength; at += 4) {
    const file = task.files.get(view.getInt32(at, little));
    if (!file) return -EBADF;
    files.push(file);
  }
  return files.length > passedFilesMax ? -ETOOMANYREFS : 0;
}

function decodeCredentials(task: Task, view: DataView, little: boolean): PeerCredentials | number {
  if (view.byteLength < 12) return -EINVAL;
  const given = {
    pid: view.getInt32(0, little),
    uid: view.getUint32(4, little),
    gid: view.getUint32(8, little),
  };
  const own = task.credentials;
  const honest =
    given.pid === task.process.pid &&
    [own.uid, own.euid, own.suid].includes(given.uid) &&
    [own.gid, own.egid, own.sgid].includes(given.gid);
  return honest || privileged(own) ? given : -EPERM;
}

function senderOf(task: Task): PeerCredentials {
  const { uid, gid } = task.credentials;
  return { pid: task.process.pid, uid, gid };
}

function sendMessage(task: Task, socket: Socket, address: number, flags: number): Result {
  const header = readHeader(task, address);
  if (typeof header === 'number') return header;
  const to =
    header.name === 0 ? undefined : readAddress(task, socket, header.name, header.nameLength);
  if (typeof to === 'number') return to;
  const control = readControl(task, header);
  if (typeof control === 'number') return control;
  if (socket.domain !== AF_UNIX) {
    dropControl(control);
    return send(task, socket, header.segments, to, undefined, flags);
  }
  const sender = control?.credentials ?? senderOf(task);
  const full = control ? { files: control.files, credentials: sender } : undefined;
  return send(task, socket, header.segments, to, full, flags);
}

function sysSendmsg(task: Task, fd: number, address: number, flags: number): Result {
  const socket = socketOf(task, fd);
  return typeof socket === 'number' ? socket : sendMessage(task, socket, address, flags);
}

/** Runs a call per `struct mmsghdr` of an array; stops at the first that fails or waits. */
function* manyMessages(
  task: Task,
  address: number,
  count: number,
  one: (address: number, first: boolean) => Result,
): SyscallRun {
  const { size } = task.abi.layouts.msghdr;
  const { wordBytes } = task.abi;
  const stride = Math.ceil((size + 4) / wordBytes) * wordBytes;
  let done = 0;
  while (done < Math.min(count, 1024)) {
    const at = address + done * stride;
    const result = one(at, done === 0);
    const value = Number(typeof result === 'object' ? yield* result : result);
    if (value < 0) return done > 0 ? done : value;
    task.memory.writeU32(at + size, value);
    done++;
  }
  return done;
}

function sysSendmmsg(
  task: Task,
  fd: number,
  address: number,
  count: number,
  flags: number,
): Result {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  return manyMessages(task, address, count, (at) => sendMessage(task, socket, at, flags));
}

/** Where a received message goes. */
interface Destination {
  readonly segments: readonly Segment[];
  readonly flags: number;
  /** Told once with what came; gives the value of the call. */
  readonly finish: (received: Received, taken: number) => number;
}

function receive(task: Task, socket: Socket, to: Destination): Result {
  const { flags, segments } = to;
  if (flags & MSG_OOB) return -EINVAL;
  const total = segments.reduce((sum, { length }) => sum + length, 0);
  const peek = (flags & MSG_PEEK) !== 0;
  const whole = (flags & MSG_WAITALL) !== 0 && socket.type === SOCK_STREAM && !peek;
  const most = whole ? waitAllBytesMax : Math.max(socket.unread, 65536) + 65536;
  const buffer = new Uint8Array(Math.min(total, most));
  let done = 0;
  const finish = (received: Received): number => {
    scatter(task, segments, buffer.subarray(0, done));
    return to.finish(received, done);
  };
  const attempt = (): number => {
    for (;;) {
      const received = socket.receive(buffer.subarray(done), peek);
      if (typeof received === 'number') {
        if (done === 0 || (whole && received === -EAGAIN)) return received;
        return done;
      }
      done += received.count;
      if (whole && received.count > 0 && done < buffer.length && !received.control) continue;
      return finish(received);
    }
  };
  const options = { nonBlocking: (flags & MSG_DONTWAIT) !== 0 };
  const result = blockingRead(task, socket, attempt, options);
  // A signal, a time-out or an error ends MSG_WAITALL with what has come.
  const partial = (): number =>
    finish({ count: done, length: done, control: undefined, from: undefined });
  if (typeof result === 'object') return orPartial(result, () => (done > 0 ? partial() : 0));
  return whole && Number(result) < 0 && done > 0 ? partial() : result;
}

function* orPartial(run: SyscallRun, partial: () => number): SyscallRun {
  const value = yield* run;
  return Number(value) < 0 ? partial() || value : value;
}

function scatter(task: Task, segments: readonly Segment[], bytes: Uint8Array): void {
  let at = 0;
  for (const { address, length } of segments) {
    if (at >= bytes.length) return;
    const part = bytes.subarray(at, at + length);
    transferBuffer(task, address, part.length).set(part);
    at += part.length;
  }
}

/** The value of a receive: with MSG_TRUNC the length of the datagram. */
function resultOf(socket: Socket, received: Received, taken: number, flags: number): number {
  return flags & MSG_TRUNC && socket.type !== SOCK_STREAM ? received.length : taken;
}

function sysRecvfrom(
  task: Task,
  fd: number,
  buffer: number,
  length: number,
  flags: number,
  address: number,
  lengthAddress: number,
): Result {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  return receive(task, socket, {
    segments: length > 0 ? [{ address: buffer, length }] : [],
    flags,
    finish(received, taken) {
      if ((flags & MSG_PEEK) === 0) dropControl(received.control);
      const from =
        received.from ?? (socket.type === SOCK_STREAM ? undefined : socket.peerAddress());
      if (address !== 0 && from && typeof from !== 'number') {
        const written = writeAddress(task, from, address, lengthAddress);
        if (written < 0) return written;
      } else if (address !== 0) task.memory.writeU32(lengthAddress, 0);
      return resultOf(socket, received, taken, flags);
    },
  });
}

function receiveMessage(task: Task, socket: Socket, address: number, flags: number): Result {
  const header = readHeader(task, address);
  if (typeof header === 'number') return header;
  return receive(task, socket, {
    segments: header.segments,
    flags,
    finish(received, taken) {
      const ancillary = writeControl(task, socket, received, header, flags);
      finishHeader(task, address, header, received, {
        controlLength: ancillary.length,
        flags: ancillary.flags | (received.length > received.count ? MSG_TRUNC : 0),
      });
      return resultOf(socket, received, taken, flags);
    },
  });
}

function finishHeader(
  task: Task,
  address: number,
  header: MessageHeader,
  received: Received,
  told: { controlLength: number; flags: number },
): void {
  const layout = task.abi.layouts.msghdr;
  let nameLength = 0;
  if (header.name !== 0 && received.from) {
    const bytes = encodeAddress(received.from, task.abi.littleEndian);
    task.memory.writeBytes(header.name, bytes.subarray(0, Math.max(0, header.nameLength)));
    nameLength = bytes.length;
  }
  const old = readStruct(task.memory, address, layout)!;
  writeStruct(task.memory, address, layout, {
    ...old,
    nameLength,
    controlLength: told.controlLength,
    flags: told.flags,
  });
}

/** Ancillary data for the receiver: descriptors are made, those without room are closed. */
function writeControl(
  task: Task,
  socket: Socket,
  received: Received,
  header: MessageHeader,
  flags: number,
): { length: number; flags: number } {
  const writer = new ControlWriter(task, header);
  const { control } = received;
  if (socket.passCredentials && socket.domain === AF_UNIX) {
    const { pid, uid, gid } = control?.credentials ?? socket.peerCredentials ?? noCredentials;
    writer.write(SCM_CREDENTIALS, [pid, uid, gid]);
  }
  if (!control || flags & MSG_PEEK || control.files.length === 0) return writer.result;
  const room = Math.min(control.files.length, writer.wordsLeft);
  const fds: number[] = [];
  control.files.forEach((file, index) => {
    const fits = index < room;
    const fd = fits ? installFile(task, file, (flags & MSG_CMSG_CLOEXEC) !== 0) : -1;
    if (fd >= 0) fds.push(fd);
    releaseFile(file);
  });
  if (fds.length < control.files.length) writer.truncated = true;
  if (fds.length > 0) writer.write(SCM_RIGHTS, fds);
  return writer.result;
}

const noCredentials: PeerCredentials = { pid: 0, uid: 65534, gid: 65534 };

class ControlWriter {
  readonly #task: Task;
  readonly #header: MessageHeader;
  #at: number = 0;
  truncated: boolean = false;

  constructor(task: Task, header: MessageHeader) {
    this.#task = task;
    this.#header = header;
  }

  /** 32-bit words that one more message could hold. */
  get wordsLeft(): number {
    const { size } = this.#task.abi.layouts.cmsghdr;
    return Math.max(0, Math.floor((this.#room - this.#at - size) / 4));
  }

  get #room(): number {
    return this.#header.control === 0 ? 0 : this.#header.controlLength;
  }

  get result(): { length: number; flags: number } {
    return { length: this.#at, flags: this.truncated ? MSG_CTRUNC : 0 };
  }

  write(type: number, words: readonly number[]): void {
    const { layouts, littleEndian, wordBytes } = this.#task.abi;
    const length = layouts.cmsghdr.size + 4 * words.length;
    if (this.#at + length > this.#room) {
      this.truncated = true;
      return;
    }
    const bytes = new Uint8Array(length);
    bytes.set(encodeStruct(layouts.cmsghdr, { length, level: SOL_SOCKET, type }, littleEndian));
    const view = new DataView(bytes.buffer);
    words.forEach((word, index) => {
      view.setUint32(layouts.cmsghdr.size + 4 * index, word, littleEndian);
    });
    this.#task.memory.writeBytes(this.#header.control + this.#at, bytes);
    const padded = Math.ceil(length / wordBytes) * wordBytes;
    this.#at = Math.min(this.#room, this.#at + padded);
  }
}

function sysRecvmsg(task: Task, fd: number, address: number, flags: number): Result {
  const socket = socketOf(task, fd);
  return typeof socket === 'number' ? socket : receiveMessage(task, socket, address, flags);
}

const MSG_WAITFORONE = 0x10000;

function sysRecvmmsg(
  task: Task,
  fd: number,
  address: number,
  count: number,
  flags: number,
): Result {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  return manyMessages(task, address, count, (at, first) => {
    const later = !first && flags & MSG_WAITFORONE ? MSG_DONTWAIT : 0;
    return receiveMessage(task, socket, at, (flags & ~MSG_WAITFORONE) | later);
  });
}

export const socketMessageRows: readonly SyscallRow[] = [
  full('sendto', sysSendto, ['fd', 'read_buffer', 'size', 'int', 'sockaddr', 'int']),
  full('recvfrom', sysRecvfrom, ['fd', 'write_buffer', 'size', 'int', 'sockaddr', 'pointer']),
  full('sendmsg', sysSendmsg, ['fd', 'pointer', 'int']),
  full('recvmsg', sysRecvmsg, ['fd', 'pointer', 'int']),
  full('sendmmsg', sysSendmmsg, ['fd', 'pointer', 'uint', 'int']),
  partial(
    'recvmmsg',
    sysRecvmmsg,
    ['fd', 'pointer', 'uint', 'int'],
    'The timeout is not looked at.',
  ),
  full(
    'send',
    (task, fd, buffer, length, flags) => sysSendto(task, fd, buffer, length, flags, 0, 0),
    ['fd', 'read_buffer', 'size', 'int'],
  ),
  full(
    'recv',
    (task, fd, buffer, length, flags) => sysRecvfrom(task, fd, buffer, length, flags, 0, 0),
    ['fd', 'write_buffer', 'size', 'int'],
  ),
];
