/** OCI layout directories of other tools, opened for reading. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayoutFiles } from '../../image/archive.ts';

/** The files of a directory; names that lead out of it are not there. */
export function openLayout(directory: string): LayoutFiles {
  return {
    async read(path) {
      if (path.split('/').includes('..')) return undefined;
      try {
        return new Uint8Array(await readFile(join(directory, path)));
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : '';
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
        throw error;
      }
    },
  };
}
