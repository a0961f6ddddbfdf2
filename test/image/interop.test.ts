/** Other people's programs read what we write, and we read what they write. */

import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { entryBytes } from '../../src/archive/tar.ts';
import { readTar } from '../../src/archive/tar_read.ts';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { openLayout } from '../../src/host/node/layout.ts';
import { serveOnLoopback } from '../../src/host/node/serve.ts';
import { DirectoryStore } from '../../src/host/node/store.ts';
import { parsePlatform } from '../../src/image/platform.ts';
import { RegistryClient } from '../../src/image/registry/client.ts';
import { createRegistry } from '../../src/image/registry/server.ts';
import type { Descriptor, Image } from '../../src/image/types.ts';
import { readText } from '../../src/rootfs/content.ts';
import { diffTrees } from '../../src/rootfs/diff.ts';
import { lookup } from '../../src/rootfs/path.ts';
import { fileAt, insertNode, removeNode, walkTree } from '../../src/rootfs/tree.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { requireTool } from '../tools.ts';
import { file, makeImages, platformImage, richTree } from './samples.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-interop-'));
afterAll(() => {
  // umoci keeps directory modes, also those nobody may write to.
  execFileSync('chmod', ['-R', 'u+rwx', root]);
  rmSync(root, { recursive: true });
});
let count = 0;
const fresh = (): string => {
  const directory = join(root, String(count++));
  mkdirSync(directory);
  return directory;
};

/** Runs a program; its standard output. */
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Unpacks an archive of ours into a layout directory. */
function unpackLayout(archive: Uint8Array): string {
  const directory = fresh();
  for (const entry of readTar(archive)) {
    if (entry.type !== 'file') continue;
    mkdirSync(dirname(join(directory, entry.path)), { recursive: true });
    writeFileSync(join(directory, entry.path), entryBytes(archive, entry));
  }
  return directory;
}

type Images = ReturnType<typeof makeImages>;

async function twoPlatforms(images: Images): Promise<Descriptor> {
  return images.index([
    await platformImage(images, 'linux/amd64'),
    await platformImage(images, 'linux/s390x'),
  ]);
}

/** An image of two layers, the second with a change, a deletion and a hard link. */
async function twoLayers(images: Images): Promise<Image> {
  let tree = richTree();
  // Devices and foreign owners need privileges to unpack.
  for (const path of ['/dev/null', '/dev/sda', '/etc/raw\udcff', '/bin/tool']) {
    tree = removeNode(tree, path);
  }
  const base = await images.build({ rootfs: tree, config: { Env: ['PATH=/bin'], Cmd: ['sh'] } });
  const below = await images.rootfs(base);
  let changed = insertNode(below, '/etc/three', lookup(below, '/etc/one')!);
  changed = insertNode(changed, '/usr/lib/new', file('new', { mode: 0o755 }));
  changed = removeNode(changed, '/usr/lib/grüße');
  return images.build({ base, rootfs: changed });
}

describe.runIf(requireTool('skopeo'))('skopeo', () => {
  test('reads our index, raw', async () => {
    const images = makeImages();
    const index = await twoPlatforms(images);
    const layout = unpackLayout(await images.exportArchive(index, 'demo:1'));
    const raw = run('skopeo', 'inspect', '--raw', `oci:${layout}:1`);
    expect(new TextEncoder().encode(raw)).toEqual(await images.store.get(index.digest));
    expect(JSON.parse(raw)).toMatchObject({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        { platform: { os: 'linux', architecture: 'amd64' } },
        { platform: { os: 'linux', architecture: 's390x' } },
      ],
    });
    const chosen = ['--override-os', 'linux', '--override-arch', 's390x'];
    const config = run('skopeo', ...chosen, 'inspect', '--config', `oci:${layout}:1`);
    expect(JSON.parse(config)).toMatchObject({ architecture: 's390x', config: { Cmd: ['sh'] } });
  });

  test('reads the store on disk', async () => {
    const directory = fresh();
    const images = makeImages({ store: new DirectoryStore(directory, nodeHasher) });
    const image = await platformImage(images, 'linux/arm64');
    await images.importArchive(await images.exportArchive(image.descriptor, 'demo:1'));
    const where = `oci:${directory}:docker.io/library/demo:1`;
    const raw = run('skopeo', 'inspect', '--raw', where);
    expect(JSON.parse(raw)).toEqual(image.manifest);
  });

  test('copies out of our registry, and we read its copy', async () => {
    const handler = createRegistry({ store: new MemoryStore(nodeHasher), hasher: nodeHasher });
    const server = await serveOnLoopback(handler);
    try {
      const images = makeImages({ registry: client() });
      const index = await twoPlatforms(images);
      await images.publish(`${server.host}/demo:1`, index);
      const layout = fresh();
      const copied = await runLater(
        'skopeo',
        'copy',
        '--all',
        '--src-tls-verify=false',
        `docker://${server.host}/demo:1`,
        `oci:${layout}:copy:1`,
      );
      expect(copied.status, copied.output).toBe(0);
      const other = makeImages();
      const [loaded] = await other.importFiles(openLayout(layout), 'demo:2');
      expect(loaded?.descriptor.digest).toBe(index.digest);
      const pushed = await runLater(
        'skopeo',
        'copy',
        '--all',
        '--dest-tls-verify=false',
        `oci:${layout}:copy:1`,
        `docker://${server.host}/pushed:1`,
      );
      expect(pushed.status, pushed.output).toBe(0);
      expect((await images.resolve(`${server.host}/pushed:1`)).descriptor.digest).toBe(
        index.digest,
      );
      const saved = join(layout, 'docker.tar');
      const toDocker = await runLater(
        'skopeo',
        '--override-os',
        'linux',
        '--override-arch',
        's390x',
        'copy',
        `oci:${layout}:copy:1`,
        `docker-archive:${saved}:demo:3`,
      );
      expect(toDocker.status, toDocker.output).toBe(0);
      await other.importArchive(new Uint8Array(readFileSync(saved)));
      const image = await other.select(await other.resolve('demo:3'), parsePlatform('s390x'));
      expect(await readText(fileAt(await other.rootfs(image), '/platform'))).toBe('linux/s390x');
    } finally {
      await server.close();
    }
  });
});

