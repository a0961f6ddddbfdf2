/** pipe, and copies between files inside the kernel: sendfile, splice, tee, copy_file_range. */

import { EAGAIN, EBADF, EINVAL, EISDIR, ERESTARTSYS, ESPIPE, EXDEV } from '../abi/errno.ts';
import { O_APPEND, O_CLOEXEC, O_DIRECT, O_NONBLOCK } from '../abi/open_flags.ts';
import type { OpenFile } from '../fs/inode.ts';
import { copyChunkBytes } from '../fs/limits.ts';
import { identityOf } from '../fs/permission.ts';
import { makePipe, PipeFile } from '../fs/pipe.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import { blockingWrite, canRead, canWrite, fileOf, waitFor } from './file_access.ts';
import { readSegments, writeFrom } from './file_io.ts';
import { installFile, runNow } from './file_open.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';

type Result = SyscallValue | SyscallRun;

function sysPipe2(task: Task, address: number, flags: number): number {
  if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) return -EINVAL;
  task.memory.range(address, 8);
  const [reader, writer] = makePipe(task.machine.vfs, flags, identityOf(task));
  const closeOnExec = (flags & O_CLOEXEC) !== 0;
  const first = installFile(task, reader, closeOnExec);
  const second = installFile(task, writer, closeOnExec);
  if (first < 0 || second < 0) {
    if (first >= 0) task.files.close(first);
    return Math.min(first, second);
  }
  task.memory.writeU32(address, first);
  task.memory.writeU32(address + 4, second);
  return 0;
}

/** One side of a copy: a file, and an offset where it is not the file's own. */
interface Side {
  readonly file: OpenFile;
  offset: number | undefined;
}

function readSide(side: Side, into: Uint8Array, task: Task): number {
  const { file } = side;
  const count = file.read(into, side.offset ?? file.offset, task);
  if (count > 0) advance(side, count);
  return count;
}

function advance(side: Side, count: number): void {
  if (side.offset !== undefined) side.offset += count;
  else if (side.file.seekable) side.file.offset += count;
}

function writeSide(side: Side, from: Uint8Array, task: Task): number {
  const { file } = side;
  const own = side.offset ?? file.offset;
  const offset = file.flags & O_APPEND ? file.attributes.size : own;
  const count = file.write(from, offset, task);
  if (count > 0) advance(side, count);
  return count;
}

/**
 * Copies at most `length` bytes: waits for the first ones, then takes what is there. Everything
 * read is written before it returns.
 */
function* copy(
  task: Task,
  source: Side,
  target: Side,
  length: number,
  nonBlocking: boolean,
): SyscallRun {
  let done = 0;
  const buffer = new Uint8Array(Math.min(length, copyChunkBytes));
  while (done < length) {
    const wanted = buffer.subarray(0, Math.min(buffer.length, length - done));
    const count = readSide(source, wanted, task);
    if (count === -EAGAIN && done === 0 && !nonBlocking && !(source.file.flags & O_NONBLOCK)) {
      const reason = yield waitFor(source.file, undefined);
      if (reason === 'signal') return -ERESTARTSYS;
      continue;
    }
    if (count <= 0) return done > 0 ? done : count;
    const write = (written: number): number =>
      writeSide(target, wanted.subarray(written, count), task);
    const result = blockingWrite(task, target.file, count, write);
    const written = Number(typeof result === 'object' ? yield* result : result);
    if (written < count) giveBack(source, count - Math.max(0, written));
    if (written < 0) return done > 0 ? done : written;
    done += written;
    if (written < count || (!source.file.seekable && count < wanted.length)) break;
  }
  return done;
}

/** Bytes that were read but could not be written: a seekable source keeps them. */
function giveBack(source: Side, count: number): void {
  if (source.offset !== undefined) source.offset -= count;
  else if (source.file.seekable) source.file.offset -= count;
}

/** An offset argument in guest memory: read before, written after the call. */
function readOffset(task: Task, address: number): number | undefined {
  if (address === 0) return undefined;
  return Number(BigInt.asIntN(64, task.memory.readU64(address)));
}

function* copying(
  task: Task,
  sides: { source: Side; target: Side; sourceAddress: number; targetAddress: number },
  length: number,
  nonBlocking: boolean,
): SyscallRun {
  const { source, target, sourceAddress, targetAddress } = sides;
  const result = yield* copy(task, source, target, length, nonBlocking);
  if (sourceAddress !== 0) task.memory.writeU64(sourceAddress, BigInt(source.offset!));
  if (targetAddress !== 0) task.memory.writeU64(targetAddress, BigInt(target.offset!));
  return result;
}

