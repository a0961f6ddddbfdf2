import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/error.ts';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { storeSource } from '../../src/image/blobs.ts';
import type { Images } from '../../src/image/images.ts';
import { parsePlatform } from '../../src/image/platform.ts';
import type { Recipe } from '../../src/image/recipe.ts';
import { RegistryClient } from '../../src/image/registry/client.ts';
import { createRegistry, type Handler, routeFetch } from '../../src/image/registry/server.ts';
import type { RegistryPolicy } from '../../src/image/resolve.ts';
import type { Descriptor } from '../../src/image/types.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { makeImages, platformImage } from './samples.ts';

const linux = parsePlatform('linux/amd64');
const far = 'far.test';

/** Two images of one name, one at a distant registry, one of a recipe. */
async function world(
  policy: RegistryPolicy | undefined,
  broken: { recipe?: boolean; registry?: boolean } = {},
): Promise<{ images: Images; atRegistry: Descriptor; ofRecipe: Descriptor; asked: string[] }> {
  const handler: Handler = createRegistry({
    store: new MemoryStore(nodeHasher),
    hasher: nodeHasher,
  });
  const asked: string[] = [];
  const client = new RegistryClient({
    hasher: nodeHasher,
    sleep: () => Promise.resolve(),
    fetch: routeFetch({ [far]: handler }, () => Promise.reject(new Error('ENOTFOUND'))),
  });
  const publisher = makeImages({ registry: client });
  const one = await platformImage(publisher, 'linux/amd64');
  await publisher.publish(`${far}/tool:1`, one.descriptor);
  const kitchen = makeImages();
  const { descriptor } = await kitchen.build({
    rootfs: await publisher.rootfs(one),
    createdBy: 'recipe',
  });
  const recipe: Recipe = {
    name: 'tool',
    references: [`${far}/tool:1`],
    digest: descriptor.digest,
    open: () => ({
      descriptor,
      source: {
        read: (wanted) =>
          broken.recipe
            ? Promise.reject(new EngineError('RECIPE_FAILED', 'no apt'))
            : storeSource(kitchen.store).read(wanted),
      },
    }),
  };
  const registry = new RegistryClient({
    hasher: nodeHasher,
    sleep: () => Promise.resolve(),
    fetch: (request) => {
      asked.push(new URL(request.url).pathname);
      return broken.registry ? Promise.reject(new Error('ENOTFOUND')) : handler(request);
    },
  });
  const images = makeImages({
    registry,
    recipes: [recipe],
    packages: { fetch: () => Promise.reject(new Error('not used')) },
    ...(policy ? { registries: policy } : {}),
  });
  return { images, atRegistry: one.descriptor, ofRecipe: descriptor, asked };
}

describe('the order of places', () => {
  const name = `${far}/tool:1`;

  test('by default the pinned recipe, and no network', async () => {
    const { images, ofRecipe, asked } = await world(undefined);
    const found = await images.resolve(name);
    expect([found.origin, found.descriptor]).toEqual(['recipe', ofRecipe]);
    await images.select(found, linux);
    expect((await images.resolve(name)).origin).toBe('recipe');
    expect((await images.make(name)).descriptor).toEqual(ofRecipe);
    expect((await images.resolve(name)).origin).toBe('store');
    expect(asked).toEqual([]);
  });

  test('registries first', async () => {
    const { images, atRegistry } = await world('first');
    const found = await images.resolve(name);
    expect([found.origin, found.descriptor]).toEqual(['registry', atRegistry]);
    await images.select(found, linux);
    expect((await images.resolve(name)).origin).toBe('store');
  });

  test('registries first, but down: the recipe, asked once', async () => {
    const { images, ofRecipe, asked } = await world('first', { registry: true });
    expect((await images.resolve(name)).descriptor).toEqual(ofRecipe);
    expect((await images.resolve(name)).descriptor).toEqual(ofRecipe);
    expect(asked).toHaveLength(1);
  });

  test('a recipe that fails: the registry', async () => {
    const { images, atRegistry } = await world(undefined, { recipe: true });
    const image = await images.select(await images.resolve(name), linux);
    expect(image.descriptor.digest).toBe(atRegistry.digest);
  });

  test('both fail: the recipe says why', async () => {
    for (const policy of ['pinned', 'off'] as const) {
      const { images } = await world(policy, { recipe: true, registry: true });
      const found = await images.resolve(name);
      await expect(images.select(found, linux)).rejects.toMatchObject({ code: 'RECIPE_FAILED' });
    }
  });

  test('off: other names are not asked for', async () => {
    const { images, asked } = await world('off');
    await expect(images.resolve(`${far}/other`)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      remedy: expect.stringContaining('available: far.test/tool:1'),
    });
    expect(asked).toEqual([]);
  });

  test('the local store comes before everything', async () => {
    const { images } = await world('first');
    const own = await platformImage(images, 'linux/arm64');
    await images.importArchive(await images.exportArchive(own.descriptor, name));
    const found = await images.resolve(name);
    expect([found.origin, found.descriptor]).toEqual(['store', own.descriptor]);
  });

  test('a bad reference', async () => {
    const { images } = await world(undefined);
    await expect(images.resolve('a//b')).rejects.toMatchObject({ code: 'REFERENCE_INVALID' });
  });
});

describe('overrides', () => {
  test('an archive, and another reference', async () => {
    const maker = makeImages();
    const image = await platformImage(maker, 'linux/amd64');
    const archive = await maker.exportArchive(image.descriptor, 'whatever:7');
    const images = makeImages({
      overrides: { 'golang:1.22': { archive }, alpine: { reference: 'golang:1.22' } },
    });
    const found = await images.resolve('docker.io/library/golang:1.22');
    expect(found).toMatchObject({ origin: 'override', descriptor: image.descriptor });
    await images.select(found, linux);
    expect((await images.resolve('golang:1.22')).origin).toBe('override');
    await expect(images.resolve('golang:1.23')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    expect((await images.resolve('alpine')).descriptor).toEqual(image.descriptor);
  });

  test('an override that leads to itself', async () => {
    const images = makeImages({
      overrides: { a: { reference: 'b' }, b: { reference: 'a' } },
    });
    await expect(images.resolve('a')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });
});
