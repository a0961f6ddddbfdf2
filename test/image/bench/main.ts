/**
 * Measures images: `node scripts/run.js test/image/bench/main.ts [files] [pull] [stream]`. Prints
 * times and ratios to skopeo in the same run; nothing here fails because a machine is slow.
 */

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { nodeHasher } from '../../../src/host/node/hash.ts';
import { DirectoryStore } from '../../../src/host/node/store.ts';
import { storeSource } from '../../../src/image/blobs.ts';
import { encodeDocument } from '../../../src/image/documents.ts';
import { Images } from '../../../src/image/images.ts';
import { mediaType } from '../../../src/image/media_types.ts';
import { RegistryClient } from '../../../src/image/registry/client.ts';
import type { Descriptor } from '../../../src/image/types.ts';
import { textContent } from '../../../src/rootfs/content.ts';
import { insertNode } from '../../../src/rootfs/tree.ts';
import { digestOf } from '../../../src/store/hash.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import type { ContentStore } from '../../../src/store/store.ts';
import { manyFiles, programBytes } from './large_image.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-bench-'));
const print = (name: string, value: string): void => console.log(`${name.padEnd(44)} ${value}`);

async function time<T>(name: string, work: () => Promise<T> | T): Promise<[T, number]> {
  const start = performance.now();
  const result = await work();
  const ms = performance.now() - start;
  print(name, `${ms.toFixed(0)} ms`);
  return [result, ms];
}

/** Puts an image of one layer into a store. */
async function putImage(
  store: ContentStore,
  packed: Uint8Array,
  diffId: `sha256:${string}`,
  type: string,
): Promise<Descriptor> {
  const put = async (bytes: Uint8Array, kind: string): Promise<Descriptor> => ({
    mediaType: kind,
    digest: await store.put(bytes),
    size: bytes.length,
  });
  const config = encodeDocument({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: [diffId] },
  });
  const manifest = encodeDocument({
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: await put(config, mediaType.config),
    layers: [await put(packed, type)],
  });
  return put(manifest, mediaType.manifest);
}

/** Indexing 50,000 files, and the cost of a small change to them. */
async function measureFiles(): Promise<void> {
  const store = new MemoryStore(nodeHasher);
  const tar = manyFiles(50_000, 2000);
  const packed = new Uint8Array(gzipSync(tar, { level: 1 }));
  const descriptor = await putImage(
    store,
    packed,
    await digestOf(nodeHasher, tar),
    mediaType.layerGzip,
  );
  print(
    '50,000 files',
    `${(tar.length / 1e6).toFixed(0)} MB, packed ${(packed.length / 1e6).toFixed(0)} MB`,
  );
  for (let i = 0; i < 2; i++) {
    const images = new Images({ store, hasher: nodeHasher });
    const base = await images.read(descriptor);
    const [tree] = await time('unpack and index', () => images.rootfs(base));
    const content = textContent('changed');
    const node = { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0n, content } as const;
    const changed = insertNode(tree, '/usr/share/d1/d7/new', node);
    const [built] = await time('a layer of one new file', () =>
      images.build({ base, rootfs: changed }),
    );
    if (built.manifest.layers.length !== 2) throw new Error('there is no new layer');
  }
}

async function withRegistry(use: (host: string) => Promise<void>): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const config = join(root, 'registry.yml');
  const storage = `storage: {filesystem: {rootdirectory: ${root}/registry}}`;
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error}\n${storage}\nhttp: {addr: "127.0.0.1:${port}"}\n`,
  );
  const server = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const stopped = new Promise((resolve) => server.on('exit', resolve));
  try {
    const host = `127.0.0.1:${port}`;
    while (!(await fetch(`http://${host}/v2/`).catch(() => undefined))) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await use(host);
  } finally {
    server.kill();
    await stopped;
  }
}

const client = (): RegistryClient =>
  new RegistryClient({
    hasher: nodeHasher,
    fetch: (request) => fetch(request),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });

