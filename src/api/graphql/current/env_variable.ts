/** `EnvVariable` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const envVariable: TypeModule = {
  sdl: `
type EnvVariable implements Node {
  id: ID!
  name: String!
  value: String!
}
`,
};
