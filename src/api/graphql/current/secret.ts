/** `Secret` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const secret: TypeModule = {
  sdl: `
type Secret implements Node {
  id: ID!
  name: String!
  plaintext: String!
  uri: String!
}
`,
};
