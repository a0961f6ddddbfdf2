/** Images → file trees, each chain of layers applied once. */

import { EngineError } from '../engine/error.ts';
import { applyLayer, LayerError } from '../rootfs/apply.ts';
import { emptyDirectory } from '../rootfs/editor.ts';
import type { DirectoryNode } from '../rootfs/node.ts';
import { digestOf } from '../store/hash.ts';
import type { ContentStore, Digest, Hasher } from '../store/store.ts';
import { corruptLayer, LayerReader, windowsEntries } from './layer.ts';
import type { Image } from './types.ts';

const encoder = new TextEncoder();

/**
 * Makes root file systems. Trees are kept by chain id (OCI "Layer ChainID"), so images that share
 * layers share nodes, and asking twice gives the same object: diffs rely on that.
 */
export class Unpacker {
  readonly #hasher: Hasher;
  readonly #layers: LayerReader;
  readonly #trees = new Map<string, Promise<DirectoryNode>>();

  /**
   * @param unpackedBytesMax most bytes of one unpacked layer
   * @param store where large layers are kept unpacked
   */
  constructor(hasher: Hasher, unpackedBytesMax?: number, store?: ContentStore) {
    this.#hasher = hasher;
    this.#layers = new LayerReader(hasher, unpackedBytesMax, store);
  }

  /** The tree of an image. Rejects with LAYER_CORRUPT, DIGEST_MISMATCH, or the source's errors. */
  async rootfs(image: Image): Promise<DirectoryNode> {
    let tree = emptyDirectory;
    const isWindows = image.platform.os === 'windows';
    let chain: string | undefined;
    for (const [i, diffId] of image.config.rootfs.diff_ids.entries()) {
      chain =
        chain === undefined
          ? diffId
          : await digestOf(this.#hasher, encoder.encode(`${chain} ${diffId}`));
      tree = await this.#apply(isWindows ? `windows ${chain}` : chain, image, i, diffId, tree);
    }
    return tree;
  }

  #apply(
    chain: string,
    image: Image,
    layer: number,
    diffId: Digest,
    below: DirectoryNode,
  ): Promise<DirectoryNode> {
    const known = this.#trees.get(chain);
    if (known) return known;
    const task = this.#applyNow(image, layer, diffId, below);
    this.#trees.set(chain, task);
    task.catch(() => this.#trees.delete(chain));
    return task;
  }

  async #applyNow(
    image: Image,
    layer: number,
    diffId: Digest,
    below: DirectoryNode,
  ): Promise<DirectoryNode> {
    const descriptor = image.manifest.layers[layer];
    if (!descriptor) throw new Error('documents with different numbers of layers got this far');
    const entries = await this.#layers.entries({ source: image.source, descriptor, diffId });
    try {
      const isWindows = image.platform.os === 'windows';
      return applyLayer(below, isWindows ? windowsEntries(entries) : entries);
    } catch (error) {
      if (error instanceof LayerError || error instanceof EngineError) {
        throw corruptLayer(descriptor.digest, error.message, error);
      }
      throw error;
    }
  }
}
