/** Many edits of one tree, made in place on copies of the directories they touch. */

import { EngineError } from '../engine/error.ts';
import { depthMax, symlinksFollowedMax } from './limits.ts';
import { compareNames } from './name.ts';
import type { DirectoryNode, Metadata, Node } from './node.ts';
import { joinPath, splitPath } from './path.ts';

/** A directory being edited; its entries are nodes, or drafts in turn. */
class Draft {
  readonly base: DirectoryNode;
  /** What the finished directory carries apart from its entries. */
  metadata: Metadata;
  readonly entries: Map<string, Node | Draft>;
  /** Whether names may be out of order. */
  unsorted = false;

  constructor(base: DirectoryNode) {
    this.base = base;
    this.metadata = base;
    this.entries = new Map(base.entries);
  }
}

/** Copies the metadata out of a node, leaving its kind and payload. */
export function metadataOf(node: Metadata): Metadata {
  const { mode, uid, gid, mtime, xattrs } = node;
  return xattrs && xattrs.size > 0 ? { mode, uid, gid, mtime, xattrs } : { mode, uid, gid, mtime };
}

/** A directory with entries, which are put in byte order. */
export function makeDirectory(
  metadata: Metadata,
  entries: Iterable<readonly [string, Node]> = [],
): DirectoryNode {
  const sorted = [...entries].sort(([a], [b]) => compareNames(a, b));
  return { kind: 'directory', ...metadataOf(metadata), entries: new Map(sorted) };
}

/** What a directory gets that nobody described: 0755, root, the epoch. */
export const defaultDirectoryMetadata: Metadata = { mode: 0o755, uid: 0, gid: 0, mtime: 0n };

/** The tree with nothing in it. */
export const emptyDirectory: DirectoryNode = makeDirectory(defaultDirectoryMetadata);

function freeze(draft: Draft): DirectoryNode {
  let changed = draft.metadata !== draft.base || draft.entries.size !== draft.base.entries.size;
  const entries: [string, Node][] = [];
  for (const [name, child] of draft.entries) {
    const node = child instanceof Draft ? freeze(child) : child;
    if (draft.base.entries.get(name) !== node) changed = true;
    entries.push([name, node]);
  }
  if (!changed) return draft.base;
  if (draft.unsorted) return makeDirectory(draft.metadata, entries);
  return { kind: 'directory', ...metadataOf(draft.metadata), entries: new Map(entries) };
}

/**
 * Collects edits and makes one new tree of them. Untouched directories are shared with the tree it
 * started from; an edit that changes nothing gives back the very same tree.
 */
export class TreeEditor {
  readonly #root: Draft;

  constructor(root: DirectoryNode) {
    this.#root = new Draft(root);
  }

  /** The edited tree. The editor can go on afterwards. */
  finish(): DirectoryNode {
    return freeze(this.#root);
  }

  /** The node at exact names (links are not followed); a directory is given as edited so far. */
  get(names: readonly string[]): Node | undefined {
    const found = this.#find(names);
    return found instanceof Draft ? freeze(found) : found;
  }

  /** The kind of what is at exact names, without making a node of it. */
  kindOf(names: readonly string[]): Node['kind'] | undefined {
    const found = this.#find(names);
    return found instanceof Draft ? 'directory' : found?.kind;
  }

  #find(names: readonly string[]): Node | Draft | undefined {
    let here: Node | Draft | undefined = this.#root;
    for (const name of names) {
      if (here instanceof Draft || here?.kind === 'directory') here = here.entries.get(name);
      else return undefined;
    }
    return here;
  }

  /**
   * Follows the links of a directory path inside the tree. Missing directories stay as written.
   * Throws PATH_INVALID where links loop.
   */
  resolveDirectory(path: readonly string[]): string[] {
    const rest = [...path].reverse();
    const names: string[] = [];
    const here: (Node | Draft | undefined)[] = [this.#root];
    let followed = 0;
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (name === '..') {
        if (names.pop() !== undefined) here.pop();
        continue;
      }
      const top = here.at(-1);
      const directory = top instanceof Draft || top?.kind === 'directory' ? top : undefined;
      const child = directory?.entries.get(name);
      if (child && !(child instanceof Draft) && child.kind === 'symlink') {
        if (++followed > symlinksFollowedMax) {
          throw new EngineError('PATH_INVALID', `links loop (symlinksFollowedMax): ${name}`);
        }
        rest.push(...splitPath(child.target).reverse());
        if (child.target.startsWith('/')) {
          names.length = 0;
          here.length = 1;
        }
        continue;
      }
      names.push(name);
      here.push(child);
    }
    return names;
  }

  /** Opens the directory at exact names, making it and its parents where they are missing. */
  #open(names: readonly string[], parents: Metadata): Draft {
    if (names.length > depthMax) {
      throw new EngineError('LIMIT_EXCEEDED', `directories nested deeper than depthMax`, {
        remedy: `at most ${depthMax} levels are supported`,
      });
    }
    let draft = this.#root;
    for (const [i, name] of names.entries()) {
      const child = draft.entries.get(name);
      if (child instanceof Draft) {
        draft = child;
        continue;
      }
      if (child !== undefined && child.kind !== 'directory') {
        throw new EngineError(
          'PATH_INVALID',
          `${joinPath(names.slice(0, i + 1))} is not a directory`,
        );
      }
      const opened = new Draft(child ?? makeDirectory(parents));
      if (!child) draft.unsorted = true;
      draft.entries.set(name, opened);
      draft = opened;
    }
    return draft;
  }

  /**
   * Puts a node at exact names, replacing what was there; missing parents are made. No names: the
   * root, which must be a directory.
   */
  set(names: readonly string[], node: Node, parents: Metadata = defaultDirectoryMetadata): void {
    const name = names.at(-1);
    if (name === undefined) {
      if (node.kind !== 'directory') throw new Error('the root of a tree is a directory');
      this.#root.metadata = node;
      this.#root.entries.clear();
      for (const [key, child] of node.entries) this.#root.entries.set(key, child);
      this.#root.unsorted = true;
      return;
    }
    const draft = this.#open(names.slice(0, -1), parents);
    if (!draft.entries.has(name)) draft.unsorted = true;
    draft.entries.set(name, node);
  }

  /** Gives an existing or new directory other metadata and keeps its entries. */
  setDirectory(names: readonly string[], metadata: Metadata): void {
    this.#open(names, metadata).metadata = metadataOf(metadata);
  }

  /** Removes what is at exact names; nothing there is no error. */
  delete(names: readonly string[]): boolean {
    const name = names.at(-1);
    if (name === undefined) return false;
    const parent = this.#existing(names.slice(0, -1));
    if (!parent?.entries.has(name)) return false;
    return this.#open(names.slice(0, -1), defaultDirectoryMetadata).entries.delete(name);
  }

  /** Removes all entries of a directory; nothing there is no error. */
  clear(names: readonly string[]): void {
    if (this.#existing(names)) this.#open(names, defaultDirectoryMetadata).entries.clear();
  }

  #existing(names: readonly string[]): Draft | DirectoryNode | undefined {
    const found = this.#find(names);
    return found instanceof Draft || found?.kind === 'directory' ? found : undefined;
  }
}
