import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { packTar, unpackTar } from 'modern-tar';
import { describe, expect, test } from 'vitest';
import { entryBytes, type TarEntry, type TarHeader } from '../../src/archive/tar.ts';
import { readTar } from '../../src/archive/tar_read.ts';
import { TarWriter } from '../../src/archive/tar_write.ts';
import { decodeName } from '../../src/rootfs/name.ts';
import { requireTool } from '../tools.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const plain = { mode: 0o644, uid: 0, gid: 0, mtime: 0n } as const;

function roundTrip(header: TarHeader, data?: Uint8Array): TarEntry {
  const writer = new TarWriter();
  writer.add(header, data);
  const [entry, ...more] = [...readTar(writer.finish())];
  expect(more).toEqual([]);
  return entry!;
}

describe('round trips', () => {
  const headers: Record<string, TarHeader> = {
    'a plain file': { path: 'a', type: 'file', ...plain },
    'all mode bits': { path: 'a', type: 'file', ...plain, mode: 0o7777 },
    'large ids': { path: 'a', type: 'file', ...plain, uid: 4_294_967_294, gid: 3_000_000 },
    nanoseconds: { path: 'a', type: 'file', ...plain, mtime: 1_700_000_000_123_456_789n },
    'before the epoch': { path: 'a', type: 'file', ...plain, mtime: -1_500_000_001n },
    'far future': { path: 'a', type: 'file', ...plain, mtime: 10_000_000_000_000_000_000n },
    'a long name with prefix': {
      path: `${'d'.repeat(90)}/${'f'.repeat(90)}`,
      type: 'file',
      ...plain,
    },
    'a very long name': { path: 'n'.repeat(300), type: 'file', ...plain },
    'a UTF-8 name': { path: 'grüße/日本', type: 'file', ...plain },
    'a name that is not UTF-8': {
      path: decodeName(Uint8Array.of(0x61, 0xff, 0x2f, 0x80)),
      type: 'file',
      ...plain,
    },
    'a symlink': { path: 'a', type: 'symlink', target: '../b', ...plain, mode: 0o777 },
    'a long symlink': { path: 'a', type: 'symlink', target: 't/'.repeat(200), ...plain },
    'a hard link': { path: 'a', type: 'hardlink', target: 'b', ...plain },
    'a character device': { path: 'null', type: 'character', major: 1, minor: 3, ...plain },
    'a block device': { path: 'sda', type: 'block', major: 8, minor: 100_000, ...plain },
    'a fifo': { path: 'p', type: 'fifo', ...plain },
    'a directory': { path: 'd/', type: 'directory', ...plain, mode: 0o1777 },
    'binary extended attributes': {
      path: 'ping',
      type: 'file',
      ...plain,
      xattrs: new Map([
        ['security.capability', Uint8Array.of(1, 0, 0, 2, 0xff, 0x80, 10, 0, 61, 32, 0, 0, 0)],
        ['user.a=b?', text('x')],
      ]),
    },
    'names of owners': { path: 'a', type: 'file', ...plain, userName: 'root', groupName: 'ω' },
  };
  for (const [name, header] of Object.entries(headers)) {
    test(name, () => {
      expect(roundTrip(header)).toMatchObject(header);
    });
  }

  test('contents of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1600 }), (data) => {
        const writer = new TarWriter();
        writer.add({ path: 'x', type: 'file', ...plain }, data);
        writer.add({ path: 'y', type: 'file', ...plain }, text('tail'));
        const archive = writer.finish();
        const entries = [...readTar(archive)];
        expect(entries.map((entry) => entry.path)).toEqual(['x', 'y']);
        expect(entryBytes(archive, entries[0]!)).toEqual(data);
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  test('names are any bytes but NUL', () => {
    const bytes = fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(bytes, (list) => {
        const path = decodeName(Uint8Array.from(list)).replace(/\/+$/, '') || 'x';
        expect(roundTrip({ path, type: 'symlink', target: path, ...plain })).toMatchObject({
          path,
          target: path,
        });
      }),
      { seed: 7, numRuns: 100 },
    );
  });

  test('the same entries give the same bytes', () => {
    const writer = new TarWriter();
    for (const header of Object.values(headers)) writer.add(header);
    const digest = createHash('sha256').update(writer.finish()).digest('hex');
    expect(digest).toBe('1f4f7f849048b8bd12dfca2cf330162c6c71bc9d3cd0cffc5b15ca562b9106de');
  });
});

