/** Publishing, archives and what comes back out of them. */

import { connect, hasher, type ImageOpts, InProcessRegistry, MemoryStore } from 'stiletto';
import { describe, expect, test } from 'vitest';
import { platforms, stubEngine } from './fixture.ts';

test('variants become one index, and each platform comes back out of it', async () => {
  const registry = new InProcessRegistry(hasher);
  await using engine = await stubEngine(undefined, { registry });
  const platformVariants = platforms.map((platform) => {
    const base = engine.container({ platform }).from('base');
    return base.withRootfs(base.rootfs().withNewFile('/built', `for ${platform}`));
  });
  const reference = await engine.container().publish('registry.test/app:1', { platformVariants });
  expect(reference).toMatch(/^registry\.test\/app:1@sha256:[0-9a-f]{64}$/);

  await using puller = await connect({ registry, store: new MemoryStore(hasher), machine: [] });
  for (const platform of platforms) {
    const pulled = puller.container({ platform }).from(reference);
    expect(await pulled.platform()).toBe(platform);
    expect(await pulled.file('/built').contents()).toBe(`for ${platform}`);
    expect(await pulled.file('/etc/platform').contents()).toBe(platform);
    expect(await pulled.entrypoint()).toEqual(['/entry']);
  }
});

test('the digest is a function of the content', async () => {
  const publish = async () => {
    await using engine = await stubEngine();
    const container = engine.container().from('base').withNewFile('/f', 'x');
    return await container.publish('registry.test/same');
  };
  expect(await publish()).toBe(await publish());
});

test('what is published in the process is gone with it', async () => {
  const store = new MemoryStore(hasher);
  {
    await using engine = await stubEngine(undefined, { store });
    await engine.container().from('base').publish('registry.test/app');
    expect(await engine.container().from('registry.test/app').label('kind')).toBe('base');
  }
  await using later = await stubEngine(undefined, { store });
  await expect(later.container().from('registry.test/app').sync()).rejects.toMatchObject({
    code: 'IMAGE_NOT_FOUND',
  });
});

describe('which containers go in', () => {
  test('the container itself counts if it has a root', async () => {
    await using engine = await stubEngine();
    const one = engine.container({ platform: 'linux/arm64' }).from('base');
    const two = engine.container({ platform: 'linux/s390x' }).from('base');
    const archive = one.asTarball({ platformVariants: [two] });
    const back = (platform: string) => engine.container({ platform }).import_(archive);
    expect(await back('linux/arm64').file('/etc/platform').contents()).toBe('linux/arm64');
    expect(await back('linux/s390x').file('/etc/platform').contents()).toBe('linux/s390x');
    await expect(back('linux/amd64').sync()).rejects.toMatchObject({
      code: 'PLATFORM_NOT_IN_IMAGE',
    });
  });

  test('two of one platform, however it is written, are refused', async () => {
    await using engine = await stubEngine();
    const one = engine.container({ platform: 'linux/arm64' }).from('base');
    const two = engine.container({ platform: 'linux/arm64/v8' }).from('base');
    const publish = one.publish('registry.test/x', { platformVariants: [two] });
    await expect(publish).rejects.toMatchObject({
      code: 'VARIANTS_DUPLICATE',
      message: expect.stringContaining('duplicate platform "linux/arm64"'),
    });
  });

  test('nothing at all is refused', async () => {
    await using engine = await stubEngine();
    await expect(engine.container().publish('registry.test/x')).rejects.toThrow(
      'no containers to export',
    );
  });

  test('mounts stay home', async () => {
    await using engine = await stubEngine();
    const source = engine.directory().withNewFile('secret', 'x');
    const container = engine.container().from('base').withMountedDirectory('/mnt', source);
    const back = engine.container().import_(container.asTarball());
    expect(await back.rootfs().entries()).toEqual(['etc/', 'link']);
  });
});

