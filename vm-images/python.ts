/** The `python` image: Debian's Python 3.11 with its standard library, upon buildpack-deps. */

import type { Recipe } from '../src/image/recipe.ts';
import { buildpackDepsLock, buildpackDepsPlan } from './buildpack_deps.ts';
import { undocumented } from './debian.ts';
import { linkEntry, type PackagesLock, type PackagesRecipe, recipeOfPackages } from './packages.ts';
import lockDocument from './python.lock.json' with { type: 'json' };

/** The packages and digests this recipe is pinned to. */
export const pythonLock: PackagesLock = lockDocument as unknown as PackagesLock;

/** How the image is put together. */
export const pythonPlan: PackagesRecipe = {
  name: 'python',
  references: ['latest', '3', '3.11', '3.11-bookworm', 'bookworm'].map(
    (tag) => `docker.io/library/python:${tag}`,
  ),
  base: { recipe: buildpackDepsPlan, lock: buildpackDepsLock },
  packages: ['python3', 'python3-pip', 'python3-venv'],
  config: { ...buildpackDepsPlan.config, Cmd: ['python3'] },
  excluded: undocumented,
  after: () => [linkEntry('usr/bin/python', 'python3')],
};

/** The recipe. */
export const pythonRecipe: Recipe = recipeOfPackages(pythonPlan, pythonLock);
