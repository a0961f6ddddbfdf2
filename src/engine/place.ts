/** Paths of containers: which tree a path lies in, and what is there. */

import { emptyDirectory } from '../rootfs/editor.ts';
import type { DirectoryNode } from '../rootfs/node.ts';
import { resolveLexically } from '../rootfs/path.ts';
import { directoryAt, fileAt, insertNode } from '../rootfs/tree.ts';
import { type Call, lazyFile } from './definition.ts';
import { expandVariables, getVariable } from './environment.ts';
import { EngineError } from './error.ts';
import type { ContainerState, FileState, MountSource, MountState, Tree } from './state.ts';
import { deriveKey } from './state.ts';

/**
 * A text argument, its variables replaced if `expand` asks for it.
 *
 * @throws EngineError ARGUMENT_INVALID where a variable is a secret or volatile: neither may become
 *   part of what identifies a step
 */
export function expanded(call: Call, state: ContainerState, text: string): string {
  if (!call.flag('expand')) return text;
  return expandVariables(text, state.config.Env ?? [], (name) => {
    const kind = state.secretVariables.some((variable) => variable.name === name)
      ? 'secret'
      : getVariable(state.volatileVariables, name) === undefined
        ? undefined
        : 'volatile';
    if (!kind) return;
    throw new EngineError(
      'ARGUMENT_INVALID',
      `expand cannot be used with ${kind} env variable "${name}"`,
      { remedy: 'let a shell in the container expand it' },
    );
  });
}

/** Resolves a path argument: variables if asked for, then against the working directory. */
export function containerPath(call: Call, state: ContainerState, name = 'path'): string {
  const path = expanded(call, state, call.text(name));
  const clean = resolveLexically(state.config.WorkingDir || '/', path);
  // A trailing slash says "into this directory" and must survive.
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
}

/** Where a path of a container lies: in a mount, or in the root (mount undefined). */
export interface Place {
  readonly mount: MountState | undefined;
  readonly tree: Tree;
  /** Path in that tree. */
  readonly path: string;
}

/**
 * Finds the tree a path lies in; the newest mount wins. A mounted file is a tree of one file.
 *
 * @throws EngineError PATH_INVALID in what exists only during an exec: a tmpfs, a cache, a secret
 */
export function placeOf(state: ContainerState, path: string): Place {
  for (const mount of [...state.mounts].reverse()) {
    if (path !== mount.path && !path.startsWith(`${mount.path}/`)) continue;
    const inside = path.slice(mount.path.length);
    const { source } = mount;
    if (source.kind === 'tree') return { mount, tree: source.tree, path: inside || '/' };
    if (source.kind === 'file') {
      return { mount, tree: treeOfFile(source.file), path: `/${mountedFileName}${inside}` };
    }
    const kind = source.kind === 'secret' ? 'a secret' : source.kind;
    throw new EngineError('PATH_INVALID', `${path}: cannot retrieve path from ${kind}`, {
      remedy: 'write to a directory that is not a temporary mount',
    });
  }
  return { mount: undefined, tree: state.rootfs, path };
}

const mountedFileName = 'file';

/** Lets the edits of trees work on a mounted file. */
function treeOfFile(file: FileState): Tree {
  const root = async (signal?: AbortSignal): Promise<DirectoryNode> =>
    insertNode(emptyDirectory, `/${mountedFileName}`, await file.node(signal));
  return { key: deriveKey('tree of file', file.key), root };
}

/** The container with another tree in a place. */
export function withPlace(state: ContainerState, place: Place, tree: Tree): ContainerState {
  const { imageReference: _, ...rest } = state;
  const { mount } = place;
  if (!mount) return { ...rest, rootfs: tree };
  const source: MountSource =
    mount.source.kind === 'file'
      ? { kind: 'file', file: fileOfTree(mount.source.file, tree) }
      : { kind: 'tree', tree };
  const mounts = state.mounts.map((other) => (other === mount ? { ...mount, source } : other));
  return { ...rest, mounts };
}

function fileOfTree(before: FileState, tree: Tree): FileState {
  const key = deriveKey('file of tree', tree.key);
  const node: FileState['node'] = async (signal) =>
    fileAt(await tree.root(signal), `/${mountedFileName}`);
  return { name: before.name, key, node };
}

/** A directory inside a tree; it is looked up when first read. */
export function subtree(call: Call, tree: Tree, path: string): Tree {
  const clean = resolveLexically('/', path);
  if (clean === '/') return tree;
  const key = deriveKey('subtree', tree.key, clean);
  const root = (signal?: AbortSignal) =>
    call.services.trees.get(key, signal, async (own) => directoryAt(await tree.root(own), clean));
  return { key, root, name: lastName(clean) };
}

/** A file inside a tree; it is looked up when first read. */
export function subfile(call: Call, tree: Tree, path: string): FileState {
  const clean = resolveLexically('/', path);
  const key = deriveKey('subfile', tree.key, clean);
  const node = lazyFile(call, key, async (own) => fileAt(await tree.root(own), clean));
  return { key, node, name: lastName(clean) };
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
