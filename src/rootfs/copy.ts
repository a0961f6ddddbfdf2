/** Copies of nodes: equal to their originals, but other inodes. */

import type { DirectoryNode, Node } from './node.ts';

/**
 * A node with new identities all through, contents shared. Because the same object under two names
 * is a hard link, whatever is to stand in a second place must be copied; links inside the copied
 * tree stay links among themselves.
 */
export function copyNode<T extends Node>(node: T): T {
  return copyWith(node, new Map()) as T;
}

function copyWith(node: Node, copies: Map<Node, Node>): Node {
  if (node.kind === 'directory') return copyEntries(node, copies);
  const known = copies.get(node);
  if (known) return known;
  const copy = { ...node };
  copies.set(node, copy);
  return copy;
}

function copyEntries(directory: DirectoryNode, copies: Map<Node, Node>): DirectoryNode {
  const entries = new Map<string, Node>();
  for (const [name, child] of directory.entries) entries.set(name, copyWith(child, copies));
  return { ...directory, entries };
}
