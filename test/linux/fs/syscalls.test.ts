/** File system calls, called directly: paths, permissions, names, descriptors, layouts. */

import { describe, expect, test } from 'vitest';
import { decodeStruct } from '../../../src/linux/abi/layout.ts';
import { buffer, dir, file, type Guest, link, makeGuest, nodeAt, textAt } from '../fixture.ts';

const O_RDWR = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;
const O_PATH = 0o10000000;
const O_TMPFILE = 0o20200000;
const [EPERM, ENOENT, EBADF, EACCES, EBUSY, EEXIST, EXDEV] = [1, 2, 9, 13, 16, 17, 18];
const [ENOTDIR, EISDIR, EINVAL, EROFS, ERANGE, ENAMETOOLONG, ENOTEMPTY, ELOOP] = [
  20, 21, 22, 30, 34, 36, 39, 40,
];

function sample(): Guest {
  return makeGuest({
    rootfs: dir({
      etc: dir({ passwd: file('root:x:0:0'), loop: link('loop'), up: link('../tmp') }),
      tmp: dir({}, 0o1777),
      secret: dir({ key: file('k', 0o600) }, 0o700),
    }),
  });
}

function write(guest: Guest, path: string, text: string, flags: number = O_CREAT | O_TRUNC): void {
  const fd = guest.call('open', path, 1 | flags, 0o644);
  expect(guest.call('write', fd, new TextEncoder().encode(text), text.length)).toBe(text.length);
  expect(guest.call('close', fd)).toBe(0);
}

function read(guest: Guest, path: string): string {
  const fd = guest.call('open', path, 0, 0);
  const count = guest.call('read', fd, buffer, 1000);
  guest.call('close', fd);
  return guest.text(count);
}

function modeOf(guest: Guest, path: string): number {
  expect(guest.call('lstat', path, buffer)).toBe(0);
  const layout = guest.task.abi.layouts.stat;
  const { littleEndian } = guest.task.abi;
  return Number(decodeStruct(guest.bytes(layout.size), layout, littleEndian).mode);
}

describe('paths', () => {
  test('links, dots and slashes', () => {
    const guest = sample();
    expect(read(guest, '/etc/../etc/./passwd')).toBe('root:x:0:0');
    expect(guest.call('open', '/etc/loop', 0, 0)).toBe(-ELOOP);
    expect(guest.call('open', '/etc/passwd/', 0, 0)).toBe(-ENOTDIR);
    expect(guest.call('open', '/etc/up', O_NOFOLLOW, 0)).toBe(-ELOOP);
    expect(guest.call('open', '/etc/up/', O_NOFOLLOW, 0)).toBeGreaterThanOrEqual(0);
    expect(guest.call('open', '', 0, 0)).toBe(-ENOENT);
    expect(guest.call('open', `/${'n'.repeat(256)}`, 0, 0)).toBe(-ENAMETOOLONG);
    expect(guest.call('open', `/${'n/'.repeat(3000)}`, 0, 0)).toBe(-ENAMETOOLONG);
    expect(guest.call('chdir', '/etc/up')).toBe(0);
    expect(guest.call('getcwd', buffer, 100)).toBe(5);
    expect(guest.text(4)).toBe('/tmp');
    expect(guest.call('getcwd', buffer, 4)).toBe(-ERANGE);
  });

  test('forty links are followed, forty-one are not', () => {
    const entries: Record<string, ReturnType<typeof file> | ReturnType<typeof link>> = {
      l0: file('end') as ReturnType<typeof file>,
    };
    for (let i = 1; i <= 41; i++) entries[`l${i}`] = link(`l${i - 1}`);
    const guest = makeGuest({ rootfs: dir(entries) });
    expect(read(guest, '/l40')).toBe('end');
    expect(guest.call('open', '/l41', 0, 0)).toBe(-ELOOP);
  });

  test('names that are not UTF-8 survive', () => {
    const guest = sample();
    write(guest, '/tmp/a\udcff\udc80', 'raw');
    const after = guest.created.snapshot();
    expect(textAt(after, '/tmp/a\udcff\udc80')).toBe('raw');
  });

  test('openat2 confines', () => {
    const guest = sample();
    const how = (resolve: number): Uint8Array => {
      const bytes = new Uint8Array(24);
      new DataView(bytes.buffer).setBigUint64(16, BigInt(resolve), true);
      return bytes;
    };
    const etc = guest.call('open', '/etc', O_DIRECTORY, 0);
    const RESOLVE_NO_SYMLINKS = 4;
    const RESOLVE_BENEATH = 8;
    const RESOLVE_IN_ROOT = 16;
    expect(guest.call('openat2', etc, '../tmp', how(RESOLVE_BENEATH), 24)).toBe(-EXDEV);
    expect(guest.call('openat2', etc, 'up', how(RESOLVE_NO_SYMLINKS), 24)).toBe(-ELOOP);
    expect(guest.call('openat2', etc, '/passwd', how(RESOLVE_IN_ROOT), 24)).toBeGreaterThan(0);
    expect(guest.call('openat2', etc, 'passwd', how(0x40), 24)).toBe(-EINVAL);
  });

  test('chroot hides what is outside', () => {
    const guest = sample();
    expect(guest.call('chroot', '/etc')).toBe(0);
    expect(guest.call('chdir', '/')).toBe(0);
    expect(read(guest, '../../passwd')).toBe('root:x:0:0');
    expect(guest.call('open', '/tmp', 0, 0)).toBe(-ENOENT);
  });
});

