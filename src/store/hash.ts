/** Digests of bytes. The hash itself is injected, see `Hasher`. */

import { EngineError } from '../engine/error.ts';
import { concatBytes } from '../rootfs/name.ts';
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
  if (actual !== expected) throw mismatch(what, expected, bytes.length, actual);
}

function mismatch(what: string, expected: Digest, length: number, actual: Digest): EngineError {
  return new EngineError(
    'DIGEST_MISMATCH',
    `${what} should have digest ${expected}, but its ${length} bytes have ${actual}`,
    { remedy: 'it was damaged in storage or on the way: remove it and fetch it again' },
  );
}

/** A hash of pieces that pass by. */
export interface PieceHash {
  /** Bytes so far. */
  readonly length: number;
  add(piece: Uint8Array): void;
  finish(): Promise<Digest>;
}

/** Begins one; hashers that cannot hash in pieces get all of them at the end. */
export async function hashPieces(hasher: Hasher): Promise<PieceHash> {
  const running = await hasher.start?.();
  const kept: Uint8Array[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(piece) {
      length += piece.length;
      if (running) running.update(piece);
      else kept.push(piece.slice());
    },
    async finish() {
      return running ? `sha256:${running.digest()}` : digestOf(hasher, concatBytes(kept));
    },
  };
}

/** Lets pieces pass, and rejects after the last one where they were not what was expected. */
export async function* verifiedPieces(
  hasher: Hasher,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: Digest,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = await hashPieces(hasher);
  for await (const piece of pieces) {
    hash.add(piece);
    yield piece;
  }
  await checkPieces(hash, expected, what);
}

/** Ends a hash of pieces. Rejects with DIGEST_MISMATCH where it is not what was expected. */
export async function checkPieces(hash: PieceHash, expected: Digest, what: string): Promise<void> {
  const { length } = hash;
  const actual = await hash.finish();
  if (actual !== expected) throw mismatch(what, expected, length, actual);
}
