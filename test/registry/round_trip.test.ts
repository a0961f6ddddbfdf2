/**
 * Pull, exec, publish, and pull by others: skopeo and umoci, buildah, podman. What they unpack is
 * archived by GNU tar and compared with our tree: contents, modes, owners, links, times, xattrs.
 */

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Engine, hasher, MemoryStore } from 'stiletto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entryBytes } from '../../src/archive/tar.ts';
import { readTar } from '../../src/archive/tar_read.ts';
import { startRegistry } from '../../src/cli/registry.ts';
import type { Served } from '../../src/host/node/serve.ts';
import { applyLayer, type LayerEntry } from '../../src/rootfs/apply.ts';
import { memoryContent } from '../../src/rootfs/content.ts';
import { diffTrees } from '../../src/rootfs/diff.ts';
import { emptyDirectory, metadataOf } from '../../src/rootfs/editor.ts';
import type { DirectoryNode, Node } from '../../src/rootfs/node.ts';
import { lookup } from '../../src/rootfs/path.ts';
import { insertNode, mergeAt, walkTree } from '../../src/rootfs/tree.ts';
import { file, richTree } from '../image/samples.ts';
import { requireTool } from '../tools.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-trip-'));
let count = 0;
const fresh = (): string => {
  const directory = join(root, String(count++));
  mkdirSync(directory);
  return directory;
};

/** Owners, devices and capabilities are only unpacked by root. */
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('not root: the comparisons of unpacked images do not run');

const platform = 'linux/amd64';

/** What the guest does to the image: every kind of change. */
const script = `
  set -e
  cd /work
  echo changed > kept; chown 1234:5678 kept; chmod 2750 kept
  rm gone; rm -r directory; echo file > directory
  mkdir -p new/deep; chmod 1777 new; echo x > new/deep/x
  ln new/deep/x new/y; ln -s ../../etc new/link; ln old older
  mkfifo new/pipe; mknod new/null c 1 3; mknod new/disk b 8 1
  touch -d '2001-02-03 04:05:06' new/deep/x
  printf 'a\\000b\\377' > "$(printf 'new/\\303\\274\\377')"
  chmod 4755 /bin/tool; mkdir -p /opt/a; mv /work/moved /opt/a/moved
  head -c 300000 /dev/zero > zeros
`;

let served: Served;
let address = '';
let ours: DirectoryNode;

/** The whole tree with its contents in memory. */
async function loaded(engine: Engine, reference: string): Promise<DirectoryNode> {
  const { images } = engine;
  const found = await images.resolve(reference);
  const image = await images.select(found, { os: 'linux', architecture: 'amd64' });
  const tree = await images.rootfs(image);
  for (const { node } of walkTree(tree)) if (node.kind === 'file') await node.content.load();
  return tree;
}

beforeAll(async () => {
  served = await startRegistry({ port: 0 });
  const base = `${served.host}/team/base:1`;
  address = `${served.host}/team/out:1`;
  {
    await using engine = await connect({ store: new MemoryStore(hasher), config: false });
    const { images } = engine;
    const found = await images.resolve('busybox');
    const busybox = await images.select(found, { os: 'linux', architecture: 'amd64' });
    let tree = mergeAt(await images.rootfs(busybox), '/', richTree());
    for (const name of ['kept', 'gone', 'old', 'moved', 'directory/inside']) {
      const mtime = 1_500_000_000_987_654_321n;
      tree = insertNode(tree, `/work/${name}`, file(name, { mtime, uid: 7, gid: 8 }));
    }
    // CAP_NET_RAW, permitted and effective: what Linux accepts (struct vfs_cap_data, revision 2).
    const capability = new Uint8Array(20);
    capability.set([1, 0, 0, 2, 0, 0x20]);
    const attributes = new Map([['security.capability', capability]]);
    tree = insertNode(tree, '/bin/tool', file('tool', { mode: 0o755, xattrs: attributes }));
    const xattrs = new Map([['user.note', Uint8Array.of(0, 1, 254, 255)]]);
    tree = insertNode(tree, '/work/noted', file('noted', { xattrs }));
    const image = await images.build({ base: busybox, rootfs: tree });
    await images.publish(base, image.descriptor);
  }
  {
    await using engine = await connect({ store: new MemoryStore(hasher), config: false });
    const container = engine.container({ platform }).from(base).withExec(['sh', '-c', script]);
    await container.publish(address);
  }
  await using engine = await connect({ store: new MemoryStore(hasher), config: false });
  ours = await loaded(engine, address);
}, 120_000);

afterAll(async () => {
  await served?.close();
  execFileSync('chmod', ['-R', 'u+rwX', root]);
  execFileSync('rm', ['-rf', root]);
});

/** Runs a program while this process serves it; its standard output, or an error with all of it. */
function run(program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => (output += String(data)));
    child.stderr.on('data', (data) => (errors += String(data)));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(output.trim());
      else reject(new Error(`${program} ${args.join(' ')}: ${errors}${output}`));
    });
  });
}

