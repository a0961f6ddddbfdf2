/** Pulls from and pushes to registries over the OCI distribution API. */

import { EngineError } from '../../engine/error.ts';
import { concatBytes } from '../../rootfs/name.ts';
import { digestOf, isDigest, verifyDigest } from '../../store/hash.ts';
import type { Hasher } from '../../store/store.ts';
import { documentBytesMax } from '../limits.ts';
import { isForeignLayer, isIndexType, isManifestType, manifestMediaTypes } from '../media_types.ts';
import { formatReference, type Reference } from '../reference.ts';
import type { BlobSource, Descriptor, ProgressListener } from '../types.ts';
import { type DownloadOptions, download } from './download.ts';
import { pushGraph } from './push.ts';
import { readReferrers } from './referrers.ts';
import { describeFailure, Transport, type TransportOptions } from './transport.ts';

export interface RegistryClientOptions extends TransportOptions {
  readonly hasher: Hasher;
  readonly progress?: ProgressListener;
  /**
   * Registry → registries that have copies of its images, asked first and in order:
   * `{ 'docker.io': ['mirror.example', 'cache.example/hub'] }`. A path goes before names.
   */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /** Bytes in one chunk of an upload; default `uploadChunkBytes`. */
  readonly chunkBytes?: number;
}

const isDocument = ({ mediaType }: Descriptor): boolean =>
  isIndexType(mediaType) || isManifestType(mediaType);

const pullScope = ({ repository }: Reference): string => `repository:${repository}:pull`;

/** A client for any number of registries; one connection state for each. */
export class RegistryClient {
  readonly #options: RegistryClientOptions;
  readonly #transports = new Map<string, Transport>();
  /** Registry and digest → a repository that has the blob: where it can be mounted from. */
  readonly #seen = new Map<string, string>();

  constructor(options: RegistryClientOptions) {
    this.#options = options;
  }

  #transport(registry: string): Transport {
    let transport = this.#transports.get(registry);
    if (!transport) {
      transport = new Transport(registry, this.#options);
      this.#transports.set(registry, transport);
    }
    return transport;
  }

