/** SHA-256 by the runtime. */

import { createHash } from 'node:crypto';
import type { Hasher, RunningHash } from '../../store/store.ts';

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
};
