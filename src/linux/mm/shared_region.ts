/**
 * Memory that several address spaces see (MAP_SHARED). Each space has its own WebAssembly memory,
 * and only one task runs at a time; so a space publishes what it changed when it loses the
 * processor and fetches what others changed when it gets it. Changes are found by comparing with a
 * twin: the bytes as of the last exchange. The result is sequentially consistent.
 */

import { O_ACCMODE, O_RDWR } from '../abi/open_flags.ts';
import type { OpenFile } from '../fs/inode.ts';
import { pageBytes } from './mapping.ts';

/** What is shared: anonymous memory, or a range of a file from offset 0. */
export class SharedRegion {
  /** Undefined for anonymous memory; may be written to if one of the mapped descriptions may. */
  file: OpenFile | undefined;
  /** While bytes go from or to the file, which tells its mappings about it. */
  isExchanging: boolean = false;
  /** Shared bytes of anonymous memory by page number; absent pages are zero. */
  readonly #pages: Map<number, Uint8Array> = new Map<number, Uint8Array>();
  /** Grows with every published change. */
  version: number = 0;
  /** Number of address-space mappings. */
  users: number = 0;

  constructor(file: OpenFile | undefined) {
    this.file = file;
  }

  /** A file is mapped once more: what was opened for writing can publish. */
  adopt(file: OpenFile): void {
    if ((file.flags & O_ACCMODE) === O_RDWR) this.file = file;
  }

  /** Fills `into` with the shared bytes from `offset` on; beyond a file's end they are zero. */
  read(into: Uint8Array, offset: number): void {
    if (this.file) {
      this.isExchanging = true;
      const count = this.file.read(into, offset);
      this.isExchanging = false;
      into.fill(0, Math.max(0, count));
      return;
    }
    for (let at = 0; at < into.length; at += pageBytes) {
      const page = this.#pages.get((offset + at) / pageBytes);
      if (page) into.set(page.subarray(0, into.length - at), at);
      else into.fill(0, at, at + pageBytes);
    }
  }

  /** Publishes changed bytes. A file does not grow by it. */
  write(from: Uint8Array, offset: number): void {
    this.version++;
    if (this.file) {
      const room = this.file.attributes.size - offset;
      this.isExchanging = true;
      if (room > 0) this.file.write(from.subarray(0, room), offset);
      this.isExchanging = false;
      return;
    }
    for (let at = 0; at < from.length; ) {
      const number = Math.floor((offset + at) / pageBytes);
      const inPage = (offset + at) % pageBytes;
      let page = this.#pages.get(number);
      if (!page) this.#pages.set(number, (page = new Uint8Array(pageBytes)));
      const piece = from.subarray(at, at + pageBytes - inPage);
      page.set(piece, inPage);
      at += piece.length;
    }
  }
}

/** One space's view of a part of a region: [start, start + twin.length) of guest memory. */
export interface SharedView {
  readonly region: SharedRegion;
  readonly start: number;
  readonly offset: number;
  readonly twin: Uint8Array;
  version: number;
  /** Whether other views of the same space show some of its bytes too. */
  aliased?: boolean;
  /** Then: guest addresses of pages that have rights here, and not there. */
  owned?: Set<number> | undefined;
}

/**
 * Publishes what `bytes` (the view's guest memory) has that the twin has not, from offset `from` up
 * to `to`.
 */
export function publish(
  view: SharedView,
  bytes: Uint8Array,
  from: number = 0,
  to: number = view.twin.length,
): void {
  const { twin } = view;
  let changed = false;
  for (let at = from; at < to; ) {
    if (bytes[at] === twin[at]) {
      at++;
      continue;
    }
    let end = at + 1;
    while (end < to && bytes[end] !== twin[end]) end++;
    const piece = bytes.subarray(at, end);
    view.region.write(piece, view.offset + at);
    twin.set(piece, at);
    changed = true;
    at = end;
  }
  // Only what others publish is news to this space.
  if (changed && view.region.users === 1) view.version = view.region.version;
}

/** Brings the view's guest memory up to date. */
export function fetchShared(view: SharedView, bytes: Uint8Array): void {
  if (view.version === view.region.version) return;
  view.region.read(view.twin, view.offset);
  bytes.set(view.twin);
  view.version = view.region.version;
}
