/** Layers ↔ entries: tar archives indexed without copying, and written from changes. */

import { decompress } from '../archive/decompress.ts';
import { decompressedBytesMax } from '../archive/limits.ts';
import { entryBytes, type TarEntry, type TarHeader } from '../archive/tar.ts';
import { readTar } from '../archive/tar_read.ts';
import { TarWriter } from '../archive/tar_write.ts';
import { EngineError } from '../engine/error.ts';
import { type LayerEntry, whiteoutPrefix } from '../rootfs/apply.ts';
import { lazyContent } from '../rootfs/content.ts';
import type { Change } from '../rootfs/diff.ts';
import type { DirectoryNode, Node } from '../rootfs/node.ts';
import { digestOf } from '../store/hash.ts';
import type { ContentStore, Digest, Hasher } from '../store/store.ts';
import { LayerFacts } from './layer_facts.ts';
import { layerBytesMax, layerCacheBytesMax } from './limits.ts';
import { layerCompression } from './media_types.ts';
import type { BlobSource, Descriptor } from './types.ts';
import { UnpackedLayers } from './unpacked.ts';

/** A layer that cannot be unpacked; its digest is named. */
export function corruptLayer(digest: Digest, why: string, cause?: unknown): EngineError {
  return new EngineError('LAYER_CORRUPT', `layer ${digest} is corrupt: ${why}`, {
    remedy: 'remove the image and pull, load or build it again',
    cause,
  });
}

/** One layer of an image: where its blob is, and what its unpacked bytes hash to. */
export interface LayerPlace {
  readonly source: BlobSource;
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

/**
 * Reads layers. Large ones are unpacked to the store where it is on disk; of the others the last
 * ones stay in memory, unpacked, so that files can be read out of them.
 */
export class LayerReader {
  readonly #hasher: Hasher;
  readonly #onDisk: UnpackedLayers | undefined;
  readonly #facts: LayerFacts | undefined;
  /** Least recently used first. */
  readonly #unpacked = new Map<Digest, Promise<Uint8Array>>();
  readonly #sizes = new Map<Digest, number>();

  readonly #unpackedBytesMax: number;

  /**
   * @param unpackedBytesMax most bytes of one unpacked layer; default `decompressedBytesMax`
   * @param store where large ones are kept, and what is known about them
   */
  constructor(
    hasher: Hasher,
    unpackedBytesMax: number = decompressedBytesMax,
    store?: ContentStore,
  ) {
    this.#hasher = hasher;
    this.#unpackedBytesMax = unpackedBytesMax;
    this.#onDisk = store && new UnpackedLayers(store, unpackedBytesMax, hasher);
    this.#facts = store && new LayerFacts(store);
  }

  /** The tar archive of a layer, verified. Rejects with LAYER_CORRUPT or DIGEST_MISMATCH. */
  unpack(layer: LayerPlace): Promise<Uint8Array> {
    const { diffId } = layer;
    const task = this.#unpacked.get(diffId) ?? this.#unpackNow(layer);
    this.#unpacked.delete(diffId);
    this.#unpacked.set(diffId, task);
    task.then(
      (bytes) => this.#evict(diffId, bytes.length),
      () => this.#unpacked.delete(diffId),
    );
    return task;
  }

