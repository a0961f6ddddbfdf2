/** SHA-256 in browsers: WebCrypto is missing on plain HTTP and cannot be relied on. */

import { sha256 } from 'hash-wasm';
import type { Hasher } from '../../store/store.ts';

/** Hashes with a WebAssembly module that comes with hash-wasm. */
export const browserHasher: Hasher = {
  sha256: (bytes: Uint8Array): Promise<string> => sha256(bytes),
};
