/**
 * The file systems of a machine as a container engine sets them up: the image at /, proc, sys, dev
 * with pts and shm, the request's mounts, and the three files of /etc that engines provide.
 */

import { EngineError } from '../../engine/error.ts';
import type { Mount as MountSpec } from '../../machine/machine.ts';
import { memoryContent } from '../../rootfs/content.ts';
import type { DirectoryNode } from '../../rootfs/node.ts';
import { EIO, ENXIO } from '../abi/errno.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Task } from '../kernel/task.ts';
import type { Network } from '../net/network.ts';
import { registerMemoryDevices } from './dev/memory_devices.ts';
import type { InodeKind, OpenFile } from './inode.ts';
import type { Path } from './path.ts';
import { makeProcfs, makeSysfs } from './proc/procfs.ts';
import type { TreeDirectory } from './tree/tree_directory.ts';
import { TreeFile } from './tree/tree_file.ts';
import type { TreeFileSystem } from './tree/tree_fs.ts';
import { DevPts } from './tty/pty.ts';
import type { TerminalDevice } from './tty/terminal.ts';
import { TtyFile } from './tty/tty_file.ts';
import { Vfs } from './vfs.ts';

export interface CreateVfsOptions {
  readonly clock: Clock;
  readonly network: Network;
  readonly rootfs: DirectoryNode;
  readonly mounts?: readonly MountSpec[];
  readonly hostname: string;
}

/** A machine's file systems, and what becomes of them. */
export interface CreatedVfs {
  readonly vfs: Vfs;
  /** The root file system now; shares every untouched node with the one given. */
  snapshot(): DirectoryNode;
  /** New trees of the writable mounts, by path. */
  mountSnapshots(): ReadonlyMap<string, DirectoryNode>;
}

/**
 * Sets up the file systems. Mount points that the image lacks are seen by guests but stay out of
 * the snapshot unless the guest puts something into them (BuildKit's rule; Docker leaves them).
 * Throws EngineError PATH_INVALID for a mount whose path leads through a file.
 */
export function createVfs(options: CreateVfsOptions): CreatedVfs {
  const { clock, network, rootfs } = options;
  const vfs = new Vfs({ clock, network, rootfs });
  const writable: { path: string; fs: TreeFileSystem }[] = [];
  const over = (options.mounts ?? []).map(({ path }) => path);
  mountSystem(vfs);
  provideFiles(vfs, options.hostname, over);
  for (const mount of options.mounts ?? []) {
    const fs = mountRequested(vfs, mount);
    if (!mount.readOnly && mount.source !== 'tmpfs') writable.push({ path: mount.path, fs });
  }
  return {
    vfs,
    snapshot: () => vfs.rootfs.snapshot(),
    mountSnapshots: () => new Map(writable.map(({ path, fs }) => [path, fs.snapshot()])),
  };
}

function mountRequested(vfs: Vfs, mount: MountSpec): TreeFileSystem {
  const at = vfs.mountPoint(mount.path, 'directory');
  if (!at) {
    throw new EngineError('PATH_INVALID', `cannot mount at ${mount.path}: a file is in the way`, {
      remedy: 'choose a path whose every component is a directory or does not exist',
    });
  }
  const tmpfs = mount.source === 'tmpfs';
  const type = tmpfs ? 'tmpfs' : 'overlay';
  const base = mount.source === 'tmpfs' ? { mode: 0o1777 } : { base: mount.source };
  const fs = vfs.makeTree(type, base);
  vfs.mountAt(at, { fs, root: fs.root, readOnly: mount.readOnly });
  return fs;
}

