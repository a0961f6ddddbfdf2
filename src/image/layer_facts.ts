/**
 * What is known for good about layers: that a blob unpacks to an archive with a certain digest. It
 * is a fact about two hashes, so whoever has checked it once need not check it again.
 */

import { isDigest } from '../store/hash.ts';
import type { ContentStore, Digest } from '../store/store.ts';
import type { Descriptor } from './types.ts';

/** Names in a store that tell what layers unpack to begin so. */
export const factPrefix = 'unpacks/';
/** Others: digest of an archive → digest of its headers, see unpacked.ts. */
export const unpackedPrefix = 'unpacked/';
/** And: digest of an archive → digest and length of it packed by us. */
export const packedPrefix = 'packed/gzip/';

/** Facts about layers, in a store. */
export class LayerFacts {
  readonly #store: ContentStore;

  constructor(store: ContentStore) {
    this.#store = store;
  }

  /** What a layer unpacks to, if that is known; its length must be the descriptor's. */
  async diffId({ digest, size, mediaType }: Descriptor): Promise<Digest | undefined> {
    const value = await this.#store.getName(factPrefix + digest);
    const [diffId = '', length, type] = value?.split(' ') ?? [];
    const isKnown = isDigest(diffId) && Number(length) === size && type === mediaType;
    return isKnown ? diffId : undefined;
  }

  /** Remembers what was checked. */
  async learn({ digest, size, mediaType }: Descriptor, diffId: Digest): Promise<void> {
    const value = `${diffId} ${size} ${mediaType}`;
    const name = factPrefix + digest;
    if ((await this.#store.getName(name)) !== value) await this.#store.setName(name, value);
  }
}
