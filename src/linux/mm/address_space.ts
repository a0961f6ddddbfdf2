/**
 * The memory of a process: one `WebAssembly.Memory`, what is mapped where in it, and the processor
 * bound to it. Guest address g is byte g - guestBias of the memory (src/cpu/state.ts).
 */

import type { Cpu } from '../../cpu/cpu.ts';
import { rightsTableBytes } from '../../cpu/protection.ts';
import { guestBias, stateBytes } from '../../cpu/state.ts';
import { EngineError } from '../../engine/error.ts';
import { EACCES, ENOMEM } from '../abi/errno.ts';
import { O_ACCMODE, O_RDWR } from '../abi/open_flags.ts';
import { releaseFile } from '../fs/file_table.ts';
import type { Inode, OpenFile } from '../fs/inode.ts';
import type { Task } from '../kernel/task.ts';
import { mappingsMax, memoryBytesMax, stackBytes } from '../limits.ts';
import { GuestData } from './guest_data.ts';
import type { AddressLayout } from './layout.ts';
import { addressMax, addressMin } from './layout.ts';
import type { Mapping } from './mapping.ts';
import {
  accessibleEnd,
  clip,
  committedBytes,
  MappingList,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  pageBytes,
  rightsOf,
} from './mapping.ts';
import type { MemoryPool, UsedMemory } from './memory_pool.ts';
import { type Range, RangeSet } from './ranges.ts';
import type { SharedRegion, SharedView } from './shared_region.ts';
import { fetchShared, publish } from './shared_region.ts';

const wasmPageBytes = 0x10000;

/** So often a memory grows by just what is needed: most programs need no more. */
const sparingGrowths = 4;

/** Distance a growing stack keeps from what is mapped below it (stack_guard_gap). Bytes. */
export const stackGuardBytes: number = 256 * pageBytes;

/** Makes the processor of an address space; it may call `allocate` at once. */
export type CpuFactory = (space: AddressSpace) => Cpu;

/** A mapping to be made. */
export interface MapRequest {
  readonly start: number;
  readonly length: number;
  readonly protection: number;
  readonly name?: string;
  readonly file?: OpenFile | undefined;
  readonly offset?: number;
  readonly shared?: SharedRegion | undefined;
  /** MAP_GROWSDOWN. */
  readonly growsDown?: boolean;
}

export interface SpaceInit {
  readonly pool: MemoryPool;
  readonly littleEndian: boolean;
  readonly wordBytes: 4 | 8;
  readonly layout: AddressLayout;
  /** Guest address up to which there is to be memory at once: see `heapAtOnce`. */
  readonly reserve?: number;
  /** wasm addresses the caller writes to before anybody else looks. */
  readonly overwritten?: readonly Range[];
}

/**
 * Heap a program's memory has room for at first. Growing is what costs: engines take all of the
 * grown memory for new garbage to come, and collect. Bytes.
 */
export const heapAtOnce: number = 0x280000;

export class AddressSpace extends GuestData {
  readonly memory: WebAssembly.Memory;
  readonly mappings: MappingList;
  layout: AddressLayout;
  /** Current end of the heap, as brk(2) returns it. */
  brk: number;
  /** Tasks that use the space; the last one's end frees it. */
  users: number = 1;
  /** Guest addresses of arguments and environment, for /proc/PID/cmdline and environ. */
  argumentsStart: number = 0;
  argumentsEnd: number = 0;
  environmentStart: number = 0;
  environmentEnd: number = 0;
  /** Guest address of the code that calls rt_sigreturn ([vdso]). */
  trampoline: number = 0;
  /** The task whose registers are in the state area. */
  owner: Task | undefined;
  auxiliaryVector: Uint8Array = new Uint8Array(0);
  /** RLIMIT_STACK: bytes a mapping that grows downwards may have. */
  stackLimit: number = stackBytes;
  /** Guest address of the processor's table of page rights; 0: there is none. */
  #rights = 0;
  #cpu: Cpu | undefined;
  /** Free ranges with old bytes in them. */
  readonly #dirty: RangeSet;
  #views: SharedView[] = [];
  /** Whether guest code may have written to shared memory since the last exchange. */
  #isRunning = false;
  #growths = 0;
  /** The last mapping `slice` found: most calls hit it again. */
  #recent: Mapping | undefined;

