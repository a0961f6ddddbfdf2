/**
 * Writes the lock files of images of packages anew from what the package mirror has:
 * `node scripts/run.js vm-images/update_packages_lock.ts`
 */

import { writeFileSync } from 'node:fs';
import { AptFetcher } from '../src/host/node/apt.ts';
import { nodeHasher } from '../src/host/node/hash.ts';
import { encodeDocument } from '../src/image/documents.ts';
import type { LockedPackage } from '../src/image/recipe.ts';
import { digestOf } from '../src/store/hash.ts';
import { MemoryStore } from '../src/store/memory.ts';
import { packagesPlans } from './index.ts';
import {
  buildFromPackages,
  type PackagesLock,
  type PackagesRecipe,
  type PackagesVariant,
  packagesIndex,
} from './packages.ts';

const suite = 'bookworm';
const fetcher = new AptFetcher();
const store = new MemoryStore(nodeHasher);

/** All names asked for, those of the images below included. */
const allNames = (plan: PackagesRecipe): string[] => [
  ...(plan.base ? allNames(plan.base.recipe) : []),
  ...plan.packages,
];

/** What each plan adds on an architecture: locks in the repository may be older than this run's. */
const added = new Map<PackagesRecipe, readonly LockedPackage[]>();

async function packagesOf(plan: PackagesRecipe, architecture: string): Promise<Set<string>> {
  const below = plan.base ? await packagesOf(plan.base.recipe, architecture) : new Set<string>();
  const all = await fetcher.closureOf(suite, architecture, allNames(plan));
  added.set(
    plan,
    all.filter((one) => !below.has(one.package)),
  );
  return new Set(all.map((one) => one.package));
}

async function lockOf(plan: PackagesRecipe): Promise<PackagesLock> {
  const variants: PackagesVariant[] = [];
  for (const architecture of ['amd64', 'arm64', 's390x']) {
    await packagesOf(plan, architecture);
    const files = (part: PackagesRecipe): Promise<Uint8Array[]> =>
      Promise.all((added.get(part) ?? []).map((locked) => fetcher.fetch(locked)));
    const platform = `linux/${architecture}`;
    const tools = { store, hasher: nodeHasher };
    const { digest, size } = (await buildFromPackages(plan, tools, platform, files)).descriptor;
    const packages = added.get(plan) ?? [];
    variants.push({ platform, packages, manifest: { digest, size } });
    process.stderr.write(`${plan.name} ${platform}: ${packages.length} packages → ${digest}\n`);
  }
  const index = encodeDocument(packagesIndex(variants));
  const digest = await digestOf(nodeHasher, index);
  return { index: { digest, size: index.length }, variants };
}

for (const plan of packagesPlans) {
  const lock = await lockOf(plan);
  writeFileSync(`vm-images/${plan.name}.lock.json`, `${JSON.stringify(lock, null, 2)}\n`);
}
