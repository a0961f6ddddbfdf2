/** The translated regions of one processor: made when a block is hot, dropped when code changes. */

import type { DecodedBlock } from '../blocks.ts';
import { sameCode } from '../blocks.ts';
import type { SharedTranslations } from '../cache.ts';
import type { BlockArena } from '../interpreter/arena.ts';
import {
  blockField,
  blockHeaderBytes,
  coreWord,
  observedTargetsMax,
  observedTargetsOffset,
} from '../interpreter/layout.ts';
import { collectBlocks } from './graph.ts';
import type { Region } from './region.ts';
import { regionBytes } from './translator.ts';

/** Most regions kept for one block: different profiles or fault modes. */
const regionVariantsMax = 4;

/** Blocks join a region when they were executed this part as often as a hot one. */
const memberPart = 32;

/** Most regions of one processor; code beyond them is interpreted. */
export const regionsMax = 20_000;

/** What the core module exports for regions. */
export interface RegionHost {
  readonly callpc: (pc: number, depth: number) => number;
  readonly helper: (id: number, unused: number) => number;
  readonly regions: WebAssembly.Table;
}

interface LinkedRegion {
  readonly region: Region;
  /** wasm address of the head block. */
  readonly head: number;
  readonly index: number;
}

export class RegionTable {
  readonly #host: RegionHost;
  readonly #memory: WebAssembly.Memory;
  readonly #arena: BlockArena;
  readonly #cache: SharedTranslations;
  /** Decodes a block not met yet; null: regions consist of executed blocks only. */
  readonly #decode: ((pc: number) => DecodedBlock) | null;
  /** By index in the core's table. */
  readonly #linked = new Map<number, LinkedRegion>();
  readonly #freeIndexes: number[] = [];
  #nextIndex = 1;
  precise = false;

  constructor(
    host: RegionHost,
    memory: WebAssembly.Memory,
    arena: BlockArena,
    cache: SharedTranslations,
    decode: ((pc: number) => DecodedBlock) | null,
  ) {
    this.#host = host;
    this.#memory = memory;
    this.#arena = arena;
    this.#cache = cache;
    this.#decode = decode;
  }

  /** Gives the block at a wasm address a region. */
  translate(head: number): void {
    const { words } = this.#arena;
    const pc = words[(head + blockField.pc) >>> 2]! >>> 0;
    const placed = this.#arena.placed.get(pc);
    if (placed?.address !== head || this.#linked.size >= regionsMax) return;
    const region = this.#cached(placed.decoded) ?? this.#compile(placed.decoded);
    const instance = new WebAssembly.Instance(region.module, {
      m: { memory: this.#memory, callpc: this.#host.callpc, helper: this.#host.helper },
    });
    const index = this.#freeIndexes.pop() ?? this.#nextIndex++;
    const { regions } = this.#host;
    if (index >= regions.length) regions.grow(regions.length);
    // biome-ignore lint/complexity/useLiteralKeys: an index signature.
    regions.set(index, instance.exports['region']);
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
  }

  /** In a forked copy of the memory: its regions are linked anew when they are next entered. */
  unlinkIn(words: Int32Array): void {
    for (const { head } of this.#linked.values()) makeWarm(words, head);
  }

  #cached(head: DecodedBlock): Region | undefined {
    const bytes = new Uint8Array(this.#memory.buffer);
    return head.regions.find(
      ({ precise, blocks }) =>
        precise === this.precise && blocks.every((block) => this.#isCurrent(block, bytes)),
    );
  }

  #isCurrent(block: DecodedBlock, bytes: Uint8Array): boolean {
    return this.#arena.placed.get(block.pc)?.decoded === block || sameCode(block, bytes);
  }

  #compile(head: DecodedBlock): Region {
    const source = {
      blockAt: (pc: number) => this.#decode?.(pc) ?? this.#warm(pc),
      observed: (block: DecodedBlock) => this.#observed(block),
    };
    const blocks = collectBlocks(head, source);
    const bytes = regionBytes(blocks, source, this.precise);
    const { statistics } = this.#cache;
    statistics.regionsCompiled++;
    statistics.modulesCompiled++;
    statistics.wasmBytes += bytes.length;
    const region = { module: new WebAssembly.Module(bytes), blocks, precise: this.precise };
    head.regions.unshift(region);
    if (head.regions.length > regionVariantsMax) head.regions.pop();
    return region;
  }

  /** A block of this process, unless it was executed so rarely that a region is better without. */
  #warm(pc: number): DecodedBlock | undefined {
    const placed = this.#arena.placed.get(pc);
    if (!placed) return undefined;
    const { words } = this.#arena;
    const executions = words[(placed.address + blockField.counter) >>> 2]!;
    return executions * memberPart < words[coreWord.hotThreshold >> 2]!
      ? undefined
      : placed.decoded;
  }

  /** Targets the interpreter saw an indirect jump take, in ascending order. */
  #observed(block: DecodedBlock): number[] {
    const address = this.#arena.placed.get(block.pc)?.address;
    if (address === undefined) return [];
    const cell = address + blockHeaderBytes + block.last * 16;
    const start = (cell + observedTargetsOffset) >>> 2;
    const { words } = this.#arena;
    const found = words.subarray(start, start + observedTargetsMax).filter((pc) => pc !== 0);
    return [...new Set(Uint32Array.from(found))].sort((a, b) => a - b);
  }
}

/** Takes a block's region away; it is translated again at its next execution. */
function makeWarm(words: Int32Array, head: number): void {
  words[(head + blockField.region) >>> 2] = 0;
  words[(head + blockField.counter) >>> 2] = words[coreWord.hotThreshold >> 2]! - 1;
}
