/**
 * `Filesystem` and `Exec` of the preview. A file system is a container here: its tree, the
 * configuration of the image it came from, and the platform; so its id is a container's.
 */

import { EngineError } from '../../../engine/error.ts';
import { decodeOutput, executionOf } from '../../../engine/exec.ts';
import { type Arguments, Operation, operation } from '../../../engine/operation.ts';
import { setSecret } from '../../../engine/secret.ts';
import { definitions } from '../../../engine/table.ts';
import { formatPlatform } from '../../../image/platform.ts';
import { resolveLexically } from '../../../rootfs/path.ts';
import { Container } from '../../container.ts';
import { Directory } from '../../directory.ts';
import { Handle, handleOf } from '../handle.ts';
import { applyPlatformRule } from '../platform_rule.ts';
import type { Requested } from '../requested.ts';
import { unserved } from '../resolve.ts';
import type { FieldArguments, TypeModule } from '../type_module.ts';

/** The file system made by a container's operation. */
export function filesystem(container: Operation): Handle {
  return new Handle('Filesystem', container);
}

/** A directory as a file system, with the platform of who asks. */
export function filesystemOf(directory: Operation, platform: string): Handle {
  const self = operation('Query.container', { platform });
  return filesystem(operation('Container.withRootfs', { self, directory }));
}

/** The container of a file system's id. */
export function containerOf(id: unknown, platform: string): Operation {
  if (id === 'scratch') return operation('Query.container', { platform });
  try {
    return operationOf(handleOf(id, 'Container'));
  } catch (error) {
    const [message] = (error as Error).message.split('\n');
    throw new EngineError('ARGUMENT_INVALID', `failed to unmarshal fs bytes: ${message}`);
  }
}

/** The operation behind a handle. */
export function operationOf({ type, operation: step }: Handle): Operation {
  if (step) return step;
  throw new Error(`a ${type} is an operation`);
}

/** The tree of a container. */
export function rootfsOf(self: Operation): Operation {
  return operation('Container.rootfs', { self });
}

function input(step: Operation, name: string): Operation {
  const value = step.args[name];
  if (value instanceof Operation) return value;
  throw new Error(`${step.kind} has no ${name}`);
}

/** The first lines, without a final newline; all of it where no number is given. */
function firstLines(text: string, lines: unknown): string {
  if (typeof lines !== 'number') return text;
  return text.replace(/\n$/, '').split('\n').slice(0, Math.max(lines, 0)).join('\n');
}

interface ExecInput {
  readonly args: readonly string[];
  readonly mounts?: readonly { readonly fs: string; readonly path: string }[] | null;
  readonly cacheMounts?: readonly CacheMount[] | null;
  readonly workdir?: string | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly secretEnv?: readonly { readonly name: string; readonly id: string }[] | null;
  readonly sshAuthSock?: string | null;
}

interface CacheMount {
  readonly name: string;
  readonly sharingMode: string;
  readonly path: string;
}

/** The command as operations: root runs it, without the image's entrypoint, in every case. */
async function execOperation(before: Operation, given: ExecInput, request: Requested) {
  let self = operation('Container.withoutUser', { self: before });
  const add = (method: string, args: Arguments) => {
    self = operation(`Container.${method}`, { self, ...args });
  };
  if (given.workdir) add('withWorkdir', { path: given.workdir });
  for (const { name, value } of given.env ?? []) add('withEnvVariable', { name, value });
  for (const { name, id } of given.secretEnv ?? []) {
    add('withSecretVariable', { name, secret: secretOf(id, request) });
  }
  const platform = formatPlatform(request.platform);
  for (const { fs, path } of given.mounts ?? []) {
    add('withMountedDirectory', { path, source: rootfsOf(containerOf(fs, platform)) });
  }
  for (const { name, sharingMode, path } of given.cacheMounts ?? []) {
    if (!['shared', 'private', 'locked'].includes(sharingMode)) {
      const message = `invalid cache mount sharing mode "${sharingMode}"`;
      throw new EngineError('ARGUMENT_INVALID', message);
    }
    const cache = operation('Query.cacheVolume', { key: name });
    add('withMountedCache', { path, cache, sharing: sharingMode.toUpperCase() });
  }
  if (given.sshAuthSock) throw unserved('ExecInput', 'sshAuthSock');
  add('withExec', { args: [...given.args] });
  return self;
}

/** The operation of a secret that `addSecret` remembered. */
export function secretOf(id: string, { graph }: Requested): Operation {
  const value = graph.services.secrets.get(`${id}#1`);
  if (!value) throw new EngineError('SECRET_UNKNOWN', `secret ${id}: not found`);
  return setSecret(graph.services, id, new TextDecoder().decode(value));
}