  readonly #pool: MemoryPool;
  /** What of `pool.committed` is this space's. */
  #committed = 0;

  /** An empty space, or with `from` one with the mappings of another and no bytes yet. */
  constructor(init: SpaceInit, from?: AddressSpace) {
    const { pool, littleEndian, wordBytes, layout } = init;
    const { reserve = guestBias + 1 } = init;
    const bytes = from ? from.memory.buffer.byteLength : reserve - guestBias;
    const memory = pool.take(Math.ceil(bytes / wasmPageBytes), init.overwritten);
    super(memory, littleEndian, wordBytes);
    this.memory = memory;
    this.#pool = pool;
    this.mappings = from ? from.mappings.copy() : new MappingList();
    this.#dirty = from ? from.#dirty.copy() : new RangeSet();
    this.layout = layout;
    this.brk = layout.brkStart;
    this.#commit(from ? from.#committed : 0);
  }

  #commit(bytes: number): void {
    this.#committed += bytes;
    this.#pool.committed += bytes;
  }

  /** Whether all processes together may have so much more (`memoryBytesMax`). */
  #mayCommit(bytes: number): boolean {
    return this.#pool.committed + bytes <= memoryBytesMax;
  }

  /** RLIMIT_STACK as a number of bytes; there is never more than the layout has room for. */
  limitStack(limit: bigint): void {
    this.stackLimit = limit < BigInt(stackBytes) ? Number(limit) : stackBytes;
  }

  /** Gives the space its processor. */
  attach(cpu: Cpu): void {
    this.#cpu = cpu;
  }

  get cpu(): Cpu {
    if (!this.#cpu) throw new Error('address space without a processor');
    return this.#cpu;
  }

  slice(address: number, length: number): Uint8Array | undefined {
    if (!this.mayAccess(address, length, false)) return undefined;
    return this.bytes.subarray(address - guestBias, address - guestBias + length);
  }

  override writableSlice(address: number, length: number): Uint8Array | undefined {
    if (!this.mayAccess(address, length, true)) return undefined;
    return this.bytes.subarray(address - guestBias, address - guestBias + length);
  }

  override mayAccess(address: number, length: number, writes: boolean): boolean {
    if (length === 0) return true;
    const end = address + length;
    const recent = this.#recent;
    const isRecent = recent !== undefined && address >= recent.start && end <= recent.end;
    if (isRecent && (!writes || (recent.protection & PROT_WRITE) !== 0)) return true;
    if (!isRecent && !this.#readable(address, end)) return false;
    return !writes || this.#allows(address, end, PROT_WRITE);
  }

  #readable(address: number, end: number): boolean {
    // Execute-only pages can be read, as on Linux without protection keys.
    return this.#allows(address, end, PROT_READ | PROT_WRITE | PROT_EXEC);
  }

  /** Whether every page of a range has one of the rights. */
  #allows(address: number, end: number, rights: number): boolean {
    let at = address;
    while (at < end) {
      const mapping = this.mappings.find(at);
      if (!mapping || mapping.hidden || !(mapping.protection & rights)) {
        if (mapping || !this.#growStack(at)) return false;
        continue;
      }
      if (mapping.shared) this.#claimAll(at, Math.min(end, mapping.end));
      if (mapping.file === undefined && mapping.shared === undefined) {
        this.#recent = mapping;
      } else if (Math.min(end, mapping.end) > accessibleEnd(mapping)) {
        return false;
      }
      at = mapping.end;
    }
    return true;
  }

  /** A view of a mapped range for the loader, whatever its protection. */
  bytesAt(address: number, length: number): Uint8Array {
    return this.#raw(address, address + length);
  }

  /** Bytes of a range known to be mapped, whatever its protection. */
  #raw(start: number, end: number): Uint8Array {
    return this.bytes.subarray(start - guestBias, end - guestBias);
  }

  /** Grows the memory so that guest addresses below `end` exist. False when it cannot. */
  #reserve(end: number): boolean {
    const pages = Math.ceil((end - guestBias) / wasmPageBytes);
    const have = this.memory.buffer.byteLength / wasmPageBytes;
    if (pages <= have) return true;
    // Each growth makes engines collect garbage: who grows often gets more at a time.
    const spare = this.#growths++ < sparingGrowths ? 0 : have >> 3;
    if (!this.#grow(pages - have + spare) && !this.#grow(pages - have)) return false;
    this.refresh();
    return true;
  }

  #grow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }

  /** Room for `length` bytes: at `hint` when that is free, else the lowest place. */
  findRoom(length: number, hint: number, alignment: number = pageBytes): number | undefined {
    if (hint >= addressMin && hint + length <= addressMax) {
      if (this.mappings.overlapping(hint, hint + length).length === 0) return hint;
    }
    return (
      this.mappings.gap(length, this.layout.mmapBase, addressMax, alignment) ??
      this.mappings.gap(length, addressMin, this.layout.stackStart, alignment)
    );
  }

  /**
   * Maps zeroed bytes (or a region's) at a page-aligned place, in place of what was there. The
   * caller fills in a private file's bytes. 0 or -ENOMEM.
   */
  map(request: MapRequest): number {
    const { start, protection } = request;
    const end = start + Math.ceil(request.length / pageBytes) * pageBytes;
    if (start < addressMin || end > addressMax || start % pageBytes !== 0) return -ENOMEM;
    if (this.mappings.overlapping(start, end).some((mapping) => mapping.hidden)) return -ENOMEM;
    if (this.mappings.all.length >= mappingsMax) return -ENOMEM;
    const touched = protection !== 0 || request.file !== undefined || request.shared !== undefined;
    if (touched && !(this.#mayCommit(end - start) && this.#reserve(end))) return -ENOMEM;
    this.unmap(start, end);
    if (touched) this.#clear(start, end);
    const { name = '', file, offset = 0, shared, growsDown } = request;
    const mapping: Mapping = { start, end, protection, touched, name, file, offset, shared };
    this.#insert(growsDown ? { ...mapping, growsDown } : mapping);
    if (request.file) this.#hold(request.file);
    if (request.shared) this.#share(request.shared, start, end, request.offset ?? 0);
    return 0;
  }

  /** Adds a mapping, and tells the processor what may be done with it. */
  #insert(mapping: Mapping): void {
    this.mappings.insert(mapping);
    this.#commit(committedBytes(mapping));
    this.#grant(mapping);
  }

  #grant(mapping: Mapping): void {
    const { start, end } = mapping;
    const last = Math.min(end, Math.max(start, accessibleEnd(mapping)));
    this.#cpu?.protect(start, last, rightsOf(mapping));
    if (last < end) this.#cpu?.protect(last, end, 0);
    const view = mapping.shared && this.#viewAt(start);
    if (!view?.aliased) return;
    publish(view, this.#raw(view.start, view.start + view.twin.length));
    view.owned?.clear();
    this.#cpu?.protect(view.start, view.start + view.twin.length, 0);
  }

  /**
   * What the kernel does about a page fault of the guest: false when it is the guest's fault. A
   * stack grows; and a file may have grown since it was mapped.
   */
  resolveFault(address: number, write: boolean): boolean {
    const mapping = this.mappings.find(address);
    if (!mapping) return this.#growStack(address);
    const start = address - (address % pageBytes);
    const wanted = write ? PROT_WRITE : PROT_READ | PROT_WRITE | PROT_EXEC;
    if (mapping.hidden || !(mapping.protection & wanted)) return false;
    if (start >= accessibleEnd(mapping)) return false;
    if (mapping.shared && this.#claim(start)) return true;
    if (!mapping.file) return false;
    const view = this.#views.find(
      (one) => one.start <= start && start < one.start + one.twin.length,
    );
    const bytes = this.#raw(start, start + pageBytes);
    if (view) {
      this.#refreshPage(view, start);
    } else {
      bytes.fill(0);
      mapping.file.read(bytes, mapping.offset + (start - mapping.start));
    }
    this.#cpu?.protect(start, start + pageBytes, rightsOf(mapping));
    return true;
  }

  #viewAt(address: number): SharedView | undefined {
    return this.#views.find((view) => {
      return view.start <= address && address < view.start + view.twin.length;
    });
  }

  /** Brings the page of a view at `start` up to date. */
  #refreshPage(view: SharedView, start: number): void {
    const at = start - view.start;
    const twin = view.twin.subarray(at, at + pageBytes);
    view.region.read(twin, view.offset + at);
    this.#raw(start, start + pageBytes).set(twin);
  }

  /**
   * Where a region is mapped more than once here, only one place of each of its pages has rights:
   * this gives them to the page at `start`, with what was written elsewhere. False when it has
   * them.
   */
  #claim(start: number): boolean {
    const view = this.#viewAt(start);
    if (!view?.aliased || view.owned?.has(start)) return false;
    const offset = view.offset + (start - view.start);
    for (const other of this.#views) {
      const at = offset - other.offset;
      const inside = other.region === view.region && at >= 0 && at < other.twin.length;
      if (other === view || !inside || !other.owned?.delete(other.start + at)) continue;
      publish(other, this.#raw(other.start, other.start + other.twin.length));
      this.#cpu?.protect(other.start + at, other.start + at + pageBytes, 0);
    }
    this.#refreshPage(view, start);
    view.owned?.add(start);
    this.#cpu?.protect(start, start + pageBytes, rightsOf(this.mappings.find(start)!));
    return true;
  }

  /** As `#claim` for what the kernel is about to access. */
  #claimAll(start: number, end: number): void {
    if (!this.#viewAt(start)?.aliased) return;
    for (let at = start - (start % pageBytes); at < end; at += pageBytes) this.#claim(at);
  }

  /** Notes which views show the same bytes; their pages have no rights until they are accessed. */
  #findAliases(region: SharedRegion): void {
    const views = this.#views.filter((view) => view.region === region);
    for (const view of views) {
      const end = view.offset + view.twin.length;
      const aliased = views.some((other) => {
        return (
          other !== view && other.offset < end && other.offset + other.twin.length > view.offset
        );
      });
      if (!aliased || view.aliased) continue;
      view.aliased = true;
      view.owned = new Set();
      this.#cpu?.protect(view.start, view.start + view.twin.length, 0);
    }
    this.#recent = undefined;
  }

  /** Whether an address is mapped from beyond the end of a file: SIGBUS. */
  isBeyondFile(address: number): boolean {
    const mapping = this.mappings.find(address);
    return mapping !== undefined && address >= accessibleEnd(mapping);
  }

  /**
   * Extends the mapping that grows down to an address, if there is one and it may (expand_stack).
   */
  #growStack(address: number): boolean {
    const next = this.mappings.after(address);
    if (!next?.growsDown || next.start <= address) return false;
    const start = address - (address % pageBytes);
    if (next.end - start > this.stackLimit || start < addressMin) return false;
    const guard = Math.max(addressMin, start - stackGuardBytes);
    const near = this.mappings.overlapping(guard, start);
    if (near.some(({ protection, growsDown }) => protection !== 0 && !growsDown)) return false;
    this.#clear(start, next.start);
    this.#insert({ ...next, start, end: next.start, offset: 0 });
    return true;
  }

  /** A mapped file became smaller: pages beyond its end cannot be accessed any more. */
  fileShrunk(inode: Inode): void {
    for (const mapping of this.mappings.all) {
      if (mapping.file?.inode === inode) this.#grant(mapping);
    }
  }

  /** Views of a file that show bytes of [offset, offset + length), unless we exchange them now. */
  #viewsOf(inode: Inode, offset: number, length: number): SharedView[] {
    return this.#views.filter((view) => {
      const { region, twin } = view;
      if (region.file?.inode !== inode || region.isExchanging) return false;
      return view.offset < offset + length && view.offset + twin.length > offset;
    });
  }

  fileRead(inode: Inode, offset: number, length: number): void {
    if (!this.#isRunning) return;
    for (const view of this.#viewsOf(inode, offset, length)) {
      const from = Math.max(0, offset - view.offset);
      const to = Math.min(view.twin.length, offset + length - view.offset);
      publish(view, this.#raw(view.start, view.start + view.twin.length), from, to);
    }
  }

  fileWritten(inode: Inode, offset: number, length: number): void {
    for (const view of this.#viewsOf(inode, offset, length)) {
      if (!this.#isRunning) {
        view.version = -1;
        continue;
      }
      const from = Math.max(0, offset - view.offset);
      const to = Math.min(view.twin.length, offset + length - view.offset);
      const twin = view.twin.subarray(from, to);
      view.region.read(twin, view.offset + from);
      this.#raw(view.start + from, view.start + to).set(twin);
    }
  }

  /** Zeroes what an earlier mapping left in a range. */
  #clear(start: number, end: number): void {
    for (const range of this.#dirty.take(start, end)) this.#raw(range.start, range.end).fill(0);
  }

  #share(region: SharedRegion, start: number, end: number, offset: number): void {
    // Another view of the same region may have news.
    this.publish();
    const twin = new Uint8Array(end - start);
    region.read(twin, offset);
    this.#raw(start, end).set(twin);
    region.users++;
    this.#views.push({ region, start, offset, twin, version: region.version });
    this.#findAliases(region);
  }

  /** munmap: everything in [start, end) goes; what was never there is ignored. */
  unmap(start: number, end: number): void {
    const affected = this.#views.filter(
      (view) => view.start < end && view.start + view.twin.length > start,
    );
    if (affected.length > 0) this.publish();
    for (const piece of this.mappings.remove(start, end)) {
      if (piece.touched) this.#dirty.add(piece.start, piece.end);
      this.#commit(-committedBytes(piece));
      this.#cpu?.protect(piece.start, piece.end, 0);
      if (piece.protection & PROT_EXEC) this.#cpu?.invalidate(piece.start, piece.end);
    }
    this.#recent = undefined;
    for (const view of affected) this.#cutView(view, start, end);
    this.#releaseFiles();
  }

  /** Keeps the parts of a view outside [start, end). */
  #cutView(view: SharedView, start: number, end: number): void {
    this.#views.splice(this.#views.indexOf(view), 1);
    view.region.users--;
    const viewEnd = view.start + view.twin.length;
    const parts = [
      [view.start, Math.min(viewEnd, start)],
      [Math.max(view.start, end), viewEnd],
    ] as const;
    for (const [low, high] of parts) {
      if (low >= high) continue;
      const offset = low - view.start;
      const twin = view.twin.slice(offset, offset + high - low);
      const { region, version } = view;
      const part: SharedView = { region, start: low, offset: view.offset + offset, twin, version };
      if (view.aliased) {
        part.aliased = true;
        part.owned = view.owned;
      }
      this.#views.push(part);
      region.users++;
    }
  }

  /** Files held by mappings, each counted once. */
  readonly #held: Set<OpenFile> = new Set<OpenFile>();

  #releaseFiles(): void {
    const mapped = new Set<OpenFile>();
    for (const { file } of this.mappings.all) if (file) mapped.add(file);
    for (const file of this.#held) {
      if (mapped.has(file)) continue;
      this.#forgetFile(file);
    }
  }

  #forgetFile(file: OpenFile): void {
    this.#held.delete(file);
    const { inode } = file;
    if (![...this.#held].some((other) => other.inode === inode)) inode.mappers?.delete(this);
    releaseFile(file);
  }

  /** Keeps a file open while it is mapped: one reference however many mappings. */
  #hold(file: OpenFile): void {
    if (this.#held.has(file)) return;
    file.references++;
    this.#held.add(file);
    (file.inode.mappers ??= new Set()).add(this);
  }

  /** mprotect: 0, or -ENOMEM where something in the range is not mapped. */
  protect(start: number, end: number, protection: number): number {
    if (!this.mappings.covers(start, end)) return this.#protectPart(start, end, protection);
    if (protection & PROT_WRITE && this.#isReadOnly(start, end)) return -EACCES;
    if (protection !== 0) {
      const fresh = (sum: number, piece: Mapping): number =>
        sum + (piece.touched ? 0 : piece.end - piece.start);
      const bytes = this.mappings.overlapping(start, end).map((piece) => clip(piece, start, end));
      if (!(this.#mayCommit(bytes.reduce(fresh, 0)) && this.#reserve(end))) return -ENOMEM;
    }
    for (const piece of this.mappings.remove(start, end)) {
      this.#commit(-committedBytes(piece));
      const fresh = protection !== 0 && !piece.touched;
      if (fresh) this.#clear(piece.start, piece.end);
      if ((piece.protection | protection) & PROT_EXEC) {
        this.#cpu?.invalidate(piece.start, piece.end);
      }
      this.#insert({ ...piece, protection, touched: piece.touched || fresh });
    }
    this.#recent = undefined;
    return 0;
  }

  /**
   * Whether a shared mapping of a file that was not opened for writing is among those of a range.
   */
  #isReadOnly(start: number, end: number): boolean {
    return this.mappings.overlapping(start, end).some(({ shared, file }) => {
      return shared && file && (file.flags & O_ACCMODE) !== O_RDWR;
    });
  }

  /** Where something is not mapped, mprotect changes what comes before. */
  #protectPart(start: number, end: number, protection: number): number {
    let at = start;
    for (const mapping of this.mappings.overlapping(start, end)) {
      if (mapping.start > at || mapping.hidden) break;
      at = mapping.end;
    }
    if (at > start) this.protect(start, at, protection);
    return -ENOMEM;
  }

  /** Changes properties of what is mapped in [start, end). */
  alter(start: number, end: number, change: Pick<Mapping, 'onFork'>): void {
    for (const piece of this.mappings.remove(start, end)) {
      this.mappings.insert(piece.hidden ? piece : { ...piece, ...change });
    }
    this.#recent = undefined;
  }

  /** Bytes mapped, and those of them that are private and writable (VmSize, VmData). */
  used(): { total: number; data: number } {
    let [total, data] = [0, 0];
    for (const { start, end, hidden, protection, shared, growsDown } of this.mappings.all) {
      if (hidden) continue;
      total += end - start;
      if (protection & PROT_WRITE && !shared && !growsDown) data += end - start;
    }
    return { total, data };
  }

  /** brk(2): moves the end of the heap where it can and returns where it is. */
  setBrk(wanted: number): number {
    const { brkStart, brkEnd } = this.layout;
    if (wanted < brkStart || wanted > brkEnd) return this.brk;
    const oldEnd = Math.ceil(this.brk / pageBytes) * pageBytes;
    const newEnd = Math.ceil(wanted / pageBytes) * pageBytes;
    if (newEnd > oldEnd) {
      if (this.mappings.overlapping(oldEnd, newEnd).length > 0) return this.brk;
      const request = { start: oldEnd, length: newEnd - oldEnd, protection: 3, name: '[heap]' };
      if (this.map(request) < 0) return this.brk;
    } else if (newEnd < oldEnd) {
      this.unmap(newEnd, oldEnd);
    }
    this.brk = wanted;
    return wanted;
  }

  #hiddenRoom(bytes: number): number | undefined {
    const { hiddenStart, brkStart, hiddenMoreStart, mmapBase } = this.layout;
    return (
      this.mappings.gap(bytes, hiddenStart, brkStart, wasmPageBytes) ??
      this.mappings.gap(bytes, hiddenMoreStart, mmapBase, wasmPageBytes) ??
      this.mappings.gap(bytes, mmapBase, addressMax, wasmPageBytes)
    );
  }

  /**
   * Room for the processor's table of page rights (CpuOptions.rights). Most of it is never touched:
   * it only holds what `protect` was told, for mappings with rights.
   */
  allocateRights(): number {
    const start = this.allocateHidden(rightsTableBytes);
    this.mappings.remove(start, start + rightsTableBytes);
    const end = start + rightsTableBytes;
    const place = { start, end, protection: 0, touched: false, hidden: true, name: '', offset: 0 };
    this.mappings.insert(place);
    this.#rights = start;
    return start;
  }

  /** Whether faults of the guest are noticed: without that nothing grows by them. */
  get isProtected(): boolean {
    return this.#rights !== 0;
  }

  /** wasm addresses of the part of that table that tells of a mapping. */
  #rightsRange({ start, end }: Mapping): Range {
    const table = this.#rights - guestBias;
    return {
      start: table + Math.floor((start - guestBias) / pageBytes),
      end: table + Math.ceil((end - guestBias) / pageBytes),
    };
  }

  /** Room for the processor's tables (CpuOptions.allocate). Throws when there is none. */
  allocateHidden(bytes: number): number {
    const start = this.#hiddenRoom(bytes);
    if (start === undefined || !this.#reserve(start + bytes)) {
      throw new EngineError('LIMIT_EXCEEDED', 'a process has used up its 4 GiB of addresses', {
        remedy: 'give the program less to do at once, or fewer threads',
      });
    }
    this.#clear(start, start + bytes);
    this.mappings.insert({
      start,
      end: start + bytes,
      protection: 0,
      touched: true,
      hidden: true,
      name: '',
      offset: 0,
    });
    return start;
  }

  /** madvise(MADV_DONTNEED): private bytes go back to what the mapping was made of. */
  discard(start: number, end: number): void {
    for (const mapping of this.mappings.overlapping(start, end)) {
      if (!mapping.touched || mapping.shared || mapping.hidden) continue;
      const low = Math.max(start, mapping.start);
      const high = Math.min(end, mapping.end);
      const bytes = this.#raw(low, high);
      bytes.fill(0);
      mapping.file?.read(bytes, mapping.offset + (low - mapping.start));
    }
  }

  /** madvise(MADV_REMOVE): bytes of shared memory become zero for everybody. */
  punch(start: number, end: number): void {
    this.#raw(start, end).fill(0);
    this.publish();
  }

  /** Moves the bytes of one mapped range to another (mremap). */
  moveBytes(from: number, to: number, length: number): void {
    this.bytes.copyWithin(to - guestBias, from - guestBias, from - guestBias + length);
  }

  /** Publishes what this space wrote to shared memory: before it loses the processor, at msync. */
  publish(): void {
    for (const view of this.#views)
      publish(view, this.#raw(view.start, view.start + view.twin.length));
  }

  /** Publishes, and loses the processor. */
  leave(): void {
    this.publish();
    this.#isRunning = false;
  }

  /** Fetches what others wrote to shared memory: when the space gets the processor. */
  fetch(): void {
    this.#isRunning = true;
    for (const view of this.#views) {
      fetchShared(view, this.#raw(view.start, view.start + view.twin.length));
    }
  }

  /** Identity of a word for futexes: the same for all spaces that share it. */
  futexKey(address: number): { object: object; offset: number } {
    const mapping = this.#views.length > 0 ? this.mappings.find(address) : undefined;
    if (!mapping?.shared) return { object: this, offset: address };
    return { object: mapping.shared, offset: mapping.offset + (address - mapping.start) };
  }

  /**
   * A copy for fork: everything that may hold bytes, and of the stack only what is alive.
   * `stackPointer` is the forking task's.
   */
  fork(stackPointer: number): AddressSpace {
    this.publish();
    if (!this.#mayCommit(this.#committed)) throw new RangeError('memoryBytesMax is reached');
    const { littleEndian, wordBytes, layout } = this;
    const pool = this.#pool;
    const overwritten = this.#liveRanges(stackPointer);
    const init: SpaceInit = { pool, littleEndian, wordBytes, layout, overwritten };
    const child = new AddressSpace(init, this);
    for (const { start, end } of overwritten) {
      child.bytes.set(this.bytes.subarray(start, end), start);
    }
    child.brk = this.brk;
    child.argumentsStart = this.argumentsStart;
    child.argumentsEnd = this.argumentsEnd;
    child.environmentStart = this.environmentStart;
    child.environmentEnd = this.environmentEnd;
    child.trampoline = this.trampoline;
    child.auxiliaryVector = this.auxiliaryVector;
    child.stackLimit = this.stackLimit;
    child.#rights = this.#rights;
    for (const view of this.#views) {
      const owned = view.owned && new Set(view.owned);
      child.#views.push({ ...view, twin: view.twin.slice(), owned });
      view.region.users++;
    }
    for (const file of this.#held) {
      child.#hold(file);
    }
    child.attach(this.cpu.fork(child.memory, (bytes) => child.allocateHidden(bytes)));
    for (const { start, end, onFork } of this.mappings.all) {
      if (onFork === 'omit') child.unmap(start, end);
      else if (onFork === 'wipe') child.#raw(start, end).fill(0);
    }
    return child;
  }

  /** wasm addresses of what a forked child needs. */
  #liveRanges(stackPointer: number): Range[] {
    const live: Range[] = [{ start: 0, end: stateBytes }];
    for (const mapping of this.mappings.all) {
      const { start, end, touched, name } = mapping;
      if (!touched) continue;
      if (this.#rights !== 0) live.push(this.#rightsRange(mapping));
      // Bytes below the stack pointer are dead, but for the red zone of at most 512 bytes.
      const isStack = name === '[stack]' && stackPointer >= start && stackPointer < end;
      const from = isStack ? Math.max(start, stackPointer - pageBytes) : start;
      live.push({ start: from - guestBias, end: end - guestBias });
    }
    return live;
  }

  /** The memory for the next process. */
  #used(): UsedMemory {
    const dirty = new RangeSet();
    const add = (start: number, end: number): void => dirty.add(start - guestBias, end - guestBias);
    dirty.add(0, stateBytes);
    for (const { start, end } of this.#dirty.ranges) add(start, end);
    for (const mapping of this.mappings.all) {
      const { start, end, touched, name } = mapping;
      if (!touched) continue;
      if (this.#rights !== 0) {
        const range = this.#rightsRange(mapping);
        dirty.add(range.start, range.end);
      }
      // Most of a stack was never touched, and shall not be by clearing it.
      const from = name === '[stack]' ? (this.#cpu?.firstUsed(start, end) ?? start) : start;
      if (from < end) add(from, end);
    }
    return { memory: this.memory, dirty };
  }

  /** One task less; with the last one all mappings go. */
  release(): void {
    if (--this.users > 0) return;
    this.publish();
    for (const view of this.#views) view.region.users--;
    this.#views = [];
    for (const file of this.#held) this.#forgetFile(file);
    this.#commit(-this.#committed);
    if (!this.#pool.closed) this.#pool.give(this.#used());
    this.#cpu = undefined;
  }
}
