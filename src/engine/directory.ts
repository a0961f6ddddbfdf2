/** Directories: making them, changing them, taking parts of them. */

import { textContent } from '../rootfs/content.ts';
import { diffTrees } from '../rootfs/diff.ts';
import { emptyDirectory, TreeEditor } from '../rootfs/editor.ts';
import type { DirectoryNode } from '../rootfs/node.ts';
import { resolvePath, splitPath } from '../rootfs/path.ts';
import { directoryAt, insertNode, walkTree } from '../rootfs/tree.ts';
import { type Call, type Definition, define } from './definition.ts';
import { EngineError } from './error.ts';
import { compilePattern } from './patterns.ts';
import { subfile, subtree } from './place.ts';
import { emptyTree, type Tree } from './state.ts';
import {
  filterTree,
  putDirectory,
  putFile,
  putTree,
  removeMatching,
  withFileMetadata,
  withMtime,
  withOwner,
  withPermissions,
} from './tree_edit.ts';
import { ownerOf } from './users.ts';

/** A directory's own tree is no whole image any more once it is edited apart from a container. */
async function withNewFile(call: Call): Promise<Tree> {
  const self = await call.self('Directory');
  const path = call.text('path');
  const contents = call.text('contents');
  const mode = call.permissions(0o644)!;
  const { mtime } = call.services;
  return call.edited(self, [path, contents, mode], (root) => {
    const content = textContent(contents);
    const file = { kind: 'file', mode, uid: 0, gid: 0, mtime, content } as const;
    return putFile(root, path, '', file);
  });
}

async function withFiles(call: Call, single: boolean): Promise<Tree> {
  const self = await call.self('Directory');
  const sources = single
    ? [await call.object('source', 'File')]
    : await call.objects('sources', 'File');
  const path = call.text('path') + (single ? '' : '/');
  const mode = call.permissions();
  const owner = call.has('owner') ? call.text('owner') : undefined;
  const names = sources.map((file) => [file.key, file.name]);
  return call.edited(self, [path, names, mode ?? null, owner ?? null], async (root, signal) => {
    const ids = owner ? await ownerOf(owner, emptyDirectory) : undefined;
    let edited = root;
    for (const source of sources) {
      const file = withFileMetadata(await source.node(signal), mode, ids);
      edited = putFile(edited, path, source.name, file);
    }
    return edited;
  });
}

async function withDirectory(call: Call): Promise<Tree> {
  const self = await call.self('Directory');
  const source = await call.object('source', 'Directory');
  const path = call.text('path');
  const filter = { include: call.texts('include'), exclude: call.texts('exclude') };
  const mode = call.permissions();
  const owner = call.has('owner') ? call.text('owner') : undefined;
  const inputs = [path, source.key, filter, mode ?? null, owner ?? null];
  return call.edited(self, inputs, async (root, signal) => {
    let copied = filterTree(await source.root(signal), filter);
    if (owner) copied = withOwner(copied, await ownerOf(owner, emptyDirectory));
    if (mode !== undefined) copied = withPermissions(copied, mode);
    return putTree(root, path, copied);
  });
}

async function withNewDirectory(call: Call): Promise<Tree> {
  const self = await call.self('Directory');
  const path = call.text('path');
  if (leavesRoot(path)) {
    throw new EngineError('PATH_INVALID', `cannot create directory outside parent: ${path}`, {
      remedy: 'use a path below the directory',
    });
  }
  const given = call.permissions();
  // Dagger's default of 0644 would make a directory nobody can enter; it means 0755 there too.
  const mode = given === undefined || given === 0o644 ? 0o755 : given;
  const { mtime } = call.services;
  return call.edited(self, [path, mode], (root) =>
    putDirectory(root, path, { mode, uid: 0, gid: 0, mtime }),
  );
}

