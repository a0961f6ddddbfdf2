/** `Query` as in 0.3.5 to 0.4.2: objects are loaded by arguments called `id`. */

import { EngineError } from '../../../engine/error.ts';
import { operation } from '../../../engine/operation.ts';
import { query as current } from '../current/query.ts';
import { Handle, handleOf } from '../handle.ts';
import type { TypeModule } from '../type_module.ts';

const { setSecret, host, defaultPlatform } = current.resolvers!;

export const query: TypeModule = {
  sdl: `
type Query {
  cacheVolume(key: String!): CacheVolume!
  container(id: ContainerID, platform: Platform): Container!
  defaultPlatform: Platform!
  directory(id: DirectoryID): Directory!
  file(id: FileID!): File
  git(
    url: String!
    keepGitDir: Boolean
    experimentalServiceHost: ContainerID
  ): GitRepository!
  host: Host!
  http(url: String!, experimentalServiceHost: ContainerID): File!
  pipeline(name: String!, description: String, labels: [PipelineLabel!]): Query!
  project(name: String!): Project!
  secret(id: SecretID!): Secret!
  setSecret(name: String!, plaintext: String!): Secret!
  socket(id: SocketID): Socket!
}
`,
  resolvers: {
    setSecret: setSecret!,
    host: host!,
    defaultPlatform: defaultPlatform!,
    pipeline: (source) => source,
    container(_source, { id, platform }) {
      const given = typeof platform === 'string' ? { platform } : {};
      if (typeof id !== 'string') {
        return new Handle('Container', operation('Query.container', given));
      }
      if (typeof platform !== 'string') return handleOf(id, 'Container');
      const message = 'cannot specify both existing container ID and platform';
      throw new EngineError('ARGUMENT_INVALID', message);
    },
    directory: (_source, { id }) => handleOf(id ?? '', 'Directory'),
    file: (_source, { id }) => handleOf(id, 'File'),
    secret: (_source, { id }) => handleOf(id, 'Secret'),
    socket: (_source, { id }) => handleOf(id, 'Socket'),
  },
};
