/** The endpoint: GraphQL over HTTP, as a function of web requests. */

import { EngineError } from '../../engine/error.ts';
import { parsePlatform } from '../../image/platform.ts';
import type { Platform } from '../../machine/machine.ts';
import type { Engine } from '../engine.ts';
import { Session } from '../session.ts';
import { version } from '../version.ts';
import { answerRequest, type GraphqlAnswer, type GraphqlRequest } from './execute.ts';
import type { GenerationName } from './generations.ts';
import { bodyBytesMax } from './limits.ts';
import type { PlatformRule } from './platform_rule.ts';

/** How the endpoint behaves. */
export interface EndpointOptions {
  /** What clients give as user of basic authentication; absent: everybody may ask. */
  readonly token?: string;
  /** Which generation answers what several understand; default `current`. */
  readonly schema?: GenerationName;
  /** Default `warn`. */
  readonly platformRule?: PlatformRule;
}

/** A handler of `POST /query` for an engine. */
export function createEndpoint(
  engine: Engine,
  options: EndpointOptions = {},
): (request: Request) => Promise<Response> {
  const { graph } = engine.directory().session;
  return async (request) => {
    if (options.token !== undefined && !authorized(request, options.token)) return refused();
    if (new URL(request.url).pathname !== '/query') {
      return json(404, failure('there is only /query here'));
    }
    try {
      const body = await bodyOf(request);
      const platform = platformOf(request) ?? graph.services.platform;
      const session = new Session(graph, request.signal);
      const { platformRule = 'warn', schema } = options;
      const requested = { graph, session, platformRule, platform };
      return json(200, await answerRequest(body, requested, schema));
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const status = error.code === 'LIMIT_EXCEEDED' ? 413 : 400;
      return json(status, failure(error.message));
    }
  };
}

function failure(message: string): GraphqlAnswer {
  return { errors: [{ message }] };
}

function json(status: number, answer: GraphqlAnswer): Response {
  const headers = { 'content-type': 'application/json', 'x-dagger-engine': version };
  return new Response(JSON.stringify(answer), { status, headers });
}

function refused(): Response {
  const realm = 'Basic realm="Access to the Dagger engine session"';
  return new Response(null, {
    status: 401,
    headers: { 'www-authenticate': realm, 'content-type': 'application/json' },
  });
}

function authorized(request: Request, token: string): boolean {
  const [, given = ''] = /^Basic (.+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  return equalInConstantTime(given, btoa(`${token}:`));
}

/** Takes as long for a wrong text as for the right one; the length is no secret. */
export function equalInConstantTime(given: string, wanted: string): boolean {
  let difference = given.length ^ wanted.length;
  for (let at = 0; at < wanted.length; at++) {
    difference |= wanted.charCodeAt(at) ^ (given.charCodeAt(at) || 0);
  }
  return difference === 0;
}

async function bodyOf(request: Request): Promise<GraphqlRequest> {
  const { searchParams } = new URL(request.url);
  if (request.method === 'GET') return fromParameters(searchParams);
  const text = await limitedText(request);
  const type = request.headers.get('content-type') ?? 'application/json';
  if (type.startsWith('application/graphql') && !type.includes('json')) return { query: text };
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return fromParameters(new URLSearchParams(text));
  }
  return checked(parseJson(text));
}

function fromParameters(parameters: URLSearchParams): GraphqlRequest {
  const variables = parameters.get('variables');
  return checked({
    query: parameters.get('query'),
    operationName: parameters.get('operationName'),
    variables: variables === null ? null : parseJson(variables),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EngineError('ARGUMENT_INVALID', 'the request is not JSON', { cause });
  }
}

function checked(value: unknown): GraphqlRequest {
  const body = typeof value === 'object' && value !== null ? value : {};
  const { query, variables, operationName } = body as { [name: string]: unknown };
  const named = operationName === undefined || operationName === null;
  if (
    typeof query === 'string' &&
    typeof (variables ?? {}) === 'object' &&
    (named || typeof operationName === 'string')
  ) {
    return body as GraphqlRequest;
  }
  throw new EngineError('ARGUMENT_INVALID', 'the request has no query', {
    remedy: 'send JSON with "query", and "variables" if it has any',
  });
}

async function limitedText(request: Request): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > bodyBytesMax) {
      throw new EngineError('LIMIT_EXCEEDED', `a request has at most ${bodyBytesMax} bytes`, {
        remedy: 'put large files into a host directory (limit bodyBytesMax)',
      });
    }
    parts.push(part);
  }
  return new Blob(parts as BlobPart[]).text();
}

/** The platform a nested client of the preview inherits; absent and empty: none. */
function platformOf(request: Request): Platform | undefined {
  const value = request.headers.get('dagger_session_context') ?? '';
  if (value === '') return undefined;
  try {
    const { Platform: given } = JSON.parse(atob(value)) as {
      Platform: { os: string; architecture: string; variant?: string };
    };
    const { os, architecture, variant } = given;
    return parsePlatform([os, architecture, variant].filter(Boolean).join('/'));
  } catch (cause) {
    throw new EngineError('ARGUMENT_INVALID', 'DAGGER_SESSION_CONTEXT cannot be read', { cause });
  }
}
