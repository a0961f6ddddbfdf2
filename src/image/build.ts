/** New images from file trees: the same bytes for the same inputs. */

import { gzipBytes } from '../archive/decompress.ts';
import { EngineError } from '../engine/error.ts';
import type { Platform } from '../machine/machine.ts';
import { diffTrees } from '../rootfs/diff.ts';
import { emptyDirectory } from '../rootfs/editor.ts';
import type { DirectoryNode } from '../rootfs/node.ts';
import { digestOf, isDigest } from '../store/hash.ts';
import type { ContentStore, Digest, Hasher } from '../store/store.ts';
import { storeSource } from './blobs.ts';
import { mediaTypeIn } from './convert.ts';
import { copyBlob } from './copy.ts';
import { encodeDocument } from './documents.ts';
import { type LayerOptions, writeLayer } from './layer.ts';
import { LayerFacts, packedPrefix } from './layer_facts.ts';
import { isForeignLayer, mediaType } from './media_types.ts';
import {
  formatPlatformFully,
  normalizePlatform,
  platformDefault,
  platformDocument,
} from './platform.ts';
import { readImage } from './select.ts';
import type {
  ContainerConfig,
  Descriptor,
  History,
  Image,
  ImageConfig,
  Index,
  Manifest,
} from './types.ts';

export interface BuildRequest {
  /** Image whose layers are kept, with their digests. */
  readonly base?: Image;
  /** The tree of `base`, the very object its unpacking gave. */
  readonly baseRootfs?: DirectoryNode;
  /** The whole new tree. */
  readonly rootfs: DirectoryNode;
  /** How to run it; replaces what the base says. */
  readonly config?: ContainerConfig;
  /** Default: the base's, else linux/amd64. */
  readonly platform?: Platform;
  /** For the history: what made the new layer. */
  readonly createdBy?: string;
  /** Seconds since the epoch, as SOURCE_DATE_EPOCH; default 0. */
  readonly created?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether files of the new layer are no younger than `created`, as BuildKit's option has it. */
  readonly rewriteTimestamps?: boolean;
}

