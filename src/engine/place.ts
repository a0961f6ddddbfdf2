/** Paths of containers: which tree a path lies in, and what is there. */

import { resolveLexically } from '../rootfs/path.ts';
import { directoryAt, fileAt } from '../rootfs/tree.ts';
import { type Call, lazyFile } from './definition.ts';
import { expandVariables } from './environment.ts';
import { EngineError } from './error.ts';
import type { ContainerState, FileState, MountState, Tree } from './state.ts';
import { deriveKey } from './state.ts';

/** Resolves a path argument: variables if asked for, then against the working directory. */
export function containerPath(call: Call, state: ContainerState, name = 'path'): string {
  const given = call.text(name);
  const path = call.flag('expand') ? expandVariables(given, state.config.Env ?? []) : given;
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
 * Finds the tree a path lies in; the newest mount wins.
 *
 * @throws EngineError PATH_INVALID below a tmpfs, whose content exists only during an exec
 */
export function placeOf(state: ContainerState, path: string): Place {
  for (const mount of [...state.mounts].reverse()) {
    if (path !== mount.path && !path.startsWith(`${mount.path}/`)) continue;
    if (mount.source === 'tmpfs') {
      throw new EngineError('PATH_INVALID', `${path}: cannot retrieve path from tmpfs`, {
        remedy: 'write to a directory that is not a temporary mount',
      });
    }
    return { mount, tree: mount.source, path: path.slice(mount.path.length) || '/' };
  }
  return { mount: undefined, tree: state.rootfs, path };
}

/** The container with another tree in a place. */
export function withPlace(state: ContainerState, place: Place, tree: Tree): ContainerState {
  const { imageReference: _, ...rest } = state;
  if (!place.mount) return { ...rest, rootfs: tree };
  const mounts = state.mounts.map((mount) =>
    mount === place.mount ? { ...mount, source: tree } : mount,
  );
  return { ...rest, mounts };
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