describe('permissions', () => {
  test('a user is kept out of what is not theirs', () => {
    const user = sample().fork({ uid: 1000, gid: 1000 });
    expect(user.call('open', '/secret/key', 0, 0)).toBe(-EACCES);
    expect(user.call('open', '/etc/passwd', 1, 0)).toBe(-EACCES);
    expect(user.call('mkdir', '/x', 0o777)).toBe(-EACCES);
    expect(user.call('chmod', '/etc/passwd', 0o666)).toBe(-EPERM);
    expect(user.call('chroot', '/')).toBe(-EPERM);
    expect(user.call('access', '/etc/passwd', 4)).toBe(0);
    expect(user.call('access', '/etc/passwd', 2)).toBe(-EACCES);
  });

  test('sticky directories protect other users’ files', () => {
    const guest = sample();
    const one = guest.fork({ uid: 1, gid: 1 });
    const two = guest.fork({ uid: 2, gid: 2 });
    write(one, '/tmp/f', 'x');
    expect(two.call('unlink', '/tmp/f')).toBe(-EPERM);
    expect(two.call('rename', '/tmp/f', '/tmp/g')).toBe(-EPERM);
    expect(one.call('unlink', '/tmp/f')).toBe(0);
  });

  test('umask, supplementary groups, setgid directories', () => {
    const guest = sample();
    expect(guest.call('umask', 0o027)).toBe(0o022);
    write(guest, '/tmp/f', 'x');
    guest.call('fchmodat', -100, '/tmp/f', 0o640);
    guest.call('chown', '/tmp/f', 0, 50);
    const member = guest.fork({ uid: 9, gid: 9, groups: [50] });
    expect(member.call('open', '/tmp/f', 0, 0)).toBeGreaterThanOrEqual(0);
    expect(member.call('open', '/tmp/f', 1, 0)).toBe(-EACCES);
    guest.call('mkdir', '/tmp/d', 0o777);
    expect(modeOf(guest, '/tmp/d')).toBe(0o040750);
    guest.call('chown', '/tmp/d', 0, 50);
    guest.call('chmod', '/tmp/d', 0o2777);
    guest.call('mkdir', '/tmp/d/sub', 0o777);
    expect(modeOf(guest, '/tmp/d/sub') & 0o2000).toBe(0o2000);
  });

  test('read-only mounts', () => {
    const mounts = [{ path: '/ro', source: dir({ f: file('x') }), readOnly: true }];
    const guest = makeGuest({ mounts });
    expect(read(guest, '/ro/f')).toBe('x');
    expect(guest.call('open', '/ro/f', 1, 0)).toBe(-EROFS);
    expect(guest.call('mkdir', '/ro/d', 0o755)).toBe(-EROFS);
    expect(guest.call('unlink', '/ro/f')).toBe(-EROFS);
  });
});