async function exec(source: Handle, { input: given }: FieldArguments, request: Requested) {
  const before = operationOf(source);
  const container = await execOperation(before, given as ExecInput, request);
  await applyPlatformRule(container, request);
  await request.session.run(async (graph, signal) =>
    executionOf(await graph.evaluate('Container', container, signal), signal),
  );
  return new Handle('Exec', operation('Exec', { before, container }));
}

async function readFile(source: Handle, { path, lines }: FieldArguments, request: Requested) {
  const self = operationOf(source);
  await applyPlatformRule(self, request);
  try {
    const file = new Directory(request.session, rootfsOf(self)).file(String(path));
    return firstLines(await file.contents(), lines);
  } catch (error) {
    if (!(error instanceof EngineError) || !error.code.startsWith('PATH_')) throw error;
    const [message] = error.message.split('\n');
    throw new EngineError(error.code, `failed to read file: ${message}`);
  }
}

function writeFile(source: Handle, { path, contents, permissions }: FieldArguments): Handle {
  if (!/^[0-7]{1,5}$/.test(String(permissions))) {
    throw new EngineError('ARGUMENT_INVALID', `error parsing permissions "${permissions}"`);
  }
  return filesystem(
    operation('Container.withNewFile', {
      self: operationOf(source),
      path: resolveLexically('/', String(path)),
      contents: String(contents),
      permissions: Number.parseInt(String(permissions), 8),
    }),
  );
}

function copy(source: Handle, args: FieldArguments, request: Requested): Handle {
  const { from, srcPath, destPath, include, exclude } = args;
  const root = rootfsOf(containerOf(from, formatPlatform(request.platform)));
  const part = srcPath
    ? operation('Directory.directory', { self: root, path: String(srcPath) })
    : root;
  return filesystem(
    operation('Container.withDirectory', {
      self: operationOf(source),
      path: resolveLexically('/', String(destPath ?? '/')),
      source: part,
      ...(include ? { include: include as string[] } : {}),
      ...(exclude ? { exclude: exclude as string[] } : {}),
    }),
  );
}

async function dockerbuild(source: Handle, { dockerfile }: FieldArguments, request: Requested) {
  const kind = 'Directory.dockerBuild';
  if (!definitions.has(kind)) throw unserved('Filesystem', 'dockerbuild');
  const container = new Container(request.session, operationOf(source));
  const build = operation(kind, {
    self: rootfsOf(container.operation),
    platform: await container.platform(),
    ...(dockerfile ? { dockerfile: String(dockerfile) } : {}),
  });
  return filesystem(build);
}

export const filesystemType: TypeModule = {
  sdl: `
type Filesystem {
  copy(
    from: FSID!
    srcPath: String
    destPath: String
    include: [String!]
    exclude: [String!]
  ): Filesystem
  dockerbuild(dockerfile: String): Filesystem!
  exec(input: ExecInput!): Exec!
  file(path: String!, lines: Int): String
  id: FSID!
  loadProject(configPath: String!): Project!
  pushImage(ref: String!): Boolean!
  writeFile(path: String!, contents: String!, permissions: String = "0664"): Filesystem
}
`,
  resolvers: {
    exec,
    file: readFile,
    writeFile,
    copy,
    dockerbuild,
    async pushImage(source, { ref }, request) {
      await applyPlatformRule(operationOf(source), request);
      await new Container(request.session, operationOf(source)).publish(String(ref));
      return true;
    },
  },
};

/** Reads a stream of the command. */
function stream(name: 'stdout' | 'stderr') {
  return (source: Handle, { lines }: FieldArguments, { session }: Requested) =>
    session.run(async (graph, signal) => {
      const container = input(operationOf(source), 'container');
      const done = await executionOf(await graph.evaluate('Container', container, signal), signal);
      return firstLines(decodeOutput(done[name]), lines);
    });
}

export const execType: TypeModule = {
  sdl: `
type Exec {
  exitCode: Int
  fs: Filesystem!
  mount(path: String!): Filesystem!
  stderr(lines: Int): String
  stdout(lines: Int): String
}
`,
  resolvers: {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    exitCode: (source, _args, { session }) =>
      new Container(session, input(operationOf(source), 'container')).exitCode(),
    fs(source) {
      const directory = rootfsOf(input(operationOf(source), 'container'));
      const self = input(operationOf(source), 'before');
      return filesystem(operation('Container.withRootfs', { self, directory }));
    },
    async mount(source, { path }, { session }) {
      const self = input(operationOf(source), 'container');
      const container = new Container(session, self);
      const clean = resolveLexically('/', String(path));
      if (!(await container.mounts()).includes(clean)) {
        throw new EngineError('PATH_NOT_FOUND', 'missing mount path');
      }
      const directory = operation('Container.directory', { self, path: clean });
      return filesystemOf(directory, await container.platform());
    },
  },
};
