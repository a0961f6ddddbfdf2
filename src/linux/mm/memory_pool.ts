/**
 * Memories of processes that have ended, for new ones. A fresh `WebAssembly.Memory` is cheap, but
 * engines count its bytes as garbage to come and collect every few of them, which costs more than
 * all the rest of a fork.
 */

import { memoryPagesMax } from '../../cpu/state.ts';
import { pooledMemoriesMax } from '../limits.ts';

export class MemoryPool {
  readonly #free: WebAssembly.Memory[] = [];
  /** Whether the machine ends: nobody will want a memory again. */
  closed: boolean = false;

  /** A zeroed memory of at least `pages` wasm pages. RangeError when the host has no room. */
  take(pages: number): WebAssembly.Memory {
    const memory = this.#free.pop();
    if (!memory) return new WebAssembly.Memory({ initial: pages, maximum: memoryPagesMax });
    const have = memory.buffer.byteLength / 0x10000;
    if (have < pages) memory.grow(pages - have);
    return memory;
  }

  /** Takes back a memory whose bytes are all zero again. */
  give(memory: WebAssembly.Memory): void {
    if (this.#free.length < pooledMemoriesMax) this.#free.push(memory);
  }
}

/** Zeroes a range in which most pages were probably never touched, without touching those. */
export function clearSparse(bytes: Uint8Array): void {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  const step = 1024;
  for (let at = 0; at < words.length; at += step) {
    const end = Math.min(at + step, words.length);
    let used = 0;
    for (let n = at; n < end; n += 4) {
      used |= words[n]! | words[n + 1]! | words[n + 2]! | words[n + 3]!;
    }
    if (used !== 0) words.fill(0, at, end);
  }
}
