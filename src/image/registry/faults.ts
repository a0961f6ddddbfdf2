/** A registry that misbehaves on purpose: for tests of programs that must put up with it. */

import type { Handler } from './server.ts';
import { failure } from './server_parts.ts';

/** One way to misbehave, and when. */
export interface Fault {
  /** Method, absent: any. */
  readonly method?: string;
  /** What the path must match; absent: any path. */
  readonly path?: RegExp;
  /** Matching requests that are let pass first; default 0. */
  readonly after?: number;
  /** Requests this happens to; default all. */
  readonly times?: number;
  /** Answers with this status instead of serving. */
  readonly status?: number;
  /** Headers of that answer, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Waits before anything else, in milliseconds. */
  readonly delayMs?: number;
  /** Breaks the body off after that many bytes, as a lost connection does. */
  readonly truncateAt?: number;
  /** Ends the body after that many bytes as if nothing were missing. */
  readonly endAt?: number;
  /** Flips the lowest bit of the body's byte at this place. */
  readonly corruptAt?: number;
  /** Serves the request and then loses the answer, as a connection that breaks too late does. */
  readonly loseAnswer?: boolean;
}

/** A handler with faults in front of it, and how often each of them struck. */
export interface FaultyRegistry {
  readonly handler: Handler;
  /** By place in the list of faults. */
  readonly struck: readonly number[];
}

/**
 * Puts faults before a handler. The first fault that applies to a request strikes it, no other.
 *
 * @param sleep waits that many milliseconds; needed for faults with `delayMs`
 */
export function withFaults(
  handler: Handler,
  faults: readonly Fault[],
  sleep: (milliseconds: number) => Promise<void>,
): FaultyRegistry {
  const matched = faults.map(() => 0);
  const struck = faults.map(() => 0);
  const choose = (request: Request): Fault | undefined => {
    const { pathname } = new URL(request.url);
    for (const [i, fault] of faults.entries()) {
      if (fault.method !== undefined && fault.method !== request.method) continue;
      if (fault.path && !fault.path.test(pathname)) continue;
      const count = (matched[i] = (matched[i] ?? 0) + 1);
      const after = fault.after ?? 0;
      if (count <= after || count > after + (fault.times ?? Infinity)) continue;
      struck[i] = (struck[i] ?? 0) + 1;
      return fault;
    }
    return undefined;
  };
  return {
    struck,
    handler: async (request) => {
      const fault = choose(request);
      if (!fault) return handler(request);
      if (fault.delayMs !== undefined) await sleep(fault.delayMs);
      if (fault.status !== undefined) {
        await request.body?.cancel();
        const code = fault.status === 429 ? 'TOOMANYREQUESTS' : 'UNSUPPORTED';
        return failure(fault.status, code, 'a fault of the test', { ...fault.headers });
      }
      const response = await handler(request);
      if (fault.loseAnswer) throw new TypeError('the connection was lost (a fault of the test)');
      return spoil(response, fault);
    },
  };
}

async function spoil(response: Response, fault: Fault): Promise<Response> {
  const { truncateAt, endAt, corruptAt } = fault;
  if (truncateAt === undefined && endAt === undefined && corruptAt === undefined) return response;
  let bytes = new Uint8Array(await response.arrayBuffer());
  if (corruptAt !== undefined && corruptAt < bytes.length) {
    bytes[corruptAt] = (bytes[corruptAt] ?? 0) ^ 1;
  }
  const { status } = response;
  const headers = new Headers(response.headers);
  if (endAt !== undefined && endAt < bytes.length) {
    bytes = bytes.slice(0, endAt);
    headers.delete('content-length');
  }
  if (truncateAt === undefined || truncateAt >= bytes.length) {
    return new Response(bytes, { status, headers });
  }
  const part = bytes.slice(0, truncateAt);
  let isSent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (isSent) controller.error(new TypeError('the connection broke (a fault of the test)'));
      else if (part.length > 0) controller.enqueue(part);
      isSent = true;
    },
  });
  return new Response(body, { status, headers });
}
