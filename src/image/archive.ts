/** Images as one file: OCI layout archives, and what `docker save` writes. */

import { decompress } from '../archive/decompress.ts';
import { entryBytes } from '../archive/tar.ts';
import { readTar } from '../archive/tar_read.ts';
import { tarEnd, tarHead, tarPadding } from '../archive/tar_write.ts';
import { EngineError } from '../engine/error.ts';
import { concatBytes } from '../rootfs/name.ts';
import { digestOf, isDigest, verifiedPieces } from '../store/hash.ts';
import type { ContentStore, Hasher } from '../store/store.ts';
import { limitedPieces } from './copy.ts';
import { encodeDocument, invalidImage, parseConfig, parseIndex } from './documents.ts';
import { walkGraph } from './graph.ts';
import { streamedBytesMin } from './limits.ts';
import { isIndexType, mediaType } from './media_types.ts';
import { readImage } from './select.ts';
import type { BlobSource, Descriptor, Manifest } from './types.ts';

/** Annotation with the name of an entry of index.json: the tag alone, as in the specification. */
const refNameAnnotation = 'org.opencontainers.image.ref.name';
/** Annotation with the full reference, as containerd writes and reads it. */
const fullNameAnnotation = 'io.containerd.image.name';

const encoder = new TextEncoder();
const text = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

/**
 * Writes an OCI layout as a tar archive, the same bytes each time. A single image also gets the
 * manifest.json that `docker load` reads, as Dagger's export does.
 *
 * Layers pass in pieces where the source streams; they are verified.
 *
 * @param reference full name of the image, if it has one
 * @throws EngineError DIGEST_MISMATCH after the last piece of a damaged blob
 */
export async function* archivePieces(
  source: BlobSource,
  hasher: Hasher,
  root: Descriptor,
  reference?: { readonly full: string; readonly tag: string },
): AsyncGenerator<Uint8Array, void, undefined> {
  const files = new Map<string, Uint8Array | Descriptor>();
  for await (const { descriptor, document } of walkGraph(source, root)) {
    const path = `blobs/sha256/${descriptor.digest.slice('sha256:'.length)}`;
    files.set(path, document ?? descriptor);
  }
  const annotations = reference
    ? { [fullNameAnnotation]: reference.full, [refNameAnnotation]: reference.tag }
    : undefined;
  const entry = { ...root, ...(annotations ? { annotations } : {}) };
  files.set(
    'index.json',
    text({ schemaVersion: 2, mediaType: mediaType.index, manifests: [entry] }),
  );
  files.set('oci-layout', text({ imageLayoutVersion: '1.0.0' }));
  if (!isIndexType(root.mediaType)) {
    const { manifest } = await readImage(source, root);
    const place = ({ digest }: Descriptor): string => `blobs/sha256/${digest.slice(7)}`;
    const docker = {
      Config: place(manifest.config),
      RepoTags: reference ? [reference.full] : [],
      Layers: manifest.layers.map(place),
    };
    files.set('manifest.json', text([docker]));
  }
  const metadata = { uid: 0, gid: 0, mtime: 0n };
  for (const path of ['blobs/', 'blobs/sha256/']) {
    yield* tarHead({ path, type: 'directory', mode: 0o755, ...metadata }, 0);
  }
  for (const path of [...files.keys()].sort()) {
    const file = files.get(path);
    if (!file) continue;
    const size = file instanceof Uint8Array ? file.length : file.size;
    yield* tarHead({ path, type: 'file', mode: 0o644, ...metadata }, size);
    if (file instanceof Uint8Array) yield file;
    else if (!source.stream || size < streamedBytesMin) yield await source.read(file);
    else yield* verifiedPieces(hasher, limitedPieces(source.stream(file), file), file.digest, path);
    yield tarPadding(size);
  }
  yield tarEnd;
}

/** The same as one piece. */
export async function writeArchive(
  ...args: Parameters<typeof archivePieces>
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const piece of archivePieces(...args)) parts.push(piece);
  return concatBytes(parts);
}

/** What an archive or layout held. */
export interface Imported {
  readonly descriptor: Descriptor;
  /** The name it has there, if any. */
  readonly name: string | undefined;
}

