/** `Query`, `Core` and `Host` of the preview, with the architecture that a query carries down. */

import { EngineError } from '../../../engine/error.ts';
import { hostFilesOf } from '../../../engine/host.ts';
import { operation } from '../../../engine/operation.ts';
import { setSecret } from '../../../engine/secret.ts';
import { sha256 } from '../../../engine/sha256.ts';
import { formatPlatform, parsePlatform } from '../../../image/platform.ts';
import type { Platform } from '../../../machine/machine.ts';
import { Container } from '../../container.ts';
import { Directory } from '../../directory.ts';
import { Handle, handleOf } from '../handle.ts';
import { applyPlatformRule } from '../platform_rule.ts';
import type { Requested } from '../requested.ts';
import { unserved } from '../resolve.ts';
import type { FieldArguments, TypeModule } from '../type_module.ts';
import { containerOf, filesystem, filesystemOf, rootfsOf, secretOf } from './filesystem.ts';

/** The environment that an image has which brings none. */
const pathDefault = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The platform a part of a query was told: the innermost `withArchitecture`, or the request's. */
function platformOf(source: Handle, request: Requested): Platform {
  const given = source.operation?.args.platform;
  return typeof given === 'string' ? parsePlatform(given) : request.platform;
}

/** The same place of the query, as another type. */
function child(type: string, source: Handle, request: Requested): Handle {
  const platform = formatPlatform(platformOf(source, request));
  return new Handle(type, operation(type, { platform }));
}

function withArchitecture(_source: Handle, { architecture }: FieldArguments, request: Requested) {
  const name = String(architecture);
  const { platform: host } = request.graph.services;
  const platform = name === 'host' ? host : parsePlatform(`linux/${name}`);
  return new Handle('Query', operation('Query', { platform: formatPlatform(platform) }));
}

export const query: TypeModule = {
  sdl: `
type Query {
  architecture: String!
  core: Core!
  directory(id: DirectoryID): Directory!
  file(id: FileID!): File
  git(url: String!): GitRepository!
  host: Host!
  withArchitecture(architecture: String!): Query!
}
`,
  resolvers: {
    withArchitecture,
    architecture: (source, _args, request) => platformOf(source, request).architecture,
    core: (source, _args, request) => child('Core', source, request),
    host: (source, _args, request) => child('Host', source, request),
    directory: (_source, { id }) => handleOf(id ?? '', 'Directory'),
    file: (_source, { id }) => handleOf(id, 'File'),
    git: (_source, { url }) =>
      new Handle('GitRepository', operation('Query.git', { url: String(url) })),
  },
};

async function image(source: Handle, { ref }: FieldArguments, request: Requested) {
  const self = operation('Query.container', {
    platform: formatPlatform(platformOf(source, request)),
  });
  const container = operation('Container.from', { self, address: String(ref) });
  await request.session.run((graph, signal) => graph.evaluate('Container', container, signal));
  return filesystem(container);
}

/** One index of file systems; their configurations are left behind, and of two of a platform
 * the last one goes in. */
async function pushMultiplatformImage(
  source: Handle,
  { ref, filesystems }: FieldArguments,
  request: Requested,
): Promise<boolean> {
  const byPlatform = new Map<string, Container>();
  for (const id of filesystems as unknown[]) {
    const given = containerOf(id, formatPlatform(platformOf(source, request)));
    await applyPlatformRule(given, request);
    const platform = await new Container(request.session, given).platform();
    const fresh = operation('Container.withRootfs', {
      self: operation('Query.container', { platform }),
      directory: rootfsOf(given),
    });
    const container = new Container(request.session, fresh);
    byPlatform.set(platform, container.withEnvVariable('PATH', pathDefault));
  }
  const empty = new Container(request.session, operation('Query.container', {}));
  await empty.publish(String(ref), { platformVariants: [...byPlatform.values()] });
  return true;
}

export const core: TypeModule = {
  sdl: `
type Core {
  addSecret(plaintext: String!): SecretID!
  filesystem(id: FSID!): Filesystem!
  git(remote: String!, ref: String): Filesystem!
  image(ref: String!): Filesystem!
  project(name: String!): Project!
  pushMultiplatformImage(ref: String!, filesystems: [FSID!]!): Boolean!
  secret(id: SecretID!): String!
}
`,
  resolvers: {
    image,
    pushMultiplatformImage,
    filesystem: (source, { id }, request) =>
      filesystem(containerOf(id, formatPlatform(platformOf(source, request)))),
    addSecret(_source, { plaintext }, { graph }) {
      const id = sha256(String(plaintext));
      setSecret(graph.services, id, String(plaintext));
      return id;
    },
    secret: async (_source, { id }, request) => {
      const secret = secretOf(String(id), request);
      const { plaintext } = await request.graph.evaluate('Secret', secret);
      return new TextDecoder().decode(await plaintext());
    },
    git(source, { remote, ref }, request) {
      const self = operation('Query.git', { url: String(remote) });
      const name = typeof ref === 'string' ? ref : '';
      const named =
        name === ''
          ? operation('GitRepository.head', { self })
          : operation('GitRepository.ref', { self, name });
      const tree = operation('GitRef.tree', { self: named });
      return filesystemOf(tree, formatPlatform(platformOf(source, request)));
    },
    project: () => {
      throw unserved('Core', 'project');
    },
  },
};

export const host: TypeModule = {
  sdl: `
type Host {
  dir(id: String!): LocalDir!
  workdir: LocalDir!
}
`,
  resolvers: {
    workdir: (source, _args, request) => child('LocalDir', source, request),
    dir: () => {
      throw unserved('Host', 'dir');
    },
  },
};

export const localDir: TypeModule = {
  sdl: `
type LocalDir {
  read: Filesystem!
  write(contents: FSID!, path: String): Boolean!
}
`,
  resolvers: {
    read: (source, _args, request) => {
      const directory = operation('Host.directory', { path: '.', exclude: ['**/node_modules'] });
      return filesystemOf(directory, formatPlatform(platformOf(source, request)));
    },
    async write(source, { contents, path }, request) {
      const files = hostFilesOf(request.graph.services);
      const target = files.resolve(String(path ?? '.'));
      const workdir = files.resolve('.');
      if (target !== workdir && !target.startsWith(`${workdir}/`)) {
        throw new EngineError('PATH_INVALID', `path "${path}" is outside workdir`);
      }
      const given = containerOf(contents, formatPlatform(platformOf(source, request)));
      await applyPlatformRule(given, request);
      await new Directory(request.session, rootfsOf(given)).export(target);
      return true;
    },
  },
};