function sysSendfile(
  task: Task,
  outFd: number,
  inFd: number,
  offsetAddress: number,
  count: number,
): Result {
  const input = fileOf(task, inFd);
  const output = fileOf(task, outFd);
  if (!input || !canRead(input) || !output || !canWrite(output)) return -EBADF;
  if (input.attributes.kind === 'directory' || output.flags & O_APPEND) return -EINVAL;
  const offset = readOffset(task, offsetAddress);
  if (offset !== undefined && !input.seekable) return -ESPIPE;
  if (offset !== undefined && offset < 0) return -EINVAL;
  const sides = {
    source: { file: input, offset },
    target: { file: output, offset: undefined },
    sourceAddress: offsetAddress,
    targetAddress: 0,
  };
  return runNow(copying(task, sides, count, false));
}

const SPLICE_F_NONBLOCK = 2;

function sysSplice(
  task: Task,
  inFd: number,
  inAddress: number,
  outFd: number,
  outAddress: number,
  length: number,
  flags: number,
): Result {
  const input = fileOf(task, inFd);
  const output = fileOf(task, outFd);
  if (!input || !canRead(input) || !output || !canWrite(output)) return -EBADF;
  if (!(input instanceof PipeFile) && !(output instanceof PipeFile)) return -EINVAL;
  if (flags & ~0xf || (output.flags & O_APPEND) !== 0) return -EINVAL;
  if (inAddress !== 0 && !input.seekable) return -ESPIPE;
  if (outAddress !== 0 && !output.seekable) return -ESPIPE;
  const sides = {
    source: { file: input, offset: readOffset(task, inAddress) },
    target: { file: output, offset: readOffset(task, outAddress) },
    sourceAddress: inAddress,
    targetAddress: outAddress,
  };
  return runNow(copying(task, sides, length, (flags & SPLICE_F_NONBLOCK) !== 0));
}

function* teeRun(
  input: PipeFile,
  output: PipeFile,
  length: number,
  nonBlocking: boolean,
): SyscallRun {
  for (;;) {
    const bytes = new Uint8Array(Math.min(length, input.pipe.length));
    const count = input.pipe.peek(bytes);
    const result = count > 0 ? output.pipe.write(bytes.subarray(0, count)) : count;
    if (result !== -EAGAIN || nonBlocking) return result;
    const reason = yield { queues: [input.changed, output.changed] };
    if (reason === 'signal') return -ERESTARTSYS;
  }
}

function sysTee(task: Task, inFd: number, outFd: number, length: number, flags: number): Result {
  const input = fileOf(task, inFd);
  const output = fileOf(task, outFd);
  if (!input || !canRead(input) || !output || !canWrite(output)) return -EBADF;
  if (!(input instanceof PipeFile) || !(output instanceof PipeFile)) return -EINVAL;
  if (input.pipe === output.pipe) return -EINVAL;
  return runNow(teeRun(input, output, length, (flags & SPLICE_F_NONBLOCK) !== 0));
}

function sysVmsplice(task: Task, fd: number, vector: number, count: number, flags: number): Result {
  const file = fileOf(task, fd);
  if (!(file instanceof PipeFile) || !canWrite(file)) return -EBADF;
  const segments = readSegments(task, vector, count);
  if (typeof segments === 'number') return segments;
  const nonBlocking = (flags & SPLICE_F_NONBLOCK) !== 0;
  return writeFrom(task, file, segments, undefined, { nonBlocking });
}

function sysCopyFileRange(
  task: Task,
  inFd: number,
  inAddress: number,
  outFd: number,
  outAddress: number,
  length: number,
  flags: number,
): Result {
  const input = fileOf(task, inFd);
  const output = fileOf(task, outFd);
  if (!input || !canRead(input) || !output || !canWrite(output)) return -EBADF;
  if (flags !== 0) return -EINVAL;
  if (output.flags & O_APPEND) return -EBADF;
  if (input.directory || output.directory) return -EISDIR;
  if (input.attributes.kind !== 'file' || output.attributes.kind !== 'file') return -EINVAL;
  if (input.inode.fs.type !== output.inode.fs.type) return -EXDEV;
  const sides = {
    source: { file: input, offset: readOffset(task, inAddress) },
    target: { file: output, offset: readOffset(task, outAddress) },
    sourceAddress: inAddress,
    targetAddress: outAddress,
  };
  return runNow(copying(task, sides, length, false));
}

export const fileCopyRows: readonly SyscallRow[] = [
  full('pipe2', sysPipe2, ['fd_pair', 'open_flags']),
  full('pipe', (task, address) => sysPipe2(task, address, 0), ['fd_pair']),
  full('sendfile', sysSendfile, ['fd', 'fd', 'pointer', 'size']),
  full('sendfile64', sysSendfile, ['fd', 'fd', 'pointer', 'size']),
  full('splice', sysSplice, ['fd', 'pointer', 'fd', 'pointer', 'size', 'uint']),
  full('tee', sysTee, ['fd', 'fd', 'size', 'uint']),
  partial(
    'vmsplice',
    sysVmsplice,
    ['fd', 'iovec', 'size', 'uint'],
    'Copies into a pipe; reading from a pipe by vmsplice is EBADF.',
  ),
  full('copy_file_range', sysCopyFileRange, ['fd', 'pointer', 'fd', 'pointer', 'size', 'uint']),
];
