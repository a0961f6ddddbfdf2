/** Pipes: atomicity, capacity, ends that go away, poll; and copies between files. */

import { describe, expect, test } from 'vitest';
import { buffer, type Guest, makeGuest } from '../fixture.ts';

const O_NONBLOCK = 0o4000;
const SIGPIPE = 13;

function pipe(guest: Guest, flags: number = 0): [number, number] {
  expect(guest.call('pipe2', buffer, flags)).toBe(0);
  const view = new DataView(guest.bytes(8).buffer);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

function pollOne(guest: Guest, fd: number, events: number): number {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setInt32(0, fd, true);
  new DataView(bytes.buffer).setInt16(4, events, true);
  guest.task.memory.writeBytes(buffer, bytes);
  guest.call('poll', buffer, 1, 0);
  return new DataView(guest.bytes(8).buffer).getUint16(6, true);
}

describe('pipes', () => {
  test('carry bytes in order and end when the writer is gone', () => {
    const guest = makeGuest();
    const [reader, writer] = pipe(guest);
    guest.call('write', writer, new TextEncoder().encode('one'), 3);
    guest.call('write', writer, new TextEncoder().encode('two'), 3);
    expect(guest.call('read', reader, buffer, 4)).toBe(4);
    expect(guest.text(4)).toBe('onet');
    guest.call('close', writer);
    expect(guest.call('read', reader, buffer, 100)).toBe(2);
    expect(guest.call('read', reader, buffer, 100)).toBe(0);
    expect(pollOne(guest, reader, 1)).toBe(0x10);
  });

  test('hold 64 KiB; small writes are all or nothing', () => {
    const guest = makeGuest();
    const [reader, writer] = pipe(guest, O_NONBLOCK);
    const page = new Uint8Array(4000);
    let written = 0;
    for (;;) {
      const count = guest.call('write', writer, page, page.length);
      if (count < 0) {
        expect(count).toBe(-11);
        break;
      }
      expect(count).toBe(page.length);
      written += count;
    }
    expect(written).toBe(Math.floor(65536 / 4000) * 4000);
    expect(pollOne(guest, writer, 4)).toBe(0);
    expect(guest.call('fcntl', writer, 1032, 0)).toBe(65536);
    expect(guest.call('fcntl', writer, 1031, 1000)).toBe(-16);
    guest.call('read', reader, buffer, 4000);
    expect(pollOne(guest, writer, 4)).toBe(4);
    expect(guest.call('fcntl', reader, 1031, 100_000)).toBe(131072);
  });

  test('without a reader a write is EPIPE and SIGPIPE', () => {
    const guest = makeGuest();
    const [reader, writer] = pipe(guest);
    guest.call('close', reader);
    expect(guest.call('write', writer, new Uint8Array(1), 1)).toBe(-32);
    expect(guest.signals).toEqual([SIGPIPE]);
    expect(pollOne(guest, writer, 4)).toBe(4 | 8);
  });

  test('a blocked read waits on the pipe and goes on after a write', () => {
    const guest = makeGuest();
    const [reader, writer] = pipe(guest);
    const run = guest.start('read', reader, buffer, 10);
    if (typeof run !== 'object') throw new Error('the read did not wait');
    const step = run.next();
    if (step.done) throw new Error('the read did not wait');
    let woken = false;
    step.value.queues?.[0]?.add(() => {
      woken = true;
    });
    guest.call('write', writer, new TextEncoder().encode('late'), 4);
    expect(woken).toBe(true);
    expect(run.next('queue')).toEqual({ done: true, value: 4 });
    const again = guest.start('read', reader, buffer, 10);
    if (typeof again !== 'object') throw new Error('the read did not wait');
    again.next();
    expect(again.next('signal')).toEqual({ done: true, value: -512 });
  });

  test('named pipes wait for the other end', () => {
    const guest = makeGuest();
    expect(guest.call('mknodat', -100, '/tmp/f', 0o010644, 0)).toBe(0);
    expect(guest.call('open', '/tmp/f', 1 | O_NONBLOCK, 0)).toBe(-6);
    const run = guest.start('open', '/tmp/f', 0, 0);
    if (typeof run !== 'object') throw new Error('the open did not wait');
    run.next();
    const writer = guest.call('open', '/tmp/f', 1, 0);
    const opened = run.next('queue');
    expect(opened.done).toBe(true);
    guest.call('write', writer, new TextEncoder().encode('x'), 1);
    expect(guest.call('read', Number(opened.value), buffer, 5)).toBe(1);
  });

  test('splice and tee move and copy', () => {
    const guest = makeGuest();
    const [firstReader, firstWriter] = pipe(guest);
    const [secondReader, secondWriter] = pipe(guest);
    guest.call('write', firstWriter, new TextEncoder().encode('bytes'), 5);
    expect(guest.call('tee', firstReader, secondWriter, 100, 0)).toBe(5);
    expect(guest.call('read', secondReader, buffer, 100)).toBe(5);
    const out = guest.call('open', '/tmp/out', 0o102, 0o644);
    expect(guest.call('splice', firstReader, 0, out, 0, 100, 0)).toBe(5);
    guest.call('lseek', out, 0, 0);
    expect(guest.call('sendfile', secondWriter, out, 0, 100)).toBe(5);
    expect(guest.call('read', secondReader, buffer, 100)).toBe(5);
    expect(guest.text(5)).toBe('bytes');
  });
});

describe('epoll', () => {
  test('level and edge, one-shot, and files that are closed', () => {
    const guest = makeGuest();
    const [reader, writer] = pipe(guest);
    const epoll = guest.call('epoll_create1', 0);
    const event = (events: number): Uint8Array => {
      const bytes = new Uint8Array(12);
      new DataView(bytes.buffer).setUint32(0, events, true);
      bytes[4] = 77;
      return bytes;
    };
    const [ADD, MOD] = [1, 3];
    const EPOLLET = 0x80000000;
    const EPOLLONESHOT = 0x40000000;
    expect(guest.call('epoll_ctl', epoll, ADD, reader, event(1))).toBe(0);
    expect(guest.call('epoll_ctl', epoll, ADD, reader, event(1))).toBe(-17);
    expect(guest.call('epoll_wait', epoll, buffer, 10, 0)).toBe(0);
    guest.call('write', writer, new Uint8Array(1), 1);
    expect(guest.call('epoll_wait', epoll, buffer, 10, 0)).toBe(1);
    expect(guest.bytes(5)[4]).toBe(77);
    expect(guest.call('epoll_wait', epoll, buffer, 10, 0)).toBe(1);
    guest.call('epoll_ctl', epoll, MOD, reader, event(1 | EPOLLET));
    expect(guest.call('epoll_wait', epoll, buffer, 10, 0)).toBe(1);
    expect(guest.call('epoll_wait', epoll, buffer, 10, 0)).toBe(0);
    guest.call('write', writer, new Uint8Array(1), 1);
    expect(guest.call('epoll_wait', epoll, buffer, 10, 0)).toBe(1);
    guest.call('epoll_ctl', epoll, MOD, reader, event(1 | EPOLLONESHOT));
    expect(guest.call('epoll_wait', epoll, buffer, 10, 0)).toBe(1);
    expect(guest.call('epoll_wait', epoll, buffer, 10, 0)).toBe(0);
    guest.call('epoll_ctl', epoll, MOD, reader, event(1));
    guest.call('close', reader);
    expect(guest.call('epoll_wait', epoll, buffer, 10, 0)).toBe(0);
  });

  test('eventfd counts, timerfd fires', () => {
    const guest = makeGuest();
    const counter = guest.call('eventfd2', 3, O_NONBLOCK);
    expect(guest.call('read', counter, buffer, 8)).toBe(8);
    expect(guest.bytes(1)[0]).toBe(3);
    expect(guest.call('read', counter, buffer, 8)).toBe(-11);
    const timer = guest.call('timerfd_create', 1, O_NONBLOCK);
    const setting = new Uint8Array(32);
    new DataView(setting.buffer).setBigUint64(8, 10n, true); // every 10 ns
    new DataView(setting.buffer).setBigUint64(24, 5n, true); // first after 5 ns
    expect(guest.call('timerfd_settime', timer, 0, setting, 0)).toBe(0);
    expect(guest.call('read', timer, buffer, 8)).toBe(-11);
    guest.clock.skipTo(38n);
    guest.task.machine.timers.run(38n);
    expect(guest.call('read', timer, buffer, 8)).toBe(8);
    expect(guest.bytes(1)[0]).toBe(4);
  });
});
