/** Descriptor tables: what CLONE_FILES shares (`struct files_struct`). */

import { EBADF, EMFILE } from '../abi/errno.ts';
import type { OpenFile } from './inode.ts';
import { openFilesMax } from './limits.ts';

interface Slot {
  readonly file: OpenFile;
  closeOnExec: boolean;
}

/**
 * File descriptors of a process. A table holds one reference on each open file; the last reference
 * closes it.
 *
 * @example
 * const fd = table.install(file, { closeOnExec: true });
 * if (fd < 0) return fd; // -EMFILE
 */
export class FileTable {
  readonly #slots: (Slot | undefined)[] = [];
  /** RLIMIT_NOFILE's soft limit: the first descriptor that cannot be had. */
  limit: number;
  /** Tasks that share the table (CLONE_FILES). */
  #users: number = 1;
  /** Drops POSIX record locks of this table on a file; set by the lock table on the first lock. */
  onClose: ((file: OpenFile) => void) | undefined;

  constructor(limit: number = openFilesMax) {
    this.limit = limit;
  }

  /** The open file of a descriptor, or undefined (EBADF). */
  get(fd: number): OpenFile | undefined {
    return this.#slots[fd]?.file;
  }

  /** Whether FD_CLOEXEC is set. */
  closeOnExec(fd: number): boolean {
    return this.#slots[fd]?.closeOnExec ?? false;
  }

  setCloseOnExec(fd: number, closeOnExec: boolean): void {
    const slot = this.#slots[fd];
    if (slot) slot.closeOnExec = closeOnExec;
  }

  /**
   * Gives a file the lowest free descriptor ≥ `minimum` and takes a reference. Returns the
   * descriptor or -EMFILE; on -EMFILE the file is not referenced.
   */
  install(file: OpenFile, options: { closeOnExec?: boolean; minimum?: number } = {}): number {
    let fd = options.minimum ?? 0;
    while (this.#slots[fd] !== undefined) fd++;
    if (fd >= this.limit) return -EMFILE;
    this.#put(fd, file, options.closeOnExec ?? false);
    return fd;
  }

  /** dup2/dup3: makes `fd` refer to `file`, closing what it referred to. Returns `fd` or -EBADF. */
  replace(fd: number, file: OpenFile, closeOnExec: boolean = false): number {
    if (fd < 0 || fd >= this.limit) return -EBADF;
    // The new reference is taken first: fd may be the only other holder of the same file.
    const previous = this.#slots[fd];
    this.#put(fd, file, closeOnExec);
    if (previous) this.#drop(previous.file);
    return fd;
  }

  /** close(2): 0 or -EBADF. */
  close(fd: number): number {
    const slot = this.#slots[fd];
    if (!slot) return -EBADF;
    this.#slots[fd] = undefined;
    this.#drop(slot.file);
    return 0;
  }

  /** Descriptors in use, ascending. */
  *descriptors(): Generator<number, void, void> {
    for (let fd = 0; fd < this.#slots.length; fd++) if (this.#slots[fd]) yield fd;
  }

  /** One more task shares the table. */
  share(): FileTable {
    this.#users++;
    return this;
  }

  /** Whether other tasks share the table. */
  get shared(): boolean {
    return this.#users > 1;
  }

  /** A copy for fork without CLONE_FILES, and for unshare and exec of a shared table. */
  fork(): FileTable {
    const copy = new FileTable(this.limit);
    this.#slots.forEach((slot, fd) => {
      if (slot) copy.#put(fd, slot.file, slot.closeOnExec);
    });
    return copy;
  }

  /** A task that used the table is gone; the last one closes everything. */
  release(): void {
    if (--this.#users > 0) return;
    for (const fd of this.descriptors()) this.close(fd);
  }

  /** execve(2): closes descriptors with FD_CLOEXEC. */
  closeForExec(): void {
    for (const fd of this.descriptors()) if (this.closeOnExec(fd)) this.close(fd);
  }

  #put(fd: number, file: OpenFile, closeOnExec: boolean): void {
    file.references++;
    this.#slots[fd] = { file, closeOnExec };
  }

  #drop(file: OpenFile): void {
    this.onClose?.(file);
    releaseFile(file);
  }
}

/** Drops one reference of an open file and closes it with the last one. */
export function releaseFile(file: OpenFile): void {
  if (file.references <= 0) throw new Error(`reference count of ${file.name} is already 0`);
  if (--file.references === 0) file.close();
}
