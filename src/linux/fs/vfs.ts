/** The tree of mounts of one machine, and what may be asked of it by path. */

import type { DirectoryNode } from '../../rootfs/node.ts';
import { EROFS } from '../abi/errno.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Task } from '../kernel/task.ts';
import type { Network } from '../net/network.ts';
import { DeviceTable } from './devices.ts';
import { HiddenMount } from './hidden.ts';
import type { FileSystem, Inode } from './inode.ts';
import { LockTable } from './locks.ts';
import { childOf, Dentry, Mount, type Path } from './path.ts';
import type { Pipe } from './pipe.ts';
import { TreeDirectory } from './tree/tree_directory.ts';
import { TreeFileSystem, type TreeOptions } from './tree/tree_fs.ts';
import type { DevPts } from './tty/pty.ts';
import { crossMounts, type WalkOptions, type WalkResult, walk } from './walk.ts';

export interface VfsOptions {
  readonly clock: Clock;
  readonly network: Network;
  readonly rootfs: DirectoryNode;
}

/** How something is attached. */
export interface MountRequest {
  readonly fs: FileSystem;
  readonly root: Inode;
  readonly readOnly?: boolean;
  /** First column of /proc/mounts; the type by default. */
  readonly source?: string;
  /** Mount options besides ro and rw. */
  readonly options?: string;
}

/**
 * Mounts, devices, locks, pipes: everything of the file half that exists once per machine.
 * Made by `createVfs`.
 */
export class Vfs {
  readonly clock: Clock;
  readonly network: Network;
  readonly devices: DeviceTable = new DeviceTable();
  readonly locks: LockTable = new LockTable();
  readonly rootfs: TreeFileSystem;
  /** The root of all mounts. */
  readonly root: Path;
  /** In the order of mounting. */
  readonly mounts: Mount[] = [];
  readonly pipes: HiddenMount;
  readonly sockets: HiddenMount;
  readonly anonymous: HiddenMount;
  readonly memfds: TreeFileSystem;
  readonly memfdMount: Mount;
  /** The file system of pseudo terminals, where /dev/pts could be mounted. */
  pts: DevPts | undefined;
  /** Named pipes that are open now. */
  readonly fifos: WeakMap<Inode, Pipe> = new WeakMap<Inode, Pipe>();
  #lastMount: number = 20;
  #lastMinor: number = 20;
  #lastHiddenIno: number = 0;
  #lastCookie: number = 0;

  constructor(options: VfsOptions) {
    this.clock = options.clock;
    this.network = options.network;
    this.rootfs = this.makeTree('overlay', { base: options.rootfs });
    const root = new Dentry('', undefined, this.rootfs.root);
    const mount = new Mount({
      id: ++this.#lastMount,
      fs: this.rootfs,
      root,
      parent: undefined,
      readOnly: false,
      source: 'overlay',
    });
    this.mounts.push(mount);
    this.root = { mount, dentry: root };
    this.pipes = this.#hidden('pipefs');
    this.sockets = this.#hidden('sockfs');
    this.anonymous = this.#hidden('anon_inodefs');
    this.memfds = this.makeTree('tmpfs', {});
    const hiddenRoot = new Dentry('', undefined, this.memfds.root);
    this.memfdMount = new Mount({
      id: 0,
      fs: this.memfds,
      root: hiddenRoot,
      parent: undefined,
      readOnly: false,
      source: 'tmpfs',
      hidden: true,
    });
  }

  /** CLOCK_REALTIME in nanoseconds. */
  now(): bigint {
    return this.clock.realtime();
  }

  /** Minor device number for a file system without a device. */
  nextMinor(): number {
    return ++this.#lastMinor;
  }

  /** Inode number for a pipe, socket or other hidden inode. */
  nextHiddenIno(): number {
    return ++this.#lastHiddenIno;
  }

  /** Joins the two inotify events of a rename. */
  nextCookie(): number {
    this.#lastCookie = (this.#lastCookie + 1) >>> 0;
    return this.#lastCookie;
  }

  /** A writable tree: empty (tmpfs) or a view of an immutable one. */
  makeTree(type: string, options: Partial<TreeOptions>): TreeFileSystem {
    const minor = this.nextMinor();
    return new TreeFileSystem({ ...options, type, minor, now: () => this.now() });
  }

  /** Follows a path from the task's working directory, or from `start`. */
  walk(
    task: Task | undefined,
    text: string,
    options: WalkOptions & { readonly start?: Path },
  ): WalkResult | number {
    const start = options.start ?? task?.filesystem.cwd ?? this.root;
    const root = task?.filesystem.root ?? this.root;
    return walk(task, start, root, text, options);
  }

  /** Attaches a file system over an existing place. */
  mountAt(at: Path, request: MountRequest): Mount {
    const mount = new Mount({
      id: ++this.#lastMount,
      fs: request.fs,
      root: new Dentry(at.dentry.name, undefined, request.root),
      parent: at,
      readOnly: request.readOnly ?? false,
      source: request.source ?? request.fs.type,
      options: request.options ?? 'relatime',
    });
    at.mount.children.set(at.dentry, mount);
    this.mounts.push(mount);
    return mount;
  }

  /** Detaches a mount without mounts on it. */
  unmount(mount: Mount): void {
    if (!mount.parent || mount.children.size > 0) throw new Error('unmount of a mount in use');
    mount.parent.mount.children.delete(mount.parent.dentry);
    this.mounts.splice(this.mounts.indexOf(mount), 1);
  }

  /**
   * The place for a mount, made where it is missing; what was made stays out of snapshots unless
   * the guest puts something into it. Undefined where a file is in the way or the path's directory
   * belongs to a file system that cannot hold names.
   */
  mountPoint(path: string, kind: 'directory' | 'file'): Path | undefined {
    let at = this.root;
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    for (const [index, name] of names.entries()) {
      const wanted = index === names.length - 1 ? kind : 'directory';
      const next = this.#enter(at, name, wanted);
      if (!next) return undefined;
      at = next;
    }
    return at;
  }

  /** 0, or -EROFS on a read-only mount. */
  checkWritable(path: Path): number {
    return path.mount.readOnly ? -EROFS : 0;
  }

  #enter(at: Path, name: string, kind: 'directory' | 'file'): Path | undefined {
    const child = childOf(at.dentry, name, undefined);
    if (typeof child !== 'number') {
      const path = crossMounts({ mount: at.mount, dentry: child });
      const found = path.dentry.inode.attributes.kind;
      if (found === 'symlink') return this.#throughLink(path);
      return (found === 'directory') === (kind === 'directory') ? path : undefined;
    }
    const directory = at.dentry.inode;
    if (!(directory instanceof TreeDirectory)) return undefined;
    const inode = directory.addStub(name, kind);
    const dentry = new Dentry(name, at.dentry, inode);
    at.dentry.children.set(name, dentry);
    return { mount: at.mount, dentry };
  }

  /** Images may have /var/run → /run; mount points follow links inside the root. */
  #throughLink(path: Path): Path | undefined {
    const start = { mount: path.mount, dentry: path.dentry.parent };
    const result = this.walk(undefined, path.dentry.name, { follow: true, start });
    return typeof result === 'number' ? undefined : result.path;
  }

  #hidden(type: string): HiddenMount {
    return new HiddenMount(
      type,
      this.nextMinor(),
      () => this.nextHiddenIno(),
      () => this.now(),
    );
  }
}
