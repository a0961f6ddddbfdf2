import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UsageError } from '../../src/cli/errors.ts';
import { imagesCommand } from '../../src/cli/images.ts';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { DirectoryStore } from '../../src/host/node/store.ts';
import type { Images } from '../../src/image/images.ts';
import { parseReference } from '../../src/image/reference.ts';
import { makeImages, platformImage } from './samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'stiletto-cli-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What a command line printed. */
async function run(images: Images, ...args: string[]): Promise<string> {
  let output = '';
  const stdout = (text: string): void => {
    output += text;
  };
  expect(await imagesCommand(args, { images, stdout, stderr: stdout })).toBe(0);
  return output;
}

test('load, list and save', async () => {
  const maker = makeImages();
  const image = await platformImage(maker, 'linux/s390x');
  const { digest } = image.descriptor;
  const file = join(directory, 'in.tar');
  writeFileSync(file, await maker.exportArchive(image.descriptor, 'demo:1'));
  const place = join(directory, 'store');
  const images = makeImages({ store: new DirectoryStore(place, nodeHasher) });
  const line = `docker.io/library/demo:1 ${digest}`;
  expect(await run(images, 'load', file)).toBe(`${line}\n`);
  expect(await run(images, 'ls')).toBe(`${line} linux/s390x\n`);
  const saved = join(directory, 'out.tar');
  expect(await run(images, 'save', 'demo:1', saved)).toBe(`${line}\n`);
  expect(readFileSync(saved).equals(readFileSync(file))).toBe(true);
  const renamed = `docker.io/library/copy:latest ${digest}\n`;
  expect(await run(makeImages(), 'load', place, 'copy')).toBe(renamed);
  expect(await run(images, 'pull', 'demo:1')).toBe(`${line}\n`);
});

test('what is wrong is said', async () => {
  const images = makeImages();
  for (const args of [
    [],
    ['x'],
    ['ls', 'y'],
    ['save', 'a'],
    ['build', 'nope'],
    ['load', '/nope'],
  ]) {
    await expect(run(images, ...args)).rejects.toBeInstanceOf(UsageError);
  }
  await expect(run(images, 'build', 'nope')).rejects.toThrow(/there are: .*busybox/);
  await expect(run(images, 'pull', 'nope')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  const file = join(directory, 'junk');
  writeFileSync(file, 'junk');
  await expect(run(images, 'load', file)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
});

test('names are taken out, and what they led to is pruned', async () => {
  const place = join(directory, 'pruned');
  const images = makeImages({ store: new DirectoryStore(place, nodeHasher) });
  const image = await platformImage(images, 'linux/amd64');
  for (const name of ['one:1', 'two:1']) await images.tag(parseReference(name), image.descriptor);
  expect(await run(images, 'rm', 'one:1')).toBe('docker.io/library/one:1\n');
  expect(await run(images, 'prune', 'now')).toMatch(/^[0-9]+ blobs removed/);
  expect(await run(images, 'ls')).toContain('docker.io/library/two:1');
  await expect(run(images, 'rm', 'one:1')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  await run(images, 'rm', 'two:1');
  expect(await run(images, 'prune', '0', 'now')).toMatch(/0\.000 GB left\n$/);
  expect(await images.store.list()).toEqual([]);
  await expect(run(images, 'prune', 'much')).rejects.toBeInstanceOf(UsageError);
});
