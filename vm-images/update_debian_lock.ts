/**
 * Writes debian.lock.json anew from what the package mirror has:
 * `node scripts/run.js vm-images/update_debian_lock.ts`
 */

import { writeFileSync } from 'node:fs';
import { AptFetcher } from '../src/host/node/apt.ts';
import { nodeHasher } from '../src/host/node/hash.ts';
import { encodeDocument } from '../src/image/documents.ts';
import { digestOf } from '../src/store/hash.ts';
import { MemoryStore } from '../src/store/memory.ts';
import { debianPackages, debianPlan } from './debian.ts';
import {
  buildFromPackages,
  type PackagesLock,
  type PackagesVariant,
  packagesIndex,
} from './packages.ts';

const suite = 'bookworm';
const fetcher = new AptFetcher();
const store = new MemoryStore(nodeHasher);
const variants: PackagesVariant[] = [];
for (const architecture of ['amd64', 'arm64', 's390x']) {
  const packages = await fetcher.newestOf(suite, architecture, debianPackages);
  const found = new Set(packages.map((one) => one.package));
  const absent = debianPackages.filter((name) => !found.has(name));
  if (absent.length > 0) throw new Error(`${suite} has no ${absent.join(', ')} (${architecture})`);
  const files: Uint8Array[] = [];
  for (const locked of packages) files.push(await fetcher.fetch(locked));
  const platform = `linux/${architecture}`;
  const image = await buildFromPackages(debianPlan, { store, hasher: nodeHasher }, platform, files);
  const { digest, size } = image.descriptor;
  variants.push({ platform, packages, manifest: { digest, size } });
  process.stderr.write(`${platform}: ${packages.length} packages → ${digest}\n`);
}
const index = encodeDocument(packagesIndex(variants));
const lock: PackagesLock = {
  index: { digest: await digestOf(nodeHasher, index), size: index.length },
  variants,
};
writeFileSync('vm-images/debian.lock.json', `${JSON.stringify(lock, null, 2)}\n`);
