/** Deno as a runtime. It has `node:fs` and `node:crypto`; permissions are asked for when used. */

import { nodeRuntime } from '../node/runtime.ts';
import type { Runtime } from '../runtime.ts';

/** Deno 2 and later. */
export const denoRuntime: Runtime = { ...nodeRuntime, name: 'deno' };
