import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readAr } from '../../src/archive/ar.ts';
import { decompress, detectCompression, gzipBytes } from '../../src/archive/decompress.ts';
import { compareBytes, concatBytes } from '../../src/rootfs/name.ts';
import { requireTool } from '../tools.ts';

const sample = new Uint8Array(300_000).map((_, i) => (i * i) >> 7);

describe('gzip', () => {
  test('several members', async () => {
    const bytes = concatBytes([gzipSync(sample), gzipSync(sample)]);
    expect(compareBytes(await decompress(bytes), concatBytes([sample, sample]))).toBe(0);
  });
  test('what we write is fixed', async () => {
    const packed = gzipBytes(sample);
    expect(compareBytes(await decompress(packed), sample)).toBe(0);
    expect(createHash('sha256').update(packed).digest('hex')).toBe(
      '14361f12829697b2fa85917e73b7802297c1624bafa4e2ba5266df2bccc9094d',
    );
  });
  test('cut off', async () => {
    const packed = gzipBytes(sample);
    await expect(decompress(packed.subarray(0, 2000))).rejects.toThrow('gzip');
  });
  test('a bomb hits the limit', async () => {
    const bomb = gzipSync(new Uint8Array(50_000_000));
    await expect(decompress(bomb, 'gzip', 1_000_000)).rejects.toThrow('decompressedBytesMax');
  });
});

for (const [name, args] of [
  ['zstd', ['-q', '-c']],
  ['xz', ['-c']],
] as const) {
  describe.runIf(requireTool(name))(name, () => {
    const pack = (bytes: Uint8Array): Uint8Array =>
      new Uint8Array(execFileSync(name, [...args], { input: bytes, maxBuffer: 1e9 }));
    test('read', async () => {
      const packed = pack(sample);
      expect(detectCompression(packed)).toBe(name);
      expect(compareBytes(await decompress(packed), sample)).toBe(0);
    });
    test('cut off', async () => {
      const packed = pack(sample);
      await expect(decompress(packed.subarray(0, packed.length - 20))).rejects.toThrow(name);
    });
    test('two frames', async () => {
      const packed = concatBytes([pack(sample), pack(sample)]);
      expect(compareBytes(await decompress(packed), concatBytes([sample, sample]))).toBe(0);
    });
  });
}

describe('ar', () => {
  const header = (name: string, size: number): string =>
    `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}` +
    `${String(size).padEnd(10)}\`\n`;
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  test('members, odd sizes padded', () => {
    const archive = bytes(`!<arch>\n${header('a', 3)}abc\n${header('b/', 2)}de`);
    expect(readAr(archive)).toEqual([
      { name: 'a', data: bytes('abc') },
      { name: 'b', data: bytes('de') },
    ]);
  });
  test('cut off', () => {
    expect(() => readAr(bytes(`!<arch>\n${header('a', 9)}abc`))).toThrow('cut off');
    expect(() => readAr(bytes('!<arch>\nxxxx'))).toThrow('damaged');
    expect(() => readAr(bytes('hello'))).toThrow('no ar archive');
  });
});
