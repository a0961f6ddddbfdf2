/** A store that lives as long as the process. */

import { digestOf, verifyDigest } from './hash.ts';
import type { BlobInfo, ContentStore, Digest, Hasher } from './store.ts';

/** Blobs and names in two maps. */
export class MemoryStore implements ContentStore {
  readonly #hasher: Hasher;
  readonly #blobs = new Map<Digest, Uint8Array>();
  readonly #names = new Map<string, string>();

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  get(digest: Digest): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#blobs.get(digest));
  }

  has(digest: Digest): Promise<boolean> {
    return Promise.resolve(this.#blobs.has(digest));
  }

  async put(bytes: Uint8Array, expected?: Digest): Promise<Digest> {
    if (expected) await verifyDigest(this.#hasher, bytes, expected, 'a blob');
    const digest = expected ?? (await digestOf(this.#hasher, bytes));
    this.#blobs.set(digest, bytes);
    return digest;
  }

  delete(digest: Digest): Promise<void> {
    this.#blobs.delete(digest);
    return Promise.resolve();
  }

  list(): Promise<Digest[]> {
    return Promise.resolve([...this.#blobs.keys()].sort());
  }

  info(digest: Digest): Promise<BlobInfo | undefined> {
    const bytes = this.#blobs.get(digest);
    return Promise.resolve(bytes && { size: bytes.length, idleMs: 0 });
  }

  getName(name: string): Promise<string | undefined> {
    return Promise.resolve(this.#names.get(name));
  }

  setName(name: string, value: string): Promise<void> {
    this.#names.set(name, value);
    return Promise.resolve();
  }

  deleteName(name: string): Promise<void> {
    this.#names.delete(name);
    return Promise.resolve();
  }

  listNames(prefix: string): Promise<string[]> {
    return Promise.resolve([...this.#names.keys()].filter((n) => n.startsWith(prefix)).sort());
  }
}
