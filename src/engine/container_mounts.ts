/** Mounts of containers. */

import { type Call, type Definition, define } from './definition.ts';
import { EngineError } from './error.ts';
import { containerPath } from './place.ts';
import type { ContainerState, MountState } from './state.ts';

/** Mounts in one container at most. */
export const mountsMax: number = 1024;

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

export const mountOperations: readonly Definition[] = [
  define('Container', 'Container.withMountedDirectory', async (call) => {
    const self = await call.self('Container');
    const source = await call.object('source', 'Directory');
    const readOnly = call.flag('readOnly');
    return mounted(self, { path: mountPath(call, self), source, readOnly });
  }),
  define('Container', 'Container.withMountedTemp', async (call) => {
    const self = await call.self('Container');
    return mounted(self, { path: mountPath(call, self), source: 'tmpfs', readOnly: false });
  }),
  define('Container', 'Container.withoutMount', async (call) => {
    const self = await call.self('Container');
    const path = mountPath(call, self);
    return { ...self, mounts: self.mounts.filter((mount) => mount.path !== path) };
  }),
];
