/** Unix and loopback sockets, called directly. */

import { describe, expect, test } from 'vitest';
import { buffer, type Guest, makeGuest } from '../fixture.ts';

const [AF_UNIX, AF_INET, AF_INET6] = [1, 2, 10];
const [STREAM, DGRAM, SEQPACKET] = [1, 2, 5];
const NONBLOCK = 0o4000;

function inet(port: number, host: readonly number[] = [127, 0, 0, 1]): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET!, true);
  view.setUint16(2, port);
  bytes.set(host, 4);
  return bytes;
}

function inet6(port: number, last: number): Uint8Array {
  const bytes = new Uint8Array(28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET6!, true);
  view.setUint16(2, port);
  bytes[23] = last;
  return bytes;
}

function unix(name: string): Uint8Array {
  return new Uint8Array([1, 0, ...new TextEncoder().encode(name)]);
}

function send(guest: Guest, fd: number, text: string): number {
  return guest.call('sendto', fd, new TextEncoder().encode(text), text.length, 0, 0, 0);
}

function receive(guest: Guest, fd: number, size: number = 100): string | number {
  const count = guest.call('recvfrom', fd, buffer, size, 0x40, 0, 0);
  return count < 0 ? count : guest.text(count);
}

function pair(guest: Guest, type: number): [number, number] {
  expect(guest.call('socketpair', AF_UNIX!, type, 0, buffer)).toBe(0);
  const view = new DataView(guest.bytes(8).buffer);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

describe('tcp', () => {
  test('connects, talks, shuts down', () => {
    const guest = makeGuest();
    const server = guest.call('socket', AF_INET!, STREAM!, 0);
    expect(guest.call('bind', server, inet(80), 16)).toBe(0);
    expect(guest.call('listen', server, 5)).toBe(0);
    const client = guest.call('socket', AF_INET!, STREAM!, 0);
    expect(guest.call('connect', client, inet(80), 16)).toBe(0);
    const peer = guest.call('accept4', server, 0, 0, 0);
    expect(send(guest, client, 'request')).toBe(7);
    expect(receive(guest, peer)).toBe('request');
    expect(receive(guest, peer)).toBe(-11);
    guest.call('shutdown', client, 1);
    expect(receive(guest, peer)).toBe('');
    expect(send(guest, peer, 'answer')).toBe(6);
    expect(receive(guest, client, 3)).toBe('ans');
    expect(receive(guest, client)).toBe('wer');
    guest.call('close', peer);
    expect(receive(guest, client)).toBe('');
    expect(guest.call('connect', client, inet(80), 16)).toBe(-106);
  });

  test('refuses, takes ports, chooses them in order', () => {
    const guest = makeGuest();
    const one = guest.call('socket', AF_INET!, STREAM!, 0);
    const two = guest.call('socket', AF_INET!, STREAM!, 0);
    expect(guest.call('connect', one, inet(81), 16)).toBe(-111);
    expect(guest.call('bind', one, inet(80), 16)).toBe(0);
    expect(guest.call('bind', two, inet(80), 16)).toBe(-98);
    expect(guest.call('bind', two, inet(80, [10, 0, 0, 1]), 16)).toBe(-99);
    expect(guest.call('bind', two, inet(0), 16)).toBe(0);
    guest.task.memory.writeU32(buffer + 64, 16);
    expect(guest.call('getsockname', two, buffer, buffer + 64)).toBe(0);
    expect(new DataView(guest.bytes(16).buffer).getUint16(2)).toBe(32768);
  });

  test('non-blocking connects tell their result later', () => {
    const guest = makeGuest();
    const server = guest.call('socket', AF_INET!, STREAM!, 0);
    guest.call('bind', server, inet(80), 16);
    guest.call('listen', server, 1);
    const client = guest.call('socket', AF_INET!, STREAM! | NONBLOCK, 0);
    expect(guest.call('connect', client, inet(80), 16)).toBe(-115);
    expect(guest.call('connect', client, inet(80), 16)).toBe(0);
    const failing = guest.call('socket', AF_INET!, STREAM! | NONBLOCK, 0);
    expect(guest.call('connect', failing, inet(9), 16)).toBe(-115);
    guest.task.memory.writeU32(buffer + 64, 4);
    expect(guest.call('getsockopt', failing, 1, 4, buffer, buffer + 64)).toBe(0);
    expect(guest.bytes(1)[0]).toBe(111);
  });

  test('a socket on :: hears IPv4 unless it is told not to', () => {
    const guest = makeGuest();
    const server = guest.call('socket', AF_INET6!, STREAM!, 0);
    expect(guest.call('bind', server, inet6(80, 0), 28)).toBe(0);
    guest.call('listen', server, 1);
    const client = guest.call('socket', AF_INET!, STREAM!, 0);
    expect(guest.call('connect', client, inet(80), 16)).toBe(0);
    const only = guest.call('socket', AF_INET6!, STREAM!, 0);
    guest.call('setsockopt', only, 41, 26, new Uint8Array([1, 0, 0, 0]), 4);
    guest.call('bind', only, inet6(81, 0), 28);
    guest.call('listen', only, 1);
    const refused = guest.call('socket', AF_INET!, STREAM!, 0);
    expect(guest.call('connect', refused, inet(81), 16)).toBe(-111);
    const six = guest.call('socket', AF_INET6!, STREAM!, 0);
    expect(guest.call('connect', six, inet6(81, 1), 28)).toBe(0);
  });

  test('the outside is unreachable and said once', () => {
    const lines: string[] = [];
    const guest = makeGuest({ log: (line) => lines.push(line) });
    for (let i = 0; i < 2; i++) {
      const fd = guest.call('socket', AF_INET!, STREAM!, 0);
      expect(guest.call('connect', fd, inet(443, [192, 0, 2, 1]), 16)).toBe(-101);
    }
    const udp = guest.call('socket', AF_INET!, DGRAM!, 0);
    expect(guest.call('sendto', udp, new Uint8Array(1), 1, 0, inet(53, [192, 0, 2, 1]), 16)).toBe(
      -101,
    );
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^network is off: 192\.0\.2\.1:443/);
  });
});

