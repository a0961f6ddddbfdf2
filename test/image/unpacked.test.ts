/** Large layers: unpacked once on disk, read where they are, pruned, made again. */

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { TarWriter } from '../../src/archive/tar_write.ts';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { DirectoryStore } from '../../src/host/node/store.ts';
import { storeSource } from '../../src/image/blobs.ts';
import type { Images } from '../../src/image/images.ts';
import { LayerFacts } from '../../src/image/layer_facts.ts';
import { mediaType } from '../../src/image/media_types.ts';
import { parseReference } from '../../src/image/reference.ts';
import { preloadRegistry } from '../../src/image/registry/preload.ts';
import type { Image } from '../../src/image/types.ts';
import { Unpacker } from '../../src/image/unpack.ts';
import { validate } from '../../src/image/validate.ts';
import { memoryContent, textContent } from '../../src/rootfs/content.ts';
import { diffTrees } from '../../src/rootfs/diff.ts';
import type { DirectoryNode } from '../../src/rootfs/node.ts';
import { fileAt, insertNode, treeFromPaths, walkTree } from '../../src/rootfs/tree.ts';
import type { Digest } from '../../src/store/store.ts';
import { noise } from '../registry/setup.ts';
import { putImage } from './put_image.ts';
import { file, makeImages, metadata, richTree } from './samples.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-unpacked-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

/** A store that tells which blobs were read whole, and which in part. */
class WatchedStore extends DirectoryStore {
  readonly whole: Digest[] = [];
  readonly parts: Digest[] = [];
  streams = 0;

  override get(digest: Digest): Promise<Uint8Array | undefined> {
    this.whole.push(digest);
    return super.get(digest);
  }

  override range(digest: Digest, from: number, length: number) {
    this.parts.push(digest);
    return super.range(digest, from, length);
  }

  override stream(digest: Digest, from?: number) {
    this.streams += 1;
    return super.stream(digest, from);
  }
}

const open = (directory: string): { store: WatchedStore; images: Images } => {
  const store = new WatchedStore(directory, nodeHasher);
  return { store, images: makeImages({ store }) };
};

/** A tree whose layer is more than a megabyte when packed. */
const bigTree = (seed = 1): DirectoryNode =>
  insertNode(richTree(), '/big', {
    kind: 'file',
    ...metadata,
    content: memoryContent(noise(1_500_000, seed)),
  });

async function bigImage(images: Images, seed = 1, name = 'big:1'): Promise<Image> {
  const image = await images.build({ rootfs: bigTree(seed) });
  await images.tag(parseReference(name), image.descriptor);
  return image;
}

async function load(tree: DirectoryNode): Promise<DirectoryNode> {
  for (const { node } of walkTree(tree)) if (node.kind === 'file') await node.content.load();
  return tree;
}

