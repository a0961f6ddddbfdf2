/** File systems whose files are computed when they are read: proc and sysfs. */

import { encodeName } from '../../rootfs/name.ts';
import { EACCES, EINVAL, EIO } from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import { BaseFile } from './base_file.ts';
import { openDirectory } from './directory_file.ts';
import type {
  DirectoryEntry,
  FileSystem,
  FileSystemStatistics,
  InodeAttributes,
  OpenFile,
} from './inode.ts';
import { Inode } from './inode.ts';
import type { Path } from './path.ts';

interface SpecBase {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** `st_size`; most files here say 0. */
  readonly size?: number;
}

/** A directory: its names, and what a name is. */
export interface DirectorySpec extends SpecBase {
  readonly kind: 'directory';
  names(task: Task | undefined): readonly string[];
  child(name: string, task: Task | undefined): Spec | undefined;
}

/** A file: its text at the time it is opened, and what writing to it does. */
export interface FileSpec extends SpecBase {
  readonly kind: 'file';
  text(task: Task | undefined): string | Uint8Array;
  /** 0 or a negative errno. */
  write?(text: string, task: Task | undefined): number;
}

/** A link; a magic one leads to a place without going by its text. */
export interface LinkSpec extends SpecBase {
  readonly kind: 'symlink';
  target(task: Task | undefined): string | number;
  magic?(task: Task | undefined): Path | number | undefined;
}

export type Spec = DirectorySpec | FileSpec | LinkSpec;

/** A fixed directory. */
export function directory(
  children: Readonly<Record<string, Spec>>,
  base: SpecBase = {},
): DirectorySpec {
  const map = new Map(Object.entries(children));
  return {
    ...base,
    kind: 'directory',
    names: () => [...map.keys()],
    child: (name) => map.get(name),
  };
}

/** A read-only file. */
export function file(text: (task: Task | undefined) => string | Uint8Array): FileSpec {
  return { kind: 'file', text };
}

/** A file with fixed text. */
export function constant(text: string): FileSpec {
  return { kind: 'file', text: () => text };
}

const modeOfKind = { directory: 0o555, file: 0o444, symlink: 0o777 } as const;

export class SyntheticFileSystem implements FileSystem {
  readonly type: string;
  readonly deviceMajor: number = 0;
  readonly deviceMinor: number;
  readonly volatileNames: boolean = true;
  readonly now: () => bigint;
  readonly #magic: number;
  readonly #inos: Map<string, number> = new Map<string, number>();

  constructor(options: { type: string; magic: number; minor: number; now: () => bigint }) {
    this.type = options.type;
    this.deviceMinor = options.minor;
    this.now = options.now;
    this.#magic = options.magic;
  }

  statistics(): FileSystemStatistics {
    return { type: this.#magic, blocks: 0, blocksFree: 0, files: 0, filesFree: 0 };
  }

  /** The root inode of a tree of specs. */
  makeRoot(spec: DirectorySpec): SyntheticInode {
    return new SyntheticInode(this, '', spec);
  }

  /** The same path always has the same number. */
  inoOf(key: string): number {
    const known = this.#inos.get(key);
    if (known !== undefined) return known;
    const ino = this.#inos.size + 1;
    this.#inos.set(key, ino);
    return ino;
  }
}

export class SyntheticInode extends Inode {
  override readonly fs: SyntheticFileSystem;
  override readonly attributes: InodeAttributes;
  readonly #key: string;
  readonly #spec: Spec;

  constructor(fs: SyntheticFileSystem, key: string, spec: Spec) {
    super();
    this.fs = fs;
    this.#key = key;
    this.#spec = spec;
    const now = fs.now();
    const writable = spec.kind === 'file' && spec.write ? 0o200 : 0;
    this.attributes = {
      ino: fs.inoOf(key),
      kind: spec.kind,
      mode: spec.mode ?? modeOfKind[spec.kind] | writable,
      uid: spec.uid ?? 0,
      gid: spec.gid ?? 0,
      nlink: spec.kind === 'directory' ? 2 : 1,
      size: spec.size ?? 0,
      rdevMajor: 0,
      rdevMinor: 0,
      atime: now,
      mtime: now,
      ctime: now,
    };
  }

  override lookup(name: string, task: Task | undefined): Inode | undefined {
    if (this.#spec.kind !== 'directory') return undefined;
    const spec = this.#spec.child(name, task);
    return spec && new SyntheticInode(this.fs, `${this.#key}/${name}`, spec);
  }

  override list(task: Task | undefined): readonly DirectoryEntry[] {
    if (this.#spec.kind !== 'directory') return [];
    const parent = this.#spec;
    return parent.names(task).flatMap((name) => {
      const child = parent.child(name, task);
      if (!child) return [];
      return [{ name, ino: this.fs.inoOf(`${this.#key}/${name}`), kind: child.kind }];
    });
  }

  override open(path: Path, flags: number, task: Task | undefined): OpenFile | number {
    if (this.#spec.kind === 'directory') return openDirectory(this, path, flags, task);
    if (this.#spec.kind !== 'file') return -EINVAL;
    if ((flags & 3) !== 0 && !this.#spec.write) return -EACCES;
    return new SyntheticFile(this, flags, path, this.#spec);
  }

  override readlink(task: Task | undefined): string | number {
    return this.#spec.kind === 'symlink' ? this.#spec.target(task) : -EINVAL;
  }

  override magicLink(task: Task | undefined): Path | number | undefined {
    return this.#spec.kind === 'symlink' ? this.#spec.magic?.(task) : undefined;
  }

  /** Opening with O_TRUNC (a shell's `>`) is no change. */
  override truncate(): number {
    return 0;
  }
}

class SyntheticFile extends BaseFile {
  override readonly seekable: boolean = true;
  readonly #spec: FileSpec;
  #bytes: Uint8Array | undefined;

  constructor(inode: Inode, flags: number, path: Path, spec: FileSpec) {
    super(inode, flags, path);
    this.#spec = spec;
  }

  /** The text is made anew when it is read from the beginning. */
  override read(into: Uint8Array, offset: number, task?: Task): number {
    if (offset === 0 || !this.#bytes) {
      const text = this.#spec.text(task);
      this.#bytes = typeof text === 'string' ? encodeName(text) : text;
    }
    const part = this.#bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }

  override write(from: Uint8Array, _offset: number, task?: Task): number {
    if (!this.#spec.write) return -EIO;
    const result = this.#spec.write(new TextDecoder().decode(from), task);
    return result < 0 ? result : from.length;
  }
}