const openImages = (directory: string): Images =>
  new Images({
    store: new DirectoryStore(join(root, directory), nodeHasher),
    hasher: nodeHasher,
    registry: client(),
  });

/** Publishing and pulling 300 MB at a real registry, beside skopeo. */
async function measurePull(): Promise<void> {
  await withRegistry(async (host) => {
    const images = openImages('local');
    const bytes = manyFiles(200, 3_000_000, true);
    // Packed, because skopeo packs what is not: only moving is to be compared.
    const descriptor = await putImage(
      images.store,
      new Uint8Array(gzipSync(bytes, { level: 1 })),
      await digestOf(nodeHasher, bytes),
      mediaType.layerGzip,
    );
    await images.exportTo(images.store, descriptor, 'bench:1');
    const layout = `oci:${join(root, 'local')}:docker.io/library/bench:1`;
    const skopeo = (...args: string[]): Buffer => execFileSync('skopeo', args);
    const [, theirPush] = await time('skopeo copy layout → registry', () =>
      skopeo('copy', '--dest-tls-verify=false', layout, `docker://${host}/skopeo:1`),
    );
    const [, ourPush] = await time('our push (checks not counted)', () =>
      client().push(
        { registry: host, repository: 'ours', tag: '1' },
        descriptor,
        storeSource(images.store),
      ),
    );
    await time('our publish, with all checks', () =>
      images.publish(`${host}/checked:1`, descriptor),
    );
    const [, theirPull] = await time('skopeo copy registry → layout', () =>
      skopeo('copy', '--src-tls-verify=false', `docker://${host}/ours:1`, `oci:${root}/pulled:x`),
    );
    const [, ourPull] = await time('our pull → store', () =>
      openImages('ours').pull(`${host}/ours:1`),
    );
    print(
      'ratios to skopeo',
      `push ${(ourPush / theirPush).toFixed(2)}, pull ${(ourPull / theirPull).toFixed(2)}`,
    );
  });
}

/** A layer of one gigabyte passes through: memory. */
async function measureStream(): Promise<void> {
  await withRegistry(async (host) => {
    const piece = programBytes(8_388_608, 5);
    const hash = await nodeHasher.start!();
    const pieces = 128;
    for (let i = 0; i < pieces; i++) hash.update(piece);
    const digest: `sha256:${string}` = `sha256:${hash.digest()}`;
    const from = new DirectoryStore(join(root, 'from'), nodeHasher);
    await from.putStream(
      (async function* () {
        for (let i = 0; i < pieces; i++) yield await Promise.resolve(piece);
      })(),
      digest,
    );
    const config = await from.put(
      encodeDocument({
        os: 'linux',
        architecture: 'amd64',
        rootfs: { type: 'layers', diff_ids: [digest] },
      }),
    );
    const manifest = encodeDocument({
      schemaVersion: 2,
      mediaType: mediaType.manifest,
      config: {
        mediaType: mediaType.config,
        digest: config,
        size: (await from.get(config))!.length,
      },
      layers: [{ mediaType: mediaType.layer, digest, size: pieces * piece.length }],
    });
    const descriptor = {
      mediaType: mediaType.manifest,
      digest: await from.put(manifest),
      size: manifest.length,
    };
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
    const before = process.memoryUsage().rss;
    await time('1 GiB layer: push', () =>
      client().push({ registry: host, repository: 'big', tag: '1' }, descriptor, storeSource(from)),
    );
    const pushPeak = peak;
    peak = 0;
    await time('1 GiB layer: pull', () => openImages('to').pull(`${host}/big:1`));
    clearInterval(watch);
    const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
    print('memory', `before ${mb(before)}, push at most ${mb(pushPeak)}, pull at most ${mb(peak)}`);
  });
}

const all: Readonly<Record<string, () => Promise<void>>> = {
  files: measureFiles,
  pull: measurePull,
  stream: measureStream,
};
const wanted = process.argv.slice(2).filter((name) => name in all);
try {
  for (const name of wanted.length > 0 ? wanted : Object.keys(all)) await all[name]!();
} finally {
  rmSync(root, { recursive: true });
}
