/** The `buildpack-deps` image: what sources are fetched and worked on with, upon `debian`. */

import type { Recipe } from '../src/image/recipe.ts';
import lockDocument from './buildpack-deps.lock.json' with { type: 'json' };
import { debianLock, debianPlan, undocumented } from './debian.ts';
import { linkEntry, type PackagesLock, type PackagesRecipe, recipeOfPackages } from './packages.ts';

/** The packages and digests this recipe is pinned to. */
export const buildpackDepsLock: PackagesLock = lockDocument as unknown as PackagesLock;

/** How the image is put together. */
export const buildpackDepsPlan: PackagesRecipe = {
  name: 'buildpack-deps',
  references: ['latest', 'scm', 'bookworm', 'bookworm-scm'].map(
    (tag) => `docker.io/library/buildpack-deps:${tag}`,
  ),
  base: { recipe: debianPlan, lock: debianLock },
  // biome-ignore format: a table
  packages: [
    'bzip2', 'gawk', 'git', 'jq', 'lua5.4', 'make', 'patch', 'perl', 'procps', 'sqlite3', 'xz-utils', 'zstd',
  ],
  config: debianPlan.config,
  excluded: undocumented,
  after: () => [
    linkEntry('etc/alternatives/awk', '/usr/bin/gawk'),
    linkEntry('usr/bin/lua', 'lua5.4'),
  ],
};

/** The recipe. */
export const buildpackDepsRecipe: Recipe = recipeOfPackages(buildpackDepsPlan, buildpackDepsLock);
