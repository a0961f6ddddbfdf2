/** Small types of 0.3.5 to 0.4.2, scalars, enums and inputs. */

import type { TypeModule } from '../type_module.ts';

export const sharedSdl: string = `
scalar CacheID
scalar ContainerID
scalar DirectoryID
scalar FileID
scalar Platform
scalar SecretID
scalar SocketID

enum CacheSharingMode {
  LOCKED
  PRIVATE
  SHARED
}

enum NetworkProtocol {
  TCP
  UDP
}

input BuildArg {
  name: String!
  value: String!
}

input PipelineLabel {
  name: String!
  value: String!
}
`;

export const cacheVolume: TypeModule = { sdl: 'type CacheVolume { id: CacheID! }' };
export const envVariable: TypeModule = { sdl: 'type EnvVariable { name: String! value: String! }' };
export const label: TypeModule = { sdl: 'type Label { name: String! value: String! }' };
export const port: TypeModule = {
  sdl: 'type Port { description: String port: Int! protocol: NetworkProtocol! }',
};
export const secret: TypeModule = { sdl: 'type Secret { id: SecretID! plaintext: String! }' };
export const socket: TypeModule = { sdl: 'type Socket { id: SocketID! }' };
export const gitRepository: TypeModule = {
  sdl: `
type GitRepository {
  branch(name: String!): GitRef!
  branches: [String!]!
  commit(id: String!): GitRef!
  tag(name: String!): GitRef!
  tags: [String!]!
}
`,
};
export const gitRef: TypeModule = {
  sdl: `
type GitRef {
  digest: String!
  tree(sshKnownHosts: String, sshAuthSocket: SocketID): Directory!
}
`,
};