/** The files of a layout, by path without `./`. */
export interface LayoutFiles {
  /** Undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
}

function unknownArchive(why: string, cause?: unknown): EngineError {
  return new EngineError('IMAGE_INVALID', `this is no image archive: ${why}`, {
    remedy:
      'give a file made by `docker save`, `skopeo copy … oci-archive:` or `stiletto images save`',
    cause,
  });
}

/** The files in a tar archive, which may be compressed. Rejects with IMAGE_INVALID. */
export async function archiveFiles(bytes: Uint8Array): Promise<LayoutFiles> {
  const files = new Map<string, Uint8Array>();
  const links = new Map<string, string>();
  try {
    const tar = await decompress(bytes);
    for (const entry of readTar(tar)) {
      const path = entry.path.replace(/^\.?\//, '');
      if (entry.type === 'file') files.set(path, entryBytes(tar, entry));
      else if (entry.type === 'hardlink')
        links.set(path, (entry.target ?? '').replace(/^\.\//, ''));
      else if (entry.type === 'symlink') links.set(path, resolveBeside(path, entry.target ?? ''));
    }
  } catch (error) {
    throw unknownArchive(error instanceof Error ? error.message : String(error), error);
  }
  const find = (path: string): Uint8Array | undefined =>
    files.get(path) ?? files.get(links.get(path) ?? '');
  return { read: (path) => Promise.resolve(find(path)) };
}

/** Old `docker save` archives link equal layers: `../ID/layer.tar`. */
function resolveBeside(path: string, target: string): string {
  const names = path.split('/').slice(0, -1);
  for (const name of target.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '.' && name !== '') names.push(name);
  }
  return names.join('/');
}

/**
 * Copies everything a layout or a `docker save` archive holds into a store.
 *
 * @throws EngineError IMAGE_INVALID, DIGEST_MISMATCH
 */
export async function importLayout(
  store: ContentStore,
  hasher: Hasher,
  files: LayoutFiles,
): Promise<Imported[]> {
  const index = await files.read('index.json');
  if (index) return importOci(store, files, index);
  const manifest = await files.read('manifest.json');
  if (manifest) return importDocker(store, hasher, files, manifest);
  throw unknownArchive('it has neither index.json nor manifest.json');
}

async function importOci(
  store: ContentStore,
  files: LayoutFiles,
  indexBytes: Uint8Array,
): Promise<Imported[]> {
  const index = parseIndex(indexBytes, 'index.json');
  const source: BlobSource = {
    async read({ digest }: Descriptor): Promise<Uint8Array> {
      const bytes = await files.read(`blobs/sha256/${digest.slice('sha256:'.length)}`);
      if (!bytes) throw invalidImage(digest, 'the archive does not have this blob');
      return bytes;
    },
  };
  const imported: Imported[] = [];
  for (const entry of index.manifests) {
    for await (const { descriptor, document } of walkGraph(source, entry)) {
      if (await store.has(descriptor.digest)) continue;
      await store.put(document ?? (await source.read(descriptor)), descriptor.digest);
    }
    const { annotations, ...descriptor } = entry;
    imported.push({
      descriptor,
      name: annotations?.[fullNameAnnotation] ?? annotations?.[refNameAnnotation],
    });
  }
  return imported;
}

interface DockerEntry {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

function isDockerEntry(value: unknown): value is DockerEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { Config, RepoTags, Layers } = value as Record<string, unknown>;
  const isTexts = (list: unknown): boolean =>
    Array.isArray(list) && list.every((item) => typeof item === 'string');
  return (
    typeof Config === 'string' &&
    isTexts(Layers) &&
    (RepoTags === undefined || RepoTags === null || isTexts(RepoTags))
  );
}

async function importDocker(
  store: ContentStore,
  hasher: Hasher,
  files: LayoutFiles,
  manifestBytes: Uint8Array,
): Promise<Imported[]> {
  let entries: unknown;
  try {
    entries = JSON.parse(new TextDecoder().decode(manifestBytes));
  } catch (cause) {
    throw unknownArchive('its manifest.json is no JSON', cause);
  }
  if (!Array.isArray(entries) || !entries.every(isDockerEntry)) {
    throw unknownArchive('its manifest.json is not what `docker save` writes');
  }
  const imported: Imported[] = [];
  for (const entry of entries) {
    const descriptor = await importDockerImage(store, hasher, files, entry);
    const names = entry.RepoTags?.length ? entry.RepoTags : [undefined];
    for (const name of names) imported.push({ descriptor, name });
  }
  return imported;
}

async function importDockerImage(
  store: ContentStore,
  hasher: Hasher,
  files: LayoutFiles,
  entry: DockerEntry,
): Promise<Descriptor> {
  const read = async (path: string): Promise<Uint8Array> => {
    const bytes = await files.read(path);
    if (!bytes) throw unknownArchive(`${path} is missing in it`);
    return bytes;
  };
  const configBytes = await read(entry.Config);
  const named = `sha256:${
    entry.Config.replace(/\.json$/, '')
      .split('/')
      .at(-1) ?? ''
  }`;
  const expected = isDigest(named) ? named : undefined;
  const configDigest = await store.put(configBytes, expected);
  const config = parseConfig(configBytes, `image configuration ${configDigest}`);
  const layers: Descriptor[] = [];
  for (const [i, path] of entry.Layers.entries()) {
    const stored = await read(path);
    const isPacked = stored[0] === 0x1f && stored[1] === 0x8b;
    if (!isPacked) {
      const actual = await digestOf(hasher, stored);
      const diffId = config.rootfs.diff_ids[i];
      if (actual !== diffId) throw invalidImage(path, `it is ${actual}, not ${String(diffId)}`);
    }
    layers.push({
      mediaType: isPacked ? mediaType.layerGzip : mediaType.layer,
      digest: await store.put(stored),
      size: stored.length,
    });
  }
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: { mediaType: mediaType.config, digest: configDigest, size: configBytes.length },
    layers,
  };
  const bytes = encodeDocument(manifest);
  return { mediaType: mediaType.manifest, digest: await store.put(bytes), size: bytes.length };
}
