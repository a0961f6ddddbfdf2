/** Files and directories put into containers: into the mount that covers the path, or the root. */

import { textContent } from '../rootfs/content.ts';
import type { DirectoryNode } from '../rootfs/node.ts';
import { resolveLexically } from '../rootfs/path.ts';
import { insertNode } from '../rootfs/tree.ts';
import { type Call, type Definition, define } from './definition.ts';
import { containerPath, expanded, placeOf, withPlace } from './place.ts';
import type { ContainerState } from './state.ts';
import {
  filterTree,
  type Owner,
  putFile,
  putTree,
  removeMatching,
  withFileMetadata,
  withOwner,
  withPermissions,
} from './tree_edit.ts';
import { ownerOf } from './users.ts';

type Edit = (root: DirectoryNode, path: string, signal: AbortSignal) => Promise<DirectoryNode>;

/** Edits the tree that a path argument lies in. */
function editAt(
  call: Call,
  state: ContainerState,
  path: string,
  inputs: readonly unknown[],
  edit: Edit,
): ContainerState {
  const place = placeOf(state, path);
  const tree = call.edited(place.tree, [place.path, ...inputs], (root, signal) =>
    edit(root, place.path, signal),
  );
  return withPlace(state, place, tree);
}

/** The `owner` argument, looked up in the container when the edit runs; its part of the key too. */
function ownership(
  call: Call,
  state: ContainerState,
): [unknown[], () => Promise<Owner | undefined>] {
  const owner = call.text('owner', '');
  if (owner === '') return [[], () => Promise.resolve(undefined)];
  // Names depend on the container's files, numbers do not; the key need not be finer than that.
  const inputs = [owner, state.rootfs.key];
  return [inputs, async () => ownerOf(owner, await state.rootfs.root())];
}

async function withNewFile(call: Call): Promise<ContainerState> {
  const self = await call.self('Container');
  const contents = call.text('contents');
  const mode = call.permissions(0o644)!;
  const [ownerInputs, owner] = ownership(call, self);
  const inputs = [contents, mode, ...ownerInputs];
  const { mtime } = call.services;
  return editAt(call, self, containerPath(call, self), inputs, async (root, path) => {
    const ids = (await owner()) ?? { uid: 0, gid: 0 };
    const content = textContent(contents);
    return insertNode(root, path, { kind: 'file', mode, mtime, content, ...ids });
  });
}

async function withFiles(call: Call, single: boolean): Promise<ContainerState> {
  const self = await call.self('Container');
  const sources = single
    ? [await call.object('source', 'File')]
    : await call.objects('sources', 'File');
  const mode = call.permissions();
  const [ownerInputs, owner] = ownership(call, self);
  const inputs = [sources.map((file) => [file.key, file.name]), mode ?? null, ...ownerInputs];
  const target = containerPath(call, self) + (single ? '' : '/');
  return editAt(call, self, target, inputs, async (root, path, signal) => {
    const ids = await owner();
    let edited = root;
    for (const source of sources) {
      const file = withFileMetadata(await source.node(signal), mode, ids);
      edited = putFile(edited, path, source.name, file);
    }
    return edited;
  });
}

async function withDirectory(call: Call): Promise<ContainerState> {
  const self = await call.self('Container');
  const source = await call.object('source', 'Directory');
  const filter = { include: call.texts('include'), exclude: call.texts('exclude') };
  const mode = call.permissions();
  const [ownerInputs, owner] = ownership(call, self);
  const inputs = [source.key, filter, mode ?? null, ...ownerInputs];
  return editAt(call, self, containerPath(call, self), inputs, async (root, path, signal) => {
    const ids = await owner();
    let copied = filterTree(await source.root(signal), filter);
    if (ids) copied = withOwner(copied, ids);
    if (mode !== undefined) copied = withPermissions(copied, mode);
    return putTree(root, path, copied);
  });
}

async function without(call: Call, names: readonly string[]): Promise<ContainerState> {
  const self = await call.self('Container');
  return names.reduce((state, name) => {
    const path = containerPath(call, state, name);
    return editAt(call, state, path, [], async (root, inside) => removeMatching(root, inside));
  }, self);
}

async function withSymlink(call: Call): Promise<ContainerState> {
  const self = await call.self('Container');
  const target = call.text('target');
  const { mtime } = call.services;
  const link = { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime, target } as const;
  const path = containerPath(call, self, 'linkName');
  return editAt(call, self, path, [target], async (root, inside) => insertNode(root, inside, link));
}

export const containerFileOperations: readonly Definition[] = [
  define('Container', 'Container.withNewFile', withNewFile),
  define('Container', 'Container.withFile', (call) => withFiles(call, true)),
  define('Container', 'Container.withFiles', (call) => withFiles(call, false)),
  define('Container', 'Container.withDirectory', withDirectory),
  define('Container', 'Container.withoutFile', (call) => without(call, ['path'])),
  define('Container', 'Container.withoutFiles', async (call) => {
    const self = await call.self('Container');
    return call.texts('paths').reduce((state, given) => {
      const path = resolveLexically(state.config.WorkingDir || '/', expanded(call, state, given));
      return editAt(call, state, path, [], async (root, inside) => removeMatching(root, inside));
    }, self);
  }),
  define('Container', 'Container.withoutDirectory', (call) => without(call, ['path'])),
  define('Container', 'Container.withSymlink', withSymlink),
];
