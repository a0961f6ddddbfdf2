/** read, write and their vectored and positioned forms; lseek. */

import {
  EBADF,
  EFAULT,
  EFBIG,
  EINVAL,
  EISDIR,
  ENXIO,
  EOPNOTSUPP,
  EOVERFLOW,
  ESPIPE,
} from '../abi/errno.ts';
import { O_APPEND } from '../abi/open_flags.ts';
import { SI_KERNEL, SIGXFSZ } from '../abi/signals.ts';
import type { OpenFile } from '../fs/inode.ts';
import { iovecMax, transferBytesMax } from '../fs/limits.ts';
import { IN_ACCESS, IN_MODIFY, notify } from '../fs/notify.ts';
import { TreeFile } from '../fs/tree/tree_file.ts';
import { RLIM_INFINITY, RLIMIT_FSIZE } from '../kernel/resource_limits.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import {
  blockingRead,
  blockingWrite,
  canRead,
  canWrite,
  fileOf,
  transferBuffer,
} from './file_access.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';

type Result = SyscallValue | SyscallRun;

/** A piece of guest memory. */
export interface Segment {
  readonly address: number;
  readonly length: number;
}

/** Bytes of a vectored transfer on a stream that are moved at once. */
const streamBytesMax = 1024 * 1024;

/** RWF_* of preadv2 and pwritev2. */
const RWF_APPEND = 0x10;
const RWF_NOWAIT = 0x8;
const RWF_KNOWN = 0x1f;

/** Reads into segments at the file's offset, or at `position`. */
export function readInto(
  task: Task,
  file: OpenFile,
  segments: readonly Segment[],
  position: number | undefined,
  nonBlocking: boolean = false,
): Result {
  const attempt = (): number => readOnce(task, file, segments, position);
  const first = segments[0];
  const expired = (): number =>
    first ? file.readExpired!(transferBuffer(task, first.address, first.length)) : 0;
  return blockingRead(task, file, attempt, { nonBlocking, expired });
}

function readOnce(
  task: Task,
  file: OpenFile,
  segments: readonly Segment[],
  position: number | undefined,
): number {
  if (!file.seekable && segments.length > 1) return readStream(task, file, segments);
  let done = 0;
  for (const { address, length } of segments) {
    const into = transferBuffer(task, address, Math.min(length, transferBytesMax - done));
    const offset = (position ?? file.offset) + (position === undefined ? 0 : done);
    const count = file.read(into, offset, task);
    if (count < 0) return done > 0 ? done : count;
    if (position === undefined && file.seekable) file.offset += count;
    done += count;
    if (count < length) break;
  }
  if (done > 0) notify(file.path.dentry, IN_ACCESS);
  return done;
}

/** A read of a stream into several segments is one read: a datagram, a packet, a line. */
function readStream(task: Task, file: OpenFile, segments: readonly Segment[]): number {
  const total = segments.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(Math.min(total, streamBytesMax));
  const count = file.read(bytes, 0, task);
  let done = 0;
  for (const { address, length } of segments) {
    if (done >= count) break;
    const part = bytes.subarray(done, Math.min(count, done + length));
    task.memory.writeBytes(address, part);
    done += part.length;
  }
  return count;
}

/** Several segments as one write, so that packets and small pipe writes stay whole. */
function joinSegments(task: Task, segments: readonly Segment[], from: number): Uint8Array {
  const total = segments.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(Math.min(total - from, streamBytesMax));
  let done = 0;
  while (done < bytes.length) {
    const { address, length } = segmentAt(segments, from + done)!;
    const part = task.memory.range(address, Math.min(length, bytes.length - done));
    bytes.set(part, done);
    done += part.length;
  }
  return bytes;
}

/** Writes segments at the file's offset, or at `position`. */
export function writeFrom(
  task: Task,
  file: OpenFile,
  segments: readonly Segment[],
  position: number | undefined,
  options: { append?: boolean; nonBlocking?: boolean } = {},
): Result {
  const total = segments.reduce((sum, { length }) => sum + length, 0);
  const append = options.append || (file.flags & O_APPEND) !== 0;
  const attempt = (done: number): number => {
    const segment = segmentAt(segments, done);
    if (!segment) return writeOnce(task, file, new Uint8Array(0), position, append, done);
    const joined = !file.seekable && segments.length > 1;
    const from = joined
      ? joinSegments(task, segments, done)
      : transferBuffer(task, segment.address, segment.length);
    return writeOnce(task, file, from, position, append, done);
  };
  return blockingWrite(task, file, Math.min(total, transferBytesMax), attempt, options);
}

function writeOnce(
  task: Task,
  file: OpenFile,
  from: Uint8Array,
  position: number | undefined,
  append: boolean,
  done: number,
): number {
  if (!file.seekable) return file.write(from, 0, task);
  const own = position === undefined ? file.offset : position + done;
  const offset = append ? file.attributes.size : own;
  const allowed = limitWrite(task, file, offset, from.length);
  if (allowed < 0) return allowed;
  const count = file.write(from.subarray(0, allowed), offset, task);
  if (count < 0) return count;
  if (position === undefined) file.offset = offset + count;
  if (count > 0) notify(file.path.dentry, IN_MODIFY);
  return count;
}