/** Seconds since the epoch as RFC 3339. */
export function formatCreated(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

async function putDocument(
  store: ContentStore,
  type: string,
  document: Manifest | Index | ImageConfig,
): Promise<Descriptor> {
  const bytes = encodeDocument(document);
  return { mediaType: type, digest: await store.put(bytes), size: bytes.length };
}

interface NewLayer {
  readonly descriptor: Descriptor;
  readonly diffId: ImageConfig['rootfs']['diff_ids'][number];
}

async function newLayer(
  store: ContentStore,
  hasher: Hasher,
  before: DirectoryNode,
  after: DirectoryNode,
  layer: LayerOptions,
): Promise<NewLayer | undefined> {
  const changes = diffTrees(before, after);
  if (changes.length === 0) return undefined;
  const tar = await writeLayer(after, changes, layer);
  const diffId = await digestOf(hasher, tar);
  return { descriptor: await packedLayer(store, tar, diffId), diffId };
}

/** The layer compressed, which takes longest of all here; done before, it is in the store. */
export async function packedLayer(
  store: ContentStore,
  tar: Uint8Array,
  diffId: Digest,
): Promise<Descriptor> {
  const name = packedPrefix + diffId;
  const [digest, size] = (await store.getName(name))?.split(' ') ?? [];
  if (digest && isDigest(digest) && (await store.has(digest))) {
    return { mediaType: mediaType.layerGzip, digest, size: Number(size) };
  }
  const packed = gzipBytes(tar);
  const made = await store.put(packed);
  await store.setName(name, `${made} ${packed.length}`);
  const descriptor = { mediaType: mediaType.layerGzip, digest: made, size: packed.length };
  await new LayerFacts(store).learn(descriptor, diffId);
  return descriptor;
}

/**
 * Builds an image and puts all its new blobs into the store. What differs from the base becomes one
 * layer; nothing differs: no layer.
 */
export async function buildImage(
  store: ContentStore,
  hasher: Hasher,
  request: BuildRequest,
): Promise<Image> {
  const { base, rootfs } = request;
  if (base && !request.baseRootfs) throw new Error('a base without its tree cannot be compared');
  const below = request.baseRootfs ?? emptyDirectory;
  const platform = normalizePlatform(request.platform ?? base?.platform ?? platformDefault);
  const seconds = request.created ?? 0;
  const created = formatCreated(seconds);
  const layer = await newLayer(store, hasher, below, rootfs, {
    isWindows: platform.os === 'windows',
    ...(request.rewriteTimestamps ? { mtimeMax: BigInt(seconds) * 1_000_000_000n } : {}),
  });
  const step: History = {
    created,
    created_by: request.createdBy ?? 'stiletto',
    ...(layer ? {} : { empty_layer: true }),
  };
  const { architecture, os, ...rest } = platformDocument(platform);
  const { author } = base?.config ?? {};
  const config: ImageConfig = {
    created,
    ...(author === undefined ? {} : { author }),
    architecture,
    os,
    ...rest,
    ...(base?.config['os.features'] ? { 'os.features': base.config['os.features'] } : {}),
    config: request.config ?? base?.config.config ?? {},
    rootfs: {
      type: 'layers',
      diff_ids: [...(base?.config.rootfs.diff_ids ?? []), ...(layer ? [layer.diffId] : [])],
    },
    history: [...(base?.config.history ?? []), step],
  };
  const kept = (base?.manifest.layers ?? []).map((item) => ({
    ...item,
    mediaType: mediaTypeIn('oci', item.mediaType),
  }));
  for (const item of kept) await keepLayer(store, base, item);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: await putDocument(store, mediaType.config, config),
    layers: [...kept, ...(layer ? [layer.descriptor] : [])],
    ...(request.annotations ? { annotations: request.annotations } : {}),
  };
  const descriptor = await putDocument(store, mediaType.manifest, manifest);
  return readImage(storeSource(store), descriptor);
}

/** A base from elsewhere: its layers are needed here now. */
async function keepLayer(
  store: ContentStore,
  base: Image | undefined,
  layer: Descriptor,
): Promise<void> {
  if (!base) return;
  try {
    await copyBlob(store, base.source, layer);
  } catch (error) {
    // Registries need not hold foreign layers, so neither need we.
    const isAbsent = error instanceof EngineError && error.code === 'IMAGE_NOT_FOUND';
    if (!isAbsent || !isForeignLayer(layer)) throw error;
  }
}

/** The descriptor an index has for an image. */
export function variantDescriptor(image: Image): Descriptor {
  const { mediaType: type, digest, size } = image.descriptor;
  const features = image.config['os.features'];
  const platform = {
    ...platformDocument(image.platform),
    ...(features ? { 'os.features': features } : {}),
  };
  return { mediaType: type, digest, size, platform };
}

/**
 * Makes an index of variants and stores it, in the order given.
 *
 * @throws EngineError VARIANTS_DUPLICATE where two are for the same platform
 */
export async function buildIndex(
  store: ContentStore,
  images: readonly Image[],
  annotations?: Readonly<Record<string, string>>,
): Promise<Descriptor> {
  const seen = new Set<string>();
  for (const image of images) {
    const platform = formatPlatformFully(image.platform);
    if (seen.has(platform)) {
      throw new EngineError('VARIANTS_DUPLICATE', `duplicate platform "${platform}"`, {
        remedy: `give one variant for each platform; given: ${images
          .map((one) => formatPlatformFully(one.platform))
          .join(', ')}`,
      });
    }
    seen.add(platform);
  }
  const index: Index = {
    schemaVersion: 2,
    mediaType: mediaType.index,
    manifests: images.map(variantDescriptor),
    ...(annotations ? { annotations } : {}),
  };
  return putDocument(store, mediaType.index, index);
}