test('configuration and layers of the base survive', async () => {
  await using engine = await stubEngine();
  const container = engine
    .container()
    .from('base')
    .withUser('user')
    .withExposedPort(80)
    .withAnnotation('org.example', 'yes')
    .withWorkdir('/srv');
  const back = engine.container().import_(container.asTarball());
  expect(await back.user()).toBe('user');
  expect(await back.workdir()).toBe('/srv');
  expect(await back.label('kind')).toBe('base');
  const layers = async (from: typeof container) =>
    from.session.run(async (graph) => {
      const { rootfs } = await graph.evaluate('Container', from.operation);
      return rootfs.base?.manifest.layers.map(({ digest }) => digest);
    });
  expect(await layers(back)).toEqual(await layers(engine.container().from('base')));
});

test('a reference to one image gives that one, unless a platform was asked for', async () => {
  await using engine = await stubEngine();
  const other = engine.container({ platform: 'linux/s390x' }).from('base');
  const address = await other.publish('registry.test/single:1');
  expect(await engine.container().from(address).platform()).toBe('linux/s390x');
  await expect(
    engine.container({ platform: 'linux/amd64' }).from(address).sync(),
  ).rejects.toMatchObject({ code: 'PLATFORM_NOT_IN_IMAGE' });
});

describe('how an image is written', () => {
  const oci = 'application/vnd.oci.image';
  const docker = 'application/vnd.docker';
  const types = async (opts: ImageOpts) => {
    await using engine = await stubEngine();
    const two = engine.container({ platform: 'linux/s390x' }).from('base').withNewFile('/f', 'x');
    const container = engine.container().from('base').withNewFile('/f', 'x');
    const platformVariants = [two];
    const address = await container.publish('registry.test/form:1', { ...opts, platformVariants });
    const found = await engine.images.resolve(address);
    const image = await engine.images.select(found, { os: 'linux', architecture: 's390x' });
    expect(
      await engine.container({ platform: 'linux/s390x' }).from(address).file('/f').contents(),
    ).toBe('x');
    const { config, layers } = image.manifest;
    return [found.descriptor, image.descriptor, config, ...layers].map((one) => one.mediaType);
  };

  test.each<readonly [ImageOpts, readonly string[]]>([
    [
      {},
      [
        `${oci}.index.v1+json`,
        `${oci}.manifest.v1+json`,
        `${oci}.config.v1+json`,
        `${oci}.layer.v1.tar+gzip`,
        `${oci}.layer.v1.tar+gzip`,
      ],
    ],
    [
      { forcedCompression: 'UNCOMPRESSED' },
      [
        `${oci}.index.v1+json`,
        `${oci}.manifest.v1+json`,
        `${oci}.config.v1+json`,
        `${oci}.layer.v1.tar`,
        `${oci}.layer.v1.tar`,
      ],
    ],
    [
      { mediaTypes: 'DOCKER' },
      [
        `${docker}.distribution.manifest.list.v2+json`,
        `${docker}.distribution.manifest.v2+json`,
        `${docker}.container.image.v1+json`,
        `${docker}.image.rootfs.diff.tar.gzip`,
        `${docker}.image.rootfs.diff.tar.gzip`,
      ],
    ],
    [
      { mediaTypes: 'DOCKER', forcedCompression: 'UNCOMPRESSED' },
      [
        `${docker}.distribution.manifest.list.v2+json`,
        `${docker}.distribution.manifest.v2+json`,
        `${docker}.container.image.v1+json`,
        `${docker}.image.rootfs.diff.tar`,
        `${docker}.image.rootfs.diff.tar`,
      ],
    ],
  ])('%j', async (opts, expected) => {
    expect(await types(opts)).toEqual(expected);
  });

  test('what cannot be written is refused', async () => {
    await using engine = await stubEngine();
    const container = engine.container().from('base');
    for (const opts of [{ forcedCompression: 'ZSTD' }, { mediaTypes: 'OTHER' }]) {
      const publish = container.publish('registry.test/x', opts as ImageOpts);
      await expect(publish).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    }
  });

  test('archives too, and back to gzip', async () => {
    await using engine = await stubEngine();
    const plain = engine.container().from('base').asTarball({ forcedCompression: 'UNCOMPRESSED' });
    const gzip = engine.container().from('base').asTarball({ forcedCompression: 'GZIP' });
    expect(await plain.size()).toBeGreaterThan(await gzip.size());
    for (const archive of [plain, gzip]) {
      const back = engine.container().import_(archive);
      expect(await back.file('/etc/platform').contents()).toBe('linux/amd64');
    }
  });
});
