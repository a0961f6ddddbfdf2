import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { storeSource } from '../../src/image/blobs.ts';
import { encodeDocument } from '../../src/image/documents.ts';
import { mediaType } from '../../src/image/media_types.ts';
import { parsePlatform } from '../../src/image/platform.ts';
import type { Descriptor, Image, Index, Manifest } from '../../src/image/types.ts';
import { validate } from '../../src/image/validate.ts';
import { readText } from '../../src/rootfs/content.ts';
import { diffTrees } from '../../src/rootfs/diff.ts';
import { emptyDirectory } from '../../src/rootfs/editor.ts';
import { lookup } from '../../src/rootfs/path.ts';
import { fileAt, insertNode, removeNode, treeFromPaths, walkTree } from '../../src/rootfs/tree.ts';
import { file, makeImages, metadata, platformImage, richTree } from './samples.ts';

const linux = parsePlatform('linux/amd64');

describe('building', () => {
  test('a tree survives unchanged', async () => {
    const images = makeImages();
    const tree = richTree();
    const image = await images.build({ rootfs: tree });
    const again = await makeImages({ store: images.store }).rootfs(image);
    for (const { node } of walkTree(again)) if (node.kind === 'file') await node.content.load();
    expect(diffTrees(tree, again)).toEqual([]);
    expect(lookup(again, '/etc/one')).toBe(lookup(again, '/etc/two'));
    await validate(image.source, nodeHasher, image.descriptor);
  });

  test('the digests are fixed', async () => {
    const image = await makeImages().build({ rootfs: richTree(), config: { Cmd: ['x'] } });
    expect(image.descriptor.digest).toBe(
      'sha256:7741f15099e2d7fb58a4b19941efce761c2c3b0b7d5a549584ea4e027c66fb4a',
    );
    const later = await makeImages({ created: 1_700_000_000 }).build({ rootfs: richTree() });
    expect(later.config.created).toBe('2023-11-14T22:13:20Z');
  });

  test('files may be kept from being younger than the image', async () => {
    const created = 1_000_000_000;
    const late = file('late', { mtime: 1_500_000_000_500_000_000n });
    const early = file('early', { mtime: 5_000_000_000n });
    const rootfs = treeFromPaths({ '/d/late': late, '/d/early': early });
    const times = async (rewriteTimestamps: boolean) => {
      const images = makeImages({ created, rewriteTimestamps });
      const tree = await images.rootfs(await images.build({ rootfs }));
      return ['/d/late', '/d/early'].map((path) => lookup(tree, path)?.mtime);
    };
    expect(await times(false)).toEqual([late.mtime, early.mtime]);
    expect(await times(true)).toEqual([1_000_000_000_000_000_000n, early.mtime]);
  });

  test('pulled and published without a change, every digest is kept', async () => {
    const images = makeImages();
    const base = await images.build({ rootfs: richTree(), config: { Env: ['A=1'] } });
    const changed = insertNode(await images.rootfs(base), '/etc/new', file('new'));
    const image = await images.build({ base, rootfs: changed });
    const other = makeImages();
    await other.importArchive(await images.exportArchive(image.descriptor, 'demo:1'));
    const found = await other.resolve('demo:1');
    const same = await other.select(found, image.platform);
    expect(same.descriptor).toEqual(image.descriptor);
    const again = await other.build({ base: same, rootfs: await other.rootfs(same) });
    expect(again.manifest.layers).toEqual(image.manifest.layers);
    expect(again.config.rootfs).toEqual(image.config.rootfs);
  });

  test('a change is one layer on top of untouched ones', async () => {
    const images = makeImages();
    const base = await images.build({ rootfs: richTree(), config: { Env: ['A=1'] } });
    const below = await images.rootfs(base);
    let tree = insertNode(below, '/etc/new', file('new'));
    tree = removeNode(tree, '/tmp');
    const image = await images.build({ base, rootfs: tree, config: { Env: ['A=2'] } });
    expect(image.manifest.layers).toHaveLength(2);
    expect(image.manifest.layers[0]).toEqual(base.manifest.layers[0]);
    expect(image.config.config).toEqual({ Env: ['A=2'] });
    expect(image.config.history).toHaveLength(2);
    expect(image.manifest.layers[1]!.size).toBeLessThan(400);
    const again = await makeImages({ store: images.store }).rootfs(image);
    expect(lookup(again, '/tmp')).toBeUndefined();
    expect(await readText(fileAt(again, '/etc/new'))).toBe('new');
    expect(lookup(again, '/etc/one')).toBe(lookup(again, '/etc/two'));
    await validate(image.source, nodeHasher, image.descriptor);
  });

  test('no change, no layer', async () => {
    const images = makeImages();
    const scratch = await images.build({ rootfs: emptyDirectory });
    expect(scratch.manifest.layers).toEqual([]);
    const base = await images.build({ rootfs: richTree() });
    const same = await images.build({ base, rootfs: await images.rootfs(base) });
    expect(same.manifest.layers).toEqual(base.manifest.layers);
    expect(same.config.history?.at(-1)).toMatchObject({ empty_layer: true });
    await validate(same.source, nodeHasher, same.descriptor);
  });

  test('a new hard link to an old file is a link after the round trip', async () => {
    const images = makeImages();
    const base = await images.build({ rootfs: richTree() });
    const below = await images.rootfs(base);
    const tree = insertNode(below, '/etc/three', lookup(below, '/etc/one')!);
    const image = await images.build({ base, rootfs: tree });
    const again = await makeImages({ store: images.store }).rootfs(image);
    expect(lookup(again, '/etc/three')).toBe(lookup(again, '/etc/one'));
    expect(lookup(again, '/etc/three')).toBe(lookup(again, '/etc/two'));
  });

  test('images that share layers share nodes', async () => {
    const images = makeImages();
    const base = await images.build({ rootfs: richTree() });
    const below = await images.rootfs(base);
    const tree = insertNode(below, '/etc/new', file('new'));
    const image = await images.build({ base, rootfs: tree });
    expect((await images.rootfs(image)).entries.get('usr')).toBe(below.entries.get('usr'));
  });

  test.each([
    ['uncompressed', mediaType.layer, (tar: Uint8Array) => tar],
    ['gzip of another program', mediaType.layerGzip, (tar: Uint8Array) => gzipSync(tar)],
    ['Docker types', mediaType.dockerLayerGzip, (tar: Uint8Array) => gzipSync(tar)],
  ])('layers: %s', async (_, type, pack) => {
    const images = makeImages();
    const { manifest, config } = await images.build({ rootfs: richTree() });
    const { gunzipSync } = await import('node:zlib');
    const blob = pack(gunzipSync((await images.store.get(manifest.layers[0]!.digest))!));
    const bytes = new Uint8Array(blob);
    const isDocker = type === mediaType.dockerLayerGzip;
    const layer = { mediaType: type, digest: await images.store.put(bytes), size: bytes.length };
    const document: Manifest = {
      schemaVersion: 2,
      mediaType: isDocker ? mediaType.dockerManifest : mediaType.manifest,
      config: {
        ...manifest.config,
        mediaType: isDocker ? mediaType.dockerConfig : mediaType.config,
      },
      layers: [layer],
    };
    const image = await images.read(await put(images.store, document));
    expect(image.config).toEqual(config);
    expect(await readText(fileAt(await images.rootfs(image), '/bin/tool'))).toBe('tool');
    await validate(image.source, nodeHasher, image.descriptor);
  });
});

