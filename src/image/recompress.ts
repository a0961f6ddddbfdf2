/** The same images with their layers packed in another way. */

import { decompress } from '../archive/decompress.ts';
import type { ContentStore, Digest } from '../store/store.ts';
import { storeSource } from './blobs.ts';
import { packedLayer } from './build.ts';
import { encodeDocument, readImageDocuments, readIndex } from './documents.ts';
import { corruptLayer } from './layer.ts';
import {
  isForeignLayer,
  isIndexType,
  isManifestType,
  layerCompression,
  mediaType,
} from './media_types.ts';
import type { Descriptor } from './types.ts';

/** How layers can be written: other formats depend on the program that writes them. */
export type LayerPacking = 'gzip' | 'none';

/**
 * Repacks the layers below a descriptor that are packed in another way, and stores what comes out
 * with OCI media types. Indexes are at most one deep, as those that were built here are.
 */
export async function recompressGraph(
  store: ContentStore,
  root: Descriptor,
  packing: LayerPacking,
): Promise<Descriptor> {
  const source = storeSource(store);
  const put = async (bytes: Uint8Array): Promise<Descriptor> => ({
    ...root,
    digest: await store.put(bytes),
    size: bytes.length,
  });
  if (isIndexType(root.mediaType)) {
    const index = await readIndex(source, root);
    const manifests: Descriptor[] = [];
    for (const entry of index.manifests) {
      const isImage = isManifestType(entry.mediaType);
      manifests.push(isImage ? await recompressGraph(store, entry, packing) : entry);
    }
    return put(encodeDocument({ ...index, manifests }));
  }
  const { manifest, config } = await readImageDocuments(source, root);
  const layers: Descriptor[] = [];
  for (const [i, layer] of manifest.layers.entries()) {
    const diffId = config.rootfs.diff_ids[i];
    const isRight = layerCompression(layer.mediaType) === packing || isForeignLayer(layer);
    layers.push(isRight || !diffId ? layer : await repacked(store, layer, diffId, packing));
  }
  return put(encodeDocument({ ...manifest, layers }));
}

async function repacked(
  store: ContentStore,
  layer: Descriptor,
  diffId: Digest,
  packing: LayerPacking,
): Promise<Descriptor> {
  const packed = await storeSource(store).read(layer);
  let tar: Uint8Array;
  try {
    tar = await decompress(packed, layerCompression(layer.mediaType) ?? 'none');
  } catch (error) {
    throw corruptLayer(layer.digest, error instanceof Error ? error.message : String(error), error);
  }
  if (packing === 'gzip') return packedLayer(store, tar, diffId);
  return { mediaType: mediaType.layer, digest: await store.put(tar, diffId), size: tar.length };
}
