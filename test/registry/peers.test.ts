/** Real registries and real clients: docker-registry, skopeo, umoci. */

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startRegistry } from '../../src/cli/registry.ts';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { openLayout } from '../../src/host/node/layout.ts';
import { DirectoryStore } from '../../src/host/node/store.ts';
import { storeSource } from '../../src/image/blobs.ts';
import { mediaType } from '../../src/image/media_types.ts';
import { parsePlatform } from '../../src/image/platform.ts';
import { parseReference } from '../../src/image/reference.ts';
import { RegistryClient, type RegistryClientOptions } from '../../src/image/registry/client.ts';
import { diffTrees } from '../../src/rootfs/diff.ts';
import { walkTree } from '../../src/rootfs/tree.ts';
import { makeImages, platformImage, richTree } from '../image/samples.ts';
import { requireTool } from '../tools.ts';
import { Blobs, noise } from './setup.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-peers-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;
const fresh = (): string => {
  const directory = join(root, String(count++));
  mkdirSync(directory);
  return directory;
};

function client(more: Partial<RegistryClientOptions> = {}): RegistryClient {
  return new RegistryClient({
    hasher: nodeHasher,
    fetch: (request) => fetch(request),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    ...more,
  });
}

/** Runs a program while this process serves it; its output, or an error with it. */
function run(program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => (output += String(data)));
    child.stderr.on('data', (data) => (output += String(data)));
    child.on('error', reject);
    child.on('close', (status) => (status === 0 ? resolve(output) : reject(new Error(output))));
  });
}

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

/** bcrypt of "secret", as `htpasswd -B` writes it; valid in this test only. */
const htpasswd = 'ada:$2b$05$6/bGhBvhygSjkRTAFA9MZe9Ei.0raNCCVKxPQZSPV3XYdZDotURnK\n';

