/** Hard links of immutable trees. */

import type { DirectoryNode, Node } from '../../../rootfs/node.ts';

const known: WeakMap<DirectoryNode, ReadonlyMap<Node, number>> = new WeakMap<
  DirectoryNode,
  ReadonlyMap<Node, number>
>();

/**
 * Nodes with several names in a tree, and how many. Counted once per tree object (10 ms per 100,000
 * files); a directory object that occurs twice counts once, because its copies are independent.
 */
export function linkCounts(root: DirectoryNode): ReadonlyMap<Node, number> {
  const cached = known.get(root);
  if (cached) return cached;
  const seen = new Set<Node>();
  const counts = new Map<Node, number>();
  const pending = [root];
  for (let next = pending.pop(); next; next = pending.pop()) {
    for (const node of next.entries.values()) {
      if (!seen.has(node)) {
        seen.add(node);
        if (node.kind === 'directory') pending.push(node);
      } else if (node.kind !== 'directory') counts.set(node, (counts.get(node) ?? 1) + 1);
    }
  }
  known.set(root, counts);
  return counts;
}

/** Records the counts of a tree that was derived from another. */
export function setLinkCounts(root: DirectoryNode, counts: ReadonlyMap<Node, number>): void {
  known.set(root, counts);
}

/** Whether `linkCounts` costs nothing for a tree. */
export function linksAreCounted(root: DirectoryNode): boolean {
  return known.has(root);
}
