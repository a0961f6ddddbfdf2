/** Images from people who mean harm: each refused with an error that names it, in little time. */

import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CompressionError, decompress } from '../../src/archive/decompress.ts';
import { TarError } from '../../src/archive/tar.ts';
import { readTar } from '../../src/archive/tar_read.ts';
import { TarWriter } from '../../src/archive/tar_write.ts';
import { EngineError } from '../../src/engine/error.ts';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { storeSource } from '../../src/image/blobs.ts';
import {
  encodeDocument,
  parseConfig,
  parseIndex,
  parseManifest,
} from '../../src/image/documents.ts';
import { walkGraph } from '../../src/image/graph.ts';
import { mediaType } from '../../src/image/media_types.ts';
import { listVariants } from '../../src/image/select.ts';
import type { BlobSource, Descriptor, Image } from '../../src/image/types.ts';
import { validate } from '../../src/image/validate.ts';
import { lookup } from '../../src/rootfs/path.ts';
import { fileAt, walkTree } from '../../src/rootfs/tree.ts';
import { digestOf } from '../../src/store/hash.ts';
import type { Digest } from '../../src/store/store.ts';
import { makeImages, metadata, platformImage, richTree } from './samples.ts';

type Images = ReturnType<typeof makeImages>;

/** An image with layers as they are, and documents that are true about them. */
async function imageOf(
  images: Images,
  layers: readonly { tar: Uint8Array; packed?: Uint8Array; type?: string }[],
): Promise<Image> {
  const descriptors: Descriptor[] = [];
  const diffIds: Digest[] = [];
  for (const { tar, packed = tar, type = mediaType.layer } of layers) {
    diffIds.push(await digestOf(nodeHasher, tar));
    descriptors.push({
      mediaType: type,
      digest: await images.store.put(packed),
      size: packed.length,
    });
  }
  const put = async (bytes: Uint8Array, type: string): Promise<Descriptor> => ({
    mediaType: type,
    digest: await images.store.put(bytes),
    size: bytes.length,
  });
  const config = encodeDocument({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  const manifest = encodeDocument({
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: await put(config, mediaType.config),
    layers: descriptors,
  });
  return images.read(await put(manifest, mediaType.manifest));
}

type Entry = Parameters<TarWriter['add']>[0];
const tarOf = (
  ...entries: readonly (Partial<Entry> & Pick<Entry, 'path' | 'type'>)[]
): Uint8Array => {
  const writer = new TarWriter();
  for (const entry of entries) {
    writer.add(
      { ...metadata, ...entry },
      new TextEncoder().encode(entry.type === 'file' ? 'evil' : ''),
    );
  }
  return writer.finish();
};

describe('paths that lead out', () => {
  test.each([
    ['../evil', [{ path: '../evil', type: 'file' }]],
    ['a/../../evil', [{ path: 'a/../../evil', type: 'file' }]],
    ['a/..', [{ path: 'a/..', type: 'directory' }]],
    ['a hard link to outside', [{ path: 'x', type: 'hardlink', target: '../../etc/passwd' }]],
    ['a hard link to nothing', [{ path: 'x', type: 'hardlink', target: 'etc/passwd' }]],
    ['a hard link to itself', [{ path: 'x', type: 'hardlink', target: 'x' }]],
    [
      'a hard link to a directory',
      [
        { path: 'd', type: 'directory' },
        { path: 'x', type: 'hardlink', target: 'd' },
      ],
    ],
    ['a whiteout of ..', [{ path: '../.wh.etc', type: 'file' }]],
    [
      'links that loop',
      [
        { path: 'a', type: 'symlink', target: 'b' },
        { path: 'b', type: 'symlink', target: 'a' },
        { path: 'a/x', type: 'file' },
      ],
    ],
    ['directories too deep', [{ path: `${'d/'.repeat(1100)}x`, type: 'file' }]],
  ] as const)('%s is refused', async (_, entries) => {
    const images = makeImages();
    const image = await imageOf(images, [{ tar: tarOf(...entries) }]);
    await expect(images.rootfs(image)).rejects.toMatchObject({
      code: 'LAYER_CORRUPT',
      message: expect.stringContaining(image.manifest.layers[0]!.digest),
    });
  });

  test.each([
    ['/etc/evil', 'etc/evil'],
    ['//etc//evil', 'etc/evil'],
    ['./etc/./evil', 'etc/evil'],
  ])('%s stays inside', async (path, inside) => {
    const images = makeImages();
    const image = await imageOf(images, [{ tar: tarOf({ path, type: 'file' }) }]);
    expect(fileAt(await images.rootfs(image), inside).content.size).toBe(4);
  });

  test.each(['/', '/etc', '../../..', '/../..'])(
    'a link to %s is followed inside the tree, in one layer and across two',
    async (target) => {
      for (const split of [false, true]) {
        const images = makeImages();
        const link = { path: 'out', type: 'symlink', target } as const;
        const evil = { path: 'out/evil', type: 'file' } as const;
        const image = await imageOf(
          images,
          split ? [{ tar: tarOf(link) }, { tar: tarOf(evil) }] : [{ tar: tarOf(link, evil) }],
        );
        const tree = await images.rootfs(image);
        const place = target === '/etc' ? '/etc/evil' : '/evil';
        expect(lookup(tree, place)?.kind).toBe('file');
        expect(lookup(tree, '/out')).toBeDefined();
        expect([...walkTree(tree)].every(({ path }) => !path.includes('..'))).toBe(true);
      }
    },
  );

  test('a name that is not a name', async () => {
    const images = makeImages();
    const writer = tarOf({ path: 'x'.repeat(70_000), type: 'file' });
    const image = await imageOf(images, [{ tar: writer }]);
    await expect(images.rootfs(image)).rejects.toMatchObject({
      code: 'LAYER_CORRUPT',
      message: expect.stringContaining('tarNameBytesMax'),
    });
  });
});

describe('bombs', () => {
  const zeros = new Uint8Array(4_000_000);
  /** 4 MB of zeros as one zstd run block after another: RFC 8878, 3.1.1.2. */
  function zstdBomb(blocks: number): Uint8Array {
    const out = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50];
    for (let i = 0; i < blocks; i++) {
      const header = (131_072 << 3) | (1 << 1) | (i === blocks - 1 ? 1 : 0);
      out.push(header & 255, (header >> 8) & 255, (header >> 16) & 255, 0);
    }
    return Uint8Array.from(out);
  }

  test.each([
    ['gzip', () => new Uint8Array(gzipSync(zeros)), mediaType.layerGzip],
    ['zstd', () => zstdBomb(31), mediaType.layerZstd],
  ])('%s: a named limit ends it', async (_, make, type) => {
    const packed = make();
    expect(packed.length).toBeLessThan(5000);
    const images = makeImages({ layerUnpackedBytesMax: 1_000_000 });
    const image = await imageOf(images, [{ tar: zeros, packed, type }]);
    await expect(images.rootfs(image)).rejects.toMatchObject({
      code: 'LAYER_CORRUPT',
      message: expect.stringMatching(/more than 1000000 bytes \(decompressedBytesMax\)/),
    });
  });

  test('a bomb in many members', async () => {
    const member = gzipSync(new Uint8Array(100_000));
    const packed = new Uint8Array(Buffer.concat(Array(50).fill(member)));
    await expect(decompress(packed, 'gzip', 1_000_000)).rejects.toThrow(/decompressedBytesMax/);
  });

  test('a zstd frame that wants two gigabytes', async () => {
    // Window descriptor 0xa8: 2^31 bytes.
    const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00);
    await expect(decompress(frame, 'zstd')).rejects.toThrow(/zstdWindowBytesMax/);
    // A single segment of 2^40 bytes.
    const single = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0);
    await expect(decompress(single, 'zstd')).rejects.toThrow(/zstdWindowBytesMax/);
  });

  test('a file that says it has 2^60 bytes', () => {
    const tar = tarOf({ path: 'x', type: 'file' });
    const block = tar.slice();
    block.set([0x80, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0], 124);
    let sum = 256;
    for (let i = 0; i < 512; i++) if (i < 148 || i >= 156) sum += block[i]!;
    block.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
    expect(() => [...readTar(block)]).toThrow(TarError);
  });

  test('a config of deep JSON', () => {
    const deep = new TextEncoder().encode(`{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`);
    for (const parse of [parseConfig, parseManifest, parseIndex]) {
      expect(() => parse(deep, 'it')).toThrow(expect.objectContaining({ code: 'IMAGE_INVALID' }));
    }
  });
});