describe('names', () => {
  test('rename replaces, exchanges and refuses', () => {
    const guest = sample();
    write(guest, '/tmp/a', 'A');
    write(guest, '/tmp/b', 'B');
    expect(guest.call('renameat2', -100, '/tmp/a', -100, '/tmp/b', 1)).toBe(-EEXIST);
    expect(guest.call('renameat2', -100, '/tmp/a', -100, '/tmp/b', 2)).toBe(0);
    expect([read(guest, '/tmp/a'), read(guest, '/tmp/b')]).toEqual(['B', 'A']);
    expect(guest.call('rename', '/tmp/a', '/tmp/b')).toBe(0);
    expect(read(guest, '/tmp/b')).toBe('B');
    guest.call('mkdir', '/tmp/d', 0o755);
    guest.call('mkdir', '/tmp/d/e', 0o755);
    expect(guest.call('rename', '/tmp/d', '/tmp/d/e/f')).toBe(-EINVAL);
    expect(guest.call('rename', '/tmp/b', '/tmp/d')).toBe(-EISDIR);
    expect(guest.call('rename', '/tmp/d', '/tmp/b')).toBe(-ENOTDIR);
    expect(guest.call('rename', '/tmp/d/e', '/tmp/d')).toBe(-ENOTEMPTY);
    expect(guest.call('rename', '/tmp/b', '/proc/x')).toBe(-EXDEV);
    expect(guest.call('rename', '/proc', '/p')).toBe(-EBUSY);
  });

  test('a working directory that moves keeps its name, one that is removed has none', () => {
    const guest = sample();
    guest.call('mkdir', '/tmp/d', 0o755);
    guest.call('chdir', '/tmp/d');
    guest.call('rename', '/tmp/d', '/tmp/moved');
    const length = guest.call('getcwd', buffer, 100);
    expect(guest.text(length - 1)).toBe('/tmp/moved');
    expect(guest.call('rmdir', '/tmp/moved')).toBe(0);
    expect(guest.call('getcwd', buffer, 100)).toBe(-ENOENT);
    expect(guest.call('open', 'f', O_CREAT | 1, 0o644)).toBe(-ENOENT);
  });

  test('unlink and rmdir say why not', () => {
    const guest = sample();
    expect(guest.call('unlink', '/tmp')).toBe(-EISDIR);
    expect(guest.call('rmdir', '/etc')).toBe(-ENOTEMPTY);
    expect(guest.call('rmdir', '/etc/passwd')).toBe(-ENOTDIR);
    expect(guest.call('rmdir', '/tmp/.')).toBe(-EINVAL);
    expect(guest.call('rmdir', '/proc')).toBe(-EBUSY);
    expect(guest.call('open', '/tmp/new/', O_CREAT | 1, 0o644)).toBe(-EISDIR);
    expect(guest.call('open', '/etc/passwd', O_CREAT | O_EXCL, 0)).toBe(-EEXIST);
    expect(guest.call('mkdir', '/tmp/..', 0o755)).toBe(-EEXIST);
  });

  test('O_TMPFILE gets a name by linkat', () => {
    const guest = sample();
    const fd = guest.call('open', '/tmp', O_TMPFILE | O_RDWR, 0o600);
    guest.call('write', fd, new TextEncoder().encode('hidden'), 6);
    expect(nodeAt(guest.created.snapshot(), '/tmp')).toMatchObject({ entries: new Map() });
    expect(guest.call('linkat', fd, '', -100, '/tmp/named', 0x1000)).toBe(0);
    expect(textAt(guest.created.snapshot(), '/tmp/named')).toBe('hidden');
  });

  test('O_PATH descriptions are places only', () => {
    const guest = sample();
    const fd = guest.call('open', '/etc/passwd', O_PATH, 0);
    expect(guest.call('read', fd, buffer, 1)).toBe(-EBADF);
    expect(guest.call('fstat', fd, buffer)).toBe(0);
    expect(guest.call('newfstatat', fd, '', buffer, 0x1000)).toBe(0);
  });
});

