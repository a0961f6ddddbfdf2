/** Bytes of a file that can be written: immutable content below, changed pages above. */

import { EngineError } from '../../../engine/error.ts';
import { emptyContent } from '../../../rootfs/content.ts';
import type { Content } from '../../../rootfs/node.ts';
import { EFBIG, ENOSPC } from '../../abi/errno.ts';
import { fileBytesMax, filePageBytes, snapshotFileBytesMax } from '../limits.ts';

/** Memory that the changed files of one file system may hold together. */
export interface ByteBudget {
  used: number;
  readonly max: number;
}

/**
 * Copy-on-write bytes. Pages are copied when they are first written; holes take no memory. Offsets
 * and sizes are bytes. The content below must be loaded before `read` and `write` (see `load`).
 */
export class FileBytes {
  #size: number;
  #base: Content;
  /** The content's bytes, held from the first use on. */
  #baseBytes: Uint8Array | undefined;
  /** Bytes of the content that are still part of the file (truncation hides the rest). */
  #baseVisible: number;
  /** Changed pages by index; a page may be shorter than a full one, the rest of it is zeros. */
  #pages: Map<number, Uint8Array> = new Map<number, Uint8Array>();
  readonly #budget: ByteBudget;

  constructor(base: Content, budget: ByteBudget) {
    this.#base = base;
    this.#size = base.size;
    this.#baseVisible = base.size;
    this.#budget = budget;
  }

  get size(): number {
    return this.#size;
  }

