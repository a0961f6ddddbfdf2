/** `Host` and its variables as in 0.3.5 to 0.4.2. */

import { operation } from '../../../engine/operation.ts';
import { setSecret } from '../../../engine/secret.ts';
import { Handle, valueHandle } from '../handle.ts';
import type { TypeModule } from '../type_module.ts';

export const host: TypeModule = {
  sdl: `
type Host {
  directory(path: String!, exclude: [String!], include: [String!]): Directory!
  envVariable(name: String!): HostVariable
  unixSocket(path: String!): Socket!
  workdir(exclude: [String!], include: [String!]): Directory!
}
`,
  resolvers: {
    envVariable: (_source, { name }, { graph }) => {
      const value = graph.services.hostVariable(String(name));
      return value === undefined ? null : valueHandle('HostVariable', { name: String(name) });
    },
    workdir: (_source, { exclude, include }) =>
      new Handle(
        'Directory',
        operation('Host.directory', {
          path: '.',
          ...(exclude ? { exclude: exclude as string[] } : {}),
          ...(include ? { include: include as string[] } : {}),
        }),
      ),
  },
};

export const hostVariable: TypeModule = {
  sdl: `
type HostVariable {
  secret: Secret!
  value: String!
}
`,
  resolvers: {
    value: ({ operation: step }, _args, { graph }) =>
      graph.services.hostVariable(String(step?.args.name)),
    secret: ({ operation: step }, _args, { graph }) => {
      const name = String(step?.args.name);
      const value = graph.services.hostVariable(name) ?? '';
      return new Handle('Secret', setSecret(graph.services, name, value));
    },
  },
};
