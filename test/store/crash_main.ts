/** Puts images into a store without end, until somebody kills the process; see crash.test.ts. */

import { nodeHasher } from '../../src/host/node/hash.ts';
import { DirectoryStore } from '../../src/host/node/store.ts';
import { Images } from '../../src/image/images.ts';
import { parseReference } from '../../src/image/reference.ts';
import { memoryContent } from '../../src/rootfs/content.ts';
import { treeFromPaths } from '../../src/rootfs/tree.ts';

const [, , directory = '', start = '0'] = process.argv;
const store = new DirectoryStore(directory, nodeHasher);
const images = new Images({ store, hasher: nodeHasher });

async function forever(): Promise<void> {
  for (let i = Number(start), round = 0; ; i++, round++) {
    const bytes = new Uint8Array(1_200_000);
    for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 31 + (at >> 7) * i + i) & 255;
    const content = memoryContent(bytes);
    const node = { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0n, content } as const;
    const image = await images.build({ rootfs: treeFromPaths({ '/f': node }) });
    await images.tag(parseReference(`crash:${i}`), image.descriptor);
    await images.rootfs(image);
    if (round % 3 === 2) await images.remove(`crash:${i - 2}`);
    if (round % 4 === 3) await images.prune({ idleMs: 0 });
    if (round === 0) process.stdout.write('begun\n');
  }
}

void forever();
