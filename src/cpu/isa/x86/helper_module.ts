/** The helpers that are wasm: `wasm/x86/`, compiled at build time. */

import { binary } from '../../../../dist/wasm/x86.js';
import { moduleHelperFirst } from '../isa.ts';

let compiled: WebAssembly.Module | undefined;

/** The compiled module; made once per program run. */
export function helperModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(binary), (c) => c.charCodeAt(0)));
  return compiled;
}

/** Helpers of the module in the order of its `switch`. */
const names = [
  'vector',
  'aes',
  'carrylessProduct',
  'setMxcsr',
  'x87',
  'x87Commit',
  'loadControl',
] as const;

/** Id of each helper, for `Builder.helper` and `Builder.leaf`. */
export const wasmHelperId: Readonly<Record<(typeof names)[number], number>> = Object.fromEntries(
  names.map((name, n) => [name, moduleHelperFirst + n]),
) as Record<(typeof names)[number], number>;

/** Lowest id of a scalar floating-point operation, which has the operation in it. */
export const scalarHelperFirst: number = moduleHelperFirst + 0x400;
