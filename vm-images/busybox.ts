/** The `busybox` image, made of Debian's `busybox-static`. Pure: package bytes in, image out. */

import { readAr } from '../src/archive/ar.ts';
import { decompress } from '../src/archive/decompress.ts';
import { entryBytes } from '../src/archive/tar.ts';
import { readTar } from '../src/archive/tar_read.ts';
import { EngineError } from '../src/engine/error.ts';
import { buildImage } from '../src/image/build.ts';
import { encodeDocument } from '../src/image/documents.ts';
import { mediaType } from '../src/image/media_types.ts';
import { parsePlatform, platformDocument } from '../src/image/platform.ts';
import type { Recipe, RecipeTools } from '../src/image/recipe.ts';
import type { BlobSource, Descriptor, Image, Index } from '../src/image/types.ts';
import { memoryContent, textContent } from '../src/rootfs/content.ts';
import { makeDirectory } from '../src/rootfs/editor.ts';
import type { DirectoryNode, FileNode, Metadata, Node } from '../src/rootfs/node.ts';
import { treeFromPaths } from '../src/rootfs/tree.ts';
import type { ContentStore, Hasher } from '../src/store/store.ts';
import lockDocument from './busybox.lock.json' with { type: 'json' };
import type { Lock, LockedVariant } from './lock.ts';

/** The packages and digests this recipe is pinned to. */
export const busyboxLock: Lock = lockDocument as Lock;

const root: Metadata = { mode: 0o755, uid: 0, gid: 0, mtime: 0n };

/** Most applets a binary may have; Debian's has about 270. */
const appletsMax = 1000;
/** How the table of applet names starts: `[` and `[[` sort before all letters. */
const tableStart = '[\0[[\0';

/**
 * The applets of a busybox binary, from the table of names in its read-only data: NUL-terminated
 * names in strictly ascending order, as `busybox --list` prints them.
 */
export function appletNames(binary: Uint8Array): string[] {
  const start = [...tableStart].map((char) => char.charCodeAt(0));
  for (let at = binary.indexOf(91); at >= 0; at = binary.indexOf(91, at + 1)) {
    if (!start.every((byte, i) => binary[at + i] === byte)) continue;
    const names = ascendingNames(binary, at);
    if (names.includes('sh') && names.includes('uname')) return names;
  }
  throw recipeFailed('the package has no table of applets that could be read');
}

