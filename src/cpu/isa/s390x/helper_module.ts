/** The helpers that are wasm: `wasm/s390x/`, compiled at build time. */

import { binary } from '../../../../dist/wasm/s390x.js';
import type { Builder, I32, I64 } from '../../ir/builder.ts';
import { moduleHelperFirst } from '../isa.ts';
import { noteHelperCall } from './helper_table.ts';
import { registers } from './registers.ts';

let compiled: WebAssembly.Module | undefined;

/** The compiled module; made once per program run. */
export function helperModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(binary), (c) => c.charCodeAt(0)));
  return compiled;
}

/** Helpers of the module in the order of its `switch`. */
const names = ['scalar', 'vectorFloat', 'compareExtended', 'vectorInteger', 'overlapped'] as const;
export type ModuleHelper = (typeof names)[number];

const ids = new Map<ModuleHelper, number>(names.map((name, n) => [name, moduleHelperFirst + n]));

/** Calls a helper of the module. */
export function moduleHelper(b: Builder, name: ModuleHelper, x: I64, y: I64, z: I64): I64 {
  noteHelperCall();
  return b.helper(ids.get(name)!, x, y, z);
}

/** Calls a helper that looks at no slots where `condition` is not 0; else the value is 0. */
export function moduleLeaf(b: Builder, name: ModuleHelper, condition: I32, x: I64, y: I64): I64 {
  return b.leaf(ids.get(name)!, condition, x, y);
}

/** `wasm/s390x/state.ts` knows these addresses. */
const places = [registers.v[0]!.offset, registers.r[0]!.offset, registers.fpc.offset];
if (places.join() !== [0x100, 0x300, 0x3c0].join()) {
  throw new Error(`registers lie elsewhere than wasm/s390x/state.ts says: ${places}`);
}