  /** Work to be awaited before the first read or write, or undefined. */
  load(): Promise<unknown> | undefined {
    if (this.#loaded() !== undefined) return undefined;
    return this.#base.load().then((bytes) => {
      this.#baseBytes = bytes;
    });
  }

  /** Copies bytes from `offset` on; returns how many (0 at the end). */
  read(into: Uint8Array, offset: number): number {
    const count = Math.max(0, Math.min(into.length, this.#size - offset));
    let done = 0;
    while (done < count) {
      const at = offset + done;
      const within = at % filePageBytes;
      const step = Math.min(count - done, filePageBytes - within);
      this.#readPage(into.subarray(done, done + step), (at - within) / filePageBytes, within);
      done += step;
    }
    return count;
  }

  /** Stores bytes, extending the file; returns how many, -EFBIG or -ENOSPC. */
  write(from: Uint8Array, offset: number): number {
    if (from.length === 0) return 0;
    if (offset >= fileBytesMax) return -EFBIG;
    const count = Math.min(from.length, fileBytesMax - offset);
    let done = 0;
    while (done < count) {
      const at = offset + done;
      const within = at % filePageBytes;
      const step = Math.min(count - done, filePageBytes - within);
      const page = this.#pageForWrite((at - within) / filePageBytes, within + step);
      if (!page) break;
      page.set(from.subarray(done, done + step), within);
      done += step;
    }
    if (done === 0) return -ENOSPC;
    this.#size = Math.max(this.#size, offset + done);
    return done;
  }

  /** Cuts or extends with zeros: 0 or -EFBIG. */
  truncate(size: number): number {
    if (size > fileBytesMax) return -EFBIG;
    if (size < this.#size) {
      this.#baseVisible = Math.min(this.#baseVisible, size);
      for (const [index, page] of this.#pages) {
        const keep = size - index * filePageBytes;
        if (keep <= 0) this.#dropPage(index, page);
        else if (keep < page.length) page.fill(0, keep);
      }
    }
    this.#size = size;
    return 0;
  }

  /** Makes a range zeros without changing the size (FALLOC_FL_PUNCH_HOLE, ZERO_RANGE). */
  zero(offset: number, length: number): number {
    const end = Math.min(this.#size, offset + length);
    for (let at = offset; at < end; ) {
      const within = at % filePageBytes;
      const step = Math.min(end - at, filePageBytes - within);
      const index = (at - within) / filePageBytes;
      if (this.#pages.has(index) || at < this.#baseVisible) {
        const page = this.#pageForWrite(index, within + step);
        if (!page) return -ENOSPC;
        page.fill(0, within, within + step);
      }
      at += step;
    }
    return 0;
  }

  /** First offset ≥ `offset` that holds data (or, with `hole`, none); undefined past the end. */
  seek(offset: number, hole: boolean): number | undefined {
    if (offset >= this.#size) return undefined;
    for (let at = offset; at < this.#size; at += filePageBytes - (at % filePageBytes)) {
      if (this.#isHole(at) === hole) return at;
    }
    return hole ? this.#size : undefined;
  }

  /** Bytes that take memory, for `st_blocks`. */
  get allocated(): number {
    let bytes = this.#baseVisible;
    for (const [index, page] of this.#pages) {
      const start = index * filePageBytes;
      const length = Math.min(page.length, this.#size - start);
      bytes += length - Math.max(0, Math.min(length, this.#baseVisible - start));
    }
    return bytes;
  }

  /** Immutable content equal to the bytes now; the file goes on as a copy-on-write view of it. */
  freeze(): Content {
    const whole = this.#pages.size === 0 && this.#baseVisible === this.#base.size;
    if (whole && this.#size === this.#base.size) return this.#base;
    const pages = this.#pages;
    const base = this.#base;
    const visible = this.#baseVisible;
    for (const page of pages.values()) this.#budget.used -= page.length;
    this.#base = new FrozenContent(this.#size, base, visible, pages);
    this.#baseBytes = undefined;
    this.#baseVisible = this.#size;
    this.#pages = new Map<number, Uint8Array>();
    return this.#base;
  }

  /** Gives the memory of a deleted file back to the budget. */
  discard(): void {
    for (const [index, page] of this.#pages) this.#dropPage(index, page);
    this.#base = emptyContent;
    this.#baseBytes = undefined;
    this.#baseVisible = 0;
    this.#size = 0;
  }

  #loaded(): Uint8Array | undefined {
    if (this.#baseVisible === 0) return emptyContent.bytes;
    this.#baseBytes ??= this.#base.bytes;
    return this.#baseBytes;
  }

  #bytesBelow(): Uint8Array {
    const bytes = this.#loaded();
    if (!bytes) throw new Error('file content used before it was loaded');
    return bytes;
  }

  #isHole(offset: number): boolean {
    const index = Math.floor(offset / filePageBytes);
    return !this.#pages.has(index) && offset >= this.#baseVisible;
  }

  #readPage(into: Uint8Array, index: number, within: number): void {
    const page = this.#pages.get(index);
    const start = index * filePageBytes;
    const source = page ?? this.#bytesBelow();
    const from = page ? within : start + within;
    const end = page ? page.length : this.#baseVisible;
    const available = source.subarray(from, Math.max(from, Math.min(end, from + into.length)));
    into.set(available);
    into.fill(0, available.length);
  }

  /** A page of our own with at least `need` bytes, or undefined when the budget is used up. */
  #pageForWrite(index: number, need: number): Uint8Array | undefined {
    const page = this.#pages.get(index);
    if (page && page.length >= need) return page;
    const start = index * filePageBytes;
    const below = page ? 0 : Math.max(0, Math.min(filePageBytes, this.#baseVisible - start));
    const length = Math.min(
      filePageBytes,
      Math.max(need, below, page ? page.length * 2 : start > 0 ? filePageBytes : 256),
    );
    const growth = length - (page?.length ?? 0);
    if (this.#budget.used + growth > this.#budget.max) return undefined;
    this.#budget.used += growth;
    const next = new Uint8Array(length);
    if (page) next.set(page);
    else if (below > 0) next.set(this.#bytesBelow().subarray(start, start + below));
    this.#pages.set(index, next);
    return next;
  }

  #dropPage(index: number, page: Uint8Array): void {
    this.#pages.delete(index);
    this.#budget.used -= page.length;
  }
}

/** Pages over content; becomes one array when somebody asks for the bytes. */
class FrozenContent implements Content {
  readonly size: number;
  #base: Content | undefined;
  readonly #visible: number;
  #pages: Map<number, Uint8Array> | undefined;
  #flat: Uint8Array | undefined;

  constructor(size: number, base: Content, visible: number, pages: Map<number, Uint8Array>) {
    this.size = size;
    this.#base = visible > 0 ? base : undefined;
    this.#visible = visible;
    this.#pages = pages;
  }

  get bytes(): Uint8Array | undefined {
    if (this.#flat) return this.#flat;
    if (this.#base && !this.#base.bytes) return undefined;
    return this.#flatten(this.#base?.bytes);
  }

  async load(): Promise<Uint8Array> {
    return this.#flat ?? this.#flatten(await this.#base?.load());
  }

  #flatten(below: Uint8Array | undefined): Uint8Array {
    if (this.#flat) return this.#flat;
    if (this.size > snapshotFileBytesMax) {
      throw new EngineError(
        'LIMIT_EXCEEDED',
        `a file of ${this.size} bytes exceeds snapshotFileBytesMax (${snapshotFileBytesMax})`,
        { remedy: 'write large sparse files to a tmpfs mount, which is not kept' },
      );
    }
    const flat = new Uint8Array(this.size);
    const pages = this.#pages ?? [];
    if (below) flat.set(below.subarray(0, this.#visible));
    for (const [index, page] of pages) {
      const start = index * filePageBytes;
      // A short page ends in zeros up to the page's end, hiding what is below.
      flat.fill(0, start, Math.min(this.size, start + filePageBytes));
      flat.set(page.subarray(0, Math.max(0, this.size - start)), start);
    }
    this.#flat = flat;
    this.#base = undefined;
    this.#pages = undefined;
    return flat;
  }
}
