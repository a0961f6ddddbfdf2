import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, hasher, MemoryStore, version } from 'stiletto';
import { expect, test } from 'vitest';
import { baseArchive, stubEngine } from './fixture.ts';

test('a function gets an engine that is closed afterwards', async () => {
  const options = { store: new MemoryStore(hasher), machine: [], platform: 'arm64' };
  const [engine, platform] = await connect(
    async (inside) => [inside, await inside.defaultPlatform()] as const,
    options,
  );
  expect(platform).toBe('linux/arm64');
  await expect(engine.directory().entries()).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('ids work in another engine', async () => {
  await using one = await stubEngine();
  const container = one.container().from('base').withNewFile('/x', 'y').withExec(['z']);
  const id = await container.id();
  await using two = await stubEngine();
  expect(await two.loadContainerFromID(id).file('/x').contents()).toBe('y');
  expect(await two.loadContainerFromID(id).id()).toBe(id);
  const same = two.container().from('base').withNewFile('/x', 'y').withExec(['z']);
  expect(await same.id()).toBe(id);
});

test('an override may be another reference', async () => {
  const images = { base: await baseArchive, 'alpine:3.16': 'registry.test/base' };
  await using engine = await stubEngine(undefined, { images });
  await engine.container().from('base').publish('registry.test/base');
  expect(await engine.container().from('alpine:3.16').label('kind')).toBe('base');
});

test('host directories: filters, links, permissions, export', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stiletto-'));
  await using engine = await stubEngine();
  const tree = engine
    .directory()
    .withNewFile('run.sh', '#!/bin/sh\n', { permissions: 0o755 })
    .withNewFile('sub/data', 'd')
    .withSymlink('run.sh', 'link');
  expect(await tree.export(directory)).toBe(directory);
  expect((await stat(join(directory, 'run.sh'))).mode & 0o777).toBe(0o755);
  await writeFile(join(directory, 'extra'), 'e');
  const back = engine.host().directory(directory, { exclude: ['extra'] });
  expect(await back.glob('**')).toEqual(['link', 'run.sh', 'sub/', 'sub/data']);
  expect(await back.file('link').contents()).toBe('#!/bin/sh\n');
  // A snapshot: later changes are not seen.
  await writeFile(join(directory, 'late'), 'l');
  expect(await back.exists('late')).toBe(false);
  await tree.export(directory, { wipe: true });
  await expect(stat(join(directory, 'extra'))).rejects.toThrow();
  const file = engine.host().file(join(directory, 'sub/data'));
  expect(await file.export(join(directory, 'out/copy'))).toBe(join(directory, 'out/copy'));
  expect(await readFile(join(directory, 'out/copy'), 'utf8')).toBe('d');
  await expect(engine.host().file('/no/such').contents()).rejects.toMatchObject({
    code: 'PATH_NOT_FOUND',
  });
});

test('an exported archive is a file that imports', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'stiletto-')), 'image.tar');
  await using engine = await stubEngine();
  expect(await engine.container().from('base').export(path)).toBe(path);
  const images = { again: new Uint8Array(await readFile(path)) };
  await using other = await stubEngine(undefined, { images });
  expect(await other.container().from('again').label('kind')).toBe('base');
});

test('the version is that of the package', () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ version });
});
