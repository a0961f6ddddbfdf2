/** The operations that only Dockerfiles need: copying with their rules, ignore files, settings. */

import { archiveEntries } from '../image/layer.ts';
import type { ContainerConfig } from '../image/types.ts';
import { applyLayer } from '../rootfs/apply.ts';
import { copyNode } from '../rootfs/copy.ts';
import { emptyDirectory, makeDirectory } from '../rootfs/editor.ts';
import type { DirectoryNode, FileNode, Node } from '../rootfs/node.ts';
import { lookup, resolveLexically } from '../rootfs/path.ts';
import { fileAt, walkTree } from '../rootfs/tree.ts';
import { type Call, type Definition, define } from './definition.ts';
import { EngineError } from './error.ts';
import { compilePattern, type Matcher } from './patterns.ts';
import { containerPath, placeOf, withPlace } from './place.ts';
import type { ContainerState, Tree } from './state.ts';
import { excludes, filterTree, mapTree, putFile, putTree } from './tree_edit.ts';
import { ownerOf } from './users.ts';

interface Copied {
  /** Path in the source, without a slash in front; '' for the whole of it. */
  readonly path: string;
  readonly node: Node;
}

/** What a source names, in the order of a walk. */
function sourcesOf(root: DirectoryNode, source: string): Copied[] {
  const path = resolveLexically('/', source).slice(1);
  if (/[*?[]/.test(path)) {
    const matches = compilePattern(path);
    return [...walkTree(root)].filter((visit) => visit.path !== '' && matches(visit.path));
  }
  const node = lookup(root, `/${path}`);
  if (node) return [{ path, node }];
  throw new EngineError('PATH_NOT_FOUND', `failed to compute cache key: "/${path}": not found`, {
    remedy: 'check the path, and that .dockerignore does not exclude it',
  });
}

/** An archive's tree; undefined for a file that is none. ADD unpacks what it can. */
async function unpacked(file: FileNode): Promise<DirectoryNode | undefined> {
  const entries = await archiveEntries(await file.content.load());
  return entries && applyLayer(emptyDirectory, entries);
}

/**
 * COPY and ADD: a directory's contents are merged into the destination, a file goes into it where
 * it is a directory or ends in a slash.
 */
async function dockerCopy(call: Call): Promise<ContainerState> {
  const self = await call.self('Container');
  const source = await call.object('source', 'Directory');
  const sources = call.texts('sources');
  const owner = call.text('owner', '');
  const mode = call.permissions();
  const excluded = call.texts('exclude');
  const [unpack, parents] = [call.flag('unpack'), call.flag('parents')];
  const place = placeOf(self, containerPath(call, self));
  const inputs = [place.path, source.key, sources, owner, mode ?? null, excluded, unpack, parents];
  const users = owner === '' ? undefined : self.rootfs;
  const tree = call.edited(place.tree, [...inputs, users?.key ?? ''], async (root, signal) => {
    const ids = users && (await ownerOf(owner, await users.root(signal)));
    const given = await source.root(signal);
    const isExcluded = excludes(excluded);
    const change = (node: Node): Node => ({
      ...node,
      ...ids,
      ...(mode === undefined || node.kind === 'symlink' ? {} : { mode }),
    });
    let edited = root;
    for (const { path, node } of sources.flatMap((name) => sourcesOf(given, name))) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const target = parents ? `${place.path}/${path}` : place.path;
      if (isExcluded(path) && path !== '') continue;
      if (node.kind === 'directory') {
        const kept = filterTree(node, { include: [], exclude: excluded });
        edited = putTree(edited, target, mapTree(kept, change));
      } else if (node.kind === 'file') {
        const archive = unpack ? await unpacked(node) : undefined;
        edited = archive
          ? putTree(
              edited,
              target,
              mapTree(archive, (inner) => ({ ...inner, ...ids })),
            )
          : putFile(edited, target, name, change(copyNode(node)) as FileNode);
      }
    }
    return edited;
  });
  return withPlace(self, place, tree);
}

/** Settings that Dockerfiles know and the API does not. */
const settings: ReadonlySet<string> = new Set([
  'Shell',
  'OnBuild',
  'Healthcheck',
  'StopSignal',
  'Volumes',
]);

async function dockerConfig(call: Call): Promise<ContainerState> {
  const { imageReference: _, ...self } = await call.self('Container');
  const given = call.operation.args.config;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new EngineError('ARGUMENT_INVALID', 'Container.dockerConfig: "config" must be an object');
  }
  let config: Record<string, unknown> = { ...self.config };
  for (const [name, value] of Object.entries(given)) {
    if (!settings.has(name)) {
      throw new EngineError('ARGUMENT_INVALID', `Container.dockerConfig cannot set ${name}`);
    }
    if (value !== null) config[name] = value;
    else config = Object.fromEntries(Object.entries(config).filter(([key]) => key !== name));
  }
  return { ...self, config: config as ContainerConfig };
}

/** Patterns of an ignore file: comments and blanks left out, slashes in front do not matter. */
export function ignorePatterns(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/^(!?)\/*/, '$1').replace(/\/+$/, ''))
    .filter((line) => line !== '' && line !== '!' && line !== '.');
}

/** Takes out what an ignore file excludes; a later `!` brings a file of an excluded one back. */
export function withoutIgnored(root: DirectoryNode, patterns: readonly string[]): DirectoryNode {
  const rules = patterns.map((pattern) => ({
    negated: pattern.startsWith('!'),
    matches: compilePattern(pattern.replace(/^!/, '')),
  }));
  // A rule holds for everything below what it matches.
  const ignored: Matcher = (path) => {
    const prefixes = path.split('/').map((_, at, names) => names.slice(0, at + 1).join('/'));
    let result = false;
    for (const { negated, matches } of rules) if (prefixes.some(matches)) result = !negated;
    return result;
  };
  return prune(root, '', ignored);
}

function prune(directory: DirectoryNode, prefix: string, ignored: Matcher): DirectoryNode {
  const entries: [string, Node][] = [];
  for (const [name, node] of directory.entries) {
    const path = prefix + name;
    if (node.kind === 'directory') {
      const inside = prune(node, `${path}/`, ignored);
      if (inside.entries.size > 0 || !ignored(path)) entries.push([name, inside]);
    } else if (!ignored(path)) entries.push([name, node]);
  }
  return makeDirectory(directory, entries);
}

async function dockerContext(call: Call): Promise<Tree> {
  const self = await call.self('Directory');
  const patterns = call.texts('patterns');
  return call.edited(self, [patterns], (root) => withoutIgnored(root, patterns));
}

/** A file downloaded for ADD, or a here-document, is a tree of one file. */
async function dockerFile(call: Call): Promise<Tree> {
  const file = await call.object('file', 'File');
  const root = async (signal?: AbortSignal): Promise<DirectoryNode> =>
    putFile(emptyDirectory, '/', file.name, await file.node(signal));
  return { key: `${file.key} as ${file.name}`, root };
}

/** The text of a file of a directory, or undefined where it is not there. */
export async function textIn(root: DirectoryNode, path: string): Promise<string | undefined> {
  if (lookup(root, path)?.kind !== 'file') return undefined;
  return new TextDecoder().decode(await fileAt(root, path).content.load());
}

/** Operations that only Dockerfiles make. */
export const dockerfileCopyOperations: readonly Definition[] = [
  define('Container', 'Container.dockerCopy', dockerCopy),
  define('Container', 'Container.dockerConfig', dockerConfig),
  define('Directory', 'Directory.dockerContext', dockerContext),
  define('Directory', 'Query.dockerFile', dockerFile),
];
