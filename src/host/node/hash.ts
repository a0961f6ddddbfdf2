/** SHA-256 and gunzip by the runtime. */

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Hasher, RunningHash } from '../../store/store.ts';

/** Each piece is a trip to another thread: `DecompressionStream` takes 16 KiB with each. */
const gunzipPieceBytes = 262_144;

/** Hashes with `node:crypto`, which Deno has too. */
export const nodeHasher: Hasher = {
  sha256: (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex'),
  start: (): RunningHash => {
    const hash = createHash('sha256');
    return {
      update: (bytes) => void hash.update(bytes),
      digest: () => hash.digest('hex'),
    };
  },
  async *gunzip(pieces): AsyncGenerator<Uint8Array, void, undefined> {
    const unpacker = createGunzip({ chunkSize: gunzipPieceBytes });
    const packed = Readable.from(pieces, { objectMode: false });
    packed.on('error', (error) => unpacker.destroy(error));
    try {
      for await (const piece of packed.pipe(unpacker)) yield piece as Uint8Array;
    } finally {
      packed.destroy();
      unpacker.destroy();
    }
  },
};
