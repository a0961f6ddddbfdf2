/**
 * Garbage collection of a store. What names of images and records of registries lead to stays.
 * Everything else goes once it has been idle for a while; what was derived from images (unpacked
 * layers, archives packed by us) can be made again, so it goes first where a bound is exceeded.
 */

import { EngineError } from '../engine/error.ts';
import { isDigest } from '../store/hash.ts';
import type { ContentStore, Digest } from '../store/store.ts';
import { parseIndex, parseManifest } from './documents.ts';
import { factPrefix, packedPrefix, unpackedPrefix } from './layer_facts.ts';
import { indexDepthMax, pruneIdleMs, storeBytesMax, unpackedStoreBytesMax } from './limits.ts';
import { isIndexType, isManifestType, mediaType } from './media_types.ts';
import type { Descriptor } from './types.ts';

export interface PruneOptions {
  /** Most bytes to leave, as far as names allow; default `storeBytesMax`. */
  readonly bytesMax?: number;
  /** Most bytes of unpacked layers to leave; default `unpackedStoreBytesMax`. */
  readonly unpackedBytesMax?: number;
  /** What was used less than that long ago stays; default `pruneIdleMs`. */
  readonly idleMs?: number;
  /** Digests of images that stay without a name. */
  readonly keep?: readonly Digest[];
}

/** What pruning did. */
export interface Pruned {
  /** Blobs that are gone. */
  readonly blobs: number;
  /** Bytes that are free now. */
  readonly bytes: number;
  /** Bytes that are still there. */
  readonly left: number;
}

interface Blob {
  readonly digest: Digest;
  readonly size: number;
  readonly idleMs: number;
}

/** Something that can be made again: the name that stands for it, and its blobs. */
interface Derived {
  readonly name: string;
  /** The archive it was made of, or is. */
  readonly diffId: string;
  readonly blobs: readonly Digest[];
}

async function infoOf(store: ContentStore, digest: Digest): Promise<Blob | undefined> {
  if (store.info) {
    const info = await store.info(digest);
    return info && { digest, ...info };
  }
  const bytes = await store.get(digest);
  return bytes && { digest, size: bytes.length, idleMs: 0 };
}

/** Adds everything below a descriptor that the store has; damaged documents lead nowhere. */
async function reach(
  store: ContentStore,
  { digest, mediaType: type }: Pick<Descriptor, 'digest' | 'mediaType'>,
  live: Set<Digest>,
  depth = 0,
): Promise<void> {
  if (live.has(digest)) return;
  live.add(digest);
  const isIndex = isIndexType(type);
  if ((!isIndex && !isManifestType(type)) || depth > indexDepthMax) return;
  let children: readonly Descriptor[] = [];
  try {
    const bytes = await store.get(digest);
    if (!bytes) return;
    if (isIndex) children = parseIndex(bytes, digest).manifests;
    else {
      const { config, layers } = parseManifest(bytes, digest);
      children = [config, ...layers];
    }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
  for (const child of children) await reach(store, child, live, depth + 1);
}

/** Everything that names lead to. */
async function liveBlobs(store: ContentStore, keep: readonly Digest[]): Promise<Set<Digest>> {
  const live = new Set<Digest>();
  for (const digest of keep) await reach(store, { digest, mediaType: mediaType.index }, live);
  for (const name of await store.listNames('image/')) {
    const value = await store.getName(name);
    if (value !== undefined) await reach(store, JSON.parse(value) as Descriptor, live);
  }
  for (const name of await store.listNames('registry ')) {
    const digest = name.split(' ').find(isDigest);
    if (digest) live.add(digest);
  }
  return live;
}

/** What was derived. */
async function derivedThings(store: ContentStore): Promise<Derived[]> {
  const things: Derived[] = [];
  for (const prefix of [unpackedPrefix, packedPrefix]) {
    for (const name of await store.listNames(prefix)) {
      const diffId = name.slice(prefix.length);
      const [digest = ''] = ((await store.getName(name)) ?? '').split(' ');
      const blobs = prefix === unpackedPrefix ? [diffId, digest] : [digest];
      things.push({ name, diffId, blobs: blobs.filter(isDigest) });
    }
  }
  return things;
}

/** Archives of layers that are there, and of which others are made. */
async function neededArchives(
  store: ContentStore,
  live: ReadonlySet<Digest>,
): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  for (const name of await store.listNames(factPrefix)) {
    const digest = name.slice(factPrefix.length);
    const isThere = isDigest(digest) && (await store.has(digest));
    // Facts about blobs that are gone are of no use.
    if (!isThere) await store.deleteName(name);
    else if (live.has(digest)) needed.add(((await store.getName(name)) ?? '').split(' ')[0] ?? '');
  }
  return needed;
}

/** A store being pruned. */
class Pruner {
  readonly #store: ContentStore;
  readonly #blobs = new Map<Digest, Blob>();
  /** Of blobs that were derived: how many things need them; headers may be those of several. */
  readonly #uses = new Map<Digest, number>();
  #removed = 0;
  #freed = 0;

