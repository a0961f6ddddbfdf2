/** Deno as a runtime. It has `node:fs` and `node:crypto`; permissions are asked for when used. */

import { nodeRuntime } from '../node/runtime.ts';
import type { Runtime } from '../runtime.ts';

/** What Deno throws where a permission is missing. */
const isForbidden = (error: unknown): boolean =>
  error instanceof Error && error.name === 'NotCapable';

/** Deno 2 and later. What may not be looked at is taken for absent where nobody asked for it. */
export const denoRuntime: Runtime = {
  ...nodeRuntime,
  name: 'deno',
  async findConfiguration(path) {
    try {
      return await nodeRuntime.findConfiguration?.(path);
    } catch (error) {
      if (path === undefined && isForbidden(error)) return undefined;
      throw error;
    }
  },
  variable(name) {
    try {
      return nodeRuntime.variable?.(name);
    } catch (error) {
      if (isForbidden(error)) return undefined;
      throw error;
    }
  },
};