describe('modern-tar agrees', () => {
  test('reading what we write', async () => {
    const writer = new TarWriter();
    writer.add({ path: 'dir/', type: 'directory', ...plain, mode: 0o755 });
    writer.add(
      { path: `dir/${'ü'.repeat(120)}`, type: 'file', ...plain, uid: 5_000_000 },
      text('hi'),
    );
    writer.add({ path: 'link', type: 'symlink', target: 'dir/x', ...plain });
    const entries = await unpackTar(writer.finish());
    expect(entries.map(({ header }) => [header.name, header.type, header.uid])).toEqual([
      ['dir/', 'directory', 0],
      [`dir/${'ü'.repeat(120)}`, 'file', 5_000_000],
      ['link', 'symlink', 0],
    ]);
    expect(entries[2]!.header.linkname).toBe('dir/x');
    expect(new TextDecoder().decode(entries[1]!.data)).toBe('hi');
  });

  test('writing what we read', async () => {
    const name = `a/${'long/'.repeat(60)}name`;
    const archive = await packTar([
      {
        header: { name, size: 3, type: 'file', mode: 0o640, uid: 7, mtime: new Date(1_234_567) },
        body: 'abc',
      },
      { header: { name: 'l', size: 0, type: 'link', linkname: name } },
    ]);
    const entries = [...readTar(archive)];
    expect(entries.map(({ path, type, mode, uid }) => ({ path, type, mode, uid }))).toEqual([
      { path: name, type: 'file', mode: 0o640, uid: 7 },
      { path: 'l', type: 'hardlink', mode: 0o644, uid: 0 },
    ]);
    expect(entries[1]!.target).toBe(name);
    expect(entryBytes(archive, entries[0]!)).toEqual(text('abc'));
  });
});

