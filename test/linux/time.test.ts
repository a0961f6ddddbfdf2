/** Time on every architecture: virtual by default, sleeping is free. */

import { describe, expect, test } from 'vitest';
import { TimerQueue } from '../../src/linux/kernel/timers.ts';
import { architectures, GuestProgram, run, runOnLinux, scratch } from './guest_program.ts';

describe.each(architectures)('linux/%s', (architecture) => {
  test('a sleep of an hour passes at once, and the clock has moved by it', async () => {
    const p = new GuestProgram(architecture);
    p.call('clock_gettime', 1, scratch);
    const before = p.load(scratch);
    const slept = p.call('nanosleep', p.words(3600, 0), 0);
    p.call('clock_gettime', 1, scratch);
    p.report(slept, before, p.load(scratch));
    expect(await run(p)).toEqual([0, 0, 3600]);
  });

  test('the epoch is the given one; the same run gives the same times', async () => {
    const program = (): GuestProgram => {
      const p = new GuestProgram(architecture);
      p.call('clock_gettime', 0, scratch);
      p.report(p.load(scratch), p.load(scratch + 8));
      return p;
    };
    const first = await run(program());
    expect(first[0]).toBe(1_600_000_000);
    expect(await run(program())).toEqual(first);
  });

  test('an interrupted sleep tells what is left', async () => {
    const p = new GuestProgram(architecture);
    const seen = p.value(0);
    p.action(14, p.handler(seen));
    p.call('setitimer', 0, p.words(0, 0, 0, 10_000), 0);
    const result = p.call('nanosleep', p.words(5, 0), scratch);
    p.report(result, seen, p.load(scratch));
    expect(await run(p)).toEqual([-4, 14, 4]);
    expect(runOnLinux(p) ?? [-4, 14, 4]).toEqual([-4, 14, 4]);
  });

  test('bad times are refused', async () => {
    const p = new GuestProgram(architecture);
    p.report(p.call('nanosleep', p.words(0, 1_000_000_000), 0));
    p.report(p.call('nanosleep', p.words(-1, 0), 0), p.call('clock_gettime', 99, scratch));
    const expected = [-22, -22, -22];
    expect(await run(p)).toEqual(expected);
    expect(runOnLinux(p) ?? expected).toEqual(expected);
  });

  test('a periodic timer of timer_create fires until it is deleted', async () => {
    const p = new GuestProgram(architecture);
    const set = p.words(1n << 9n);
    p.call('rt_sigprocmask', 0, set, 0, 8);
    // sigevent: value, then signo (10) and notify (0) as two ints.
    const event = p.words(1, architecture === 's390x' ? 10n << 32n : 10n, 0, 0, 0, 0, 0, 0);
    const id = p.call('timer_create', 1, event, scratch);
    p.call('timer_settime', 0, 0, p.words(0, 1_000_000, 0, 1_000_000), 0);
    const first = p.call('rt_sigtimedwait', set, 0, 0, 8);
    const second = p.call('rt_sigtimedwait', set, 0, 0, 8);
    p.report(id, first, second, p.call('timer_delete', 0), p.call('timer_delete', 0));
    expect(await run(p)).toEqual([0, 10, 10, 0, -22]);
  });
});

test('timers fire by deadline, equal ones in the order they were added', () => {
  const queue = new TimerQueue();
  const fired: string[] = [];
  queue.add(20n, () => fired.push('late'));
  queue.add(10n, () => fired.push('first'));
  const cancelled = queue.add(10n, () => fired.push('never'));
  queue.add(10n, () => fired.push('second'));
  queue.cancel(cancelled);
  queue.run(10n);
  expect(fired).toEqual(['first', 'second']);
  expect(queue.next).toBe(20n);
  queue.run(30n);
  expect(fired).toEqual(['first', 'second', 'late']);
  expect(queue.next).toBeUndefined();
});
