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
  /**
   * Guest address of `rightsTableBytes` (protection.ts) zeroed bytes, hidden from the guest, for
   * the rights of its pages. Absent: no access is checked, and faults of translated code, which are
   * those of the null page and of what lies beyond the memory, leave registers and pc stale.
   */
  readonly rights?: number;
  /** Injected entropy for RDRAND and its like: the next 64 bits. */
  readonly entropy: () => bigint;
}

export interface Cpu {
  readonly isa: Isa;
  /**
   * Runs from the state area's pc until something needs the operating system. `fuel` is the most
   * guest instructions to execute; it is checked where control goes backwards or indirectly, so it
   * may be overrun by straight code. The state area is exact at every return.
   */
  run(fuel: number): Trap;
  /** Instructions executed by the last `run`. */
  readonly executed: number;
  /** Instructions executed by all `run`s. */
  readonly instructionCount: bigint;
  /** Guest code in [start, end) changed, was unmapped, or is to be executed anew. */
  invalidate(start: number, end: number): void;
  /**
   * Says what the guest may do with the pages of [start, end) (guest addresses, multiples of 4096)
   * from now on: bits of `right` in protection.ts, those of mprotect(2). At first it may do
   * nothing. No more than a record where `CpuOptions.rights` is absent. Where code changes or must
   * not be executed any more, `invalidate` is to be called too.
   */
  protect(start: number, end: number, rights: number): void;
  /**
   * A processor for a forked copy of the address space: `memory` already holds a copy of all of
   * the parent's memory, the processor's own tables included; the table of rights too.
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
