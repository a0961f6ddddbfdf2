/**
 * A mutable view of an immutable tree, and the file system behind the root, tmpfs and writable
 * mounts. Nothing is copied until it is changed; `snapshot` costs as much as the changes.
 *
 * @example
 * const fs = new TreeFileSystem({ type: 'overlay', base: image, minor: 21, now: clock });
 * const after = fs.snapshot(); // === image where nothing was changed
 */

import type { DirectoryNode, Node } from '../../../rootfs/node.ts';
import type { CreateRequest, FileSystem, FileSystemStatistics } from '../inode.ts';
import { fileSystemBytesMax, inodesMax } from '../limits.ts';
import type { ByteBudget } from './file_bytes.ts';
import { linkCounts, linksAreCounted, setLinkCounts } from './link_counts.ts';
import { TreeDirectory } from './tree_directory.ts';
import { TreeFile } from './tree_file.ts';
import { type InodeOrigin, type TreeInode, TreeSpecial, TreeSymlink } from './tree_inode.ts';

const TMPFS_MAGIC = 0x01021994;
/** f_type of statfs(2) where it is not tmpfs's. */
const magicOfType: Readonly<Record<string, number>> = { overlay: 0x794c7630 };

export interface TreeOptions {
  /** Name in /proc/mounts. */
  readonly type: string;
  /** The tree seen at first; absent: an empty root directory. */
  readonly base?: DirectoryNode;
  /** Minor number of `st_dev`; the major is 0 as for all file systems without a device. */
  readonly minor: number;
  /** Nanoseconds since the epoch. */
  readonly now: () => bigint;
  /** Mode of the root directory where there is no base. */
  readonly mode?: number;
  readonly bytesMax?: number;
}

export class TreeFileSystem implements FileSystem {
  readonly type: string;
  readonly deviceMajor: number = 0;
  readonly deviceMinor: number;
  readonly volatileNames: boolean = false;
  readonly now: () => bigint;
  readonly budget: ByteBudget;
  readonly root: TreeDirectory;
  #base: DirectoryNode | undefined;
  #lastIno: number = 0;
  /** First inode made for a node; later names of the node share it where it is a hard link. */
  readonly #inodes: Map<Node, TreeInode> = new Map<Node, TreeInode>();
  /** Inodes whose link count differs from the base's. */
  readonly #relinked: Set<TreeInode> = new Set<TreeInode>();
  /** Changed inodes that the base knows: other names of them must follow. */
  readonly #dirty: Set<TreeInode> = new Set<TreeInode>();
  /** Nodes replaced during a snapshot, for the link counts of the next base. */
  readonly #replaced: Map<Node, TreeInode> = new Map<Node, TreeInode>();

  constructor(options: TreeOptions) {
    this.type = options.type;
    this.deviceMinor = options.minor;
    this.now = options.now;
    this.budget = { used: 0, max: options.bytesMax ?? fileSystemBytesMax };
    this.#base = options.base;
    const request: CreateRequest = {
      kind: 'directory',
      mode: options.mode ?? 0o755,
      uid: 0,
      gid: 0,
    };
    this.root = new TreeDirectory(this, options.base ? { node: options.base } : { request });
  }

  /** Inodes seen so far. */
  get inodeCount(): number {
    return this.#lastIno;
  }

  /** Numbers are given in the order in which inodes are first seen; the root has 1. */
  nextIno(): number {
    return ++this.#lastIno;
  }

  statistics(): FileSystemStatistics {
    const blocks = Math.floor(this.budget.max / 4096);
    return {
      type: magicOfType[this.type] ?? TMPFS_MAGIC,
      blocks,
      blocksFree: blocks - Math.ceil(this.budget.used / 4096),
      files: inodesMax,
      filesFree: inodesMax - this.#lastIno,
    };
  }

  /** A new inode without a name. */
  make(request: CreateRequest): TreeInode {
    return makeInode(this, { request }, request.kind);
  }

  /** The inode of a base node: the same for all hard links. */
  inodeOf(node: Node): TreeInode {
    if (node.kind === 'directory') return new TreeDirectory(this, { node });
    const known = this.#inodes.get(node);
    // One node in two copies of one directory object is not a hard link.
    if (known && this.linksOf(node) > 1) return known;
    const inode = makeInode(this, { node }, node.kind);
    if (!known) this.#inodes.set(node, inode);
    return inode;
  }

  /** Names of a base node in the base tree. */
  linksOf(node: Node): number {
    if (!this.#base) return 1;
    return linkCounts(this.#base).get(node) ?? 1;
  }

  noteDirty(inode: TreeInode): void {
    this.#dirty.add(inode);
  }

  noteLinks(inode: TreeInode): void {
    this.#relinked.add(inode);
  }

  noteFrozen(inode: TreeInode, previous: Node | undefined): void {
    if (inode.kind === 'directory') return;
    if (previous) this.#replaced.set(previous, inode);
    this.#inodes.set(inode.node!, inode);
    this.#relinked.add(inode);
  }

  /** The tree as it is now. Shares every untouched node with the base and earlier snapshots. */
  snapshot(): DirectoryNode {
    this.#findOtherNames();
    const before = this.#base;
    const after = this.root.freeze();
    if (after.kind !== 'directory') throw new Error('the root became something else');
    if (before !== after) this.#carryLinkCounts(before, after);
    this.#base = after;
    this.#dirty.clear();
    this.#relinked.clear();
    this.#replaced.clear();
    return after;
  }

  /** Changed inodes with names that were never looked up: walks the tree to find those. Rare. */
  #findOtherNames(): void {
    for (const inode of this.#dirty) {
      let found = 0;
      for (const names of inode.holders.values()) found += names;
      if (found >= inode.nlink) continue;
      lookUpAll(this.root);
      return;
    }
  }

  /** The next base's link counts from this one's, so that the tree is walked at most once. */
  #carryLinkCounts(before: DirectoryNode | undefined, after: DirectoryNode): void {
    if (before && !linksAreCounted(before)) return;
    const counts = new Map(before ? linkCounts(before) : []);
    for (const [node, inode] of this.#replaced) {
      counts.delete(node);
      this.#inodes.delete(node);
      if (inode.nlink > 1) counts.set(inode.node!, inode.nlink);
    }
    for (const inode of this.#relinked) {
      if (!inode.node) continue;
      if (inode.nlink > 1) counts.set(inode.node, inode.nlink);
      else counts.delete(inode.node);
    }
    setLinkCounts(after, counts);
  }
}

function makeInode(
  fs: TreeFileSystem,
  origin: InodeOrigin,
  kind: CreateRequest['kind'],
): TreeInode {
  switch (kind) {
    case 'directory':
      return new TreeDirectory(fs, origin);
    case 'file':
      return new TreeFile(fs, origin);
    case 'symlink':
      return new TreeSymlink(fs, origin);
    default:
      return new TreeSpecial(fs, origin);
  }
}

function lookUpAll(root: TreeDirectory): void {
  const pending = [root];
  for (let next = pending.pop(); next; next = pending.pop()) {
    for (const name of next.names()) {
      const child = next.lookup(name);
      if (child instanceof TreeDirectory) pending.push(child);
    }
  }
}
