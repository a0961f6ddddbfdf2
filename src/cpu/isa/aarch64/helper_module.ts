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
// biome-ignore format: a table
const names = [
  'aes', 'sha', 'crc32', 'polynomialWide', 'polynomialBytes', 'floatLanes', 'floatUnary', 'integerLanes',
] as const;

/** Id of each helper, for `Builder.helper`. */
export const wasmHelperId: Readonly<Record<(typeof names)[number], number>> = Object.fromEntries(
  names.map((name, n) => [name, moduleHelperFirst + n]),
) as Record<(typeof names)[number], number>;

/** Id of a scalar operation on two operands; `scalar` of `wasm/aarch64/module.ts`. */
export function scalarId(
  kind: 'binary' | 'fused' | 'compare',
  operation: number,
  format: number,
): number {
  const first = { binary: 0x2000, fused: 0x2080, compare: 0x2100 };
  return first[kind] | (operation << 2) | format;
}
