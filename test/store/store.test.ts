import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { browserHasher } from '../../src/host/browser/hash.ts';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { DirectoryStore } from '../../src/host/node/store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { storeCases } from './cases.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-store-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;
const fresh = (): string => join(root, String(count++));

storeCases('MemoryStore, node hash', () => new MemoryStore(nodeHasher));
storeCases('MemoryStore, browser hash', () => new MemoryStore(browserHasher));
storeCases('DirectoryStore', () => new DirectoryStore(fresh(), nodeHasher));

describe('DirectoryStore', () => {
  const descriptor = (size: number): string =>
    JSON.stringify({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${'0'.repeat(64)}`,
      size,
    });

  test('is an image layout', async () => {
    const directory = fresh();
    const store = new DirectoryStore(directory, nodeHasher);
    await store.setName('image/docker.io/library/a:1', descriptor(1));
    const read = (name: string): unknown => JSON.parse(readFileSync(join(directory, name), 'utf8'));
    expect(read('oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(read('index.json')).toMatchObject({
      schemaVersion: 2,
      manifests: [
        { size: 1, annotations: { 'org.opencontainers.image.ref.name': 'docker.io/library/a:1' } },
      ],
    });
    await store.deleteName('image/docker.io/library/a:1');
    expect(read('index.json')).toMatchObject({ manifests: [] });
  });

  test('a blob damaged on disk is noticed', async () => {
    const directory = fresh();
    const store = new DirectoryStore(directory, nodeHasher);
    const digest = await store.put(new TextEncoder().encode('hello'));
    const file = join(directory, 'blobs/sha256', digest.slice(7));
    writeFileSync(file, 'jello');
    await expect(store.get(digest)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      message: expect.stringContaining(digest),
    });
  });

  test('many writers at once lose nothing', async () => {
    const directory = fresh();
    const names = Array.from({ length: 12 }, (_, i) => `image/docker.io/library/a:${i + 10}`);
    await Promise.all(
      names.map((name, i) =>
        new DirectoryStore(directory, nodeHasher).setName(name, descriptor(i)),
      ),
    );
    const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')) as {
      manifests: { size: number }[];
    };
    expect(index.manifests.map(({ size }) => size)).toEqual(names.map((_, i) => i));
    expect(await new DirectoryStore(directory, nodeHasher).listNames('image/')).toEqual(names);
  });
});