/** A directory of the host as GNU tar sees it. */
function treeOf(directory: string): DirectoryNode {
  const flags = '--format=posix --numeric-owner --xattrs --xattrs-include=* -C'.split(' ');
  const archive = new Uint8Array(
    execFileSync('tar', [...flags, directory, '-c', '.'], { maxBuffer: 1 << 28 }),
  );
  const entries: LayerEntry[] = [];
  for (const entry of readTar(archive)) {
    const { path, type, target = '', major = 0, minor = 0 } = entry;
    if (type === 'hardlink') {
      entries.push({ path, linkTarget: target });
      continue;
    }
    const own = metadataOf(entry);
    const nodes: Record<Exclude<typeof type, 'hardlink'>, () => Node> = {
      file: () => ({ kind: 'file', ...own, content: memoryContent(entryBytes(archive, entry)) }),
      directory: () => ({ kind: 'directory', ...own, entries: new Map() }),
      symlink: () => ({ kind: 'symlink', ...own, target }),
      character: () => ({ kind: 'character', ...own, major, minor }),
      block: () => ({ kind: 'block', ...own, major, minor }),
      fifo: () => ({ kind: 'fifo', ...own }),
    };
    entries.push({ path, node: nodes[type]() });
  }
  return applyLayer(emptyDirectory, entries);
}

/** A line for each node: what two trees must agree in. */
function lines(tree: DirectoryNode, without: readonly RegExp[] = []): string[] {
  const inodes = new Map<Node, string>();
  return [...walkTree(tree)]
    .filter(({ path }) => !without.some((pattern) => pattern.test(path)))
    .map(({ path, node }) => {
      const first = inodes.get(node);
      if (first === undefined) inodes.set(node, path);
      const content =
        node.kind === 'file' ? Buffer.from(node.content.bytes!).toString('latin1') : '';
      const own = 'target' in node ? node.target : 'major' in node ? [node.major, node.minor] : '';
      const xattrs = [...(node.xattrs ?? [])].map(([name, value]) => [name, [...value]]);
      const isRootDirectory = path === '';
      return JSON.stringify({
        path,
        kind: node.kind,
        mode: node.mode.toString(8),
        owner: `${node.uid}:${node.gid}`,
        // The root directory of an image belongs to whoever unpacks it.
        mtime: isRootDirectory ? '' : String(node.mtime),
        own,
        xattrs,
        link: first ?? '',
        length: content.length,
        content: content.slice(0, 200),
      });
    });
}

test('the changes are all there', () => {
  const at = (path: string): Node | undefined => lookup(ours, path, false);
  expect(at('/work/kept')).toMatchObject({ mode: 0o2750, uid: 1234, gid: 5678 });
  expect(at('/work/directory')?.kind).toBe('file');
  expect([at('/work/gone'), at('/work/moved')]).toEqual([undefined, undefined]);
  expect(at('/work/new/y')).toBe(at('/work/new/deep/x'));
  expect(at('/work/older')).toBe(at('/work/old'));
  expect(at('/work/new/deep/x')?.mtime).toBe(981_173_106_000_000_000n);
  expect(at('/opt/a/moved')).toMatchObject({ uid: 7, mtime: 1_500_000_000_987_654_321n });
  expect(at('/work/new/ü\udcff')).toMatchObject({ kind: 'file' });
  expect(at('/work/new/null')).toMatchObject({ kind: 'character', major: 1, minor: 3 });
  expect(at('/work/noted')?.xattrs?.get('user.note')).toEqual(Uint8Array.of(0, 1, 254, 255));
  expect(at('/bin/tool')).toMatchObject({ mode: 0o4755 });
});

describe.runIf(isRoot && requireTool('skopeo') && requireTool('umoci'))('skopeo and umoci', () => {
  test('unpack the same tree', async () => {
    const layout = fresh();
    await run('skopeo', 'copy', '--src-tls-verify=false', `docker://${address}`, `oci:${layout}:x`);
    const bundle = join(fresh(), 'bundle');
    await run('umoci', 'unpack', '--image', `${layout}:x`, bundle);
    expect(lines(treeOf(join(bundle, 'rootfs')))).toEqual(lines(ours));
  });
});

/** Storage of its own, without a daemon and without mounts. */
const storage = (): string[] => {
  const directory = fresh();
  return [
    '--root',
    `${directory}/root`,
    '--runroot',
    `${directory}/run`,
    '--storage-driver',
    'vfs',
  ];
};

describe.runIf(isRoot && requireTool('buildah'))('buildah', () => {
  test('unpacks the same tree', async () => {
    const own = storage();
    const buildah = (...args: string[]) => run('buildah', ...own, ...args);
    await buildah('pull', '--tls-verify=false', '--policy=always', `docker://${address}`);
    const container = await buildah('from', '--pull-never', address);
    const directory = await buildah('mount', container);
    expect(lines(treeOf(directory))).toEqual(lines(ours));
    await buildah('umount', container);
    // What it publishes of a change, we read.
    await buildah('config', '--label', 'by=buildah', container);
    await buildah('copy', container, 'LICENSE', '/work/LICENSE');
    const back = `${served.host}/team/buildah:1`;
    await buildah('commit', '--tls-verify=false', container, `docker://${back}`);
    await using engine = await connect({ store: new MemoryStore(hasher), config: false });
    const pulled = engine.container({ platform }).from(back);
    expect(await pulled.label('by')).toBe('buildah');
    const changes = diffTrees(ours, await loaded(engine, back)).map(({ path }) => path);
    expect(changes.filter((path) => !['', 'work'].includes(path))).toEqual(['work/LICENSE']);
  });
});

describe.runIf(isRoot && requireTool('podman'))('podman', () => {
  test('unpacks the same tree', async () => {
    const own = storage();
    const podman = (...args: string[]) => run('podman', ...own, ...args);
    await podman('pull', '--tls-verify=false', address);
    const directory = await podman('image', 'mount', address);
    expect(lines(treeOf(directory))).toEqual(lines(ours));
    await podman('image', 'unmount', address);
  });
});