/** Runs a docker-registry around a function. */
async function withRealRegistry(
  hasAuth: boolean,
  use: (host: string) => Promise<void>,
): Promise<void> {
  const directory = fresh();
  const host = `127.0.0.1:${await freePort()}`;
  writeFileSync(join(directory, 'htpasswd'), htpasswd);
  const auth = hasAuth ? `auth: {htpasswd: {realm: r, path: ${directory}/htpasswd}}\n` : '';
  writeFileSync(
    join(directory, 'config.yml'),
    `version: 0.1\nlog: {level: error}\n${auth}` +
      `storage: {filesystem: {rootdirectory: ${directory}}, delete: {enabled: true}}\n` +
      `http: {addr: "${host}"}\n`,
  );
  const server = spawn('docker-registry', ['serve', join(directory, 'config.yml')], {
    stdio: 'ignore',
  });
  const stopped = new Promise((resolve) => server.on('exit', resolve));
  try {
    for (let i = 0; ; i++) {
      if (await fetch(`http://${host}/v2/`).catch(() => undefined)) break;
      if (i > 200) throw new Error('the registry did not start');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await use(host);
  } finally {
    server.kill();
    await stopped;
  }
}

const ada = () => Promise.resolve({ username: 'ada', password: 'secret' });

describe.runIf(requireTool('docker-registry'))('docker-registry', () => {
  test('asks for a password', () =>
    withRealRegistry(true, async (host) => {
      const images = makeImages({ registry: client({ credentials: ada }) });
      const { descriptor } = await platformImage(images, 'linux/amd64');
      const published = await images.publish(`${host}/team/app:1`, descriptor);
      expect((await images.resolve(published)).descriptor).toEqual(descriptor);
      const wrong = () => Promise.resolve({ username: 'ada', password: 'no' });
      for (const credentials of [undefined, wrong]) {
        const other = makeImages({ registry: client(credentials ? { credentials } : {}) });
        await expect(other.resolve(published)).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
      }
    }));

  // An address of docker-registry holds the offset, so after a lost answer all begins anew.
  test.each([
    ['before a chunk', false, 6],
    ['after a chunk', true, 7],
  ])('a connection that breaks %s, mounts, referrers', (_, arrives, patchesExpected) =>
    withRealRegistry(false, async (host) => {
      const blobs = new Blobs(100_000);
      const bytes = noise(5_000_000);
      const layer = await blobs.add(bytes, mediaType.layerGzip);
      const image = await blobs.addManifest([layer]);
      const sent: string[] = [];
      let patches = 0;
      const registry = client({
        chunkBytes: 1_048_576,
        fetch: async (request) => {
          const { pathname } = new URL(request.url);
          sent.push(`${request.method} ${pathname.replace(/uploads\/.+/, 'uploads/U')}`);
          const isLost = request.method === 'PATCH' && ++patches === 2;
          if (isLost && !arrives) throw new TypeError('the connection was lost');
          const response = await fetch(request);
          if (!isLost) return response;
          await response.body?.cancel();
          throw new TypeError('the connection was lost');
        },
      });
      await registry.push(parseReference(`${host}/one:1`), image, blobs);
      expect(sent.filter((line) => line.startsWith('PATCH'))).toHaveLength(patchesExpected);
      expect(sent.filter((line) => line === 'GET /v2/one/blobs/uploads/U')).toHaveLength(1);
      sent.length = 0;
      await registry.push(parseReference(`${host}/two:1`), image, blobs);
      expect(sent.filter((line) => /^(?:PATCH|PUT .*\/blobs\/)/.test(line))).toEqual([]);
      const { source } = await client().resolve(parseReference(`${host}/two:1`));
      // `toEqual` takes seconds for megabytes.
      expect(Buffer.compare(await source.read(layer), bytes)).toBe(0);
      const signature = await blobs.addManifest([], {
        subject: image,
        artifactType: 'a/signature',
      });
      const pinned = parseReference(`${host}/one@${signature.digest}`);
      await registry.push(pinned, signature, blobs);
      const found = await registry.referrers(parseReference(`${host}/one@${image.digest}`));
      expect(found.map((one) => [one.digest, one.artifactType])).toEqual([
        [signature.digest, 'a/signature'],
      ]);
    }),
  );
});

describe.runIf(requireTool('skopeo'))('skopeo', () => {
  test.each([
    ['anonymous', {}],
    ['basic', { user: 'ada:secret' }],
    ['tokens', { user: 'ada:secret', tokens: true }],
  ])('pushes and pulls, all formats: %s', async (kind, options) => {
    const served = await startRegistry({ port: 0, ...options });
    try {
      const images = makeImages();
      const index = await images.index([
        await platformImage(images, 'linux/amd64'),
        await images.build({ rootfs: richTree(), platform: parsePlatform('linux/s390x') }),
      ]);
      const layout = fresh();
      await images.exportTo(new DirectoryStore(layout, nodeHasher), index, 'demo:1');
      const source = `oci:${layout}:docker.io/library/demo:1`;
      const isOpen = kind === 'anonymous';
      const to = ['--dest-tls-verify=false', ...(isOpen ? [] : ['--dest-creds', 'ada:secret'])];
      const from = ['--src-tls-verify=false', ...(isOpen ? [] : ['--src-creds', 'ada:secret'])];
      const registry = makeImages({ registry: client(isOpen ? {} : { credentials: ada }) });
      for (const format of ['oci', 'v2s2']) {
        const address = `${served.host}/team/${format}:1`;
        await run(
          'skopeo',
          'copy',
          '--all',
          '--format',
          format,
          ...to,
          source,
          `docker://${address}`,
        );
        const found = await registry.resolve(address);
        expect(found.descriptor.mediaType).toBe(
          format === 'oci' ? mediaType.index : mediaType.dockerIndex,
        );
        const tree = await registry.rootfs(await registry.select(found, parsePlatform('s390x')));
        for (const { node } of walkTree(tree)) if (node.kind === 'file') await node.content.load();
        expect(diffTrees(richTree(), tree)).toEqual([]);
        const copy = fresh();
        await run('skopeo', 'copy', '--all', ...from, `docker://${address}`, `oci:${copy}:x`);
        const [back] = await makeImages().importFiles(openLayout(copy), 'x');
        if (format === 'oci') expect(back?.descriptor.digest).toBe(index.digest);
      }
      if (isOpen) return;
      await expect(
        run('skopeo', 'inspect', '--tls-verify=false', `docker://${served.host}/team/oci:1`),
      ).rejects.toThrow(/authentication required|unauthorized/);
    } finally {
      await served.close();
    }
  });

  test('copies out of it into every format, and we read them all', async () => {
    const served = await startRegistry({ port: 0 });
    try {
      const images = makeImages({ registry: client() });
      const image = await images.build({ rootfs: richTree(), config: { Cmd: ['sh'] } });
      const address = `${served.host}/team/rich:1`;
      await images.publish(address, image.descriptor);
      const place = fresh();
      const formats: readonly (readonly [string, string])[] = [
        [`oci:${place}/layout:x`, `${place}/layout`],
        [`oci-archive:${place}/oci.tar:x`, `${place}/oci.tar`],
        [`docker-archive:${place}/docker.tar:demo:1`, `${place}/docker.tar`],
      ];
      for (const [target, path] of formats) {
        await run('skopeo', 'copy', '--src-tls-verify=false', `docker://${address}`, target);
        const other = makeImages();
        const [loaded] = path.endsWith('.tar')
          ? await other.importArchive(new Uint8Array(readFileSync(path)), 'back:1')
          : await other.importFiles(openLayout(path), 'back:1');
        const back = await other.select(loaded!, parsePlatform('linux/amd64'));
        expect(back.config.config).toEqual({ Cmd: ['sh'] });
        if (!target.startsWith('docker-')) expect(back.descriptor).toEqual(image.descriptor);
        const tree = await other.rootfs(back);
        for (const { node } of walkTree(tree)) if (node.kind === 'file') await node.content.load();
        expect(diffTrees(richTree(), tree), target).toEqual([]);
      }
      // A directory of blobs, and back through Docker's schema 2 under another name.
      const blobs = `dir:${place}/dir`;
      await run('skopeo', 'copy', '--src-tls-verify=false', `docker://${address}`, blobs);
      const again = `${served.host}/team/again:1`;
      const flags = ['--format', 'v2s2', '--dest-tls-verify=false'];
      await run('skopeo', 'copy', ...flags, blobs, `docker://${again}`);
      const found = await images.resolve(again);
      expect(found.descriptor.mediaType).toBe(mediaType.dockerManifest);
      const schema2 = await images.select(found, parsePlatform('linux/amd64'));
      expect(schema2.config.rootfs).toEqual(image.config.rootfs);
    } finally {
      await served.close();
    }
  });

  test.each(['zstd', 'zstd:chunked', 'gzip'])(
    'recompresses to %s, and we read it',
    async (compression) => {
      const images = makeImages();
      const image = await images.build({ rootfs: richTree() });
      const layout = fresh();
      await images.exportTo(new DirectoryStore(layout, nodeHasher), image.descriptor, 'demo:1');
      const copy = fresh();
      const flags = ['--dest-compress', '--dest-compress-format', compression];
      await run(
        'skopeo',
        'copy',
        ...flags,
        '--dest-force-compress-format',
        `oci:${layout}:docker.io/library/demo:1`,
        `oci:${copy}:x`,
      ).catch(
        // Older ones have no force option: what is packed stays, so unpack first.
        async () => {
          const plain = fresh();
          await run(
            'skopeo',
            'copy',
            '--dest-decompress',
            `oci:${layout}:docker.io/library/demo:1`,
            `dir:${plain}`,
          );
          await run('skopeo', 'copy', ...flags, `dir:${plain}`, `oci:${copy}:x`);
        },
      );
      const other = makeImages();
      const [loaded] = await other.importFiles(openLayout(copy), 'x');
      const read = await other.select(loaded!, parsePlatform('linux/amd64'));
      expect(read.manifest.layers[0]?.mediaType).toBe(
        compression === 'gzip' ? mediaType.layerGzip : mediaType.layerZstd,
      );
      const tree = await other.rootfs(read);
      for (const { node } of walkTree(tree)) if (node.kind === 'file') await node.content.load();
      expect(diffTrees(richTree(), tree)).toEqual([]);
    },
  );
});

test.runIf(requireTool('zstd'))(
  'zstd with several frames, and with a skippable one between',
  async () => {
    const { decompress } = await import('../../src/archive/decompress.ts');
    const pack = (text: string, ...flags: string[]): Buffer =>
      execFileSync('zstd', ['-q', '-c', ...flags], { input: text });
    const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const long = 'stiletto '.repeat(100_000);
    for (const flags of [['-1'], ['-19'], ['--ultra', '-22'], ['--long=27'], ['--no-check']]) {
      const whole = Buffer.concat([
        pack('one', ...flags),
        skippable,
        pack(long, ...flags),
        skippable,
      ]);
      const out = await decompress(new Uint8Array(whole), 'zstd');
      expect(new TextDecoder().decode(out)).toBe(`one${long}`);
    }
  },
);

test('the command preloads archives', async () => {
  const images = makeImages();
  const { descriptor } = await platformImage(images, 'linux/arm64');
  const file = join(fresh(), 'demo.tar');
  writeFileSync(file, await images.exportArchive(descriptor, 'demo:1'));
  const served = await startRegistry({ port: 0, preload: [`library/demo:7=${file}`] });
  try {
    const found = await makeImages({ registry: client() }).resolve(`${served.host}/library/demo:7`);
    expect(found.descriptor).toEqual(descriptor);
    expect(await storeSource(images.store).read(found.descriptor)).toBeDefined();
  } finally {
    await served.close();
  }
  for (const bad of [{ port: -1 }, { port: 1.5 }, { user: 'x' }, { port: 0, preload: ['x'] }]) {
    await expect(startRegistry(bad)).rejects.toThrow(/registry: --/);
  }
});
