/** `SearchResult` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const searchResult: TypeModule = {
  sdl: `
type SearchResult implements Node {
  absoluteOffset: Int!
  filePath: String!
  id: ID!
  lineNumber: Int!
  matchedLines: String!
  submatches: [SearchSubmatch!]!
}
`,
};