describe('udp', () => {
  test('keeps messages apart and knows who sent them', () => {
    const guest = makeGuest();
    const server = guest.call('socket', AF_INET!, DGRAM!, 0);
    guest.call('bind', server, inet(53), 16);
    const client = guest.call('socket', AF_INET!, DGRAM!, 0);
    guest.call('bind', client, inet(1000), 16);
    const to = inet(53);
    expect(guest.call('sendto', client, new TextEncoder().encode('one'), 3, 0, to, 16)).toBe(3);
    expect(guest.call('sendto', client, new TextEncoder().encode('two'), 3, 0, to, 16)).toBe(3);
    guest.task.memory.writeU32(buffer + 100, 16);
    expect(guest.call('recvfrom', server, buffer, 2, 0x20, buffer + 64, buffer + 100)).toBe(3);
    expect(guest.text(2)).toBe('on');
    const from = guest.task.memory.readBytes(buffer + 64, 16);
    expect(new DataView(from.buffer).getUint16(2)).toBe(1000);
    expect(receive(guest, server)).toBe('two');
    expect(guest.call('connect', client, inet(9), 16)).toBe(0);
    expect(send(guest, client, 'x')).toBe(1);
    expect(receive(guest, client)).toBe(-111);
  });
});

describe('vectored calls', () => {
  test('a datagram is one writev and one readv', () => {
    const guest = makeGuest();
    const [one, other] = pair(guest, DGRAM!);
    const { memory } = guest.task;
    const vector = buffer + 512;
    memory.writeBytes(buffer, new TextEncoder().encode('abcdef'));
    [buffer, 4, buffer + 4, 2].forEach((word, index) => {
      memory.writeU64(vector + 8 * index, BigInt(word));
    });
    expect(guest.call('writev', one, vector, 2)).toBe(6);
    expect(guest.call('writev', one, vector, 1)).toBe(4);
    memory.writeBytes(buffer, new Uint8Array(16));
    expect(guest.call('readv', other, vector, 2)).toBe(6);
    expect(guest.text(6)).toBe('abcdef');
    expect(guest.call('readv', other, vector, 2)).toBe(4);
  });
});

