/** `Label` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const label: TypeModule = {
  sdl: `
type Label implements Node {
  id: ID!
  name: String!
  value: String!
}
`,
};
