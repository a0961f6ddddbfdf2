import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { TarWriter } from '../../src/archive/tar_write.ts';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { DirectoryStore } from '../../src/host/node/store.ts';
import { storeSource } from '../../src/image/blobs.ts';
import { encodeDocument } from '../../src/image/documents.ts';
import { mediaType } from '../../src/image/media_types.ts';
import { parsePlatform } from '../../src/image/platform.ts';
import type { Descriptor, Image, ImageConfig, Manifest } from '../../src/image/types.ts';
import { validate } from '../../src/image/validate.ts';
import { readText } from '../../src/rootfs/content.ts';
import { diffTrees } from '../../src/rootfs/diff.ts';
import { fileAt, insertNode, walkTree } from '../../src/rootfs/tree.ts';
import { digestOf } from '../../src/store/hash.ts';
import { requireTool } from '../tools.ts';
import { file, makeImages, metadata, platformImage, richTree } from './samples.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-formats-'));
afterAll(() => rmSync(root, { recursive: true }));
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

type Images = ReturnType<typeof makeImages>;
const indexOf = async (images: Images): Promise<Descriptor> =>
  images.index([
    await platformImage(images, 'linux/amd64'),
    await platformImage(images, 'linux/s390x'),
  ]);

describe('Docker media types', () => {
  test('there and back gives the same digests', async () => {
    const images = makeImages();
    const oci = await indexOf(images);
    const docker = await images.convert(oci, 'docker');
    expect(docker.mediaType).toBe(mediaType.dockerIndex);
    const texts = JSON.stringify(
      JSON.parse(new TextDecoder().decode((await images.store.get(docker.digest))!)),
    );
    expect(texts).not.toContain('vnd.oci');
    await validate(storeSource(images.store), nodeHasher, docker);
    expect(await images.convert(docker, 'docker')).toBe(docker);
    expect(await images.convert(docker, 'oci')).toEqual(oci);
    expect(await images.convert(oci, 'oci')).toBe(oci);
  });

  test('what Docker has no name for is refused by name', async () => {
    const images = makeImages();
    const { manifest } = await platformImage(images, 'linux/amd64');
    const layers = manifest.layers.map((layer) => ({ ...layer, mediaType: mediaType.layerZstd }));
    const bytes = encodeDocument({ ...manifest, layers });
    const zstd = {
      mediaType: mediaType.manifest,
      digest: await images.store.put(bytes),
      size: bytes.length,
    };
    await expect(images.convert(zstd, 'docker')).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining(mediaType.layerZstd),
    });
  });
});

