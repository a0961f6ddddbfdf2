/** One door to everything images: resolve, choose, unpack, build, publish, load and save. */

import { EngineError } from '../engine/error.ts';
import type { Platform } from '../machine/machine.ts';
import type { DirectoryNode } from '../rootfs/node.ts';
import type { ContentStore, Hasher } from '../store/store.ts';
import {
  archiveFiles,
  archivePieces,
  importLayout,
  type LayoutFiles,
  writeArchive,
} from './archive.ts';
import { storeSource } from './blobs.ts';
import { type BuildRequest, buildImage, buildIndex } from './build.ts';
import { convertGraph, type MediaTypeFamily } from './convert.ts';
import { copyGraph } from './copy.ts';
import { writeDockerArchive } from './docker_archive.ts';
import { LayerFacts } from './layer_facts.ts';
import type { ImageLock } from './lock.ts';
import { formatPlatform } from './platform.ts';
import { type Pruned, type PruneOptions, pruneStore } from './prune.ts';
import { type LayerPacking, recompressGraph } from './recompress.ts';
import { formatReference, parseReference, type Reference } from './reference.ts';
import { imageName, type Resolved, Resolver, type ResolverOptions } from './resolve.ts';
import { listVariants, readImage, selectImage } from './select.ts';
import type { BlobSource, Descriptor, Image } from './types.ts';
import { Unpacker } from './unpack.ts';
import { validate } from './validate.ts';

export interface ImagesOptions extends ResolverOptions {
  /** Seconds since the epoch written into images; SOURCE_DATE_EPOCH. Default 0. */
  readonly created?: number;
  /** Whether new files are no younger than `created`; see BuildRequest. Default false. */
  readonly rewriteTimestamps?: boolean;
  /** Most bytes one layer may unpack to; default `decompressedBytesMax`. */
  readonly layerUnpackedBytesMax?: number;
}

/** An image of the store. */
export interface ListedImage {
  readonly reference: string;
  readonly descriptor: Descriptor;
  /** Sorted as in the index. */
  readonly platforms: readonly string[];
}

/** Everything an engine does with images; see README.md of this folder. */
export class Images {
  readonly store: ContentStore;
  readonly hasher: Hasher;
  readonly #options: ImagesOptions;
  readonly #resolver: Resolver;
  readonly #unpacker: Unpacker;

  constructor(options: ImagesOptions) {
    this.store = options.store;
    this.hasher = options.hasher;
    this.#options = options;
    this.#resolver = new Resolver(options);
    this.#unpacker = new Unpacker(options.hasher, options.layerUnpackedBytesMax, options.store);
  }

  /** What tags meant so far, for a lock file (`formatLock`). */
  get pins(): ImageLock {
    return this.#resolver.pins;
  }

  /** What a reference names now. Rejects as `Resolver.resolve`. */
  resolve(reference: string): Promise<Resolved> {
    return this.#resolver.resolve(reference);
  }

