/** Translations shared by all processors of an engine, found by address and verified by content. */

import { type DecodedBlock, sameCode } from './blocks.ts';
import type { TranslationCache } from './cpu.ts';
import type { Isa } from './isa/isa.ts';
import type { StoredBlocks } from './stored_blocks.ts';

/** Most decoded blocks kept; reaching it forgets all of them. */
export const cachedBlocksMax = 200_000;
/** Most different contents kept for one address. */
const variantsMax = 8;

/** Blocks some processor of an instruction set asked for while it was open. */
export interface BlockRecord {
  readonly isa: Isa;
  readonly blocks: Set<DecodedBlock>;
}

class SharedTranslations implements TranslationCache {
  readonly statistics = {
    blocksDecoded: 0,
    blocksRestored: 0,
    regionsCompiled: 0,
    modulesCompiled: 0,
    wasmBytes: 0,
  };
  /** Open records: what to keep is seen here. */
  readonly records: Set<BlockRecord> = new Set();
  readonly #blocks = new Map<string, Map<number, DecodedBlock[]>>();
  readonly #stored = new Map<string, StoredBlocks[]>();
  #count = 0;

  /** Looks for blocks in a file too from now on. */
  attach(isa: Isa, file: StoredBlocks): void {
    const files = this.#stored.get(isa.name);
    if (files) files.push(file);
    else this.#stored.set(isa.name, [file]);
  }

  /** A block decoded earlier from the same bytes at the same address. */
  find(isa: Isa, pc: number, memory: Uint8Array): DecodedBlock | undefined {
    const known = this.#blocks.get(isa.name)?.get(pc);
    const block =
      known?.find((candidate) => sameCode(candidate, memory)) ?? this.#restore(isa, pc, memory);
    if (block && this.records.size > 0) this.#record(isa, block);
    return block;
  }

  #restore(isa: Isa, pc: number, memory: Uint8Array): DecodedBlock | undefined {
    for (const file of this.#stored.get(isa.name) ?? []) {
      const block = file.find(pc, (candidate) => sameCode(candidate, memory));
      if (!block) continue;
      this.statistics.blocksRestored++;
      this.#enter(isa, block);
      return block;
    }
    return undefined;
  }

  add(isa: Isa, block: DecodedBlock): void {
    this.statistics.blocksDecoded++;
    if (block.code.length === 0) return;
    this.#enter(isa, block);
    if (this.records.size > 0) this.#record(isa, block);
  }

  #record(isa: Isa, block: DecodedBlock): void {
    for (const record of this.records) if (record.isa.name === isa.name) record.blocks.add(block);
  }

  #enter(isa: Isa, block: DecodedBlock): void {
    if (this.#count++ >= cachedBlocksMax) {
      this.#blocks.clear();
      this.#count = 1;
    }
    let byAddress = this.#blocks.get(isa.name);
    if (!byAddress) this.#blocks.set(isa.name, (byAddress = new Map()));
    const variants = byAddress.get(block.pc);
    if (!variants) byAddress.set(block.pc, [block]);
    else if (variants.unshift(block) > variantsMax) variants.pop();
  }
}

export type { SharedTranslations };

/** An empty cache; an engine has one. */
export function createTranslationCache(): TranslationCache {
  return new SharedTranslations();
}

/** The cache behind the interface. Throws for one that was not made by `createTranslationCache`. */
export function sharedTranslations(cache: TranslationCache): SharedTranslations {
  if (cache instanceof SharedTranslations) return cache;
  throw new TypeError('a TranslationCache comes from createTranslationCache()');
}
