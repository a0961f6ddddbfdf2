/** `Directory` as in 0.3.5 to 0.4.2: no slashes in listings, `export` says true. */

import { operation } from '../../../engine/operation.ts';
import { Directory } from '../../directory.ts';
import { Handle, handleOf } from '../handle.ts';
import { applyPlatformRule } from '../platform_rule.ts';
import type { Requested } from '../requested.ts';
import type { TypeModule } from '../type_module.ts';

async function client(source: Handle, request: Requested): Promise<Directory> {
  if (!source.operation) throw new Error('a directory is an operation');
  await applyPlatformRule(source.operation, request);
  return new Directory(request.session, source.operation);
}

function next(source: Handle, method: string, args: object): Handle {
  const given = Object.entries(args).filter(([, value]) => value !== undefined && value !== null);
  const step = { self: source.operation, ...Object.fromEntries(given) };
  return new Handle('Directory', operation(`Directory.${method}`, step));
}

export const directory: TypeModule = {
  sdl: `
type Directory {
  diff(other: DirectoryID!): Directory!
  directory(path: String!): Directory!
  dockerBuild(
    dockerfile: String
    platform: Platform
    buildArgs: [BuildArg!]
    target: String
  ): Container!
  entries(path: String): [String!]!
  export(path: String!): Boolean!
  file(path: String!): File!
  id: DirectoryID!
  loadProject(configPath: String!): Project!
  pipeline(name: String!, description: String, labels: [PipelineLabel!]): Directory!
  withDirectory(
    path: String!
    directory: DirectoryID!
    exclude: [String!]
    include: [String!]
  ): Directory!
  withFile(path: String!, source: FileID!, permissions: Int): Directory!
  withNewDirectory(path: String!, permissions: Int): Directory!
  withNewFile(path: String!, contents: String!, permissions: Int): Directory!
  withTimestamps(timestamp: Int!): Directory!
  withoutDirectory(path: String!): Directory!
  withoutFile(path: String!): Directory!
}
`,
  resolvers: {
    async entries(source, { path }, request) {
      const opts = typeof path === 'string' ? { path } : {};
      const names = await (await client(source, request)).entries(opts);
      return names.map((name) => name.replace(/\/$/, ''));
    },
    async export(source, { path }, request) {
      await (await client(source, request)).export(String(path));
      return true;
    },
    diff: (source, { other }) =>
      next(source, 'diff', { other: handleOf(other, 'Directory').operation }),
    pipeline: (source) => source,
    withDirectory: (source, { directory: other, ...args }) =>
      next(source, 'withDirectory', { ...args, source: handleOf(other, 'Directory').operation }),
  },
};

/** `Project`: extensions of that time; for introspection. */
export const project: TypeModule = {
  sdl: `
type Project {
  generatedCode: Directory!
  install: Boolean!
  name: String!
  schema: String
  sdk: String
}
`,
};
