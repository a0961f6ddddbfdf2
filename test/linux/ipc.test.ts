/** System V IPC and process descriptors on every architecture, as on real Linux. */

import { describe, test } from 'vitest';
import { architectures, check, GuestProgram, scratch } from './guest_program.ts';

const IPC_CREAT = 0o1000;
const NOWAIT = 0o4000;

describe.each(architectures)('linux/%s', (architecture) => {
  /** What a 32-bit value is in the first half of a 64-bit slot. */
  const half = (value: number): number => (architecture === 's390x' ? value * 2 ** 32 : value);
  /** 16-bit fields of a structure, in the guest's order. */
  const shorts = (p: GuestProgram, ...values: number[]): number => {
    const bytes = new Uint8Array(2 * values.length);
    const view = new DataView(bytes.buffer);
    values.forEach((value, n) => {
      view.setInt16(2 * n, value, p.littleEndian);
    });
    return p.bytes(bytes);
  };

  test('shared memory is seen by a child, and goes with its last user', async () => {
    const p = new GuestProgram(architecture);
    const small = p.call('shmget', 0, 0, 0o600);
    const id = p.call('shmget', 0, 5000, IPC_CREAT | 0o600);
    const at = 0x50000000;
    const attached = p.call('shmat', id, at, 0);
    const crooked = p.call('shmat', id, at + 1, 0);
    const child = p.fork();
    p.ifZero(child, () => {
      p.store(p.value(77), at + 4096);
      p.call('exit_group', 0);
    });
    p.call('wait4', child, 0, 0, 0);
    const seen = p.load(at + 4096);
    p.call('shmctl', id, 2, scratch);
    // shm_segsz, shm_nattch
    const size = p.load(scratch + 48);
    const users = p.load(scratch + 88);
    p.call('shmctl', id, 0, 0);
    const detached = p.call('shmdt', at);
    const again = p.call('shmdt', at);
    const gone = p.call('shmat', id, 0, 0);
    p.report(small, attached, crooked, seen, size, users, detached, again, gone);
    await check(p, [-22, at, -22, 77, 5000, 1, 0, -22, -22]);
  });

  test('semaphores: a child waits for its parent, SEM_UNDO is undone at its end', async () => {
    const p = new GuestProgram(architecture);
    const id = p.call('semget', 0, 2, IPC_CREAT | 0o600);
    const take = shorts(p, 0, -1, 0);
    const giveBoth = shorts(p, 0, 1, 0, 1, 5, 0x1000);
    const busy = p.call('semtimedop', id, shorts(p, 1, -1, NOWAIT), 1, 0);
    const late = p.call('semtimedop', id, take, 1, p.words(0, 1_000_000));
    const large = p.call('semtimedop', id, shorts(p, 2, 1, 0), 1, 0);
    const child = p.fork();
    p.ifZero(child, () => {
      p.call('semtimedop', id, giveBoth, 2, 0);
      p.call('exit_group', 0);
    });
    const taken = p.call('semtimedop', id, take, 1, 0);
    p.call('wait4', child, 0, 0, 0);
    const first = p.call('semctl', id, 0, 12, 0);
    const second = p.call('semctl', id, 1, 12, 0);
    p.call('semctl', id, 1, 16, half(9));
    const set = p.call('semctl', id, 1, 12, 0);
    const tooMuch = p.call('semctl', id, 1, 16, half(40000));
    p.call('semctl', id, 0, 0, 0);
    const gone = p.call('semctl', id, 0, 12, 0);
    p.report(busy, late, large, taken, first, second, set, tooMuch, gone);
    await check(p, [-11, -11, -27, 0, 0, 0, 9, -34, -22]);
  });

  test('message queues: types, sizes, waiting', async () => {
    const p = new GuestProgram(architecture);
    const id = p.call('msgget', 0, IPC_CREAT | 0o600);
    const none = p.call('msgrcv', id, scratch, 64, 0, NOWAIT);
    const message = (type: number, value: number): number => p.words(type, value);
    const bad = p.call('msgsnd', id, message(0, 1), 8, 0);
    p.call('msgsnd', id, message(3, 30), 8, 0);
    p.call('msgsnd', id, message(2, 20), 8, 0);
    const long = p.call('msgrcv', id, scratch, 4, 2, 0);
    const got = p.call('msgrcv', id, scratch, 64, -3, 0);
    const type = p.load(scratch);
    const value = p.load(scratch + 8);
    const except = p.call('msgrcv', id, scratch, 64, 3, NOWAIT | 0o20000);
    p.call('msgctl', id, 2, scratch);
    const count = p.load(scratch + 80);
    p.call('msgrcv', id, scratch, 64, 0, 0);
    const child = p.fork();
    p.ifZero(child, () => {
      p.call('nanosleep', p.words(0, 1_000_000), 0);
      p.call('msgsnd', id, message(7, 70), 8, 0);
      p.call('exit_group', 0);
    });
    const waited = p.call('msgrcv', id, scratch, 64, 7, 0);
    const last = p.load(scratch + 8);
    p.call('msgctl', id, 0, 0);
    p.call('wait4', child, 0, 0, 0);
    p.report(none, bad, long, got, type, value, except, count, waited, last);
    await check(p, [-42, -22, -7, 8, 2, 20, -42, 1, 8, 70]);
  });

  test('a process descriptor signals, is polled and waited for', async () => {
    const p = new GuestProgram(architecture);
    const child = p.fork();
    p.ifZero(child, () => {
      p.call('nanosleep', p.words(100, 0), 0);
      p.call('exit_group', 0);
    });
    const fd = p.call('pidfd_open', child, 0);
    const none = p.call('pidfd_open', 0, 0);
    const sent = p.call('pidfd_send_signal', fd, 9, 0, 0);
    const polled = p.call('waitid', 3, fd, scratch, 4, 0);
    // si_code: CLD_KILLED
    const code = p.load(scratch + 8);
    const dead = p.call('pidfd_send_signal', fd, 9, 0, 0);
    p.report(fd, none, sent, polled, code, dead);
    await check(p, [3, -22, 0, 0, half(2), -3], 'qemu-user 7.2 has no process descriptors');
  });

  test('a lock that knows its owner', async () => {
    const p = new GuestProgram(architecture);
    const word = p.value(0);
    const at = p.addressOf(word);
    const locked = p.call('futex', at, 6, 0, 0, 0, 0);
    const twice = p.call('futex', at, 6, 0, 0, 0, 0);
    const tried = p.call('futex', at, 8, 0, 0, 0, 0);
    const unlocked = p.call('futex', at, 7, 0, 0, 0, 0);
    const notMine = p.call('futex', at, 7, 0, 0, 0, 0);
    p.report(locked, twice, tried, unlocked, word, notMine);
    await check(p, [0, -35, -35, 0, 0, -1], 'qemu-user 7.2 has none of them');
  });

  test('memory of another process is read and written', async () => {
    const p = new GuestProgram(architecture);
    const pid = p.call('getpid');
    const from = p.value(5);
    const to = p.value(0);
    const remote = p.words(p.addressOf(from), 8);
    const local = p.words(p.addressOf(to), 8);
    const read = p.call('process_vm_readv', pid, local, 1, remote, 1, 0);
    const hole = p.call('process_vm_readv', pid, local, 1, p.words(0x10, 8), 1, 0);
    p.report(read, to, hole);
    await check(p, [8, 5, -14], 'qemu-user 7.2 has no process_vm_readv');
  });
});