describe('MSG_WAITALL', () => {
  test('waits for all, and gives what came when a signal ends it', () => {
    const guest = makeGuest();
    const [one, other] = pair(guest, STREAM!);
    const MSG_WAITALL = 0x100;
    for (const ending of ['queue', 'signal'] as const) {
      send(guest, one, 'abc');
      const run = guest.start('recvfrom', other, buffer, 6, MSG_WAITALL, 0, 0);
      if (typeof run !== 'object') throw new Error('it did not wait');
      expect(run.next().done).toBe(false);
      if (ending === 'queue') send(guest, one, 'def');
      const step = run.next(ending);
      expect(step.value).toBe(ending === 'queue' ? 6 : 3);
    }
    expect(guest.text(6)).toBe('abcdef');
  });
});

describe('unix', () => {
  test('names in the file system and abstract ones', () => {
    const guest = makeGuest();
    for (const name of ['/tmp/s', '\0abstract']) {
      const server = guest.call('socket', AF_UNIX!, STREAM!, 0);
      const address = unix(name);
      expect(guest.call('bind', server, address, address.length)).toBe(0);
      const client = guest.call('socket', AF_UNIX!, STREAM!, 0);
      expect(guest.call('connect', client, address, address.length)).toBe(-111);
      guest.call('listen', server, 0);
      expect(guest.call('connect', client, address, address.length)).toBe(0);
      const late = guest.call('socket', AF_UNIX!, STREAM! | NONBLOCK, 0);
      expect(guest.call('connect', late, address, address.length)).toBe(-11);
    }
    expect(guest.call('open', '/tmp/s', 0, 0)).toBe(-6);
  });

  test('stream, datagram and packet pairs', () => {
    const guest = makeGuest();
    const [a, b] = pair(guest, STREAM!);
    send(guest, a, 'one');
    send(guest, a, 'two');
    expect(receive(guest, b)).toBe('onetwo');
    for (const type of [DGRAM!, SEQPACKET!]) {
      const [c, d] = pair(guest, type);
      send(guest, c, 'one');
      send(guest, c, 'two');
      expect(receive(guest, d)).toBe('one');
      expect(receive(guest, d)).toBe('two');
    }
    guest.call('close', b);
    expect(send(guest, a, 'x')).toBe(-32);
    expect(guest.signals).toEqual([13]);
  });

  test('SCM_RIGHTS passes files, also those closed meanwhile', () => {
    const guest = makeGuest();
    const [a, b] = pair(guest, STREAM!);
    const fd = guest.call('open', '/tmp/f', 0o102, 0o644);
    guest.call('write', fd, new TextEncoder().encode('passed'), 6);
    const message = (control: number, length: number): number => {
      const { memory } = guest.task;
      const iov = buffer + 512;
      memory.writeU64(iov, BigInt(buffer + 600));
      memory.writeU64(iov + 8, 1n);
      const at = buffer + 700;
      memory.writeBytes(at, new Uint8Array(56));
      memory.writeU64(at + 16, BigInt(iov));
      memory.writeU64(at + 24, 1n);
      memory.writeU64(at + 32, BigInt(control));
      memory.writeU64(at + 40, BigInt(length));
      return at;
    };
    const control = buffer + 800;
    guest.task.memory.writeU64(control, 20n);
    guest.task.memory.writeU32(control + 8, 1);
    guest.task.memory.writeU32(control + 12, 1);
    guest.task.memory.writeU32(control + 16, fd);
    expect(guest.call('sendmsg', a, message(control, 24), 0)).toBe(1);
    guest.call('close', fd);
    expect(guest.call('recvmsg', b, message(buffer + 900, 64), 0)).toBe(1);
    const received = guest.task.memory.readU32(buffer + 900 + 16);
    expect(received).toBe(fd);
    guest.call('lseek', received, 0, 0);
    expect(guest.call('read', received, buffer, 10)).toBe(6);
    expect(guest.text(6)).toBe('passed');
  });
});
