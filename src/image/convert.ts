/** The same images with the other family's media types: OCI ↔ Docker schema 2. */

import { EngineError } from '../engine/error.ts';
import type { ContentStore } from '../store/store.ts';
import { encodeDocument, invalidImage, parseIndex, parseManifest } from './documents.ts';
import { indexDepthMax } from './limits.ts';
import { isIndexType, isManifestType, mediaType } from './media_types.ts';
import type { BlobSource, Descriptor, Index, Manifest } from './types.ts';

/** Whose names the documents and layers of an image have. */
export type MediaTypeFamily = 'oci' | 'docker';

const foreign = '.nondistributable';
/** OCI name, Docker name; the bytes behind both are the same. */
const pairs: readonly (readonly [string, string])[] = [
  [mediaType.manifest, mediaType.dockerManifest],
  [mediaType.index, mediaType.dockerIndex],
  [mediaType.config, mediaType.dockerConfig],
  [mediaType.layer, mediaType.dockerLayer],
  [mediaType.layerGzip, mediaType.dockerLayerGzip],
  [
    `application/vnd.oci.image.layer${foreign}.v1.tar`,
    'application/vnd.docker.image.rootfs.foreign.diff.tar',
  ],
  [
    `application/vnd.oci.image.layer${foreign}.v1.tar+gzip`,
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  ],
];

const tables: Readonly<Record<MediaTypeFamily, ReadonlyMap<string, string>>> = {
  oci: new Map(pairs.map(([oci, docker]) => [docker, oci])),
  docker: new Map(pairs),
};

/** The name of a media type in a family; types that have one name only keep it. */
export function mediaTypeIn(family: MediaTypeFamily, type: string): string {
  return tables[family].get(type) ?? type;
}

/** What a family has no name for, in words. */
function checkExpressible(family: MediaTypeFamily, manifest: Manifest, what: string): void {
  if (family === 'oci') return;
  const stranger = [manifest.config, ...manifest.layers].find(
    ({ mediaType: type }) => !mediaTypeIn('docker', type).startsWith('application/vnd.docker.'),
  );
  if (!stranger) return;
  throw new EngineError(
    'IMAGE_INVALID',
    `${what} cannot have Docker media types: there is none for ${stranger.mediaType}`,
    { remedy: 'publish it with OCI media types' },
  );
}

/**
 * Rewrites the documents below a descriptor into a family, and stores them; blobs are shared. An
 * image that has the family's names already keeps its digest.
 *
 * @throws EngineError IMAGE_INVALID where the family cannot say it (zstd layers, artifacts)
 */
export async function convertGraph(
  store: ContentStore,
  source: BlobSource,
  root: Descriptor,
  family: MediaTypeFamily,
  depth = 0,
): Promise<Descriptor> {
  const type = mediaTypeIn(family, root.mediaType);
  const isIndex = isIndexType(root.mediaType);
  if (!isIndex && !isManifestType(root.mediaType)) return { ...root, mediaType: type };
  if (depth > indexDepthMax) {
    throw invalidImage(`index ${root.digest}`, 'nested deeper than indexDepthMax');
  }
  const before = await source.read(root);
  const what = `${isIndex ? 'index' : 'manifest'} ${root.digest}`;
  let document: Manifest | Index;
  let isChanged: boolean;
  if (isIndex) {
    const index = parseIndex(before, what);
    const manifests: Descriptor[] = [];
    for (const entry of index.manifests) {
      manifests.push(await convertGraph(store, source, entry, family, depth + 1));
    }
    isChanged = manifests.some((entry, i) => entry.digest !== index.manifests[i]?.digest);
    document = { ...index, mediaType: type, manifests };
  } else {
    const manifest = parseManifest(before, what);
    checkExpressible(family, manifest, what);
    const convert = (one: Descriptor): Descriptor => ({
      ...one,
      mediaType: mediaTypeIn(family, one.mediaType),
    });
    const layers = manifest.layers.map(convert);
    const config = convert(manifest.config);
    isChanged = [config, ...layers].some(
      (one, i) => one.mediaType !== [manifest.config, ...manifest.layers][i]?.mediaType,
    );
    document = { ...manifest, mediaType: type, config, layers };
  }
  if (!isChanged && type === root.mediaType) return root;
  const bytes = encodeDocument(document);
  return { ...root, mediaType: type, digest: await store.put(bytes), size: bytes.length };
}
