/** Pseudo terminals, called directly: /dev/ptmx, /dev/pts/N, sizes, hang-ups; and VMIN/VTIME. */

import { describe, expect, test } from 'vitest';
import { LineDiscipline } from '../../../src/linux/fs/tty/line_discipline.ts';
import * as T from '../../../src/linux/fs/tty/termios.ts';
import { buffer, type Guest, makeGuest } from '../fixture.ts';

const O_RDWR = 2;
const O_NOCTTY = 0o400;
const O_NONBLOCK = 0o4000;
const [TIOCSPTLCK, TIOCGPTN, TIOCSWINSZ, TIOCGWINSZ] = [0x40045431, 0x80045430, 0x5414, 0x5413];

function openPair(guest: Guest): { master: number; slave: number } {
  const master = guest.call('open', '/dev/ptmx', O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
  expect(guest.call('ioctl', master, TIOCGPTN!, buffer)).toBe(0);
  const path = `/dev/pts/${guest.task.memory.readU32(buffer)}`;
  expect(guest.call('open', path, O_RDWR | O_NOCTTY, 0)).toBe(-5);
  expect(guest.call('ioctl', master, TIOCSPTLCK!, new Uint8Array(4))).toBe(0);
  const slave = guest.call('open', path, O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
  expect(slave).toBeGreaterThan(master);
  return { master, slave };
}

function write(guest: Guest, fd: number, text: string): void {
  expect(guest.call('write', fd, new TextEncoder().encode(text), text.length)).toBe(text.length);
}

function read(guest: Guest, fd: number): string | number {
  const count = guest.call('read', fd, buffer, 1000);
  return count < 0 ? count : guest.text(count);
}

describe('pairs', () => {
  test('lines one way, processed output and echo the other', () => {
    const guest = makeGuest();
    const { master, slave } = openPair(guest);
    write(guest, master, 'typ');
    expect(read(guest, slave)).toBe(-11);
    write(guest, master, 'ed\rnext\n');
    expect(read(guest, slave)).toBe('typed\n');
    expect(read(guest, slave)).toBe('next\n');
    expect(read(guest, master)).toBe('typed\r\nnext\r\n');
    write(guest, slave, 'out\n');
    expect(read(guest, master)).toBe('out\r\n');
    expect(read(guest, master)).toBe(-11);
  });

  test('sizes are kept, the last close of a side is seen by the other', () => {
    const guest = makeGuest();
    const { master, slave } = openPair(guest);
    expect(
      guest.call('ioctl', slave, TIOCSWINSZ!, new Uint8Array([30, 0, 90, 0, 0, 0, 0, 0])),
    ).toBe(0);
    expect(guest.call('ioctl', master, TIOCGWINSZ!, buffer)).toBe(0);
    expect([...guest.bytes(4)]).toEqual([30, 0, 90, 0]);
    guest.call('close', slave);
    expect(read(guest, master)).toBe(-5);
    const again = openPair(guest);
    guest.call('close', again.master);
    expect(read(guest, again.slave)).toBe('');
    expect(guest.call('write', again.slave, new Uint8Array(1), 1)).toBe(-5);
    expect(guest.call('open', '/dev/pts/1', O_RDWR, 0)).toBe(-2);
  });

  test('a full output makes writers wait', () => {
    const guest = makeGuest();
    const { master, slave } = openPair(guest);
    const page = new Uint8Array(4096).fill(97);
    let total = 0;
    for (let count = 0; count >= 0; total += Math.max(0, count)) {
      count = guest.call('write', slave, page, page.length);
      expect(total).toBeLessThanOrEqual(65536);
    }
    expect(total).toBe(65536);
    read(guest, master);
    expect(guest.call('write', slave, page, 100)).toBe(100);
  });
});

describe('raw input', () => {
  function discipline(minimum: number, time: number): LineDiscipline {
    const host = { emit(): void {}, signal(): void {}, changed(): void {} };
    const line = new LineDiscipline(host);
    const cc = T.defaultTermios.cc.slice();
    cc[T.VMIN] = minimum;
    cc[T.VTIME] = time;
    line.termios = { ...T.defaultTermios, lflag: 0, iflag: 0, cc };
    return line;
  }

  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  test('MIN bytes are waited for, but not more than are asked for', () => {
    const line = discipline(3, 0);
    line.input(bytes('ab'));
    expect(line.readable).toBe(false);
    expect(line.read(new Uint8Array(10))).toBe(-11);
    expect(line.read(new Uint8Array(2))).toBe(2);
    line.input(bytes('cdef'));
    expect(line.read(new Uint8Array(10))).toBe(4);
  });

  test('MIN 0 without TIME never waits, with TIME it does', () => {
    expect(discipline(0, 0).read(new Uint8Array(1))).toBe(0);
    expect(discipline(0, 5).read(new Uint8Array(1))).toBe(-11);
  });

  test('a line being typed becomes readable when canonical mode ends', () => {
    const host = { emit(): void {}, signal(): void {}, changed(): void {} };
    const line = new LineDiscipline(host);
    line.input(bytes('half'));
    expect(line.available).toBe(0);
    line.termios = { ...T.defaultTermios, lflag: 0 };
    expect(line.read(new Uint8Array(10))).toBe(4);
  });

  test('an endless line is cut at the queue’s size', () => {
    const host = { emit(): void {}, signal(): void {}, changed(): void {} };
    const line = new LineDiscipline(host);
    line.input(new Uint8Array(10_000).fill(97));
    line.input(bytes('\n'));
    expect(line.available).toBe(4096);
  });
});
