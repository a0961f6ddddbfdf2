/**
 * Credentials that `docker login` keeps: config.json, and the helper programs it names
 * (docker/cli "Credential store" and docker-credential-helpers' protocol).
 */

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../../engine/error.ts';
import type { Credentials } from '../../image/registry/transport.ts';

/** Longest answer of a helper, in bytes. */
export const helperAnswerBytesMax = 1_048_576;
/** Longest time a helper may take, in milliseconds. */
export const helperMsMax = 60_000;

interface AuthEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** The parts of config.json that say who we are. */
interface DockerConfig {
  readonly auths: Readonly<Record<string, AuthEntry>>;
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore: string | undefined;
}

/** Docker Hub is kept under its oldest address. */
const hubKey = 'https://index.docker.io/v1/';

type Environment = Readonly<Record<string, string | undefined>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function damaged(path: string, why: string, cause?: unknown): EngineError {
  return new EngineError('ARGUMENT_INVALID', `${path}: ${why}`, {
    remedy: 'mend this file, or set DOCKER_CONFIG to another directory',
    cause,
  });
}

async function readConfig(path: string): Promise<DockerConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    return { auths: {}, credHelpers: {}, credsStore: undefined };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, 'it is no JSON', cause);
  }
  if (!isObject(value)) throw damaged(path, 'it is no JSON object');
  const { auths = {}, credHelpers = {}, credsStore } = value;
  if (!isObject(auths) || !Object.values(auths).every(isObject)) {
    throw damaged(path, '"auths" is no object of objects');
  }
  if (
    !isObject(credHelpers) ||
    !Object.values(credHelpers).every((one) => typeof one === 'string')
  ) {
    throw damaged(path, '"credHelpers" does not map registries to names');
  }
  if (credsStore !== undefined && typeof credsStore !== 'string') {
    throw damaged(path, '"credsStore" is no name');
  }
  return {
    auths: auths as DockerConfig['auths'],
    credHelpers: credHelpers as DockerConfig['credHelpers'],
    credsStore: credsStore === '' ? undefined : credsStore,
  };
}

/** A key of config.json may be a host, or an address with a path. */
const hostOf = (key: string): string => key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');

function keysOf(registry: string): string[] {
  return registry === 'docker.io' ? [hubKey, 'docker.io', 'index.docker.io'] : [registry];
}

function credentialsOf(entry: AuthEntry, path: string): Credentials | undefined {
  let { username = '', password = '' } = entry;
  const { auth, identitytoken, registrytoken } = entry;
  if (auth) {
    const decoded = Buffer.from(auth, 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon < 0) throw damaged(path, 'an "auth" is not the base64 of NAME:PASSWORD');
    username = decoded.slice(0, colon);
    password = decoded.slice(colon + 1).replace(/\0+$/, '');
  }
  if (username === '' && !identitytoken && !registrytoken) return undefined;
  return {
    username,
    password,
    ...(identitytoken ? { identityToken: identitytoken } : {}),
    ...(registrytoken ? { registryToken: registrytoken } : {}),
  };
}

/** Runs `docker-credential-NAME get`; undefined where the helper knows nothing of the registry. */
function askHelper(name: string, key: string, env: Environment): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`;
  const failed = (why: string, cause?: unknown): EngineError =>
    new EngineError('REGISTRY_REFUSED', `${program} did not give credentials for ${key}: ${why}`, {
      remedy: `install or repair ${program}, or log in again with \`docker login\``,
      cause,
    });
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return Promise.reject(failed('its name is no name'));
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], { env, timeout: helperMsMax });
    const answer: Buffer[] = [];
    let length = 0;
    child.stdout.on('data', (part: Buffer) => {
      length += part.length;
      if (length > helperAnswerBytesMax) {
        child.kill();
        reject(failed(`it wrote more than helperAnswerBytesMax (${helperAnswerBytesMax})`));
      } else answer.push(part);
    });
    child.stderr.resume();
    child.on('error', (cause) => reject(failed(cause.message, cause)));
    // A helper that does not read its input closes it early, which is no failure.
    child.stdin.on('error', () => undefined);
    child.stdin.end(key);
    child.on('close', (status) => {
      const text = Buffer.concat(answer).toString('utf8');
      if (status !== 0) {
        // The protocol's words for "nothing stored".
        if (/credentials not found/i.test(text)) resolve(undefined);
        else reject(failed(text.trim() || `it ended with status ${status}`));
        return;
      }
      try {
        resolve(helperCredentials(JSON.parse(text)));
      } catch (cause) {
        reject(failed('its answer is not what helpers answer', cause));
      }
    });
  });
}

function helperCredentials(value: unknown): Credentials | undefined {
  if (!isObject(value)) throw new Error('no object');
  const { Username: username, Secret: secret } = value;
  if (typeof username !== 'string' || typeof secret !== 'string') throw new Error('no texts');
  // "<token>" says that the secret is an identity token.
  if (username === '<token>') return { username: '', password: '', identityToken: secret };
  return username === '' && secret === '' ? undefined : { username, password: secret };
}

/** Where config.json is: `DOCKER_CONFIG` names its directory. */
export function dockerConfigPath(env: Environment): string {
  return join(env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'), 'config.json');
}

/**
 * Looks credentials up as Docker does: the helper of the registry, the helper for all, the file.
 * The file is read once; helpers are asked once for each registry.
 *
 * @throws EngineError ARGUMENT_INVALID for a damaged file, REGISTRY_REFUSED for a failing helper
 */
export function dockerCredentials(
  env: Environment = process.env,
): (registry: string) => Promise<Credentials | undefined> {
  const path = dockerConfigPath(env);
  let config: Promise<DockerConfig> | undefined;
  const known = new Map<string, Promise<Credentials | undefined>>();
  const lookUp = async (registry: string): Promise<Credentials | undefined> => {
    config ??= readConfig(path);
    const { auths, credHelpers, credsStore } = await config;
    const keys = keysOf(registry);
    const own = keys.map((key) => credHelpers[key]).find((helper) => helper);
    if (own) return askHelper(own, keys[0] ?? registry, env);
    if (credsStore) {
      const found = await askHelper(credsStore, keys[0] ?? registry, env);
      if (found) return found;
    }
    const exact = keys.map((key) => auths[key]).find((entry) => entry);
    const hosts = keys.map(hostOf);
    const entry = exact ?? Object.entries(auths).find(([key]) => hosts.includes(hostOf(key)))?.[1];
    return entry && credentialsOf(entry, path);
  };
  return (registry) => {
    let task = known.get(registry);
    if (!task) known.set(registry, (task = lookUp(registry)));
    return task;
  };
}
