/** System calls about mappings that are there: mremap, madvise, msync, mincore, mlock. */

import { EACCES, EFAULT, EINVAL, ENOMEM, EPERM } from '../abi/errno.ts';
import { privileged } from '../kernel/credentials.ts';
import type { Task } from '../kernel/task.ts';
import { addressMax } from '../mm/layout.ts';
import type { Mapping } from '../mm/mapping.ts';
import { PROT_WRITE, pageBytes } from '../mm/mapping.ts';
import { ceilPage, exceedsLimits, pageRange } from './memory.ts';
import type { SyscallRow } from './row.ts';
import { full, missing, partial } from './row.ts';

const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;
const MREMAP_DONTUNMAP = 4;

/** mremap(2), as mm/mremap.c checks it. */
function sysMremap(
  task: Task,
  address: bigint,
  oldLength: bigint,
  newLength: bigint,
  flags: number,
  newAddress: bigint,
): number {
  const isMove = (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0;
  if (flags & ~7 || (isMove && !(flags & MREMAP_MAYMOVE))) return -EINVAL;
  if (flags & MREMAP_DONTUNMAP && oldLength !== newLength) return -EINVAL;
  const range = pageRange(address, oldLength);
  if (!range || newLength === 0n) return -EINVAL;
  if (newLength > BigInt(addressMax)) return isMove ? -EINVAL : -ENOMEM;
  const { start, end } = range;
  const bytes = ceilPage(Number(newLength));
  if (isMove) return moveTo(task, { start, end, bytes, flags }, newAddress);
  const { memory } = task;
  if (oldLength > 0n && bytes <= end - start) {
    if (!memory.mappings.find(start)) return -EFAULT;
    if (start + bytes < end) memory.unmap(start + bytes, end);
    return start;
  }
  const mapping = resizable(task, start, end);
  if (typeof mapping === 'number') return mapping;
  if (exceedsLimits(task, bytes - (end - start), isData(mapping))) return -ENOMEM;
  const growEnd = start + bytes;
  const isFree = memory.mappings.overlapping(end, growEnd).length === 0;
  const grows = oldLength > 0n && mapping.end === end && isFree && !mapping.shared;
  if (grows && growEnd <= addressMax)
    return growMapping(task, end, growEnd - end) ? start : -ENOMEM;
  if (!(flags & MREMAP_MAYMOVE)) return -ENOMEM;
  const to = memory.findRoom(bytes, 0);
  return to === undefined ? -ENOMEM : moveMapping(task, { start, end, bytes, flags }, to);
}

interface Move {
  readonly start: number;
  readonly end: number;
  /** New length. */
  readonly bytes: number;
  readonly flags: number;
}

const isData = ({ protection, shared }: Mapping): boolean =>
  (protection & PROT_WRITE) !== 0 && !shared;

/** The mapping of a range that may be moved or grown (vma_to_resize), or a negative errno. */
function resizable(task: Task, start: number, end: number): Mapping | number {
  const mapping = task.memory.mappings.find(start);
  if (!mapping || mapping.hidden) return -EFAULT;
  if (start === end && !mapping.shared) return -EINVAL;
  return mapping.end < end ? -EFAULT : mapping;
}

/** mremap to a place of the caller's choice, or one that leaves the old one mapped. */
function moveTo(task: Task, move: Move, newAddress: bigint): number {
  const { memory } = task;
  const { start, end, bytes, flags } = move;
  let to = memory.findRoom(bytes, 0);
  if (flags & MREMAP_FIXED) {
    const range = pageRange(newAddress, BigInt(bytes));
    if (!range || (range.start < end && range.end > start)) return -EINVAL;
    to = range.start;
  }
  const mapping = resizable(task, start, end);
  if (typeof mapping === 'number') return mapping;
  if (to === undefined || exceedsLimits(task, bytes, isData(mapping))) return -ENOMEM;
  return moveMapping(task, move, to);
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

function moveMapping(task: Task, { start, end, bytes, flags }: Move, to: number): number {
  const { memory } = task;
  const mapping = memory.mappings.find(start)!;
  const offset = mapping.offset + (start - mapping.start);
  const { protection, name, file, shared } = mapping;
  if (shared) memory.publish();
  const request = { start: to, length: bytes, protection, name, file, offset, shared };
  const result = memory.map(request);
  if (result < 0) return result;
  if (!shared) {
    if (file) file.read(memory.bytesAt(to, bytes), offset);
    if (mapping.touched && protection !== 0) {
      memory.moveBytes(start, to, Math.min(end - start, bytes));
    }
  }
  if (!(flags & MREMAP_DONTUNMAP)) memory.unmap(start, end);
  else memory.discard(start, end);
  return to;
}

const MADV_DONTNEED = 4;
const MADV_FREE = 8;
const MADV_REMOVE = 9;
const MADV_DONTFORK = 10;
const MADV_DOFORK = 11;
const MADV_WIPEONFORK = 18;
const MADV_KEEPONFORK = 19;
const MADV_DONTNEED_LOCKED = 24;
const MADV_COLLAPSE = 25;

/** Advice Linux 6.1 knows beside the numbers that were never given (madvise_behavior_valid). */
function isAdvice(advice: number): boolean {
  if (advice === 100 || advice === 101) return true;
  return advice >= 0 && advice <= MADV_COLLAPSE && !(advice > MADV_DONTNEED && advice < MADV_FREE);
}

function sysMadvise(task: Task, address: bigint, length: bigint, advice: number): number {
  if (!isAdvice(advice) || address % BigInt(pageBytes) !== 0n) return -EINVAL;
  if (advice >= 100 && !privileged(task.credentials)) return -EPERM;
  if (length === 0n) return 0;
  const range = pageRange(address, length);
  if (!range) return -ENOMEM;
  const { mappings } = task.memory;
  for (const mapping of mappings.overlapping(range.start, range.end)) {
    if (mapping.hidden) continue;
    const start = Math.max(range.start, mapping.start);
    const end = Math.min(range.end, mapping.end);
    const result = advise(task, mapping, { start, end }, advice);
    if (result < 0) return result;
  }
  return mappings.covers(range.start, range.end) ? 0 : -ENOMEM;
}

/** One mapping's part of madvise. */
function advise(
  { memory }: Task,
  mapping: Mapping,
  { start, end }: { readonly start: number; readonly end: number },
  advice: number,
): number {
  const isAnonymous = !mapping.file && !mapping.shared;
  switch (advice) {
    case MADV_DONTNEED:
    case MADV_DONTNEED_LOCKED:
      memory.discard(start, end);
      return 0;
    case MADV_FREE:
      return isAnonymous ? 0 : -EINVAL;
    case MADV_REMOVE:
      if (isAnonymous) return -EINVAL;
      if (!mapping.shared || !(mapping.protection & PROT_WRITE)) return -EACCES;
      memory.punch(start, end);
      return 0;
    case MADV_DONTFORK:
      memory.alter(start, end, { onFork: 'omit' });
      return 0;
    case MADV_DOFORK:
    case MADV_KEEPONFORK:
      memory.alter(start, end, { onFork: undefined });
      return 0;
    case MADV_WIPEONFORK:
      if (!isAnonymous) return -EINVAL;
      memory.alter(start, end, { onFork: 'wipe' });
      return 0;
    default:
      return 0;
  }
}

const MS_ASYNC = 1;
const MS_SYNC = 4;

function sysMsync(task: Task, address: bigint, length: bigint, flags: number): number {
  if (flags & ~7 || address % BigInt(pageBytes) !== 0n) return -EINVAL;
  if (flags & MS_ASYNC && flags & MS_SYNC) return -EINVAL;
  if (length === 0n) return 0;
  const range = pageRange(address, length);
  if (!range) return -ENOMEM;
  task.memory.publish();
  return task.memory.mappings.covers(range.start, range.end) ? 0 : -ENOMEM;
}

function sysMincore(task: Task, address: bigint, length: bigint, vector: number): number {
  if (address % BigInt(pageBytes) !== 0n) return -EINVAL;
  const range = pageRange(address, length);
  if (!range) return -ENOMEM;
  const pages = (range.end - range.start) / pageBytes;
  if (!task.memory.writableSlice(vector, pages)) return -EFAULT;
  if (!task.memory.mappings.covers(range.start, range.end)) return -ENOMEM;
  task.memory.writableSlice(vector, pages)!.fill(1);
  return 0;
}

/** mlock, munlock: nothing is ever paged out, so only the range matters. */
function sysMlock(task: Task, address: bigint, length: bigint): number {
  if (length === 0n) return 0;
  const start = address - (address % BigInt(pageBytes));
  const range = pageRange(start, length + (address - start));
  return range && task.memory.mappings.covers(range.start, range.end) ? 0 : -ENOMEM;
}

const MLOCK_ONFAULT = 1;

function sysMlock2(task: Task, address: bigint, length: bigint, flags: number): number {
  return flags & ~MLOCK_ONFAULT ? -EINVAL : sysMlock(task, address, length);
}

const MCL_ONFAULT = 4;

function sysMlockall(_task: Task, flags: number): number {
  return flags === 0 || flags === MCL_ONFAULT || flags & ~7 ? -EINVAL : 0;
}

const notPaged = 'guest memory is never paged out: only the arguments are checked';

export const memoryRangeRows: readonly SyscallRow[] = [
  full('mremap', sysMremap, ['long', 'long', 'long', 'int', 'long']),
  partial(
    'madvise',
    sysMadvise,
    ['long', 'long', 'int'],
    'advice about paging and huge pages has no effect',
  ),
  full('msync', sysMsync, ['long', 'long', 'int']),
  partial('mincore', sysMincore, ['long', 'long', 'pointer'], 'every mapped page is in memory'),
  partial('mlock', sysMlock, ['long', 'long'], notPaged),
  partial('mlock2', sysMlock2, ['long', 'long', 'int'], notPaged),
  partial('munlock', sysMlock, ['long', 'long'], notPaged),
  partial('mlockall', sysMlockall, ['int'], notPaged),
  full('munlockall', () => 0, []),
  missing('remap_file_pages', 'deprecated since Linux 3.16'),
  missing('userfaultfd', 'page faults are not visible to guests'),
  missing('pkey_alloc', 'no processor here has protection keys'),
  missing('pkey_free', 'no processor here has protection keys'),
  missing('process_madvise', 'no program needs it yet'),
];
