/** Translations shared by all processors of an engine, found by address and verified by content. */

import { type DecodedBlock, sameCode } from './blocks.ts';
import type { TranslationCache } from './cpu.ts';
import type { Isa } from './isa/isa.ts';

/** Most decoded blocks kept; reaching it forgets all of them. */
export const cachedBlocksMax = 200_000;
/** Most different contents kept for one address. */
const variantsMax = 8;

class SharedTranslations implements TranslationCache {
  readonly statistics = { blocksDecoded: 0, regionsCompiled: 0, modulesCompiled: 0, wasmBytes: 0 };
  readonly #blocks = new Map<string, Map<number, DecodedBlock[]>>();
  #count = 0;

  /** A block decoded earlier from the same bytes at the same address. */
  find(isa: Isa, pc: number, memory: Uint8Array): DecodedBlock | undefined {
    return this.#blocks
      .get(isa.name)
      ?.get(pc)
      ?.find((block) => sameCode(block, memory));
  }

  add(isa: Isa, block: DecodedBlock): void {
    this.statistics.blocksDecoded++;
    if (block.code.length === 0) return;
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
