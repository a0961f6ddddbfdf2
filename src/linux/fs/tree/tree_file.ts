/** Regular files of the copy-on-write tree. */

import { emptyContent } from '../../../rootfs/content.ts';
import type { Content, Metadata, Node } from '../../../rootfs/node.ts';
import { EFBIG, EPERM } from '../../abi/errno.ts';
import { O_NOATIME } from '../../abi/open_flags.ts';
import { BaseFile } from '../base_file.ts';
import type { OpenFile } from '../inode.ts';
import type { Path } from '../path.ts';
import { FileBytes } from './file_bytes.ts';
import type { TreeFileSystem } from './tree_fs.ts';
import { type InodeOrigin, TreeInode } from './tree_inode.ts';

/** Seals of memfd_create(2), F_ADD_SEALS. */
export const F_SEAL_SEAL = 0x1;
export const F_SEAL_SHRINK = 0x2;
export const F_SEAL_GROW = 0x4;
export const F_SEAL_WRITE = 0x8;
export const F_SEAL_FUTURE_WRITE = 0x10;

const nanosecondsPerDay = 86_400_000_000_000n;

export class TreeFile extends TreeInode {
  readonly bytes: FileBytes;
  /** F_SEAL_* bits; undefined where the file cannot be sealed (EINVAL). */
  seals: number | undefined;
  #opens: number = 0;

  constructor(fs: TreeFileSystem, origin: InodeOrigin) {
    super(fs, origin);
    const node = 'node' in origin ? origin.node : undefined;
    const content: Content = node?.kind === 'file' ? node.content : emptyContent;
    this.bytes = new FileBytes(content, fs.budget);
  }

  get size(): number {
    return this.bytes.size;
  }

  /** Bytes that take memory, for `st_blocks`. */
  get allocated(): number {
    return this.bytes.allocated;
  }

  override load(): Promise<unknown> | undefined {
    return this.bytes.load();
  }

  override open(path: Path, flags: number): OpenFile {
    this.#opens++;
    return new TreeOpenFile(this, flags, path);
  }

  /** A description was closed: the bytes of a deleted file go with the last one. */
  closed(): void {
    this.#opens--;
    this.discardIfGone();
  }

  discardIfGone(): void {
    if (this.#opens === 0 && this.nlink === 0) this.bytes.discard();
  }

  override truncate(size: number): number {
    if (size < this.size && this.#sealed(F_SEAL_SHRINK)) return -EPERM;
    if (size > this.size && this.#sealed(F_SEAL_GROW)) return -EPERM;
    this.markDirty();
    const isSmaller = size < this.size;
    const result = this.bytes.truncate(size);
    if (result === 0) this.touch(true);
    if (isSmaller) for (const mapper of this.mappers ?? []) mapper.fileShrunk(this);
    return result;
  }

  /** Zeros [offset, offset+length), growing to `end` where that is more. 0 or an errno. */
  zeroRange(offset: number, length: number, keepSize: boolean): number {
    if (this.#sealed(F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) return -EPERM;
    if (!keepSize && offset + length > this.size) {
      const grown = this.truncate(offset + length);
      if (grown < 0) return grown;
    }
    const result = this.bytes.zero(offset, length);
    this.touch(true);
    return result;
  }

  readAt(into: Uint8Array, offset: number, updateTime: boolean): number {
    for (const mapper of this.mappers ?? []) mapper.fileRead(this, offset, into.length);
    const count = this.bytes.read(into, offset);
    if (updateTime) this.#accessed();
    return count;
  }

  writeAt(from: Uint8Array, offset: number): number {
    if (this.#sealed(F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) return -EPERM;
    if (this.#sealed(F_SEAL_GROW) && offset + from.length > this.size) return -EPERM;
    const count = this.bytes.write(from, offset);
    if (count > 0) this.touch(true);
    if (count > 0) for (const mapper of this.mappers ?? []) mapper.fileWritten(this, offset, count);
    return count;
  }

  /** relatime: atime moves when it is older than mtime, or a day old. Not kept in snapshots. */
  #accessed(): void {
    const now = this.fs.now();
    const stale = this.atime <= this.mtime || this.atime <= this.ctime;
    if (stale || now - this.atime >= nanosecondsPerDay) this.atime = now;
  }

  #sealed(seals: number): boolean {
    return ((this.seals ?? 0) & seals) !== 0;
  }

  protected override makeNode(metadata: Metadata): Node {
    return { kind: 'file', ...metadata, content: this.bytes.freeze() };
  }
}

/** An open regular file. */
class TreeOpenFile extends BaseFile {
  override readonly seekable: boolean = true;
  readonly #file: TreeFile;

  constructor(file: TreeFile, flags: number, path: Path) {
    super(file, flags, path);
    this.#file = file;
  }

  override read(into: Uint8Array, offset: number): number {
    return this.#file.readAt(into, offset, (this.flags & O_NOATIME) === 0);
  }

  override write(from: Uint8Array, offset: number): number {
    if (offset < 0) return -EFBIG;
    return this.#file.writeAt(from, offset);
  }

  override close(): void {
    this.#file.closed();
  }
}
