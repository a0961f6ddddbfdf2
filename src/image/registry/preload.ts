/** Puts images into a registry of the process before anybody asks it. */

import { parseReference } from '../reference.ts';
import type { BlobSource, Descriptor } from '../types.ts';
import { RegistryClient } from './client.ts';
import { createRegistry, type RegistryOptions } from './server.ts';

/** The host part of names while preloading; it never leaves this file. */
const host = 'preload.test';

/**
 * Uploads an image into the store of a registry, past its access control.
 *
 * @param name repository and tag: `library/busybox:1`
 * @throws EngineError REFERENCE_INVALID, REGISTRY_REFUSED, or the source's errors
 */
export async function preloadRegistry(
  { store, hasher }: Pick<RegistryOptions, 'store' | 'hasher'>,
  name: string,
  descriptor: Descriptor,
  source: BlobSource,
): Promise<void> {
  const client = new RegistryClient({
    hasher,
    fetch: createRegistry({ store, hasher }),
    sleep: () => Promise.resolve(),
  });
  await client.push(parseReference(`${host}/${name}`), descriptor, source);
}
