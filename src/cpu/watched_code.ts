/**
 * Pages code was decoded from. A write to one is noticed (`PageRights.watch`), so that guests may
 * write code as they please, as processors with coherent instruction caches allow.
 */

import type { DecodedBlock } from './blocks.ts';
import { type PageRights, pageBytes } from './protection.ts';
import { guestBias, stateBytes } from './state.ts';

/**
 * Writes to a page's code after which its blocks are compared at each write instead of being
 * dropped: code and data share the page.
 */
const droppedMax = 16;

export class WatchedCode {
  readonly #rights: PageRights | undefined;
  #pages = new Set<number>();
  /** How often the blocks of a page were dropped because of a write. */
  #dropped = new Map<number, number>();

  constructor(rights: PageRights | undefined) {
    this.#rights = rights;
  }

  /** Notes the pages a block was decoded from. */
  add({ pc, end, code, depends }: DecodedBlock): void {
    this.#range(pc, Math.max(end, pc + 1), code.length > 0);
    for (const { address, bytes } of depends) {
      // Instructions may depend on registers too, which lie in the state area.
      if (address < guestBias + stateBytes && address >= guestBias) continue;
      this.#range(address, address + bytes.length, true);
    }
  }

  /** Notes a page of which all known blocks are placed; the last may reach into the next. */
  addPage(page: number): void {
    this.#range(page * pageBytes, (page + 1) * pageBytes + 1, true);
  }

  #range(start: number, end: number, watched: boolean): void {
    for (let page = Math.floor(start / pageBytes); page * pageBytes < end; page++) {
      this.#pages.add(page);
    }
    if (watched) this.#rights?.watch(start, end);
  }

  /** Whether code may have been decoded from [start, end). */
  has(start: number, end: number): boolean {
    const [first, last] = [Math.floor(start / pageBytes), Math.ceil(end / pageBytes)];
    if (last - first > this.#pages.size) {
      for (const page of this.#pages) if (page >= first && page < last) return true;
      return false;
    }
    for (let page = first; page < last; page++) if (this.#pages.has(page)) return true;
    return false;
  }

  /** Nothing of [start, end) is decoded any more: whole pages are forgotten, and not watched. */
  forget(start: number, end: number): void {
    const [first, last] = [Math.ceil(start / pageBytes), Math.floor(end / pageBytes)];
    for (const page of this.#pages) {
      if (page < first || page >= last) continue;
      this.#pages.delete(page);
      this.#rights?.release(page * pageBytes);
    }
  }

  /** All blocks are gone. */
  clear(): void {
    this.forget(0, 2 ** 32);
  }

  /** Whether the blocks of a page are to be dropped at a write to it; counts. */
  drops(address: number): boolean {
    const page = Math.floor(address / pageBytes);
    const count = (this.#dropped.get(page) ?? 0) + 1;
    if (count <= droppedMax) this.#dropped.set(page, count);
    return count <= droppedMax;
  }

  fork(rights: PageRights | undefined): WatchedCode {
    const child = new WatchedCode(rights);
    child.#pages = new Set(this.#pages);
    child.#dropped = new Map(this.#dropped);
    return child;
  }
}