function ascendingNames(binary: Uint8Array, start: number): string[] {
  const names: string[] = [];
  for (let at = start; names.length < appletsMax; ) {
    const end = binary.indexOf(0, at);
    const name = String.fromCharCode(...binary.subarray(at, Math.min(end, at + 64)));
    const last = names.at(-1);
    if (!/^[a-z0-9[_.-]+$/.test(name) || (last !== undefined && name <= last)) break;
    names.push(name);
    at = end + 1;
  }
  return names;
}

function recipeFailed(why: string, cause?: unknown): EngineError {
  return new EngineError('RECIPE_FAILED', `the busybox image cannot be made: ${why}`, {
    remedy: 'load an image file (stiletto images load) or pull one from a registry instead',
    cause,
  });
}

/** The busybox binary out of a Debian package. Rejects with RECIPE_FAILED. */
export async function busyboxBinary(packageBytes: Uint8Array): Promise<Uint8Array> {
  try {
    const data = readAr(packageBytes).find(({ name }) => name.startsWith('data.tar'));
    if (!data) throw new Error('the package has no data.tar');
    const tar = await decompress(data.data);
    for (const entry of readTar(tar)) {
      const isBinary = /^(?:\.\/)?(?:usr\/)?bin\/busybox$/.test(entry.path);
      if (isBinary && entry.type === 'file') return entryBytes(tar, entry).slice();
    }
    throw new Error('the package has no bin/busybox');
  } catch (error) {
    throw recipeFailed(error instanceof Error ? error.message : String(error), error);
  }
}

// Accounts and groups that scripts written for small images expect.
const passwd = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
sys:x:3:3:sys:/dev:/bin/false
mail:x:8:8:mail:/var/mail:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
operator:x:37:37:operator:/var:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
`;
const group = `root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
mail:x:8:
wheel:x:10:root
floppy:x:19:
www-data:x:33:
operator:x:37:
staff:x:50:
users:x:100:
nogroup:x:65534:
`;
const shadow = passwd.replace(/^([^:]+):.*$/gm, '$1:*:::::::');

const text = (contents: string, mode = 0o644): FileNode => ({
  kind: 'file',
  ...root,
  mode,
  content: textContent(contents),
});

/** The root file system: one binary under the names of all its applets, and what Linux expects. */
export function busyboxRootfs(binary: Uint8Array): DirectoryNode {
  const busybox: FileNode = { kind: 'file', ...root, content: memoryContent(binary) };
  const directory = (mode = 0o755): Node => makeDirectory({ ...root, mode });
  const tree: Record<string, Node> = {
    '/dev': directory(),
    '/etc/group': text(group),
    '/etc/hosts': text('127.0.0.1\tlocalhost\n::1\tlocalhost\n'),
    '/etc/passwd': text(passwd),
    '/etc/shadow': text(shadow, 0o640),
    '/home': directory(),
    '/proc': directory(),
    '/root': directory(0o700),
    '/run': directory(),
    '/sys': directory(),
    '/tmp': directory(0o1777),
    '/usr/bin/env': { kind: 'symlink', ...root, mode: 0o777, target: '../../bin/env' },
    '/usr/sbin': directory(),
    '/sbin': directory(),
    '/var/mail': directory(),
    '/var/tmp': directory(0o1777),
    '/var/www': directory(),
    '/bin/busybox': busybox,
  };
  for (const name of appletNames(binary)) tree[`/bin/${name}`] = busybox;
  return treeFromPaths(tree);
}

/** Makes the image of one platform from its package; all blobs are in the store afterwards. */
export async function buildBusybox(
  store: ContentStore,
  hasher: Hasher,
  platform: string,
  packageBytes: Uint8Array,
): Promise<Image> {
  return buildImage(store, hasher, {
    rootfs: busyboxRootfs(await busyboxBinary(packageBytes)),
    platform: parsePlatform(platform),
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: ['sh'],
    },
    createdBy: 'stiletto recipe busybox',
  });
}

/** The index a lock describes. */
export function busyboxIndex(variants: readonly LockedVariant[]): Index {
  return {
    schemaVersion: 2,
    mediaType: mediaType.index,
    manifests: variants.map(({ platform, manifest }) => ({
      mediaType: mediaType.manifest,
      digest: manifest.digest,
      size: manifest.size,
      platform: platformDocument(parsePlatform(platform)),
    })),
  };
}

async function makeVariant(tools: RecipeTools, variant: LockedVariant): Promise<void> {
  const { store, hasher, packages, progress } = tools;
  const bytes = await packages.fetch(variant, progress);
  const subject = `busybox ${variant.platform}`;
  progress?.({ kind: 'build', subject, finished: false });
  try {
    const { descriptor } = await buildBusybox(store, hasher, variant.platform, bytes);
    if (descriptor.digest !== variant.manifest.digest) {
      throw new Error(`busybox ${variant.platform} is ${descriptor.digest}, not as locked`);
    }
  } finally {
    progress?.({ kind: 'build', subject, finished: true });
  }
}

/** The recipe. Images are made one platform at a time, when somebody reads their manifest. */
export const busyboxRecipe: Recipe = {
  name: 'busybox',
  references: ['docker.io/library/busybox:latest'],
  digest: busyboxLock.index.digest,
  open(tools) {
    const { variants, index } = busyboxLock;
    const document = encodeDocument(busyboxIndex(variants));
    const descriptor: Descriptor = { mediaType: mediaType.index, ...index };
    const source: BlobSource = {
      async read(wanted: Descriptor): Promise<Uint8Array> {
        if (wanted.digest === descriptor.digest) return document;
        const variant = variants.find(({ manifest }) => manifest.digest === wanted.digest);
        const stored = await tools.store.get(wanted.digest);
        if (stored) return stored;
        if (variant) await makeVariant(tools, variant);
        const made = await tools.store.get(wanted.digest);
        if (!made) throw recipeFailed(`${wanted.digest} is no part of it`);
        return made;
      },
    };
    return { descriptor, source };
  },
};
