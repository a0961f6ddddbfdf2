/** The registry in the process: what `publish` and `from` reach without a network. */

import { createRegistry, type Handler } from '../image/registry/server.ts';
import { MemoryStore } from '../store/memory.ts';
import type { ContentStore, Digest, Hasher } from '../store/store.ts';

/** Host of the registry in the process; `.test` never resolves anywhere (RFC 6761). */
export const registryHost: string = 'registry.test';

/**
 * A registry that engines of one process can share: what one publishes as `registry.test/NAME`,
 * the others pull.
 *
 * @example
 * const registry = new InProcessRegistry(nodeHasher);
 * await using publisher = await connect({ registry });
 * await using puller = await connect({ registry });
 */
export class InProcessRegistry {
  readonly store: ContentStore;
  /** Answers the OCI distribution API; serve it on loopback to let other programs in. */
  readonly handler: Handler;

  constructor(hasher: Hasher, store: ContentStore = new MemoryStore(hasher)) {
    this.store = store;
    this.handler = createRegistry({ store, hasher });
  }
}

/** Names of the store that belong to the registry in the process. */
const sessionPrefix = `image/${registryHost}/`;

/**
 * A store that forgets what references of the registry in the process meant: that registry is gone
 * when the process ends, so its names must not outlive it in a store on disk.
 */
export class SessionStore implements ContentStore {
  readonly #store: ContentStore;
  readonly #names: Map<string, string> = new Map<string, string>();

  /** As in the store below, if it has them. */
  readonly stream?: NonNullable<ContentStore['stream']>;
  readonly putStream?: NonNullable<ContentStore['putStream']>;
  readonly begin?: NonNullable<ContentStore['begin']>;
  readonly info?: NonNullable<ContentStore['info']>;
  readonly range?: NonNullable<ContentStore['range']>;
  readonly sweep?: NonNullable<ContentStore['sweep']>;

  constructor(store: ContentStore) {
    this.#store = store;
    if (store.stream) this.stream = store.stream.bind(store);
    if (store.putStream) this.putStream = store.putStream.bind(store);
    if (store.begin) this.begin = store.begin.bind(store);
    if (store.info) this.info = store.info.bind(store);
    if (store.range) this.range = store.range.bind(store);
    if (store.sweep) this.sweep = store.sweep.bind(store);
  }

  get(digest: Digest): Promise<Uint8Array | undefined> {
    return this.#store.get(digest);
  }

  has(digest: Digest): Promise<boolean> {
    return this.#store.has(digest);
  }

  put(bytes: Uint8Array, expected?: Digest): Promise<Digest> {
    return this.#store.put(bytes, expected);
  }

  delete(digest: Digest): Promise<void> {
    return this.#store.delete(digest);
  }

  list(): Promise<Digest[]> {
    return this.#store.list();
  }

  async getName(name: string): Promise<string | undefined> {
    return name.startsWith(sessionPrefix) ? this.#names.get(name) : this.#store.getName(name);
  }

  async setName(name: string, value: string): Promise<void> {
    if (name.startsWith(sessionPrefix)) this.#names.set(name, value);
    else await this.#store.setName(name, value);
  }

  async deleteName(name: string): Promise<void> {
    if (name.startsWith(sessionPrefix)) this.#names.delete(name);
    else await this.#store.deleteName(name);
  }

  async listNames(prefix: string): Promise<string[]> {
    const own = [...this.#names.keys()].filter((name) => name.startsWith(prefix));
    return [...(await this.#store.listNames(prefix)), ...own].sort();
  }
}
