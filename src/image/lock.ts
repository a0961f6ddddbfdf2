/** Lock files: what tags meant when they were first used, so that they mean it next year too. */

import { EngineError } from '../engine/error.ts';
import { isDigest } from '../store/hash.ts';
import type { Digest } from '../store/store.ts';
import { documentBytesMax } from './limits.ts';
import { formatReference, parseReference } from './reference.ts';

/** Full reference with its tag → digest of the manifest or index. */
export type ImageLock = ReadonlyMap<string, Digest>;

function damaged(why: string, cause?: unknown): EngineError {
  return new EngineError('ARGUMENT_INVALID', `this is no image lock: ${why}`, {
    remedy: 'remove it and let it be written anew',
    cause,
  });
}

/** Reads a lock file: `{"version":1,"images":{REFERENCE:DIGEST}}`. ARGUMENT_INVALID. */
export function parseLock(text: string): ImageLock {
  if (text.length > documentBytesMax) throw damaged('it is longer than documentBytesMax');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged('it is no JSON', cause);
  }
  const { version, images } = (value ?? {}) as { version?: unknown; images?: unknown };
  if (version !== 1) throw damaged(`its version is ${JSON.stringify(version)}, not 1`);
  if (typeof images !== 'object' || images === null) throw damaged('it has no "images"');
  return lockOf(images as Readonly<Record<string, unknown>>);
}

/** The entries of a lock, checked: references in any spelling, digests. ARGUMENT_INVALID. */
export function lockOf(images: Readonly<Record<string, unknown>>): ImageLock {
  const lock = new Map<string, Digest>();
  for (const [name, digest] of Object.entries(images)) {
    if (typeof digest !== 'string' || !isDigest(digest)) {
      throw damaged(`${name} is not pinned to a sha256 digest`);
    }
    lock.set(formatReference(parseReference(name)), digest);
  }
  return lock;
}

/** Writes a lock file: sorted, the same text for the same pins. */
export function formatLock(lock: ImageLock): string {
  const images = Object.fromEntries([...lock].sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ version: 1, images }, undefined, 2)}\n`;
}

/** The refusal of a reference that no longer means what is locked. */
export function lockBroken(reference: string, locked: Digest, found: Digest): EngineError {
  return new EngineError(
    'DIGEST_MISMATCH',
    `${reference} is locked to ${locked}, but is ${found} now`,
    { remedy: 'get the locked image back, or remove the line of this image from the lock file' },
  );
}
