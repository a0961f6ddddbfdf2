/** `File` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const file: TypeModule = {
  sdl: `
type File implements Node & Syncer & Exportable {
  asEnvFile(expand: Boolean): EnvFile!
  asJSON: JSONValue!
  chown(owner: String!): File!
  contents(offsetLines: Int, limitLines: Int): String!
  digest(excludeMetadata: Boolean = false): String!
  export(path: String!, allowParentDirPath: Boolean = false): String!
  id: ID!
  name: String!
  search(
    pattern: String!
    literal: Boolean = false
    multiline: Boolean = false
    dotall: Boolean = false
    insensitive: Boolean = false
    skipIgnored: Boolean = false
    skipHidden: Boolean = false
    filesOnly: Boolean = false
    limit: Int
    paths: [String!] = []
    globs: [String!] = []
  ): [SearchResult!]!
  size: Int!
  stat: Stat!
  sync: ID! @expectedType(name: "File")
  withName(name: String!): File!
  withReplaced(
    search: String!
    replacement: String!
    all: Boolean = false
    firstFrom: Int
  ): File!
  withTimestamps(timestamp: Int!): File!
}
`,
};
