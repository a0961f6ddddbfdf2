/** The helpers that are wasm: `wasm/aarch64/`, compiled at build time. */

import { binary } from '../../../../dist/wasm/aarch64.js';
import { moduleHelperFirst } from '../isa.ts';

let compiled: WebAssembly.Module | undefined;

/** The compiled module; made once per program run. */
export function helperModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(binary), (c) => c.charCodeAt(0)));
  return compiled;
}

/** Helpers of the module in the order of its `switch`. */
const names = ['aes', 'sha', 'crc32', 'polynomialWide', 'polynomialBytes', 'float'] as const;

/** Id of each helper, for `Builder.helper`. */
export const wasmHelperId: Readonly<Record<(typeof names)[number], number>> = Object.fromEntries(
  names.map((name, n) => [name, moduleHelperFirst + n]),
) as Record<(typeof names)[number], number>;
