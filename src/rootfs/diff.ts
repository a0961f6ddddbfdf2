/** What changed between two trees, found in time proportional to the change. */

import { compareBytes, compareNames } from './name.ts';
import type { DirectoryNode, Metadata, Node } from './node.ts';

/** One change. A removed directory is one change, an added one is a change for each node in it. */
export type Change =
  | {
      readonly kind: 'add' | 'modify';
      /** `a/b`, no slash in front; the root directory is the empty path. */
      readonly path: string;
      readonly node: Node;
    }
  | { readonly kind: 'delete'; readonly path: string };

function sameMetadata(a: Metadata, b: Metadata): boolean {
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.mtime !== b.mtime) return false;
  if (a.xattrs === b.xattrs) return true;
  if ((a.xattrs?.size ?? 0) !== (b.xattrs?.size ?? 0)) return false;
  for (const [name, value] of a.xattrs ?? []) {
    const other = b.xattrs?.get(name);
    if (!other || compareBytes(value, other) !== 0) return false;
  }
  return true;
}

/** Whether two nodes that are not the same object are equal without reading any content. */
function sameNode(a: Node, b: Node): boolean {
  if (a.kind !== b.kind || !sameMetadata(a, b)) return false;
  if (a.kind === 'file' && b.kind === 'file') {
    if (a.content === b.content) return true;
    const { bytes, origin, size } = a.content;
    // The tree of an image may have been made a second time since.
    if (origin !== undefined && origin === b.content.origin && size === b.content.size) return true;
    const other = b.content.bytes;
    return bytes !== undefined && other !== undefined && compareBytes(bytes, other) === 0;
  }
  if (a.kind === 'symlink' && b.kind === 'symlink') return a.target === b.target;
  if ('major' in a && 'major' in b) return a.major === b.major && a.minor === b.minor;
  return a.kind !== 'directory';
}

interface Pair {
  readonly path: string;
  readonly before: DirectoryNode | undefined;
  readonly after: DirectoryNode;
}

class Differ {
  readonly changes: Change[] = [];
  /** Where hard-linked nodes that did not change were seen, by identity. */
  readonly #unchanged = new Map<Node, string[]>();
  readonly #reported = new Set<Node>();

  /** Compares two directories' entries; pairs of changed directories are visited in order. */
  run(root: Pair): void {
    const stack: Pair[] = [root];
    for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
      stack.push(...this.#directory(pair).reverse());
    }
    this.#relink();
    this.changes.sort((a, b) => compareChanges(a, b));
  }

  #directory({ path, before, after }: Pair): Pair[] {
    const inside: Pair[] = [];
    const prefix = path === '' ? '' : `${path}/`;
    for (const name of before?.entries.keys() ?? []) {
      if (!after.entries.has(name)) this.changes.push({ kind: 'delete', path: prefix + name });
    }
    for (const [name, node] of after.entries) {
      const old = before?.entries.get(name);
      if (old === node) {
        this.#remember(node, prefix + name);
        continue;
      }
      const wasDirectory = old?.kind === 'directory' ? old : undefined;
      const isSame = old !== undefined && sameNode(old, node);
      // An inode that was looked at may have become another object with nothing changed.
      if (isSame) this.#remember(node, prefix + name);
      const meetsDirectory =
        node.kind === 'directory' && wasDirectory && sameMetadata(node, wasDirectory);
      if (!isSame && !meetsDirectory) {
        this.changes.push({ kind: old ? 'modify' : 'add', path: prefix + name, node });
        this.#reported.add(node);
      }
      if (node.kind === 'directory') {
        inside.push({ path: prefix + name, before: wasDirectory, after: node });
      }
    }
    return inside;
  }

  #remember(node: Node, path: string): void {
    if (node.kind === 'directory') return;
    const paths = this.#unchanged.get(node);
    if (paths) paths.push(path);
    else this.#unchanged.set(node, [path]);
  }

  /**
   * A new name of an old inode: its old names in the directories looked at are changes too, so that
   * a layer can hold the link and its target (a layer may only link inside itself).
   */
  #relink(): void {
    for (const node of this.#reported) {
      for (const path of this.#unchanged.get(node) ?? []) {
        this.changes.push({ kind: 'modify', path, node });
      }
    }
  }
}

/** Deletions first among equals; a directory before what is in it. */
function compareChanges(a: Change, b: Change): number {
  if (a.path === b.path) return a.kind === 'delete' ? -1 : 1;
  return comparePaths(a.path, b.path);
}

/** The order in which `walkTree` visits paths. */
export function comparePaths(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let i = 0; i < left.length && i < right.length; i++) {
    const order = compareNames(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/**
 * The changes that turn `base` into `tree`, in the order of `walkTree`. Shared subtrees (the same
 * object on both sides) are not entered. A file replaced by a directory, or the other way round,
 * is a `modify`: whoever applies it drops what was there.
 */
export function diffTrees(base: DirectoryNode, tree: DirectoryNode): Change[] {
  if (base === tree) return [];
  const differ = new Differ();
  if (!sameMetadata(base, tree)) differ.changes.push({ kind: 'modify', path: '', node: tree });
  differ.run({ path: '', before: base, after: tree });
  return differ.changes;
}
