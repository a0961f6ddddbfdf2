/** Every limit of archives, made small: what exceeds it is refused with its name. */

import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { decompress, decompressPieces } from '../../src/archive/decompress.ts';
import { readTar } from '../../src/archive/tar_read.ts';
import { TarScanner } from '../../src/archive/tar_scan.ts';
import { TarWriter } from '../../src/archive/tar_write.ts';

vi.mock('../../src/archive/limits.ts', async (original) => ({
  ...(await original<object>()),
  tarEntriesMax: 1000,
  tarHeaderBytesMax: 2048,
  tarNameBytesMax: 1500,
  decompressedBytesMax: 1_000_000,
}));

const metadata = { uid: 0, gid: 0, mtime: 0n, mode: 0o644, type: 'file' } as const;

/** An archive of entries without contents, as few bytes as entries can have. */
function empty(count: number): Uint8Array {
  const writer = new TarWriter();
  for (let i = 0; i < count; i++) writer.add({ path: `f${i}`, ...metadata });
  return writer.finish();
}

function scan(bytes: Uint8Array): void {
  const scanner = new TarScanner(true);
  for (let at = 0; at < bytes.length; at += 100_000) scanner.add(bytes.subarray(at, at + 100_000));
  scanner.finish();
}

test('entries', () => {
  expect([...readTar(empty(1000))]).toHaveLength(1000);
  expect(() => [...readTar(empty(1001))]).toThrow('more than tarEntriesMax (1000) entries');
  scan(empty(1000));
  expect(() => scan(empty(1001))).toThrow('more than tarEntriesMax (1000) entries');
});

test('names and extended headers', () => {
  const archive = (path: string, attribute: number): Uint8Array => {
    const writer = new TarWriter();
    const xattrs = new Map([['user.a', new Uint8Array(attribute)]]);
    writer.add({ path, ...metadata, ...(attribute > 0 ? { xattrs } : {}) });
    return writer.finish();
  };
  expect([...readTar(archive('n'.repeat(1500), 0))]).toHaveLength(1);
  expect(() => [...readTar(archive('n'.repeat(1501), 0))]).toThrow('tarNameBytesMax');
  for (const read of [(bytes: Uint8Array) => void [...readTar(bytes)], scan]) {
    read(archive('f', 1900));
    expect(() => read(archive('f', 2100))).toThrow('tarHeaderBytesMax');
  }
});

test('unpacked bytes, whole and in pieces', async () => {
  const packed = (length: number) => new Uint8Array(gzipSync(new Uint8Array(length)));
  const inPieces = async (bytes: Uint8Array, gunzipper: 'runtime' | 'library') => {
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(bytes);
    };
    let length = 0;
    for await (const piece of decompressPieces(source(), 'gzip', gunzipper)) length += piece.length;
    return length;
  };
  expect(await decompress(packed(1_000_000))).toHaveLength(1_000_000);
  await expect(decompress(packed(1_000_001))).rejects.toThrow('decompressedBytesMax');
  for (const gunzipper of ['runtime', 'library'] as const) {
    expect(await inPieces(packed(1_000_000), gunzipper)).toBe(1_000_000);
    await expect(inPieces(packed(1_000_001), gunzipper)).rejects.toThrow('decompressedBytesMax');
  }
});
