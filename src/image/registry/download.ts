/** Blobs from a registry: in pieces, and taken up again where a transfer breaks off. */

import { EngineError } from '../../engine/error.ts';
import type { Descriptor, Progress } from '../types.ts';
import { retriesMax } from './transport.ts';

/** How to ask for a blob, and whom to tell. */
export interface DownloadOptions {
  /** Sends the request, with a `range` header where it goes on. */
  readonly send: (headers: Readonly<Record<string, string>>) => Promise<Response>;
  /** Waits before try number `attempt`, from 0. */
  readonly pause: (attempt: number) => Promise<void>;
  readonly progress?: ((progress: Progress) => void) | undefined;
  /** The error for a response that is neither 200 nor 206. */
  readonly refused: (response: Response) => Promise<EngineError>;
}

/**
 * The bytes of a blob from an offset. A transfer that breaks off, also one that just ends too
 * early, goes on with a `Range` request. Digests are the caller's to check.
 *
 * @throws EngineError REGISTRY_UNREACHABLE, DIGEST_MISMATCH where more than promised comes
 */
export async function* download(
  { digest, size }: Descriptor,
  from: number,
  options: DownloadOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { send, pause, progress } = options;
  let done = from;
  const report = (finished: boolean): void =>
    progress?.({ kind: 'download', subject: digest, done, total: size, finished });
  let cause: unknown;
  try {
    for (let attempt = 0; attempt <= retriesMax; attempt++) {
      if (attempt > 0) await pause(attempt - 1);
      const response = await send(done > 0 ? { range: `bytes=${done}-` } : {});
      if (response.status === 416 && done > 0) throw tooShort(digest, size);
      if (!response.ok) throw await options.refused(response);
      const before = done;
      try {
        for await (const piece of piecesFrom(response, done)) {
          done += piece.length;
          if (done > size) throw tooLong(digest, size);
          yield piece;
          report(false);
        }
      } catch (error) {
        if (error instanceof EngineError) throw error;
        cause = error;
      }
      if (done === size) return;
      // A transfer that makes progress may break off as often as it likes.
      if (done > before) attempt = 0;
    }
  } finally {
    report(true);
  }
  throw new EngineError(
    'REGISTRY_UNREACHABLE',
    `the transfer of ${digest} broke off after ${done} of ${size} bytes`,
    { remedy: 'check the network and try again', cause },
  );
}

/** RFC 9110 §15.5.17: the registry has no more bytes than came. */
const tooShort = (digest: string, size: number): EngineError =>
  new EngineError('DIGEST_MISMATCH', `${digest} is shorter than ${size} bytes`, {
    remedy: 'the registry does not have what its manifest promises',
  });

const tooLong = (digest: string, size: number): EngineError =>
  new EngineError('DIGEST_MISMATCH', `${digest} is longer than ${size} bytes`, {
    remedy: 'the registry does not send what its manifest promises',
  });

/** The body from an offset on; servers that ignore `Range` send what came before once more. */
async function* piecesFrom(
  response: Response,
  wanted: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const start = /^bytes ([0-9]+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  let skip = wanted - (response.status === 206 ? Number(start ?? wanted) : 0);
  if (skip < 0) throw new Error('the registry sent another range than was asked for');
  for await (const piece of response.body ?? []) {
    const used = piece.subarray(Math.min(skip, piece.length));
    skip -= piece.length - used.length;
    if (used.length > 0) yield used;
  }
}
