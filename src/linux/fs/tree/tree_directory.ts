/** Directories of the copy-on-write tree. */

import { compareNames } from '../../../rootfs/name.ts';
import type { DirectoryNode, Metadata, Node } from '../../../rootfs/node.ts';
import { ENOSPC, ENOTEMPTY } from '../../abi/errno.ts';
import type { Task } from '../../kernel/task.ts';
import { openDirectory } from '../directory_file.ts';
import type { CreateRequest, DirectoryEntry, Inode, OpenFile } from '../inode.ts';
import { inodesMax } from '../limits.ts';
import type { Path } from '../path.ts';
import { TreeFile } from './tree_file.ts';
import type { TreeFileSystem } from './tree_fs.ts';
import { type InodeOrigin, TreeInode } from './tree_inode.ts';

const noEntries: ReadonlyMap<string, Node> = new Map<string, Node>();

export class TreeDirectory extends TreeInode {
  /** Names that were looked up or changed; null marks a base name that was removed. */
  readonly #children: Map<string, TreeInode | null> = new Map<string, TreeInode | null>();
  #base: ReadonlyMap<string, Node>;
  /** Names in byte order, until one is added or removed. */
  #names: readonly string[] | undefined;
  #subdirectories: number | undefined;

  constructor(fs: TreeFileSystem, origin: InodeOrigin) {
    super(fs, origin);
    const node = 'node' in origin ? origin.node : undefined;
    this.#base = node?.kind === 'directory' ? node.entries : noEntries;
  }

  /** As overlayfs on ext4 shows small directories. */
  get size(): number {
    return 4096;
  }

  /** Two (its name and `.`) and one for each subdirectory's `..`; 0 once it was removed. */
  override get nlink(): number {
    if (this.holders.size === 0 && this !== this.fs.root) return 0;
    this.#subdirectories ??= this.#countSubdirectories();
    return 2 + this.#subdirectories;
  }

  override set nlink(_links: number) {
    throw new Error('links of a directory are counted, not set');
  }

  override open(path: Path, flags: number, task: Task | undefined): OpenFile {
    return openDirectory(this, path, flags, task);
  }

  override lookup(name: string): TreeInode | undefined {
    const known = this.#children.get(name);
    if (known !== undefined) return known ?? undefined;
    const node = this.#base.get(name);
    if (!node) return undefined;
    const inode = this.fs.inodeOf(node);
    this.#children.set(name, inode);
    inode.hold(this, false);
    return inode;
  }

  override list(): readonly DirectoryEntry[] {
    return this.names().map((name) => {
      const inode = this.lookup(name)!;
      return { name, ino: inode.ino, kind: inode.kind };
    });
  }

  /** Names in byte order. */
  names(): readonly string[] {
    if (this.#names) return this.#names;
    const names = [...this.#base.keys()].filter((name) => this.#children.get(name) !== null);
    const added: string[] = [];
    for (const [name, inode] of this.#children)
      if (inode && !this.#base.has(name)) added.push(name);
    this.#names = added.length > 0 ? [...names, ...added].sort(compareNames) : names;
    return this.#names;
  }

  override create(name: string, request: CreateRequest): Inode | number {
    if (this.fs.inodeCount >= inodesMax) return -ENOSPC;
    const inode = this.fs.make(request);
    this.#add(name, inode, true);
    return inode;
  }

  override createUnnamed(request: CreateRequest): Inode | number {
    return this.fs.inodeCount >= inodesMax ? -ENOSPC : this.fs.make(request);
  }

  override link(name: string, inode: Inode): number {
    this.#add(name, own(inode), true);
    own(inode).touch(false);
    return 0;
  }

  override unlink(name: string): number {
    const inode = this.lookup(name)!;
    this.#remove(name, inode);
    inode.touch(false);
    if (inode instanceof TreeFile) inode.discardIfGone();
    return 0;
  }

  override rmdir(name: string): number {
    const inode = this.lookup(name);
    if (!(inode instanceof TreeDirectory)) throw new Error(`rmdir of ${name}: not a directory`);
    if (inode.names().length > 0) return -ENOTEMPTY;
    this.#remove(name, inode);
    return 0;
  }

  override rename(name: string, to: Inode, newName: string, exchange: boolean): number {
    const target = own(to);
    if (!(target instanceof TreeDirectory)) throw new Error('rename into something else');
    const inode = this.lookup(name)!;
    const replaced = target.lookup(newName);
    if (replaced instanceof TreeDirectory && !exchange && replaced.names().length > 0) {
      return -ENOTEMPTY;
    }
    if (replaced) target.#remove(newName, replaced);
    this.#remove(name, inode);
    target.#add(newName, inode, true);
    if (exchange && replaced) this.#add(name, replaced, true);
    inode.touch(false);
    if (replaced) {
      replaced.touch(false);
      if (replaced instanceof TreeFile) replaced.discardIfGone();
    }
    return 0;
  }

  /** A mount point that was not there: seen by guests, absent from snapshots while unused. */
  addStub(name: string, kind: 'directory' | 'file'): TreeInode {
    const mode = kind === 'directory' ? 0o755 : 0o644;
    const inode = this.fs.make({ kind, mode, uid: 0, gid: 0 });
    inode.stub = true;
    inode.mtime = inode.atime = inode.ctime = this.mtime;
    this.#children.set(name, inode);
    this.#forgetCounts();
    if (kind === 'file') inode.nlink = 1;
    inode.holders.set(this, 1);
    return inode;
  }

  /** A stub that comes to hold something of its own becomes an ordinary directory. */
  #settle(): void {
    if (!this.stub) return;
    this.stub = false;
    for (const directory of this.holders.keys()) {
      directory.#settle();
      directory.markDirty();
    }
  }

  #add(name: string, inode: TreeInode, added: boolean): void {
    this.markDirty();
    this.#settle();
    this.#children.set(name, inode);
    inode.stub = false;
    inode.hold(this, added);
    this.#forgetCounts();
    this.touch(true);
  }

  #remove(name: string, inode: TreeInode): void {
    this.markDirty();
    if (this.#base.has(name)) this.#children.set(name, null);
    else this.#children.delete(name);
    inode.unhold(this);
    this.#forgetCounts();
    this.touch(true);
  }

  #forgetCounts(): void {
    this.#names = undefined;
    this.#subdirectories = undefined;
  }

  #countSubdirectories(): number {
    let count = 0;
    for (const [name, node] of this.#base) {
      if (node.kind === 'directory' && !this.#children.has(name)) count++;
    }
    for (const child of this.#children.values()) if (child?.kind === 'directory') count++;
    return count;
  }

  protected override makeNode(metadata: Metadata): DirectoryNode {
    const entries = new Map<string, Node>();
    for (const name of this.names()) {
      const child = this.#children.get(name);
      if (child?.stub) continue;
      entries.set(name, child ? child.freeze() : this.#base.get(name)!);
    }
    const unchanged = this.#sameEntries(entries);
    this.#base = unchanged ? this.#base : entries;
    for (const [name, child] of this.#children) if (!child) this.#children.delete(name);
    return { kind: 'directory', ...metadata, entries: this.#base };
  }

  #sameEntries(entries: ReadonlyMap<string, Node>): boolean {
    if (entries.size !== this.#base.size) return false;
    for (const [name, node] of entries) if (this.#base.get(name) !== node) return false;
    return true;
  }
}

function own(inode: Inode): TreeInode {
  if (inode instanceof TreeInode) return inode;
  throw new Error('an inode of another file system');
}
