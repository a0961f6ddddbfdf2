/** Bad input of issue 2: a stable code, a text that says what to do, nothing lost. */

import { connect, hasher, InProcessRegistry } from 'stiletto';
import { expect, test } from 'vitest';
import { stubEngine } from './fixture.ts';

test('an unknown platform', async () => {
  await using engine = await stubEngine();
  await expect(engine.container({ platform: 'windows98' }).platform()).rejects.toMatchObject({
    code: 'PLATFORM_UNKNOWN',
    message: expect.stringMatching(/"windows98": unknown operating system[\s\S]*linux\/arm64/),
  });
  // Two parts are taken as they are, until an image is asked for it.
  const odd = engine.container({ platform: 'linux/windows98' });
  expect(await odd.platform()).toBe('linux/windows98');
  await expect(odd.from('base').sync()).rejects.toMatchObject({ code: 'PLATFORM_NOT_IN_IMAGE' });
});

test('an unknown model of the processor', async () => {
  const options = { cpu: 'x86-64-v9' as 'x86-64-v3' };
  await expect(connect(options)).rejects.toMatchObject({
    code: 'ARGUMENT_INVALID',
    message: expect.stringMatching(/x86-64-v9[\s\S]*x86-64-v2/),
  });
});

test('an image without the platform lists those it has', async () => {
  await using engine = await stubEngine();
  const container = engine.container({ platform: 'linux/riscv64' }).from('base');
  await expect(container.platform()).rejects.toMatchObject({
    code: 'PLATFORM_NOT_IN_IMAGE',
    message: expect.stringMatching(/linux\/riscv64[\s\S]*linux\/amd64.*linux\/arm64.*linux\/s390x/),
  });
});

test('a Windows image can be looked at, and its programs fail cleanly', async () => {
  await using engine = await stubEngine(undefined, { machine: [] });
  const platform = 'windows(10.0.17763)/amd64';
  const root = engine.directory().withNewFile('/Windows/win.ini', 'x');
  const image = engine.container({ platform }).withRootfs(root);
  const back = engine.container({ platform: 'windows/amd64' }).import_(image.asTarball());
  expect(await back.rootfs().entries()).toEqual(['Windows/']);
  await expect(back.withExec(['cmd']).sync()).rejects.toMatchObject({
    code: 'PLATFORM_NOT_EXECUTABLE',
    exitCode: 126,
  });
});

test.each(['', 'a/UPPER', 'a b', 'x:', 'x@sha256:12', ':tag', 'a/../b'])(
  'the reference %j does not parse',
  async (reference) => {
    await using engine = await stubEngine();
    await expect(engine.container().from(reference).sync()).rejects.toMatchObject({
      code: 'REFERENCE_INVALID',
    });
    const filled = engine.container().from('base');
    await expect(filled.publish(reference)).rejects.toMatchObject({ code: 'REFERENCE_INVALID' });
  },
);

test('an image that is nowhere', async () => {
  await using engine = await stubEngine();
  await expect(engine.container().from('registry.test/none').sync()).rejects.toMatchObject({
    code: 'IMAGE_NOT_FOUND',
    message: expect.stringContaining('registry.test/none'),
  });
});

test('a registry that is down: publishing fails, nothing is lost', async () => {
  await using engine = await stubEngine(undefined, { registries: 'pinned' });
  const container = engine.container().from('base').withNewFile('/kept', 'yes');
  // Port 9 (discard) of loopback: nobody listens there.
  await expect(container.publish('127.0.0.1:9/app')).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('127.0.0.1:9'),
  });
  expect(await container.file('/kept').contents()).toBe('yes');
  expect(await container.publish('registry.test/app')).toContain('@sha256:');
  await expect(engine.container().from('127.0.0.1:9/app').sync()).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
  });
});

test.each(['truncated', 'corrupted'])('a %s layer is named by its digest', async (damage) => {
  const registry = new InProcessRegistry(hasher);
  await using engine = await stubEngine(undefined, { registry });
  const container = engine.container().from('base').withNewFile('/big', 'x'.repeat(10_000));
  const reference = await container.publish('registry.test/app');
  const state = await container.session.run((graph) => graph.services.images.resolve(reference));
  const image = await container.session.run((graph) =>
    graph.services.images.select(state, { os: 'linux', architecture: 'amd64' }),
  );
  const { digest } = image.manifest.layers.at(-1)!;
  const damaged = new InProcessRegistry(hasher, {
    list: () => registry.store.list(),
    listNames: (prefix) => registry.store.listNames(prefix),
    getName: (name) => registry.store.getName(name),
    setName: (name, value) => registry.store.setName(name, value),
    deleteName: (name) => registry.store.deleteName(name),
    put: (bytes, expected) => registry.store.put(bytes, expected),
    delete: (blob) => registry.store.delete(blob),
    has: (blob) => registry.store.has(blob),
    async get(blob) {
      const bytes = await registry.store.get(blob);
      if (!bytes || blob !== digest) return bytes;
      return damage === 'truncated' ? bytes.slice(0, -5) : bytes.map((byte, i) => byte ^ (i & 1));
    },
  });
  await using other = await stubEngine(undefined, { registry: damaged });
  const pulled = other.container().from(reference);
  await expect(pulled.rootfs().entries()).rejects.toMatchObject({
    code: expect.stringMatching(/DIGEST_MISMATCH|LAYER_CORRUPT/),
    message: expect.stringContaining(digest),
  });
  // The image is still good where it came from.
  expect(await engine.container().from(reference).file('/big').size()).toBe(10_000);
});

test('ids of something else', async () => {
  await using engine = await stubEngine();
  const directory = await engine.directory().id();
  expect(() => engine.loadContainerFromID(directory)).toThrow('this is the id of a Directory');
  expect(() => engine.loadContainerFromID('nonsense')).toThrow('this is not an id of this engine');
});

test('arguments of the wrong kind', async () => {
  await using engine = await stubEngine();
  const base = engine.container().from('base');
  await expect(base.withEnvVariable('A=B', 'c').sync()).rejects.toMatchObject({
    code: 'ARGUMENT_INVALID',
  });
  await expect(base.withExposedPort(70_000).sync()).rejects.toThrow('70000 is not a port');
  await expect(base.withExec('ls' as never).sync()).rejects.toThrow(
    'Container.withExec: argument "args" must be a list of strings',
  );
  await expect(base.withNewFile('/x', 'y', { permissions: -1 }).sync()).rejects.toThrow(
    'permissions',
  );
});
