/** Digests of bytes. The hash itself is injected, see `Hasher`. */

import { EngineError } from '../engine/error.ts';
import type { Digest, Hasher } from './store.ts';

/** The digest of bytes. */
export async function digestOf(hasher: Hasher, bytes: Uint8Array): Promise<Digest> {
  return `sha256:${await hasher.sha256(bytes)}`;
}

/** Whether a text is a digest. */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/**
 * Checks bytes against the digest they should have.
 *
 * @param what names the thing in the error
 * @throws EngineError DIGEST_MISMATCH
 */
export async function verifyDigest(
  hasher: Hasher,
  bytes: Uint8Array,
  expected: Digest,
  what: string,
): Promise<void> {
  const actual = await digestOf(hasher, bytes);
  if (actual === expected) return;
  throw new EngineError(
    'DIGEST_MISMATCH',
    `${what} should have digest ${expected}, but its ${bytes.length} bytes have ${actual}`,
    { remedy: 'it was damaged in storage or on the way: remove it and fetch it again' },
  );
}
