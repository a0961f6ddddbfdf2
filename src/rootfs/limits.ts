/** Limits of file trees. Errors name the one that was hit. */

/**
 * Longest path, in UTF-16 units; Linux's PATH_MAX is 4096 bytes for one call, trees may be deeper.
 */
export const pathCharactersMax = 16_384;
/** Longest name in a directory, in bytes (Linux NAME_MAX). */
export const nameBytesMax = 255;
/** Symbolic links followed in one lookup (Linux MAXSYMLINKS). */
export const symlinksFollowedMax = 40;
/** Deepest nesting of directories in a tree that was read from outside. */
export const depthMax = 1024;