describe('archives and directories', () => {
  test('a Docker archive comes back with its configuration and tree', async () => {
    const images = makeImages();
    const image = await images.build({ rootfs: richTree(), config: { Cmd: ['sh'] } });
    const archive = await images.exportDocker(image.descriptor, 'demo:1', 'demo:2');
    expect(await images.exportDocker(image.descriptor, 'demo:1', 'demo:2')).toEqual(archive);
    const other = makeImages();
    const loaded = await other.importArchive(archive);
    expect(loaded.map(({ reference }) => reference.tag)).toEqual(['1', '2']);
    const back = await other.select(loaded[0]!, parsePlatform('linux/amd64'));
    expect(back.manifest.config.digest).toBe(image.manifest.config.digest);
    const tree = await other.rootfs(back);
    for (const { node } of walkTree(tree)) if (node.kind === 'file') await node.content.load();
    expect(diffTrees(richTree(), tree)).toEqual([]);
    const index = await indexOf(images);
    await expect(images.exportDocker(index, 'x')).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
  });

  test.runIf(requireTool('skopeo'))('skopeo reads our Docker archive and our layout', async () => {
    const images = makeImages();
    const image = await platformImage(images, 'linux/arm64');
    const path = join(root, 'docker.tar');
    writeFileSync(path, await images.exportDocker(image.descriptor, 'demo:1'));
    const config = JSON.parse(run('skopeo', 'inspect', '--config', `docker-archive:${path}`));
    expect(config).toEqual(JSON.parse(JSON.stringify(image.config)));
    const directory = join(root, 'layout');
    const index = await indexOf(images);
    await images.exportTo(new DirectoryStore(directory, nodeHasher), index, 'demo:3');
    const raw = run('skopeo', 'inspect', '--raw', `oci:${directory}:docker.io/library/demo:3`);
    expect(new TextEncoder().encode(raw)).toEqual(await images.store.get(index.digest));
    expect(JSON.parse(readFileSync(join(directory, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
  });
});

/** A base image as Microsoft makes them: `Files/`, `Hives/`, `UtilityVM/`. */
async function windowsBase(images: Images): Promise<Image> {
  const writer = new TarWriter();
  const directory = (path: string): void =>
    writer.add({ ...metadata, path, type: 'directory', mode: 0o755 });
  const text = (path: string, contents: string): void =>
    writer.add({ ...metadata, path, type: 'file' }, new TextEncoder().encode(contents));
  for (const path of ['Files', 'Files/Windows', 'Files/Windows/System32']) directory(path);
  text('Files/License.txt', 'license');
  text('Files/Windows/System32/cmd.exe', 'MZ');
  writer.add({
    ...metadata,
    path: 'Files/Windows/cmd.exe',
    type: 'hardlink',
    target: 'Files/Windows/System32/cmd.exe',
  });
  directory('Hives');
  text('Hives/System_Base', 'regf');
  directory('UtilityVM');
  directory('UtilityVM/Files');
  text('UtilityVM/Files/bootmgr', 'boot');
  const tar = writer.finish();
  const packed = new Uint8Array(gzipSync(tar));
  const layer: Descriptor = {
    mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    digest: await images.store.put(packed),
    size: packed.length,
    urls: ['https://elsewhere.test/layer'],
  };
  const config: ImageConfig = {
    architecture: 'amd64',
    os: 'windows',
    'os.version': '10.0.20348.2762',
    'os.features': ['win32k'],
    config: { Cmd: ['c:\\windows\\system32\\cmd.exe'], User: 'ContainerUser' },
    rootfs: { type: 'layers', diff_ids: [await digestOf(nodeHasher, tar)] },
  };
  const configBytes = encodeDocument(config);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaType.dockerManifest,
    config: {
      mediaType: mediaType.dockerConfig,
      digest: await images.store.put(configBytes),
      size: configBytes.length,
    },
    layers: [layer],
  };
  const bytes = encodeDocument(manifest);
  return images.read({
    mediaType: mediaType.dockerManifest,
    digest: await images.store.put(bytes),
    size: bytes.length,
  });
}

describe('Windows images', () => {
  test('show what is below Files, and take changes there', async () => {
    const images = makeImages();
    const base = await windowsBase(images);
    const tree = await images.rootfs(base);
    expect([...tree.entries.keys()].sort()).toEqual(['License.txt', 'Windows']);
    expect(await readText(fileAt(tree, '/Windows/cmd.exe'))).toBe('MZ');
    const changed = insertNode(tree, '/app/hello.txt', file('hello'));
    const built = await images.build({ base, rootfs: changed });
    expect(built.platform).toEqual({
      os: 'windows',
      architecture: 'amd64',
      osVersion: '10.0.20348.2762',
    });
    expect(built.config['os.features']).toEqual(['win32k']);
    const again = await makeImages({ store: images.store }).rootfs(built);
    expect([...again.entries.keys()].sort()).toEqual(['License.txt', 'Windows', 'app']);
    expect(await readText(fileAt(again, '/app/hello.txt'))).toBe('hello');
    expect(built.manifest.layers[0]).toMatchObject({
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      urls: ['https://elsewhere.test/layer'],
    });
  });

  test('are variants of an index, with their version', async () => {
    const images = makeImages();
    const base = await windowsBase(images);
    const index = await images.index([await platformImage(images, 'linux/amd64'), base]);
    await validate(storeSource(images.store), nodeHasher, index);
    const document = JSON.parse(new TextDecoder().decode((await images.store.get(index.digest))!));
    expect(document.manifests[1].platform).toEqual({
      architecture: 'amd64',
      os: 'windows',
      'os.version': '10.0.20348.2762',
      'os.features': ['win32k'],
    });
  });
});