function leavesRoot(path: string): boolean {
  let depth = 0;
  for (const name of splitPath(path)) {
    depth += name === '..' ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

/** What the other directory has and this one has not: added and changed entries. */
async function diff(call: Call): Promise<Tree> {
  const self = await call.self('Directory');
  const other = await call.object('other', 'Directory');
  return call.edited({ key: other.key, root: other.root }, [self.key], async (root, signal) => {
    const editor = new TreeEditor(emptyDirectory);
    for (const change of diffTrees(await self.root(signal), root)) {
      if (change.kind === 'delete') continue;
      const names = splitPath(change.path);
      if (change.node.kind === 'directory') editor.setDirectory(names, change.node);
      else editor.set(names, change.node);
    }
    return editor.finish();
  });
}

type Edit = (root: DirectoryNode, call: Call) => DirectoryNode;

/** An edit that depends on nothing but its scalar arguments, which are all part of the key. */
function simple(name: string, edit: Edit): Definition {
  return define('Directory', `Directory.${name}`, async (call) => {
    const { self: _, ...inputs } = call.operation.args;
    return call.edited(await call.self('Directory'), [inputs], (root) => edit(root, call));
  });
}

export const directoryOperations: readonly Definition[] = [
  define('Directory', 'Query.directory', () => emptyTree),
  define('Directory', 'Directory.withNewFile', withNewFile),
  define('Directory', 'Directory.withFile', (call) => withFiles(call, true)),
  define('Directory', 'Directory.withFiles', (call) => withFiles(call, false)),
  define('Directory', 'Directory.withDirectory', withDirectory),
  define('Directory', 'Directory.withNewDirectory', withNewDirectory),
  define('Directory', 'Directory.diff', diff),
  simple('withoutFile', (root, call) => removeMatching(root, call.text('path'))),
  simple('withoutDirectory', (root, call) => removeMatching(root, call.text('path'))),
  simple('withoutFiles', (root, call) => call.texts('paths').reduce(removeMatching, root)),
  simple('withTimestamps', (root, call) =>
    withMtime(root, BigInt(call.integer('timestamp') ?? 0) * 1_000_000_000n),
  ),
  define('Directory', 'Directory.withError', async (call) => {
    const message = call.text('err');
    if (message !== '') throw new EngineError('RAISED', message);
    return call.self('Directory');
  }),
  define('Directory', 'Directory.chown', async (call) => {
    const self = await call.self('Directory');
    const [path, owner] = [call.text('path'), call.text('owner')];
    return call.edited(self, [path, owner], async (root) => {
      const ids = await ownerOf(owner, emptyDirectory);
      const { node, names } = resolvePath(root, path);
      if (!node) throw new EngineError('PATH_NOT_FOUND', `${path}: no such file or directory`);
      if (node.kind !== 'directory') return insertNode(root, path, { ...node, ...ids });
      const owned = withOwner(node, ids);
      return names.length === 0 ? owned : insertNode(root, `/${names.join('/')}`, owned);
    });
  }),
  simple('filter', (root, call) =>
    filterTree(root, { include: call.texts('include'), exclude: call.texts('exclude') }),
  ),
  simple('withSymlink', (root, call) => {
    const { mtime } = call.services;
    const target = call.text('target');
    const link = { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime, target } as const;
    return insertNode(root, call.text('linkName'), link);
  }),
  define('Directory', 'Directory.directory', async (call) =>
    subtree(call, await call.self('Directory'), call.text('path')),
  ),
  define('File', 'Directory.file', async (call) =>
    subfile(call, await call.self('Directory'), call.text('path')),
  ),
];

/** Names in a directory, sorted; those of directories end in a slash. */
export async function entriesOf(tree: Tree, path = '/', signal?: AbortSignal): Promise<string[]> {
  const { entries } = directoryAt(await tree.root(signal), path);
  return [...entries].map(([name, node]) => (node.kind === 'directory' ? `${name}/` : name));
}

/** Paths that match a pattern, in the order of a walk; those of directories end in a slash. */
export async function globOf(tree: Tree, pattern: string, signal?: AbortSignal): Promise<string[]> {
  const matches = compilePattern(pattern);
  const found: string[] = [];
  for (const { path, node } of walkTree(await tree.root(signal))) {
    if (path === '' || !matches(path)) continue;
    found.push(node.kind === 'directory' ? `${path}/` : path);
  }
  return found;
}
