/** Small images for tests. */

import { nodeHasher } from '../../src/host/node/hash.ts';
import { Images, type ImagesOptions } from '../../src/image/images.ts';
import { parsePlatform } from '../../src/image/platform.ts';
import type { Image } from '../../src/image/types.ts';
import { textContent } from '../../src/rootfs/content.ts';
import { makeDirectory } from '../../src/rootfs/editor.ts';
import type { DirectoryNode, FileNode, Metadata } from '../../src/rootfs/node.ts';
import { treeFromPaths } from '../../src/rootfs/tree.ts';
import { MemoryStore } from '../../src/store/memory.ts';

export const metadata: Metadata = { mode: 0o644, uid: 0, gid: 0, mtime: 0n };

export const file = (text: string, more: Partial<Metadata> = {}): FileNode => ({
  kind: 'file',
  ...metadata,
  ...more,
  content: textContent(text),
});

/** One of everything a root file system may hold. */
export function richTree(): DirectoryNode {
  const linked = file('linked', { mtime: 1_600_000_000_123_456_789n });
  return treeFromPaths({
    '/bin/tool': file('tool', {
      mode: 0o4755,
      xattrs: new Map([['security.capability', Uint8Array.of(1, 0, 0, 2, 0xff, 0x80, 0, 10)]]),
    }),
    '/dev/null': { kind: 'character', ...metadata, mode: 0o666, major: 1, minor: 3 },
    '/dev/sda': { kind: 'block', ...metadata, mode: 0o660, gid: 6, major: 8, minor: 0 },
    '/etc/one': linked,
    '/etc/two': linked,
    '/etc/raw\udcff': file('not UTF-8', { uid: 1000, gid: 4_000_000 }),
    '/lib': { kind: 'symlink', ...metadata, mode: 0o777, target: 'usr/lib' },
    '/run/pipe': { kind: 'fifo', ...metadata },
    '/tmp': makeDirectory({ ...metadata, mode: 0o1777 }),
    '/usr/lib/grüße': file('ü'),
  });
}

export function makeImages(options: Partial<ImagesOptions> = {}): Images {
  return new Images({ store: new MemoryStore(nodeHasher), hasher: nodeHasher, ...options });
}

/** An image of one file that says its platform. */
export function platformImage(images: Images, platform: string): Promise<Image> {
  return images.build({
    rootfs: treeFromPaths({ '/platform': file(platform) }),
    platform: parsePlatform(platform),
    config: { Env: ['PATH=/bin'], Cmd: ['sh'] },
    createdBy: 'test',
  });
}
