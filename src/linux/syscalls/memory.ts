/** System calls that make and change mappings. */

import { EACCES, EBADF, EEXIST, EFAULT, EINVAL, ENODEV, ENOMEM, EPERM } from '../abi/errno.ts';
import { O_ACCMODE, O_RDWR, O_WRONLY } from '../abi/open_flags.ts';
import type { OpenFile } from '../fs/inode.ts';
import { loaded } from '../fs/open.ts';
import { RLIMIT_AS, RLIMIT_DATA } from '../kernel/resource_limits.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import { addressMax, addressMin } from '../mm/layout.ts';
import { PROT_WRITE, pageBytes } from '../mm/mapping.ts';
import { SharedRegion } from '../mm/shared_region.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';

const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_SHARED_VALIDATE = 0x03;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_GROWSDOWN = 0x100;
const MAP_FIXED_NOREPLACE = 0x100000;

/** Bytes up to the end of the last page. */
export const ceilPage = (bytes: number): number => Math.ceil(bytes / pageBytes) * pageBytes;

/** Whether `bytes` more are too many for RLIMIT_AS, or as private data for RLIMIT_DATA. */
export function exceedsLimits({ process, memory }: Task, bytes: number, isData: boolean): boolean {
  const room = (resource: number): number => Number(process.limits[resource]!.soft);
  const [total, data] = [room(RLIMIT_AS), isData ? room(RLIMIT_DATA) : Number.POSITIVE_INFINITY];
  if (total > addressMax && data > addressMax) return false;
  const used = memory.used();
  return used.total + bytes > total || used.data + bytes > data;
}

interface MmapArguments {
  readonly address: bigint;
  readonly length: bigint;
  readonly protection: number;
  readonly flags: number;
  readonly fd: number;
  readonly offset: bigint;
}

function sysMmap(task: Task, ...args: bigint[]): SyscallValue | SyscallRun {
  let [address, length, protection, flags, fd, offset] = args;
  if (task.abi.mmapByPointer) {
    if (address! > 0xffffffffn) return -EFAULT;
    const at = Number(address);
    const word = (n: number): bigint => task.memory.readWord(at + n * task.abi.wordBytes);
    [address, length, protection, flags, fd, offset] = [0, 1, 2, 3, 4, 5].map(word);
  }
  return mmap(task, {
    address: address!,
    length: length!,
    protection: Number(BigInt.asIntN(32, protection!)) & 7,
    flags: Number(BigInt.asIntN(32, flags!)),
    fd: Number(BigInt.asIntN(32, fd!)),
    offset: offset!,
  });
}

/** The place a mapping is to have, or a negative errno. */
function choosePlace(task: Task, request: MmapArguments, length: number): number {
  const { memory } = task;
  const { flags, address } = request;
  const fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
  if (!fixed) {
    const hint = address > BigInt(addressMax) ? 0 : ceilPage(Number(address));
    return memory.findRoom(length, hint) ?? -ENOMEM;
  }
  if (address % BigInt(pageBytes) !== 0n) return -EINVAL;
  if (address < BigInt(addressMin)) return -EPERM;
  if (address + BigInt(length) > BigInt(addressMax)) return -ENOMEM;
  const start = Number(address);
  const taken = memory.mappings.overlapping(start, start + length).length > 0;
  return flags & MAP_FIXED_NOREPLACE && taken ? -EEXIST : start;
}

function mmap(task: Task, request: MmapArguments): SyscallValue | SyscallRun {
  const { flags, protection } = request;
  if (request.length === 0n || request.offset % BigInt(pageBytes) !== 0n) return -EINVAL;
  if (request.length > BigInt(addressMax)) return -ENOMEM;
  const kind = flags & MAP_SHARED_VALIDATE;
  if (kind === 0) return -EINVAL;
  const length = ceilPage(Number(request.length));
  const start = choosePlace(task, request, length);
  if (start < 0) return start;
  const isPrivate = kind === MAP_PRIVATE;
  if (exceedsLimits(task, length, isPrivate && (protection & PROT_WRITE) !== 0)) return -ENOMEM;
  if (flags & MAP_ANONYMOUS) {
    const shared = isPrivate ? undefined : new SharedRegion(undefined);
    const growsDown = isPrivate && (flags & MAP_GROWSDOWN) !== 0;
    const result = task.memory.map({ start, length, protection, shared, growsDown });
    return result < 0 ? result : start;
  }
  const file = task.files.get(request.fd);
  if (!file) return -EBADF;
  return mapFile(task, file, { ...request, start, bytes: length });
}

