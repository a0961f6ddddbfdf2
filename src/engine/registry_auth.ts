/** Credentials that a pipeline gives for registries. */

import { type Definition, define } from './definition.ts';
import { EngineError } from './error.ts';
import type { Lazy } from './state.ts';

/** A name and a password that is fetched when a registry asks. */
interface Login {
  readonly username: string;
  readonly password: Lazy<Uint8Array>;
}

/**
 * Logins by registry host, for the life of the engine. As in Dagger they are the session's: whoever
 * pulls or pushes after `withRegistryAuth` uses them, and they are no part of what identifies work.
 */
export class RegistryLogins {
  readonly #logins: Map<string, Login> = new Map<string, Login>();

  set(host: string, login: Login): void {
    this.#logins.set(host, login);
  }

  delete(host: string): void {
    this.#logins.delete(host);
  }

  /** What a registry client asks for. */
  async credentials(host: string): Promise<{ username: string; password: string } | undefined> {
    const login = this.#logins.get(host);
    if (!login) return undefined;
    const password = new TextDecoder().decode(await login.password());
    return { username: login.username, password };
  }
}

/** `registry.example:5000/name:tag` or `https://registry.example/v1/` → its host. */
function hostOf(address: string): string {
  const host = address.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  if (host !== '') return host === 'index.docker.io' ? 'docker.io' : host;
  throw new EngineError('ARGUMENT_INVALID', `"${address}" does not name a registry`, {
    remedy: 'give its host and port, for example registry.example:5000',
  });
}

export const registryAuthOperations: readonly Definition[] = [
  define('Container', 'Container.withRegistryAuth', async (call) => {
    const self = await call.self('Container');
    const { plaintext } = await call.object('secret', 'Secret');
    const login = { username: call.text('username'), password: plaintext };
    call.services.logins.set(hostOf(call.text('address')), login);
    return self;
  }),
  define('Container', 'Container.withoutRegistryAuth', async (call) => {
    const self = await call.self('Container');
    call.services.logins.delete(hostOf(call.text('address')));
    return self;
  }),
];
