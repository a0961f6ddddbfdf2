/** `Container` as in 0.3.5 to 0.4.2: entrypoints are part of every command, ids are arguments. */

import { EngineError } from '../../../engine/error.ts';
import { operation } from '../../../engine/operation.ts';
import { definitions } from '../../../engine/table.ts';
import { Container } from '../../container.ts';
import type { Session } from '../../session.ts';
import { container as current } from '../current/container.ts';
import { Handle, handleOf } from '../handle.ts';
import { applyPlatformRule } from '../platform_rule.ts';
import type { Requested } from '../requested.ts';
import { unserved } from '../resolve.ts';
import type { FieldArguments, FieldResolver, TypeModule } from '../type_module.ts';

function next(source: Handle, method: string, args: FieldArguments): Handle {
  const given = Object.entries(args).filter(([, value]) => value !== undefined && value !== null);
  const step = { self: source.operation, ...(Object.fromEntries(given) as object) };
  return new Handle('Container', operation(`Container.${method}`, step));
}

function client(source: Handle, session: Session): Container {
  if (!source.operation) throw new Error('a container is an operation');
  return new Container(session, source.operation);
}

/** The entrypoint was in front of every command until 0.12. */
const exec: FieldResolver = (source, args) => {
  const { experimentalPrivilegedNesting: _, insecureRootCapabilities: __, ...rest } = args;
  return next(source, 'withExec', { args: [], ...rest, useEntrypoint: true });
};

const withRootfs: FieldResolver = (source, { id }) =>
  next(source, 'withRootfs', { directory: handleOf(id, 'Directory').operation });

/** Outputs of the last command. */
function output(leaf: 'stdout' | 'stderr' | 'exitCode'): FieldResolver {
  return async (source, _args, request) => {
    if (source.operation) await applyPlatformRule(source.operation, request);
    try {
      return await client(source, request.session)[leaf]();
    } catch (error) {
      if (!(error instanceof EngineError) || !error.message.startsWith('no command')) throw error;
      throw new EngineError(error.code, 'no command has been executed');
    }
  };
}

/** Containers that go into an image; of two of a platform the last one, as it was then. */
async function variantsOf(source: Handle, ids: unknown, request: Requested) {
  const given = ((ids as unknown[] | null | undefined) ?? []).map((id) =>
    client(handleOf(id, 'Container'), request.session),
  );
  const main = client(source, request.session);
  const byPlatform = new Map<string, Container>();
  for (const variant of given) byPlatform.set(await variant.platform(), variant);
  for (const variant of [main, ...given]) {
    await applyPlatformRule(variant.operation, request);
  }
  return { main, platformVariants: [...byPlatform.values()] };
}

async function serviceBinding(source: Handle, args: FieldArguments): Promise<Handle> {
  const kind = 'Container.asService';
  if (!definitions.has(kind)) throw unserved('Container', 'withServiceBinding');
  const service = operation(kind, { self: handleOf(args.service, 'Container').operation });
  return next(source, 'withServiceBinding', { alias: args.alias, service });
}