describe('descriptors', () => {
  test('dup shares the offset, O_APPEND writes at the end', () => {
    const guest = sample();
    write(guest, '/tmp/f', 'abc');
    const fd = guest.call('open', '/tmp/f', O_RDWR, 0);
    const copy = guest.call('dup', fd);
    expect(guest.call('lseek', fd, 1, 0)).toBe(1);
    expect(guest.call('read', copy, buffer, 1)).toBe(1);
    expect(guest.text(1)).toBe('b');
    expect(guest.call('dup3', fd, fd, 0)).toBe(-EINVAL);
    expect(guest.call('dup2', fd, 9)).toBe(9);
    write(guest, '/tmp/f', 'd', O_APPEND);
    expect(read(guest, '/tmp/f')).toBe('abcd');
    expect(guest.call('close_range', 3, 100, 0)).toBe(0);
    expect(guest.call('close', 9)).toBe(-EBADF);
  });

  test('record locks conflict between tables, split and merge', () => {
    const guest = sample();
    write(guest, '/tmp/f', 'x'.repeat(100));
    const fd = guest.call('open', '/tmp/f', O_RDWR, 0);
    const other = guest.fork();
    const flock = (type: number, start: number, length: number): Uint8Array => {
      const bytes = new Uint8Array(32);
      const view = new DataView(bytes.buffer);
      view.setInt16(0, type, true);
      view.setBigInt64(8, BigInt(start), true);
      view.setBigInt64(16, BigInt(length), true);
      return bytes;
    };
    const [F_SETLK, F_RDLCK, F_WRLCK, F_UNLCK] = [6, 0, 1, 2];
    expect(guest.call('fcntl', fd, F_SETLK, flock(F_WRLCK, 0, 100))).toBe(0);
    expect(other.call('fcntl', fd, F_SETLK, flock(F_RDLCK, 50, 1))).toBe(-11);
    expect(guest.call('fcntl', fd, F_SETLK, flock(F_UNLCK, 40, 20))).toBe(0);
    expect(other.call('fcntl', fd, F_SETLK, flock(F_RDLCK, 50, 1))).toBe(0);
    expect(other.call('fcntl', fd, F_SETLK, flock(F_RDLCK, 59, 2))).toBe(-11);
    guest.call('close', fd);
    expect(other.call('fcntl', fd, F_SETLK, flock(F_RDLCK, 0, 0))).toBe(0);
  });

  test('getdents64 lists in byte order and goes on where it stopped', () => {
    const guest = sample();
    for (const name of ['b', 'a', 'longer_name']) write(guest, `/tmp/${name}`, '');
    const fd = guest.call('open', '/tmp', O_DIRECTORY, 0);
    const names: string[] = [];
    for (;;) {
      const count = guest.call('getdents64', fd, buffer, 56);
      if (count === 0) break;
      expect(count).toBeGreaterThan(0);
      for (let at = 0; at < count; ) {
        const bytes = guest.bytes(count).subarray(at);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        const length = view.getUint16(16, true);
        names.push(new TextDecoder().decode(bytes.subarray(19, bytes.indexOf(0, 19))));
        at += length;
      }
    }
    expect(names).toEqual(['.', '..', 'a', 'b', 'longer_name']);
    expect(guest.call('getdents64', fd, buffer, 8)).toBe(0);
  });
});

describe.each(['amd64', 'arm64', 's390x'])('stat of %s', (architecture) => {
  test('fields are where the kernel puts them', () => {
    const guest = makeGuest({ architecture, rootfs: dir({ f: file('12345', 0o4750) }) });
    expect(guest.call('newfstatat', -100, '/f', buffer, 0)).toBe(0);
    const layout = guest.task.abi.layouts.stat;
    expect(layout.size).toBe(architecture === 'arm64' ? 128 : 144);
    const stat = decodeStruct(guest.bytes(layout.size), layout, guest.task.abi.littleEndian);
    expect(stat).toMatchObject({ mode: 0o104750n, nlink: 1n, size: 5n, blksize: 4096n });
    expect(stat).toMatchObject({ blocks: 8n, mtime: 1_600_000_000n, mtimeNsec: 0n, uid: 0n });
    const raw = guest.bytes(layout.size);
    const view = new DataView(raw.buffer);
    const little = guest.task.abi.littleEndian;
    const modeOffset = architecture === 'arm64' ? 16 : 24;
    expect(view.getUint32(modeOffset, little)).toBe(0o104750);
  });
});

