/** `Socket` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const socket: TypeModule = {
  sdl: `
type Socket implements Node {
  id: ID!
}
`,
};
