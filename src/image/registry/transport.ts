/** Requests to registries: addresses, authentication, patience, and errors people understand. */

import { EngineError } from '../../engine/error.ts';

/** A name and password, or an identity token of a credential helper. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface TransportOptions {
  /** Sends a request; a browser's or Node's `fetch`, or `routeFetch`. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Credentials for a registry; none: anonymous. */
  readonly credentials?: (registry: string) => Promise<Credentials | undefined>;
  /** Waits that many milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Hosts that have no TLS beside loopback ones; for registries in the process. */
  readonly plainHosts?: readonly string[];
}

/** How often a request is sent again after 429, 5xx or a broken connection. */
export const retriesMax = 4;
/** First pause before sending again, in milliseconds; doubled each time. */
export const retryPauseMs = 250;
/** Longest pause a registry may ask for, in milliseconds. */
export const retryPauseMsMax = 30_000;

/** Docker Hub's API is not at the name that references have. */
const dockerHubApi = 'index.docker.io';

/** Whether a host is this machine: only there is plain HTTP allowed. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:[0-9]+$/, '');
  return /^(?:localhost|.+\.localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/.test(name);
}

interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Reads `WWW-Authenticate` (RFC 9110, 11.6.1): one challenge with quoted parameters. */
function parseChallenge(header: string): Challenge | undefined {
  const match = /^\s*([A-Za-z]+)\s*(.*)$/.exec(header);
  if (!match?.[1]) return undefined;
  const parameters: Record<string, string> = {};
  for (const [, key = '', quoted, bare] of (match[2] ?? '').matchAll(
    /([a-zA-Z_]+)=(?:"([^"]*)"|([^",\s]+))/g,
  )) {
    parameters[key.toLowerCase()] = quoted ?? bare ?? '';
  }
  return { scheme: match[1].toLowerCase(), parameters };
}

/** A request to make; bodies are bytes so that it can be sent again. */
export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** What the token must allow: `repository:NAME:pull`. */
  readonly scope: string;
}

const basic = ({ username, password }: Credentials): string => {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
};

const isHopeless = (error: unknown): boolean =>
  /ENOTFOUND|ECONNREFUSED|ERR_INVALID_URL|CERT|bad port/.test(codeOf(error));

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return `${error.message}: ${'code' in cause ? String(cause.code) : cause.message}`;
}

/** Talks to one registry. */
export class Transport {
  readonly registry: string;
  readonly #options: TransportOptions;
  readonly #origin: string;
  /** `Authorization` header by scope, once a challenge was answered. */
  readonly #authorization = new Map<string, string>();

  constructor(registry: string, options: TransportOptions) {
    this.registry = registry;
    this.#options = options;
    const host = registry === 'docker.io' ? dockerHubApi : registry;
    const isPlain = isLoopback(host) || options.plainHosts?.includes(host);
    this.#origin = `${isPlain ? 'http' : 'https'}://${host}`;
  }

  /** The address a `Location` header means. */
  pathOf(location: string): string {
    const url = new URL(location, this.#origin);
    return url.origin === this.#origin ? url.pathname + url.search : url.href;
  }

  /**
   * Sends a request, answers a challenge, and tries again after 429, 5xx and broken connections.
   * Rejects with REGISTRY_UNREACHABLE, or REGISTRY_REFUSED where credentials do not help.
   */
  async send(request: RegistryRequest): Promise<Response> {
    const first = await this.#sendPatiently(request);
    if (first.status !== 401) return first;
    const challenge = parseChallenge(first.headers.get('www-authenticate') ?? '');
    await first.body?.cancel();
    const authorization = challenge && (await this.#answer(challenge, request.scope));
    if (!authorization) throw this.#refused(request);
    this.#authorization.set(request.scope, authorization);
    const second = await this.#sendPatiently(request);
    if (second.status !== 401) return second;
    await second.body?.cancel();
    this.#authorization.delete(request.scope);
    throw this.#refused(request);
  }

  #refused({ scope }: RegistryRequest): EngineError {
    return new EngineError('REGISTRY_REFUSED', `${this.registry} refused access (${scope})`, {
      remedy: 'check that the name is right, and give credentials for this registry',
    });
  }

  async #answer({ scheme, parameters }: Challenge, scope: string): Promise<string | undefined> {
    const credentials = await this.#options.credentials?.(this.registry);
    if (scheme === 'basic') return credentials && basic(credentials);
    if (scheme !== 'bearer' || !parameters.realm) return undefined;
    const url = new URL(parameters.realm, this.#origin);
    if (url.protocol !== 'https:' && new URL(this.#origin).protocol === 'https:') return undefined;
    if (parameters.service) url.searchParams.set('service', parameters.service);
    url.searchParams.set('scope', scope);
    const response = await this.#patiently(
      () => new Request(url, credentials ? { headers: { authorization: basic(credentials) } } : {}),
    );
    if (!response.ok) {
      await response.body?.cancel();
      return undefined;
    }
    const { token, access_token: accessToken } = (await response.json()) as {
      token?: unknown;
      access_token?: unknown;
    };
    const text = token ?? accessToken;
    return typeof text === 'string' ? `Bearer ${text}` : undefined;
  }

  #sendPatiently({ method, path, headers, body, scope }: RegistryRequest): Promise<Response> {
    const url = new URL(path, this.#origin);
    const authorization = this.#authorization.get(scope);
    // Upload addresses may be on another host, which gets no credentials.
    const isOwn = url.origin === this.#origin;
    return this.#patiently(
      () =>
        new Request(url, {
          method,
          headers: { ...headers, ...(authorization && isOwn ? { authorization } : {}) },
          ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}),
        }),
    );
  }

  async #patiently(make: () => Request): Promise<Response> {
    let why = '';
    for (let attempt = 0; ; attempt++) {
      let pause = retryPauseMs * 2 ** attempt;
      try {
        const response = await this.#options.fetch(make());
        if (response.status !== 429 && response.status < 500) return response;
        why = `it answers ${response.status}`;
        const asked = Number(response.headers.get('retry-after'));
        if (asked > 0) pause = Math.min(asked * 1000, retryPauseMsMax);
        await response.body?.cancel();
      } catch (error) {
        why = codeOf(error);
        if (isHopeless(error)) throw this.#unreachable(why, error);
      }
      if (attempt >= retriesMax) throw this.#unreachable(why);
      await this.#options.sleep(pause);
    }
  }

  #unreachable(why: string, cause?: unknown): EngineError {
    return new EngineError(
      'REGISTRY_UNREACHABLE',
      `the registry ${this.registry} cannot be reached at ${this.#origin}: ${why}`,
      { remedy: 'check its name and the network, or load the image from a file', cause },
    );
  }
}

/** The errors a registry gave, in one line. */
export async function describeFailure(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { errors } = JSON.parse(text) as { errors?: { code?: string; message?: string }[] };
    const lines = (errors ?? []).map(({ code, message }) => `${code ?? ''}: ${message ?? ''}`);
    if (lines.length > 0) return `${response.status} ${lines.join('; ')}`;
  } catch {
    // No JSON: the status must do.
  }
  return `${response.status} ${response.statusText}`.trim();
}
