/** `Terminal` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const terminal: TypeModule = {
  sdl: `
type Terminal implements Node & Syncer {
  id: ID!
  sync: ID! @expectedType(name: "Terminal")
}
`,
};
