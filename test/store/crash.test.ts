/** A process that is killed halfway loses nothing that had a name. */

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { DirectoryStore } from '../../src/host/node/store.ts';
import { storeSource } from '../../src/image/blobs.ts';
import { validate } from '../../src/image/validate.ts';
import { makeImages } from '../image/samples.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-crash-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Runs the writer and kills it that long after it has begun. */
function killed(script: string, directory: string, start: number, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, directory, String(start)]);
    let errors = '';
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), ms));
    child.stderr.on('data', (data) => (errors += String(data)));
    child.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') resolve();
      else reject(new Error(errors));
    });
  });
}

test('what has a name is whole after a kill, at any moment', async () => {
  const script = join(root, 'main.cjs');
  const entry = join(import.meta.dirname, 'crash_main.ts');
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: script,
    logLevel: 'silent',
  });
  const directory = join(root, 'store');
  for (const [round, ms] of [0, 37, 111, 23, 71].entries()) {
    await killed(script, directory, round * 1000, ms);
    const store = new DirectoryStore(directory, nodeHasher);
    const images = makeImages({ store });
    const listed = await images.list();
    expect(listed.length).toBeGreaterThan(round);
    for (const { descriptor } of listed) {
      await validate(storeSource(store), nodeHasher, descriptor);
      await images.rootfs(await images.read(descriptor));
    }
    // The next to write brings the list of other tools up to date.
    await store.put(new Uint8Array([round]));
    const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')) as {
      manifests: { digest: string }[];
    };
    expect(index.manifests.map(({ digest }) => digest)).toEqual(
      listed.map(({ descriptor }) => descriptor.digest),
    );
  }
  const images = makeImages({ store: new DirectoryStore(directory, nodeHasher) });
  await images.prune({ idleMs: 0 });
  expect(readdirSync(join(directory, 'partial'))).toEqual([]);
});

test('a list that is out of date is written anew', async () => {
  const directory = join(root, 'stale');
  const store = new DirectoryStore(directory, nodeHasher);
  const descriptor = { mediaType: 'x', digest: `sha256:${'1'.repeat(64)}`, size: 1 };
  await store.setName('image/docker.io/library/a:1', JSON.stringify(descriptor));
  const index = join(directory, 'index.json');
  const right = readFileSync(index, 'utf8');
  for (const stale of ['{"schemaVersion":2,"manifests":[]}', '', '{']) {
    writeFileSync(index, stale);
    await new DirectoryStore(directory, nodeHasher).put(new Uint8Array(3));
    expect(readFileSync(index, 'utf8')).toBe(right);
  }
});

test('a source that breaks off leaves nothing behind', async () => {
  const directory = join(root, 'broken');
  const store = new DirectoryStore(directory, nodeHasher);
  const digest = await store.put(new TextEncoder().encode('abc'));
  const before = await store.list();
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(new Uint8Array(3_000_000));
    throw new Error('the connection broke');
  };
  const other = `sha256:${'2'.repeat(64)}` as const;
  await expect(store.putStream(pieces(), other)).rejects.toThrow('the connection broke');
  expect(await store.list()).toEqual(before);
  expect(await store.has(digest)).toBe(true);
  expect(readdirSync(join(directory, 'partial'))).toEqual([]);
});
