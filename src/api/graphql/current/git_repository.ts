/** `GitRepository` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const gitRepository: TypeModule = {
  sdl: `
type GitRepository implements Node {
  branch(name: String!): GitRef!
  branches(patterns: [String!]): [String!]!
  commit(id: String!): GitRef!
  head: GitRef!
  id: ID!
  latestVersion: GitRef!
  ref(name: String!): GitRef!
  tag(name: String!): GitRef!
  tags(patterns: [String!]): [String!]!
  uncommitted: Changeset!
  url: String
}
`,
};
