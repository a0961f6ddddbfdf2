/** The `golang` image: Debian's Go 1.19 upon `debian`, without a C compiler. */

import type { Recipe } from '../src/image/recipe.ts';
import { debianLock, debianPlan, undocumented } from './debian.ts';
import lockDocument from './golang.lock.json' with { type: 'json' };
import {
  directoryEntry,
  linkEntry,
  type PackagesLock,
  type PackagesRecipe,
  recipeOfPackages,
} from './packages.ts';

/** The packages and digests this recipe is pinned to. */
export const golangLock: PackagesLock = lockDocument as unknown as PackagesLock;

/**
 * As in Docker's image of this name: compiled packages of the toolchain itself, which only somebody
 * who changes Go needs, and tools of those who build Go.
 */
const developersOnly =
  /^usr\/lib\/go-1\.19\/pkg\/(?:linux_\w+\/cmd|tool\/linux_\w+\/(?:api|dist))\b/;

/** How the image is put together. */
export const golangPlan: PackagesRecipe = {
  name: 'golang',
  references: ['latest', '1', '1.19', '1.19.8', '1.19-bookworm', 'bookworm'].map(
    (tag) => `docker.io/library/golang:${tag}`,
  ),
  base: { recipe: debianPlan, lock: debianLock },
  packages: ['golang-go'],
  config: {
    ...debianPlan.config,
    Env: [
      'PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'GOLANG_VERSION=1.19.8',
      'GOPATH=/go',
      // There is no C compiler: net and os/user are to be Go only.
      'CGO_ENABLED=0',
    ],
    WorkingDir: '/go',
  },
  excluded: new RegExp(`${undocumented.source}|${developersOnly.source}`),
  after: () => [
    directoryEntry('go', 0o777),
    directoryEntry('go/bin', 0o777),
    directoryEntry('go/src', 0o777),
    linkEntry('usr/local/go', '../lib/go-1.19'),
  ],
};

/** The recipe. */
export const golangRecipe: Recipe = recipeOfPackages(golangPlan, golangLock);
