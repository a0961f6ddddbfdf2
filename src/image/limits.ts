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
/** Layers from this packed size on are unpacked to the store where it is on disk, in bytes. */
export const unpackedOnDiskBytesMin = 1_048_576;
/** Unpacked layers kept in a store before those not used for longest go, in bytes. */
export const unpackedStoreBytesMax = 17_179_869_184;
/** Bytes of a store that `prune` leaves unless it is told otherwise, where names allow it. */
export const storeBytesMax = 68_719_476_736;
/** What was used less than that long ago is not pruned: it may not have its name yet. */
export const pruneIdleMs = 3_600_000;
/** Entries of the trees of images that are held on to; the ones not used for longest go first. */
export const treeEntriesMax = 2_000_000;
