/** `ErrorValue` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const errorValue: TypeModule = {
  sdl: `
type ErrorValue implements Node {
  id: ID!
  name: String!
  value: JSON!
}
`,
};
