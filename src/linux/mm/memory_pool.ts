/**
 * Memories of processes that have ended, for new ones. A fresh `WebAssembly.Memory` is cheap, but
 * engines count its bytes as garbage to come and collect every few of them, which costs more than
 * all the rest of a fork.
 */

import { memoryPagesMax } from '../../cpu/state.ts';
import { pooledMemoriesMax } from '../limits.ts';
import type { Range, RangeSet } from './ranges.ts';

/** A memory of a process that has ended, with its bytes. */
export interface UsedMemory {
  readonly memory: WebAssembly.Memory;
  /** wasm addresses that may not be zero. */
  readonly dirty: RangeSet;
}

export class MemoryPool {
  readonly #free: UsedMemory[] = [];
  /** Whether the machine ends: nobody will want a memory again. */
  closed: boolean = false;
  /** Bytes all processes have mapped with a right, now: see `memoryBytesMax`. */
  committed: number = 0;

  /**
   * A memory of at least `pages` wasm pages, zeroed but for the wasm addresses in `overwritten`, to
   * which the caller copies at once. RangeError when the host has no room.
   */
  take(pages: number, overwritten: readonly Range[] = []): WebAssembly.Memory {
    const used = this.#free.pop();
    if (!used) return new WebAssembly.Memory({ initial: pages, maximum: memoryPagesMax });
    const { memory } = used;
    clear(used, overwritten);
    const have = memory.buffer.byteLength / 0x10000;
    if (have < pages) memory.grow(pages - have);
    return memory;
  }

  /** Takes back a memory. It is cleared when it is known what for: a fork overwrites most of it. */
  give(used: UsedMemory): void {
    if (this.#free.length < pooledMemoriesMax) this.#free.push(used);
  }
}

function clear({ memory, dirty }: UsedMemory, overwritten: readonly Range[]): void {
  const bytes = new Uint8Array(memory.buffer);
  for (const { start, end } of overwritten) dirty.take(start, end);
  for (const { start, end } of dirty.ranges) bytes.fill(0, start, end);
}
