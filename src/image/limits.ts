/** Limits of images from outside. Errors name the one that was hit. */

/** Largest manifest, index or configuration, in bytes (distribution's and containerd's limit). */
export const documentBytesMax = 4_194_304;
/** Most layers of one image; overlay file systems stop far earlier. */
export const layersMax = 1000;
/** Most entries of one index, nested ones counted. */
export const indexEntriesMax = 1000;
/** Deepest nesting of indexes. */
export const indexDepthMax = 4;
/** Largest layer before unpacking, in bytes. */
export const layerBytesMax = 0xffff_ffff;
/** Unpacked layers kept in memory for reading files out of them, in bytes. */
export const layerCacheBytesMax = 268_435_456;
/** Blobs from this size on are moved in pieces where source and target can, in bytes. */
export const streamedBytesMin = 8_388_608;
/** Blobs moved at the same time. */
export const parallelBlobsMax = 4;
