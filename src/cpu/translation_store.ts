/**
 * Translations kept between runs of the engine: the blocks of each program in a file of its own,
 * read before the program starts and written when it has ended, if enough is new. Only speed
 * depends on it: a block is used when the guest's memory holds the code it was decoded from.
 */

import type { TranslationStore } from '../host/runtime.ts';
import type { DecodedBlock } from './blocks.ts';
import { type PageRecord, type SharedTranslations, sharedTranslations } from './cache.ts';
import type { CodePage } from './code_page.ts';
import type { TranslationCache } from './cpu.ts';
import type { Isa } from './isa/isa.ts';
import { StoredBlocks, storeBlocks } from './stored_blocks.ts';

/** Most bytes kept for one program. */
export const keptBytesMax = 0x2000000;
/** New blocks worth a write: at least so many, and at least this part of what is kept. */
const newBlocksMin = 32;
const newBlocksPart = 1 / 8;
/** Characters of a program's name that tell its file from others'. */
const nameCharactersMax = 40;

/** What is known about the file of a program. */
interface Kept {
  file: StoredBlocks | undefined;
  /** Blocks known to be in the file, or not to fit in; and pages of which all are, by version. */
  readonly stored: WeakSet<DecodedBlock>;
  readonly pages: WeakMap<CodePage, number>;
}

/** The translations of an engine's programs in one store. */
export class TranslationKeeper {
  readonly #cache: SharedTranslations;
  readonly #store: TranslationStore;
  readonly #build: string;
  readonly #kept = new Map<string, Promise<Kept>>();

  constructor(cache: TranslationCache, store: TranslationStore, build: string) {
    this.#cache = sharedTranslations(cache);
    this.#store = store;
    this.#build = build;
  }

  /** Calls `run`, which runs program `program`, with what is kept of it at hand; keeps more. */
  async during<T>(isa: Isa, program: string, run: () => Promise<T>): Promise<T> {
    const name = fileName(isa, program);
    let loading = this.#kept.get(name);
    if (!loading) this.#kept.set(name, (loading = this.#load(isa, name)));
    const kept = await loading;
    const record: PageRecord = { isa, pages: new Set() };
    this.#cache.records.add(record);
    try {
      return await run();
    } finally {
      this.#cache.records.delete(record);
      await this.#save(name, kept, record.pages);
    }
  }

  async #load(isa: Isa, name: string): Promise<Kept> {
    const bytes = await this.#store.load(name);
    const file = bytes && StoredBlocks.open(bytes, this.#build);
    if (file) this.#cache.attach(isa, file);
    return { file, stored: new WeakSet(), pages: new WeakMap() };
  }

  async #save(name: string, kept: Kept, pages: ReadonlySet<CodePage>): Promise<void> {
    const { file, stored } = kept;
    let added = 0;
    for (const page of pages) {
      if (kept.pages.get(page) === page.version) continue;
      const before = added;
      for (const block of page.blocks) {
        if (stored.has(block)) continue;
        if (file && file.place(block) !== 0) stored.add(block);
        else added++;
      }
      if (added === before) kept.pages.set(page, page.version);
    }
    if (added < Math.max(newBlocksMin, (file?.count ?? 0) * newBlocksPart)) return;
    const blocks = [...pages].flatMap((page) => [...page.blocks]);
    for (const block of blocks) stored.add(block);
    const bytes = storeBlocks(this.#build, blocks, file, keptBytesMax);
    kept.file = StoredBlocks.open(bytes, this.#build);
    await this.#store.save(name, bytes);
  }
}

function fileName(isa: Isa, program: string): string {
  const last = program.slice(program.lastIndexOf('/') + 1).toLowerCase();
  return `${isa.name}-${last.replaceAll(/[^a-z0-9]+/g, '_').slice(0, nameCharactersMax)}`;
}
