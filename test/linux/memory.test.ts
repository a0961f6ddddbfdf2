/** Memory calls on every architecture, and the parts of an address space by themselves. */

import { describe, expect, test } from 'vitest';
import type { Mapping } from '../../src/linux/mm/mapping.ts';
import { MappingList } from '../../src/linux/mm/mapping.ts';
import { MemoryPool } from '../../src/linux/mm/memory_pool.ts';
import { RangeSet } from '../../src/linux/mm/ranges.ts';
import type { Argument, Slot } from './guest_program.ts';
import { architectures, check, GuestProgram, run } from './guest_program.ts';

const PROT_RW = 3;
const ANONYMOUS = 0x22;
const SHARED = 0x21;
const FIXED = 0x10;
const at = 0x1000_0000;

/** mmap, which takes a pointer to its arguments on s390x. */
function mmap(p: GuestProgram, ...args: readonly number[]): Slot {
  const list: readonly Argument[] = p.architecture === 's390x' ? [p.words(...args)] : args;
  return p.call('mmap', ...list);
}

describe.each(architectures)('linux/%s', (architecture) => {
  test('a fixed mapping is where it was asked for, zeroed again after munmap', async () => {
    const p = new GuestProgram(architecture);
    const first = mmap(p, at, 8192, PROT_RW, ANONYMOUS | FIXED, -1, 0);
    p.store(p.value(77), at);
    const written = p.load(at);
    const gone = p.call('munmap', at, 8192);
    mmap(p, at, 8192, PROT_RW, ANONYMOUS | FIXED, -1, 0);
    p.report(first, written, gone, p.load(at));
    await check(p, [at, 77, 0, 0]);
  });

  test('what is not mapped gives EFAULT', async () => {
    const p = new GuestProgram(architecture);
    mmap(p, at, 8192, PROT_RW, ANONYMOUS | FIXED, -1, 0);
    p.call('munmap', at + 4096, 4096);
    const pipe = p.value(0);
    p.call('pipe2', p.addressOf(pipe), 0);
    p.report(p.call('write', 4, at + 4096, 8), p.call('write', 4, at, 8));
    p.report(p.call('write', 4, 0xffff_ffff_0000, 8));
    await check(p, [-14, 8, -14]);
  });

  test('MAP_FIXED_NOREPLACE, bad lengths and bad offsets are refused', async () => {
    const p = new GuestProgram(architecture);
    mmap(p, at, 4096, PROT_RW, ANONYMOUS | FIXED, -1, 0);
    p.report(mmap(p, at, 4096, PROT_RW, ANONYMOUS | 0x100000, -1, 0));
    p.report(mmap(p, 0, 0, PROT_RW, ANONYMOUS, -1, 0));
    p.report(mmap(p, 0, 4096, PROT_RW, 0x20, -1, 0));
    p.report(mmap(p, 0, 4096, PROT_RW, 2, 99, 0));
    p.report(p.call('munmap', at + 1, 4096), p.call('mprotect', at + 0x100000, 4096, 1));
    const expected = [-17, -22, -22, -9, -22, -12];
    await check(p, expected, 'qemu-user 7.2 does not know MAP_FIXED_NOREPLACE');
  });

  test('brk grows and shrinks; fresh pages are zero', async () => {
    const p = new GuestProgram(architecture);
    const start = p.call('brk', 0);
    const grown = p.call('brk', 0x7fff_0000_0000);
    p.report(start, grown);
    const [before, after] = await run(p);
    expect(before).toBe(after);
  });

  test('the kernel neither reads PROT_NONE nor writes what is read-only', async () => {
    const p = new GuestProgram(architecture);
    mmap(p, at, 4096, 0, ANONYMOUS | FIXED, -1, 0);
    mmap(p, at + 4096, 4096, 1, ANONYMOUS | FIXED, -1, 0);
    const none = p.call('write', 1, at, 1);
    const crossing = p.call('getrandom', at + 8192 - 4, 8, 0);
    const written = p.call('rt_sigprocmask', 0, 0, at + 4096, 8);
    const path = p.call('unlinkat', -100, at, 0);
    p.report(none, crossing, written, path);
    await check(p, [-14, -14, -14, -14]);
  });

  test('mremap moves the bytes along; MADV_DONTNEED drops them', async () => {
    const p = new GuestProgram(architecture);
    mmap(p, at, 4096, PROT_RW, ANONYMOUS | FIXED, -1, 0);
    p.store(p.value(5), at + 8);
    // MREMAP_MAYMOVE | MREMAP_FIXED
    const moved = p.call('mremap', at, 4096, 8192, 3, at + 0x100000);
    const kept = p.load(at + 0x100008);
    p.call('madvise', at + 0x100000, 8192, 4);
    p.report(moved, kept, p.load(at + 0x100008));
    await check(p, [at + 0x100000, 5, 0]);
  });

  test('shared anonymous memory is seen by both processes', async () => {
    const p = new GuestProgram(architecture);
    mmap(p, at, 4096, PROT_RW, SHARED | FIXED, -1, 0);
    mmap(p, at + 4096, 4096, PROT_RW, ANONYMOUS | FIXED, -1, 0);
    const child = p.fork();
    p.ifZero(child, () => {
      p.store(p.value(3), at);
      p.store(p.value(4), at + 4096);
      p.call('exit_group', 0);
    });
    p.call('wait4', child, 0, 0, 0);
    p.report(p.load(at), p.load(at + 4096));
    await check(p, [3, 0]);
  });

  test('a shared file mapping is written back, a private one is not', async () => {
    const p = new GuestProgram(architecture);
    const path = p.text('/tmp/stiletto-mapped');
    // AT_FDCWD, O_RDWR | O_CREAT | O_TRUNC
    p.call('openat', -100, path, 0o1102, 0o600);
    p.call('ftruncate', 3, 4096);
    mmap(p, at, 4096, PROT_RW, 1 | FIXED, 3, 0);
    mmap(p, at + 4096, 4096, PROT_RW, 2 | FIXED, 3, 0);
    p.store(p.value(11), at);
    p.store(p.value(12), at + 4096 + 8);
    p.call('msync', at, 4096, 4);
    const first = p.value(0);
    const second = p.value(0);
    p.call('pread64', 3, p.addressOf(first), 8, 0);
    p.call('pread64', 3, p.addressOf(second), 8, 8);
    p.call('unlinkat', -100, path, 0);
    p.report(first, second);
    await check(p, [11, 0]);
  });
});

