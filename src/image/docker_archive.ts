/** What `docker save` writes and `docker load` reads: manifest.json and unpacked layers. */

import { decompress } from '../archive/decompress.ts';
import { TarWriter } from '../archive/tar_write.ts';
import { EngineError } from '../engine/error.ts';
import { corruptLayer } from './layer.ts';
import { isIndexType, layerCompression } from './media_types.ts';
import { readImage } from './select.ts';
import type { BlobSource, Descriptor } from './types.ts';

/** Seconds since the epoch that entries have: none. */
const metadata = { uid: 0, gid: 0, mtime: 0n } as const;

/**
 * Writes one image as `docker save` does, the same bytes each time.
 *
 * @param names full references, for `RepoTags`
 * @throws EngineError ARGUMENT_INVALID for an index: the format has no platforms
 */
export async function writeDockerArchive(
  source: BlobSource,
  root: Descriptor,
  names: readonly string[],
): Promise<Uint8Array> {
  if (isIndexType(root.mediaType)) {
    throw new EngineError('ARGUMENT_INVALID', 'a Docker archive holds one platform, not several', {
      remedy: 'choose a platform, or write an OCI archive',
    });
  }
  const { manifest, config } = await readImage(source, root);
  const files = new Map<string, Uint8Array>();
  const configPath = `${manifest.config.digest.slice('sha256:'.length)}.json`;
  files.set(configPath, await source.read(manifest.config));
  const layers: string[] = [];
  for (const [i, layer] of manifest.layers.entries()) {
    const diffId = config.rootfs.diff_ids[i] ?? layer.digest;
    const path = `${diffId.slice('sha256:'.length)}.tar`;
    layers.push(path);
    if (files.has(path)) continue;
    const packed = await source.read(layer);
    try {
      files.set(path, await decompress(packed, layerCompression(layer.mediaType) ?? 'none'));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw corruptLayer(layer.digest, why, error);
    }
  }
  const entry = { Config: configPath, RepoTags: [...names], Layers: layers };
  files.set('manifest.json', new TextEncoder().encode(JSON.stringify([entry])));
  const writer = new TarWriter();
  for (const path of [...files.keys()].sort()) {
    writer.add({ path, type: 'file', mode: 0o644, ...metadata }, files.get(path));
  }
  return writer.finish();
}
