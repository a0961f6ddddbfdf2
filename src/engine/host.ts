/** Files of the machine the engine runs on. Read once per engine: later changes are not seen. */

import type { HostFiles } from '../host/runtime.ts';
import { type Definition, define, lazyFile } from './definition.ts';
import { EngineError } from './error.ts';
import type { Services } from './services.ts';
import { deriveKey } from './state.ts';
import { excludes, filterTree } from './tree_edit.ts';

/** The host's files, where the runtime has any. */
export function hostFilesOf(services: Services): HostFiles {
  if (services.hostFiles) return services.hostFiles;
  throw new EngineError('PATH_INVALID', 'there are no host files here', {
    remedy: 'build the directory with directory().withNewFile(…) instead',
  });
}

export const hostOperations: readonly Definition[] = [
  define('Directory', 'Host.directory', (call) => {
    const files = hostFilesOf(call.services);
    const path = files.resolve(call.text('path'));
    const filter = { include: call.texts('include'), exclude: call.texts('exclude') };
    const key = deriveKey('host directory', path, filter);
    const excluded = excludes(filter.exclude);
    const read = () =>
      call.services.progress.during(`host directory ${path}`, async () => {
        const tree = await files.readTree(path, (name) => !excluded(name));
        return filterTree(tree, filter);
      });
    const root = (signal?: AbortSignal) => call.services.trees.get(key, signal, read);
    return { key, root, name: path.slice(path.lastIndexOf('/') + 1) };
  }),
  define('File', 'Host.file', (call) => {
    const files = hostFilesOf(call.services);
    const path = files.resolve(call.text('path'));
    const key = deriveKey('host file', path);
    const node = lazyFile(call, key, () => files.readFile(path));
    return { key, node, name: path.slice(path.lastIndexOf('/') + 1) };
  }),
];
