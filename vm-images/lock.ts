/** What lock files of images hold. */

import type { LockedPackage } from '../src/image/recipe.ts';
import type { Digest } from '../src/store/store.ts';

/** One platform of an image: the package it is made of, and what comes out. */
export interface LockedVariant extends LockedPackage {
  /** OCI platform: `linux/arm/v7`. */
  readonly platform: string;
  /** The manifest that building gives; checked after each build. */
  readonly manifest: { readonly digest: Digest; readonly size: number };
}

export interface Lock {
  /** The index of all variants, in the order of the lock. */
  readonly index: { readonly digest: Digest; readonly size: number };
  readonly variants: readonly LockedVariant[];
}
