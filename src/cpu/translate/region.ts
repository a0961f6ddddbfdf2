/** A translated region: what is kept of it for all processes. */

import type { DecodedBlock } from '../blocks.ts';

/** Guest code compiled to one wasm function; begins at `blocks[0]`. */
export interface Region {
  readonly module: WebAssembly.Module;
  /** The blocks it was made from. */
  readonly blocks: readonly DecodedBlock[];
  /** Whether faults leave exact registers behind. */
  readonly precise: boolean;
}
