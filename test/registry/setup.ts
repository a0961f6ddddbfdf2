/** A client that talks to a registry in the process, with faults between them. */

import { nodeHasher } from '../../src/host/node/hash.ts';
import { mediaType } from '../../src/image/media_types.ts';
import { RegistryClient, type RegistryClientOptions } from '../../src/image/registry/client.ts';
import { type Fault, withFaults } from '../../src/image/registry/faults.ts';
import { createRegistry, type Handler, routeFetch } from '../../src/image/registry/server.ts';
import type { BlobSource, Descriptor } from '../../src/image/types.ts';
import { digestOf } from '../../src/store/hash.ts';
import { MemoryStore } from '../../src/store/memory.ts';

export const host = 'registry.test';

/** Bytes without a pattern that repeats early, the same each time. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export interface Exchange {
  readonly client: RegistryClient;
  readonly handler: Handler;
  readonly waits: number[];
  /** Method, path with digests as D, and status. */
  readonly log: string[];
  readonly struck: readonly number[];
}

export function exchange(
  faults: readonly Fault[] = [],
  options: Partial<RegistryClientOptions> = {},
  served: Handler = createRegistry({ store: new MemoryStore(nodeHasher), hasher: nodeHasher }),
): Exchange {
  const waits: number[] = [];
  const log: string[] = [];
  const sleep = (ms: number): Promise<void> => {
    waits.push(ms);
    return Promise.resolve();
  };
  const faulty = withFaults(served, faults, sleep);
  const logged: Handler = async (request) => {
    const { pathname, search } = new URL(request.url);
    const line = `${request.method} ${pathname}${search}`.replaceAll(
      /sha256(:|%3A)[0-9a-f]+/g,
      'D',
    );
    try {
      const response = await faulty.handler(request);
      log.push(`${line} ${response.status}`);
      return response;
    } catch (error) {
      log.push(`${line} lost`);
      throw error;
    }
  };
  const fetch = routeFetch({ [host]: logged }, () => Promise.reject(new Error('ENOTFOUND')));
  const client = new RegistryClient({ hasher: nodeHasher, fetch, sleep, ...options });
  return { client, handler: served, waits, log, struck: faulty.struck };
}

/** Blobs in memory, with or without the ability to stream. */
export class Blobs implements BlobSource {
  readonly #blobs = new Map<string, Uint8Array>();
  readonly stream?: NonNullable<BlobSource['stream']>;

  constructor(pieceBytes?: number) {
    if (pieceBytes === undefined) return;
    const blobs = this.#blobs;
    this.stream = async function* ({ digest }, from = 0) {
      const bytes = blobs.get(digest)!;
      for (let at = from; at < bytes.length; at += pieceBytes) {
        yield await Promise.resolve(bytes.subarray(at, Math.min(at + pieceBytes, bytes.length)));
      }
    };
  }

  read({ digest }: Descriptor): Promise<Uint8Array> {
    const bytes = this.#blobs.get(digest);
    return bytes ? Promise.resolve(bytes) : Promise.reject(new Error(`no ${digest}`));
  }

  async add(bytes: Uint8Array, type: string): Promise<Descriptor> {
    const digest = await digestOf(nodeHasher, bytes);
    this.#blobs.set(digest, bytes);
    return { mediaType: type, digest, size: bytes.length };
  }

  addJson(value: object, type: string): Promise<Descriptor> {
    return this.add(new TextEncoder().encode(JSON.stringify(value)), type);
  }

  /** A manifest of one blob, which need not be an archive: registries do not look. */
  async addManifest(layers: readonly Descriptor[], more: object = {}): Promise<Descriptor> {
    const config = await this.addJson({}, mediaType.config);
    const document = { schemaVersion: 2, mediaType: mediaType.manifest, config, layers, ...more };
    return this.addJson(document, mediaType.manifest);
  }
}
