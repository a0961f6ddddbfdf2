/** Mounts of containers. */

import { sharingOf } from './cache.ts';
import { type Call, type Definition, define, lazyFile } from './definition.ts';
import { EngineError } from './error.ts';
import { containerPath } from './place.ts';
import type { ContainerState, FileState, MountState, Tree } from './state.ts';
import { deriveKey } from './state.ts';
import { withFileMetadata, withOwner } from './tree_edit.ts';
import { ownerOf } from './users.ts';

/** Mounts in one container at most. */
export const mountsMax: number = 1024;

/** Permissions of mounted secrets: the owner may read. */
const secretMode = 0o400;

/** Adds a mount, which removes those at and below its path. */
function mounted(state: ContainerState, mount: MountState): ContainerState {
  const mounts = state.mounts.filter(({ path }) => !covers(mount.path, path));
  if (mounts.length >= mountsMax) {
    throw new EngineError('LIMIT_EXCEEDED', `a container has at most ${mountsMax} mounts`, {
      remedy: 'copy directories with withDirectory (limit mountsMax)',
    });
  }
  const { imageReference: _, ...rest } = state;
  return { ...rest, mounts: [...mounts, mount] };
}

function covers(path: string, other: string): boolean {
  return other === path || other.startsWith(`${path}/`);
}

function mountPath(call: Call, state: ContainerState): string {
  const path = containerPath(call, state).replace(/\/$/, '');
  if (path !== '') return path;
  throw new EngineError('ARGUMENT_INVALID', 'cannot mount over the root directory', {
    remedy: 'use withRootfs to replace it',
  });
}

/** A mounted tree with the owner that was asked for; names are the container's. */
function ownedTree(call: Call, state: ContainerState, tree: Tree): Tree {
  const owner = call.text('owner', '');
  if (owner === '') return tree;
  return call.edited(tree, [owner, state.rootfs.key], async (root, signal) =>
    withOwner(root, await ownerOf(owner, await state.rootfs.root(signal))),
  );
}

function ownedFile(call: Call, state: ContainerState, file: FileState): FileState {
  const owner = call.text('owner', '');
  if (owner === '') return file;
  const key = deriveKey('owned file', file.key, owner, state.rootfs.key);
  const node = lazyFile(call, key, async (own) => {
    const ids = await ownerOf(owner, await state.rootfs.root(own));
    return withFileMetadata(await file.node(own), undefined, ids);
  });
  return { name: file.name, key, node };
}

async function withMountedCache(call: Call): Promise<ContainerState> {
  const self = await call.self('Container');
  const cache = await call.object('cache', 'CacheVolume');
  const source = {
    kind: 'cache',
    cache,
    sharing: sharingOf(call, cache.sharing ?? 'SHARED'),
    ...(call.has('source') ? { seed: await call.object('source', 'Directory') } : {}),
    ...(call.text('owner', '') === '' ? {} : { owner: call.text('owner') }),
  } as const;
  return mounted(self, { path: mountPath(call, self), source, readOnly: false });
}

async function withMountedSecret(call: Call): Promise<ContainerState> {
  const self = await call.self('Container');
  const secret = await call.object('source', 'Secret');
  const mode = call.integer('mode', secretMode)!;
  if (mode > 0o7777) {
    throw new EngineError('ARGUMENT_INVALID', `${mode} is more than permission bits`);
  }
  const source = { kind: 'secret', secret, mode, owner: call.text('owner', '') } as const;
  return mounted(self, { path: mountPath(call, self), source, readOnly: false });
}

export const mountOperations: readonly Definition[] = [
  define('Container', 'Container.withMountedDirectory', async (call) => {
    const self = await call.self('Container');
    const tree = ownedTree(call, self, await call.object('source', 'Directory'));
    const readOnly = call.flag('readOnly');
    return mounted(self, { path: mountPath(call, self), source: { kind: 'tree', tree }, readOnly });
  }),
  define('Container', 'Container.withMountedFile', async (call) => {
    const self = await call.self('Container');
    const file = ownedFile(call, self, await call.object('source', 'File'));
    const source = { kind: 'file', file } as const;
    return mounted(self, { path: mountPath(call, self), source, readOnly: false });
  }),
  define('Container', 'Container.withMountedTemp', async (call) => {
    const self = await call.self('Container');
    const size = call.integer('size');
    const source = { kind: 'tmpfs', ...(size === undefined ? {} : { size }) } as const;
    return mounted(self, { path: mountPath(call, self), source, readOnly: false });
  }),
  define('Container', 'Container.withMountedCache', withMountedCache),
  define('Container', 'Container.withMountedSecret', withMountedSecret),
  define('Container', 'Container.withoutMount', async (call) => {
    const self = await call.self('Container');
    const path = mountPath(call, self);
    return { ...self, mounts: self.mounts.filter((mount) => mount.path !== path) };
  }),
];
