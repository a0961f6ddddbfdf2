/** The translated regions of one processor: made when a block is hot, dropped when code changes. */

import type { DecodedBlock } from '../blocks.ts';
import { sameCode } from '../blocks.ts';
import type { SharedTranslations } from '../cache.ts';
import type { BlockArena, PlacedBlock } from '../interpreter/arena.ts';
import {
  blockField,
  blockHeaderBytes,
  coreWord,
  observedTargetsMax,
  observedTargetsOffset,
} from '../interpreter/layout.ts';
import { type BlockSource, collectBlocks } from './graph.ts';
import { boundsOf, type Region } from './region.ts';
import { regionExport, translateGroup } from './translator.ts';

/** Most regions kept for one block: different profiles or tables. */
const regionVariantsMax = 4;

/** Most regions made together. */
const groupRegionsMax = 32;

/** Blocks join a region when they were executed this part as often as a hot one. */
const memberPart = 32;

/** Most regions of one processor; code beyond them is interpreted. */
export const regionsMax = 20_000;

/** What the core module exports for regions. */
export interface RegionHost {
  readonly callpc: (pc: number, depth: number) => number;
  readonly helper: (id: number, unused: number) => number;
  readonly resume: (pc: number, depth: number) => number;
  readonly regions: WebAssembly.Table;
}

interface LinkedRegion {
  readonly region: Region;
  /** wasm address of the head block. */
  readonly head: number;
  readonly index: number;
}

export interface RegionTableInit {
  readonly host: RegionHost;
  readonly memory: WebAssembly.Memory;
  readonly arena: BlockArena;
  readonly cache: SharedTranslations;
  /** Decodes a block not met yet; null: regions consist of executed blocks only. */
  readonly decode: ((pc: number) => DecodedBlock) | null;
  /** wasm address of the table of page rights; 0: nothing is checked. */
  readonly rights: number;
  /** Is told of every block of a region that is linked. */
  readonly linked: (block: DecodedBlock) => void;
}

export class RegionTable {
  readonly #init: RegionTableInit;
  readonly #host: RegionHost;
  readonly #memory: WebAssembly.Memory;
  readonly #arena: BlockArena;
  readonly #cache: SharedTranslations;
  /** By index in the core's table. */
  readonly #linked = new Map<number, LinkedRegion>();
  /** wasm addresses of hot blocks that wait for others to be translated with. */
  readonly #waiting = new Set<number>();
  readonly #instances = new WeakMap<WebAssembly.Module, WebAssembly.Instance>();
  readonly #freeIndexes: number[] = [];
  #nextIndex = 1;

  constructor(init: RegionTableInit) {
    this.#init = init;
    this.#host = init.host;
    this.#memory = init.memory;
    this.#arena = init.arena;
    this.#cache = init.cache;
  }

  /**
   * The block at a wasm address is hot: it gets a region, at once when some process has made one
   * before; else together with others, when these are many or it has become hotter still.
   */
  translate(head: number): void {
    const placed = this.#hotBlock(head);
    if (!placed || this.#linked.size >= regionsMax) return;
    const known = this.#cached(placed.decoded);
    if (known) {
      this.#link(known, head);
      return;
    }
    const isNew = !this.#waiting.has(head);
    this.#waiting.add(head);
    if (isNew && !this.#init.decode && this.#waiting.size < groupRegionsMax) this.#wait(head);
    else this.#translateWaiting(head);
  }

  /** The block will be hot again after half as many executions. */
  #wait(head: number): void {
    const { words } = this.#arena;
    words[(head + blockField.counter) >>> 2] = words[coreWord.hotThreshold >> 2]! >> 1;
  }

  /** Makes regions of the hot blocks that are in no other's; of `head` first. */
  #translateWaiting(head: number): void {
    const source = {
      blockAt: (pc: number) => this.#init.decode?.(pc) ?? this.#warm(pc),
      observed: (block: DecodedBlock) => this.#observed(block),
    };
    this.#waiting.delete(head);
    const heads: PlacedBlock[] = [];
    const regions: DecodedBlock[][] = [];
    const covered = new Set<DecodedBlock>();
    for (const address of [head, ...this.#waiting]) {
      const placed = this.#hotBlock(address);
      if (!placed) continue;
      if (covered.has(placed.decoded)) {
        this.#wait(address);
        continue;
      }
      const blocks = collectBlocks(placed.decoded, source);
      for (const block of blocks) covered.add(block);
      heads.push(placed);
      regions.push(blocks);
    }
    this.#waiting.clear();
    const compiled = this.#compile(regions, source);
    heads.forEach(({ address }, n) => {
      this.#link(compiled[n]!, address);
    });
  }

  #hotBlock(head: number): PlacedBlock | undefined {
    const pc = this.#arena.words[(head + blockField.pc) >>> 2]! >>> 0;
    const placed = this.#arena.at(pc);
    return placed?.address === head ? placed : undefined;
  }

