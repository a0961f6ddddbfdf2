/** Files from the web, through what the engine was given for it; off unless it was. */

import { memoryContent } from '../rootfs/content.ts';
import { concatBytes } from '../rootfs/name.ts';
import { digestOf } from '../store/hash.ts';
import { type Call, type Definition, define, lazyFile } from './definition.ts';
import { EngineError } from './error.ts';
import { downloadBytesMax } from './limits.ts';
import { deriveKey, type FileState } from './state.ts';

async function http(call: Call): Promise<FileState> {
  const url = call.text('url');
  const parsed = parseUrl(url);
  const name = call.text('name', '') || parsed.pathname.split('/').at(-1) || 'index';
  const mode = call.permissions(0o600)!;
  const checksum = call.text('checksum', '');
  const header = call.has('authHeader') ? await call.object('authHeader', 'Secret') : undefined;
  const { services } = call;
  const key = deriveKey('http', url, mode, checksum, header?.handle ?? '');
  const node = lazyFile(call, key, (signal) =>
    services.progress.during(`http ${url}`, async () => {
      const authorization = header && new TextDecoder().decode(await header.plaintext(signal));
      const headers: Record<string, string> = authorization ? { authorization } : {};
      const bytes = await download(call, parsed, headers, signal);
      if (checksum !== '') {
        const actual = await digestOf(services.images.hasher, bytes);
        if (actual !== checksum) {
          throw new EngineError('DIGEST_MISMATCH', `${url} is ${actual}, expected ${checksum}`);
        }
      }
      const { mtime } = services;
      return { kind: 'file', mode, uid: 0, gid: 0, mtime, content: memoryContent(bytes) } as const;
    }),
  );
  return { name, key, node };
}

function parseUrl(url: string): URL {
  if (URL.canParse(url) && /^https?:/i.test(url)) return new URL(url);
  throw new EngineError('ARGUMENT_INVALID', `"${url}" is not a web address`, {
    remedy: 'write http://… or https://…',
  });
}

async function download(
  { services }: Call,
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { fetch } = services;
  if (!fetch) {
    throw new EngineError('DOWNLOAD_FAILED', `cannot fetch ${url.href}: the network is off`, {
      remedy: 'give connect a fetch function, or put the file into the pipeline another way',
    });
  }
  const response = await fetch(new Request(url, { headers, signal })).catch((cause: unknown) => {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError('DOWNLOAD_FAILED', `cannot fetch ${url.href}: ${cause}`, { cause });
  });
  if (!response.ok) {
    throw new EngineError('DOWNLOAD_FAILED', `invalid response status ${response.status}`, {
      remedy: `check the address ${url.href}`,
    });
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const part = (await reader?.read())?.value;
    if (!part) break;
    length += part.length;
    if (length > downloadBytesMax) {
      throw new EngineError('LIMIT_EXCEEDED', `${url.href} is larger than ${downloadBytesMax}`, {
        remedy: 'fetch it inside a container (limit downloadBytesMax)',
      });
    }
    parts.push(part);
  }
  return concatBytes(parts);
}

export const httpOperations: readonly Definition[] = [define('File', 'Query.http', http)];
