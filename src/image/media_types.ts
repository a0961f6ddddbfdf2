/** Media types of images: OCI and Docker schema 2, which differ in names only. */

import type { Compression } from '../archive/decompress.ts';

export const mediaType = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  layerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

/** What a manifest request accepts, best first. */
export const manifestMediaTypes: readonly string[] = [
  mediaType.index,
  mediaType.manifest,
  mediaType.dockerIndex,
  mediaType.dockerManifest,
];

export function isIndexType(type: string): boolean {
  return type === mediaType.index || type === mediaType.dockerIndex;
}

export function isManifestType(type: string): boolean {
  return type === mediaType.manifest || type === mediaType.dockerManifest;
}

export function isConfigType(type: string): boolean {
  return type === mediaType.config || type === mediaType.dockerConfig;
}

/** Compression of a layer by its media type; undefined for what is no layer. */
export function layerCompression(type: string): Compression | undefined {
  const [, format] =
    /^application\/vnd\.oci\.image\.layer\.(?:nondistributable\.)?v1\.(tar(?:\+\w+)?)$/.exec(
      type,
    ) ??
    /^application\/vnd\.docker\.image\.rootfs\.(?:foreign\.)?diff\.(tar(?:\.\w+)?)$/.exec(type) ??
    [];
  switch (format) {
    case 'tar':
      return 'none';
    case 'tar+gzip':
    case 'tar.gzip':
      return 'gzip';
    case 'tar+zstd':
    case 'tar.zstd':
      return 'zstd';
    default:
      return undefined;
  }
}

/**
 * Whether a layer is one that registries need not hold: Docker's "foreign" and OCI's
 * "nondistributable" layers, which Windows base images have. Their descriptors say where they are.
 */
export function isForeignLayer({ mediaType: type }: { readonly mediaType: string }): boolean {
  return (
    /\.nondistributable\.|\.rootfs\.foreign\./.test(type) && layerCompression(type) !== undefined
  );
}
