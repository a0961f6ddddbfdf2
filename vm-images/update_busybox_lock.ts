/**
 * Writes busybox.lock.json anew from what the package mirror has:
 * `node scripts/run.js vm-images/update_busybox_lock.ts`
 */

import { writeFileSync } from 'node:fs';
import { AptFetcher } from '../src/host/node/apt.ts';
import { nodeHasher } from '../src/host/node/hash.ts';
import { encodeDocument } from '../src/image/documents.ts';
import { digestOf } from '../src/store/hash.ts';
import { MemoryStore } from '../src/store/memory.ts';
import { buildBusybox, busyboxIndex } from './busybox.ts';
import type { Lock, LockedVariant } from './lock.ts';

/** Debian's architectures: name there, OCI platform, release. bookworm is the last with MIPS. */
const architectures = [
  ['i386', 'linux/386', 'bookworm'],
  ['amd64', 'linux/amd64', 'bookworm'],
  ['armel', 'linux/arm/v5', 'bookworm'],
  ['armhf', 'linux/arm/v7', 'bookworm'],
  ['arm64', 'linux/arm64', 'bookworm'],
  ['mips64el', 'linux/mips64le', 'bookworm'],
  ['mipsel', 'linux/mipsle', 'bookworm'],
  ['ppc64el', 'linux/ppc64le', 'bookworm'],
  ['riscv64', 'linux/riscv64', 'trixie'],
  ['s390x', 'linux/s390x', 'bookworm'],
] as const;

const fetcher = new AptFetcher();
const store = new MemoryStore(nodeHasher);
const variants: LockedVariant[] = [];
for (const [architecture, platform, suite] of architectures) {
  const found = await fetcher.newest(suite, architecture, 'busybox-static');
  if (!found) {
    process.stderr.write(`${suite} has no busybox-static for ${architecture}\n`);
    continue;
  }
  const image = await buildBusybox(store, nodeHasher, platform, await fetcher.fetch(found));
  const { digest, size } = image.descriptor;
  variants.push({ platform, ...found, manifest: { digest, size } });
  process.stderr.write(`${platform}: ${found.version} → ${digest}\n`);
}
const index = encodeDocument(busyboxIndex(variants));
const lock: Lock = {
  index: { digest: await digestOf(nodeHasher, index), size: index.length },
  variants,
};
writeFileSync('vm-images/busybox.lock.json', `${JSON.stringify(lock, null, 2)}\n`);