describe('documents that lie', () => {
  test('indexes that hold each other, as a source without digests could give them', async () => {
    const entry: Descriptor = {
      mediaType: mediaType.index,
      digest: `sha256:${'1'.repeat(64)}`,
      size: 1,
    };
    const other: Descriptor = { ...entry, digest: `sha256:${'2'.repeat(64)}` };
    const source: BlobSource = {
      read: ({ digest }) =>
        Promise.resolve(
          encodeDocument({
            schemaVersion: 2,
            mediaType: mediaType.index,
            manifests: digest === entry.digest ? [other, other] : [entry, entry],
          }),
        ),
    };
    await expect(listVariants(source, entry)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining('indexDepthMax'),
    });
    // A copy visits each digest once, so it ends.
    let count = 0;
    for await (const _ of walkGraph(source, entry)) count++;
    expect(count).toBe(2);
  });

  test('indexes of indexes of indexes', async () => {
    const images = makeImages();
    // Each level has 100 entries that are the level below: 100^4 paths, five blobs.
    let { descriptor } = await platformImage(images, 'linux/amd64');
    for (let depth = 0; depth < 4; depth++) {
      const bytes = encodeDocument({
        schemaVersion: 2,
        mediaType: mediaType.index,
        manifests: Array<Descriptor>(100).fill(descriptor),
      });
      descriptor = {
        mediaType: mediaType.index,
        digest: await images.store.put(bytes),
        size: bytes.length,
      };
    }
    await expect(listVariants(storeSource(images.store), descriptor)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining('indexEntriesMax'),
    });
  });

  test('a platform that is another', async () => {
    const images = makeImages();
    const { descriptor } = await platformImage(images, 'linux/amd64');
    const bytes = encodeDocument({
      schemaVersion: 2,
      mediaType: mediaType.index,
      manifests: [{ ...descriptor, platform: { os: 'linux', architecture: 's390x' } }],
    });
    const index = {
      mediaType: mediaType.index,
      digest: await images.store.put(bytes),
      size: bytes.length,
    };
    await expect(images.publish('registry.test/x', index)).rejects.toBeInstanceOf(EngineError);
    await expect(validate(storeSource(images.store), nodeHasher, index)).rejects.toMatchObject({
      message: expect.stringMatching(/the index says linux\/s390x, its configuration linux\/amd64/),
    });
  });

  test.each([
    ['a digest', { digest: `sha256:${'0'.repeat(64)}` as Digest }, 'IMAGE_NOT_FOUND'],
    ['a size too small', { size: 3 }, 'DIGEST_MISMATCH'],
    ['a size too large', { size: 4_000_000_000 }, 'DIGEST_MISMATCH'],
    ['a size beyond the limit', { size: 5_000_000_000 }, 'LAYER_CORRUPT'],
    ['a compression that is another', { mediaType: mediaType.layerZstd }, 'LAYER_CORRUPT'],
    ['no compression', { mediaType: mediaType.layer }, 'LAYER_CORRUPT'],
  ])('%s of a layer', async (_, change, code) => {
    const images = makeImages();
    const { manifest } = await images.build({ rootfs: richTree() });
    const bytes = encodeDocument({ ...manifest, layers: [{ ...manifest.layers[0]!, ...change }] });
    const image = await images.read({
      mediaType: mediaType.manifest,
      digest: await images.store.put(bytes),
      size: bytes.length,
    });
    await expect(images.rootfs(image)).rejects.toMatchObject({ code });
  });
});

