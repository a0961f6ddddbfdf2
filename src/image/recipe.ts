/** Recipes: images made on this machine from the packages a lock file names. */

import type { ContentStore, Digest, Hasher } from '../store/store.ts';
import type { BlobSource, Descriptor, ProgressListener } from './types.ts';

/** A package of a distribution, pinned. */
export interface LockedPackage {
  /** The distribution's own name of the architecture: `armhf`. */
  readonly architecture: string;
  /** Release it is in: `bookworm`. */
  readonly suite: string;
  readonly package: string;
  /** Source package, which mirrors sort by. */
  readonly source: string;
  readonly version: string;
  /** Length of the package file in bytes. */
  readonly size: number;
  /** Lower-case hexadecimal SHA-256 of the package file. */
  readonly sha256: string;
}

/** Gets packages; implemented per runtime. */
export interface PackageFetcher {
  /** The bytes, verified against the lock. Rejects with RECIPE_FAILED and what to do about it. */
  fetch(wanted: LockedPackage, progress?: ProgressListener): Promise<Uint8Array>;
}

/** What a recipe works with. */
export interface RecipeTools {
  readonly store: ContentStore;
  readonly hasher: Hasher;
  readonly packages: PackageFetcher;
  readonly progress?: ProgressListener;
}

/** A recipe, opened: the index is known from the lock, images are made when they are read. */
export interface Recipe {
  /** Short name, for `stiletto images build NAME`. */
  readonly name: string;
  /** Full references it answers for: `docker.io/library/busybox:latest`. */
  readonly references: readonly string[];
  /** Digest of the index, from the lock. */
  readonly digest: Digest;
  open(tools: RecipeTools): { readonly descriptor: Descriptor; readonly source: BlobSource };
}