describe('what engines provide', () => {
  test('mount points and /etc files stay out of the snapshot', () => {
    const rootfs = dir({ etc: dir({ hosts: file('image') }) });
    const mounts = [{ path: '/data/deep', source: 'tmpfs', readOnly: false } as const];
    const guest = makeGuest({ rootfs, mounts });
    expect(read(guest, '/etc/hostname')).toBe('box\n');
    expect(read(guest, '/etc/hosts')).toContain('localhost');
    write(guest, '/data/deep/f', 'in the mount');
    write(guest, '/dev/shm/f', 'shared');
    expect(guest.created.snapshot()).toBe(rootfs);
    write(guest, '/data/own', 'kept');
    const after = guest.created.snapshot();
    expect([...after.entries.keys()]).toEqual(['data', 'etc']);
    expect(textAt(after, '/data/own')).toBe('kept');
    expect(nodeAt(after, '/data/deep')).toBeUndefined();
    expect(nodeAt(after, '/etc')).toBe(rootfs.entries.get('etc'));
  });

  test('writable mounts give back their tree', () => {
    const source = dir({ a: file('1'), d: dir({ b: file('2') }) });
    const guest = makeGuest({ mounts: [{ path: '/m', source, readOnly: false }] });
    write(guest, '/m/a', 'changed');
    const after = guest.created.mountSnapshots().get('/m')!;
    expect(textAt(after, 'a')).toBe('changed');
    expect(after.entries.get('d')).toBe(source.entries.get('d'));
  });

  test('devices', () => {
    const guest = makeGuest();
    const full = guest.call('open', '/dev/full', O_RDWR, 0);
    expect(guest.call('write', full, new Uint8Array(1), 1)).toBe(-28);
    const zero = guest.call('open', '/dev/zero', 0, 0);
    expect(guest.call('read', zero, buffer, 4)).toBe(4);
    expect([...guest.bytes(4)]).toEqual([0, 0, 0, 0]);
    expect(guest.call('open', '/dev/tty', O_RDWR, 0)).toBe(-6);
  });
});

describe('extended attributes and watches', () => {
  test('xattrs are listed, limited and kept in the snapshot', () => {
    const guest = sample();
    write(guest, '/tmp/f', 'x');
    const value = new Uint8Array([0, 255, 7]);
    expect(guest.call('setxattr', '/tmp/f', 'user.k', value, 3, 0)).toBe(0);
    expect(guest.call('setxattr', '/tmp/f', 'user.k', value, 3, 1)).toBe(-EEXIST);
    expect(guest.call('setxattr', '/tmp/f', 'other.k', value, 3, 0)).toBe(-95);
    expect(guest.call('getxattr', '/tmp/f', 'user.k', buffer, 2)).toBe(-ERANGE);
    expect(guest.call('listxattr', '/tmp/f', buffer, 100)).toBe(7);
    const node = nodeAt(guest.created.snapshot(), '/tmp/f');
    expect(node?.kind === 'file' && [...node.xattrs!]).toEqual([['user.k', value]]);
  });

  test('inotify tells of names and contents', () => {
    const guest = sample();
    const fd = guest.call('inotify_init1', 0);
    expect(guest.call('inotify_add_watch', fd, '/tmp', 0xfff)).toBe(1);
    write(guest, '/tmp/new', 'x');
    guest.call('unlink', '/tmp/new');
    const count = guest.call('read', fd, buffer, 4096);
    const masks: number[] = [];
    for (let at = 0; at < count; ) {
      const view = new DataView(guest.bytes(count).buffer, at);
      masks.push(view.getUint32(4, true));
      at += 16 + view.getUint32(12, true);
    }
    const [IN_MODIFY, IN_CLOSE_WRITE, IN_OPEN, IN_CREATE, IN_DELETE] = [2, 8, 0x20, 0x100, 0x200];
    expect(masks).toEqual([IN_CREATE, IN_OPEN, IN_MODIFY, IN_CLOSE_WRITE, IN_DELETE]);
  });
});
