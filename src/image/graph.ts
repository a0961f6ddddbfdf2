/** What hangs together: all blobs below a descriptor, children before parents. */

import { invalidImage, parseIndex, parseManifest } from './documents.ts';
import { indexDepthMax } from './limits.ts';
import { isIndexType, isManifestType } from './media_types.ts';
import type { BlobSource, Descriptor } from './types.ts';

/** A blob on the way of a copy. */
export interface GraphNode {
  readonly descriptor: Descriptor;
  /** The bytes of manifests and indexes, which had to be read; undefined for other blobs. */
  readonly document: Uint8Array | undefined;
}

/**
 * Visits everything a descriptor needs, each digest once, so that a reference never comes before
 * what it points to: the order in which registries accept uploads.
 */
export async function* walkGraph(
  source: BlobSource,
  root: Descriptor,
): AsyncGenerator<GraphNode, void, undefined> {
  yield* visit(source, root, new Set(), 0);
}

async function* visit(
  source: BlobSource,
  descriptor: Descriptor,
  seen: Set<string>,
  depth: number,
): AsyncGenerator<GraphNode, void, undefined> {
  if (seen.has(descriptor.digest)) return;
  seen.add(descriptor.digest);
  const isIndex = isIndexType(descriptor.mediaType);
  if (!isIndex && !isManifestType(descriptor.mediaType)) {
    yield { descriptor, document: undefined };
    return;
  }
  if (depth > indexDepthMax) {
    throw invalidImage(`index ${descriptor.digest}`, 'nested deeper than indexDepthMax');
  }
  const document = await source.read(descriptor);
  const what = `${isIndex ? 'index' : 'manifest'} ${descriptor.digest}`;
  if (isIndex) {
    for (const child of parseIndex(document, what).manifests) {
      yield* visit(source, child, seen, depth + 1);
    }
  } else {
    const manifest = parseManifest(document, what);
    for (const child of [manifest.config, ...manifest.layers]) {
      yield* visit(source, child, seen, depth + 1);
    }
  }
  yield { descriptor, document };
}
