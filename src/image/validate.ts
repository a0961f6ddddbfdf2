/** Strict checks of whole images: one line in a test, and what `publish` does to its own output. */

import { decompress } from '../archive/decompress.ts';
import { readTar } from '../archive/tar_read.ts';
import { digestOf, verifyDigest } from '../store/hash.ts';
import type { Hasher } from '../store/store.ts';
import { invalidImage, parseIndex, parseManifest, readImageDocuments } from './documents.ts';
import { corruptLayer } from './layer.ts';
import { isIndexType, isManifestType, layerCompression } from './media_types.ts';
import { formatPlatformFully, normalizePlatform, platformOf } from './platform.ts';
import type { BlobSource, Descriptor, ImageConfig, Manifest } from './types.ts';

/** Reads a blob and checks length and digest, whatever the source has checked. */
async function readVerified(
  source: BlobSource,
  hasher: Hasher,
  descriptor: Descriptor,
): Promise<Uint8Array> {
  const bytes = await source.read(descriptor);
  if (bytes.length !== descriptor.size) {
    throw invalidImage(
      descriptor.digest,
      `${bytes.length} bytes, its descriptor says ${descriptor.size}`,
    );
  }
  await verifyDigest(hasher, bytes, descriptor.digest, `the blob`);
  return bytes;
}

/**
 * Checks an image completely: documents, media types, lengths, digests, and that every layer
 * unpacks to its diff_id and is a readable archive.
 *
 * @throws EngineError IMAGE_INVALID, DIGEST_MISMATCH, LAYER_CORRUPT
 */
export async function validateImage(
  source: BlobSource,
  hasher: Hasher,
  descriptor: Descriptor,
): Promise<void> {
  const what = `manifest ${descriptor.digest}`;
  const own = parseManifest(await readVerified(source, hasher, descriptor), what);
  if (own.mediaType !== undefined && own.mediaType !== descriptor.mediaType) {
    throw invalidImage(what, `its mediaType is ${own.mediaType}, not ${descriptor.mediaType}`);
  }
  await readVerified(source, hasher, own.config);
  const { manifest, config } = await readImageDocuments(source, descriptor);
  checkHistory(what, manifest, config);
  checkPlatform(what, descriptor, config);
  for (const [i, layer] of manifest.layers.entries()) {
    const bytes = await readVerified(source, hasher, layer);
    const expected = config.rootfs.diff_ids[i];
    let tar: Uint8Array;
    try {
      tar = await decompress(bytes, layerCompression(layer.mediaType) ?? 'none');
      for (const _ of readTar(tar));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw corruptLayer(layer.digest, why, error);
    }
    const actual = await digestOf(hasher, tar);
    if (actual !== expected) {
      throw corruptLayer(layer.digest, `it unpacks to ${actual}, not to ${String(expected)}`);
    }
  }
}

function checkHistory(what: string, manifest: Manifest, config: ImageConfig): void {
  if (!config.history || config.history.length === 0) return;
  const steps = config.history.filter((step) => !step.empty_layer).length;
  if (steps === manifest.layers.length) return;
  throw invalidImage(what, `${manifest.layers.length} layers, but a history of ${steps}`);
}

function checkPlatform(what: string, descriptor: Descriptor, config: ImageConfig): void {
  if (!descriptor.platform) return;
  const declared = formatPlatformFully(normalizePlatform(platformOf(descriptor.platform)));
  const actual = formatPlatformFully(normalizePlatform(platformOf(config)));
  if (declared === actual) return;
  throw invalidImage(what, `the index says ${declared}, its configuration ${actual}`);
}

/** Checks an index and every image in it; platforms are present and occur once. */
export async function validateIndex(
  source: BlobSource,
  hasher: Hasher,
  descriptor: Descriptor,
): Promise<void> {
  const what = `index ${descriptor.digest}`;
  const index = parseIndex(await readVerified(source, hasher, descriptor), what);
  if (index.mediaType !== undefined && index.mediaType !== descriptor.mediaType) {
    throw invalidImage(what, `its mediaType is ${index.mediaType}, not ${descriptor.mediaType}`);
  }
  const seen = new Set<string>();
  for (const entry of index.manifests) {
    if (isIndexType(entry.mediaType)) {
      await validateIndex(source, hasher, entry);
      continue;
    }
    if (!isManifestType(entry.mediaType)) continue;
    if (!entry.platform) throw invalidImage(what, `${entry.digest} has no platform`);
    const platform = formatPlatformFully(normalizePlatform(platformOf(entry.platform)));
    if (seen.has(platform)) throw invalidImage(what, `it has ${platform} twice`);
    seen.add(platform);
    await validateImage(source, hasher, entry);
  }
}

/** Checks whatever a descriptor is of. */
export function validate(
  source: BlobSource,
  hasher: Hasher,
  descriptor: Descriptor,
): Promise<void> {
  return isIndexType(descriptor.mediaType)
    ? validateIndex(source, hasher, descriptor)
    : validateImage(source, hasher, descriptor);
}
