/**
 * Secrets: values that execs see and nobody else. An operation holds a name and a handle, never the
 * value, so that ids, keys and snapshots cannot give it away; the values are in `Secrets`, which
 * lives as long as the engine.
 */

import { type Call, type Definition, define } from './definition.ts';
import { EngineError } from './error.ts';
import { hostFilesOf } from './host.ts';
import { secretBytesMax } from './limits.ts';
import { type Operation, operation } from './operation.ts';
import type { Services } from './services.ts';
import type { SecretState } from './state.ts';

/** The values of `setSecret`, by handle. */
export class Secrets {
  readonly #values: Map<string, Uint8Array> = new Map<string, Uint8Array>();
  /** Handles by name and value, so that equal secrets are equal operations. */
  readonly #handles: Map<string, Map<string, string>> = new Map<string, Map<string, string>>();

  /** Remembers a value; the handle counts the different values a name has had. */
  set(name: string, plaintext: string): string {
    const value = checked(name, new TextEncoder().encode(plaintext));
    const ofName = this.#handles.get(name) ?? new Map<string, string>();
    this.#handles.set(name, ofName);
    const handle = ofName.get(plaintext) ?? `${name}#${ofName.size + 1}`;
    ofName.set(plaintext, handle);
    this.#values.set(handle, value);
    return handle;
  }

  get(handle: string): Uint8Array | undefined {
    return this.#values.get(handle);
  }
}

function checked(name: string, value: Uint8Array): Uint8Array {
  if (value.length <= secretBytesMax) return value;
  throw new EngineError('LIMIT_EXCEEDED', `secret "${name}" has ${value.length} bytes`, {
    remedy: `at most ${secretBytesMax} (limit secretBytesMax); Dagger's limit is the same`,
  });
}

/** The operation of `setSecret`. Every front end must use it: arguments end up in ids. */
export function setSecret(services: Services, name: string, plaintext: string): Operation {
  return operation('Query.setSecret', { name, handle: services.secrets.set(name, plaintext) });
}

function knownSecret(call: Call): SecretState {
  const name = call.text('name');
  const handle = call.text('handle');
  const value = call.services.secrets.get(handle);
  if (value) return { name, handle, plaintext: () => Promise.resolve(value) };
  throw new EngineError('SECRET_UNKNOWN', `secret "${name}" is not set in this session`, {
    remedy: 'call setSecret in the session that uses the secret: an id does not hold its value',
  });
}

/** `env://NAME` and `file://PATH`, read when an exec needs them. */
function secretOfUri(call: Call): SecretState {
  const uri = call.text('uri');
  const [scheme, rest] = splitUri(uri);
  const { services } = call;
  const handle = `uri ${call.text('cacheKey', uri)}`;
  if (scheme === 'env') {
    return { name: uri, uri, handle, plaintext: async () => environmentValue(services, rest) };
  }
  if (scheme === 'file') {
    const files = hostFilesOf(services);
    const plaintext = async (): Promise<Uint8Array> =>
      checked(uri, await (await files.readFile(files.resolve(rest))).content.load());
    return { name: uri, uri, handle, plaintext };
  }
  throw new EngineError('ARGUMENT_INVALID', `secrets cannot come from ${scheme}://`, {
    remedy: 'use env://NAME or file://PATH, or read the value yourself and call setSecret',
  });
}

function splitUri(uri: string): [string, string] {
  const at = uri.indexOf('://');
  if (at > 0) return [uri.slice(0, at), uri.slice(at + 3)];
  throw new EngineError('ARGUMENT_INVALID', `"${uri}" is not the URI of a secret`, {
    remedy: 'use env://NAME or file://PATH',
  });
}

function environmentValue(services: Services, name: string): Uint8Array {
  const value = services.hostVariable(name);
  if (value !== undefined) return checked(name, new TextEncoder().encode(value));
  throw new EngineError('SECRET_UNKNOWN', `secret env var not found: "${name}"`, {
    remedy: 'set the variable where the engine runs',
  });
}

export const secretOperations: readonly Definition[] = [
  define('Secret', 'Query.setSecret', knownSecret),
  define('Secret', 'Query.secret', secretOfUri),
  define('Secret', 'Host.setSecretFile', async (call) => {
    const name = call.text('name');
    const files = hostFilesOf(call.services);
    const path = files.resolve(call.text('path'));
    const plaintext = async (): Promise<Uint8Array> =>
      checked(name, await (await files.readFile(path)).content.load());
    return { name, handle: `file ${name} ${path}`, plaintext };
  }),
  define('Secret', 'File.secret', async (call) => {
    const { key, name, node } = await call.self('File');
    const plaintext = async (signal?: AbortSignal): Promise<Uint8Array> =>
      checked(name, await (await node(signal)).content.load());
    return { name, handle: `content ${key}`, plaintext };
  }),
];
