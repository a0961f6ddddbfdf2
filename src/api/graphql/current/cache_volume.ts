/** `CacheVolume` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const cacheVolume: TypeModule = {
  sdl: `
type CacheVolume implements Node {
  id: ID!
}
`,
};
