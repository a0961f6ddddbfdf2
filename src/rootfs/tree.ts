/** Single edits and listings of file trees. Every edit returns a new tree and shares the rest. */

import { EngineError } from '../engine/error.ts';
import { copyNode } from './copy.ts';
import { defaultDirectoryMetadata, makeDirectory, metadataOf, TreeEditor } from './editor.ts';
import type { DirectoryNode, FileNode, Metadata, Node } from './node.ts';
import { joinPath, resolvePath, splitPath } from './path.ts';

/**
 * Puts a node at a path. Links in the middle of the path are followed, one at its end is replaced.
 * A node that stands elsewhere in the tree becomes a hard link: pass `copyNode(node)` for a copy.
 *
 * @param parents what directories get that are missing on the way
 * @throws EngineError PATH_INVALID where a file is used as a directory, or the path is the root
 *   and the node no directory
 */
export function insertNode(
  root: DirectoryNode,
  path: string,
  node: Node,
  parents: Metadata = defaultDirectoryMetadata,
): DirectoryNode {
  const { names } = resolvePath(root, path, false);
  if (names.length === 0) {
    if (node.kind === 'directory') return node;
    throw new EngineError('PATH_INVALID', `${JSON.stringify(path)} is the root directory`);
  }
  const editor = new TreeEditor(root);
  editor.set(names, node, parents);
  return editor.finish();
}

/**
 * Removes what is at a path, with everything below; nothing there is no error. A link at the end is
 * removed, not followed.
 */
export function removeNode(root: DirectoryNode, path: string): DirectoryNode {
  const { names, node } = resolvePath(root, path, false);
  if (node === undefined) return root;
  if (names.length === 0) return makeDirectory(root);
  const editor = new TreeEditor(root);
  editor.delete(names);
  return editor.finish();
}

/** Makes a directory and its parents; an existing one is left as it is. */
export function makeDirectories(
  root: DirectoryNode,
  path: string,
  metadata: Metadata = defaultDirectoryMetadata,
): DirectoryNode {
  const { names, node } = resolvePath(root, path);
  if (node?.kind === 'directory') return root;
  if (node) throw new EngineError('PATH_INVALID', `${path} exists and is not a directory`);
  const editor = new TreeEditor(root);
  editor.set(names, makeDirectory(metadata), metadata);
  return editor.finish();
}

/**
 * Lays a tree over another: directories that both have are merged and take the upper one's
 * metadata, everything else of the upper tree replaces. The root keeps its own metadata, as a copy
 * of a directory's contents does.
 */
export function mergeTrees(base: DirectoryNode, over: DirectoryNode): DirectoryNode {
  if (over.entries.size === 0 || base === over) return base;
  const entries = new Map<string, Node>(base.entries);
  let changed = false;
  for (const [name, node] of over.entries) {
    const below = base.entries.get(name);
    if (below === node) continue;
    let merged: Node = node;
    if (below?.kind === 'directory' && node.kind === 'directory') {
      const { entries: inside } = mergeTrees(below, node);
      if (!sameEntries(inside, node.entries)) {
        merged = { kind: 'directory', ...metadataOf(node), entries: inside };
      }
    }
    changed = true;
    entries.set(name, merged);
  }
  return changed ? makeDirectory(base, entries) : base;
}

type Entries = DirectoryNode['entries'];

function sameEntries(a: Entries, b: Entries): boolean {
  if (a.size !== b.size) return false;
  for (const [name, node] of a) if (b.get(name) !== node) return false;
  return true;
}

/**
 * Copies a tree's contents to a path: `mergeTrees` with the directory there; missing directories
 * are made. The nodes are copied, so the originals may stand elsewhere in the tree.
 */
export function mergeAt(root: DirectoryNode, path: string, over: DirectoryNode): DirectoryNode {
  const { names, node } = resolvePath(root, path);
  if (node !== undefined && node.kind !== 'directory') {
    throw new EngineError('PATH_INVALID', `${joinPath(names)} is not a directory`, {
      remedy: 'choose a directory, or a path where nothing is yet',
    });
  }
  const copy = copyNode(over);
  const merged = node ? mergeTrees(node, copy) : copy;
  if (merged === node) return root;
  if (names.length === 0) return merged;
  const editor = new TreeEditor(root);
  editor.set(names, merged);
  return editor.finish();
}

/** The directory at a path, links followed. Throws PATH_NOT_FOUND or PATH_INVALID. */
export function directoryAt(root: DirectoryNode, path: string): DirectoryNode {
  const { node } = resolvePath(root, path);
  if (!node) throw new EngineError('PATH_NOT_FOUND', `${path}: no such file or directory`);
  if (node.kind === 'directory') return node;
  throw new EngineError('PATH_INVALID', `${path} is a file, not a directory`);
}

/** The regular file at a path, links followed. Throws PATH_NOT_FOUND or PATH_INVALID. */
export function fileAt(root: DirectoryNode, path: string): FileNode {
  const { node } = resolvePath(root, path);
  if (!node) throw new EngineError('PATH_NOT_FOUND', `${path}: no such file or directory`);
  if (node.kind === 'file') return node;
  throw new EngineError(
    'PATH_INVALID',
    node.kind === 'directory' ? `${path} is a directory, not a file` : `${path} is not a file`,
  );
}

/** Names in the directory at a path, in byte order. Throws as `directoryAt`. */
export function listDirectory(root: DirectoryNode, path = '/'): string[] {
  return [...directoryAt(root, path).entries.keys()];
}

/** A place in a tree, as `walkTree` visits it. */
export interface Visit {
  /** `a/b`, without a slash in front; empty for the root. */
  readonly path: string;
  readonly node: Node;
}

/** All nodes, a directory before its entries, entries in byte order of their names. */
export function* walkTree(root: DirectoryNode): Generator<Visit, void, undefined> {
  const stack: Visit[] = [{ path: '', node: root }];
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    yield visit;
    if (visit.node.kind !== 'directory') continue;
    const prefix = visit.path === '' ? '' : `${visit.path}/`;
    const children = [...visit.node.entries].reverse();
    for (const [name, node] of children) stack.push({ path: prefix + name, node });
  }
}

/** A tree from nodes by path; missing parents are made, later paths win. */
export function treeFromPaths(
  files: Readonly<Record<string, Node>>,
  root: DirectoryNode = makeDirectory(defaultDirectoryMetadata),
): DirectoryNode {
  const editor = new TreeEditor(root);
  for (const [path, node] of Object.entries(files)) editor.set(splitPath(path), node);
  return editor.finish();
}
