/** System calls on process descriptors, and on the memory of other processes. */

import { EBADF, EFAULT, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { decodeStruct } from '../abi/layout.ts';
import { decodeSiginfo, siginfoBytes } from '../abi/signal_frame.ts';
import { SI_TKILL, SI_USER, SIGRTMAX } from '../abi/signals.ts';
import { iovecMax } from '../fs/limits.ts';
import { privileged } from '../kernel/credentials.ts';
import { PidFile } from '../kernel/pid_file.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRow } from './row.ts';
import { full } from './row.ts';
import { sendTo } from './signal.ts';

const PIDFD_NONBLOCK = 0o4000;

function sysPidfdOpen(task: Task, pid: number, flags: number): number {
  const { machine, files } = task;
  if (flags & ~PIDFD_NONBLOCK || pid <= 0) return -EINVAL;
  const process = machine.process(pid);
  if (!process) return machine.task(pid) ? -EINVAL : -ESRCH;
  return files.install(new PidFile(machine.vfs, process, flags), { closeOnExec: true });
}

function sysPidfdSendSignal(
  task: Task,
  ...[fd, signal, address, flags]: [number, number, number, number]
): number {
  const { memory, credentials } = task;
  if (flags !== 0) return -EINVAL;
  const file = task.files.get(fd);
  if (!(file instanceof PidFile)) return -EBADF;
  const { process } = file;
  if (signal < 0 || signal > SIGRTMAX) return -EINVAL;
  let info = { signal, code: SI_USER, pid: task.process.pid, uid: credentials.uid };
  if (address !== 0) {
    const bytes = memory.range(address, siginfoBytes);
    const given = decodeSiginfo(bytes, memory.littleEndian, memory.wordBytes);
    if (given.signal !== signal) return -EINVAL;
    if ((given.code >= 0 || given.code === SI_TKILL) && process !== task.process) return -EPERM;
    info = { ...info, ...given };
  }
  if (task.machine.process(process.pid) !== process) return -ESRCH;
  return sendTo(task, [process], info);
}

/** Whether a task may look into another one (ptrace_may_access with real ids). */
function mayInspect(task: Task, target: Task): boolean {
  if (privileged(task.credentials) || target.process === task.process) return true;
  const { uid, gid } = task.credentials;
  const other = target.credentials;
  const sameUser = [other.uid, other.euid, other.suid].every((id) => id === uid);
  const sameGroup = [other.gid, other.egid, other.sgid].every((id) => id === gid);
  return sameUser && sameGroup && target.process.dumpable === 1;
}

function sysPidfdGetfd(task: Task, fd: number, wanted: number, flags: number): number {
  if (flags !== 0) return -EINVAL;
  const file = task.files.get(fd);
  if (!(file instanceof PidFile)) return -EBADF;
  const target = file.process.leader;
  if (!target) return -ESRCH;
  if (!mayInspect(task, target)) return -EPERM;
  const found = target.files.get(wanted);
  return found ? task.files.install(found, { closeOnExec: true }) : -EBADF;
}

interface Piece {
  readonly address: number;
  readonly length: number;
}

function readVectors(task: Task, address: number, count: number): Piece[] | number {
  const { memory, abi } = task;
  const layout = abi.layouts.iovec;
  if (count > iovecMax) return -EINVAL;
  const pieces: Piece[] = [];
  for (let n = 0; n < count; n++) {
    const bytes = memory.range(address + n * layout.size, layout.size);
    const { base, length } = decodeStruct(bytes, layout, memory.littleEndian);
    if (length >= 2n ** 63n) return -EINVAL;
    const at = base > 0xffffffffn ? 0xffffffff : Number(base);
    if (length > 0n) pieces.push({ address: at, length: Number(length) });
  }
  return pieces;
}

/** Copies between two lists of ranges until one ends or a range is not there; bytes copied. */
function copyPieces(
  from: { readonly task: Task; readonly pieces: readonly Piece[] },
  to: { readonly task: Task; readonly pieces: readonly Piece[] },
): number {
  let copied = 0;
  let [source, sourceAt, target, targetAt] = [0, 0, 0, 0];
  for (;;) {
    const one = from.pieces[source];
    const other = to.pieces[target];
    if (!one || !other) return copied;
    // By pages, so that what is there before a gap is copied.
    const page = (address: number): number => 4096 - (address % 4096);
    const length = Math.min(
      one.length - sourceAt,
      other.length - targetAt,
      page(one.address + sourceAt),
      page(other.address + targetAt),
    );
    const bytes = from.task.memory.slice(one.address + sourceAt, length);
    const into = to.task.memory.slice(other.address + targetAt, length);
    if (!bytes || !into) return copied === 0 ? -EFAULT : copied;
    into.set(bytes);
    copied += length;
    sourceAt += length;
    targetAt += length;
    if (sourceAt === one.length) [source, sourceAt] = [source + 1, 0];
    if (targetAt === other.length) [target, targetAt] = [target + 1, 0];
  }
}

type VectorArguments = [number, number, number, number, number, number];

function transfer(task: Task, args: VectorArguments, reads: boolean): number {
  const [pid, local, localCount, remote, remoteCount, flags] = args;
  if (flags !== 0) return -EINVAL;
  const own = readVectors(task, local, localCount);
  if (typeof own === 'number') return own;
  const others = readVectors(task, remote, remoteCount);
  if (typeof others === 'number') return others;
  if (own.length === 0 || others.length === 0) return 0;
  const target = task.machine.process(pid)?.leader ?? task.machine.task(pid);
  if (!target) return -ESRCH;
  if (!mayInspect(task, target)) return -EPERM;
  const here = { task, pieces: own };
  const there = { task: target, pieces: others };
  return reads ? copyPieces(there, here) : copyPieces(here, there);
}

const vectorTypes = ['pid', 'iovec', 'size', 'iovec', 'size', 'uint'] as const;

export const processDescriptorRows: readonly SyscallRow[] = [
  full('pidfd_open', sysPidfdOpen, ['pid', 'uint']),
  full('pidfd_send_signal', sysPidfdSendSignal, ['fd', 'signal', 'pointer', 'uint']),
  full('pidfd_getfd', sysPidfdGetfd, ['fd', 'fd', 'uint']),
  full(
    'process_vm_readv',
    (task: Task, ...args: VectorArguments) => transfer(task, args, true),
    vectorTypes,
  ),
  full(
    'process_vm_writev',
    (task: Task, ...args: VectorArguments) => transfer(task, args, false),
    vectorTypes,
  ),
];
