/** The machine the engine runs on. */

import { Directory } from './directory.ts';
import { File } from './file.ts';
import type { FilterOpts } from './options.ts';
import { rootStep, type Session } from './session.ts';

/** Files of the host, read once per engine. */
export class Host {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** A directory; owners become root. */
  directory(path: string, opts: FilterOpts = {}): Directory {
    return new Directory(this.#session, rootStep('Host.directory', { path, ...opts }));
  }

  file(path: string): File {
    return new File(this.#session, rootStep('Host.file', { path }));
  }
}