const page = (start: number, end: number, protection = 3): Mapping => {
  return { start, end, protection, name: '', offset: 0, touched: true };
};

test('mappings join where they are alike and split where a part goes', () => {
  const list = new MappingList();
  list.insert(page(0x10000, 0x11000));
  list.insert(page(0x12000, 0x13000));
  list.insert(page(0x11000, 0x12000));
  expect(list.all).toEqual([page(0x10000, 0x13000)]);
  expect(list.remove(0x11000, 0x12000)).toMatchObject([{ start: 0x11000, end: 0x12000 }]);
  expect(list.all.map(({ start, end }) => [start, end])).toEqual([
    [0x10000, 0x11000],
    [0x12000, 0x13000],
  ]);
  expect(list.find(0x11800)).toBeUndefined();
  expect(list.gap(0x1000, 0x10000, 0x20000)).toBe(0x11000);
  expect(list.gap(0x2000, 0x10000, 0x20000)).toBe(0x13000);
  expect(list.gap(0x10000, 0x10000, 0x20000)).toBeUndefined();
});

test('range sets join, and give what is taken out', () => {
  const set = new RangeSet();
  set.add(10, 20);
  set.add(30, 40);
  set.add(20, 30);
  expect(set.ranges).toEqual([{ start: 10, end: 40 }]);
  expect(set.take(15, 35)).toEqual([{ start: 15, end: 35 }]);
  expect(set.ranges).toEqual([
    { start: 10, end: 15 },
    { start: 35, end: 40 },
  ]);
});

test('a memory that is used again is zero where nobody overwrites it', () => {
  const pool = new MemoryPool();
  const memory = pool.take(2);
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(7, 100, 5000);
  const dirty = new RangeSet();
  dirty.add(100, 5000);
  pool.give({ memory, dirty });
  expect(pool.take(1, [{ start: 0, end: 300 }])).toBe(memory);
  expect(bytes.findIndex((byte, at) => byte !== (at >= 100 && at < 300 ? 7 : 0))).toBe(-1);
});
