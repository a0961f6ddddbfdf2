/** The mappings of an address space: a sorted list that is split and joined as Linux does. */

import type { OpenFile } from '../fs/inode.ts';
import type { SharedRegion } from './shared_region.ts';

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;

/** Unit of mapping for guests. */
export const pageBytes = 4096;

/** A range of guest addresses with one origin and one protection. Never changed in place. */
export interface Mapping {
  /** Guest addresses, multiples of `pageBytes`. */
  readonly start: number;
  readonly end: number;
  readonly protection: number;
  /** Column of /proc/PID/maps: a path, `[heap]`, `[stack]`, or nothing. */
  readonly name: string;
  /** The mapped file and the offset of `start` in it (bytes); also offset in `shared`. */
  readonly file?: OpenFile | undefined;
  readonly offset: number;
  /** MAP_SHARED: what it shares. */
  readonly shared?: SharedRegion | undefined;
  /** Once had an access right, so there may be bytes in memory. */
  readonly touched: boolean;
  /** MAP_GROWSDOWN, and the stack of the first thread: grows to where it is accessed. */
  readonly growsDown?: boolean;
  /** MADV_DONTFORK and MADV_WIPEONFORK: what a forked child gets instead of a copy. */
  readonly onFork?: 'omit' | 'wipe' | undefined;
  /** The processor's own tables: not the guest's. */
  readonly hidden?: boolean;
}

/** End of the pages a mapped file has bytes for (guest address): what follows raises SIGBUS. */
export function accessibleEnd({ start, end, file, offset }: Mapping): number {
  if (file?.attributes.kind !== 'file') return end;
  const bytes = Math.ceil(file.attributes.size / pageBytes) * pageBytes - offset;
  return Math.min(end, start + Math.max(0, bytes));
}

/** Rights of the table of the processor: what can be written or executed can be read. */
export function rightsOf({ protection }: Mapping): number {
  return protection & (PROT_WRITE | PROT_EXEC) ? protection | PROT_READ : protection;
}

/** What a mapping counts of `memoryBytesMax`. */
export function committedBytes({ start, end, touched, hidden }: Mapping): number {
  return touched && !hidden ? end - start : 0;
}

/** The part of a mapping in [start, end). */
export function clip(mapping: Mapping, start: number, end: number): Mapping {
  const low = Math.max(start, mapping.start);
  const high = Math.min(end, mapping.end);
  return { ...mapping, start: low, end: high, offset: mapping.offset + (low - mapping.start) };
}

function joins(left: Mapping, right: Mapping): boolean {
  return (
    left.end === right.start &&
    left.protection === right.protection &&
    left.name === right.name &&
    left.file === right.file &&
    left.shared === right.shared &&
    left.touched === right.touched &&
    left.hidden === right.hidden &&
    left.growsDown === right.growsDown &&
    left.onFork === right.onFork &&
    (left.file === undefined && left.shared === undefined
      ? true
      : left.offset + (left.end - left.start) === right.offset)
  );
}

export class MappingList {
  #list: Mapping[] = [];

  get all(): readonly Mapping[] {
    return this.#list;
  }

  /** Index of the first mapping that ends after `address`. */
  #index(address: number): number {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#list[middle]!.end <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The mapping of an address, or undefined. */
  find(address: number): Mapping | undefined {
    const mapping = this.#list[this.#index(address)];
    return mapping && mapping.start <= address ? mapping : undefined;
  }

  /** Whether all of [start, end) is mapped for the guest. */
  covers(start: number, end: number): boolean {
    let at = start;
    for (const mapping of this.overlapping(start, end)) {
      if (mapping.start > at || mapping.hidden) return false;
      at = mapping.end;
    }
    return at >= end;
  }

  /** The first mapping that ends after an address, or undefined. */
  after(address: number): Mapping | undefined {
    return this.#list[this.#index(address)];
  }

  /** Mappings that touch [start, end), whole. */
  overlapping(start: number, end: number): Mapping[] {
    const found: Mapping[] = [];
    for (let at = this.#index(start); at < this.#list.length; at++) {
      const mapping = this.#list[at]!;
      if (mapping.start >= end) break;
      found.push(mapping);
    }
    return found;
  }

  /** Adds a mapping to a free range and joins it with its neighbours where they are alike. */
  insert(mapping: Mapping): void {
    let at = this.#index(mapping.start);
    const next = this.#list[at];
    if (next && next.start < mapping.end) throw new Error('mapping overlaps another one');
    this.#list.splice(at, 0, mapping);
    if (at + 1 < this.#list.length) this.#join(at);
    if (at > 0) this.#join(--at);
  }

  #join(at: number): void {
    const left = this.#list[at]!;
    const right = this.#list[at + 1]!;
    if (joins(left, right)) this.#list.splice(at, 2, { ...left, end: right.end });
  }

  /** Takes [start, end) out, splitting at its edges; returns the pieces that were there. */
  remove(start: number, end: number): Mapping[] {
    const from = this.#index(start);
    const touched = this.overlapping(start, end);
    const edges: Mapping[] = [];
    for (const mapping of touched) {
      if (mapping.start < start) edges.push(clip(mapping, mapping.start, start));
      if (mapping.end > end) edges.push(clip(mapping, end, mapping.end));
    }
    this.#list.splice(from, touched.length, ...edges);
    return touched.map((mapping) => clip(mapping, start, end));
  }

  /** Lowest free range of `size` bytes in [from, to), or undefined. */
  gap(size: number, from: number, to: number, alignment: number = pageBytes): number | undefined {
    let start = Math.ceil(from / alignment) * alignment;
    for (let at = this.#index(start); at < this.#list.length; at++) {
      const mapping = this.#list[at]!;
      if (mapping.start >= start + size) break;
      start = Math.ceil(mapping.end / alignment) * alignment;
    }
    return start + size <= to ? start : undefined;
  }

  copy(): MappingList {
    const copy = new MappingList();
    copy.#list = [...this.#list];
    return copy;
  }
}
