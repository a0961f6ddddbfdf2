/** Copies images into a store: small blobs whole, large ones in pieces, some at a time. */

import { EngineError } from '../engine/error.ts';
import type { ContentStore } from '../store/store.ts';
import { checkSize, storeSource } from './blobs.ts';
import { walkGraph } from './graph.ts';
import { parallelBlobsMax, streamedBytesMin } from './limits.ts';
import { isForeignLayer } from './media_types.ts';
import type { BlobSource, Descriptor } from './types.ts';

/**
 * Works on all items, `width` at a time and begun in order. After the first failure nothing new
 * begins; what was begun is waited for, then the failure is thrown.
 */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const item = items[next++] as T;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}

/** Lets pieces pass while there are not more of them than a descriptor promises. */
export async function* limitedPieces(
  pieces: AsyncIterable<Uint8Array>,
  { digest, size }: Descriptor,
): AsyncGenerator<Uint8Array, void, undefined> {
  let done = 0;
  for await (const piece of pieces) {
    done += piece.length;
    if (done > size) break;
    yield piece;
  }
  if (done === size) return;
  const relation = done > size ? 'more' : 'fewer';
  throw new EngineError('DIGEST_MISMATCH', `${digest} has ${relation} than ${size} bytes`, {
    remedy: 'the image is damaged: fetch or build it anew',
  });
}

/** Copies one blob, verified. Rejects with DIGEST_MISMATCH or the source's errors. */
export async function copyBlob(
  store: ContentStore,
  source: BlobSource,
  descriptor: Descriptor,
): Promise<void> {
  const { digest, size } = descriptor;
  if (await store.has(digest)) return;
  if (size >= streamedBytesMin && source.stream && store.putStream) {
    await store.putStream(limitedPieces(source.stream(descriptor), descriptor), digest);
    return;
  }
  await store.put(checkSize(await source.read(descriptor), descriptor), digest);
}

/**
 * Copies everything below a descriptor into a store: blobs first, then the documents that point to
 * them. Layers that may not be distributed are copied where the source has them.
 *
 * @returns the store as a source
 */
export async function copyGraph(
  store: ContentStore,
  source: BlobSource,
  root: Descriptor,
): Promise<BlobSource> {
  const blobs: Descriptor[] = [];
  const documents: { descriptor: Descriptor; document: Uint8Array }[] = [];
  for await (const { descriptor, document } of walkGraph(source, root)) {
    if (document) documents.push({ descriptor, document });
    else blobs.push(descriptor);
  }
  await inParallel(blobs, parallelBlobsMax, async (blob) => {
    try {
      await copyBlob(store, source, blob);
    } catch (error) {
      const isAbsent = error instanceof EngineError && error.code === 'IMAGE_NOT_FOUND';
      if (!isAbsent || !isForeignLayer(blob)) throw error;
    }
  });
  for (const { descriptor, document } of documents) {
    if (!(await store.has(descriptor.digest))) await store.put(document, descriptor.digest);
  }
  return storeSource(store);
}