type Store = ReturnType<typeof makeImages>['store'];

async function put(store: Store, document: Manifest | Index): Promise<Descriptor> {
  const bytes = encodeDocument(document);
  const digest = await store.put(bytes);
  return { mediaType: document.mediaType!, digest, size: bytes.length };
}

describe('indexes', () => {
  test('a variant for each platform', async () => {
    const images = makeImages();
    const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/s390x'];
    const variants: Image[] = [];
    for (const platform of platforms) variants.push(await platformImage(images, platform));
    const descriptor = await images.index(variants);
    expect(descriptor.digest).toBe(
      'sha256:033722f6fb4ce77a339a960b4199afe5e7a44f3ea389d090a0f39c24376ba2a1',
    );
    const source = storeSource(images.store);
    await validate(source, nodeHasher, descriptor);
    const resolved = {
      reference: { registry: 'r', repository: 'x' },
      descriptor,
      source,
      origin: 'store',
    } as const;
    for (const platform of platforms) {
      const image = await images.select(resolved, parsePlatform(platform));
      const tree = await images.rootfs(image);
      expect(await readText(fileAt(tree, '/platform'))).toBe(platform);
    }
    await expect(images.select(resolved, parsePlatform('linux/riscv64'))).rejects.toMatchObject({
      code: 'PLATFORM_NOT_IN_IMAGE',
      remedy: `it has linux/amd64, linux/arm64, linux/arm/v7, linux/s390x`,
    });
  });

  test('two variants of one platform are refused', async () => {
    const images = makeImages();
    const one = await platformImage(images, 'linux/arm64');
    const two = await platformImage(images, 'linux/arm64/v8');
    await expect(images.index([one, two])).rejects.toMatchObject({
      code: 'VARIANTS_DUPLICATE',
      message: expect.stringContaining('duplicate platform "linux/arm64"'),
    });
  });

  test('nested, with attestations and entries without a platform', async () => {
    const images = makeImages();
    const amd64 = await platformImage(images, 'linux/amd64');
    const s390x = await platformImage(images, 'linux/s390x');
    const unknown = { ...amd64.descriptor, platform: { os: 'unknown', architecture: 'unknown' } };
    const inner: Index = {
      schemaVersion: 2,
      mediaType: mediaType.dockerIndex,
      manifests: [unknown, s390x.descriptor],
    };
    const outer: Index = {
      schemaVersion: 2,
      mediaType: mediaType.index,
      manifests: [await put(images.store, inner), amd64.descriptor],
    };
    const descriptor = await put(images.store, outer);
    const source = storeSource(images.store);
    const resolved = {
      reference: { registry: 'r', repository: 'x' },
      descriptor,
      source,
      origin: 'store',
    } as const;
    const image = await images.select(resolved, parsePlatform('linux/s390x'));
    expect(image.descriptor.digest).toBe(s390x.descriptor.digest);
  });
});

