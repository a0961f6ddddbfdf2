/** The schema of the 0.3 preview (September 2022): all its types, joined. */

import type { TypeModule } from '../type_module.ts';
import { core, host, localDir, query } from './core.ts';
import { directory, file, gitRef, gitRepository } from './directory.ts';
import { execType, filesystemType } from './filesystem.ts';

export const previewTypes: { readonly [type: string]: TypeModule } = {
  Core: core,
  Directory: directory,
  Exec: execType,
  File: file,
  Filesystem: filesystemType,
  GitRef: gitRef,
  GitRepository: gitRepository,
  Host: host,
  LocalDir: localDir,
  Query: query,
};

export const previewShared: readonly string[] = [
  `
scalar DirectoryID
scalar FSID
scalar FileID
scalar SecretID

input MountInput {
  fs: FSID!
  path: String!
}

input CacheMountInput {
  name: String!
  sharingMode: String!
  path: String!
}

input ExecEnvInput {
  name: String!
  value: String!
}

input ExecSecretEnvInput {
  name: String!
  id: SecretID!
}

input ExecInput {
  args: [String!]!
  mounts: [MountInput!]
  cacheMounts: [CacheMountInput!]
  workdir: String
  env: [ExecEnvInput!]
  secretEnv: [ExecSecretEnvInput!]
  sshAuthSock: String
}

type Project {
  dependencies: [Project!]
  extensions: [Extension!]
  generatedCode: Filesystem!
  install: Boolean!
  name: String!
  schema: String
  scripts: [Script!]
}

type Extension {
  path: String!
  schema: String!
  sdk: String!
}

type Script {
  path: String!
  sdk: String!
}
`,
];
