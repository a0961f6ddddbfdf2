/** Looking at trees without changing them: what is where, digests. */

import type { FileNode, Node } from '../rootfs/node.ts';
import { lookup, resolveLexically } from '../rootfs/path.ts';
import { walkTree } from '../rootfs/tree.ts';
import { digestOf } from '../store/hash.ts';
import type { Hasher } from '../store/store.ts';
import { EngineError } from './error.ts';
import { placeOf } from './place.ts';
import type { ContainerState, FileState, Tree } from './state.ts';

/** What is at a path; Dagger's `Stat`. */
export interface Stat {
  readonly name: string;
  /** Bytes of a regular file, characters of a link's target, else 0. */
  readonly size: number;
  readonly fileType: 'REGULAR' | 'DIRECTORY' | 'SYMLINK' | 'UNKNOWN';
  readonly permissions: number;
}

const fileTypes: Readonly<Record<string, Stat['fileType']>> = {
  file: 'REGULAR',
  directory: 'DIRECTORY',
  symlink: 'SYMLINK',
};

function describe(name: string, node: Node): Stat {
  const size =
    node.kind === 'file' ? node.content.size : node.kind === 'symlink' ? node.target.length : 0;
  const fileType = fileTypes[node.kind] ?? 'UNKNOWN';
  return { name, size, fileType, permissions: node.mode };
}

/** The node at a path of a tree, or undefined. */
async function nodeIn(
  tree: Tree,
  path: string,
  follow: boolean,
  signal?: AbortSignal,
): Promise<Node | undefined> {
  return lookup(await tree.root(signal), path, follow);
}

/** Which kind of node `exists` asks for. */
export type ExistsType = 'REGULAR_TYPE' | 'DIRECTORY_TYPE' | 'SYMLINK_TYPE';

const kinds: Readonly<Record<ExistsType, Node['kind']>> = {
  REGULAR_TYPE: 'file',
  DIRECTORY_TYPE: 'directory',
  SYMLINK_TYPE: 'symlink',
};

export interface LookOptions {
  readonly expectedType?: ExistsType;
  readonly doNotFollowSymlinks?: boolean;
}

/** Whether something is at a path, perhaps of a kind. A link is only found as one unfollowed. */
export async function existsIn(
  tree: Tree,
  path: string,
  options: LookOptions = {},
  signal?: AbortSignal,
): Promise<boolean> {
  const { expectedType, doNotFollowSymlinks = false } = options;
  const follow = !doNotFollowSymlinks && expectedType !== 'SYMLINK_TYPE';
  const node = await nodeIn(tree, path, follow, signal);
  return node !== undefined && (!expectedType || node.kind === kinds[expectedType]);
}

/** Throws PATH_NOT_FOUND. */
export async function statIn(
  tree: Tree,
  path: string,
  options: LookOptions = {},
  signal?: AbortSignal,
): Promise<Stat> {
  const node = await nodeIn(tree, path, !options.doNotFollowSymlinks, signal);
  if (!node) throw new EngineError('PATH_NOT_FOUND', `${path}: no such file or directory`);
  return describe(resolveLexically('/', path).split('/').at(-1) || '/', node);
}

/** Where a path of a container lies, for `existsIn` and `statIn`. */
export function placeIn(state: ContainerState, path: string): { tree: Tree; path: string } {
  return placeOf(state, resolveLexically(state.config.WorkingDir || '/', path));
}

export async function statOfFile(file: FileState, signal?: AbortSignal): Promise<Stat> {
  return describe(file.name, await file.node(signal));
}

/** The nearest `name` in `start` or a directory above it: its path, or null. */
export async function findUpIn(
  tree: Tree,
  name: string,
  start: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const root = await tree.root(signal);
  for (let at = resolveLexically('/', start); ; at = at.slice(0, at.lastIndexOf('/'))) {
    const path = `${at === '/' ? '' : at}/${name}`;
    if (lookup(root, path)) return path.slice(1);
    if (at === '/' || at === '') return null;
  }
}

function digestParts(path: string, node: Node): unknown[] {
  const { kind, mode, uid, gid } = node;
  const own = 'target' in node ? node.target : 'major' in node ? [node.major, node.minor] : null;
  return [path, kind, mode, uid, gid, own];
}

/** A digest of all names, contents, owners and permissions; times do not count. */
export async function digestOfTree(
  hasher: Hasher,
  tree: Tree,
  signal?: AbortSignal,
): Promise<string> {
  const rows: unknown[] = [];
  for (const { path, node } of walkTree(await tree.root(signal))) {
    const content = node.kind === 'file' ? await contentDigest(hasher, node) : null;
    rows.push([...digestParts(path, node), content]);
  }
  return digestOf(hasher, new TextEncoder().encode(JSON.stringify(rows)));
}

/** A digest of the content, with name, owner and permissions unless these are left out. */
export async function digestOfFile(
  hasher: Hasher,
  file: FileState,
  excludeMetadata: boolean,
  signal?: AbortSignal,
): Promise<string> {
  const node = await file.node(signal);
  const content = await contentDigest(hasher, node);
  if (excludeMetadata) return content;
  const parts = [...digestParts(file.name, node), content];
  return digestOf(hasher, new TextEncoder().encode(JSON.stringify(parts)));
}

async function contentDigest(hasher: Hasher, node: FileNode): Promise<string> {
  return digestOf(hasher, await node.content.load());
}
