/** Requests to the endpoint over an engine that answers execs itself. */

import type { Engine } from 'stiletto';
import { createEndpoint, type EndpointOptions } from '../../src/api/graphql/http.ts';

/** What an answer holds. */
export interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly errors: readonly {
    message: string;
    path?: (string | number)[];
    extensions?: Record<string, unknown>;
  }[];
}

/** Sends queries; ids of an answer can be used in the next. */
export function asker(engine: Engine, options: EndpointOptions = {}) {
  const handler = createEndpoint(engine, options);
  return async (
    query: string,
    variables?: Record<string, unknown>,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await handler(
      new Request('http://127.0.0.1/query', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      }),
    );
    const { data, errors = [] } = (await response.json()) as Answer;
    return { status: response.status, data, errors };
  };
}
