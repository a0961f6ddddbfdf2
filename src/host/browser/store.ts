/** A store that survives reloading the page. */

import { createStore, del, get, keys, set, type UseStore } from 'idb-keyval';
import { digestOf, verifyDigest } from '../../store/hash.ts';
import type { BlobInfo, ContentStore, Digest, Hasher } from '../../store/store.ts';

/** Blobs and names in two IndexedDB databases (idb-keyval has one object store in each). */
export class IndexedDbStore implements ContentStore {
  readonly #hasher: Hasher;
  readonly #blobs: UseStore;
  readonly #names: UseStore;

  /** @param name prefix of the databases' names; two pages with one name share the store */
  constructor(hasher: Hasher, name = 'stiletto') {
    this.#hasher = hasher;
    this.#blobs = createStore(`${name}-blobs`, 'blobs');
    this.#names = createStore(`${name}-names`, 'names');
  }

  async get(digest: Digest): Promise<Uint8Array | undefined> {
    const bytes = await get<Uint8Array>(digest, this.#blobs);
    if (bytes) await verifyDigest(this.#hasher, bytes, digest, 'a stored blob');
    return bytes;
  }

  async has(digest: Digest): Promise<boolean> {
    return (await keys<string>(this.#blobs)).includes(digest);
  }

  async put(bytes: Uint8Array, expected?: Digest): Promise<Digest> {
    if (expected) await verifyDigest(this.#hasher, bytes, expected, 'a blob');
    const digest = expected ?? (await digestOf(this.#hasher, bytes));
    await set(digest, bytes, this.#blobs);
    return digest;
  }

  delete(digest: Digest): Promise<void> {
    return del(digest, this.#blobs);
  }

  async list(): Promise<Digest[]> {
    return (await keys<Digest>(this.#blobs)).sort();
  }

  async info(digest: Digest): Promise<BlobInfo | undefined> {
    const bytes = await get<Uint8Array>(digest, this.#blobs);
    return bytes && { size: bytes.length, idleMs: 0 };
  }

  getName(name: string): Promise<string | undefined> {
    return get<string>(name, this.#names);
  }

  setName(name: string, value: string): Promise<void> {
    return set(name, value, this.#names);
  }

  deleteName(name: string): Promise<void> {
    return del(name, this.#names);
  }

  async listNames(prefix: string): Promise<string[]> {
    return (await keys<string>(this.#names)).filter((name) => name.startsWith(prefix)).sort();
  }
}