  async #unpackNow({ source, descriptor, diffId }: LayerPlace): Promise<Uint8Array> {
    const { digest, size, mediaType } = descriptor;
    if (size > layerBytesMax) throw corruptLayer(digest, `larger than layerBytesMax`);
    const blob = await source.read(descriptor);
    let bytes: Uint8Array;
    try {
      bytes = await decompress(blob, layerCompression(mediaType) ?? 'none', this.#unpackedBytesMax);
    } catch (error) {
      throw corruptLayer(digest, error instanceof Error ? error.message : String(error), error);
    }
    const actual = await digestOf(this.#hasher, bytes);
    if (actual !== diffId) {
      throw corruptLayer(digest, `it unpacks to ${actual}, the configuration says ${diffId}`);
    }
    return bytes;
  }

  #evict(added: Digest, size: number): void {
    this.#sizes.set(added, size);
    let total = 0;
    for (const digest of this.#unpacked.keys()) total += this.#sizes.get(digest) ?? 0;
    for (const digest of this.#unpacked.keys()) {
      if (total <= layerCacheBytesMax || digest === added) return;
      total -= this.#sizes.get(digest) ?? 0;
      this.#unpacked.delete(digest);
    }
  }

  /** The entries of a layer; contents are read when asked for. Rejects as `unpack`. */
  async entries(layer: LayerPlace): Promise<LayerEntry[]> {
    const headers = await this.#onDisk?.headers(layer);
    const archive = headers ?? (await this.unpack(layer));
    const { diffId } = layer;
    const read = async (entry: TarEntry): Promise<Uint8Array> =>
      headers && this.#onDisk
        ? this.#onDisk.read(layer, entry)
        : entryBytes(await this.unpack(layer), entry).slice();
    const entries: LayerEntry[] = [];
    try {
      for (const entry of readTar(archive, headers !== undefined)) {
        const origin = `${diffId} ${entry.pieces[0]?.start ?? ''}`;
        entries.push(layerEntry(entry, () => read(entry), origin));
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw corruptLayer(layer.descriptor.digest, why, error);
    }
    await this.#facts?.learn(layer.descriptor, diffId);
    return entries;
  }
}

function layerEntry(entry: TarEntry, read: () => Promise<Uint8Array>, origin?: string): LayerEntry {
  const { path, mode, uid, gid, mtime, xattrs } = entry;
  const metadata = { mode, uid, gid, mtime, ...(xattrs ? { xattrs } : {}) };
  switch (entry.type) {
    case 'hardlink':
      return { path, linkTarget: entry.target ?? '' };
    case 'file':
      return {
        path,
        node: { kind: 'file', ...metadata, content: lazyContent(entry.size, read, origin) },
      };
    case 'directory':
      return { path, node: { kind: 'directory', ...metadata, entries: new Map() } };
    case 'symlink':
      return { path, node: { kind: 'symlink', ...metadata, target: entry.target ?? '' } };
    case 'fifo':
      return { path, node: { kind: 'fifo', ...metadata } };
    default: {
      const { major = 0, minor = 0 } = entry;
      return { path, node: { kind: entry.type, ...metadata, major, minor } };
    }
  }
}

/** The header of a node; undefined for sockets, which tar has no type for. */
function headerOf(path: string, node: Node): TarHeader | undefined {
  const { mode, uid, gid, mtime, xattrs } = node;
  const metadata = { mode, uid, gid, mtime, ...(xattrs ? { xattrs } : {}) };
  switch (node.kind) {
    case 'file':
      return { path, type: 'file', ...metadata };
    case 'directory':
      return { path: path === '' ? './' : `${path}/`, type: 'directory', ...metadata };
    case 'symlink':
      return { path, type: 'symlink', ...metadata, target: node.target };
    case 'character':
    case 'block':
      return { path, type: node.kind, ...metadata, major: node.major, minor: node.minor };
    case 'fifo':
      return { path, type: 'fifo', ...metadata };
    case 'socket':
      return undefined;
  }
}

/** Where Windows layers have the files; beside them is the registry, in `Hives/`. */
export const windowsFiles = 'Files/';

/** How a layer is written. */
export interface LayerOptions {
  /** Whether it is for Windows, whose layers have files below `Files/`. */
  readonly isWindows?: boolean;
  /** Later times are written as this one, in nanoseconds since the epoch. */
  readonly mtimeMax?: bigint;
}

/** Lets no time be later than another. */
class LayerWriter extends TarWriter {
  readonly #mtimeMax: bigint | undefined;

  constructor(mtimeMax: bigint | undefined) {
    super();
    this.#mtimeMax = mtimeMax;
  }

  override add(header: TarHeader, contents?: Uint8Array): void {
    const max = this.#mtimeMax;
    const isLate = max !== undefined && header.mtime > max;
    super.add(isLate ? { ...header, mtime: max } : header, contents);
  }
}

/** Puts everything where Windows layers have it (BuildKit `winlayers`). */
class WindowsLayerWriter extends LayerWriter {
  constructor(mtimeMax: bigint | undefined) {
    super(mtimeMax);
    for (const path of [windowsFiles, 'Hives/']) {
      super.add({ path, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0n });
    }
  }

  override add(header: TarHeader, contents?: Uint8Array): void {
    const path = windowsFiles + header.path;
    const { type, target } = header;
    const link = type === 'hardlink' ? { target: windowsFiles + (target ?? '') } : {};
    super.add({ ...header, path, ...link }, contents);
  }
}

/**
 * The entries of a Windows layer as they look from inside: what is below `Files/`; the registry and
 * the utility machine are no files of the container (BuildKit `winlayers`).
 */
export function windowsEntries(entries: readonly LayerEntry[]): LayerEntry[] {
  const inside: LayerEntry[] = [];
  for (const entry of entries) {
    const path = entry.path.replace(/^\.\//, '');
    if (!path.startsWith(windowsFiles) || path === windowsFiles) continue;
    const { linkTarget } = entry;
    const link =
      linkTarget === undefined
        ? {}
        : { linkTarget: linkTarget.replace(/^\.\//, '').replace(windowsFiles, '') };
    inside.push({ ...entry, path: path.slice(windowsFiles.length), ...link });
  }
  return inside;
}

/**
 * Writes the layer that makes `tree` of the tree it was compared with. Directories above a change
 * are entries too: unpackers that keep each layer apart would otherwise give them default modes.
 */
export async function writeLayer(
  tree: DirectoryNode,
  changes: readonly Change[],
  { isWindows = false, mtimeMax }: LayerOptions = {},
): Promise<Uint8Array> {
  const writer = isWindows ? new WindowsLayerWriter(mtimeMax) : new LayerWriter(mtimeMax);
  const written = new Set<string>(['']);
  const links = new Map<Node, string>();
  for (const change of changes) {
    const names = change.path.split('/');
    let directory: Node | undefined = tree;
    for (let i = 1; i < names.length; i++) {
      directory =
        directory?.kind === 'directory' ? directory.entries.get(names[i - 1] ?? '') : undefined;
      const path = names.slice(0, i).join('/');
      if (written.has(path) || !directory) continue;
      written.add(path);
      const header = headerOf(path, directory);
      if (header) writer.add(header);
    }
    if (change.kind === 'delete') {
      const path = [...names.slice(0, -1), whiteoutPrefix + names.at(-1)].join('/');
      writer.add({ path, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0n });
      continue;
    }
    if (change.path !== '' && written.has(change.path)) continue;
    written.add(change.path);
    await writeNode(writer, change.path, change.node, links);
  }
  return writer.finish();
}

async function writeNode(
  writer: TarWriter,
  path: string,
  node: Node,
  links: Map<Node, string>,
): Promise<void> {
  const header = headerOf(path, node);
  if (!header) return;
  const first = node.kind === 'directory' || node.kind === 'symlink' ? undefined : links.get(node);
  if (first !== undefined) {
    const { xattrs: _, ...rest } = header;
    writer.add({ ...rest, type: 'hardlink', target: first });
    return;
  }
  links.set(node, path);
  writer.add(header, node.kind === 'file' ? await node.content.load() : undefined);
}

/** The entries of an archive that was added to a tree; undefined for what is no tar archive. */
export async function archiveEntries(bytes: Uint8Array): Promise<LayerEntry[] | undefined> {
  try {
    const archive = await decompress(bytes);
    const entries: LayerEntry[] = [];
    for (const entry of readTar(archive)) {
      entries.push(layerEntry(entry, async () => entryBytes(archive, entry).slice()));
    }
    return entries.length > 0 ? entries : undefined;
  } catch {
    // Damage and "not an archive" look the same; ADD then copies the file, as Docker does.
    return undefined;
  }
}
