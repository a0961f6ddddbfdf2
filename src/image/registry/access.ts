/**
 * Who may use the registry in the process: basic authentication, or tokens as Docker Hub has them.
 */

import { failure, jsonResponse } from './server_parts.ts';

/** Decides about a request before it is served. */
export interface AccessControl {
  /** The refusal, or undefined where the request may pass. */
  check(request: Request, url: URL): Promise<Response | undefined> | Response | undefined;
}

/** `Basic` credentials of a header, if it has some. */
function basicOf(header: string | null): { username: string; password: string } | undefined {
  const match = /^basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '');
  if (!match?.[1]) return undefined;
  const decoded = new TextDecoder().decode(
    Uint8Array.from(atob(match[1]), (char) => char.charCodeAt(0)),
  );
  const colon = decoded.indexOf(':');
  if (colon < 0) return undefined;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Names and passwords that may enter. */
export type Passwords = Readonly<Record<string, string>>;

const accepts = (passwords: Passwords, header: string | null): boolean => {
  const given = basicOf(header);
  return given !== undefined && passwords[given.username] === given.password;
};

/** Everybody must give a name and password (RFC 7617). */
export function basicAccess(passwords: Passwords): AccessControl {
  return {
    check: (request) =>
      accepts(passwords, request.headers.get('authorization'))
        ? undefined
        : failure(401, 'UNAUTHORIZED', 'authentication required', {
            'www-authenticate': 'Basic realm="registry"',
          }),
  };
}

interface Need {
  readonly repository: string;
  readonly write: boolean;
}

/** Whether the token of a header is for everything a request needs. */
function holds(header: string | null, needed: readonly Need[]): boolean {
  const token = /^bearer ([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) return false;
  let scopes: unknown;
  try {
    scopes = JSON.parse(atob(token));
  } catch {
    return false;
  }
  if (!Array.isArray(scopes)) return false;
  return needed.every(({ repository, write }) =>
    scopes.some((scope) => {
      const match = /^repository:([^:]+):([a-z,*]+)$/.exec(String(scope));
      const actions = (match?.[2] ?? '').split(',');
      return match?.[1] === repository && actions.includes(write ? 'push' : 'pull');
    }),
  );
}

/**
 * The token protocol of distribution: `GET /token` with basic credentials gives a bearer token.
 *
 * @param publicPull whether a token for pulling is given to anybody
 */
export function tokenAccess(passwords: Passwords, publicPull: boolean): AccessControl {
  const encode = (scopes: readonly string[]): string => btoa(JSON.stringify(scopes));
  const isPull = (scope: string): boolean => /^repository:[^:]+:pull$/.test(scope);
  return {
    check(request, url) {
      const header = request.headers.get('authorization');
      if (url.pathname === '/token') {
        const scopes = url.searchParams.getAll('scope').filter((scope) => scope !== '');
        const isPublic = publicPull && header === null;
        if (accepts(passwords, header) || (isPublic && scopes.every(isPull))) {
          return jsonResponse({ token: encode(scopes), expires_in: 300 });
        }
        return failure(401, 'UNAUTHORIZED', 'incorrect username or password');
      }
      const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(
        url.pathname,
      )?.[1];
      const from = url.searchParams.get('mount') === null ? null : url.searchParams.get('from');
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const needed = repository === undefined ? [] : [{ repository, write: !isRead }];
      if (from !== null) needed.push({ repository: from, write: false });
      if (holds(header, needed)) return undefined;
      const scope = needed
        .map((one) => `repository:${one.repository}:${one.write ? 'pull,push' : 'pull'}`)
        .join(' ');
      const realm = new URL('/token', url).href;
      const challenge = `Bearer realm="${realm}",service="registry"`;
      return failure(401, 'UNAUTHORIZED', 'authentication required', {
        'www-authenticate': scope === '' ? challenge : `${challenge},scope="${scope}"`,
      });
    },
  };
}
