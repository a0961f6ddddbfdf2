/** The processor: joins the wasm core, the blocks of one address space, and the translator. */

import { BlockDecoder, type DecodedBlock, sameCode, touches } from './blocks.ts';
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
import { PageRights, pageBytes, right } from './protection.ts';
import { guestBias, stateOffset } from './state.ts';
import { type RegionHost, RegionTable } from './translate/region_table.ts';
import { GuestTrap, type Trap, trapKinds } from './trap.ts';
import { WatchedCode } from './watched_code.ts';

/**
 * Executions of a block after which its region is translated: by then interpreting has cost about
 * what translating does (one or two milliseconds with V8's part of it; an instruction takes 10 ns).
 */
export const hotThreshold = 2000;

/** The same for a block some process has a region of already, which costs an instantiation only. */
export const knownHotThreshold = 8;

/** Most pages of code one instruction writes to. */
const writtenPagesMax = 8;

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
  /** Absent: nothing is checked. */
  readonly #rights: PageRights | undefined;
  readonly #watched: WatchedCode;
  #view: DataView;
  #quantum = 0;
  #executed = 0;
  #total = 0n;

  constructor(options: CpuOptions, arena: BlockArena, parent?: Processor) {
    this.#options = options;
    const { memory, rights } = options;
    this.#rights = rights === undefined ? undefined : new PageRights(memory, rights);
    this.#watched = parent ? parent.#watched.fork(this.#rights) : new WatchedCode(this.#rights);
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
    const instance = new WebAssembly.Instance(coreModule(rights !== undefined), {
      m: {
        memory: options.memory,
        service: (id: number, x: bigint, y: bigint, z: bigint) => this.#serve(id, x, y, z),
      },
    });
    this.#core = instance.exports as unknown as CoreExports;
    // The translator alone is for tests: its regions are whole functions from the start.
    const decode =
      options.tier === 'translator' ? (pc: number) => this.#blockAt(this.#place(pc))! : null;
    this.#regions = new RegionTable({
      host: this.#core,
      memory,
      arena,
      cache: this.#cache,
      decode,
      rights: this.#rights?.table ?? 0,
      linked: (block) => this.#watched.add(block),
    });
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
        if (!(error instanceof ArenaFull)) {
          const trap = this.#caught(error);
          if (!this.#isCodeWrite(trap)) return trap;
          const other = this.#writeCode(trap);
          if (other) return other;
          continue;
        }
        // A block is looked for between blocks, where state and fuel are exact in memory.
        this.#forgetAll();
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
    this.#forgetAll();
  }

  #forgetAll(): void {
    this.#regions.clear();
    this.#arena.recycle();
    this.#watched.clear();
  }

  /** Whether a trap is a write the guest may do, to a page code was decoded from. */
  #isCodeWrite({ kind, write, address }: Trap): boolean {
    return kind === 'memory' && write && this.#rights?.isWatched(address) === true;
  }

  /**
   * Lets the guest write to a page code was decoded from; state is exact before the instruction.
   * A trap that came of it instead is given.
   */
  #writeCode({ address, pc }: Trap): Trap | undefined {
    const page = address - (address % pageBytes);
    const elsewhere = pc + this.isa.instructionBytesMax <= page || pc >= page + pageBytes;
    if (elsewhere && this.#watched.drops(page)) {
      this.invalidate(page, page + pageBytes);
      this.#rights!.release(page);
      return undefined;
    }
    return this.#writeBesides(pc, [page]);
  }

  /** Executes the one instruction at `pc` while pages are writable: it may change what follows. */
  #writeBesides(pc: number, pages: readonly number[]): Trap | undefined {
    if (pages.length > writtenPagesMax) throw new Error('an instruction that writes everywhere');
    const { words } = this.#arena;
    const fuel = words[stateOffset.fuel >> 2]!;
    this.#arena.forget((placed) => placed.pc === pc);
    this.#regions.drop(({ head }) => head.pc === pc);
    const block = this.#decoder.decode(this.#currentView(), pc, this.#rights, 1);
    this.#arena.placeSingle(block);
    for (const page of pages) this.#rights!.release(page);
    words[stateOffset.fuel >> 2] = 1;
    const trap = this.#runOnce();
    const executed = 1 - this.#arena.words[stateOffset.fuel >> 2]!;
    this.#arena.words[stateOffset.fuel >> 2] = fuel - executed;
    this.#arena.forget((placed) => placed === block);
    if (this.#isCodeWrite(trap)) {
      const page = trap.address - (trap.address % pageBytes);
      return this.#writeBesides(pc, [...pages, page]);
    }
    this.#forgetChanged(pages);
    if (trap.kind !== 'fuel' || fuel - executed <= 0) return trap;
    this.#arena.words[stateOffset.exitReason >> 2] = 0;
    return undefined;
  }

  #runOnce(): Trap {
    try {
      this.#core.run(depthBytes);
      return this.#exitTrap();
    } catch (error) {
      return this.#caught(error);
    }
  }

  /** Forgets blocks of some pages whose code has changed, and watches the pages again. */
  #forgetChanged(pages: readonly number[]): void {
    const memory = new Uint8Array(this.#memory.buffer);
    const stale = (block: DecodedBlock): boolean =>
      pages.some((page) => touches(block, page, page + pageBytes)) && !sameCode(block, memory);
    this.#regions.drop(({ blocks }) => {
      for (const block of blocks) if (stale(block)) return true;
      return false;
    });
    this.#arena.forget(stale);
    for (const page of pages) this.#rights!.watch(page, page + pageBytes);
  }

  /** Goes on at the current instruction with a block decoded from the state as it is. */
  #decodeAgain(): void {
    this.#settle();
    const pc = this.#arena.words[stateOffset.pc >> 2]! >>> 0;
    this.invalidate(pc, pc + 1);
    const page = this.#cache.pageAt(this.isa, pc, this.#arena.words);
    const block = this.#decode(pc);
    this.#cache.add(page, block);
    if (!this.#arena.isFull) this.#enter(block);
  }

  #enter(block: DecodedBlock): number {
    this.#watched.add(block);
    return this.#arena.place(block);
  }

  #useIsa(isa: Isa): void {
    this.isa = isa;
    this.#decoder = decoderOf(isa);
  }

  invalidate(start: number, end: number): void {
    if (!this.#watched.has(start, end)) return;
    const stale = (block: DecodedBlock): boolean => touches(block, start, end);
    // Regions first: their heads are still in the arena.
    this.#regions.drop(({ bounds, blocks }) => {
      if (bounds[0] >= end || bounds[1] <= start) return false;
      for (const block of blocks) if (stale(block)) return true;
      return false;
    });
    this.#arena.forget(stale);
    this.#watched.forget(start, end);
  }

  protect(start: number, end: number, rights: number): void {
    if (!this.#rights) return;
    this.#rights.set(start, end, rights);
    // What is left of code there is written to with notice only.
    if (rights & right.write && this.#watched.has(start, end)) this.#watchAgain(start, end);
  }

  #watchAgain(start: number, end: number): void {
    for (let at = start; at < end; at += pageBytes) {
      if (this.#watched.has(at, at + pageBytes)) this.#rights!.watch(at, at + pageBytes);
    }
  }

  fork(memory: WebAssembly.Memory, allocate: CpuOptions['allocate']): Cpu {
    const arena = this.#arena.fork(memory, allocate);
    this.#regions.unlinkIn(arena.words);
    const child = new Processor({ ...this.#options, memory, allocate }, arena, this);
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
    words[coreWord.rights >> 2] = this.#rights?.table ?? 0;
    this.#watched.clear();
  }

  #currentView(): DataView {
    const { words } = this.#arena;
    if (this.#view.buffer !== words.buffer) this.#view = new DataView(words.buffer);
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
    if (!this.#executable(pc)) return this.#enter(this.#decode(pc));
    const page = this.#cache.pageAt(this.isa, pc, arena.words);
    if (page.first !== undefined && arena.addressOf(page.first) === 0) {
      arena.placePage(page);
      this.#watched.addPage(page.page);
      this.#forgetCut(page.page);
      for (const block of page.blocks) this.#warm(block);
      const address = arena.addressOf(pc);
      if (address !== 0) return address;
    }
    // Placing may have grown the memory.
    const view = this.#currentView();
    let block = this.#cache.find(this.isa, page, pc, new Uint8Array(view.buffer));
    if (!block || !this.#executable(block.end - 1)) {
      block = this.#decode(pc);
      this.#cache.add(page, block);
    }
    const address = this.#enter(block);
    this.#warm(block);
    return address;
  }

  #decode(pc: number): DecodedBlock {
    return this.#decoder.decode(this.#currentView(), pc, this.#rights);
  }

  #executable(address: number): boolean {
    return !this.#rights || (this.#rights.at(address) & right.execute) !== 0;
  }

  /** Forgets blocks of a page that reach into the next, if that cannot be executed. */
  #forgetCut(page: number): void {
    const end = (page + 1) * pageBytes;
    if (this.#executable(end)) return;
    this.#arena.forget((block) => block.pc < end && block.end > end);
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
