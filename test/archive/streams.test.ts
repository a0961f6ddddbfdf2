import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import {
  CompressionError,
  decompressPieces,
  type Gunzipper,
} from '../../src/archive/decompress.ts';
import { readTar } from '../../src/archive/tar_read.ts';
import { TarScanner } from '../../src/archive/tar_scan.ts';
import { TarWriter } from '../../src/archive/tar_write.ts';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { requireTool } from '../tools.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-streams-'));
afterAll(() => rmSync(root, { recursive: true }));
const long = 'n'.repeat(180);
const tar = (format: string, ...names: string[]): Uint8Array =>
  new Uint8Array(
    execFileSync('tar', [
      '-C',
      root,
      ...(format === 'ustar' ? [] : ['-S']),
      `--format=${format}`,
      '-c',
      ...names,
    ]),
  );

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

/** What the scanner says: undefined where all is well. */
function scan(bytes: Uint8Array, size: number): string | undefined {
  const scanner = new TarScanner();
  try {
    for (let at = 0; at < bytes.length; at += size) scanner.add(bytes.subarray(at, at + size));
    scanner.finish();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The archive without contents. */
function headersOf(bytes: Uint8Array, size: number): Uint8Array | undefined {
  const scanner = new TarScanner(true);
  for (let at = 0; at < bytes.length; at += size) scanner.add(bytes.subarray(at, at + size));
  scanner.finish();
  return scanner.headers;
}

/** What the reader says. */
function read(bytes: Uint8Array): string | undefined {
  try {
    for (const _ of readTar(bytes));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the scanner agrees with the reader', () => {
  writeFileSync(join(root, 'small'), 'small');
  writeFileSync(join(root, long), 'x'.repeat(700));
  const pieces = 60;
  for (let i = 0; i < pieces; i++) {
    execFileSync('dd', [
      'if=/dev/urandom',
      `of=${root}/sparse`,
      'bs=4096',
      'count=1',
      `seek=${i * 8}`,
      'conv=notrunc',
      'status=none',
    ]);
  }
  truncateSync(join(root, 'sparse'), 4_000_000);

  test.each(['gnu', 'posix', 'ustar'])('%s archives', (format) => {
    const names = format === 'ustar' ? ['small'] : ['small', long, 'sparse'];
    const bytes = tar(format, ...names);
    for (const size of [1, 511, 512, 513, 100_000]) expect(scan(bytes, size)).toBeUndefined();
    expect(read(bytes)).toBeUndefined();
    for (const end of [100, 512, 700, 1024, 1500, bytes.length - 10_240 + 20]) {
      const cut = bytes.subarray(0, Math.min(end, bytes.length));
      expect(scan(cut, 97) === undefined, `cut at ${end}`).toBe(read(cut) === undefined);
    }
    const headers = headersOf(bytes, 777);
    // Sparse files have their maps among the contents.
    if (format === 'ustar') expect([...readTar(headers!, true)]).toEqual([...readTar(bytes)]);
    else expect(headers).toBeUndefined();
    const damaged = bytes.slice();
    damaged[3] = (damaged[3] ?? 0) ^ 1;
    expect(scan(damaged, 512)).toMatch(/checksum/);
  });
});

describe('headers alone', () => {
  const writer = new TarWriter();
  const metadata = { uid: 0, gid: 0, mtime: 1_600_000_000_123_456_789n } as const;
  writer.add({ path: 'd/', type: 'directory', mode: 0o755, ...metadata });
  for (const length of [0, 1, 511, 512, 513, 3000]) {
    const path = `d/${'ü'.repeat(90)}${length}`;
    const xattrs = new Map([['user.a', Uint8Array.of(1, 255, length & 255)]]);
    const header = { path, type: 'file', mode: 0o644, ...metadata, xattrs } as const;
    writer.add(header, new Uint8Array(length).fill(length));
    writer.add({ path: `d/l${length}`, type: 'hardlink', mode: 0o644, ...metadata, target: path });
  }
  const archive = writer.finish();

  test.each([1, 333, 512, 100_000])('say where all contents are, from pieces of %i', (size) => {
    const headers = headersOf(archive, size)!;
    expect(headers.length).toBeLessThan(archive.length);
    expect([...readTar(headers, true)]).toEqual([...readTar(archive)]);
  });

  test('GNU long names, extended headers for all', () => {
    const posix = tar('posix', '--pax-option=comment=all', long, 'small');
    const gnu = tar('gnu', long, 'small');
    for (const bytes of [posix, gnu]) {
      expect([...readTar(headersOf(bytes, 700)!, true)]).toEqual([...readTar(bytes)]);
    }
  });

  test('are not enough for a directory with contents', () => {
    const odd = new TarWriter();
    odd.add({ path: 'd/', type: 'file', mode: 0o644, ...metadata }, new Uint8Array(600));
    expect(headersOf(odd.finish(), 512)).toBeUndefined();
  });
});

describe('decompression in pieces', () => {
  const text = new TextEncoder().encode('hello stiletto '.repeat(20_000));
  const gather = async (packed: Uint8Array, gunzipper: Gunzipper, max?: number) => {
    const parts: Uint8Array[] = [];
    for await (const part of decompressPieces(inPieces(packed, 777), 'gzip', gunzipper, max)) {
      parts.push(part);
    }
    return Buffer.concat(parts);
  };

  const gunzippers: readonly [string, Gunzipper][] = [
    ['runtime', 'runtime'],
    ['library', 'library'],
    ['hasher of Node', nodeHasher.gunzip!],
  ];
  test.each(gunzippers)('gzip by the %s', async (_, gunzipper) => {
    const packed = new Uint8Array(gzipSync(text));
    expect(Buffer.compare(await gather(packed, gunzipper), text)).toBe(0);
    for (const damaged of [
      // The library does not notice every cut; whoever uses it compares digests.
      ...(gunzipper === 'library' ? [] : [packed.subarray(0, 500)]),
      new Uint8Array(100).fill(1),
      new Uint8Array(0),
    ]) {
      await expect(gather(damaged, gunzipper)).rejects.toBeInstanceOf(CompressionError);
    }
    await expect(gather(packed, gunzipper, 1000)).rejects.toThrow(/decompressedBytesMax/);
  });

  test('several members', async () => {
    const packed = new Uint8Array(Buffer.concat([gzipSync(text), gzipSync(text)]));
    expect((await gather(packed, 'library')).length).toBe(2 * text.length);
  });

  describe.runIf(requireTool('zstd'))('zstd', () => {
    const pack = (bytes: Uint8Array, ...flags: string[]): Buffer =>
      execFileSync('zstd', ['-q', '-c', ...flags], { input: bytes, maxBuffer: 1 << 26 });
    const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const long = new TextEncoder().encode(
      Array.from({ length: 60_000 }, (_, i) => `${i * i} stiletto `).join(''),
    );
    const whole = new Uint8Array(
      Buffer.concat([pack(text), skippable, pack(new Uint8Array(0)), pack(long, '-19'), skippable]),
    );
    const unzstd = async (bytes: Uint8Array, size: number, max?: number) => {
      const parts: Uint8Array[] = [];
      for await (const part of decompressPieces(inPieces(bytes, size), 'zstd', 'library', max)) {
        parts.push(part);
      }
      return Buffer.concat(parts);
    };

    test.each([1, 7, 777, 65_536, 10_000_000])('from pieces of %i', async (size) => {
      const expected = Buffer.concat([text, long]);
      expect(Buffer.compare(await unzstd(whole, size), expected)).toBe(0);
    });

    test('cut off anywhere, or longer than allowed', async () => {
      const ends = [0, 3, 5, 9, 100, whole.length - skippable.length - 1, whole.length - 1];
      for (const end of ends) {
        await expect(unzstd(whole.subarray(0, end), 500)).rejects.toBeInstanceOf(CompressionError);
      }
      await expect(unzstd(whole, 500, 100_000)).rejects.toThrow(/decompressedBytesMax/);
    });

    test('a megabyte of runs unpacks a block at a time', async () => {
      // 131,072 zeros in four bytes each: RFC 8878, 3.1.1.2.
      const run = [...Uint8Array.of((131_072 << 3) | 2, (131_072 << 3) >> 8, 131_072 >> 13), 0];
      const bomb = new Uint8Array(6 + 250_000 * 4);
      bomb.set([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50]);
      for (let i = 0; i < 250_000; i++) bomb.set(run, 6 + i * 4);
      await expect(unzstd(bomb, bomb.length, 50_000_000)).rejects.toThrow(/decompressedBytesMax/);
    });
  });
});