/** A client of real registries. */
function client(): RegistryClient {
  return new RegistryClient({
    hasher: nodeHasher,
    fetch: (request) => fetch(request),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
}

/** Runs a program while this process goes on serving it. */
function runLater(program: string, ...args: string[]): Promise<{ status: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => (output += String(data)));
    child.stderr.on('data', (data) => (output += String(data)));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? 1, output }));
  });
}

describe.runIf(requireTool('umoci'))('umoci', () => {
  test('lists and unpacks our layers', async () => {
    const images = makeImages();
    const image = await twoLayers(images);
    const layout = unpackLayout(await images.exportArchive(image.descriptor, 'demo:1'));
    expect(run('umoci', 'ls', '--layout', layout).trim()).toBe('1');
    const bundle = join(fresh(), 'bundle');
    run('umoci', 'unpack', '--rootless', '--image', `${layout}:1`, bundle);
    const at = (path: string): string => join(bundle, 'rootfs', path);
    expect(readFileSync(at('etc/three'), 'utf8')).toBe('linked');
    expect(lstatSync(at('etc/three')).ino).toBe(lstatSync(at('etc/one')).ino);
    expect(lstatSync(at('etc/two')).nlink).toBe(3);
    expect(readFileSync(at('usr/lib/new'), 'utf8')).toBe('new');
    expect(lstatSync(at('usr/lib/new')).mode & 0o7777).toBe(0o755);
    expect(existsSync(at('usr/lib/grüße'))).toBe(false);
    expect(readlinkSync(at('lib'))).toBe('usr/lib');
    expect(lstatSync(at('tmp')).mode & 0o7777).toBe(0o1777);
    expect(lstatSync(at('run/pipe')).isFIFO()).toBe(true);
  });

  test('makes a layer of changes that we apply', async () => {
    const images = makeImages();
    const image = await twoLayers(images);
    const layout = unpackLayout(await images.exportArchive(image.descriptor, 'demo:1'));
    const bundle = join(fresh(), 'bundle');
    run('umoci', 'unpack', '--rootless', '--image', `${layout}:1`, bundle);
    writeFileSync(join(bundle, 'rootfs/etc/added'), 'added');
    rmSync(join(bundle, 'rootfs/usr'), { recursive: true });
    run('umoci', 'repack', '--image', `${layout}:2`, bundle);
    const other = makeImages();
    const loaded = await other.importFiles(openLayout(layout));
    const [, two] = loaded;
    const tree = await other.rootfs(await other.select(two!, parsePlatform('linux/amd64')));
    expect(await readText(fileAt(tree, '/etc/added'))).toBe('added');
    expect(lookup(tree, '/usr')).toBeUndefined();
    expect(await readText(fileAt(tree, '/etc/one'))).toBe('linked');
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

describe.runIf(requireTool('docker-registry'))('a real registry', () => {
  test('takes what we push and gives it back', async () => {
    const directory = fresh();
    const host = `127.0.0.1:${await freePort()}`;
    const config = join(directory, 'config.yml');
    writeFileSync(
      config,
      `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${directory}}}\n` +
        `http: {addr: "${host}", relativeurls: false}\n`,
    );
    const server = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
    const stopped = new Promise((resolve) => server.on('exit', resolve));
    try {
      const images = makeImages({ registry: client() });
      await waitFor(async () => (await fetch(`http://${host}/v2/`)).ok);
      const variants = [
        await platformImage(images, 'linux/amd64'),
        await images.build({ rootfs: richTree(), platform: parsePlatform('linux/s390x') }),
      ];
      const index = await images.index(variants);
      const published = await images.publish(`${host}/team/demo:1`, index);
      expect(published).toBe(`${host}/team/demo:1@${index.digest}`);
      const other = makeImages({ registry: client() });
      const found = await other.resolve(published);
      expect(found.descriptor).toEqual(index);
      const image = await other.select(found, parsePlatform('linux/s390x'));
      const tree = await other.rootfs(image);
      for (const { node } of walkTree(tree)) if (node.kind === 'file') await node.content.load();
      expect(diffTrees(richTree(), tree)).toEqual([]);
      await expect(other.resolve(`${host}/team/none`)).rejects.toMatchObject({
        code: 'IMAGE_NOT_FOUND',
      });
    } finally {
      server.kill();
      await stopped;
    }
  });
});

/** Waits until a check holds, at most ten seconds. */
async function waitFor(check: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await check().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the registry did not start');
}
