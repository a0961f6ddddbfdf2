/** Limits of archives and compressed data from outside. Errors name the one that was hit. */

/** Most bytes one compressed blob may unpack to: 4 GiB, what one typed array of V8 can hold. */
export const decompressedBytesMax = 0xffff_ffff;
/** Most memory a zstd frame may ask for, in bytes: what the `zstd` program accepts by itself. */
export const zstdWindowBytesMax = 134_217_728;
/** Most entries of one tar archive. */
export const tarEntriesMax = 4_000_000;
/** Longest name or link target in a tar archive, in bytes. */
export const tarNameBytesMax = 65_536;
/** Largest extended header (PAX `x` or `g`, GNU `L` or `K`), in bytes. Go's limit is the same. */
export const tarHeaderBytesMax = 1_048_576;
/** Most pieces of one sparse file. */
export const tarSparsePiecesMax = 65_536;
/** Longest sparse file, in bytes: it is expanded in memory. */
export const tarSparseBytesMax = 1_073_741_824;
/** Most members of an `ar` archive. */
export const arMembersMax = 10_000;
