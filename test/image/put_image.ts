/** Images out of parts that need not fit together. */

import { encodeDocument } from '../../src/image/documents.ts';
import { mediaType } from '../../src/image/media_types.ts';
import type { Descriptor, ImageConfig } from '../../src/image/types.ts';
import type { ContentStore, Digest } from '../../src/store/store.ts';

/** Puts a configuration and a manifest of layers into a store. */
export async function putImage(
  store: ContentStore,
  layers: readonly Descriptor[],
  diffIds: readonly Digest[],
  more: Partial<ImageConfig> = {},
): Promise<Descriptor> {
  const put = async (bytes: Uint8Array, type: string): Promise<Descriptor> => ({
    mediaType: type,
    digest: await store.put(bytes),
    size: bytes.length,
  });
  const config = encodeDocument({
    os: 'linux',
    architecture: 'amd64',
    ...more,
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  const manifest = encodeDocument({
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: await put(config, mediaType.config),
    layers,
  });
  return put(manifest, mediaType.manifest);
}
