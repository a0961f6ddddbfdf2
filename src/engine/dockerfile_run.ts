/** `RUN --mount=…`: what a command sees besides its stage (Dockerfile reference, "RUN --mount"). */

import { lookup } from '../rootfs/path.ts';
import { dockerfileError } from './dockerfile_parse.ts';
import type { StageContext } from './dockerfile_stage.ts';
import { type Operation, operation } from './operation.ts';

/** A mount as written, with defaults. */
export interface RunMount {
  readonly type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
  readonly target: string;
  readonly source: string;
  readonly from: string | undefined;
  readonly id: string | undefined;
  readonly sharing: string;
  readonly required: boolean;
  readonly mode: number | undefined;
  readonly owner: string | undefined;
  /** Name of the variable a secret is given in, instead of a file. */
  readonly env: string | undefined;
}

const types: readonly RunMount['type'][] = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];

/** Parses `type=cache,target=/x,…`. */
export function parseMount(text: string, line: number): RunMount {
  const fields = new Map<string, string>();
  for (const field of text.split(',')) {
    const equals = field.indexOf('=');
    const name = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    fields.set(aliases[name] ?? name, equals < 0 ? 'true' : field.slice(equals + 1));
  }
  const type = types.find((known) => known === (fields.get('type') ?? 'bind'));
  if (!type) throw dockerfileError(line, `unsupported mount type "${fields.get('type')}"`);
  const [id, env] = [fields.get('id'), fields.get('env')];
  const target = fields.get('target') ?? (type === 'secret' ? `/run/secrets/${id}` : undefined);
  if (target === undefined && type !== 'ssh') {
    throw dockerfileError(line, `invalid mount: type=${type} needs a target`);
  }
  const [uid, gid] = [fields.get('uid'), fields.get('gid')];
  const mode = fields.get('mode');
  return {
    type,
    target: target ?? '',
    source: fields.get('source') ?? '/',
    from: fields.get('from'),
    id: id ?? (type === 'secret' ? target?.split('/').at(-1) : target),
    sharing: (fields.get('sharing') ?? 'shared').toUpperCase(),
    required: fields.get('required') === 'true',
    mode: mode === undefined ? undefined : Number.parseInt(mode, 8),
    owner: uid === undefined && gid === undefined ? undefined : `${uid ?? 0}:${gid ?? 0}`,
    env,
  };
}

const aliases: Readonly<Record<string, string>> = {
  dst: 'target',
  destination: 'target',
  src: 'source',
};

/** The container with a mount; undefined where it is left out: a secret that is not required. */
export async function mountOperation(
  context: StageContext,
  self: Operation,
  mount: RunMount,
  line: number,
): Promise<Operation | undefined> {
  const { target: path, owner } = mount;
  switch (mount.type) {
    case 'tmpfs':
      return operation('Container.withMountedTemp', { self, path });
    case 'cache': {
      const cache = operation('Query.cacheVolume', { key: mount.id ?? path });
      const source = mount.from === undefined ? undefined : await treeOf(context, mount);
      const { sharing } = mount;
      return operation('Container.withMountedCache', { self, path, cache, source, sharing, owner });
    }
    case 'secret': {
      const secret = context.secrets.get(mount.id ?? '');
      if (secret && mount.env !== undefined) {
        return operation('Container.withSecretVariable', { self, name: mount.env, secret });
      }
      if (secret) {
        const { mode } = mount;
        const args = { self, path, source: secret, mode, owner };
        return operation('Container.withMountedSecret', args);
      }
      if (!mount.required) return undefined;
      throw dockerfileError(line, `secret ${mount.id}: not found`, 'pass it to dockerBuild');
    }
    case 'ssh':
      if (!mount.required) return undefined;
      throw dockerfileError(line, 'there is no ssh agent', 'use a secret with a key instead');
    case 'bind':
      return bind(context, self, mount, line);
  }
}

async function treeOf(context: StageContext, { from, source }: RunMount): Promise<Operation> {
  const tree = from === undefined ? context.context : await context.treeOf(from);
  return source === '/' ? tree : operation('Directory.directory', { self: tree, path: source });
}

/** Whether a file or a directory is bound decides the kind of mount, so the source is looked at. */
async function bind(
  context: StageContext,
  self: Operation,
  mount: RunMount,
  line: number,
): Promise<Operation> {
  const { target: path, source: inside, from } = mount;
  if (inside === '/') {
    const source = await treeOf(context, mount);
    return operation('Container.withMountedDirectory', { self, path, source });
  }
  const tree = from === undefined ? context.context : await context.treeOf(from);
  const { call } = context;
  const root = await (await call.evaluate('Directory', tree)).root(call.signal);
  const node = lookup(root, inside);
  if (!node) throw dockerfileError(line, `failed to compute cache key: "${inside}": not found`);
  if (node.kind === 'directory') {
    const source = operation('Directory.directory', { self: tree, path: inside });
    return operation('Container.withMountedDirectory', { self, path, source });
  }
  const source = operation('Directory.file', { self: tree, path: inside });
  return operation('Container.withMountedFile', { self, path, source });
}
