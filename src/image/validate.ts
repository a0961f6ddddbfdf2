/** Strict checks of whole images: one line in a test, and what `publish` does to its own output. */

import { decompress, decompressPieces, type Gunzipper } from '../archive/decompress.ts';
import { readTar } from '../archive/tar_read.ts';
import { TarScanner } from '../archive/tar_scan.ts';
import { EngineError } from '../engine/error.ts';
import { digestOf, hashPieces, verifiedPieces, verifyDigest } from '../store/hash.ts';
import type { Digest, Hasher } from '../store/store.ts';
import { inParallel } from './copy.ts';
import { invalidImage, parseIndex, parseManifest, readImageDocuments } from './documents.ts';
import { corruptLayer } from './layer.ts';
import type { LayerFacts } from './layer_facts.ts';
import { indexDepthMax, parallelBlobsMax, streamedBytesMin } from './limits.ts';
import { isForeignLayer, isIndexType, isManifestType, layerCompression } from './media_types.ts';
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
 * @param facts what was found out about layers before; they are not read again
 * @throws EngineError IMAGE_INVALID, DIGEST_MISMATCH, LAYER_CORRUPT
 */
export async function validateImage(
  source: BlobSource,
  hasher: Hasher,
  descriptor: Descriptor,
  facts?: LayerFacts,
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
  const layers = manifest.layers.map((layer, i) => ({ layer, expected: diffIdOf(config, i) }));
  await inParallel(layers, parallelBlobsMax, async ({ layer, expected }) => {
    const known = await facts?.diffId(layer);
    const isStreamed = layer.size >= streamedBytesMin && source.stream !== undefined;
    const check = isStreamed ? unpackedDigestInPieces : unpackedDigest;
    const actual = known ?? (await check(source, hasher, layer));
    if (actual === undefined) return;
    if (actual !== expected) {
      throw corruptLayer(layer.digest, `it unpacks to ${actual}, not to ${expected}`);
    }
    if (!known) await facts?.learn(layer, actual);
  });
}

function diffIdOf(config: ImageConfig, layer: number): Digest {
  const diffId = config.rootfs.diff_ids[layer];
  if (!diffId) throw new Error('documents with different numbers of layers got this far');
  return diffId;
}

/** The digest of a layer’s archive, which is looked through; undefined for one elsewhere. */
async function unpackedDigest(
  source: BlobSource,
  hasher: Hasher,
  layer: Descriptor,
): Promise<Digest | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readVerified(source, hasher, layer);
  } catch (error) {
    const isAbsent = error instanceof EngineError && error.code === 'IMAGE_NOT_FOUND';
    if (isAbsent && isForeignLayer(layer)) return undefined;
    throw error;
  }
  let tar: Uint8Array;
  try {
    tar = await decompress(bytes, layerCompression(layer.mediaType) ?? 'none');
    for (const _ of readTar(tar));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw corruptLayer(layer.digest, why, error);
  }
  return digestOf(hasher, tar);
}

/** The same for a large layer, which is never in memory as a whole. */
async function unpackedDigestInPieces(
  source: BlobSource,
  hasher: Hasher,
  layer: Descriptor,
): Promise<Digest | undefined> {
  try {
    return await scanLayer(source, hasher, layer, hasher.gunzip ?? 'runtime');
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const isAbsent = error.code === 'IMAGE_NOT_FOUND';
    if (isAbsent && isForeignLayer(layer)) return undefined;
    // Runtimes refuse what the library reads: several members, say. It has the last word.
    if (error.code === 'LAYER_CORRUPT') return scanLayer(source, hasher, layer, 'library');
    throw error;
  }
}

async function scanLayer(
  source: BlobSource,
  hasher: Hasher,
  layer: Descriptor,
  gunzipper: Gunzipper,
): Promise<Digest> {
  const compression = layerCompression(layer.mediaType) ?? 'none';
  const pieces = source.stream?.(layer) ?? [];
  const packed = verifiedPieces(hasher, pieces, layer.digest, 'the blob');
  const hash = await hashPieces(hasher);
  const scanner = new TarScanner();
  try {
    for await (const piece of decompressPieces(packed, compression, gunzipper)) {
      hash.add(piece);
      scanner.add(piece);
    }
    scanner.finish();
  } catch (error) {
    if (error instanceof EngineError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw corruptLayer(layer.digest, why, error);
  }
  return hash.finish();
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
  facts?: LayerFacts,
  depth = 0,
): Promise<void> {
  const what = `index ${descriptor.digest}`;
  const index = parseIndex(await readVerified(source, hasher, descriptor), what);
  if (index.mediaType !== undefined && index.mediaType !== descriptor.mediaType) {
    throw invalidImage(what, `its mediaType is ${index.mediaType}, not ${descriptor.mediaType}`);
  }
  const seen = new Set<string>();
  for (const entry of index.manifests) {
    if (isIndexType(entry.mediaType)) {
      if (depth >= indexDepthMax) throw invalidImage(what, 'nested deeper than indexDepthMax');
      await validateIndex(source, hasher, entry, facts, depth + 1);
      continue;
    }
    if (!isManifestType(entry.mediaType)) continue;
    if (!entry.platform) throw invalidImage(what, `${entry.digest} has no platform`);
    const platform = formatPlatformFully(normalizePlatform(platformOf(entry.platform)));
    if (seen.has(platform)) throw invalidImage(what, `it has ${platform} twice`);
    seen.add(platform);
    await validateImage(source, hasher, entry, facts);
  }
}

/** Checks whatever a descriptor is of. */
export function validate(
  source: BlobSource,
  hasher: Hasher,
  descriptor: Descriptor,
  facts?: LayerFacts,
): Promise<void> {
  return isIndexType(descriptor.mediaType)
    ? validateIndex(source, hasher, descriptor, facts)
    : validateImage(source, hasher, descriptor, facts);
}