  constructor(store: ContentStore) {
    this.#store = store;
  }

  async look(derived: readonly Derived[]): Promise<void> {
    for (const digest of derived.flatMap(({ blobs }) => blobs)) {
      this.#uses.set(digest, (this.#uses.get(digest) ?? 0) + 1);
    }
    for (const digest of await this.#store.list()) {
      const blob = await infoOf(this.#store, digest);
      if (blob) this.#blobs.set(digest, blob);
    }
  }

  get blobs(): readonly Blob[] {
    return [...this.#blobs.values()];
  }

  get left(): number {
    return this.blobs.reduce((sum, { size }) => sum + size, 0);
  }

  size(digests: readonly Digest[]): number {
    return digests.reduce((sum, digest) => sum + (this.#blobs.get(digest)?.size ?? 0), 0);
  }

  /** How long all of them were left alone. */
  idle(digests: readonly Digest[]): number {
    return Math.min(...digests.map((digest) => this.#blobs.get(digest)?.idleMs ?? Infinity));
  }

  async remove(digest: Digest): Promise<void> {
    const blob = this.#blobs.get(digest);
    if (!blob) return;
    await this.#store.delete(digest);
    this.#blobs.delete(digest);
    this.#removed += 1;
    this.#freed += blob.size;
  }

  /** First the name, so that nobody follows it to nothing. */
  async removeDerived({ name, blobs }: Derived, live: ReadonlySet<Digest>): Promise<void> {
    await this.#store.deleteName(name);
    for (const digest of blobs) {
      const uses = (this.#uses.get(digest) ?? 1) - 1;
      this.#uses.set(digest, uses);
      if (uses === 0 && !live.has(digest)) await this.remove(digest);
    }
  }

  result(swept: number): Pruned {
    return { blobs: this.#removed, bytes: this.#freed + swept, left: this.left };
  }
}

/**
 * Prunes a store. Processes that use it at the same time lose nothing: what they asked for or
 * stored within `idleMs` stays, and what is derived is made again when it is missed.
 */
export async function pruneStore(store: ContentStore, options: PruneOptions = {}): Promise<Pruned> {
  const {
    bytesMax = storeBytesMax,
    unpackedBytesMax = unpackedStoreBytesMax,
    idleMs = pruneIdleMs,
    keep = [],
  } = options;
  const swept = (await store.sweep?.(idleMs)) ?? 0;
  const pruner = new Pruner(store);
  const derived = await derivedThings(store);
  await pruner.look(derived);
  const live = await liveBlobs(store, keep);
  const known = new Set([...live, ...derived.flatMap(({ blobs }) => blobs)]);
  for (const { digest, idleMs: idle } of pruner.blobs) {
    if (!known.has(digest) && idle >= idleMs) await pruner.remove(digest);
  }
  const needed = await neededArchives(store, live);
  const kept: Derived[] = [];
  for (const one of derived) {
    const isIdle = pruner.idle(one.blobs) >= idleMs;
    if (isIdle && !needed.has(one.diffId)) await pruner.removeDerived(one, live);
    else kept.push(one);
  }
  await evict(pruner, kept, live, { bytesMax, unpackedBytesMax, idleMs });
  return pruner.result(swept);
}

/** Removes derived things, those not used for longest first, until both bounds hold. */
async function evict(
  pruner: Pruner,
  derived: readonly Derived[],
  live: ReadonlySet<Digest>,
  bounds: Required<Pick<PruneOptions, 'bytesMax' | 'unpackedBytesMax' | 'idleMs'>>,
): Promise<void> {
  const own = (one: Derived): Digest[] => one.blobs.filter((digest) => !live.has(digest));
  let unpacked = derived.reduce((sum, one) => sum + pruner.size(own(one)), 0);
  const oldest = [...derived].sort((a, b) => pruner.idle(b.blobs) - pruner.idle(a.blobs));
  for (const one of oldest) {
    const isMuch = unpacked > bounds.unpackedBytesMax || pruner.left > bounds.bytesMax;
    const bytes = pruner.size(own(one));
    if (!isMuch || bytes === 0 || pruner.idle(one.blobs) < bounds.idleMs) continue;
    unpacked -= bytes;
    await pruner.removeDerived(one, live);
  }
}

/** Prunes a store only where its unpacked layers have become too many. */
export async function pruneUnpacked(store: ContentStore, unpackedBytesMax: number): Promise<void> {
  let total = 0;
  for (const name of await store.listNames(unpackedPrefix)) {
    const diffId = name.slice(unpackedPrefix.length);
    if (isDigest(diffId)) total += (await infoOf(store, diffId))?.size ?? 0;
  }
  if (total <= unpackedBytesMax) return;
  await pruneStore(store, { bytesMax: Infinity, unpackedBytesMax });
}
