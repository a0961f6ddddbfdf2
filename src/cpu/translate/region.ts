/** A translated region: what is kept of it for all processes. */

import type { DecodedBlock } from '../blocks.ts';

/** See `Region.bounds`. */
export function boundsOf(blocks: Iterable<DecodedBlock>): readonly [number, number] {
  let [first, end] = [2 ** 32, 0];
  for (const block of blocks) {
    // As `touches` has it: a block may depend on the byte before it, and on its first in any case.
    first = Math.min(first, (block.pc & ~1) >>> 0, ...block.depends.map(({ address }) => address));
    const ends = block.depends.map(({ address, bytes }) => address + bytes.length);
    end = Math.max(end, block.end, block.pc + 1, ...ends);
  }
  return [first, end];
}

/** Guest code compiled to one wasm function of a module; begins at `head`. */
export interface Region {
  readonly module: WebAssembly.Module;
  /** The name the module exports it by. */
  readonly name: string;
  readonly head: DecodedBlock;
  /** The blocks it was made from, and those of regions of its module it calls without the core. */
  readonly blocks: ReadonlySet<DecodedBlock>;
  /** Guest addresses between which all their code and what it depends on is: first, end. */
  readonly bounds: readonly [number, number];
  /** wasm address of the table of page rights its accesses look at; 0: none. */
  readonly rights: number;
}