  #link(region: Region, head: number): void {
    const { module, name, blocks } = region;
    const { callpc, helper, resume } = this.#host;
    for (const block of blocks) this.#init.linked(block);
    let instance = this.#instances.get(module);
    if (!instance) {
      instance = new WebAssembly.Instance(module, {
        m: { memory: this.#memory, callpc, helper, resume },
      });
      this.#instances.set(module, instance);
    }
    const index = this.#freeIndexes.pop() ?? this.#nextIndex++;
    const { regions } = this.#host;
    if (index >= regions.length) regions.grow(regions.length);
    regions.set(index, instance.exports[name]);
    this.#linked.set(index, { region, head, index });
    this.#arena.words[(head + blockField.region) >>> 2] = index;
  }

  /** Drops the regions for which `stale` holds. */
  drop(stale: (region: Region) => boolean): void {
    for (const { region, head, index } of this.#linked.values()) {
      if (!stale(region)) continue;
      this.#linked.delete(index);
      this.#freeIndexes.push(index);
      this.#host.regions.set(index, null);
      makeWarm(this.#arena.words, head);
    }
  }

  /** Drops all regions without touching memory, where the blocks are no more. */
  clear(): void {
    for (const { index } of this.#linked.values()) {
      this.#freeIndexes.push(index);
      this.#host.regions.set(index, null);
    }
    this.#linked.clear();
    this.#waiting.clear();
  }

  /** In a forked copy of the memory: its regions are linked anew when they are next entered. */
  unlinkIn(words: Int32Array): void {
    for (const { head } of this.#linked.values()) makeWarm(words, head);
  }

  #cached(head: DecodedBlock): Region | undefined {
    const bytes = new Uint8Array(this.#memory.buffer);
    return head.regions.find(
      ({ rights, blocks }) =>
        rights === this.#init.rights && every(blocks, (block) => this.#isCurrent(block, bytes)),
    );
  }

  #isCurrent(block: DecodedBlock, bytes: Uint8Array): boolean {
    return this.#arena.at(block.pc)?.decoded === block || sameCode(block, bytes);
  }

  #compile(blocks: readonly (readonly DecodedBlock[])[], source: BlockSource): Region[] {
    const { rights } = this.#init;
    const { bytes, calls } = translateGroup(blocks, source, rights);
    const { statistics } = this.#cache;
    statistics.regionsCompiled += blocks.length;
    statistics.modulesCompiled++;
    statistics.wasmBytes += bytes.length;
    const module = new WebAssembly.Module(bytes);
    return blocks.map(([head], n) => {
      const all = new Set([...reached(n, calls)].flatMap((callee) => blocks[callee]!));
      const [name, bounds] = [regionExport(n), boundsOf(all)];
      const region = { module, name, head: head!, blocks: all, bounds, rights };
      head!.regions.unshift(region);
      if (head!.regions.length > regionVariantsMax) head!.regions.pop();
      return region;
    });
  }

  /** A block of this process, unless it was executed so rarely that a region is better without. */
  #warm(pc: number): DecodedBlock | undefined {
    const placed = this.#arena.at(pc);
    if (!placed) return undefined;
    const { words } = this.#arena;
    const executions = words[(placed.address + blockField.counter) >>> 2]!;
    return executions * memberPart < words[coreWord.hotThreshold >> 2]!
      ? undefined
      : placed.decoded;
  }

  /** Targets the interpreter saw an indirect jump take, in ascending order. */
  #observed(block: DecodedBlock): number[] {
    const address = this.#arena.addressOf(block.pc);
    if (address === 0) return [];
    const cell = address + blockHeaderBytes + block.last * 16;
    const start = (cell + observedTargetsOffset) >>> 2;
    const { words } = this.#arena;
    const found = words.subarray(start, start + observedTargetsMax).filter((pc) => pc !== 0);
    return [...new Set(Uint32Array.from(found))].sort((a, b) => a - b);
  }
}

function every<T>(values: Iterable<T>, holds: (value: T) => boolean): boolean {
  for (const value of values) if (!holds(value)) return false;
  return true;
}

/** The regions of a group that may run without the core once region `n` does, itself included. */
function reached(n: number, calls: readonly ReadonlySet<number>[]): Set<number> {
  const found = new Set([n]);
  for (const from of found) for (const to of calls[from]!) found.add(to);
  return found;
}

/** Takes a block's region away; it is translated again at its next execution. */
function makeWarm(words: Int32Array, head: number): void {
  words[(head + blockField.region) >>> 2] = 0;
  words[(head + blockField.counter) >>> 2] = words[coreWord.hotThreshold >> 2]! - 1;
}
