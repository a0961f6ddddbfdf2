/** Requests to registries: addresses, authentication, patience, and errors people understand. */

import { EngineError } from '../../engine/error.ts';
import { authorize, type Challenge, parseChallenges } from './challenge.ts';

/** A name and password, or a token that stands for them. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** An OAuth2 refresh token, as `docker login` keeps it: exchanged for access tokens. */
  readonly identityToken?: string;
  /** A bearer token to send as it is. */
  readonly registryToken?: string;
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

/** A request to make; bodies are bytes so that it can be sent again. */
export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** A body in pieces instead, begun anew for each time the request is sent. */
  readonly pieces?: () => AsyncIterable<Uint8Array>;
  /** What the token must allow: `repository:NAME:pull`; several are parted by blanks. */
  readonly scope: string;
  /** True for what must not simply be sent again, because it may have had half its effect. */
  readonly once?: boolean;
}

const isHopeless = (error: unknown): boolean =>
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ERR_INVALID_URL|CERT|bad port/.test(codeOf(error));

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return `${error.message}: ${'code' in cause ? String(cause.code) : cause.message}`;
}

/** Pieces as a body, asked for as it is sent. */
export function streamOf(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 1 },
  );
}

/**
 * Whether requests may have bodies that stream (the Fetch standard's `duplex`): not in every
 * browser.
 */
export function canStreamRequests(): boolean {
  let isAsked = false;
  try {
    const init = {
      method: 'POST',
      body: new ReadableStream<Uint8Array>(),
      get duplex(): 'half' {
        isAsked = true;
        return 'half';
      },
    };
    const { headers } = new Request('https://registry.test/', init);
    // Where streams are not known the body is taken for a text.
    return isAsked && !headers.has('content-type');
  } catch {
    return false;
  }
}

/**
 * The pause of a `Retry-After` header (RFC 9110, 10.2.3) in milliseconds: seconds, or a date, which
 * is compared with the answer's own date because clocks differ.
 */
export function askedPause({ headers }: Response): number | undefined {
  const text = headers.get('retry-after') ?? '';
  const until = Date.parse(text) - Date.parse(headers.get('date') ?? '');
  const asked = /^[0-9]+$/.test(text) ? Number(text) * 1000 : until;
  return asked > 0 ? Math.min(asked, retryPauseMsMax) : undefined;
}

/** Talks to one registry. */
export class Transport {
  readonly registry: string;
  readonly #options: TransportOptions;
  readonly #origin: string;
  /** `Authorization` header by scope, once a challenge was answered. */
  readonly #authorization = new Map<string, string>();
  readonly #authorizing = new Map<string, Promise<void>>();

  constructor(registry: string, options: TransportOptions) {
    this.registry = registry;
    this.#options = options;
    const host = registry === 'docker.io' ? dockerHubApi : registry;
    const isPlain = isLoopback(host) || options.plainHosts?.includes(host);
    this.#origin = `${isPlain ? 'http' : 'https'}://${host}`;
  }

  /** Waits before try number `attempt` (from 0) of something longer than one request. */
  pause(attempt: number): Promise<void> {
    return this.#options.sleep(retryPauseMs * 2 ** attempt);
  }

  /** Fetches an address outside the registry, without credentials. */
  fetchForeign(url: string, headers: Readonly<Record<string, string>>): Promise<Response> {
    return this.#patiently(() => new Request(url, { headers }), retriesMax);
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
    const { scope } = request;
    const used = this.#authorization.get(scope);
    const first = await this.#sendPatiently(request);
    if (first.status !== 401) return first;
    const challenges = parseChallenges(first.headers.get('www-authenticate') ?? '');
    await first.body?.cancel();
    // Another request may have got a new token meanwhile.
    if (this.#authorization.get(scope) === used) await this.#authorize(challenges, request);
    const second = await this.#sendPatiently(request);
    if (second.status !== 401) return second;
    await second.body?.cancel();
    this.#authorization.delete(scope);
    throw this.#refused(request);
  }

  /** Answers a challenge, once for all requests that wait for it. */
  #authorize(challenges: readonly Challenge[], request: RegistryRequest): Promise<void> {
    const { scope } = request;
    let task = this.#authorizing.get(scope);
    if (!task) {
      task = this.#authorizeNow(challenges, request).finally(() => this.#authorizing.delete(scope));
      this.#authorizing.set(scope, task);
    }
    return task;
  }

  async #authorizeNow(challenges: readonly Challenge[], request: RegistryRequest): Promise<void> {
    const authorization = await authorize(challenges, {
      origin: this.#origin,
      scope: request.scope,
      credentials: await this.#options.credentials?.(this.registry),
      send: (make) => this.#patiently(make, retriesMax),
    });
    if (!authorization) throw this.#refused(request);
    this.#authorization.set(request.scope, authorization);
  }

  #refused({ scope }: RegistryRequest): EngineError {
    return new EngineError('REGISTRY_REFUSED', `${this.registry} refused access (${scope})`, {
      remedy: 'check that the name is right, and give credentials for this registry',
    });
  }

  #sendPatiently(request: RegistryRequest): Promise<Response> {
    const { method, path, headers, body, pieces, scope, once } = request;
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
          // A stream cannot be sent to a second place; said so, Node keeps no copy of it for that.
          ...(pieces ? { body: streamOf(pieces()), duplex: 'half', redirect: 'error' } : {}),
        }),
      once ? 0 : retriesMax,
    );
  }

  async #patiently(make: () => Request, retries: number): Promise<Response> {
    let why = '';
    for (let attempt = 0; ; attempt++) {
      let pause = retryPauseMs * 2 ** attempt;
      try {
        const response = await this.#options.fetch(make());
        if (response.status !== 429 && response.status < 500) return response;
        why = `it answers ${response.status}`;
        pause = askedPause(response) ?? pause;
        await response.body?.cancel();
      } catch (error) {
        why = codeOf(error);
        if (isHopeless(error)) throw this.#unreachable(why, error);
      }
      if (attempt >= retries) throw this.#unreachable(why);
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
