/** The processor: joins the wasm core, the blocks of one address space, and the translator. */

import { BlockDecoder, type DecodedBlock, touches } from './blocks.ts';
import { type SharedTranslations, sharedTranslations } from './cache.ts';
import type { Cpu, CpuOptions, TierPolicy } from './cpu.ts';
import { interrupted, trapOf } from './faults.ts';
import { ArenaFull, BlockArena } from './interpreter/arena.ts';
import { coreModule } from './interpreter/core_module.ts';
import {
  blockField,
  coreWord,
  exitWrite,
  helperTableIndex,
  service,
} from './interpreter/layout.ts';
import { DecodeAgain, type HelperContext, InstructionSetChange, type Isa } from './isa/isa.ts';
import { guestBias, stateOffset } from './state.ts';
import { type RegionHost, RegionTable } from './translate/region_table.ts';
import { GuestTrap, type Trap, trapKinds } from './trap.ts';

/**
 * Executions of a block after which its region is translated: by then interpreting has cost about
 * what translating does (half a millisecond with V8's part of it; an instruction takes 10 ns).
 */
export const hotThreshold = 500;

/** The same for a block some process has a region of already, which costs an instantiation only. */
export const knownHotThreshold = 8;

/** Host stack guest calls may take before translated frames are unwound. Bytes. */
export const depthBytes = 400_000;

const thresholds: Readonly<Record<TierPolicy, number>> = {
  interpreter: 0,
  translator: 1,
  eager: 60,
  tiered: hotThreshold,
};

interface CoreExports extends RegionHost {
  /** Runs guest code with this much host stack for guest calls. */
  readonly run: (depth: number) => void;
  readonly firstUsed: (start: number, end: number) => number;
}

/** Decoding is never nested, so all processors of an instruction set share one decoder. */
const decoders = new WeakMap<Isa, BlockDecoder>();

function decoderOf(isa: Isa): BlockDecoder {
  let decoder = decoders.get(isa);
  if (!decoder) decoders.set(isa, (decoder = new BlockDecoder(isa)));
  return decoder;
}

/** A processor bound to an address space, see `Cpu`. */
export function createCpu(options: CpuOptions): Cpu {
  const arena = new BlockArena(options.memory, options.allocate);
  const cpu = new Processor(options, arena);
  cpu.reset();
  return cpu;
}

class Processor implements Cpu {
  /** What decodes: the one of the options, or its `exact` form. */
  isa: Isa;
  readonly #options: CpuOptions;
  readonly #memory: WebAssembly.Memory;
  readonly #cache: SharedTranslations;
  readonly #arena: BlockArena;
  #decoder: BlockDecoder;
  readonly #core: CoreExports;
  readonly #regions: RegionTable;
  readonly #helperContext: HelperContext;
  #view: DataView;
  #quantum = 0;
  #executed = 0;
  #total = 0n;