function mountSystem(vfs: Vfs): void {
  mountIfPossible(vfs, '/proc', makeProcfs(vfs));
  mountIfPossible(vfs, '/sys', makeSysfs(vfs), true);
  const dev = vfs.makeTree('tmpfs', { mode: 0o755 });
  populateDev(dev);
  mountIfPossible(vfs, '/dev', { fs: dev, root: dev.root });
  const shm = vfs.makeTree('tmpfs', { mode: 0o1777 });
  mountIfPossible(vfs, '/dev/shm', { fs: shm, root: shm.root });
  const pts = new DevPts(vfs);
  pts.mountPath = mountIfPossible(vfs, '/dev/pts', { fs: pts, root: pts.root });
  vfs.pts = pts;
  registerMemoryDevices(vfs.devices);
  vfs.devices.register('character', 5, 0, openControllingTerminal);
}

/** An image with a file named /proc does without the mount. */
function mountIfPossible(
  vfs: Vfs,
  path: string,
  what: { fs: import('./inode.ts').FileSystem; root: import('./inode.ts').Inode },
  readOnly: boolean = false,
): Path | undefined {
  const at = vfs.mountPoint(path, 'directory');
  if (!at) return undefined;
  const mount = vfs.mountAt(at, { ...what, readOnly });
  return { mount, dentry: mount.root };
}

// biome-ignore format: a table
const devNodes: readonly (readonly [string, number, number, number])[] = [
  // name, mode, major, minor
  ['null', 0o666, 1, 3], ['zero', 0o666, 1, 5], ['full', 0o666, 1, 7], ['random', 0o666, 1, 8],
  ['urandom', 0o666, 1, 9], ['tty', 0o666, 5, 0], ['console', 0o620, 5, 1],
];

const devLinks: readonly (readonly [string, string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['ptmx', 'pts/ptmx'],
  ['core', '/proc/kcore'],
];

function populateDev(dev: TreeFileSystem): void {
  const own = { uid: 0, gid: 0 };
  for (const [name, mode, rdevMajor, rdevMinor] of devNodes) {
    const kind: InodeKind = 'character';
    dev.root.create(name, { ...own, kind, mode, rdevMajor, rdevMinor });
  }
  for (const [name, target] of devLinks) {
    dev.root.create(name, { ...own, kind: 'symlink', mode: 0o777, target });
  }
  for (const name of ['shm', 'pts', 'mqueue']) {
    dev.root.create(name, { ...own, kind: 'directory', mode: 0o755 });
  }
}

/** /dev/tty: the caller's controlling terminal, -ENXIO without one. */
function openControllingTerminal(
  path: Path,
  flags: number,
  task: Task | undefined,
): OpenFile | number {
  const device = task?.process.terminal as TerminalDevice | undefined;
  if (!device) return -ENXIO;
  return device.hungUp ? -EIO : new TtyFile(device, path.dentry.inode, path, flags);
}

/** Files that engines mount over the image's own, unless a mount of the request covers them. */
function provideFiles(vfs: Vfs, hostname: string, over: readonly string[]): void {
  const hosts = [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    ...(hostname === 'localhost' ? [] : [`127.0.1.1\t${hostname}`]),
    '',
  ].join('\n');
  const files: readonly (readonly [string, string])[] = [
    ['/etc/hostname', `${hostname}\n`],
    ['/etc/hosts', hosts],
    ['/etc/resolv.conf', 'nameserver 127.0.0.11\noptions ndots:0\n'],
  ];
  const holder = vfs.makeTree('tmpfs', {});
  for (const [path, text] of files) {
    if (over.some((mounted) => path === mounted || path.startsWith(`${mounted}/`))) continue;
    const at = vfs.mountPoint(path, 'file');
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (at) vfs.mountAt(at, { fs: holder, root: fileWith(holder.root, name, text) });
  }
}

function fileWith(parent: TreeDirectory, name: string, text: string): TreeFile {
  const content = memoryContent(new TextEncoder().encode(text));
  const own = { mode: 0o644, uid: 0, gid: 0, mtime: parent.fs.now() };
  const inode = new TreeFile(parent.fs, { node: { ...own, kind: 'file', content } });
  parent.link(name, inode);
  return inode;
}
