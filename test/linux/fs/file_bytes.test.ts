/** Copy-on-write bytes against one plain array. */

import { describe, expect, test } from 'vitest';
import { filePageBytes } from '../../../src/linux/fs/limits.ts';
import { FileBytes } from '../../../src/linux/fs/tree/file_bytes.ts';
import { memoryContent } from '../../../src/rootfs/content.ts';
import { randomNumbers } from '../fixture.ts';

const sizeMax = 3 * filePageBytes;

function check(bytes: FileBytes, model: Uint8Array, size: number, what: string): void {
  expect(bytes.size, what).toBe(size);
  const into = new Uint8Array(size + 10);
  expect(bytes.read(into, 0)).toBe(size);
  expect(Buffer.compare(into.subarray(0, size), model.subarray(0, size)), what).toBe(0);
}

describe('reads, writes, truncations and snapshots', () => {
  test.each([11, 12, 13, 14])('seed %i', (seed) => {
    const random = randomNumbers(seed);
    const original = Uint8Array.from({ length: filePageBytes + 1000 }, (_, i) => (i * 7) & 0xff);
    const base = original.slice();
    const budget = { used: 0, max: 2 ** 30 };
    const bytes = new FileBytes(memoryContent(base), budget);
    const model = new Uint8Array(sizeMax);
    model.set(original);
    let size = original.length;
    for (let i = 0; i < 120; i++) {
      const offset = random(sizeMax - 5000);
      const length = random(5000);
      switch (random(4)) {
        case 0: {
          const from = Uint8Array.from({ length }, () => random(256));
          expect(bytes.write(from, offset)).toBe(length);
          model.set(from, offset);
          if (length > 0) size = Math.max(size, offset + length);
          break;
        }
        case 1:
          expect(bytes.truncate(offset)).toBe(0);
          if (offset < size) model.fill(0, offset);
          size = offset;
          break;
        case 2:
          expect(bytes.zero(offset, length)).toBe(0);
          model.fill(0, offset, offset + length);
          break;
        default: {
          const frozen = bytes.freeze();
          expect(frozen.size).toBe(size);
          expect(Buffer.compare(frozen.bytes!, model.subarray(0, size))).toBe(0);
        }
      }
      check(bytes, model, size, `seed=${seed} step=${i}`);
    }
    expect(base).toEqual(original);
    bytes.discard();
    expect(budget.used).toBe(0);
  });

  test('a sparse file takes memory for what was written', () => {
    const budget = { used: 0, max: 2 ** 20 };
    const bytes = new FileBytes(memoryContent(new Uint8Array(0)), budget);
    const far = 5 * 2 ** 40;
    expect(bytes.write(Uint8Array.of(1), far)).toBe(1);
    expect(bytes.size).toBe(far + 1);
    expect(budget.used).toBe(filePageBytes);
    expect(() => bytes.freeze().bytes).toThrow(/snapshotFileBytesMax/);
  });

  test('finds data and holes', () => {
    const bytes = new FileBytes(memoryContent(new Uint8Array(0)), { used: 0, max: 2 ** 30 });
    bytes.truncate(4 * filePageBytes);
    bytes.write(Uint8Array.of(1), 2 * filePageBytes + 5);
    expect(bytes.seek(0, false)).toBe(2 * filePageBytes);
    expect(bytes.seek(0, true)).toBe(0);
    expect(bytes.seek(2 * filePageBytes, true)).toBe(3 * filePageBytes);
    expect(bytes.seek(3 * filePageBytes, false)).toBeUndefined();
    expect(bytes.seek(4 * filePageBytes, true)).toBeUndefined();
  });

  test('gives ENOSPC at the budget and EFBIG at the largest offset', () => {
    const small = new FileBytes(memoryContent(new Uint8Array(0)), { used: 0, max: 1000 });
    expect(small.write(new Uint8Array(900), 0)).toBe(900);
    expect(small.write(new Uint8Array(900), filePageBytes)).toBe(-28);
    expect(small.write(Uint8Array.of(1), 2 ** 50)).toBe(-27);
  });
});
