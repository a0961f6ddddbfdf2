/** `Directory`, `File` and git of the preview, before there were containers. */

import { EngineError } from '../../../engine/error.ts';
import { operation } from '../../../engine/operation.ts';
import { Directory } from '../../directory.ts';
import { Handle, handleOf } from '../handle.ts';
import type { FieldResolver, TypeModule } from '../type_module.ts';
import { operationOf } from './filesystem.ts';

/** Fields that the preview had, and answered so itself. */
const later: FieldResolver = () => {
  throw new EngineError('ARGUMENT_INVALID', 'not implemented yet');
};

const empty = operation('Query.directory', {}).digest;

export const directory: TypeModule = {
  sdl: `
type Directory {
  contents(path: String): [String!]!
  diff(other: DirectoryID!): Directory!
  directory(path: String!): Directory!
  file(path: String!): File!
  id: DirectoryID!
  withCopiedFile(path: String!, source: FileID!): Directory!
  withDirectory(path: String!, directory: DirectoryID!): Directory!
  withNewFile(path: String!, contents: String): Directory!
  withoutDirectory(path: String!): Directory!
  withoutFile(path: String!): Directory!
}
`,
  resolvers: {
    id: (source) => (operationOf(source).digest === empty ? '' : source.id),
    async contents(source, { path }, { session }) {
      const opts = typeof path === 'string' ? { path } : {};
      const names = await new Directory(session, operationOf(source)).entries(opts);
      return names.map((name) => name.replace(/\/$/, ''));
    },
    withNewFile: (source, { path, contents }) =>
      new Handle(
        'Directory',
        operation('Directory.withNewFile', {
          self: operationOf(source),
          path: String(path),
          contents: String(contents ?? ''),
        }),
      ),
    withCopiedFile: (source, { path, source: file }) =>
      new Handle(
        'Directory',
        operation('Directory.withFile', {
          self: operationOf(source),
          path: String(path),
          source: operationOf(handleOf(file, 'File')),
        }),
      ),
    withDirectory: (source, { path, directory: other }) =>
      new Handle(
        'Directory',
        operation('Directory.withDirectory', {
          self: operationOf(source),
          path: String(path),
          source: operationOf(handleOf(other, 'Directory')),
        }),
      ),
    diff: later,
    withoutDirectory: later,
    withoutFile: later,
  },
};

export const file: TypeModule = {
  sdl: `
type File {
  contents: String!
  id: FileID!
  size: Int!
}
`,
};

export const gitRepository: TypeModule = {
  sdl: `
type GitRepository {
  branch(name: String!): GitRef!
  branches: [String!]!
  tag(name: String!): GitRef!
  tags: [String!]!
}
`,
  resolvers: { branches: later, tags: later },
};

export const gitRef: TypeModule = {
  sdl: `
type GitRef {
  digest: String!
  tree: Directory!
}
`,
  resolvers: { digest: later },
};
