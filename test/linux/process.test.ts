/** Processes and threads on every architecture. */

import { describe, expect, test } from 'vitest';
import { PidTable } from '../../src/linux/kernel/pids.ts';
import type { Task } from '../../src/linux/kernel/task.ts';
import { pidMax, tasksMax } from '../../src/linux/limits.ts';
import { architectures, check, GuestProgram, run, runOnLinux, scratch } from './guest_program.ts';

describe.each(architectures)('linux/%s', (architecture) => {
  /** What a 32-bit value is in the first half of a 64-bit slot. */
  const half = (value: number): number => (architecture === 's390x' ? value * 2 ** 32 : value);

  test('fork copies memory, wait4 gives the exit status', async () => {
    const p = new GuestProgram(architecture);
    const word = p.value(1);
    const child = p.fork();
    p.ifZero(child, () => {
      p.store(p.value(2), p.addressOf(word));
      p.call('exit_group', 7);
    });
    const status = p.value(0);
    const waited = p.call('wait4', child, p.addressOf(status), 0, 0);
    const none = p.call('wait4', -1, 0, 0, 0);
    p.report(word, status, none, waited, child);
    const result = await run(p);
    expect(result.slice(0, 3)).toEqual([1, half(7 << 8), -10]);
    expect(result[3]).toBe(result[4]);
    expect(runOnLinux(p)?.slice(0, 3) ?? result.slice(0, 3)).toEqual(result.slice(0, 3));
  });

  test('threads share memory; the end of one clears its tid and wakes a futex', async () => {
    const p = new GuestProgram(architecture);
    const shared = p.value(1);
    const tidWord = p.value(half(1));
    // VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, CHILD_CLEARTID
    const flags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000 | 0x200000;
    const at = p.addressOf(tidWord);
    const stack = scratch + 0x4000;
    const order = {
      amd64: [flags, stack, 0, at, 0],
      arm64: [flags, stack, 0, 0, at],
      s390x: [stack, flags, 0, at, 0],
    }[architecture];
    const thread = p.call('clone', ...order);
    p.ifZero(thread, () => {
      p.store(p.value(5), p.addressOf(shared));
      p.call('exit', 0);
    });
    // FUTEX_WAIT while the word is still 1.
    p.call('futex', at, 0, 1, 0, 0, 0);
    p.report(shared, tidWord);
    await check(p, [5, 0]);
  });

  test('a pipe carries bytes between processes, and its end is seen', async () => {
    const p = new GuestProgram(architecture);
    const fds = p.value(0);
    p.call('pipe2', p.addressOf(fds), 0);
    const child = p.fork();
    p.ifZero(child, () => {
      p.call('write', 4, p.text('hello'), 5);
      p.call('exit_group', 0);
    });
    p.call('close', 4);
    const first = p.call('read', 3, scratch, 64);
    const second = p.call('read', 3, scratch, 64);
    p.report(first, second);
    await check(p, [5, 0]);
  });

  test('vfork lets the child go first', async () => {
    const p = new GuestProgram(architecture);
    const word = p.value(0);
    const child = p.fork(0x4100 | 17);
    p.ifZero(child, () => {
      p.call('nanosleep', p.words(0, 5_000_000), 0);
      p.store(p.value(9), p.addressOf(word));
      p.call('exit_group', 0);
    });
    p.report(word);
    await check(p, [9], 'qemu-user runs vfork as fork');
  });

  test('waitid leaves the zombie with WNOWAIT; WNOHANG does not wait', async () => {
    const p = new GuestProgram(architecture);
    const child = p.fork();
    p.ifZero(child, () => {
      p.call('nanosleep', p.words(0, 20_000_000), 0);
      p.call('exit_group', 3);
    });
    const early = p.call('wait4', -1, 0, 1, 0);
    // P_ALL, WEXITED | WNOWAIT
    const kept = p.call('waitid', 0, 0, scratch, 4 | 0x01000000, 0);
    const status = p.value(0);
    p.call('wait4', -1, p.addressOf(status), 0, 0);
    p.report(early, kept, status);
    await check(p, [0, 0, half(3 << 8)]);
  });

  test('process groups: a session leader stays one', async () => {
    const p = new GuestProgram(architecture);
    const child = p.fork();
    const results = p.value(0);
    const fds = p.value(0);
    p.call('pipe2', p.addressOf(fds), 0);
    p.ifZero(child, () => {
      p.call('setsid');
      const again = p.call('setsid');
      const moved = p.call('setpgid', 0, 0);
      p.call('write', 1, p.addressOf(again), 8);
      p.call('write', 1, p.addressOf(moved), 8);
      p.call('exit_group', 0);
    });
    p.call('wait4', -1, 0, 0, 0);
    p.report(p.call('setpgid', 0x7fffffff, 0), results);
    await check(p, [-1, -1, -3, 0]);
  });

  test('ids: an unprivileged process cannot become root again', async () => {
    const p = new GuestProgram(architecture);
    const dropped = p.call('setresuid', 1000, 1000, 1000);
    const back = p.call('setuid', 0);
    p.report(dropped, back, p.call('getuid'), p.call('geteuid'));
    expect(await run(p)).toEqual([0, -1, 1000, 1000]);
  });

  test('an unknown call gives ENOSYS and is counted', async () => {
    const p = new GuestProgram(architecture);
    p.report(p.call('userfaultfd', 0));
    const unimplemented = new Map<string, number>();
    const result = await run(p, {
      onStatistics: (statistics) => {
        for (const [name, count] of statistics.unimplemented) unimplemented.set(name, count);
      },
    });
    expect(result).toEqual([-38]);
    expect(unimplemented.get('userfaultfd')).toBe(1);
  });
});

test('pids count up, wrap around, and are refused when tasksMax are in use', () => {
  const pids = new PidTable();
  const task = (tid: number): Task => ({ tid }) as Task;
  expect([pids.allocate(), pids.allocate()]).toEqual([1, 2]);
  for (let n = 3; n <= pidMax; n++) pids.allocate();
  expect(pids.allocate(), 'the first number after a wrap').toBe(300);
  for (let n = 0; n < tasksMax; n++) pids.addTask(task(1000 + n));
  expect(pids.allocate()).toBeUndefined();
  pids.removeTask(1000);
  expect(pids.allocate()).toBe(301);
});
