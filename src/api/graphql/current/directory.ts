/** `Directory` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const directory: TypeModule = {
  sdl: `
type Directory implements Node & Syncer & Exportable {
  asGit: GitRepository!
  asModule(sourceRootPath: String = "."): Module!
  asModuleSource(sourceRootPath: String = "."): ModuleSource!
  changes(from: ID! @expectedType(name: "Directory")): Changeset!
  chown(path: String!, owner: String!): Directory!
  diff(other: ID! @expectedType(name: "Directory")): Directory!
  digest: String!
  directory(path: String!): Directory!
  dockerBuild(
    dockerfile: String = "Dockerfile"
    platform: Platform
    buildArgs: [BuildArg!] = []
    target: String = ""
    secrets: [ID!] = [] @expectedType(name: "Secret")
    noInit: Boolean = false
    ssh: ID @expectedType(name: "Socket")
  ): Container!
  entries(path: String): [String!]!
  exists(
    path: String!
    expectedType: ExistsType
    doNotFollowSymlinks: Boolean = false
  ): Boolean!
  export(path: String!, wipe: Boolean = false): String!
  file(path: String!): File!
  filter(
    exclude: [String!] = []
    include: [String!] = []
    gitignore: Boolean = false
  ): Directory!
  findUp(name: String!, start: String!): String
  glob(pattern: String!): [String!]!
  id: ID!
  name: String!
  search(
    pattern: String!
    paths: [String!] = []
    globs: [String!] = []
    literal: Boolean = false
    multiline: Boolean = false
    dotall: Boolean = false
    insensitive: Boolean = false
    skipIgnored: Boolean = false
    skipHidden: Boolean = false
    filesOnly: Boolean = false
    limit: Int
  ): [SearchResult!]!
  stat(path: String!, doNotFollowSymlinks: Boolean = false): Stat!
  sync: ID! @expectedType(name: "Directory")
  terminal(
    container: ID @expectedType(name: "Container")
    cmd: [String!] = []
    experimentalPrivilegedNesting: Boolean = false
    insecureRootCapabilities: Boolean = false
  ): Directory!
  withChanges(changes: ID! @expectedType(name: "Changeset")): Directory!
  withDirectory(
    path: String!
    source: ID! @expectedType(name: "Directory")
    exclude: [String!] = []
    include: [String!] = []
    gitignore: Boolean = false
    owner: String = ""
    permissions: Int
  ): Directory!
  withError(err: String!): Directory!
  withFile(
    path: String!
    source: ID! @expectedType(name: "File")
    permissions: Int
    owner: String = ""
  ): Directory!
  withFiles(
    path: String!
    sources: [ID!]! @expectedType(name: "File")
    permissions: Int
  ): Directory!
  withNewDirectory(path: String!, permissions: Int = 420): Directory!
  withNewFile(path: String!, contents: String!, permissions: Int = 420): Directory!
  withPatch(patch: String!): Directory!
  withPatchFile(patch: ID! @expectedType(name: "File")): Directory!
  withSymlink(target: String!, linkName: String!): Directory!
  withTimestamps(timestamp: Int!): Directory!
  withoutDirectory(path: String!): Directory!
  withoutFile(path: String!): Directory!
  withoutFiles(paths: [String!]!): Directory!
}
`,
};
