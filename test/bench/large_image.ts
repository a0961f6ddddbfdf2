/** Makes large images for measurements: many files, or many bytes; equal for equal numbers. */

import { TarWriter } from '../../src/archive/tar_write.ts';

/** Pseudo-random bytes that compress to about half, as programs do. */
export function programBytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = (state >>> 24) & 15;
  }
  return bytes;
}

/**
 * A layer of `count` files of `size` bytes in directories of 100; varied ones do not pack well.
 *
 * @param seed makes other contents of varied ones
 */
export function manyFiles(
  count: number,
  size: number,
  isVaried = false,
  seed = 0,
): Uint8Array<ArrayBuffer> {
  const writer = new TarWriter();
  const metadata = { uid: 0, gid: 0, mtime: 1_600_000_000_000_000_000n } as const;
  const contents = programBytes(size, 1);
  for (let i = 0; i < count; i++) {
    const directory = `usr/share/d${Math.floor(i / 10_000)}/d${Math.floor(i / 100) % 100}`;
    if (i % 10_000 === 0) {
      const path = `usr/share/d${i / 10_000}/`;
      writer.add({ path, type: 'directory', mode: 0o755, ...metadata });
    }
    if (i % 100 === 0) {
      writer.add({ path: `${directory}/`, type: 'directory', mode: 0o755, ...metadata });
    }
    const bytes = isVaried ? programBytes(size, seed + i) : contents;
    writer.add({ path: `${directory}/f${i}`, type: 'file', mode: 0o644, ...metadata }, bytes);
  }
  return writer.finish() as Uint8Array<ArrayBuffer>;
}
