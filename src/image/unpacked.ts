/**
 * Unpacked layers in a store on disk: unpacked once, in a stream, beside a blob of their headers.
 * From then on a tree is made from the headers, and files are read where they are, so that a layer
 * costs no memory and the next process does not unpack it again.
 */

import { decompressPieces, type Gunzipper } from '../archive/decompress.ts';
import { entryBytes, type TarEntry } from '../archive/tar.ts';
import { TarScanner } from '../archive/tar_scan.ts';
import { EngineError } from '../engine/error.ts';
import { isDigest } from '../store/hash.ts';
import type { ContentStore, Digest, Hasher } from '../store/store.ts';
import { copyBlob } from './copy.ts';
import { corruptLayer, type LayerPlace } from './layer.ts';
import { unpackedPrefix } from './layer_facts.ts';
import { layerBytesMax, unpackedOnDiskBytesMin, unpackedStoreBytesMax } from './limits.ts';
import { layerCompression } from './media_types.ts';
import { pruneUnpacked } from './prune.ts';

/** Keeps unpacked layers. */
export class UnpackedLayers {
  readonly #store: ContentStore;
  readonly #hasher: Hasher;
  readonly #unpackedBytesMax: number;
  readonly #underWay = new Map<Digest, Promise<Uint8Array | undefined>>();

  /** @param unpackedBytesMax most bytes of one unpacked layer */
  constructor(store: ContentStore, unpackedBytesMax: number, hasher: Hasher) {
    this.#store = store;
    this.#hasher = hasher;
    this.#unpackedBytesMax = unpackedBytesMax;
  }

  /**
   * The headers of a layer, which is unpacked where it is not yet; undefined where it is better
   * read whole: it is small, its files have holes, or the store cannot read parts of blobs.
   *
   * @throws EngineError LAYER_CORRUPT, DIGEST_MISMATCH, or the source's errors
   */
  headers(layer: LayerPlace): Promise<Uint8Array | undefined> {
    const { range, putStream, stream } = this.#store;
    const isSmall = layer.descriptor.size < unpackedOnDiskBytesMin;
    if (isSmall || !range || !putStream || !stream) return Promise.resolve(undefined);
    let task = this.#underWay.get(layer.diffId);
    if (!task) {
      task = this.#headers(layer).finally(() => this.#underWay.delete(layer.diffId));
      this.#underWay.set(layer.diffId, task);
    }
    return task;
  }

  async #headers(layer: LayerPlace): Promise<Uint8Array | undefined> {
    const { diffId } = layer;
    const known = await this.#store.getName(unpackedPrefix + diffId);
    if (known === '') return undefined;
    if (known !== undefined && isDigest(known) && (await this.#store.has(diffId))) {
      const headers = await this.#store.get(known);
      if (headers) return headers;
    }
    const wasThere = await this.#store.has(diffId);
    const headers = await this.#unpack(layer);
    const digest = headers ? await this.#store.put(headers) : '';
    if (!headers && !wasThere) await this.#store.delete(diffId);
    await this.#store.setName(unpackedPrefix + diffId, digest);
    await pruneUnpacked(this.#store, unpackedStoreBytesMax);
    return headers;
  }

  async #unpack(layer: LayerPlace): Promise<Uint8Array | undefined> {
    const { source, descriptor } = layer;
    if (descriptor.size > layerBytesMax) {
      throw corruptLayer(descriptor.digest, 'larger than layerBytesMax');
    }
    await copyBlob(this.#store, source, descriptor);
    try {
      return await this.#unpackWith(layer, this.#hasher.gunzip ?? 'runtime');
    } catch (error) {
      // Runtimes refuse what the library reads: several members, say. It has the last word.
      if (!(error instanceof EngineError) || error.code !== 'LAYER_CORRUPT') throw error;
      return await this.#unpackWith(layer, 'library');
    }
  }

  async #unpackWith(
    { descriptor, diffId }: LayerPlace,
    gunzipper: Gunzipper,
  ): Promise<Uint8Array | undefined> {
    const { digest, mediaType } = descriptor;
    const compression = layerCompression(mediaType) ?? 'none';
    const scanner = new TarScanner(true);
    const packed = this.#store.stream?.(digest) ?? never();
    const max = this.#unpackedBytesMax;
    const scanned = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      for await (const piece of decompressPieces(packed, compression, gunzipper, max)) {
        scanner.add(piece);
        yield piece;
      }
      scanner.finish();
    };
    try {
      if (diffId === digest) for await (const _ of scanned());
      else await this.#store.putStream?.(scanned(), diffId);
    } catch (error) {
      const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      const isOther = error instanceof EngineError && error.code === 'DIGEST_MISMATCH';
      throw corruptLayer(digest, isOther ? `unpacked, ${why}` : why, error);
    }
    return scanner.headers;
  }

  /** The contents of a file of a layer. Rejects as `headers`. */
  async read(layer: LayerPlace, entry: TarEntry): Promise<Uint8Array> {
    const [piece] = entry.pieces;
    if (!piece) return entryBytes(new Uint8Array(0), entry);
    const { start, length } = piece;
    const bytes = await this.#store.range?.(layer.diffId, start, length);
    if (bytes) return bytes;
    // It was pruned since the tree was made.
    await this.headers(layer);
    return (await this.#store.range?.(layer.diffId, start, length)) ?? never();
  }
}

function never(): never {
  throw new Error('a store that streams lost what was just stored');
}
