/** Kept translations as files of a directory, see cpu/translation_store.ts. */

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TranslationStore } from '../runtime.ts';

/** Most files, and most bytes of all of them; the one written longest ago goes first. */
const filesMax = 48;
const bytesMax = 0x18000000;
const suffix = '.blocks';

/** A file appears under its name when it is complete; whatever fails costs time only. */
export class DirectoryTranslations implements TranslationStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async load(name: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.#path(name));
    } catch {
      return undefined;
    }
  }

  async save(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const part = join(this.#directory, `${randomBytes(8).toString('hex')}.part`);
    try {
      await mkdir(this.#directory, { recursive: true });
      await writeFile(part, bytes);
      await rename(part, this.#path(name));
      await this.#evict();
    } catch {
      await rm(part, { force: true }).catch(() => undefined);
    }
  }

  #path(name: string): string {
    return join(this.#directory, `${name}${suffix}`);
  }

  async #evict(): Promise<void> {
    const names = await readdir(this.#directory);
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#directory, name);
        const { mtimeMs, size } = await stat(path);
        return { path, size, written: mtimeMs };
      }),
    );
    files.sort((a, b) => b.written - a.written);
    let bytes = 0;
    for (const [n, { path, size }] of files.entries()) {
      bytes += size;
      if (n >= filesMax || bytes > bytesMax) await rm(path, { force: true });
    }
  }
}