describe('on disk', () => {
  test('a layer is unpacked once; another process reads headers and parts only', async () => {
    const directory = join(root, String(count++));
    const first = open(directory);
    const { descriptor } = await bigImage(first.images);
    const tree = await load(await first.images.rootfs(await first.images.read(descriptor)));
    expect(diffTrees(bigTree(), tree)).toEqual([]);
    const second = open(directory);
    const image = await second.images.read(descriptor);
    const again = await second.images.rootfs(image);
    expect(second.store.streams).toBe(0);
    expect(second.store.whole).not.toContain(image.manifest.layers[0]!.digest);
    expect(second.store.whole).not.toContain(image.config.rootfs.diff_ids[0]);
    expect(second.store.parts).toEqual([]);
    expect(await fileAt(again, '/big').content.load()).toHaveLength(1_500_000);
    expect(second.store.parts).toEqual(image.config.rootfs.diff_ids);
    expect(diffTrees(bigTree(), await load(again))).toEqual([]);
  });

  test('a tree made twice is no change', async () => {
    const { images, store } = open(join(root, String(count++)));
    const image = await bigImage(images);
    const unpacker = new Unpacker(nodeHasher, undefined, store, 0);
    const other = new Unpacker(nodeHasher, undefined, store, 0);
    const [one, two] = [await unpacker.rootfs(image), await other.rootfs(image)];
    expect(one).not.toBe(two);
    expect(diffTrees(one, two)).toEqual([]);
    const changed = insertNode(two, '/new', file('x'));
    expect(diffTrees(one, changed).map(({ path }) => path)).toEqual(['new']);
  });

  test('only so many trees are held', async () => {
    const { images, store } = open(join(root, String(count++)));
    const [a, b] = [await bigImage(images, 1), await bigImage(images, 2)];
    const roomy = new Unpacker(nodeHasher, undefined, store, 1000);
    const tree = await roomy.rootfs(a);
    await roomy.rootfs(b);
    expect(await roomy.rootfs(a)).toBe(tree);
    const narrow = new Unpacker(nodeHasher, undefined, store, 20);
    const before = await narrow.rootfs(a);
    expect(await narrow.rootfs(a)).toBe(before);
    await narrow.rootfs(b);
    expect(await narrow.rootfs(a)).not.toBe(before);
  });

  test('a layer that is not what its configuration says leaves nothing', async () => {
    const directory = join(root, String(count++));
    const { images, store } = open(directory);
    const { manifest, config } = await bigImage(images);
    const other = `sha256:${'7'.repeat(64)}` as const;
    const lying = await putImage(store, manifest.layers, [other], config);
    const before = await store.list();
    await expect(images.rootfs(await images.read(lying))).rejects.toMatchObject({
      code: 'LAYER_CORRUPT',
      message: expect.stringContaining(other),
    });
    expect(await store.list()).toEqual(before);
    expect(readdirSync(join(directory, 'partial'))).toEqual([]);
  });

  test('a bomb ends at its limit, and leaves nothing', async () => {
    const directory = join(root, String(count++));
    const { store } = open(directory);
    const writer = new TarWriter();
    writer.add({ ...metadata, path: 'noise', type: 'file' }, noise(1_300_000));
    writer.add({ ...metadata, path: 'zeros', type: 'file' }, new Uint8Array(20_000_000));
    const packed = new Uint8Array(gzipSync(writer.finish()));
    const digest = await store.put(packed);
    const layer = { mediaType: mediaType.layerGzip, digest, size: packed.length };
    const image = await putImage(store, [layer], [`sha256:${'3'.repeat(64)}`]);
    const before = await store.list();
    const images = makeImages({ store, layerUnpackedBytesMax: 5_000_000 });
    await expect(images.rootfs(await images.read(image))).rejects.toMatchObject({
      code: 'LAYER_CORRUPT',
      message: expect.stringContaining('decompressedBytesMax'),
    });
    expect(await store.list()).toEqual(before);
    expect(readdirSync(join(directory, 'partial'))).toEqual([]);
  });

  test('a layer with holes is read whole, and not kept unpacked', async () => {
    const { store, images } = open(join(root, String(count++)));
    const directory = join(root, String(count++));
    mkdirSync(directory);
    writeFileSync(join(directory, 'noise'), noise(1_200_000));
    writeFileSync(join(directory, 'holes'), 'end');
    truncateSync(join(directory, 'holes'), 3_000_000);
    const flags = ['-C', directory, '--sparse', '--format=gnu', '-c', 'noise', 'holes'];
    const tar = new Uint8Array(execFileSync('tar', flags, { maxBuffer: 1 << 24 }));
    const packed = new Uint8Array(gzipSync(tar));
    const digest = await store.put(packed);
    const layer = { mediaType: mediaType.layerGzip, digest, size: packed.length };
    const diffId: Digest = `sha256:${await nodeHasher.sha256(tar)}`;
    const image = await images.read(await putImage(store, [layer], [diffId]));
    for (let i = 0; i < 2; i++) {
      const tree = await makeImages({ store }).rootfs(image);
      const holes = await fileAt(tree, '/holes').content.load();
      expect([holes.length, holes[0], holes[2_999_999]]).toEqual([3_000_000, 101, 0]);
      expect(Buffer.compare(await fileAt(tree, '/noise').content.load(), noise(1_200_000))).toBe(0);
    }
    expect(await store.has(diffId)).toBe(false);
  });

  test('a layer in many members', async () => {
    const { images, store } = open(join(root, String(count++)));
    const { manifest, config, descriptor } = await bigImage(images);
    const tar = gunzipSync((await store.get(manifest.layers[0]!.digest))!);
    const members = [tar.subarray(0, 700_000), tar.subarray(700_000)].map((part) => gzipSync(part));
    const packed = new Uint8Array(Buffer.concat(members));
    const digest = await store.put(packed);
    expect(digest).not.toBe(manifest.layers[0]!.digest);
    const layer = { mediaType: mediaType.layerGzip, digest, size: packed.length };
    const other = await putImage(store, [layer], config.rootfs.diff_ids, config);
    const tree = await images.rootfs(await images.read(other));
    expect(diffTrees(await images.rootfs(await images.read(descriptor)), tree)).toEqual([]);
    expect(diffTrees(bigTree(), await load(tree))).toEqual([]);
  });

  test('what was checked is not checked again before publishing', async () => {
    const { images, store } = open(join(root, String(count++)));
    const image = await bigImage(images);
    const [layer] = image.manifest.layers;
    store.whole.length = 0;
    await validate(storeSource(store), nodeHasher, image.descriptor, new LayerFacts(store));
    expect(store.whole).not.toContain(layer!.digest);
    await validate(storeSource(store), nodeHasher, image.descriptor);
    expect(store.whole).toContain(layer!.digest);
    // A fact is about one length and one type; others are looked at.
    const facts = new LayerFacts(store);
    expect(await facts.diffId(layer!)).toBe(image.config.rootfs.diff_ids[0]);
    expect(await facts.diffId({ ...layer!, size: layer!.size + 1 })).toBeUndefined();
    expect(await facts.diffId({ ...layer!, mediaType: 'x' })).toBeUndefined();
  });
});