  /**
   * The image of a platform; a resolved reference is remembered in the store from now on. When the
   * recipe of a name fails, a registry that may be asked is asked.
   *
   * @param mayAdopt whether a single image is taken whatever its platform is
   * @throws EngineError PLATFORM_NOT_IN_IMAGE, IMAGE_INVALID, RECIPE_FAILED, REGISTRY_…
   */
  async select(resolved: Resolved, platform: Platform, mayAdopt = false): Promise<Image> {
    try {
      return await this.#selectFrom(resolved, platform, mayAdopt);
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'RECIPE_FAILED') throw error;
      const other = await this.#resolver.atRegistry(resolved.reference).catch(() => undefined);
      if (!other) throw error;
      return this.#selectFrom(other, platform, mayAdopt);
    }
  }

  async #selectFrom(resolved: Resolved, platform: Platform, mayAdopt: boolean): Promise<Image> {
    const { source, descriptor, reference, origin } = resolved;
    const name = formatReference(reference);
    const image = await selectImage(source, descriptor, platform, name, mayAdopt);
    await this.store.put(await source.read(descriptor), descriptor.digest);
    // Only what is far is remembered: an override holds as long as it is configured, a recipe is
    // pinned by its lock, and near registries are asked each time.
    if (origin === 'registry' && !this.#resolver.isNear(reference)) {
      await this.tag(reference, descriptor);
    }
    return image;
  }

  /** The root file system, the same object while it is held. LAYER_CORRUPT, DIGEST_MISMATCH. */
  rootfs(image: Image): Promise<DirectoryNode> {
    return this.#unpacker.rootfs(image);
  }

  /** The image with a manifest that is in the store. */
  read(descriptor: Descriptor): Promise<Image> {
    return readImage(storeSource(this.store), descriptor);
  }

  /** Builds an image; what differs from the base's tree becomes one layer. */
  async build(request: Omit<BuildRequest, 'baseRootfs' | 'created'>): Promise<Image> {
    const { base } = request;
    return buildImage(this.store, this.hasher, {
      ...request,
      ...(base ? { baseRootfs: await this.rootfs(base) } : {}),
      created: this.#options.created ?? 0,
      rewriteTimestamps: request.rewriteTimestamps ?? this.#options.rewriteTimestamps ?? false,
    });
  }

  /** Makes an index of variants in the store. VARIANTS_DUPLICATE. */
  async index(
    images: readonly Image[],
    annotations?: Readonly<Record<string, string>>,
  ): Promise<Descriptor> {
    for (const image of images) await this.#complete(image.source, image.descriptor);
    return buildIndex(this.store, images, annotations);
  }

  /** Copies what is not in the store yet, and gives back the store as a source. */
  #complete(source: BlobSource, root: Descriptor): Promise<BlobSource> {
    return copyGraph(this.store, source, root);
  }

  /** Gives a descriptor a name in the store. */
  async tag(reference: Reference, descriptor: Descriptor): Promise<void> {
    const { mediaType, digest, size } = descriptor;
    await this.store.setName(imageName(reference), JSON.stringify({ mediaType, digest, size }));
  }

  /**
   * Checks an image or index and uploads it. The name is not remembered in the store: whoever uses
   * it asks the registry what it means by then.
   *
   * @param source where its blobs are; default: the store
   * @param mediaTypes rewrites the documents into this family first; default: as they are
   * @returns the reference with the digest: `127.0.0.1:5000/a:1@sha256:…`
   * @throws EngineError REFERENCE_INVALID, REGISTRY_UNREACHABLE, REGISTRY_REFUSED
   */
  async publish(
    address: string,
    descriptor: Descriptor,
    source: BlobSource = storeSource(this.store),
    mediaTypes?: MediaTypeFamily,
  ): Promise<string> {
    const { digest: _, tag = 'latest', ...repository } = parseReference(address);
    const { registry } = this.#options;
    if (!registry) {
      throw new EngineError('REGISTRY_UNREACHABLE', `${address}: registries are not enabled`, {
        remedy: 'give the engine a registry client, or export an archive instead',
      });
    }
    const complete = await this.#complete(source, descriptor);
    const root = mediaTypes ? await this.convert(descriptor, mediaTypes) : descriptor;
    await validate(complete, this.hasher, root, new LayerFacts(this.store));
    await registry.push({ ...repository, tag }, root, complete);
    return `${address.replace(/@.*$/, '')}@${root.digest}`;
  }

  /** The image or index of the store with OCI or Docker media types. IMAGE_INVALID. */
  convert(descriptor: Descriptor, family: MediaTypeFamily): Promise<Descriptor> {
    return convertGraph(this.store, storeSource(this.store), descriptor, family);
  }

  /** The image or index of the store with its layers packed alike; media types become OCI's. */
  recompress(descriptor: Descriptor, packing: LayerPacking): Promise<Descriptor> {
    return recompressGraph(this.store, descriptor, packing);
  }

  /**
   * Copies an image into another store under a name; into a `DirectoryStore`, that makes an OCI
   * layout directory.
   */
  async exportTo(store: ContentStore, descriptor: Descriptor, reference: string): Promise<void> {
    await copyGraph(store, storeSource(this.store), descriptor);
    const { mediaType, digest, size } = descriptor;
    const name = imageName(parseReference(reference));
    await store.setName(name, JSON.stringify({ mediaType, digest, size }));
  }

  /** One image as `docker save` writes it. ARGUMENT_INVALID for an index. */
  exportDocker(descriptor: Descriptor, ...references: string[]): Promise<Uint8Array> {
    const names = references.map((one) => formatReference(parseReference(one)));
    return writeDockerArchive(storeSource(this.store), descriptor, names);
  }

  /** An OCI layout as a tar archive, the same bytes each time. */
  exportArchive(
    descriptor: Descriptor,
    reference?: string,
    source: BlobSource = storeSource(this.store),
  ): Promise<Uint8Array> {
    return writeArchive(source, this.hasher, descriptor, archiveName(reference));
  }

  /** The same in pieces: large layers are never in memory as a whole. */
  streamArchive(
    descriptor: Descriptor,
    reference?: string,
    source: BlobSource = storeSource(this.store),
  ): AsyncIterable<Uint8Array> {
    return archivePieces(source, this.hasher, descriptor, archiveName(reference));
  }

  /** Takes in an OCI or `docker save` archive. IMAGE_INVALID, DIGEST_MISMATCH. */
  async importArchive(bytes: Uint8Array, reference?: string): Promise<Resolved[]> {
    return this.importFiles(await archiveFiles(bytes), reference);
  }

  /**
   * Takes in a layout.
   *
   * @param reference name for its image where that has none, or another one
   */
  async importFiles(files: LayoutFiles, reference?: string): Promise<Resolved[]> {
    const resolved: Resolved[] = [];
    const imported = await importLayout(this.store, this.hasher, files);
    for (const { descriptor, name } of imported) {
      const given = imported.length === 1 ? reference : undefined;
      const named = parseReference(given ?? nameOrPin(name, descriptor));
      await this.tag(named, descriptor);
      const source = storeSource(this.store);
      resolved.push({ reference: named, descriptor, origin: 'store', source });
    }
    return resolved;
  }

  /** Brings everything a reference needs into the store, under its name. */
  async pull(reference: string): Promise<Resolved> {
    const resolved = await this.resolve(reference);
    const source = await this.#complete(resolved.source, resolved.descriptor);
    await this.tag(resolved.reference, resolved.descriptor);
    return { ...resolved, source };
  }

  /** Makes every platform of a recipe anew and names it in the store. RECIPE_FAILED. */
  async make(reference: string): Promise<Resolved> {
    const resolved = this.#resolver.atRecipe(parseReference(reference));
    if (!resolved) {
      throw new EngineError('IMAGE_NOT_FOUND', `there is no recipe for ${reference}`, {
        remedy: 'pull it from a registry or load it from a file',
      });
    }
    const source = await this.#complete(resolved.source, resolved.descriptor);
    await this.tag(resolved.reference, resolved.descriptor);
    return { ...resolved, source };
  }

  /** Takes a name out of the store; what it led to goes when the store is pruned. */
  async remove(reference: string): Promise<void> {
    const name = imageName(parseReference(reference));
    if ((await this.store.getName(name)) === undefined) {
      throw new EngineError('IMAGE_NOT_FOUND', `${reference} is not in the local store`, {
        remedy: '`stiletto images ls` lists what is there',
      });
    }
    await this.store.deleteName(name);
  }

  /** Removes what no name needs any more, see prune.ts. Images of recipes stay. */
  prune(options: PruneOptions = {}): Promise<Pruned> {
    const recipes = (this.#options.recipes ?? []).map(({ digest }) => digest);
    return pruneStore(this.store, { ...options, keep: [...recipes, ...(options.keep ?? [])] });
  }

  /** The images of the store, by name. */
  async list(): Promise<ListedImage[]> {
    const listed: ListedImage[] = [];
    for (const name of await this.store.listNames('image/')) {
      const value = await this.store.getName(name);
      if (value === undefined) continue;
      const descriptor = JSON.parse(value) as Descriptor;
      const variants = await listVariants(storeSource(this.store), descriptor);
      const platforms = variants.map(({ platform }) => formatPlatform(platform));
      listed.push({ reference: name.slice('image/'.length), descriptor, platforms });
    }
    return listed;
  }
}

function archiveName(reference?: string): { full: string; tag: string } | undefined {
  if (reference === undefined) return undefined;
  const named = parseReference(reference);
  return { full: formatReference(named), tag: named.tag ?? 'latest' };
}

/** Layouts may name entries by tags that are no references; such images go by their digest. */
function nameOrPin(name: string | undefined, { digest }: Descriptor): string {
  if (name !== undefined && /[/:]/.test(name)) return name;
  return `localhost/${name === undefined ? 'image' : `image:${name}`}@${digest}`;
}
