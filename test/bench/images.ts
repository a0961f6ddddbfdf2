/**
 * Measures images beside skopeo, and how much memory a large layer takes. Part of `npm run bench`;
 * alone: `node scripts/run.js test/bench/images.ts [ROUNDS]`. Every figure of ours is of a process
 * of its own, which this file is too: `images.ts STEP ARGS…`.
 */

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { DirectoryStore } from '../../src/host/node/store.ts';
import { encodeDocument } from '../../src/image/documents.ts';
import { Images } from '../../src/image/images.ts';
import { mediaType } from '../../src/image/media_types.ts';
import { parseReference } from '../../src/image/reference.ts';
import { RegistryClient } from '../../src/image/registry/client.ts';
import type { Descriptor } from '../../src/image/types.ts';
import { digestOf } from '../../src/store/hash.ts';
import type { Digest } from '../../src/store/store.ts';
import { manyFiles, programBytes } from './large_image.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const open = (directory: string): Images =>
  new Images({
    store: new DirectoryStore(directory, nodeHasher),
    hasher: nodeHasher,
    registry: new RegistryClient({
      hasher: nodeHasher,
      fetch: (request) => fetch(request),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    }),
  });

interface Layer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

/** Names an image of layers in a store `bench:1`. */
async function putImage(images: Images, layers: readonly Layer[]): Promise<void> {
  const { store } = images;
  const put = async (bytes: Uint8Array, type: string): Promise<Descriptor> => ({
    mediaType: type,
    digest: await store.put(bytes),
    size: bytes.length,
  });
  const config = encodeDocument({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const manifest = encodeDocument({
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: await put(config, mediaType.config),
    layers: layers.map(({ descriptor }) => descriptor),
  });
  await images.tag(parseReference('bench:1'), await put(manifest, mediaType.manifest));
}

/** Six layers, 300 MB packed, twice that unpacked. */
async function prepare(directory: string): Promise<void> {
  const images = open(directory);
  const layers: Layer[] = [];
  for (let i = 0; i < 6; i++) {
    const tar = manyFiles(310, 300_000, true, i * 1000);
    // Packed, because skopeo packs what is not: only moving is to be compared.
    const bytes = new Uint8Array(gzipSync(tar, { level: 1 }));
    const digest = await images.store.put(bytes);
    const descriptor = { mediaType: mediaType.layerGzip, digest, size: bytes.length };
    layers.push({ descriptor, diffId: await digestOf(nodeHasher, tar) });
  }
  await putImage(images, layers);
}

/** A layer of one gigabyte, not packed. */
async function prepareLarge(directory: string): Promise<void> {
  const images = open(directory);
  const piece = programBytes(8_388_608, 5);
  const pieces = 128;
  const hash = await nodeHasher.start!();
  for (let i = 0; i < pieces; i++) hash.update(piece);
  const digest: Digest = `sha256:${hash.digest()}`;
  await images.store.putStream!(
    (async function* () {
      for (let i = 0; i < pieces; i++) yield await Promise.resolve(piece);
    })(),
    digest,
  );
  const descriptor = { mediaType: mediaType.layer, digest, size: pieces * piece.length };
  await putImage(images, [{ descriptor, diffId: digest }]);
}

async function publish(directory: string, address: string): Promise<void> {
  const images = open(directory);
  const { descriptor, source } = await images.resolve('bench:1');
  await images.publish(address, descriptor, source);
}

/** What is uploaded is whatever the layer holds: no archive, so it is not checked. */
async function push(directory: string, address: string): Promise<void> {
  const images = open(directory);
  const { descriptor, source } = await images.resolve('bench:1');
  const client = new RegistryClient({
    hasher: nodeHasher,
    fetch: (request) => fetch(request),
    sleep: () => Promise.resolve(),
  });
  await client.push(parseReference(address), descriptor, source);
}

async function pull(directory: string, address: string): Promise<void> {
  await open(directory).pull(address);
}

const steps: Readonly<Record<string, (...args: string[]) => Promise<void>>> = {
  prepare,
  prepareLarge,
  publish,
  push,
  pull,
};

/** Runs one step in this process; prints its time and by how much memory grew. */
async function runStep(name: string, args: readonly string[]): Promise<void> {
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
  const start = performance.now();
  await steps[name]!(...args);
  const ms = performance.now() - start;
  clearInterval(watch);
  process.stdout.write(JSON.stringify({ ms, growth: peak - before }));
}

interface Figures {
  readonly ms: number;
  /** Bytes of resident memory beyond those at the start. */
  readonly growth: number;
}

function step(name: string, ...args: string[]): Figures {
  const script = [join(root, 'scripts/run.js'), join(root, 'test/bench/images.ts')];
  const output = execFileSync(process.execPath, [...script, name, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output) as Figures;
}

/** Milliseconds skopeo takes for a copy. */
function skopeo(source: string, target: string): number {
  const start = performance.now();
  const flags = ['--src-tls-verify=false', '--dest-tls-verify=false', '--insecure-policy'];
  execFileSync('skopeo', ['copy', ...flags, source, target], { stdio: 'ignore' });
  return performance.now() - start;
}

async function withRegistry(directory: string, use: (host: string) => void): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const host = `127.0.0.1:${port}`;
  const config = join(directory, 'registry.yml');
  const storage = `storage: {filesystem: {rootdirectory: ${directory}/registry}}`;
  writeFileSync(config, `version: 0.1\nlog: {level: error}\n${storage}\nhttp: {addr: "${host}"}\n`);
  const server = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const stopped = new Promise((resolve) => server.on('exit', resolve));
  try {
    while (!(await fetch(`http://${host}/v2/`).catch(() => undefined))) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    use(host);
  } finally {
    server.kill();
    await stopped;
    rmSync(join(directory, 'registry'), { recursive: true, force: true });
  }
}

/** A line of the table. */
interface ImageFigure {
  readonly name: string;
  readonly ours: string;
  readonly theirs: string;
  /** What the target is about: a ratio, or megabytes. */
  readonly value: number;
  readonly target: number | undefined;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Measures everything. Needs skopeo and docker-registry. */
async function measureImages(rounds: number): Promise<ImageFigure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'stiletto-bench-images-'));
  const figures: ImageFigure[] = [];
  const at = (name: string): string => join(directory, name);
  try {
    step('prepare', at('store'));
    step('prepareLarge', at('large'));
    const times: Record<string, number[]> = {};
    const note = (name: string, ms: number): unknown => (times[name] ??= []).push(ms);
    for (let i = 0; i < rounds; i++) {
      forget(at('store'));
      await withRegistry(directory, (host) => {
        note('first', step('publish', at('store'), `${host}/first:1`).ms);
        note('publish', step('publish', at('store'), `${host}/again:1`).ms);
        note('pull', step('pull', at('pulled'), `${host}/first:1`).ms);
      });
      // Another registry: skopeo remembers where it has seen a blob, and mounts it there.
      await withRegistry(directory, (host) => {
        const layout = `oci:${at('store')}:docker.io/library/bench:1`;
        note('theirs', skopeo(layout, `docker://${host}/first:1`));
        mkdirSync(at('layout'));
        note('theirPull', skopeo(`docker://${host}/first:1`, `oci:${at('layout')}:x`));
      });
      for (const used of ['pulled', 'layout']) rmSync(at(used), { recursive: true });
    }
    await withRegistry(directory, (host) => {
      const compare = (name: string, ours: string, theirs: string, target?: number): void => {
        const [mine, other] = [median(times[ours] ?? []), median(times[theirs] ?? [])];
        figures.push({
          name,
          ours: `${mine.toFixed(0)} ms`,
          theirs: `${other.toFixed(0)} ms`,
          value: mine / other,
          target,
        });
      };
      compare('pull 300 MB, to skopeo copy', 'pull', 'theirPull', 1.5);
      compare('publish 300 MB, to skopeo copy', 'publish', 'theirs', 1.5);
      compare('… layers never unpacked before', 'first', 'theirs');
      for (const name of ['push', 'pull']) {
        const { ms, growth } = step(name, at(name === 'push' ? 'large' : 'to'), `${host}/large:1`);
        figures.push({
          name: `${name} a layer of 1 GiB: memory`,
          ours: `${ms.toFixed(0)} ms`,
          theirs: `${(growth / 1e6).toFixed(0)} MB`,
          value: growth / 1e6,
          target: 150,
        });
      }
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return figures;
}

/** Takes what was found out about layers out of a store. */
function forget(directory: string): void {
  for (const name of readdirSync(join(directory, 'names'))) {
    if (name.startsWith('unpacks')) rmSync(join(directory, 'names', name));
  }
}

/** One figure as a line. */
function formatFigure({ name, ours, theirs, value, target }: ImageFigure): string {
  const verdict = target === undefined ? '' : value <= target ? 'pass' : `short of ${target}`;
  return [name.padEnd(34), ours.padStart(10), theirs.padStart(10), value.toFixed(2).padStart(9)]
    .concat(`  ${verdict}`)
    .join('');
}

const [, , first = '5', ...rest] = process.argv;
if (first in steps) await runStep(first, rest);
else {
  const load = loadavg().map((value) => value.toFixed(2));
  console.log(`medians of ${first}; load average ${load.join(' ')}`);
  console.log(['images'.padEnd(34), 'ours'.padStart(10), 'skopeo'.padStart(10)].join(''));
  for (const figure of await measureImages(Number(first))) console.log(formatFigure(figure));
}
