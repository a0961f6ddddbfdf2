/** The registry in the process: preloaded, guarded, misbehaving, and served to others. */

import { connect, hasher, InProcessRegistry, MemoryStore, serveOnLoopback } from 'stiletto';
import { expect, test } from 'vitest';
import { baseArchive, stubEngine } from './fixture.ts';

test('what was preloaded is pulled, also through tokens', async () => {
  const registry = new InProcessRegistry(hasher, { users: { ada: 'secret' }, tokens: true });
  await registry.preload('library/alpine:3.16', await baseArchive);
  const credentials = () => Promise.resolve({ username: 'ada', password: 'secret' });
  await using engine = await stubEngine(undefined, { registry, images: {}, credentials });
  const alpine = engine.container().from('registry.test/library/alpine:3.16');
  expect(await alpine.label('kind')).toBe('base');
  await using stranger = await stubEngine(undefined, {
    registry,
    images: {},
    credentials: () => Promise.resolve(undefined),
  });
  await expect(
    stranger.container().from('registry.test/library/alpine:3.16').sync(),
  ).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
  await expect(registry.preload('x', new Uint8Array(3))).rejects.toMatchObject({
    code: 'IMAGE_INVALID',
  });
});

test('faults strike by route and count; what is tried again succeeds', async () => {
  const registry = new InProcessRegistry(hasher, {
    faults: [
      { method: 'PUT', path: /\/manifests\//, times: 1, status: 503 },
      { method: 'GET', path: /\/blobs\//, times: 1, truncateAt: 10 },
      { method: 'GET', path: /\/manifests\/gone$/, status: 404 },
    ],
  });
  await using engine = await stubEngine(undefined, { registry });
  const container = engine.container().from('base').withNewFile('/f', 'x');
  const reference = await container.publish('registry.test/app:1');
  await using puller = await connect({
    config: false,
    registry,
    store: new MemoryStore(hasher),
    machine: [],
    platform: 'linux/amd64',
  });
  expect(await puller.container().from(reference).file('/f').contents()).toBe('x');
  await expect(puller.container().from('registry.test/app:gone').sync()).rejects.toMatchObject({
    code: 'IMAGE_NOT_FOUND',
  });
  expect(registry.struck).toEqual([1, 1, 1]);
});

test('served on loopback, other engines reach it', async () => {
  const registry = new InProcessRegistry(hasher);
  await registry.preload('base:1', await baseArchive);
  const served = await serveOnLoopback(registry.handler);
  try {
    await using engine = await stubEngine(undefined, { registries: 'near' });
    const address = `${served.host}/base:1`;
    expect(await engine.container().from(address).label('kind')).toBe('base');
  } finally {
    await served.close();
  }
});