/** RLIMIT_FSIZE: bytes that may be written at an offset, or -EFBIG with SIGXFSZ. */
function limitWrite(task: Task, file: OpenFile, offset: number, length: number): number {
  const limit = task.process.limits[RLIMIT_FSIZE]?.soft ?? RLIM_INFINITY;
  if (limit === RLIM_INFINITY || file.attributes.kind !== 'file' || length === 0) return length;
  const room = Number(limit) - offset;
  if (room > 0) return Math.min(length, room);
  task.signal({ signal: SIGXFSZ, code: SI_KERNEL });
  return -EFBIG;
}

function segmentAt(segments: readonly Segment[], offset: number): Segment | undefined {
  let rest = offset;
  for (const { address, length } of segments) {
    if (rest < length) return { address: address + rest, length: length - rest };
    rest -= length;
  }
  return undefined;
}

/** Reads an array of iovecs: -EINVAL for too many or too long. */
export function readSegments(task: Task, address: number, count: number): Segment[] | number {
  if (count < 0 || count > iovecMax) return -EINVAL;
  const { wordBytes } = task.abi;
  const segments: Segment[] = [];
  let total = 0;
  for (let index = 0; index < count; index++) {
    const at = address + index * 2 * wordBytes;
    const length = Number(task.memory.readWord(at + wordBytes));
    total += length;
    if (length >= 2 ** (8 * wordBytes - 1)) return -EINVAL;
    if (length > 0) segments.push({ address: task.memory.readPointer(at), length });
  }
  return total > Number.MAX_SAFE_INTEGER ? -EINVAL : segments;
}

function sysRead(task: Task, fd: number, buffer: number, count: number): Result {
  const file = fileOf(task, fd);
  if (!file || !canRead(file)) return -EBADF;
  return readInto(task, file, [{ address: buffer, length: count }], undefined);
}

function sysWrite(task: Task, fd: number, buffer: number, count: number): Result {
  const file = fileOf(task, fd);
  if (!file || !canWrite(file)) return -EBADF;
  return writeFrom(task, file, [{ address: buffer, length: count }], undefined);
}

function sysReadv(task: Task, fd: number, vector: number, count: number): Result {
  const file = fileOf(task, fd);
  if (!file || !canRead(file)) return -EBADF;
  const segments = readSegments(task, vector, count);
  if (typeof segments === 'number') return segments;
  return readInto(task, file, segments, undefined);
}

function sysWritev(task: Task, fd: number, vector: number, count: number): Result {
  const file = fileOf(task, fd);
  if (!file || !canWrite(file)) return -EBADF;
  const segments = readSegments(task, vector, count);
  if (typeof segments === 'number') return segments;
  return writeFrom(task, file, segments, undefined);
}

function sysPread(task: Task, fd: number, buffer: number, count: number, offset: number): Result {
  if (offset < 0) return -EINVAL;
  const file = fileOf(task, fd);
  if (!file || !canRead(file)) return -EBADF;
  if (!file.seekable) return -ESPIPE;
  return readInto(task, file, [{ address: buffer, length: count }], offset);
}

function sysPwrite(task: Task, fd: number, buffer: number, count: number, offset: number): Result {
  if (offset < 0) return -EINVAL;
  const file = fileOf(task, fd);
  if (!file || !canWrite(file)) return -EBADF;
  if (!file.seekable) return -ESPIPE;
  return writeFrom(task, file, [{ address: buffer, length: count }], offset);
}

/** The position of preadv and pwritev: two longs, the second one above the first on 32 bits. */
function vectorPosition(task: Task, low: bigint, high: bigint): number {
  const bits = task.abi.wordBytes * 8;
  const joined =
    bits === 64
      ? BigInt.asIntN(64, low)
      : BigInt.asIntN(64, (high << 32n) | BigInt.asUintN(32, low));
  return Number(joined);
}

function preadv(
  task: Task,
  fd: number,
  vector: number,
  count: number,
  position: number,
  flags: number,
): Result {
  if (flags & ~RWF_KNOWN) return -EOPNOTSUPP;
  const file = fileOf(task, fd);
  if (!file || !canRead(file)) return -EBADF;
  if (position >= 0 && !file.seekable) return -ESPIPE;
  const segments = readSegments(task, vector, count);
  if (typeof segments === 'number') return segments;
  const at = position === -1 ? undefined : position;
  return readInto(task, file, segments, at, (flags & RWF_NOWAIT) !== 0);
}

