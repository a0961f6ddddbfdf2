/** Contents of regular files. */

import type { Content, FileNode } from './node.ts';

/** Content that is in memory. The bytes belong to it from now on: do not write to them. */
export function memoryContent(bytes: Uint8Array): Content {
  return { size: bytes.length, bytes, load: () => Promise.resolve(bytes) };
}

const encoder = new TextEncoder();

/** Content from a text, as UTF-8. */
export function textContent(text: string): Content {
  return memoryContent(encoder.encode(text));
}

/** Content of no bytes. */
export const emptyContent: Content = memoryContent(new Uint8Array(0));

/**
 * Content that is fetched when first asked for, and kept. A failed fetch is tried again.
 *
 * @param origin see `Content.origin`
 */
export function lazyContent(
  size: number,
  fetch: () => Promise<Uint8Array>,
  origin?: string,
): Content {
  return new LazyContent(size, fetch, origin);
}

class LazyContent implements Content {
  readonly size: number;
  readonly origin: string | undefined;
  bytes: Uint8Array | undefined;
  readonly #fetch: () => Promise<Uint8Array>;
  #pending: Promise<Uint8Array> | undefined;

  constructor(size: number, fetch: () => Promise<Uint8Array>, origin: string | undefined) {
    this.size = size;
    this.origin = origin;
    this.#fetch = fetch;
  }

  load(): Promise<Uint8Array> {
    if (this.bytes) return Promise.resolve(this.bytes);
    this.#pending ??= this.#fetch().then(
      (bytes) => {
        if (bytes.length !== this.size) throw new Error('content has another size than promised');
        this.bytes = bytes;
        return bytes;
      },
      (error: unknown) => {
        this.#pending = undefined;
        throw error;
      },
    );
    return this.#pending;
  }
}

/** The text of a file, as UTF-8. Rejects as `Content.load` does. */
export async function readText(file: FileNode): Promise<string> {
  return new TextDecoder().decode(await file.content.load());
}
