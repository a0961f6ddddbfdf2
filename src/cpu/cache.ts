/** Translations shared by all processors of an engine, found by address and verified by content. */

import { type DecodedBlock, sameCode } from './blocks.ts';
import { CodePage, codePageOf } from './code_page.ts';
import type { TranslationCache } from './cpu.ts';
import type { Isa } from './isa/isa.ts';
import type { StoredBlocks } from './stored_blocks.ts';

/** Most decoded blocks and pages of code kept; reaching it forgets all of them. */
export const cachedBlocksMax = 200_000;
export const cachedPagesMax = 20_000;
/** Most different contents kept for one page. */
const variantsMax = 8;

/** Pages of code some processor of an instruction set used while it was open. */
export interface PageRecord {
  readonly isa: Isa;
  readonly pages: Set<CodePage>;
}

/** The code known of one instruction set. */
class KnownCode {
  readonly files: StoredBlocks[] = [];
  readonly #pages = new Map<number, CodePage[]>();

  /** The page at a guest address as it is in a guest's memory now. */
  pageAt(pc: number, memory: Int32Array): CodePage | undefined {
    return this.#pages.get(codePageOf(pc))?.find((page) => page.isCurrent(memory));
  }

  add(page: CodePage): void {
    const known = this.#pages.get(page.page);
    if (!known) this.#pages.set(page.page, [page]);
    else if (known.unshift(page) > variantsMax) known.pop();
  }

  clear(): void {
    this.#pages.clear();
  }
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
  readonly records: Set<PageRecord> = new Set();
  readonly #code = new Map<string, KnownCode>();
  #count = 0;
  #pages = 0;

  #of({ name }: Isa): KnownCode {
    let code = this.#code.get(name);
    if (!code) this.#code.set(name, (code = new KnownCode()));
    return code;
  }

  /** Looks for blocks in a file too from now on. */
  attach(isa: Isa, file: StoredBlocks): void {
    this.#of(isa).files.push(file);
  }

  /**
   * The page of code at a guest address (`memory`: all of it as words), with what was decoded from
   * the same bytes before.
   */
  pageAt(isa: Isa, pc: number, memory: Int32Array): CodePage {
    const page = this.#of(isa).pageAt(pc, memory) ?? this.#newPage(isa, pc, memory);
    for (const record of this.records) if (record.isa.name === isa.name) record.pages.add(page);
    return page;
  }

  #newPage(isa: Isa, pc: number, memory: Int32Array): CodePage {
    if (this.#pages++ >= cachedPagesMax) this.#clear();
    const page = new CodePage(codePageOf(pc), memory);
    this.#of(isa).add(page);
    return page;
  }

  #clear(): void {
    for (const code of this.#code.values()) code.clear();
    this.#count = 0;
    this.#pages = 0;
  }

  /** A block of a page decoded earlier from the same bytes at the same address. */
  find(isa: Isa, page: CodePage, pc: number, memory: Uint8Array): DecodedBlock | undefined {
    return page.find(pc, memory) ?? this.#restore(isa, page, pc, memory);
  }

  #restore(isa: Isa, page: CodePage, pc: number, memory: Uint8Array): DecodedBlock | undefined {
    for (const file of this.#of(isa).files) {
      const block = file.find(pc, (candidate) => sameCode(candidate, memory));
      if (!block) continue;
      this.statistics.blocksRestored++;
      this.#enter(page, block);
      return block;
    }
    return undefined;
  }

  /** Keeps a block that was just decoded. */
  add(page: CodePage, block: DecodedBlock): void {
    this.statistics.blocksDecoded++;
    if (block.code.length > 0) this.#enter(page, block);
  }

  #enter(page: CodePage, block: DecodedBlock): void {
    if (this.#count++ >= cachedBlocksMax) this.#clear();
    page.add(block);
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
