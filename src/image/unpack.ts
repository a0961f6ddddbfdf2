/** Images → file trees, each chain of layers applied once. */

import { EngineError } from '../engine/error.ts';
import { applyLayer, LayerError } from '../rootfs/apply.ts';
import { emptyDirectory } from '../rootfs/editor.ts';
import type { DirectoryNode } from '../rootfs/node.ts';
import { digestOf } from '../store/hash.ts';
import type { ContentStore, Digest, Hasher } from '../store/store.ts';
import { corruptLayer, LayerReader, windowsEntries } from './layer.ts';
import { treeEntriesMax } from './limits.ts';
import type { Image } from './types.ts';

const encoder = new TextEncoder();

/**
 * Makes root file systems. The last trees are kept by chain id (OCI "Layer ChainID"), so images
 * that share layers share nodes, and asking twice gives the same object, which makes diffs fast.
 */
export class Unpacker {
  readonly #hasher: Hasher;
  readonly #layers: LayerReader;
  /** Least recently used first. */
  readonly #trees = new Map<string, Promise<DirectoryNode>>();
  /** Entries of the layers that finished trees were made of last. */
  readonly #entries = new Map<string, number>();
  readonly #treeEntriesMax: number;

  /**
   * @param unpackedBytesMax most bytes of one unpacked layer
   * @param store where large layers are kept unpacked
   * @param entriesMax most entries of layers whose trees are held on to
   */
  constructor(
    hasher: Hasher,
    unpackedBytesMax?: number,
    store?: ContentStore,
    entriesMax: number = treeEntriesMax,
  ) {
    this.#hasher = hasher;
    this.#treeEntriesMax = entriesMax;
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
    const task = known ?? this.#applyNow(chain, image, layer, diffId, below);
    this.#trees.delete(chain);
    this.#trees.set(chain, task);
    if (known) return known;
    task.then(
      () => this.#evict(chain),
      () => this.#trees.delete(chain),
    );
    return task;
  }

  /** Trees that are made a second time are other objects; `diffTrees` puts up with that. */
  #evict(last: string): void {
    let total = 0;
    for (const entries of this.#entries.values()) total += entries;
    for (const chain of this.#trees.keys()) {
      if (total <= this.#treeEntriesMax || chain === last) return;
      const entries = this.#entries.get(chain);
      // One that is still being made cannot be told how large it is.
      if (entries === undefined) continue;
      total -= entries;
      this.#entries.delete(chain);
      this.#trees.delete(chain);
    }
  }

  async #applyNow(
    chain: string,
    image: Image,
    layer: number,
    diffId: Digest,
    below: DirectoryNode,
  ): Promise<DirectoryNode> {
    const descriptor = image.manifest.layers[layer];
    if (!descriptor) throw new Error('documents with different numbers of layers got this far');
    const entries = await this.#layers.entries({ source: image.source, descriptor, diffId });
    this.#entries.set(chain, entries.length);
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
