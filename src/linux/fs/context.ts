/** What CLONE_FS shares: root directory, working directory and umask (`struct fs_struct`). */

import type { Path } from './path.ts';

export class FsContext {
  root: Path;
  cwd: Path;
  /** Permission bits that new files do not get. */
  umask: number;

  constructor(root: Path, cwd: Path, umask: number = 0o022) {
    this.root = root;
    this.cwd = cwd;
    this.umask = umask;
  }

  /** A copy, for fork without CLONE_FS and for unshare(CLONE_FS). */
  fork(): FsContext {
    return new FsContext(this.root, this.cwd, this.umask);
  }
}
