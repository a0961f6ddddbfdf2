/** The registry in the process: what `publish` and `from` reach without a network. */

import { EngineError } from '../engine/error.ts';
import { Images } from '../image/images.ts';
import { basicAccess, type Passwords, tokenAccess } from '../image/registry/access.ts';
import { type Fault, withFaults } from '../image/registry/faults.ts';
import { preloadRegistry } from '../image/registry/preload.ts';
import { createRegistry, type Handler } from '../image/registry/server.ts';
import { MemoryStore } from '../store/memory.ts';
import type { ContentStore, Digest, Hasher } from '../store/store.ts';

/** Host of the registry in the process; `.test` never resolves anywhere (RFC 6761). */
export const registryHost: string = 'registry.test';

/** How a registry in the process behaves. */
export interface RegistryBehaviour {
  /** Default: in memory. */
  readonly store?: ContentStore;
  /** Names and passwords that may enter; absent: everybody. */
  readonly users?: Passwords;
  /** Asks for them by a token server, as Docker Hub does, instead of at each request. */
  readonly tokens?: boolean;
  /** What goes wrong, when, and how often: for tests of programs that must put up with it. */
  readonly faults?: readonly Fault[];
}

/**
 * A registry that engines of one process can share: what one publishes as `registry.test/NAME`,
 * the others pull.
 *
 * @example
 * const registry = new InProcessRegistry(nodeHasher);
 * await using publisher = await connect({ registry });
 * await using puller = await connect({ registry });
 *
 * @example
 * const faults = [{ method: 'PUT', path: /manifests/, times: 2, status: 503 }];
 * const flaky = new InProcessRegistry(hasher, { faults, users: { ada: 'secret' } });
 */
export class InProcessRegistry {
  readonly store: ContentStore;
  /** Answers the OCI distribution API; serve it on loopback to let other programs in. */
  readonly handler: Handler;
  readonly #hasher: Hasher;
  readonly #struck: readonly number[];

  /** @param behaviour how it behaves, or only its store */
  constructor(hasher: Hasher, behaviour: RegistryBehaviour | ContentStore = {}) {
    const given = 'getName' in behaviour ? { store: behaviour } : behaviour;
    const { store = new MemoryStore(hasher), users, tokens, faults = [] } = given;
    this.store = store;
    this.#hasher = hasher;
    const access = users && (tokens ? tokenAccess(users, false) : basicAccess(users));
    const served = createRegistry({ store, hasher, ...(access ? { access } : {}) });
    const { handler, struck } = withFaults(served, faults, pause);
    this.handler = handler;
    this.#struck = struck;
  }

  /** How often each fault has struck, in their order. */
  get struck(): readonly number[] {
    return [...this.#struck];
  }

  /**
   * Puts the only image or index of an archive into it, past its faults and users.
   *
   * @param name repository and tag: `library/alpine:3.16`
   */
  async preload(name: string, archive: Uint8Array): Promise<void> {
    const images = new Images({ store: new MemoryStore(this.#hasher), hasher: this.#hasher });
    const [only, ...others] = await images.importArchive(archive);
    if (!only || others.length > 0) {
      throw new EngineError('ARGUMENT_INVALID', `${name}: the archive has not one image`, {
        remedy: 'give an archive with one image or index',
      });
    }
    const target = { store: this.store, hasher: this.#hasher };
    await preloadRegistry(target, name, only.descriptor, only.source);
  }
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

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
