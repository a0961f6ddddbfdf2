/** From a manifest or an index to the image of one platform. */

import { EngineError } from '../engine/error.ts';
import type { Platform } from '../machine/machine.ts';
import { invalidImage, readImageDocuments, readIndex } from './documents.ts';
import { indexDepthMax, indexEntriesMax } from './limits.ts';
import { isIndexType, isManifestType } from './media_types.ts';
import { choosePlatform, formatPlatformFully, normalizePlatform, platformOf } from './platform.ts';
import type { BlobSource, Descriptor, Image } from './types.ts';

/** Reads one image; `descriptor` must be of a manifest. Rejects with IMAGE_INVALID. */
export async function readImage(source: BlobSource, descriptor: Descriptor): Promise<Image> {
  const { manifest, config } = await readImageDocuments(source, descriptor);
  const platform = normalizePlatform(platformOf(config));
  return { source, descriptor, manifest, config, platform };
}

/** An image of an index, or the only one. */
export interface Variant {
  readonly descriptor: Descriptor;
  /** Normalised. */
  readonly platform: Platform;
}

/** Entries that are no images of a platform: attestations and the like. */
const isUnknown = ({ os, architecture }: Platform): boolean =>
  os === 'unknown' || os === '' || architecture === 'unknown' || architecture === '';

/**
 * All images a descriptor leads to, nested indexes included, in order. Entries without a platform
 * get the one of their configuration.
 */
export async function listVariants(source: BlobSource, descriptor: Descriptor): Promise<Variant[]> {
  const variants: Variant[] = [];
  const visit = async (entry: Descriptor, depth: number): Promise<void> => {
    if (isIndexType(entry.mediaType)) {
      if (depth >= indexDepthMax) {
        throw invalidImage(`index ${entry.digest}`, `nested deeper than indexDepthMax`);
      }
      const index = await readIndex(source, entry);
      for (const child of index.manifests) await visit(child, depth + 1);
      return;
    }
    if (!isManifestType(entry.mediaType)) return;
    const declared = entry.platform
      ? platformOf(entry.platform)
      : (await readImage(source, entry)).platform;
    const platform = normalizePlatform(declared);
    if (isUnknown(platform)) return;
    variants.push({ descriptor: entry, platform });
    if (variants.length > indexEntriesMax) {
      throw invalidImage(`index ${descriptor.digest}`, 'more images than indexEntriesMax');
    }
  };
  await visit(descriptor, 0);
  return variants;
}

/**
 * The image for a platform.
 *
 * @param name what the user called it, for the error
 * @param mayAdopt whether a reference to a single image gives that one, whatever its platform
 * @throws EngineError PLATFORM_NOT_IN_IMAGE, which lists the platforms there are
 */
export async function selectImage(
  source: BlobSource,
  descriptor: Descriptor,
  platform: Platform,
  name: string,
  mayAdopt = false,
): Promise<Image> {
  if (mayAdopt && isManifestType(descriptor.mediaType)) return readImage(source, descriptor);
  const variants = await listVariants(source, descriptor);
  const chosen = choosePlatform(platform, variants, (variant) => variant.platform);
  if (chosen) return readImage(source, chosen.descriptor);
  const present = variants.map((variant) => formatPlatformFully(variant.platform));
  throw new EngineError(
    'PLATFORM_NOT_IN_IMAGE',
    `${name} has no image for ${formatPlatformFully(platform)}: no match for platform in ` +
      `manifest ${descriptor.digest}`,
    {
      remedy:
        present.length === 0
          ? 'it has no images of any platform'
          : `it has ${[...new Set(present)].join(', ')}`,
    },
  );
}
