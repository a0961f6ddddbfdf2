/** Serves a web request handler over HTTP on loopback. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { streamOf } from '../../image/registry/transport.ts';

/** A server that is listening. */
export interface Served {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Stops listening and drops connections. */
  close(): Promise<void>;
}

/** The body of a request as it comes; what nobody reads can still be thrown away. */
function bodyOf(incoming: IncomingMessage): BodyInit {
  return streamOf(incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>);
}

async function answer(
  handler: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  host: string,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = incoming;
  // Nobody is left to answer when the connection closes first: the work is stopped.
  const gone = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const response = await handler(
    new Request(`http://${host}${url}`, {
      method,
      headers: Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      ),
      ...(hasBody ? { body: bodyOf(incoming), duplex: 'half' } : {}),
      signal: gone.signal,
    } as RequestInit),
  );
  // What a handler left of the body: the client sends it to its end before it reads the answer.
  incoming.resume();
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body) await pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing);
  else outgoing.end();
}

/**
 * Listens on 127.0.0.1.
 *
 * @param port 0: any free one
 */
export async function serveOnLoopback(
  handler: (request: Request) => Promise<Response>,
  port = 0,
): Promise<Served> {
  let host = '';
  const server = createServer((incoming, outgoing) => {
    answer(handler, incoming, outgoing, host).catch((error: unknown) => {
      // A body that breaks off halfway must look like that to the client.
      if (outgoing.headersSent) {
        outgoing.destroy();
        return;
      }
      outgoing.writeHead(500);
      outgoing.end(String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
