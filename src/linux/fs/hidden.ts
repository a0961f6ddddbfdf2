/** File systems without a tree: pipes, sockets, epoll and their like. */

import { ENXIO } from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import type {
  FileSystem,
  FileSystemStatistics,
  InodeAttributes,
  InodeKind,
  OpenFile,
} from './inode.ts';
import { Inode } from './inode.ts';
import { Dentry, Mount, type Path } from './path.ts';

/** f_type of statfs(2). */
const magicOfType: Readonly<Record<string, number>> = {
  pipefs: 0x50495045,
  sockfs: 0x534f434b,
  anon_inodefs: 0x09041934,
};

class HiddenFileSystem implements FileSystem {
  readonly type: string;
  readonly deviceMajor: number = 0;
  readonly deviceMinor: number;
  readonly volatileNames: boolean = true;

  constructor(type: string, minor: number) {
    this.type = type;
    this.deviceMinor = minor;
  }

  statistics(): FileSystemStatistics {
    const type = magicOfType[this.type] ?? 0;
    return { type, blocks: 0, blocksFree: 0, files: 0, filesFree: 0 };
  }
}

/** An inode without a directory. `reopen` answers opens through /proc/self/fd. */
export class HiddenInode extends Inode {
  override readonly fs: FileSystem;
  override readonly attributes: InodeAttributes;
  reopen: ((path: Path, flags: number, task: Task | undefined) => OpenFile | number) | undefined;

  constructor(fs: FileSystem, attributes: InodeAttributes) {
    super();
    this.fs = fs;
    this.attributes = attributes;
  }

  override open(path: Path, flags: number, task: Task | undefined): OpenFile | number {
    return this.reopen ? this.reopen(path, flags, task) : -ENXIO;
  }
}

/** What is needed to make a hidden inode. */
export interface HiddenRequest {
  /** Kind of st_mode; absent: anonymous inodes without a type (epoll, eventfd). */
  readonly kind: InodeKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Name in /proc/PID/fd; `#` becomes the inode number: `pipe:[#]`. */
  readonly label: string;
}

/** One hidden mount and its inodes. */
export class HiddenMount {
  readonly mount: Mount;
  readonly #fs: HiddenFileSystem;
  readonly #nextIno: () => number;
  readonly #now: () => bigint;

  constructor(type: string, minor: number, nextIno: () => number, now: () => bigint) {
    this.#fs = new HiddenFileSystem(type, minor);
    this.#nextIno = nextIno;
    this.#now = now;
    const root = new Dentry('', undefined, this.#inode('directory', 0o755, 0, 0));
    const init = { id: 0, fs: this.#fs, root, parent: undefined, readOnly: false };
    this.mount = new Mount({ ...init, source: type, hidden: true });
  }

  /** A new inode, and the path that its open files have. */
  make(request: HiddenRequest): { inode: HiddenInode; path: Path } {
    const inode = this.#inode(request.kind, request.mode, request.uid, request.gid);
    const name = request.label.replace('#', String(inode.attributes.ino));
    return { inode, path: { mount: this.mount, dentry: new Dentry(name, this.mount.root, inode) } };
  }

  #inode(kind: InodeKind, mode: number, uid: number, gid: number): HiddenInode {
    const now = this.#now();
    const times = { atime: now, mtime: now, ctime: now };
    const ino = this.#nextIno();
    return new HiddenInode(this.#fs, {
      ...times,
      ino,
      kind,
      mode,
      uid,
      gid,
      nlink: 1,
      size: 0,
      rdevMajor: 0,
      rdevMinor: 0,
    });
  }
}
