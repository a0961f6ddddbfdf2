/** An open directory. */

import { EISDIR } from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import { BaseFile } from './base_file.ts';
import type { DirectoryEntry, DirectoryStream, Inode, OpenFile } from './inode.ts';
import type { Path } from './path.ts';

/** Lists an inode; `path` gives `..` its inode number. */
export class DirectoryFile extends BaseFile {
  override readonly seekable: boolean = true;
  readonly directory: DirectoryStream;

  constructor(inode: Inode, flags: number, path: Path, task: Task | undefined) {
    super(inode, flags, path);
    this.directory = new InodeStream(inode, path, task);
  }

  override read(): number {
    return -EISDIR;
  }
}

class InodeStream implements DirectoryStream {
  readonly #inode: Inode;
  readonly #path: Path;
  readonly #task: Task | undefined;
  #entries: readonly DirectoryEntry[] | undefined;

  constructor(inode: Inode, path: Path, task: Task | undefined) {
    this.#inode = inode;
    this.#path = path;
    this.#task = task;
  }

  entries(position: number): readonly DirectoryEntry[] {
    const parent = this.#path.dentry.parent.inode.attributes;
    this.#entries ??= [
      { name: '.', ino: this.#inode.attributes.ino, kind: 'directory' },
      { name: '..', ino: parent.ino, kind: 'directory' },
      ...this.#inode.list(this.#task),
    ];
    return this.#entries.slice(position);
  }

  rewind(): void {
    this.#entries = undefined;
  }
}

/** The usual `open` of a directory. */
export function openDirectory(inode: Inode, path: Path, flags: number, task?: Task): OpenFile {
  return new DirectoryFile(inode, flags, path, task);
}
