/** `Error` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const error: TypeModule = {
  sdl: `
type Error implements Node {
  id: ID!
  message: String!
  values: [ErrorValue!]!
  withValue(name: String!, value: JSON!): Error!
}
`,
};
