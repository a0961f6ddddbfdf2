/** Node as a runtime. Deno's differs in its name only. */

import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ContentStore } from '../../store/store.ts';
import { hostPlatform, type Runtime } from '../runtime.ts';
import { findConfiguration } from './configuration.ts';
import { nodeFiles } from './files.ts';
import { nodeHasher } from './hash.ts';
import { DirectoryStore } from './store.ts';
import { DirectoryTranslations } from './translations.ts';

/** Where everything that can be fetched or made again is kept; `STILETTO_CACHE` overrides. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>>): string {
  if (env.STILETTO_CACHE) return env.STILETTO_CACHE;
  // XDG base directory specification: empty means unset.
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'stiletto');
}

/** The store in a directory, by default in the cache directory. */
function openStore(place?: string): ContentStore {
  return new DirectoryStore(place ?? join(cacheDirectory(process.env), 'store'), nodeHasher);
}

/** Node 20 and later. */
export const nodeRuntime: Runtime = {
  name: 'node',
  platform: hostPlatform(process.arch),
  hasher: nodeHasher,
  fetch: (request) => fetch(request),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  now: () => performance.now(),
  wallClock: () => Date.now(),
  randomFill: (bytes) => void crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>),
  files: nodeFiles,
  variable: (name) => process.env[name],
  findConfiguration,
  openStore,
  openTranslations: (place) =>
    new DirectoryTranslations(join(place ?? cacheDirectory(process.env), 'translations')),
};
