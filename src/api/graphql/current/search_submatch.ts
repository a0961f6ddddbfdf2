/** `SearchSubmatch` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const searchSubmatch: TypeModule = {
  sdl: `
type SearchSubmatch implements Node {
  end: Int!
  id: ID!
  start: Int!
  text: String!
}
`,
};
