/** A browser page or worker as a runtime. */

import { MemoryStore } from '../../store/memory.ts';
import { hostPlatform, type Runtime } from '../runtime.ts';
import { browserHasher } from './hash.ts';
import { IndexedDbStore } from './store.ts';

/**
 * Browsers. Pages cannot know the processor, so the platform is fixed; without a place the store is
 * in memory and gone with the page.
 */
export const browserRuntime: Runtime = {
  name: 'browser',
  platform: hostPlatform('amd64'),
  hasher: browserHasher,
  fetch: (request) => fetch(request),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  now: () => performance.now(),
  wallClock: () => Date.now(),
  randomFill: (bytes) => void crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>),
  openStore: (place) =>
    place === undefined ? new MemoryStore(browserHasher) : new IndexedDbStore(browserHasher, place),
};
