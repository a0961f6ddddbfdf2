/** The machine the engine runs on. */

import { setSecret } from '../engine/secret.ts';
import { Directory } from './directory.ts';
import { File } from './file.ts';
import type { FilterOpts } from './options.ts';
import { Secret } from './secret.ts';
import { rootStep, type Session } from './session.ts';

/** A variable of the host. */
export interface HostVariable {
  value(): Promise<string>;
  secret(): Secret;
}

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

  /** A variable of the environment the engine runs in; null where it is not set. */
  async envVariable(name: string): Promise<HostVariable | null> {
    const { services } = this.#session.graph;
    const value = services.hostVariable(name);
    if (value === undefined) return null;
    return {
      value: async () => value,
      secret: () => new Secret(this.#session, setSecret(services, name, value)),
    };
  }

  /** A secret from a file of the host. */
  setSecretFile(name: string, path: string): Secret {
    return new Secret(this.#session, rootStep('Host.setSecretFile', { name, path }));
  }

  file(path: string): File {
    return new File(this.#session, rootStep('Host.file', { path }));
  }
}
