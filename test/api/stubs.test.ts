/** Stubs of execs, and the list of what an engine did. */

import { connect, hasher, MemoryStore } from 'stiletto';
import { expect, test } from 'vitest';
import { baseArchive, stubEngine } from './fixture.ts';

test('a matching exec is answered, the others run', async () => {
  await using engine = await stubEngine(() => ({ stdout: 'ran' }));
  const remove = engine.onExec(
    { args: ['go', /^te/] },
    { stdout: 'stubbed\n', files: { '/o': 'x' } },
  );
  engine.onExec({ args: /secret$/, env: { A: '1' }, platform: 'linux/arm64' }, { exitCode: 3 });
  const base = engine.container().from('base');
  const done = base.withExec(['go', 'test', './...']);
  expect(await done.stdout()).toBe('stubbed\n');
  expect(await done.file('/o').contents()).toBe('x');
  expect(await base.withExec(['go', 'build']).stdout()).toBe('ran');
  expect(await base.withExec(['the', 'secret']).stdout()).toBe('ran');
  const other = engine.container({ platform: 'linux/arm64' }).from('base');
  const failing = other.withEnvVariable('A', '1').withExec(['the', 'secret']);
  await expect(failing.sync()).rejects.toMatchObject({ exitCode: 3 });
  remove();
  expect(await base.withExec(['go', 'test', 'again']).stdout()).toBe('ran');
});

test('files go into mounts, later stubs go first, functions see the exec', async () => {
  await using engine = await stubEngine();
  engine.onExec({}, { stdout: 'first' });
  engine.onExec({}, ({ args }) => ({ stdout: args.join('+'), files: { '/m/out': 'made' } }));
  const source = engine.directory().withNewFile('in', 'given');
  const done = engine
    .container()
    .from('base')
    .withMountedDirectory('/m', source)
    .withExec(['a', 'b']);
  expect(await done.stdout()).toBe('a+b');
  expect(await done.directory('/m').entries()).toEqual(['in', 'out']);
  expect(await source.entries()).toEqual(['in']);
});

test('strict engines refuse what no stub answers; stubs can fail', async () => {
  await using engine = await connect({
    store: new MemoryStore(hasher),
    images: { base: await baseArchive },
    registries: 'off',
    machine: [],
    platform: 'linux/amd64',
    strictStubs: true,
  });
  const base = engine.container().from('base');
  await expect(base.withExec(['x']).sync()).rejects.toThrow('no stub answers "x"');
  engine.onExec({ args: ['x'] }, { failure: 'out of memory' });
  await expect(base.withExec(['x']).sync()).rejects.toThrow('out of memory');
});

test('calls lists execs, pulls and publishes', async () => {
  await using engine = await stubEngine(() => ({ exitCode: 0 }));
  engine.onExec({ args: ['b'] }, { exitCode: 1 });
  const base = engine.container().from('base');
  await base.withExec(['a']).sync();
  await base.withExec(['a']).sync();
  await base.withExec(['b'], { expect: 'ANY' }).sync();
  const reference = await base.publish('registry.test/app');
  const platform = 'linux/amd64';
  expect(engine.calls()).toEqual([
    { kind: 'pull', reference: 'base', platform },
    { kind: 'exec', args: ['a'], platform, stubbed: false, exitCode: 0 },
    { kind: 'exec', args: ['b'], platform, stubbed: true, exitCode: 1 },
    { kind: 'publish', address: 'registry.test/app', platforms: [platform], reference },
  ]);
});