describe('pruning', () => {
  const now = { idleMs: 0 };

  test('what no name leads to goes, what one leads to stays', async () => {
    const { images, store } = open(join(root, String(count++)));
    const kept = await bigImage(images, 1, 'kept:1');
    const gone = await bigImage(images, 2, 'gone:1');
    const index = await images.index([
      kept,
      await images.build({ rootfs: richTree(), platform: { os: 'linux', architecture: 's390x' } }),
    ]);
    await images.tag(parseReference('both:1'), index);
    await store.put(new TextEncoder().encode('stray'));
    await images.rootfs(kept);
    await images.rootfs(gone);
    await images.remove('gone:1');
    const before = await store.list();
    // What was just used stays.
    expect(await images.prune()).toMatchObject({ blobs: 0, bytes: 0 });
    expect(await store.list()).toEqual(before);
    const pruned = await images.prune(now);
    expect(pruned.blobs).toBeGreaterThan(4);
    expect(pruned.bytes).toBeGreaterThan(3_000_000);
    const after = new Set(await store.list());
    for (const { digest } of [gone.descriptor, ...gone.manifest.layers]) {
      expect(after.has(digest)).toBe(false);
    }
    expect(after.has(gone.config.rootfs.diff_ids[0]!)).toBe(false);
    // Named images are whole, and what was unpacked for them is still there.
    const fresh = open(store.directory);
    for (const name of ['kept:1', 'both:1']) {
      const found = await fresh.images.resolve(name);
      const image = await fresh.images.select(found, kept.platform);
      expect(diffTrees(bigTree(), await load(await fresh.images.rootfs(image)))).toEqual([]);
    }
    expect(fresh.store.streams).toBe(0);
    expect(await images.prune(now)).toMatchObject({ blobs: 0 });
    await expect(images.remove('gone:1')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  test('unpacked layers go first, those not used for longest, and come back', async () => {
    const { images, store } = open(join(root, String(count++)));
    const trees: DirectoryNode[] = [];
    for (const seed of [1, 2, 3]) {
      const image = await bigImage(images, seed, `big:${seed}`);
      trees.push(await images.rootfs(image));
      const blob = join(store.directory, 'blobs/sha256', image.config.rootfs.diff_ids[0]!.slice(7));
      // The second was used longest ago.
      const used = new Date(Date.UTC(2000 + (seed === 2 ? 0 : seed), 0));
      utimesSync(blob, used, used);
      for (const name of readdirSync(join(store.directory, 'blobs/sha256'))) {
        const path = join(store.directory, 'blobs/sha256', name);
        if (path !== blob) utimesSync(path, new Date(0), new Date(0));
      }
    }
    const pruned = await images.prune({ unpackedBytesMax: 3_200_000, idleMs: 0 });
    expect(pruned.blobs).toBeGreaterThan(0);
    const left = (await store.listNames('unpacked/')).length;
    expect(left).toBe(2);
    // A file of a tree that is in use is read all the same.
    for (const [i, tree] of trees.entries()) {
      const bytes = await fileAt(tree, '/big').content.load();
      expect(Buffer.compare(bytes, noise(1_500_000, i + 1))).toBe(0);
    }
    expect((await store.listNames('unpacked/')).length).toBe(3);
    const all = await images.prune({ bytesMax: 0, idleMs: 0 });
    expect(await store.listNames('unpacked/')).toEqual([]);
    // Names are stronger than the bound.
    expect(all.left).toBeGreaterThan(4_500_000);
    expect((await images.list()).length).toBe(3);
  });

  test('what was begun and never finished is swept', async () => {
    const { images, store } = open(join(root, String(count++)));
    await bigImage(images);
    const partial = join(store.directory, 'partial', 'abc');
    writeFileSync(partial, 'half');
    expect((await images.prune()).bytes).toBe(0);
    expect(existsSync(partial)).toBe(true);
    utimesSync(partial, new Date(0), new Date(0));
    expect((await images.prune()).bytes).toBe(4);
    expect(existsSync(partial)).toBe(false);
  });

  test('a registry on the store keeps what it has', async () => {
    const { images, store } = open(join(root, String(count++)));
    const image = await images.build({
      rootfs: treeFromPaths({ '/f': { kind: 'file', ...metadata, content: textContent('x') } }),
    });
    await preloadRegistry({ store, hasher: nodeHasher }, 'a/b:1', image.descriptor, image.source);
    await images.prune({ idleMs: 0, bytesMax: 0 });
    for (const { digest } of [image.descriptor, image.manifest.config, ...image.manifest.layers]) {
      expect(await store.has(digest)).toBe(true);
    }
  });
});