function pwritev(
  task: Task,
  fd: number,
  vector: number,
  count: number,
  position: number,
  flags: number,
): Result {
  if (flags & ~RWF_KNOWN) return -EOPNOTSUPP;
  const file = fileOf(task, fd);
  if (!file || !canWrite(file)) return -EBADF;
  if (position >= 0 && !file.seekable) return -ESPIPE;
  const segments = readSegments(task, vector, count);
  if (typeof segments === 'number') return segments;
  return writeFrom(task, file, segments, position === -1 ? undefined : position, {
    append: (flags & RWF_APPEND) !== 0,
    nonBlocking: (flags & RWF_NOWAIT) !== 0,
  });
}

function sysPreadv(
  task: Task,
  fd: number,
  iov: number,
  n: number,
  low: bigint,
  high: bigint,
): Result {
  const position = vectorPosition(task, low, high);
  return position < 0 ? -EINVAL : preadv(task, fd, iov, n, position, 0);
}

function sysPwritev(
  task: Task,
  fd: number,
  iov: number,
  n: number,
  low: bigint,
  high: bigint,
): Result {
  const position = vectorPosition(task, low, high);
  return position < 0 ? -EINVAL : pwritev(task, fd, iov, n, position, 0);
}

function sysPreadv2(
  task: Task,
  fd: number,
  iov: number,
  n: number,
  low: bigint,
  high: bigint,
  flags: number,
): Result {
  const position = vectorPosition(task, low, high);
  return position < -1 ? -EINVAL : preadv(task, fd, iov, n, position, flags);
}

function sysPwritev2(
  task: Task,
  fd: number,
  iov: number,
  n: number,
  low: bigint,
  high: bigint,
  flags: number,
): Result {
  const position = vectorPosition(task, low, high);
  return position < -1 ? -EINVAL : pwritev(task, fd, iov, n, position, flags);
}

/** lseek(2) for all widths. */
export function seek(file: OpenFile, offset: number, whence: number): number {
  if (!file.seekable) return -ESPIPE;
  const base = seekBase(file, offset, whence);
  if (base < 0) return base;
  const target = whence > 2 ? base : base + offset;
  if (target < 0) return -EINVAL;
  if (target > Number.MAX_SAFE_INTEGER) return -EOVERFLOW;
  file.offset = target;
  if (target === 0) file.directory?.rewind();
  return target;
}

function seekBase(file: OpenFile, offset: number, whence: number): number {
  switch (whence) {
    case 0:
      return 0;
    case 1:
      return file.offset;
    case 2:
      return file.directory ? -EINVAL : file.attributes.size;
    case 3:
    case 4:
      return seekHole(file, offset, whence === 4);
    default:
      return -EINVAL;
  }
}

function seekHole(file: OpenFile, offset: number, hole: boolean): number {
  if (file.directory) return -EISDIR;
  if (offset < 0) return -ENXIO;
  if (file.inode instanceof TreeFile) return file.inode.bytes.seek(offset, hole) ?? -ENXIO;
  const { size } = file.attributes;
  if (offset >= size) return -ENXIO;
  return hole ? size : offset;
}

function sysLseek(task: Task, fd: number, offset: number, whence: number): number {
  const file = fileOf(task, fd);
  return file ? seek(file, offset, whence) : -EBADF;
}

function sysLlseek(
  task: Task,
  fd: number,
  high: number,
  low: number,
  result: number,
  whence: number,
): number {
  const file = fileOf(task, fd);
  if (!file) return -EBADF;
  const position = seek(file, (high | 0) * 2 ** 32 + (low >>> 0), whence);
  if (position < 0) return position;
  if (result === 0) return -EFAULT;
  task.memory.writeU64(result, BigInt(position));
  return 0;
}

/** Most frequent first: a shell script spends nine tenths of its file calls here. */
export const fileIoRows: readonly SyscallRow[] = [
  full('read', sysRead, ['fd', 'write_buffer', 'size']),
  full('write', sysWrite, ['fd', 'read_buffer', 'size']),
  full('readv', sysReadv, ['fd', 'iovec', 'int']),
  full('writev', sysWritev, ['fd', 'iovec', 'int']),
  full('pread64', sysPread, ['fd', 'write_buffer', 'size', 'offset']),
  full('pwrite64', sysPwrite, ['fd', 'read_buffer', 'size', 'offset']),
  full('preadv', sysPreadv, ['fd', 'iovec', 'int', 'long', 'long']),
  full('pwritev', sysPwritev, ['fd', 'iovec', 'int', 'long', 'long']),
  partial(
    'preadv2',
    sysPreadv2,
    ['fd', 'iovec', 'int', 'long', 'long', 'int'],
    'RWF_HIPRI, RWF_DSYNC and RWF_SYNC change nothing: there is no disk.',
  ),
  partial(
    'pwritev2',
    sysPwritev2,
    ['fd', 'iovec', 'int', 'long', 'long', 'int'],
    'RWF_HIPRI, RWF_DSYNC and RWF_SYNC change nothing: there is no disk.',
  ),
  full('lseek', sysLseek, ['fd', 'offset', 'int']),
  full('_llseek', sysLlseek, ['fd', 'uint', 'uint', 'pointer', 'int']),
];