export const container: TypeModule = {
  sdl: `
type Container {
  build(
    context: DirectoryID!
    dockerfile: String
    buildArgs: [BuildArg!]
    target: String
  ): Container!
  defaultArgs: [String!]
  directory(path: String!): Directory!
  endpoint(port: Int, scheme: String): String!
  entrypoint: [String!]
  envVariable(name: String!): String
  envVariables: [EnvVariable!]!
  exec(
    args: [String!]
    stdin: String
    redirectStdout: String
    redirectStderr: String
    experimentalPrivilegedNesting: Boolean
  ): Container!
  exitCode: Int!
  export(path: String!, platformVariants: [ContainerID!]): Boolean!
  exposedPorts: [Port!]!
  file(path: String!): File!
  from(address: String!): Container!
  fs: Directory!
  hostname: String!
  id: ContainerID!
  imageRef: String
  label(name: String!): String
  labels: [Label!]!
  mounts: [String!]!
  pipeline(name: String!, description: String, labels: [PipelineLabel!]): Container!
  platform: Platform!
  publish(address: String!, platformVariants: [ContainerID!]): String!
  rootfs: Directory!
  stderr: String!
  stdout: String!
  user: String
  withDefaultArgs(args: [String!]): Container!
  withDirectory(
    path: String!
    directory: DirectoryID!
    exclude: [String!]
    include: [String!]
  ): Container!
  withEntrypoint(args: [String!]!): Container!
  withEnvVariable(name: String!, value: String!): Container!
  withExec(
    args: [String!]!
    stdin: String
    redirectStdout: String
    redirectStderr: String
    experimentalPrivilegedNesting: Boolean
    insecureRootCapabilities: Boolean
  ): Container!
  withExposedPort(port: Int!, protocol: NetworkProtocol, description: String): Container!
  withFS(id: DirectoryID!): Container!
  withFile(path: String!, source: FileID!, permissions: Int): Container!
  withLabel(name: String!, value: String!): Container!
  withMountedCache(
    path: String!
    cache: CacheID!
    source: DirectoryID
    sharing: CacheSharingMode
  ): Container!
  withMountedDirectory(path: String!, source: DirectoryID!): Container!
  withMountedFile(path: String!, source: FileID!): Container!
  withMountedSecret(path: String!, source: SecretID!): Container!
  withMountedTemp(path: String!): Container!
  withNewFile(path: String!, contents: String, permissions: Int): Container!
  withRegistryAuth(address: String!, username: String!, secret: SecretID!): Container!
  withRootfs(id: DirectoryID!): Container!
  withSecretVariable(name: String!, secret: SecretID!): Container!
  withServiceBinding(alias: String!, service: ContainerID!): Container!
  withUnixSocket(path: String!, source: SocketID!): Container!
  withUser(name: String!): Container!
  withWorkdir(path: String!): Container!
  withoutEnvVariable(name: String!): Container!
  withoutExposedPort(port: Int!, protocol: NetworkProtocol): Container!
  withoutLabel(name: String!): Container!
  withoutMount(path: String!): Container!
  withoutRegistryAuth(address: String!): Container!
  withoutUnixSocket(path: String!): Container!
  workdir: String
}
`,
  resolvers: {
    from: current.resolvers!.from!,
    exec,
    withExec: exec,
    fs: (source) =>
      new Handle('Directory', operation('Container.rootfs', { self: source.operation })),
    withFS: withRootfs,
    withRootfs,
    stdout: output('stdout'),
    stderr: output('stderr'),
    exitCode: output('exitCode'),
    pipeline: (source) => source,
    withDefaultArgs: (source, { args }) => next(source, 'withDefaultArgs', { args: args ?? [] }),
    withEntrypoint: (source, { args }) =>
      next(source, 'withEntrypoint', { args, keepDefaultArgs: true }),
    // Replacing moved a variable to the end then.
    withEnvVariable: (source, args) =>
      next(next(source, 'withoutEnvVariable', { name: args.name }), 'withEnvVariable', args),
    withNewFile: (source, { contents, ...args }) =>
      next(source, 'withNewFile', { contents: contents ?? '', ...args }),
    withDirectory: (source, { directory, ...args }) =>
      next(source, 'withDirectory', {
        ...args,
        source: handleOf(directory, 'Directory').operation,
      }),
    withServiceBinding: serviceBinding,
    async imageRef(source, _args, { session }) {
      const reference = await client(source, session).imageRef();
      if (reference) return reference;
      const rule =
        "Image reference can only be retrieved immediately after the 'Container.From' call";
      throw new EngineError('ARGUMENT_INVALID', rule);
    },
    async publish(source, { address, platformVariants }, request) {
      const { main, ...opts } = await variantsOf(source, platformVariants, request);
      return main.publish(String(address), opts);
    },
    async export(source, { path, platformVariants }, request) {
      const { main, ...opts } = await variantsOf(source, platformVariants, request);
      await main.export(String(path), opts);
      return true;
    },
  },
};
