/** A processor bound to one address space: what `src/linux` drives. */

import type { Isa } from './isa/isa.ts';
import type { Trap } from './trap.ts';

/**
 * Translations shared by all processors of an engine: decoded blocks and compiled modules by
 * content.
 */
export interface TranslationCache {
  /** Figures for tests, `--stats` and the playground. */
  readonly statistics: {
    blocksDecoded: number;
    /** Taken from a `TranslationStore` instead. */
    blocksRestored: number;
    regionsCompiled: number;
    modulesCompiled: number;
    wasmBytes: number;
  };
}

/**
 * Which tiers a processor may use: tests run every case in each. `eager` translates like `tiered`,
 * but after few executions, so that short programs go through both.
 */
export type TierPolicy = 'interpreter' | 'translator' | 'eager' | 'tiered';

export interface CpuOptions {
  readonly isa: Isa;
  /** The address space's memory; the state area is its first 16 KiB. */
  readonly memory: WebAssembly.Memory;
  readonly cache: TranslationCache;
  readonly tier?: TierPolicy;
  /**
   * Gives the processor guest address space for its own tables (`bytes` is a multiple of 64 KiB),
   * hidden from the guest; returns a guest address (u32). The memory has been grown to hold it.
   */
  readonly allocate: (bytes: number) => number;
  /** Injected entropy for RDRAND and its like: the next 64 bits. */
  readonly entropy: () => bigint;
}

export interface Cpu {
  readonly isa: Isa;
  /**
   * Runs from the state area's pc until something needs the operating system. `fuel` is the most
   * guest instructions to execute; it is checked where control goes backwards or indirectly, so it
   * may be overrun by straight code. The state area is exact at every return, except after a memory
   * fault in translated code without `setPreciseFaults`: then registers and pc are stale.
   */
  run(fuel: number): Trap;
  /** Instructions executed by the last `run`. */
  readonly executed: number;
  /** Instructions executed by all `run`s. */
  readonly instructionCount: bigint;
  /** Guest code in [start, end) changed, was unmapped, or is to be executed anew. */
  invalidate(start: number, end: number): void;
  /**
   * With `true`, memory faults must be precise in translated code too, because the guest handles
   * them. Called when a SIGSEGV or SIGBUS handler is first installed.
   */
  setPreciseFaults(precise: boolean): void;
  // Proposed, for page protection (issue 4): setProtection(start, end, rights) fills a table of one
  // byte a page in hidden memory (1 MiB, allocated at the first call: most programs never make
  // one), and says whether regions must look. Precise regions compare each address with the
  // memory's size already (block_emitter.ts, #checkAddress); a checked one would instead test
  // `table[address >>> 12] & right`, twice where the access may cross a page, and the interpreter's
  // load and store handlers the same. src/linux calls it when a page that may hold bytes loses a
  // right (mprotect, mmap PROT_NONE inside memory) and precise faults are on, or at the latest when
  // they are switched on: only a program with a SIGSEGV handler, or one about to die, can tell.
  /**
   * A processor for a forked copy of the address space: `memory` already holds a copy of all of
   * the parent's memory, the processor's own tables included.
   */
  fork(memory: WebAssembly.Memory, allocate: CpuOptions['allocate']): Cpu;
  /**
   * Where in a range of guest addresses (multiples of 128) the first bytes are that are not zero,
   * to 128 bytes; its end when all are.
   */
  firstUsed(start: number, end: number): number;
  /** After exec: all mappings are gone, the processor's own tables too. */
  reset(): void;
}

export { createTranslationCache } from './cache.ts';
export { createCpu } from './processor.ts';
