import { describe, expect, test } from 'vitest';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { formatLock, parseLock } from '../../src/image/lock.ts';
import { RegistryClient } from '../../src/image/registry/client.ts';
import { createRegistry } from '../../src/image/registry/server.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { makeImages, platformImage } from './samples.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}` as const;

describe('lock files', () => {
  test('are sorted, and come back', () => {
    const text = formatLock(
      new Map([
        ['r.test/b:1', digest('2')],
        ['r.test/a:1', digest('1')],
      ]),
    );
    expect(text.indexOf('r.test/a:1')).toBeLessThan(text.indexOf('r.test/b:1'));
    expect(formatLock(parseLock(text))).toBe(text);
    const familiar = JSON.stringify({ version: 1, images: { alpine: digest('3') } });
    expect([...parseLock(familiar)]).toEqual([['docker.io/library/alpine:latest', digest('3')]]);
  });

  test.each([
    ['{', 'it is no JSON'],
    ['null', 'its version'],
    ['{"version":2,"images":{}}', 'its version is 2'],
    ['{"version":1}', 'no "images"'],
    ['{"version":1,"images":{"a":"latest"}}', 'a is not pinned'],
  ])('damaged: %s', (text, why) => {
    expect(() => parseLock(text)).toThrow(
      expect.objectContaining({ code: 'ARGUMENT_INVALID', message: expect.stringContaining(why) }),
    );
  });

  test('a tag that has moved still means what is locked', async () => {
    const handler = createRegistry({ store: new MemoryStore(nodeHasher), hasher: nodeHasher });
    const registry = () =>
      new RegistryClient({ hasher: nodeHasher, fetch: handler, sleep: () => Promise.resolve() });
    const publisher = makeImages({ registry: registry() });
    const one = await platformImage(publisher, 'linux/amd64');
    await publisher.publish('far.test/app:1', one.descriptor);
    const first = makeImages({ registry: registry() });
    await first.resolve('far.test/app:1');
    const lock = parseLock(formatLock(first.pins));
    expect([...lock]).toEqual([['far.test/app:1', one.descriptor.digest]]);
    const two = await platformImage(publisher, 'linux/arm64');
    await publisher.publish('far.test/app:1', two.descriptor);
    const locked = await makeImages({ registry: registry(), lock }).resolve('far.test/app:1');
    expect(locked.descriptor.digest).toBe(one.descriptor.digest);
    expect(locked.reference.tag).toBe('1');
    const archive = await publisher.exportArchive(two.descriptor, 'far.test/app:1');
    const overridden = makeImages({ lock, overrides: { 'far.test/app:1': { archive } } });
    await expect(overridden.resolve('far.test/app:1')).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      message: expect.stringMatching(/is locked to sha256:.*, but is sha256:/),
    });
  });
});

test('an unknown reference lists what there is, at once', async () => {
  const images = makeImages({ overrides: { 'alpine:3.16': { reference: 'busybox' } } });
  const { descriptor } = await platformImage(images, 'linux/amd64');
  await images.importArchive(await images.exportArchive(descriptor, 'golang:1.19-alpine'));
  await expect(images.resolve('nothing:1')).rejects.toMatchObject({
    code: 'IMAGE_NOT_FOUND',
    remedy: expect.stringContaining(
      'available: docker.io/library/alpine:3.16, docker.io/library/golang:1.19-alpine',
    ),
  });
});