describe('damage', () => {
  async function damaged(change: (layer: Uint8Array) => Uint8Array): Promise<[Image, string]> {
    const images = makeImages();
    const { manifest } = await images.build({ rootfs: richTree() });
    const bytes = change((await images.store.get(manifest.layers[0]!.digest))!.slice());
    const digest = await images.store.put(bytes);
    const layer = { mediaType: mediaType.layerGzip, digest, size: bytes.length };
    const image = await images.read(await put(images.store, { ...manifest, layers: [layer] }));
    return [image, digest];
  }

  test.each([
    ['cut off', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 50)],
    ['no gzip', () => new TextEncoder().encode('hello')],
    ['empty', () => new Uint8Array(0)],
    ['other contents', () => new Uint8Array(gzipSync(new Uint8Array(1024)))],
    ['a damaged header', () => new Uint8Array(gzipSync(new Uint8Array(1024).fill(7)))],
  ])('a layer that is %s names its digest', async (_, change) => {
    const [image, digest] = await damaged(change);
    await expect(makeImages().rootfs(image)).rejects.toMatchObject({
      code: 'LAYER_CORRUPT',
      message: expect.stringContaining(digest),
    });
    await expect(validate(image.source, nodeHasher, image.descriptor)).rejects.toMatchObject({
      code: 'LAYER_CORRUPT',
    });
  });

  test('an entry that leads out of the image', async () => {
    const images = makeImages();
    const { TarWriter } = await import('../../src/archive/tar_write.ts');
    const writer = new TarWriter();
    writer.add({ path: '../evil', type: 'file', ...metadata });
    const tar = writer.finish();
    const { manifest, config } = await images.build({ rootfs: richTree() });
    const diffId = await images.store.put(tar);
    const bytes = encodeDocument({
      ...config,
      history: [],
      rootfs: { type: 'layers', diff_ids: [diffId] },
    });
    const image = await images.read(
      await put(images.store, {
        ...manifest,
        config: { ...manifest.config, digest: await images.store.put(bytes), size: bytes.length },
        layers: [{ mediaType: mediaType.layer, digest: diffId, size: tar.length }],
      }),
    );
    await expect(images.rootfs(image)).rejects.toMatchObject({
      code: 'LAYER_CORRUPT',
      message: expect.stringMatching(/leads out/),
    });
  });

  test('a manifest that is no image', async () => {
    const images = makeImages();
    const { manifest } = await images.build({ rootfs: richTree() });
    const bad = async (change: object): Promise<unknown> =>
      images.read(await put(images.store, { ...manifest, ...change } as Manifest));
    const code = 'IMAGE_INVALID';
    await expect(bad({ layers: [] })).rejects.toMatchObject({ code });
    await expect(bad({ layers: 7 })).rejects.toMatchObject({ code });
    await expect(bad({ schemaVersion: 1 })).rejects.toMatchObject({ code });
    await expect(bad({ config: null })).rejects.toMatchObject({ code });
    await expect(
      bad({ config: { ...manifest.config, mediaType: 'application/x' } }),
    ).rejects.toMatchObject({ code });
    await expect(bad({ config: { ...manifest.config, size: 1 } })).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  test('an index whose platform is not that of the configuration', async () => {
    const images = makeImages();
    const image = await platformImage(images, 'linux/amd64');
    const platform = { os: 'linux', architecture: 's390x' };
    const index: Index = {
      schemaVersion: 2,
      mediaType: mediaType.index,
      manifests: [{ ...image.descriptor, platform }],
    };
    const descriptor = await put(images.store, index);
    await expect(validate(storeSource(images.store), nodeHasher, descriptor)).rejects.toMatchObject(
      { code: 'IMAGE_INVALID' },
    );
  });
});

describe('archives', () => {
  test('OCI archives, one image and an index', async () => {
    const images = makeImages();
    const index = await images.index([
      await platformImage(images, 'linux/amd64'),
      await platformImage(images, 'linux/s390x'),
    ]);
    const bytes = await images.exportArchive(index, 'demo:1');
    expect(await images.exportArchive(index, 'demo:1')).toEqual(bytes);
    const other = makeImages();
    const [loaded] = await other.importArchive(bytes);
    expect(loaded?.descriptor).toEqual(index);
    expect((await other.resolve('demo:1')).descriptor).toEqual(index);
    expect(await other.list()).toEqual([
      {
        reference: 'docker.io/library/demo:1',
        descriptor: index,
        platforms: ['linux/amd64', 'linux/s390x'],
      },
    ]);
    await validate(storeSource(other.store), nodeHasher, index);
    const single = await platformImage(images, 'linux/amd64');
    const [named] = await other.importArchive(
      await images.exportArchive(single.descriptor),
      'renamed',
    );
    expect(named?.descriptor).toEqual(single.descriptor);
    expect((await other.resolve('renamed')).descriptor).toEqual(single.descriptor);
  });

  test('`docker save` archives', async () => {
    const images = makeImages();
    const image = await images.build({ rootfs: richTree() });
    const { gunzipSync } = await import('node:zlib');
    const { TarWriter } = await import('../../src/archive/tar_write.ts');
    const tar = gunzipSync((await images.store.get(image.manifest.layers[0]!.digest))!);
    const config = (await images.store.get(image.manifest.config.digest))!;
    const name = `${image.manifest.config.digest.slice(7)}.json`;
    const list = [{ Config: name, RepoTags: ['demo:2'], Layers: ['x/layer.tar'] }];
    const writer = new TarWriter();
    writer.add({ path: name, type: 'file', ...metadata }, config);
    writer.add({ path: 'y/layer.tar', type: 'file', ...metadata }, tar);
    writer.add({ path: 'x/layer.tar', type: 'symlink', target: '../y/layer.tar', ...metadata });
    const manifest = new TextEncoder().encode(JSON.stringify(list));
    writer.add({ path: 'manifest.json', type: 'file', ...metadata }, manifest);
    const other = makeImages();
    await other.importArchive(writer.finish());
    const loaded = await other.select(await other.resolve('demo:2'), linux);
    expect(loaded.config).toEqual(image.config);
    expect(await readText(fileAt(await other.rootfs(loaded), '/bin/tool'))).toBe('tool');
  });

  test('what is no archive', async () => {
    const images = makeImages();
    for (const bytes of [new Uint8Array(0), new Uint8Array(2000).fill(3), new Uint8Array(1024)]) {
      await expect(images.importArchive(bytes)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
    }
  });

  test('a blob that was changed in the archive', async () => {
    const images = makeImages();
    const image = await platformImage(images, 'linux/amd64');
    const bytes = await images.exportArchive(image.descriptor, 'a');
    const text = new TextDecoder('latin1').decode(bytes);
    bytes[text.indexOf('PATH=/bin')] = 'p'.charCodeAt(0);
    await expect(makeImages().importArchive(bytes)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      message: expect.stringContaining(image.manifest.config.digest),
    });
  });
});