  /** Where a reference may be asked for: mirrors, then its registry. */
  #places(reference: Reference): Reference[] {
    const mirrors = this.#options.mirrors?.[reference.registry] ?? [];
    const places = mirrors.map((mirror): Reference => {
      const [registry = '', ...prefix] = mirror.split('/');
      return { ...reference, registry, repository: [...prefix, reference.repository].join('/') };
    });
    return [...places, reference];
  }

  /** The first place that answers well; else what the registry itself, the last, said. */
  async #atFirst<T>(reference: Reference, ask: (place: Reference) => Promise<T>): Promise<T> {
    const places = this.#places(reference);
    for (const place of places.slice(0, -1)) {
      try {
        return await ask(place);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
      }
    }
    return ask(places.at(-1) ?? reference);
  }

  async #refused(reference: Reference, what: string, response: Response): Promise<EngineError> {
    const { registry, repository } = reference;
    if (response.status === 404) {
      await response.body?.cancel();
      return new EngineError('IMAGE_NOT_FOUND', `${registry}/${repository} does not have ${what}`, {
        remedy: 'the image is incomplete at the registry: publish it again',
      });
    }
    const detail = await describeFailure(response);
    return new EngineError('REGISTRY_REFUSED', `${registry} refused ${what}: ${detail}`, {
      remedy: 'check the name, the tag and the credentials for this registry',
    });
  }

  /**
   * What a reference names at its registry, or at a mirror of it.
   *
   * @throws EngineError IMAGE_NOT_FOUND, REGISTRY_UNREACHABLE, REGISTRY_REFUSED, DIGEST_MISMATCH
   */
  async resolve(reference: Reference): Promise<{ descriptor: Descriptor; source: BlobSource }> {
    const { descriptor, bytes } = await this.#atFirst(reference, (place) => this.#resolveAt(place));
    const source = this.source(reference);
    return {
      descriptor,
      source: {
        ...source,
        read: (wanted) =>
          wanted.digest === descriptor.digest ? Promise.resolve(bytes) : source.read(wanted),
      },
    };
  }

  async #resolveAt(reference: Reference): Promise<{ descriptor: Descriptor; bytes: Uint8Array }> {
    const { registry, repository, tag, digest } = reference;
    const response = await this.#transport(registry).send({
      method: 'GET',
      path: `/v2/${repository}/manifests/${digest ?? tag ?? 'latest'}`,
      headers: { accept: manifestMediaTypes.join(', ') },
      scope: pullScope(reference),
    });
    if (response.status === 404) {
      await response.body?.cancel();
      throw new EngineError('IMAGE_NOT_FOUND', `${formatReference(reference)} does not exist`, {
        remedy: `check the spelling of name and tag at ${registry}`,
      });
    }
    if (!response.ok) throw await this.#refused(reference, 'the manifest', response);
    const bytes = await this.#readDocument(response, formatReference(reference));
    const actual = await digestOf(this.#options.hasher, bytes);
    const promised = digest ?? response.headers.get('docker-content-digest') ?? actual;
    if (isDigest(promised)) {
      const what = `the manifest of ${formatReference(reference)}`;
      await verifyDigest(this.#options.hasher, bytes, promised, what);
    }
    const mediaType = (response.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
    const descriptor: Descriptor = { mediaType, digest: actual, size: bytes.length };
    if (!isDocument(descriptor)) {
      throw new EngineError('IMAGE_INVALID', `${formatReference(reference)} is ${mediaType}`, {
        remedy: 'only OCI and Docker schema 2 images can be used',
      });
    }
    return { descriptor, bytes };
  }

  /** Reads a document whose length is not known; no more than a document may have. */
  async #readDocument(response: Response, subject: string): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let done = 0;
    try {
      for await (const part of response.body ?? []) {
        done += part.length;
        if (done > documentBytesMax) {
          throw new EngineError(
            'IMAGE_INVALID',
            `${subject} is longer than documentBytesMax (${documentBytesMax})`,
            { remedy: 'this is no manifest' },
          );
        }
        parts.push(part);
      }
    } catch (cause) {
      if (cause instanceof EngineError) throw cause;
      throw new EngineError('REGISTRY_UNREACHABLE', `the transfer of ${subject} broke off`, {
        remedy: 'check the network and try again',
        cause,
      });
    }
    this.#options.progress?.({ kind: 'download', subject, done, total: done, finished: true });
    return concatBytes(parts);
  }

  /**
   * The blobs of a repository, or of its mirrors; `read` verifies them. Foreign layers that the
   * registry does not have come from the addresses in their descriptors.
   */
  source(reference: Reference): BlobSource {
    const read = (descriptor: Descriptor): Promise<Uint8Array> =>
      this.#atFirst(reference, (place) => this.#read(place, descriptor));
    const stream = (descriptor: Descriptor, from = 0): AsyncIterable<Uint8Array> =>
      this.#stream(reference, descriptor, from);
    return { read, stream };
  }

  async #read(reference: Reference, descriptor: Descriptor): Promise<Uint8Array> {
    const { digest } = descriptor;
    const parts: Uint8Array[] = [];
    for await (const part of this.#streamAt(reference, descriptor, 0)) parts.push(part);
    const bytes = concatBytes(parts);
    await verifyDigest(this.#options.hasher, bytes, digest, `what ${reference.registry} sent`);
    return bytes;
  }

  /** Pieces from the first place that begins to answer; its bytes are verified by the reader. */
  async *#stream(
    reference: Reference,
    descriptor: Descriptor,
    from: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const begun = await this.#atFirst(reference, async (place) => {
      const pieces = this.#streamAt(place, descriptor, from);
      return { pieces, first: await pieces.next() };
    });
    if (begun.first.done) return;
    yield begun.first.value;
    yield* begun.pieces;
  }

  async *#streamAt(
    reference: Reference,
    descriptor: Descriptor,
    from: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { registry, repository } = reference;
    const { digest, urls = [] } = descriptor;
    const isManifest = isDocument(descriptor);
    const options: DownloadOptions = {
      send: (headers) =>
        this.#transport(registry).send({
          method: 'GET',
          path: `/v2/${repository}/${isManifest ? 'manifests' : 'blobs'}/${digest}`,
          headers: { ...headers, ...(isManifest ? { accept: manifestMediaTypes.join(', ') } : {}) },
          scope: pullScope(reference),
        }),
      pause: (attempt) => this.#transport(registry).pause(attempt),
      progress: this.#options.progress,
      refused: (response) => this.#refused(reference, digest, response),
    };
    try {
      yield* download(descriptor, from, options);
    } catch (error) {
      const isAbsent = error instanceof EngineError && error.code === 'IMAGE_NOT_FOUND';
      if (!isAbsent || !isForeignLayer(descriptor)) throw error;
      yield* this.#foreign(reference, descriptor, from, urls, options);
    }
    this.#seen.set(`${registry} ${digest}`, repository);
  }

  /** A layer that lives elsewhere: the first of its HTTPS addresses that has it. */
  async *#foreign(
    { registry }: Reference,
    descriptor: Descriptor,
    from: number,
    urls: readonly string[],
    options: DownloadOptions,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { digest } = descriptor;
    const missing = new EngineError(
      'IMAGE_NOT_FOUND',
      `${digest} is a foreign layer that ${registry} does not have; it is to be fetched from ` +
        (urls.join(', ') || 'nowhere: its descriptor has no address'),
      { remedy: 'allow that address, or use an image that holds all its layers' },
    );
    for (const url of urls.filter((one) => one.startsWith('https://'))) {
      const send = (headers: Readonly<Record<string, string>>): Promise<Response> =>
        this.#transport(registry).fetchForeign(url, headers);
      const pieces = download(descriptor, from, {
        ...options,
        send,
        refused: () => Promise.resolve(missing),
      });
      let first: IteratorResult<Uint8Array, void>;
      try {
        first = await pieces.next();
      } catch {
        continue;
      }
      if (!first.done) yield first.value;
      yield* pieces;
      return;
    }
    throw missing;
  }

  /**
   * Uploads everything a descriptor needs, what is there already left out; then gives the root its
   * tag. Blobs this client has seen in another repository of the registry are mounted.
   *
   * @throws EngineError REGISTRY_REFUSED, REGISTRY_UNREACHABLE, or the source's errors
   */
  async push(reference: Reference, root: Descriptor, source: BlobSource): Promise<void> {
    const { registry, repository } = reference;
    const { chunkBytes, progress } = this.#options;
    await pushGraph(reference, root, source, {
      transport: this.#transport(registry),
      mountFrom: ({ digest }) => this.#seen.get(`${registry} ${digest}`),
      chunkBytes,
      progress: (event) => {
        if (event.finished) this.#seen.set(`${registry} ${event.subject}`, repository);
        progress?.(event);
      },
    });
  }

  /**
   * What refers to an image: descriptors of manifests whose subject it is.
   *
   * @param reference with a digest; else its tag is resolved first
   * @throws EngineError REGISTRY_REFUSED, REGISTRY_UNREACHABLE, IMAGE_INVALID, IMAGE_NOT_FOUND
   */
  async referrers(reference: Reference, artifactType?: string): Promise<readonly Descriptor[]> {
    const { registry, repository } = reference;
    const digest = reference.digest ?? (await this.resolve(reference)).descriptor.digest;
    return readReferrers(this.#transport(registry), repository, digest, artifactType);
  }
}