describe.runIf(requireTool('tar'))('GNU tar agrees', () => {
  const make = (script: string, ...args: string[]): [Uint8Array, TarEntry[]] => {
    const directory = mkdtempSync(join(tmpdir(), 'stiletto-tar-'));
    try {
      execFileSync('sh', ['-ec', script], { cwd: directory });
      const options = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', ...args];
      execFileSync('tar', [...options, '-cf', 'out.tar', 'in'], { cwd: directory });
      const archive = new Uint8Array(readFileSync(join(directory, 'out.tar')));
      return [archive, [...readTar(archive)]];
    } finally {
      rmSync(directory, { recursive: true });
    }
  };

  for (const format of [
    ['--format=v7'],
    ['--format=ustar'],
    ['--format=gnu'],
    ['--format=oldgnu'],
    ['--format=posix'],
  ]) {
    test(`a small tree in ${format[0]}`, () => {
      const script = 'mkdir in; echo hi > in/a; ln in/a in/b; ln -s a in/c; chmod 4711 in/a';
      const [archive, entries] = make(script, ...format);
      expect(entries.map(({ path, type }) => [path, type])).toEqual([
        ['in/', 'directory'],
        ['in/a', 'file'],
        ['in/b', 'hardlink'],
        ['in/c', 'symlink'],
      ]);
      expect(entries[1]!.mode).toBe(0o4711);
      expect(entries[2]!.target).toBe('in/a');
      expect(entryBytes(archive, entries[1]!)).toEqual(text('hi\n'));
    });
  }

  test('GNU long names and links', () => {
    const long = 'x'.repeat(200);
    const [, entries] = make(`mkdir in; : > in/${long}; ln -s /${long} in/y`, '--format=gnu');
    expect(entries[1]!.path).toBe(`in/${long}`);
    expect(entries[2]!.target).toBe(`/${long}`);
  });

  for (const args of [
    ['--format=gnu'],
    ['--format=posix', '--sparse-version=0.0'],
    ['--format=posix', '--sparse-version=0.1'],
    ['--format=posix', '--sparse-version=1.0'],
  ]) {
    test(`sparse files: ${args.join(' ')}`, () => {
      const script =
        'mkdir in; for i in $(seq 0 2 60); do ' +
        'printf "piece %s" $i | dd of=in/s bs=65536 seek=$i conv=notrunc status=none; done; ' +
        'truncate -s 5000000 in/s; echo end > in/t';
      const [archive, entries] = make(script, '--sparse', ...args);
      const expected = new Uint8Array(5_000_000);
      for (let i = 0; i <= 60; i += 2) expected.set(text(`piece ${i}`), i * 65536);
      expect(entries.map(({ path }) => path)).toEqual(['in/', 'in/s', 'in/t']);
      expect(archive.length).toBeLessThan(2_000_000);
      const digest = (bytes: Uint8Array): string =>
        createHash('sha256').update(bytes).digest('hex');
      expect(digest(entryBytes(archive, entries[1]!))).toBe(digest(expected));
      expect(entryBytes(archive, entries[2]!)).toEqual(text('end\n'));
    });
  }

  test('it lists what we write', () => {
    const writer = new TarWriter();
    writer.add({ path: 'd/', type: 'directory', ...plain, mode: 0o1777 });
    writer.add(
      { path: `d/${'f'.repeat(150)}`, type: 'file', ...plain, mode: 0o4755, uid: 12 },
      text('12345'),
    );
    writer.add({ path: 'n', type: 'character', major: 1, minor: 3, ...plain });
    writer.add({ path: 'h', type: 'hardlink', target: 'n', ...plain });
    const file = join(mkdtempSync(join(tmpdir(), 'stiletto-tar-')), 'a.tar');
    writeFileSync(file, writer.finish());
    const listing = execFileSync('tar', ['--numeric-owner', '--utc', '-tvf', file], {
      encoding: 'utf8',
    });
    rmSync(join(file, '..'), { recursive: true });
    expect(listing.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
      'drwxrwxrwt 0/0 0 1970-01-01 00:00 d/',
      `-rwsr-xr-x 12/0 5 1970-01-01 00:00 d/${'f'.repeat(150)}`,
      'crw-r--r-- 0/0 1,3 1970-01-01 00:00 n',
      'hrw-r--r-- 0/0 0 1970-01-01 00:00 h link to n',
      '',
    ]);
  });
});

describe('damage', () => {
  const archive = (): Uint8Array => {
    const writer = new TarWriter();
    writer.add({ path: 'x', type: 'file', ...plain }, new Uint8Array(1000));
    return writer.finish();
  };
  const read = (bytes: Uint8Array) => () => [...readTar(bytes)];

  test('cut off in a header', () => {
    expect(read(archive().subarray(0, 100))).toThrow('ends inside a header');
  });
  test('cut off in contents', () => {
    expect(read(archive().subarray(0, 1024))).toThrow('ends inside the entry');
  });
  test('a flipped bit', () => {
    const bytes = archive();
    bytes[105] = 0x31;
    expect(read(bytes)).toThrow('wrong checksum');
  });
  test('no tar at all', () => {
    expect(read(new Uint8Array(512).fill(65))).toThrow('checksum');
  });
  test('random bytes never hang or crash', () => {
    const writer = new TarWriter();
    writer.add({ path: 'ü'.repeat(80), type: 'file', ...plain, mtime: 5n }, text('hello'));
    const good = writer.finish();
    const flips = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(flips, (list) => {
        const bytes = good.slice();
        for (const [at, value] of list) bytes[at] = value;
        try {
          for (const entry of readTar(bytes)) entryBytes(bytes, entry);
        } catch (error) {
          expect((error as Error).name).toBe('TarError');
        }
      }),
      { seed: 7, numRuns: 400 },
    );
  });
});
