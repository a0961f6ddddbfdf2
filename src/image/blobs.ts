/** Blob sources made of stores, and of other sources. */

import { EngineError } from '../engine/error.ts';
import type { ContentStore } from '../store/store.ts';
import type { BlobSource, Descriptor } from './types.ts';

/** A blob a store or a registry does not have. */
export function blobMissing(descriptor: Descriptor, where: string): EngineError {
  return new EngineError('IMAGE_NOT_FOUND', `${descriptor.digest} is not in ${where}`, {
    remedy: 'pull or load the whole image again',
  });
}

/** Checks the length a descriptor promises; digests are checked by whoever reads the bytes. */
export function checkSize(bytes: Uint8Array, descriptor: Descriptor): Uint8Array {
  if (bytes.length === descriptor.size) return bytes;
  throw new EngineError(
    'DIGEST_MISMATCH',
    `${descriptor.digest} has ${bytes.length} bytes, its descriptor says ${descriptor.size}`,
    { remedy: 'the image is damaged: fetch or build it anew' },
  );
}

/** What a store has. */
export function storeSource(store: ContentStore): BlobSource {
  return {
    ...(store.stream
      ? { stream: (descriptor, from) => streamStored(store, descriptor, from) }
      : {}),
    async read(descriptor: Descriptor): Promise<Uint8Array> {
      const bytes = await store.get(descriptor.digest);
      if (!bytes) throw blobMissing(descriptor, 'the local store');
      return checkSize(bytes, descriptor);
    },
  };
}

async function* streamStored(
  store: ContentStore,
  descriptor: Descriptor,
  from?: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!(await store.has(descriptor.digest))) throw blobMissing(descriptor, 'the local store');
  yield* store.stream?.(descriptor.digest, from) ?? [];
}

/** Reads from a store first, and keeps there what had to come from elsewhere. */
export function cachedSource(store: ContentStore, origin: BlobSource): BlobSource {
  const underWay = new Map<string, Promise<Uint8Array>>();
  const fetch = async (descriptor: Descriptor): Promise<Uint8Array> => {
    const stored = await store.get(descriptor.digest);
    if (stored) return checkSize(stored, descriptor);
    const bytes = checkSize(await origin.read(descriptor), descriptor);
    await store.put(bytes, descriptor.digest);
    return bytes;
  };
  const stream = async function* (
    descriptor: Descriptor,
    from?: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if (store.stream && (await store.has(descriptor.digest))) {
      yield* store.stream(descriptor.digest, from);
    } else if (origin.stream) yield* origin.stream(descriptor, from);
    else yield (await origin.read(descriptor)).subarray(from ?? 0);
  };
  return {
    ...(origin.stream || store.stream ? { stream } : {}),
    read(descriptor: Descriptor): Promise<Uint8Array> {
      const running = underWay.get(descriptor.digest);
      if (running) return running.then((bytes) => checkSize(bytes, descriptor));
      const task = fetch(descriptor).finally(() => underWay.delete(descriptor.digest));
      underWay.set(descriptor.digest, task);
      return task;
    },
  };
}
