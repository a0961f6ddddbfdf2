/** Signals on every architecture: what handlers see, restarts, masks, faults. */

import { describe, test } from 'vitest';
import { architectures, check, GuestProgram } from './guest_program.ts';

const SIGUSR1 = 10;
const SIGSEGV = 11;
const SIGILL = 4;
const SIGFPE = 8;

describe.each(architectures)('linux/%s', (architecture) => {
  test('a handler runs, gets the number and returns to where it was', async () => {
    const p = new GuestProgram(architecture);
    const seen = p.value(0);
    const done = p.action(SIGUSR1, p.handler(seen));
    const pid = p.call('getpid');
    const sent = p.call('kill', pid, SIGUSR1);
    p.report(done, sent, seen);
    await check(p, [0, 0, SIGUSR1]);
  });

  test('a blocked signal is pending, and delivered when unblocked', async () => {
    const p = new GuestProgram(architecture);
    const seen = p.value(0);
    p.action(SIGUSR1, p.handler(seen));
    const set = p.words(1n << BigInt(SIGUSR1 - 1));
    const blocked = p.call('rt_sigprocmask', 0, set, 0, 8);
    p.call('tkill', p.call('gettid'), SIGUSR1);
    const before = p.load(p.addressOf(seen));
    const pending = p.value(0);
    p.call('rt_sigpending', p.addressOf(pending), 8);
    p.call('rt_sigprocmask', 1, set, 0, 8);
    p.report(blocked, before, pending, seen);
    await check(p, [0, 0, 1 << (SIGUSR1 - 1), SIGUSR1]);
  });

  test('a memory fault reaches the handler, which steps over it', async () => {
    const p = new GuestProgram(architecture);
    const seen = p.value(0);
    const skip = p.fault('memory', false);
    p.action(SIGSEGV, p.handler(seen, skip), 4);
    p.fault('memory');
    p.report(seen);
    await check(p, [SIGSEGV]);
  });

  test('an undefined instruction reaches the handler', async () => {
    const p = new GuestProgram(architecture);
    const seen = p.value(0);
    const skip = p.fault('illegal', false);
    p.action(SIGILL, p.handler(seen, skip), 4);
    p.fault('illegal');
    p.report(seen);
    await check(p, [SIGILL]);
  });

  test('a read that a signal interrupts gives EINTR, or starts again with SA_RESTART', async () => {
    const p = new GuestProgram(architecture);
    const seen = p.value(0);
    const handler = p.handler(seen);
    const pipe = p.value(0);
    p.call('pipe2', p.addressOf(pipe), 0);
    // Descriptors 3 and 4: the lowest free ones.
    p.action(14, handler);
    const soon = p.words(0, 0, 0, 20_000);
    p.call('setitimer', 0, soon, 0);
    const interrupted = p.call('read', 3, p.addressOf(pipe), 1);
    p.action(14, handler, 0x10000000);
    p.call('setitimer', 0, soon, 0);
    const child = p.fork();
    p.ifZero(child, () => {
      p.call('nanosleep', p.words(0, 60_000_000), 0);
      p.call('write', 4, p.addressOf(pipe), 1);
      p.call('exit_group', 0);
    });
    const restarted = p.call('read', 3, p.addressOf(pipe), 1);
    p.report(interrupted, restarted, seen);
    await check(p, [-4, 1, 14]);
  });

  test('sigsuspend waits with another mask and restores the old one', async () => {
    const p = new GuestProgram(architecture);
    const seen = p.value(0);
    p.action(SIGUSR1, p.handler(seen));
    p.call('rt_sigprocmask', 0, p.words(1n << BigInt(SIGUSR1 - 1)), 0, 8);
    p.call('kill', p.call('getpid'), SIGUSR1);
    const result = p.call('rt_sigsuspend', p.words(0), 8);
    const mask = p.value(0);
    p.call('rt_sigprocmask', 0, 0, p.addressOf(mask), 8);
    p.report(result, seen, mask);
    await check(p, [-4, SIGUSR1, 1 << (SIGUSR1 - 1)]);
  });

  test('sigtimedwait takes a blocked signal, and gives EAGAIN after its time', async () => {
    const p = new GuestProgram(architecture);
    const set = p.words(1n << BigInt(SIGUSR1 - 1));
    p.call('rt_sigprocmask', 0, set, 0, 8);
    p.call('kill', p.call('getpid'), SIGUSR1);
    const taken = p.call('rt_sigtimedwait', set, 0, 0, 8);
    const late = p.call('rt_sigtimedwait', set, 0, p.words(0, 1000), 8);
    p.report(taken, late);
    await check(p, [SIGUSR1, -11]);
  });

  test('a child killed by a signal is reported by wait4', async () => {
    const p = new GuestProgram(architecture);
    const child = p.fork();
    p.ifZero(child, () => {
      p.call('kill', p.call('getpid'), 15);
      p.call('exit_group', 1);
    });
    const status = p.value(0);
    p.call('wait4', child, p.addressOf(status), 0, 0);
    const word = architecture === 's390x' ? 15 * 2 ** 32 : 15;
    p.report(status);
    await check(p, [word]);
  });
});

// Division by zero gives 0 on arm64.
test.each(['amd64', 's390x'] as const)(
  'division by zero reaches the handler on %s',
  async (architecture) => {
    const p = new GuestProgram(architecture);
    const seen = p.value(0);
    const skip = p.fault('divide', false);
    p.action(SIGFPE, p.handler(seen, skip), 4);
    p.fault('divide');
    p.report(seen);
    await check(p, [SIGFPE]);
  },
);