  constructor(options: CpuOptions, arena: BlockArena) {
    this.#options = options;
    this.isa = options.isa;
    this.#memory = options.memory;
    this.#view = new DataView(options.memory.buffer);
    this.#cache = sharedTranslations(options.cache);
    this.#arena = arena;
    this.#decoder = decoderOf(options.isa);
    this.#helperContext = {
      memory: options.memory,
      view: () => this.#currentView(),
      instructionCount: () => this.#total + BigInt(this.#executedSoFar()),
      entropy: options.entropy,
      invalidate: (start, end) => this.invalidate(start, end),
    };
    const instance = new WebAssembly.Instance(coreModule(), {
      m: {
        memory: options.memory,
        service: (id: number, x: bigint, y: bigint, z: bigint) => this.#serve(id, x, y, z),
      },
    });
    this.#core = instance.exports as unknown as CoreExports;
    // The translator alone is for tests: its regions are whole functions from the start.
    const decode =
      options.tier === 'translator' ? (pc: number) => this.#blockAt(this.#place(pc))! : null;
    this.#regions = new RegionTable(this.#core, options.memory, arena, this.#cache, decode);
  }

  get executed(): number {
    return this.#executed;
  }

  get instructionCount(): bigint {
    return this.#total;
  }

  run(fuel: number): Trap {
    const quantum = Math.max(1, Math.min(fuel, 0x7fff0000)) | 0;
    const words = this.#arena.words;
    words[stateOffset.fuel >> 2] = quantum;
    words[stateOffset.exitReason >> 2] = 0;
    words[stateOffset.cell >> 2] = 0;
    this.#quantum = quantum;
    const trap = this.#runCore();
    this.#executed = quantum - this.#view.getInt32(stateOffset.fuel, true);
    this.#total += BigInt(this.#executed);
    return trap;
  }

  #runCore(): Trap {
    for (;;) {
      try {
        this.#core.run(depthBytes);
        return this.#exitTrap();
      } catch (error) {
        if (error instanceof InstructionSetChange && this.isa.exact) {
          this.#changeIsa(this.isa.exact);
          continue;
        }
        if (error instanceof DecodeAgain) {
          this.#decodeAgain();
          continue;
        }
        if (!(error instanceof ArenaFull)) return this.#caught(error);
        // A block is looked for between blocks, where state and fuel are exact in memory.
        this.#regions.clear();
        this.#arena.recycle();
        const { words } = this.#arena;
        words[stateOffset.pc >> 2] = error.pc;
        words[stateOffset.cell >> 2] = 0;
      }
    }
  }

  /** Goes on at the current instruction, with everything decoded anew. */
  #changeIsa(isa: Isa): void {
    this.#settle();
    this.#useIsa(isa);
    this.#regions.clear();
    this.#arena.recycle();
  }

  /** Goes on at the current instruction with a block decoded from the state as it is. */
  #decodeAgain(): void {
    this.#settle();
    const pc = this.#arena.words[stateOffset.pc >> 2]! >>> 0;
    this.invalidate(pc, pc + 1);
    const view = this.#currentView();
    const page = this.#cache.pageAt(this.isa, pc, this.#arena.words);
    const block = this.#decoder.decode(view, pc);
    this.#cache.add(page, block);
    if (!this.#arena.isFull) this.#arena.place(block);
  }

  #useIsa(isa: Isa): void {
    this.isa = isa;
    this.#decoder = decoderOf(isa);
  }

  invalidate(start: number, end: number): void {
    const stale = (block: DecodedBlock): boolean => touches(block, start, end);
    // Regions first: their heads are still in the arena.
    this.#regions.drop(({ bounds, blocks }) => {
      if (bounds[0] >= end || bounds[1] <= start) return false;
      for (const block of blocks) if (stale(block)) return true;
      return false;
    });
    this.#arena.forget(stale);
  }

  setPreciseFaults(precise: boolean): void {
    this.#regions.precise = precise;
    this.#regions.drop((region) => region.precise !== precise);
  }

  fork(memory: WebAssembly.Memory, allocate: CpuOptions['allocate']): Cpu {
    const arena = this.#arena.fork(memory, allocate);
    this.#regions.unlinkIn(arena.words);
    const child = new Processor({ ...this.#options, memory, allocate }, arena);
    child.#regions.precise = this.#regions.precise;
    child.#useIsa(this.isa);
    return child;
  }

  firstUsed(start: number, end: number): number {
    return (this.#core.firstUsed(start - guestBias, end - guestBias) >>> 0) + guestBias;
  }

  reset(): void {
    this.#useIsa(this.#options.isa);
    this.#regions.clear();
    this.#arena.begin();
    const { words } = this.#arena;
    words[coreWord.hotThreshold >> 2] = thresholds[this.#options.tier ?? 'tiered'];
  }

  #currentView(): DataView {
    if (this.#view.buffer !== this.#memory.buffer) this.#view = new DataView(this.#memory.buffer);
    return this.#view;
  }

  /** The host side of the core: decoding, translation, helpers. */
  #serve(id: number, x: bigint, y: bigint, z: bigint): bigint {
    if (id >= 0) return this.#help(id, x, y, z);
    if (id === service.decode) {
      if (this.#arena.isFull) throw new ArenaFull(Number(x));
      return BigInt(this.#place(Number(x)));
    }
    if (id === service.link) this.#linkHelpers();
    else this.#regions.translate(Number(x));
    return 0n;
  }

  /** Gives the core the instruction set's own helpers. */
  #linkHelpers(): void {
    const { helperModule, name } = this.isa;
    if (!helperModule) throw new Error(`${name} has no helper module`);
    const instance = new WebAssembly.Instance(helperModule(), {
      env: {
        memory: this.#memory,
        changeInstructionSet: () => {
          throw new InstructionSetChange();
        },
      },
    });
    // biome-ignore lint/complexity/useLiteralKeys: an index signature.
    this.#core.regions.set(helperTableIndex, instance.exports['helper']);
  }

  /** wasm address of the block at a guest address, decoded or from the cache if it is new. */
  #place(pc: number): number {
    const arena = this.#arena;
    const found = arena.addressOf(pc);
    if (found !== 0) return found;
    const page = this.#cache.pageAt(this.isa, pc, arena.words);
    if (page.first !== undefined && arena.addressOf(page.first) === 0) {
      arena.placePage(page);
      for (const block of page.blocks) this.#warm(block);
      const address = arena.addressOf(pc);
      if (address !== 0) return address;
    }
    // Placing may have grown the memory.
    const view = this.#currentView();
    let block = this.#cache.find(this.isa, page, pc, new Uint8Array(view.buffer));
    if (!block) {
      block = this.#decoder.decode(view, pc);
      this.#cache.add(page, block);
    }
    const address = arena.place(block);
    this.#warm(block);
    return address;
  }

  #warm({ regions, pc }: DecodedBlock): void {
    if (regions.length === 0) return;
    const { words } = this.#arena;
    const executions = words[coreWord.hotThreshold >> 2]! - knownHotThreshold;
    const counter = (this.#arena.addressOf(pc) + blockField.counter) >>> 2;
    words[counter] = Math.max(words[counter]!, executions);
  }

  #help(id: number, x: bigint, y: bigint, z: bigint): bigint {
    const helper = this.isa.helpers[id];
    if (!helper) throw new Error(`${this.isa.name} has no helper ${id}`);
    try {
      const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
      return BigInt.asIntN(64, helper(this.#helperContext, u64(x), u64(y), u64(z)));
    } catch (error) {
      // A DataView access outside memory: the address is not known.
      if (error instanceof RangeError) throw new GuestTrap('memory');
      throw error;
    }
  }

  #blockAt(address: number): DecodedBlock | undefined {
    return this.#arena.blockAt(address);
  }

  /** Instructions of the current run completed before the one being executed. */
  #executedSoFar(): number {
    const { words } = this.#arena;
    const at = interrupted(words, (address) => this.#blockAt(address));
    return this.#quantum - words[stateOffset.fuel >> 2]! + (at?.instruction ?? 0);
  }

  /** The trap the core left in the state area. */
  #exitTrap(): Trap {
    const view = this.#currentView();
    const reason = view.getUint32(stateOffset.exitReason, true);
    const kind = trapKinds[(reason & 0xff) - 1];
    if (!kind) throw new Error(`processor stopped for unknown reason ${reason}`);
    const detail = view.getInt32(stateOffset.exitDetail, true);
    const pc = view.getUint32(stateOffset.pc, true);
    const isAddress = kind === 'memory';
    const unaligned = kind === 'alignment' ? (this.isa.alignmentAddress?.(view, pc) ?? 0) : 0;
    return {
      kind,
      pc,
      address: isAddress ? detail >>> 0 : unaligned,
      detail: isAddress ? 0 : detail,
      write: (reason & exitWrite) !== 0,
    };
  }

  /** Makes the state exact after an exception, or throws it on when it is no guest's doing. */
  #caught(error: unknown): Trap {
    const view = this.#currentView();
    const at = interrupted(this.#arena.words, (address) => this.#blockAt(address));
    const trap = trapOf(error, view, at);
    if (!trap) throw error;
    this.#settle();
    const { kind, address, detail, write } = trap;
    return { kind, pc: view.getUint32(stateOffset.pc, true), address, detail, write };
  }

  /** Makes pc and fuel exact after an exception out of an instruction. */
  #settle(): void {
    const { words } = this.#arena;
    const at = interrupted(words, (address) => this.#blockAt(address));
    if (at) {
      words[stateOffset.pc >> 2] = at.block.instructionPc[at.instruction] ?? at.block.pc;
      words[stateOffset.fuel >> 2]! -= at.instruction;
    }
    words[stateOffset.cell >> 2] = 0;
  }
}
