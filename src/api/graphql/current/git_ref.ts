/** `GitRef` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const gitRef: TypeModule = {
  sdl: `
type GitRef implements Node {
  commit: String!
  commonAncestor(other: ID! @expectedType(name: "GitRef")): GitRef!
  id: ID!
  ref: String!
  tree(
    discardGitDir: Boolean = false
    depth: Int = 1
    includeTags: Boolean = false
  ): Directory!
}
`,
};
