/** `Changeset` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const changeset: TypeModule = {
  sdl: `
type Changeset implements Node & Syncer & Exportable {
  addedPaths: [String!]!
  after: Directory!
  asPatch: File!
  before: Directory!
  diffStats: [DiffStat!]!
  export(path: String!): String!
  id: ID!
  isEmpty: Boolean!
  layer: Directory!
  modifiedPaths: [String!]!
  removedPaths: [String!]!
  sync: ID! @expectedType(name: "Changeset")
  withChangeset(
    changes: ID! @expectedType(name: "Changeset")
    onConflict: ChangesetMergeConflict = FAIL
  ): Changeset!
  withChangesets(
    changes: [ID!]! @expectedType(name: "Changeset")
    onConflict: ChangesetsMergeConflict = FAIL
  ): Changeset!
}
`,
};
