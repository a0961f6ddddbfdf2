/** Changesets: two trees, and what is different between them. */

import { diffTrees } from '../rootfs/diff.ts';
import { emptyDirectory, TreeEditor } from '../rootfs/editor.ts';
import type { DirectoryNode, FileNode } from '../rootfs/node.ts';
import { lookup, splitPath } from '../rootfs/path.ts';
import { type Definition, define } from './definition.ts';
import type { ChangesetState } from './state.ts';

/** Paths by what happened to them; those of directories end in a slash. */
export interface ChangedPaths {
  readonly added: readonly string[];
  /** Files whose content or mode is another. */
  readonly modified: readonly string[];
  readonly removed: readonly string[];
}

/** Computes both trees and compares them. */
export async function changedPaths(
  { before, after }: ChangesetState,
  signal?: AbortSignal,
): Promise<ChangedPaths> {
  const [old, now] = await Promise.all([before.root(signal), after.root(signal)]);
  const added: string[] = [];
  const modified: string[] = [];
  const removed: string[] = [];
  for (const change of diffTrees(old, now)) {
    const previous = lookup(old, change.path, false);
    if (change.kind === 'delete') {
      removed.push(previous?.kind === 'directory' ? `${change.path}/` : change.path);
    } else if (change.kind === 'add') {
      added.push(change.node.kind === 'directory' ? `${change.path}/` : change.path);
    } else if (change.node.kind !== 'directory' || previous?.kind !== 'directory') {
      const { node } = change;
      const same = node.kind === 'file' && previous?.kind === 'file';
      if (!same || !(await sameFile(node, previous))) modified.push(change.path);
    }
  }
  return { added, modified, removed };
}

/** Times and owners alone are no modification. */
async function sameFile(a: FileNode, b: FileNode): Promise<boolean> {
  if (a.mode !== b.mode || a.content.size !== b.content.size) return false;
  const [left, right] = await Promise.all([a.content.load(), b.content.load()]);
  return left.every((byte, at) => byte === right[at]);
}

/** Makes the changes between two trees to a third one. */
export function applyChanges(
  root: DirectoryNode,
  before: DirectoryNode,
  after: DirectoryNode,
): DirectoryNode {
  const editor = new TreeEditor(root);
  for (const change of diffTrees(before, after)) {
    const names = splitPath(change.path);
    if (change.kind === 'delete') editor.delete(names);
    else if (change.node.kind === 'directory') editor.setDirectory(names, change.node);
    else editor.set(names, change.node);
  }
  return editor.finish();
}

export const changesetOperations: readonly Definition[] = [
  define('Changeset', 'Directory.changes', async (call) => ({
    before: await call.object('from', 'Directory'),
    after: await call.self('Directory'),
  })),
  define('Directory', 'Changeset.before', async (call) => (await call.self('Changeset')).before),
  define('Directory', 'Changeset.after', async (call) => (await call.self('Changeset')).after),
  // Only what was added or changed, as `Directory.diff`.
  define('Directory', 'Changeset.layer', async (call) => {
    const { before, after } = await call.self('Changeset');
    return call.edited({ key: after.key, root: after.root }, [before.key], async (root, signal) => {
      const editor = new TreeEditor(emptyDirectory);
      for (const change of diffTrees(await before.root(signal), root)) {
        if (change.kind === 'delete') continue;
        const names = splitPath(change.path);
        if (change.node.kind === 'directory') editor.setDirectory(names, change.node);
        else editor.set(names, change.node);
      }
      return editor.finish();
    });
  }),
  define('Directory', 'Directory.withChanges', async (call) => {
    const self = await call.self('Directory');
    const { before, after } = await call.object('changes', 'Changeset');
    return call.edited(self, [before.key, after.key], async (root, signal) =>
      applyChanges(root, await before.root(signal), await after.root(signal)),
    );
  }),
];
