/**
 * Layers: lists of entries that turn one tree into the next (OCI "Image Layer Filesystem
 * Changeset").
 */

import { makeDirectory, TreeEditor } from './editor.ts';
import type { DirectoryNode, Node } from './node.ts';
import { splitPath } from './path.ts';

/** One entry of a layer. */
export interface LayerEntry {
  /** As in the archive: `./a/b`, `a/b/`; whiteouts are files named `.wh.NAME` or `.wh..wh..opq`. */
  readonly path: string;
  /** What is there; a directory's entries are ignored. Absent for a hard link. */
  readonly node?: Node;
  /** Path of the entry that a hard link is another name of. */
  readonly linkTarget?: string;
}

/** What whiteouts start with. */
export const whiteoutPrefix = '.wh.';
/** The file that hides all lower entries of its directory. */
export const opaqueWhiteout = '.wh..wh..opq';

/** Names of an entry's path; undefined if it would lead out of the tree. */
function namesOf(path: string): string[] | undefined {
  const names = splitPath(path);
  return names.includes('..') ? undefined : names;
}

/** Why a layer cannot be applied; the caller knows which layer it was. */
export class LayerError extends Error {}

function entryNames(path: string): string[] {
  const names = namesOf(path);
  if (!names) throw new LayerError(`the entry ${JSON.stringify(path)} leads out of the image`);
  return names;
}

/**
 * Applies a layer to a tree. Whiteouts hide what is below this layer only, wherever in the layer
 * they stand. Links in the middle of an entry's path are followed inside the tree, as containerd
 * does. A directory entry over a directory keeps its entries.
 *
 * @throws LayerError for an entry that leads out, or a hard link to nothing
 */
export function applyLayer(base: DirectoryNode, entries: readonly LayerEntry[]): DirectoryNode {
  const editor = new TreeEditor(base);
  for (const { path } of entries) {
    const names = entryNames(path);
    const name = names.pop();
    if (!name?.startsWith(whiteoutPrefix)) continue;
    const parent = editor.resolveDirectory(names);
    if (name === opaqueWhiteout) editor.clear(parent);
    else if (!name.startsWith('.wh..wh.')) {
      editor.delete([...parent, name.slice(whiteoutPrefix.length)]);
    }
  }
  for (const entry of entries) applyEntry(editor, entry);
  return editor.finish();
}

function applyEntry(editor: TreeEditor, entry: LayerEntry): void {
  const names = entryNames(entry.path);
  const name = names.pop();
  if (name === undefined) {
    if (entry.node?.kind === 'directory') editor.setDirectory([], entry.node);
    return;
  }
  // Whiteouts, and the directories aufs kept its own data in.
  if (name.startsWith(whiteoutPrefix) || names.some((part) => part.startsWith('.wh..wh.'))) return;
  const parent = editor.resolveDirectory(names);
  replaceFiles(editor, parent);
  const place = [...parent, name];
  const node = entry.node ?? linkedNode(editor, entry);
  if (node.kind !== 'directory') {
    editor.set(place, node);
    return;
  }
  if (editor.kindOf(place) === 'directory') editor.setDirectory(place, node);
  else editor.set(place, makeDirectory(node));
}

/** A file where an entry needs a directory goes away, as it does with `tar`. */
function replaceFiles(editor: TreeEditor, names: readonly string[]): void {
  for (let length = 1; length <= names.length; length++) {
    const place = names.slice(0, length);
    const kind = editor.kindOf(place);
    if (kind === undefined) return;
    if (kind !== 'directory') editor.delete(place);
  }
}

function linkedNode(editor: TreeEditor, entry: LayerEntry): Node {
  const target = entryNames(entry.linkTarget ?? '');
  const name = target.pop();
  const place = name === undefined ? [] : [...editor.resolveDirectory(target), name];
  const node = editor.get(place);
  if (node && node.kind !== 'directory') return node;
  throw new LayerError(
    `${JSON.stringify(entry.path)} is a hard link to ${JSON.stringify(entry.linkTarget)}, ` +
      (node ? 'which is a directory' : 'which does not exist'),
  );
}
