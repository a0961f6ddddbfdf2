/** Inodes of the copy-on-write tree: what all kinds share, and the kinds without contents. */

import { encodeName } from '../../../rootfs/name.ts';
import type { Metadata, Node } from '../../../rootfs/node.ts';
import { ENXIO } from '../../abi/errno.ts';
import type { Task } from '../../kernel/task.ts';
import type { CreateRequest, InodeAttributes, InodeKind, OpenFile } from '../inode.ts';
import { Inode } from '../inode.ts';
import type { Path } from '../path.ts';
import type { TreeDirectory } from './tree_directory.ts';
import type { TreeFileSystem } from './tree_fs.ts';

/** Where an inode's first attributes come from: an immutable node, or a create call. */
export type InodeOrigin = { readonly node: Node } | { readonly request: CreateRequest };

const noXattrs: ReadonlyMap<string, Uint8Array> = new Map<string, Uint8Array>();

export abstract class TreeInode extends Inode implements InodeAttributes {
  override readonly fs: TreeFileSystem;
  readonly ino: number;
  readonly kind: InodeKind;
  mode: number;
  uid: number;
  gid: number;
  rdevMajor: number;
  rdevMinor: number;
  atime: bigint;
  mtime: bigint;
  ctime: bigint;
  xattrs: ReadonlyMap<string, Uint8Array>;
  /** The immutable node this inode equals while it is not dirty; undefined for new ones. */
  node: Node | undefined;
  /** Whether it differs from `node`; a directory also when something below it does. */
  dirty: boolean;
  /** Made for a mount point that was not there; left out of snapshots while it is unused. */
  stub: boolean = false;
  /** Directories with a looked-up name of this inode, and how many names. */
  readonly holders: Map<TreeDirectory, number> = new Map<TreeDirectory, number>();
  #links: number | undefined;

  constructor(fs: TreeFileSystem, origin: InodeOrigin) {
    super();
    this.fs = fs;
    this.ino = fs.nextIno();
    const node = 'node' in origin ? origin.node : undefined;
    const request = 'request' in origin ? origin.request : undefined;
    const from = node ?? request!;
    this.node = node;
    this.dirty = node === undefined;
    this.kind = from.kind;
    this.mode = from.mode;
    this.uid = from.uid;
    this.gid = from.gid;
    const device = node && 'major' in node ? node : undefined;
    this.rdevMajor = device?.major ?? request?.rdevMajor ?? 0;
    this.rdevMinor = device?.minor ?? request?.rdevMinor ?? 0;
    this.mtime = node?.mtime ?? fs.now();
    this.atime = this.mtime;
    this.ctime = this.mtime;
    this.xattrs = node?.xattrs ?? noXattrs;
    if (request) this.#links = 0;
  }

  get attributes(): InodeAttributes {
    return this;
  }

  abstract get size(): number;

  /** Names in this file system; counted for base nodes when somebody asks. */
  get nlink(): number {
    this.#links ??= this.node ? this.fs.linksOf(this.node) : 1;
    return this.#links;
  }

  set nlink(links: number) {
    this.#links = links;
  }

  /** Records a name; `looked up` names exist already, others add a link. */
  hold(directory: TreeDirectory, added: boolean): void {
    if (added && this.kind !== 'directory') this.nlink++;
    this.holders.set(directory, (this.holders.get(directory) ?? 0) + 1);
    if (this.dirty) directory.markDirty();
  }

  /** A name is gone. */
  unhold(directory: TreeDirectory): void {
    const names = this.holders.get(directory) ?? 0;
    if (names <= 1) this.holders.delete(directory);
    else this.holders.set(directory, names - 1);
    if (this.kind !== 'directory') {
      this.nlink--;
      this.fs.noteLinks(this);
    }
  }

  /** Something changed: it and all directories above are no longer what the base has. */
  markDirty(): void {
    if (this.dirty) return;
    this.dirty = true;
    if (this.node && this.kind !== 'directory') this.fs.noteDirty(this);
    for (const directory of this.holders.keys()) directory.markDirty();
  }

  override attributesChanged(): void {
    this.markDirty();
  }

  /** Sets ctime, and mtime with `content`. */
  touch(content: boolean): void {
    const now = this.fs.now();
    this.ctime = now;
    if (content) this.mtime = now;
    this.markDirty();
  }

  override open(_path: Path, _flags: number, _task: Task | undefined): OpenFile | number {
    return -ENXIO;
  }

  override getXattr(name: string): Uint8Array | undefined {
    return this.xattrs.get(name);
  }

  override setXattr(name: string, value: Uint8Array | undefined): number {
    const next = new Map(this.xattrs);
    if (value) next.set(name, value);
    else next.delete(name);
    this.xattrs = new Map([...next].sort(([a], [b]) => (a < b ? -1 : 1)));
    this.touch(false);
    return 0;
  }

  override listXattrs(): readonly string[] {
    return [...this.xattrs.keys()];
  }

  /** The immutable node equal to this inode; the old one where nothing changed. */
  freeze(): Node {
    if (!this.dirty && this.node) return this.node;
    const previous = this.node;
    this.node = this.makeNode(this.#metadata());
    this.dirty = false;
    this.fs.noteFrozen(this, previous);
    return this.node;
  }

  protected abstract makeNode(metadata: Metadata): Node;

  #metadata(): Metadata {
    const { mode, uid, gid, mtime, xattrs } = this;
    return xattrs.size > 0 ? { mode, uid, gid, mtime, xattrs } : { mode, uid, gid, mtime };
  }
}

export class TreeSymlink extends TreeInode {
  readonly target: string;

  constructor(fs: TreeFileSystem, origin: InodeOrigin) {
    super(fs, origin);
    const node = 'node' in origin ? origin.node : undefined;
    this.target = node?.kind === 'symlink' ? node.target : linkTarget(origin);
  }

  get size(): number {
    return encodeName(this.target).length;
  }

  override readlink(): string {
    return this.target;
  }

  protected override makeNode(metadata: Metadata): Node {
    return { kind: 'symlink', ...metadata, target: this.target };
  }
}

function linkTarget(origin: InodeOrigin): string {
  return ('request' in origin ? origin.request.target : undefined) ?? '';
}

/** Device nodes, fifos and sockets: what they do when opened is the vfs's business. */
export class TreeSpecial extends TreeInode {
  get size(): number {
    return 0;
  }

  protected override makeNode(metadata: Metadata): Node {
    const kind = this.kind;
    if (kind === 'fifo' || kind === 'socket') return { kind, ...metadata };
    if (kind !== 'character' && kind !== 'block') throw new Error(`not a special file: ${kind}`);
    return { kind, ...metadata, major: this.rdevMajor, minor: this.rdevMinor };
  }
}
