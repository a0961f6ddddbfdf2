/** `Engine` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const engine: TypeModule = {
  sdl: `
type Engine implements Node {
  clients: [String!]!
  id: ID!
  localCache: EngineCache!
  name: String!
}
`,
};
