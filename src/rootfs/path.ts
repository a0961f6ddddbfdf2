/** Finding a node by its path, with Linux's rules for symbolic links, inside one tree. */

import { EngineError } from '../engine/error.ts';
import { pathCharactersMax, symlinksFollowedMax } from './limits.ts';
import type { DirectoryNode, Node } from './node.ts';

/** Where a path leads. */
export interface Resolved {
  /** Names from the root, free of `.`, `..` and symbolic links (but perhaps the last). */
  readonly names: readonly string[];
  /** What is there; undefined where only the last names are missing. */
  readonly node: Node | undefined;
}

/** The names of a path; `.` and empty ones left out, `..` kept. */
export function splitPath(path: string): string[] {
  if (path.length > pathCharactersMax) {
    throw new EngineError('PATH_INVALID', `a path is longer than pathCharactersMax`, {
      remedy: `use paths of at most ${pathCharactersMax} characters`,
    });
  }
  if (path.includes('\0')) {
    throw new EngineError('PATH_INVALID', `${JSON.stringify(path)} has a NUL character`);
  }
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** `/a/b` for names. */
export function joinPath(names: readonly string[]): string {
  return `/${names.join('/')}`;
}

/** Puts a relative path behind an absolute one; `..` stops at the root. Lexical: no links. */
export function resolveLexically(base: string, path: string): string {
  const names: string[] = [];
  for (const name of splitPath(path.startsWith('/') ? path : `${base}/${path}`)) {
    if (name === '..') names.pop();
    else names.push(name);
  }
  return joinPath(names);
}

/**
 * Follows a path from the root of a tree. Links in the middle are followed, the last one if
 * `followLast`; absolute targets start at the tree's root and `..` stops there, so nothing leads
 * out. Missing names at the end are kept as written (with node undefined).
 *
 * @throws EngineError PATH_INVALID where a link loops or a file is used as a directory
 */
export function resolvePath(root: DirectoryNode, path: string, followLast = true): Resolved {
  const rest = splitPath(path).reverse();
  const names: string[] = [];
  const parents: DirectoryNode[] = [];
  let here: Node | undefined = root;
  let followed = 0;
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (name === '..') {
      // Names that do not exist yet have no directory on the stack.
      if (names.length <= parents.length) here = parents.pop() ?? root;
      names.pop();
      continue;
    }
    if (here !== undefined && here.kind !== 'directory') {
      throw new EngineError('PATH_INVALID', `${joinPath(names)} is not a directory (${path})`);
    }
    const child: Node | undefined = here?.entries.get(name);
    if (child?.kind === 'symlink' && (rest.length > 0 || followLast)) {
      if (++followed > symlinksFollowedMax) {
        throw new EngineError('PATH_INVALID', `too many levels of symbolic links: ${path}`, {
          remedy: `at most symlinksFollowedMax (${symlinksFollowedMax}) are followed`,
        });
      }
      rest.push(...splitPath(child.target).reverse());
      if (child.target.startsWith('/')) {
        here = root;
        names.length = 0;
        parents.length = 0;
      }
      continue;
    }
    if (here) parents.push(here);
    names.push(name);
    here = child;
  }
  return { names, node: here };
}

/** The node at a path, or undefined. Links as in `resolvePath`; impossible paths lead nowhere. */
export function lookup(root: DirectoryNode, path: string, followLast = true): Node | undefined {
  try {
    return resolvePath(root, path, followLast).node;
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}
