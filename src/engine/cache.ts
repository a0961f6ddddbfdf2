/**
 * Cache volumes: trees that survive the execs that change them, known by their key alone, so that
 * containers of all platforms share them. They live as long as the engine.
 */

import type { DirectoryNode } from '../rootfs/node.ts';
import { applyChanges } from './changeset.ts';
import { type Call, type Definition, define } from './definition.ts';
import { EngineError } from './error.ts';
import { cacheVolumesMax } from './limits.ts';
import type { CacheSharing, CacheState } from './state.ts';

/** The use of a volume by one exec. */
export interface CacheLease {
  readonly root: DirectoryNode;
  /** Ends the use; without a tree the volume stays as it was. */
  release(after?: DirectoryNode): void;
}

interface Volume {
  tree: DirectoryNode | undefined;
  /** The use of the last who asked for LOCKED. */
  lock: Promise<void>;
  /** Copies for concurrent users of PRIVATE; the first one is the volume itself. */
  readonly copies: { tree: DirectoryNode | undefined; busy: boolean }[];
}

/** The volumes of an engine. */
export class Caches {
  readonly #volumes: Map<string, Volume> = new Map<string, Volume>();

  /**
   * Begins the use of a volume. `seed` gives the content of a new one.
   *
   * SHARED: everybody starts from what is there, and changes are laid over it when they end.
   * PRIVATE: who comes while the volume is in use gets another copy. LOCKED: one after the other.
   */
  async use(
    key: string,
    sharing: CacheSharing,
    seed: () => Promise<DirectoryNode>,
  ): Promise<CacheLease> {
    const volume = this.#volume(key);
    if (sharing === 'PRIVATE') return usePrivate(volume, seed);
    if (sharing === 'LOCKED') return useLocked(volume, seed);
    return useShared(volume, seed);
  }

  #volume(key: string): Volume {
    let volume = this.#volumes.get(key);
    if (volume) return volume;
    if (this.#volumes.size >= cacheVolumesMax) {
      throw new EngineError('LIMIT_EXCEEDED', `there are ${cacheVolumesMax} cache volumes`, {
        remedy: 'use fewer different keys (limit cacheVolumesMax)',
      });
    }
    volume = { tree: undefined, lock: Promise.resolve(), copies: [] };
    this.#volumes.set(key, volume);
    return volume;
  }
}

async function useShared(volume: Volume, seed: () => Promise<DirectoryNode>): Promise<CacheLease> {
  if (!volume.tree) {
    const seeded = await seed();
    // Somebody else may have been faster.
    volume.tree ??= seeded;
  }
  const root = volume.tree;
  return {
    root,
    release: (after) => {
      if (after) volume.tree = withChanges(volume.tree ?? root, root, after);
    },
  };
}

async function useLocked(volume: Volume, seed: () => Promise<DirectoryNode>): Promise<CacheLease> {
  const before = volume.lock;
  let unlock = (): void => {};
  volume.lock = new Promise((resolve) => {
    unlock = resolve;
  });
  await before;
  try {
    const lease = await useShared(volume, seed);
    return {
      root: lease.root,
      release: (after) => {
        lease.release(after);
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function usePrivate(volume: Volume, seed: () => Promise<DirectoryNode>): Promise<CacheLease> {
  let copy = volume.copies.find(({ busy }) => !busy);
  if (!copy) {
    const first = volume.copies.length === 0;
    volume.copies.push((copy = { tree: first ? volume.tree : undefined, busy: true }));
  }
  copy.busy = true;
  const own = copy;
  try {
    const root = (own.tree ??= await seed());
    return {
      root,
      release: (after) => {
        own.tree = after ?? root;
        if (own === volume.copies[0]) volume.tree = own.tree;
        own.busy = false;
      },
    };
  } catch (error) {
    own.busy = false;
    throw error;
  }
}

/** `now` with what was changed between `before` and `after`; the later change wins. */
function withChanges(
  now: DirectoryNode,
  before: DirectoryNode,
  after: DirectoryNode,
): DirectoryNode {
  if (now === before) return after;
  return applyChanges(now, before, after);
}

/** A `sharing` argument. */
export function sharingOf(call: Call, fallback: CacheSharing): CacheSharing {
  const sharing = call.text('sharing', fallback);
  if (sharing === 'SHARED' || sharing === 'PRIVATE' || sharing === 'LOCKED') return sharing;
  throw new EngineError('ARGUMENT_INVALID', `"${sharing}" is not a CacheSharingMode`, {
    remedy: 'use SHARED, PRIVATE or LOCKED',
  });
}

async function cacheVolume(call: Call): Promise<CacheState> {
  const key = call.text('key');
  return {
    key,
    ...(call.has('source') ? { source: await call.object('source', 'Directory') } : {}),
    ...(call.has('sharing') ? { sharing: sharingOf(call, 'SHARED') } : {}),
    ...(call.has('owner') ? { owner: call.text('owner') } : {}),
  };
}

export const cacheOperations: readonly Definition[] = [
  define('CacheVolume', 'Query.cacheVolume', cacheVolume),
];
