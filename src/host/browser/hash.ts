/** SHA-256 in browsers: WebCrypto is missing on plain HTTP and cannot be relied on. */

import { createSHA256, sha256 } from 'hash-wasm';
import type { Hasher, RunningHash } from '../../store/store.ts';

/** Hashes with a WebAssembly module that comes with hash-wasm. */
export const browserHasher: Hasher = {
  sha256: (bytes: Uint8Array): Promise<string> => sha256(bytes),
  start: async (): Promise<RunningHash> => {
    const hash = await createSHA256();
    return {
      update: (bytes) => void hash.update(bytes),
      digest: () => hash.digest('hex'),
    };
  },
};