function* mapFile(
  task: Task,
  file: OpenFile,
  request: MmapArguments & { readonly start: number; readonly bytes: number },
): SyscallRun {
  const { start, bytes, protection, flags } = request;
  const access = file.flags & O_ACCMODE;
  const shared = (flags & MAP_SHARED) !== 0;
  if (access === O_WRONLY) return -EACCES;
  if (shared && protection & PROT_WRITE && access !== O_RDWR) return -EACCES;
  const { kind } = file.attributes;
  if (kind !== 'file' && !isZeroDevice(file)) return -ENODEV;
  const name = file.name;
  if (isZeroDevice(file)) {
    const region = shared ? new SharedRegion(undefined) : undefined;
    const result = task.memory.map({ start, length: bytes, protection, shared: region, name });
    return result < 0 ? result : start;
  }
  yield* loaded(file.inode);
  const offset = Number(request.offset);
  const region = shared ? task.machine.sharedFile(file) : undefined;
  const mapping = { start, length: bytes, protection, name, file, offset, shared: region };
  const result = task.memory.map(mapping);
  if (result < 0) return result;
  if (!region) {
    const count = file.read(task.memory.bytesAt(start, bytes), offset);
    if (count < 0) return count;
  }
  return start;
}

function isZeroDevice(file: OpenFile): boolean {
  const { kind, rdevMajor, rdevMinor } = file.attributes;
  return kind === 'character' && rdevMajor === 1 && rdevMinor === 5;
}

/** A page-aligned range of arguments, or undefined (EINVAL). */
export function pageRange(
  address: bigint,
  length: bigint,
): { start: number; end: number } | undefined {
  if (address % BigInt(pageBytes) !== 0n) return undefined;
  const end = address + length;
  if (end > BigInt(addressMax) || address < BigInt(addressMin)) return undefined;
  return { start: Number(address), end: ceilPage(Number(end)) };
}

function sysMunmap(task: Task, address: bigint, length: bigint): number {
  if (length === 0n || address % BigInt(pageBytes) !== 0n) return -EINVAL;
  const range = pageRange(address, length);
  if (!range) return address < BigInt(addressMin) ? 0 : -EINVAL;
  const { start, end } = range;
  const pieces = task.memory.mappings.overlapping(start, end);
  for (const piece of pieces) {
    if (piece.hidden) continue;
    task.memory.unmap(Math.max(start, piece.start), Math.min(end, piece.end));
  }
  return 0;
}

function sysMprotect(task: Task, address: bigint, length: bigint, protection: number): number {
  if (address % BigInt(pageBytes) !== 0n) return -EINVAL;
  if (length === 0n) return 0;
  const range = pageRange(address, length);
  if (!range) return -ENOMEM;
  return task.memory.protect(range.start, range.end, protection & 7);
}

function sysBrk(task: Task, address: bigint): number {
  const more = Number(address) - task.memory.brk;
  if (more > 0 && exceedsLimits(task, more, true)) return task.memory.brk;
  return task.memory.setBrk(address > 0xffffffffn ? 0 : Number(address));
}

export const memoryMapRows: readonly SyscallRow[] = [
  partial(
    'mmap',
    sysMmap,
    ['long', 'long', 'long', 'long', 'long', 'long'],
    'hints above 4 GiB are not taken; huge pages are pages',
  ),
  full('munmap', sysMunmap, ['long', 'long']),
  full('mprotect', sysMprotect, ['long', 'long', 'mmap_protection']),
  full('brk', sysBrk, ['long']),
];
