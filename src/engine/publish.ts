/** Containers to images: publishing, archives, and back. */

import type { MediaTypeFamily } from '../image/convert.ts';
import { formatPlatform, formatPlatformFully, normalizePlatform } from '../image/platform.ts';
import type { LayerPacking } from '../image/recompress.ts';
import type { Descriptor, Image } from '../image/types.ts';
import { memoryContent } from '../rootfs/content.ts';
import type { FileNode } from '../rootfs/node.ts';
import { imageState } from './container.ts';
import { type Call, type Definition, define, lazyFile } from './definition.ts';
import { EngineError } from './error.ts';
import type { Services } from './services.ts';
import { type ContainerState, deriveKey, emptyTree } from './state.ts';

/** Platform variants in one image at most. */
export const variantsMax: number = 256;

/** The containers that go into an image: those with a root file system, each platform once. */
export function variantsOf(
  main: ContainerState,
  variants: readonly ContainerState[],
): ContainerState[] {
  const filled = [main, ...variants].filter((state) => state.rootfs.key !== emptyTree.key);
  if (filled.length === 0) {
    throw new EngineError('ARGUMENT_INVALID', 'no containers to export', {
      remedy: 'give the container a root file system, or pass platformVariants',
    });
  }
  if (filled.length > variantsMax) {
    throw new EngineError('LIMIT_EXCEEDED', `${filled.length} variants in one image`, {
      remedy: `at most ${variantsMax} (limit variantsMax)`,
    });
  }
  const seen = new Set<string>();
  for (const { platform } of filled) {
    // Windows images of several versions of the system are several platforms.
    const name = formatPlatformFully(normalizePlatform(platform));
    if (seen.has(name)) {
      throw new EngineError('VARIANTS_DUPLICATE', `duplicate platform "${name}"`, {
        remedy: `publish one container a platform; given: ${filled
          .map((state) => formatPlatformFully(state.platform))
          .join(', ')}`,
      });
    }
    seen.add(name);
  }
  return filled;
}

/** How an image is written, as the API calls it. */
export interface ImageForm {
  /** `OCI` (default) or `DOCKER`, also by their older names. */
  readonly mediaTypes?: string;
  /** `GZIP` or `UNCOMPRESSED` for all layers; default: new ones with gzip, others as they are. */
  readonly forcedCompression?: string;
}

/** Checks what an image is to be like. ARGUMENT_INVALID. */
function formOf({ mediaTypes = 'OCI', forcedCompression }: ImageForm): {
  family: MediaTypeFamily;
  packing: LayerPacking | undefined;
} {
  const family = mediaTypeFamilies.get(mediaTypes.toLowerCase().replace(/mediatypes$/, ''));
  const packing = forcedCompression && packings.get(forcedCompression.toLowerCase());
  if (family && (packing || !forcedCompression)) {
    return { family, packing: packing || undefined };
  }
  const wrong = family ? `layers cannot be written as ${forcedCompression}` : mediaTypes;
  throw new EngineError('ARGUMENT_INVALID', `an image cannot be written so: ${wrong}`, {
    remedy: 'media types are OCI or DOCKER; layers GZIP or UNCOMPRESSED, and read as zstd too',
  });
}

const mediaTypeFamilies: ReadonlyMap<string, MediaTypeFamily> = new Map<string, MediaTypeFamily>([
  ['oci', 'oci'],
  ['docker', 'docker'],
]);
const packings: ReadonlyMap<string, LayerPacking> = new Map<string, LayerPacking>([
  ['gzip', 'gzip'],
  ['uncompressed', 'none'],
]);

/** Builds an image of every variant, and an index where there are several. */
export async function buildImage(
  services: Services,
  states: readonly ContainerState[],
  form: ImageForm = {},
  signal?: AbortSignal,
): Promise<Descriptor> {
  const { family, packing } = formOf(form);
  const { images } = services;
  const built = await buildVariants(services, states, signal);
  const packed = packing ? await images.recompress(built, packing) : built;
  return family === 'docker' ? images.convert(packed, family) : packed;
}

async function buildVariants(
  services: Services,
  states: readonly ContainerState[],
  signal?: AbortSignal,
): Promise<Descriptor> {
  const built: Image[] = [];
  // All trees at once, so that their execs overlap; the images in order, so that runs agree.
  const roots = await Promise.all(states.map((state) => state.rootfs.root(signal)));
  for (const [i, state] of states.entries()) {
    built.push(
      await services.images.build({
        ...(state.rootfs.base ? { base: state.rootfs.base } : {}),
        rootfs: roots[i]!,
        config: state.config,
        platform: state.platform,
        annotations: state.annotations,
      }),
    );
  }
  const [only] = built;
  return built.length === 1 && only ? only.descriptor : services.images.index(built);
}

/** Publishes containers under a reference; gives the reference with the digest. */
export async function publish(
  services: Services,
  main: ContainerState,
  variants: readonly ContainerState[],
  address: string,
  form: ImageForm = {},
  signal?: AbortSignal,
): Promise<string> {
  const states = variantsOf(main, variants);
  const platforms = states.map((state) => formatPlatform(state.platform)).join(', ');
  return services.progress.during(`publish ${address} (${platforms})`, async () => {
    const image = await buildImage(services, states, form, signal);
    const reference = await services.images.publish(address, image);
    const names = states.map((state) => formatPlatform(state.platform));
    services.stubs.record({ kind: 'publish', address, platforms: names, reference });
    return reference;
  });
}

/** An OCI archive of containers. */
export async function archiveOf(
  services: Services,
  main: ContainerState,
  variants: readonly ContainerState[],
  form: ImageForm = {},
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const states = variantsOf(main, variants);
  return services.progress.during('archive', async () =>
    services.images.exportArchive(await buildImage(services, states, form, signal)),
  );
}

async function asTarball(call: Call) {
  const self = await call.self('Container');
  const variants = await call.objects('platformVariants', 'Container');
  const states = [self, ...variants].map((state) => [
    state.rootfs.key,
    state.config,
    formatPlatform(state.platform),
    state.annotations,
  ]);
  const form: ImageForm = {
    mediaTypes: call.text('mediaTypes', 'OCI'),
    ...(call.has('forcedCompression') ? { forcedCompression: call.text('forcedCompression') } : {}),
  };
  const key = deriveKey('archive', states, form);
  const { services } = call;
  const node = lazyFile(call, key, async (signal): Promise<FileNode> => {
    const content = memoryContent(await archiveOf(services, self, variants, form, signal));
    return { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtime: services.mtime, content };
  });
  return { name: 'container.tar', key, node };
}

/** The image of an archive for the container's platform, as `from` does with a reference. */
async function importArchive(call: Call): Promise<ContainerState> {
  const self = await call.self('Container');
  const source = await call.object('source', 'File');
  const { content } = await source.node(call.signal);
  const { images } = call.services;
  const found = await images.importArchive(await content.load());
  const tag = call.text('tag', '');
  const first = tag === '' ? found[0] : found.find(({ reference }) => reference.tag === tag);
  if (!first) {
    const tags = found.map(({ reference }) => reference.tag ?? 'none').join(', ');
    const message = tag === '' ? 'has no images' : `has no tag "${tag}", but ${tags}`;
    throw new EngineError('IMAGE_INVALID', `${source.name} ${message}`, {
      remedy: 'give an OCI layout or docker archive with at least one image',
    });
  }
  return imageState(call, self, await images.select(first, self.platform));
}

export const archiveOperations: readonly Definition[] = [
  define('File', 'Container.asTarball', asTarball),
  define('Container', 'Container.import', importArchive),
];
