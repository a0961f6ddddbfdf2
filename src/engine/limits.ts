/** Limits of the graph; an error that a limit causes names it. */

/** Operations in one id, counted with everything they are made from. */
export const idOperationsMax: number = 100_000;
/** Characters of one id. */
export const idCharactersMax: number = 64 * 1024 * 1024;
/** Nesting of lists and objects inside one operation's arguments. */
export const argumentDepthMax: number = 16;
/** Results remembered by one engine; the least recently used one goes first. */
export const resultsMax: number = 50_000;
/** Bytes captured from each standard stream of one exec. */
export const outputBytesMax: number = 256 * 1024 * 1024;
/** Bytes of a file returned as a string by `contents`. */
export const contentsBytesMax: number = 128 * 1024 * 1024;
/** Longest file name, in bytes, as on every Linux file system (NAME_MAX). */
export const fileNameBytesMax: number = 255;
/** Bytes of one secret; Dagger's and BuildKit's 500 KiB. */
export const secretBytesMax: number = 500 * 1024;
/** Cache volumes of one engine. */
export const cacheVolumesMax: number = 10_000;
/** Characters of one Dockerfile. */
export const dockerfileBytesMax: number = 1024 * 1024;
/** Instructions of one Dockerfile, with those of ONBUILD. */
export const dockerfileInstructionsMax: number = 10_000;
/** Bytes of one file fetched by `http`. */
export const downloadBytesMax: number = 1024 * 1024 * 1024;
/** Calls that an engine lists; the oldest go first. */
export const callsMax: number = 100_000;
