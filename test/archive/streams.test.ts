import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { CompressionError, decompressPieces } from '../../src/archive/decompress.ts';
import { readTar } from '../../src/archive/tar_read.ts';
import { TarScanner } from '../../src/archive/tar_scan.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-streams-'));
afterAll(() => rmSync(root, { recursive: true }));
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
  const long = 'n'.repeat(180);
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
    const damaged = bytes.slice();
    damaged[3] = (damaged[3] ?? 0) ^ 1;
    expect(scan(damaged, 512)).toMatch(/checksum/);
  });
});

describe('decompression in pieces', () => {
  const text = new TextEncoder().encode('hello stiletto '.repeat(20_000));
  const gather = async (packed: Uint8Array, gunzipper: 'runtime' | 'library', max?: number) => {
    const parts: Uint8Array[] = [];
    for await (const part of decompressPieces(inPieces(packed, 777), 'gzip', gunzipper, max)) {
      parts.push(part);
    }
    return Buffer.concat(parts);
  };

  test.each(['runtime', 'library'] as const)('gzip by the %s', async (gunzipper) => {
    const packed = new Uint8Array(gzipSync(text));
    expect(Buffer.compare(await gather(packed, gunzipper), text)).toBe(0);
    for (const damaged of [
      // The library does not notice every cut; whoever uses it compares digests.
      ...(gunzipper === 'runtime' ? [packed.subarray(0, 500)] : []),
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
});
