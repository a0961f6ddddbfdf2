/** `DiffStat` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const diffStat: TypeModule = {
  sdl: `
type DiffStat implements Node {
  addedLines: Int!
  id: ID!
  kind: DiffStatKind!
  oldPath: String
  path: String!
  removedLines: Int!
}
`,
};
