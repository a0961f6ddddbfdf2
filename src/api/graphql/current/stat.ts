/** `Stat` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const stat: TypeModule = {
  sdl: `
type Stat implements Node {
  fileType: FileType
  id: ID!
  name: String!
  permissions: Int!
  size: Int!
}
`,
};
