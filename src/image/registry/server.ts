/**
 * A registry in the process: the OCI distribution API 1.1 as one request handler on a content
 * store.
 * Serve it on loopback, or let the client call it directly (`routeFetch`).
 */

import type { ContentStore, Hasher } from '../../store/store.ts';
import type { AccessControl } from './access.ts';
import { blobRoutes } from './server_blobs.ts';
import { manifestRoutes } from './server_manifests.ts';
import { failure, jsonResponse, type Registry, type Route } from './server_parts.ts';

/** A web server's request handler. */
export type Handler = (request: Request) => Promise<Response>;

export interface RegistryOptions {
  readonly store: ContentStore;
  readonly hasher: Hasher;
  /** Who may do what; absent: everybody everything. */
  readonly access?: AccessControl;
  /** Whether pages of other origins may use it (the Fetch standard's CORS protocol). */
  readonly cors?: boolean;
}

const corsHeaders: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'authorization, content-type, content-range, accept, range',
  'access-control-expose-headers':
    'docker-content-digest, location, range, link, www-authenticate, oci-subject, content-range',
};

const name = '([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)';

function paged(url: URL, items: readonly string[]): { page: string[]; link: string | undefined } {
  const last = url.searchParams.get('last') ?? '';
  const asked = url.searchParams.get('n');
  const rest = items.filter((item) => item > last);
  if (asked === null || !/^[0-9]{1,6}$/.test(asked)) return { page: rest, link: undefined };
  const page = rest.slice(0, Number(asked));
  if (page.length === rest.length || page.length === 0) return { page, link: undefined };
  const query = new URLSearchParams({ n: asked, last: page.at(-1) ?? '' });
  return { page, link: `<${url.pathname}?${query}>; rel="next"` };
}

const listRoutes: readonly Route[] = [
  ['GET', /^\/v2\/?$/, () => Promise.resolve(jsonResponse({}))],
  [
    'GET',
    /^\/v2\/_catalog$/,
    async ({ registry, url }) => {
      const names = await registry.store.listNames('registry ');
      const repositories = [...new Set(names.map((item) => item.split(' ')[1] ?? ''))].sort();
      const { page, link } = paged(url, repositories);
      return jsonResponse({ repositories: page }, link ? { link } : {});
    },
  ],
  [
    'GET',
    new RegExp(`^/v2/${name}/tags/list$`),
    async ({ registry, url, parts: [repository = ''] }) => {
      const prefix = `registry ${repository} tag `;
      const names = await registry.store.listNames(prefix);
      const known = await registry.store.listNames(`registry ${repository} `);
      if (known.length === 0) return failure(404, 'NAME_UNKNOWN', `no repository ${repository}`);
      const tags = names.map((item) => item.slice(prefix.length)).sort();
      const { page, link } = paged(url, tags);
      return jsonResponse({ name: repository, tags: page }, link ? { link } : {});
    },
  ],
];

/** Makes a registry. Its state is in the store, so a registry on a disk store survives. */
export function createRegistry(options: RegistryOptions): Handler {
  const registry: Registry = { ...options, uploads: new Map(), counter: { value: 0 } };
  if (!options.cors) return (request) => serve(registry, request);
  return async (request) => {
    const response =
      request.method === 'OPTIONS'
        ? new Response(null, { status: 204 })
        : await serve(registry, request);
    for (const [key, value] of Object.entries(corsHeaders)) response.headers.set(key, value);
    return response;
  };
}

const routes: readonly Route[] = [...listRoutes, ...manifestRoutes, ...blobRoutes];

async function serve(registry: Registry, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const refused = await registry.access?.check(request, url);
  if (refused) return refused;
  let isKnownPath = false;
  for (const [method, pattern, handle] of routes) {
    const match = pattern.exec(url.pathname);
    if (!match) continue;
    isKnownPath = true;
    if (method !== request.method) continue;
    const response = await handle({ registry, request, url, parts: match.slice(1) });
    response.headers.set('docker-distribution-api-version', 'registry/2.0');
    return response;
  }
  return isKnownPath
    ? failure(405, 'UNSUPPORTED', `${request.method} is not supported here`)
    : failure(404, 'NAME_INVALID', `${url.pathname} is no address of the distribution API`);
}

/**
 * A `fetch` that answers for some hosts from handlers in the process, and asks another for the
 * rest.
 *
 * @param hosts host (with port) → handler
 */
export function routeFetch(
  hosts: Readonly<Record<string, Handler>>,
  otherwise: (request: Request) => Promise<Response>,
): (request: Request) => Promise<Response> {
  return (request) => (hosts[new URL(request.url).host] ?? otherwise)(request);
}
