/** `EnvFile` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const envFile: TypeModule = {
  sdl: `
type EnvFile implements Node {
  asFile: File!
  exists(name: String!): Boolean!
  get(name: String!, raw: Boolean): String!
  id: ID!
  namespace(prefix: String!): EnvFile!
  variables(raw: Boolean): [EnvVariable!]!
  withVariable(name: String!, value: String!): EnvFile!
  withoutVariable(name: String!): EnvFile!
}
`,
};
