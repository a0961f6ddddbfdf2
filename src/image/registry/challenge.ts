/** Answers to `401`: basic credentials, or a token from the server that the challenge names. */

import type { Credentials } from './transport.ts';

/** One way in that a registry offers. */
export interface Challenge {
  /** `basic` or `bearer`. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Reads `WWW-Authenticate` (RFC 9110, 11.6.1), which may offer several ways. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  const starts = [...header.matchAll(/(?:^|,)\s*(basic|bearer)(?=\s|$)/gi)];
  for (const [i, start] of starts.entries()) {
    const text = header.slice(start.index + start[0].length, starts[i + 1]?.index);
    const parameters: Record<string, string> = {};
    const pairs = text.matchAll(/([a-zA-Z_]+)\s*=\s*(?:"([^"]*)"|([^",\s]+))/g);
    for (const [, key = '', quoted, bare] of pairs) {
      parameters[key.toLowerCase()] = quoted ?? bare ?? '';
    }
    challenges.push({ scheme: (start[1] ?? '').toLowerCase(), parameters });
  }
  return challenges;
}

const basic = ({ username, password }: Credentials): string => {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
};

/** What an answer is made of. */
export interface AuthorizeRequest {
  /** Of the registry. */
  readonly origin: string;
  readonly scope: string;
  readonly credentials: Credentials | undefined;
  readonly send: (make: () => Request) => Promise<Response>;
}

/** The `Authorization` header for the next try; undefined where none of the ways is open. */
export async function authorize(
  challenges: readonly Challenge[],
  request: AuthorizeRequest,
): Promise<string | undefined> {
  const { credentials } = request;
  if (credentials?.registryToken) return `Bearer ${credentials.registryToken}`;
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer) return bearerToken(bearer, request);
  const offersBasic = challenges.some(({ scheme }) => scheme === 'basic');
  return offersBasic && credentials ? basic(credentials) : undefined;
}

/** The token protocol of distribution ("Token Authentication Specification"). */
async function bearerToken(
  { parameters: { realm, service } }: Challenge,
  { origin, scope, credentials, send }: AuthorizeRequest,
): Promise<string | undefined> {
  if (!realm) return undefined;
  const url = new URL(realm, origin);
  // Credentials that came over TLS must not leave without it.
  if (url.protocol !== 'https:' && origin.startsWith('https:')) return undefined;
  const response = await send(() =>
    credentials?.identityToken
      ? refreshRequest(url, service, scope, credentials.identityToken)
      : tokenRequest(url, service, scope, credentials),
  );
  if (!response.ok) {
    await response.body?.cancel();
    return undefined;
  }
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const token = answer.token ?? answer.access_token;
  return typeof token === 'string' ? `Bearer ${token}` : undefined;
}

function tokenRequest(
  realm: URL,
  service: string | undefined,
  scope: string,
  credentials: Credentials | undefined,
): Request {
  const url = new URL(realm);
  if (service) url.searchParams.set('service', service);
  for (const one of scope.split(' ')) url.searchParams.append('scope', one);
  return new Request(url, credentials ? { headers: { authorization: basic(credentials) } } : {});
}

/** The OAuth2 form of it: a refresh token in a POST. */
function refreshRequest(
  realm: URL,
  service: string | undefined,
  scope: string,
  refreshToken: string,
): Request {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: 'stiletto',
    scope,
    refresh_token: refreshToken,
    ...(service ? { service } : {}),
  });
  return new Request(realm, { method: 'POST', body });
}