/** A small generator (Lehmer), so that a failure repeats from its seed. */
function random(seed: number): (below: number) => number {
  let state = seed * 2 + 1;
  return (below) => {
    state = Number((BigInt(state) * 48_271n) % 2_147_483_647n);
    return state % below;
  };
}

const changes: readonly ((bytes: Uint8Array, next: (below: number) => number) => Uint8Array)[] = [
  (bytes, next) => bytes.subarray(0, next(bytes.length)),
  (bytes, next) => {
    const out = bytes.slice();
    for (let i = 0; i <= next(8); i++) out[next(out.length)] = next(256);
    return out;
  },
  (bytes, next) => {
    const out = bytes.slice();
    out.copyWithin(next(out.length), next(out.length), next(out.length));
    return out;
  },
  (bytes, next) => {
    const out = bytes.slice();
    const at = next(out.length);
    out.fill([0, 255, 0x37, 0x2f][next(4)] ?? 0, at, at + next(64));
    return out;
  },
];

describe('seeded damage', () => {
  const seeds = Array.from({ length: 300 }, (_, i) => i + 1);

  test('of tar archives: an image, or an error of ours', async () => {
    const images = makeImages();
    const { manifest } = await images.build({ rootfs: richTree() });
    const tar = await decompress((await images.store.get(manifest.layers[0]!.digest))!);
    let read = 0;
    for (const seed of seeds) {
      const next = random(seed);
      const damaged = changes[next(changes.length)]!(tar, next);
      const fresh = makeImages();
      const image = await imageOf(fresh, [{ tar: damaged }]);
      try {
        const tree = await fresh.rootfs(image);
        for (const { path, node } of walkTree(tree)) {
          expect(path.split('/'), `seed=${seed}`).not.toContain('..');
          if (node.kind === 'file') await node.content.load();
        }
        read++;
      } catch (error) {
        expect(error, `seed=${seed}`).toMatchObject({ code: 'LAYER_CORRUPT' });
      }
    }
    // Both happen, or the damage is not worth its name.
    expect(read).toBeGreaterThan(10);
    expect(read).toBeLessThan(290);
  });

  test('of documents: a document, or IMAGE_INVALID', async () => {
    const images = makeImages();
    const { manifest, config } = await platformImage(images, 'linux/arm/v7');
    const index = {
      schemaVersion: 2,
      mediaType: mediaType.index,
      manifests: [manifest.config],
    } as const;
    for (const [document, parse] of [
      [manifest, parseManifest],
      [config, parseConfig],
      [index, parseIndex],
    ] as const) {
      const bytes = encodeDocument(document);
      for (const seed of seeds) {
        const next = random(seed);
        try {
          parse(changes[next(changes.length)]!(bytes, next), 'it');
        } catch (error) {
          expect(error, `seed=${seed}`).toMatchObject({ code: 'IMAGE_INVALID' });
        }
      }
    }
  });

  test.each(['gzip', 'zstd'] as const)(
    'of %s data: the bytes, or an error of ours',
    async (compression) => {
      const tar = tarOf({ path: 'a', type: 'file' }, { path: 'b', type: 'directory' });
      const { execFileSync } = await import('node:child_process');
      const packed =
        compression === 'gzip'
          ? new Uint8Array(gzipSync(tar))
          : new Uint8Array(execFileSync('zstd', ['-q', '-c'], { input: tar }));
      for (const seed of seeds) {
        const next = random(seed);
        const damaged = changes[next(changes.length)]!(packed, next);
        await decompress(damaged, compression, 10_000_000).catch((error: unknown) => {
          expect(error, `seed=${seed}`).toBeInstanceOf(CompressionError);
        });
      }
    },
  );

  test('of whole archives: images, or an error with a code', async () => {
    const images = makeImages();
    const image = await platformImage(images, 'linux/amd64');
    const archive = await images.exportArchive(image.descriptor, 'demo:1');
    for (const seed of seeds.slice(0, 100)) {
      const next = random(seed);
      const damaged = changes[next(changes.length)]!(archive, next);
      await makeImages()
        .importArchive(damaged)
        .catch((error: unknown) => {
          expect(error, `seed=${seed}`).toBeInstanceOf(EngineError);
        });
    }
  });
});
