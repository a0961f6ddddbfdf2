/** Pulls from and pushes to registries over the OCI distribution API. */

import { EngineError } from '../../engine/error.ts';
import { concatBytes } from '../../rootfs/name.ts';
import { digestOf, isDigest, verifyDigest } from '../../store/hash.ts';
import type { Hasher } from '../../store/store.ts';
import { walkGraph } from '../graph.ts';
import { documentBytesMax } from '../limits.ts';
import { isIndexType, isManifestType, manifestMediaTypes } from '../media_types.ts';
import { formatReference, type Reference } from '../reference.ts';
import type { BlobSource, Descriptor, ProgressListener } from '../types.ts';
import { describeFailure, Transport, type TransportOptions } from './transport.ts';

export interface RegistryClientOptions extends TransportOptions {
  readonly hasher: Hasher;
  readonly progress?: ProgressListener;
}

const isDocument = ({ mediaType }: Descriptor): boolean =>
  isIndexType(mediaType) || isManifestType(mediaType);

/** A client for any number of registries; one connection state for each. */
export class RegistryClient {
  readonly #options: RegistryClientOptions;
  readonly #transports = new Map<string, Transport>();

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

  async #refused(reference: Reference, what: string, response: Response): Promise<EngineError> {
    const detail = await describeFailure(response);
    return new EngineError('REGISTRY_REFUSED', `${reference.registry} refused ${what}: ${detail}`, {
      remedy: 'check the name, the tag and the credentials for this registry',
    });
  }

  /**
   * What a reference names at its registry.
   *
   * @throws EngineError IMAGE_NOT_FOUND, REGISTRY_UNREACHABLE, REGISTRY_REFUSED, DIGEST_MISMATCH
   */
  async resolve(reference: Reference): Promise<{ descriptor: Descriptor; source: BlobSource }> {
    const { registry, repository, tag, digest } = reference;
    const response = await this.#transport(registry).send({
      method: 'GET',
      path: `/v2/${repository}/manifests/${digest ?? tag ?? 'latest'}`,
      headers: { accept: manifestMediaTypes.join(', ') },
      scope: `repository:${repository}:pull`,
    });
    if (response.status === 404) {
      await response.body?.cancel();
      throw new EngineError('IMAGE_NOT_FOUND', `${formatReference(reference)} does not exist`, {
        remedy: `check the spelling of name and tag at ${registry}`,
      });
    }
    if (!response.ok) throw await this.#refused(reference, 'the manifest', response);
    const bytes = await this.#readLimited(response, documentBytesMax, 'a manifest');
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
    const source = this.source(reference);
    const read = (wanted: Descriptor): Promise<Uint8Array> =>
      wanted.digest === actual ? Promise.resolve(bytes) : source.read(wanted);
    return { descriptor, source: { read } };
  }

  /** The blobs of a repository, verified. */
  source(reference: Reference): BlobSource {
    return { read: (descriptor) => this.#read(reference, descriptor) };
  }

  async #read(reference: Reference, descriptor: Descriptor): Promise<Uint8Array> {
    const { registry, repository } = reference;
    const { digest, size } = descriptor;
    const kind = isDocument(descriptor) ? 'manifests' : 'blobs';
    const response = await this.#transport(registry).send({
      method: 'GET',
      path: `/v2/${repository}/${kind}/${digest}`,
      headers: kind === 'manifests' ? { accept: manifestMediaTypes.join(', ') } : {},
      scope: `repository:${repository}:pull`,
    });
    if (response.status === 404) {
      await response.body?.cancel();
      throw new EngineError(
        'IMAGE_NOT_FOUND',
        `${registry}/${repository} does not have ${digest}`,
        {
          remedy: 'the image is incomplete at the registry: publish it again',
        },
      );
    }
    if (!response.ok) throw await this.#refused(reference, digest, response);
    const bytes = await this.#readLimited(response, size, digest);
    await verifyDigest(this.#options.hasher, bytes, digest, `what ${registry} sent`);
    return bytes;
  }

  /** Reads a body; more bytes than promised are not waited for. */
  async #readLimited(response: Response, max: number, subject: string): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let done = 0;
    const report = (finished: boolean): void =>
      this.#options.progress?.({ kind: 'download', subject, done, total: max, finished });
    try {
      for await (const part of response.body ?? []) {
        done += part.length;
        if (done > max) {
          throw new EngineError('DIGEST_MISMATCH', `${subject} is longer than ${max} bytes`, {
            remedy: 'the registry does not send what its manifest promises',
          });
        }
        parts.push(part);
        report(false);
      }
    } catch (cause) {
      if (cause instanceof EngineError) throw cause;
      throw new EngineError('REGISTRY_UNREACHABLE', `the transfer of ${subject} broke off`, {
        remedy: 'check the network and try again',
        cause,
      });
    } finally {
      report(true);
    }
    return concatBytes(parts);
  }

  /**
   * Uploads everything a descriptor needs, children first, what is there already left out; then
   * gives the root its tag.
   */
  async push(reference: Reference, root: Descriptor, source: BlobSource): Promise<void> {
    for await (const { descriptor, document } of walkGraph(source, root)) {
      if (document === undefined) await this.#pushBlob(reference, descriptor, source);
      else if (descriptor.digest !== root.digest || reference.tag === undefined) {
        await this.#putManifest(reference, descriptor, document, descriptor.digest);
      }
    }
    if (reference.tag === undefined) return;
    await this.#putManifest(reference, root, await source.read(root), reference.tag);
  }

  async #putManifest(
    reference: Reference,
    descriptor: Descriptor,
    body: Uint8Array,
    key: string,
  ): Promise<void> {
    const { registry, repository } = reference;
    const response = await this.#transport(registry).send({
      method: 'PUT',
      path: `/v2/${repository}/manifests/${key}`,
      headers: { 'content-type': descriptor.mediaType },
      body,
      scope: `repository:${repository}:pull,push`,
    });
    if (!response.ok) throw await this.#refused(reference, `manifest ${key}`, response);
    await response.body?.cancel();
    const { digest: subject, size: total } = descriptor;
    this.#options.progress?.({ kind: 'upload', subject, done: total, total, finished: true });
  }

  async #pushBlob(reference: Reference, descriptor: Descriptor, source: BlobSource): Promise<void> {
    const { registry, repository } = reference;
    const { digest, size } = descriptor;
    const transport = this.#transport(registry);
    const scope = `repository:${repository}:pull,push`;
    const path = `/v2/${repository}/blobs/${digest}`;
    const existing = await transport.send({ method: 'HEAD', path, scope });
    await existing.body?.cancel();
    const report = (done: number): void =>
      this.#options.progress?.({
        kind: 'upload',
        subject: digest,
        done,
        total: size,
        finished: done === size,
      });
    if (existing.ok) {
      report(size);
      return;
    }
    if (size > 0) report(0);
    const start = await transport.send({
      method: 'POST',
      path: `/v2/${repository}/blobs/uploads/`,
      scope,
    });
    if (start.status !== 202) throw await this.#refused(reference, `blob ${digest}`, start);
    await start.body?.cancel();
    const location = transport.pathOf(start.headers.get('location') ?? '');
    const put = await transport.send({
      method: 'PUT',
      path: `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`,
      headers: { 'content-type': 'application/octet-stream' },
      body: await source.read(descriptor),
      scope,
    });
    if (!put.ok) throw await this.#refused(reference, `blob ${digest}`, put);
    await put.body?.cancel();
    report(size);
  }
}
