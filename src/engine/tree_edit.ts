/** The edits of file trees that Directory and Container share. */

import { makeDirectory, metadataOf, TreeEditor } from '../rootfs/editor.ts';
import { encodeName } from '../rootfs/name.ts';
import type { DirectoryNode, FileNode, Metadata, Node } from '../rootfs/node.ts';
import { resolvePath, splitPath } from '../rootfs/path.ts';
import { insertNode, mergeAt, removeNode, walkTree } from '../rootfs/tree.ts';
import { EngineError } from './error.ts';
import { fileNameBytesMax } from './limits.ts';
import { compilePatterns, type Matcher } from './patterns.ts';

/** Ids to give to copied nodes. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Which part of a tree is copied. */
export interface Filter {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Puts a file at a path; a path that ends in a slash or is a directory keeps the file's name. */
export function putFile(
  root: DirectoryNode,
  path: string,
  name: string,
  file: FileNode,
): DirectoryNode {
  const { node } = resolvePath(root, path);
  const inside = path.endsWith('/') || node?.kind === 'directory';
  const target = inside ? `${path}/${name}` : path;
  for (const part of splitPath(target)) {
    if (encodeName(part).length <= fileNameBytesMax) continue;
    const message = `File name length exceeds the maximum supported ${fileNameBytesMax} characters`;
    throw new EngineError('PATH_INVALID', message, {
      remedy: 'shorten the name (limit fileNameBytesMax)',
    });
  }
  return insertNode(root, target, file);
}

/** A file with other permissions or owner. */
export function withFileMetadata(
  file: FileNode,
  mode: number | undefined,
  owner: Owner | undefined,
): FileNode {
  if (mode === undefined && owner === undefined) return file;
  return { ...file, mode: mode ?? file.mode, ...owner };
}

/** Copies a directory's contents to a path, merging with what is there. */
export function putTree(root: DirectoryNode, path: string, source: DirectoryNode): DirectoryNode {
  return mergeAt(root, path, source);
}

/** A tree in which every node has another owner. */
export function withOwner(root: DirectoryNode, owner: Owner): DirectoryNode {
  return mapTree(root, (node) => ({ ...node, ...owner }));
}

/** A tree in which every file and directory has other permissions. */
export function withPermissions(root: DirectoryNode, mode: number): DirectoryNode {
  return mapTree(root, (node) => (node.kind === 'symlink' ? node : { ...node, mode }));
}

/** A tree in which everything was modified at one time. */
export function withMtime(root: DirectoryNode, mtime: bigint): DirectoryNode {
  return mapTree(root, (node) => ({ ...node, mtime }));
}

/** Rebuilds all nodes; hard links stay hard links because equal inputs give one output. */
export function mapTree(root: DirectoryNode, change: (node: Node) => Node): DirectoryNode {
  const made = new Map<Node, Node>();
  const visit = (node: Node): Node => {
    const known = made.get(node);
    if (known) return known;
    let changed = change(node);
    if (node.kind === 'directory') {
      const entries = [...node.entries].map(([name, child]) => [name, visit(child)] as const);
      changed = makeDirectory(changed, entries);
    }
    made.set(node, changed);
    return changed;
  };
  return visit(root) as DirectoryNode;
}

/**
 * The part of a tree that the patterns select: with includes only what matches one, or lies below a
 * match, and the directories above it; then without what an exclude matches. Exclude beats include.
 */
export function filterTree(root: DirectoryNode, filter: Filter): DirectoryNode {
  if (filter.include.length === 0 && filter.exclude.length === 0) return root;
  const included = filter.include.length > 0 ? compilePatterns(filter.include) : undefined;
  return select(root, '', included, excludes(filter.exclude)) ?? makeDirectory(root);
}

/** Excludes are judged in order; a leading `!` takes back what earlier ones excluded. */
export function excludes(patterns: readonly string[]): Matcher {
  const rules = patterns.map((pattern) => {
    const negated = pattern.startsWith('!');
    return { negated, matcher: compilePatterns([negated ? pattern.slice(1) : pattern]) };
  });
  return (path) => {
    let excluded = false;
    for (const { negated, matcher } of rules) if (matcher(path)) excluded = !negated;
    return excluded;
  };
}

function select(
  directory: DirectoryNode,
  prefix: string,
  included: Matcher | undefined,
  excluded: Matcher,
): DirectoryNode | undefined {
  const entries: [string, Node][] = [];
  for (const [name, node] of directory.entries) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    if (excluded(path)) continue;
    const matched = !included || included(path);
    if (node.kind === 'directory') {
      const inside = select(node, path, matched ? undefined : included, excluded);
      if (matched || (inside && inside.entries.size > 0)) {
        entries.push([name, inside ?? makeDirectory(node)]);
      }
    } else if (matched) entries.push([name, node]);
  }
  if (entries.length === directory.entries.size) {
    const same = entries.every(([name, node]) => directory.entries.get(name) === node);
    if (same) return directory;
  }
  return entries.length > 0 || prefix === '' ? makeDirectory(directory, entries) : undefined;
}

/** Removes what a path or pattern names; nothing there is no error. */
export function removeMatching(root: DirectoryNode, pattern: string): DirectoryNode {
  if (!/[*?[\\]/.test(pattern)) return removeNode(root, pattern);
  const matches = compilePatterns([pattern.replace(/^\/+/, '')]);
  const editor = new TreeEditor(root);
  for (const { path } of walkTree(root)) {
    if (path !== '' && matches(path)) editor.delete(path.split('/'));
  }
  return editor.finish();
}

/** Makes a directory, or gives an existing one the permissions. */
export function putDirectory(root: DirectoryNode, path: string, metadata: Metadata): DirectoryNode {
  const { names, node } = resolvePath(root, path);
  if (node && node.kind !== 'directory') {
    throw new EngineError('PATH_INVALID', `${path} exists and is not a directory`);
  }
  const editor = new TreeEditor(root);
  const kept = node ? { ...metadataOf(node), mode: metadata.mode } : metadata;
  if (names.length > 0) editor.setDirectory([...names], kept);
  return editor.finish();
}
