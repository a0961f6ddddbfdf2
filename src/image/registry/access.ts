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

/**
 * The token protocol of distribution: `GET /token` with basic credentials gives a bearer token.
 *
 * @param publicPull whether a token for pulling is given to anybody
 */
export function tokenAccess(passwords: Passwords, publicPull: boolean): AccessControl {
  const encode = (scope: string): string => btoa(JSON.stringify({ scope }));
  return {
    check(request, url) {
      const header = request.headers.get('authorization');
      if (url.pathname === '/token') {
        const scope = url.searchParams.get('scope') ?? '';
        const isPull = scope === '' || /^repository:[^:]+:pull$/.test(scope);
        if (accepts(passwords, header) || (publicPull && isPull && header === null)) {
          return jsonResponse({ token: encode(scope), expires_in: 300 });
        }
        return failure(401, 'UNAUTHORIZED', 'incorrect username or password');
      }
      const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(url.pathname)?.[1];
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const action = isRead ? 'pull' : 'pull,push';
      const scope = repository === undefined ? '' : `repository:${repository}:${action}`;
      const granted = [scope, `repository:${repository}:pull,push`].map(
        (s) => `Bearer ${encode(s)}`,
      );
      if (header !== null && granted.includes(header)) return undefined;
      const realm = new URL('/token', url).href;
      const challenge = `Bearer realm="${realm}",service="registry"`;
      return failure(401, 'UNAUTHORIZED', 'authentication required', {
        'www-authenticate': scope === '' ? challenge : `${challenge},scope="${scope}"`,
      });
    },
  };
}
