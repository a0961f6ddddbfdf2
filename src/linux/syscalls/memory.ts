/** System calls of memory: mmap and its like. */

import { EACCES, EBADF, EEXIST, EFAULT, EINVAL, ENODEV, ENOMEM, EPERM } from '../abi/errno.ts';
import { O_ACCMODE, O_RDWR, O_WRONLY } from '../abi/open_flags.ts';
import type { OpenFile } from '../fs/inode.ts';
import { loaded } from '../fs/open.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import { addressMax, addressMin } from '../mm/layout.ts';
import { PROT_WRITE, pageBytes } from '../mm/mapping.ts';
import { SharedRegion } from '../mm/shared_region.ts';
import type { SyscallRow } from './row.ts';
import { full, missing, partial } from './row.ts';

const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_SHARED_VALIDATE = 0x03;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_FIXED_NOREPLACE = 0x100000;

const ceilPage = (bytes: number): number => Math.ceil(bytes / pageBytes) * pageBytes;

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
  if (flags & MAP_ANONYMOUS) {
    const shared = kind === MAP_PRIVATE ? undefined : new SharedRegion(undefined);
    const result = task.memory.map({ start, length, protection, shared });
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
  const region = shared && access === O_RDWR ? task.machine.sharedFile(file) : undefined;
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
function pageRange(address: bigint, length: bigint): { start: number; end: number } | undefined {
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
  return task.memory.setBrk(address > 0xffffffffn ? 0 : Number(address));
}

const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;

function sysMremap(
  task: Task,
  address: bigint,
  oldLength: bigint,
  newLength: bigint,
  flags: number,
  newAddress: bigint,
): number {
  const { memory } = task;
  const range = pageRange(address, oldLength);
  if (!range || newLength === 0n || oldLength === 0n || flags & ~3) return -EINVAL;
  if (newLength > BigInt(addressMax)) return -ENOMEM;
  const { start } = range;
  const oldBytes = range.end - start;
  const newBytes = ceilPage(Number(newLength));
  const mapping = memory.mappings.find(start);
  if (!mapping || mapping.hidden || mapping.end < range.end) return -EFAULT;
  if (flags & MREMAP_FIXED) {
    if (!(flags & MREMAP_MAYMOVE)) return -EINVAL;
    const to = pageRange(newAddress, newLength);
    if (!to || (to.start < range.end && to.end > start)) return -EINVAL;
    return moveMapping(task, { start, oldBytes, newBytes, to: to.start });
  }
  if (newBytes <= oldBytes) {
    if (newBytes < oldBytes) memory.unmap(start + newBytes, start + oldBytes);
    return start;
  }
  const growEnd = start + newBytes;
  const free = memory.mappings.overlapping(range.end, growEnd).length === 0;
  if (free && growEnd <= addressMax && !mapping.shared && mapping.end === range.end) {
    return growMapping(task, range.end, newBytes - oldBytes) ? start : -ENOMEM;
  }
  if (!(flags & MREMAP_MAYMOVE)) return -ENOMEM;
  const to = memory.findRoom(newBytes, 0);
  return to === undefined ? -ENOMEM : moveMapping(task, { start, oldBytes, newBytes, to });
}

/** Adds bytes to the end of a private mapping, from its file where it has one. */
function growMapping(task: Task, end: number, bytes: number): boolean {
  const { memory } = task;
  const { protection, name, file, offset, start } = memory.mappings.find(end - 1)!;
  const at = offset + (end - start);
  const result = memory.map({ start: end, length: bytes, protection, name, file, offset: at });
  if (result < 0) return false;
  file?.read(memory.bytesAt(end, bytes), at);
  return true;
}

function moveMapping(
  task: Task,
  move: {
    readonly start: number;
    readonly oldBytes: number;
    readonly newBytes: number;
    readonly to: number;
  },
): number {
  const { memory } = task;
  const { start, oldBytes, newBytes, to } = move;
  const mapping = memory.mappings.find(start)!;
  const offset = mapping.offset + (start - mapping.start);
  const { protection, name, file, shared } = mapping;
  if (shared) memory.publish();
  const request = { start: to, length: newBytes, protection, name, file, offset, shared };
  const result = memory.map(request);
  if (result < 0) return result;
  if (!shared) {
    if (file) file.read(memory.bytesAt(to, newBytes), offset);
    if (mapping.touched && protection !== 0) {
      memory.moveBytes(start, to, Math.min(oldBytes, newBytes));
    }
  }
  memory.unmap(start, start + oldBytes);
  return to;
}

const MADV_DONTNEED = 4;
const MADV_REMOVE = 9;
const MADV_DONTNEED_LOCKED = 24;
const MADV_MAX = 25;

function sysMadvise(task: Task, address: bigint, length: bigint, advice: number): number {
  if (address % BigInt(pageBytes) !== 0n || advice < 0) return -EINVAL;
  if (advice > MADV_MAX && (advice < 100 || advice > 102)) return -EINVAL;
  if (length === 0n) return 0;
  const range = pageRange(address, length);
  if (!range) return -ENOMEM;
  const drops = advice === MADV_DONTNEED || advice === MADV_DONTNEED_LOCKED;
  if (drops) task.memory.discard(range.start, range.end);
  return advice === MADV_REMOVE ? -EINVAL : 0;
}

function sysMsync(task: Task, address: bigint, length: bigint): number {
  if (address % BigInt(pageBytes) !== 0n) return -EINVAL;
  const range = pageRange(address, length);
  if (!range) return -ENOMEM;
  task.memory.publish();
  return 0;
}

function sysMincore(task: Task, address: bigint, length: bigint, vector: number): number {
  if (address % BigInt(pageBytes) !== 0n) return -EINVAL;
  const range = pageRange(address, length);
  if (!range) return -ENOMEM;
  for (let at = range.start; at < range.end; at += pageBytes) {
    if (!task.memory.mappings.find(at)) return -ENOMEM;
  }
  task.memory.range(vector, (range.end - range.start) / pageBytes).fill(1);
  return 0;
}

const nothing = (): number => 0;

const notPaged = 'guest memory is never paged out, so there is nothing to lock';

export const memoryRows: readonly SyscallRow[] = [
  partial(
    'mmap',
    sysMmap,
    ['long', 'long', 'long', 'long', 'long', 'long'],
    'protection is recorded but only unmapped pages fault; hints above 4 GiB are not taken',
  ),
  full('munmap', sysMunmap, ['long', 'long']),
  partial('mprotect', sysMprotect, ['long', 'long', 'mmap_protection'], 'recorded, not enforced'),
  full('brk', sysBrk, ['long']),
  partial(
    'mremap',
    sysMremap,
    ['long', 'long', 'long', 'int', 'long'],
    'MREMAP_DONTUNMAP gives EINVAL',
  ),
  partial('madvise', sysMadvise, ['long', 'long', 'int'], 'only MADV_DONTNEED has an effect'),
  full('msync', sysMsync, ['long', 'long', 'int']),
  partial('mincore', sysMincore, ['long', 'long', 'pointer'], 'every mapped page is in memory'),
  partial('mlock', nothing, ['pointer', 'size'], notPaged),
  partial('mlock2', nothing, ['pointer', 'size', 'int'], notPaged),
  partial('munlock', nothing, ['pointer', 'size'], notPaged),
  partial('mlockall', nothing, ['int'], notPaged),
  partial('munlockall', nothing, [], notPaged),
  missing('remap_file_pages', 'deprecated since Linux 3.16'),
  missing('userfaultfd', 'page faults are not visible to guests'),
  missing('pkey_alloc', 'protection is not enforced, so there are no keys'),
  missing('pkey_free', 'protection is not enforced, so there are no keys'),
  missing('process_madvise', 'no program needs it yet'),
];
