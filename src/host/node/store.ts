/**
 * The store on disk: a directory that is an OCI image layout, shared by any number of processes.
 */

import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
} from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../engine/error.ts';
import { checkPieces, digestOf, hashPieces, isDigest, verifyDigest } from '../../store/hash.ts';
import type { BlobInfo, BlobWriter, ContentStore, Digest, Hasher } from '../../store/store.ts';

/** Names starting so hold descriptors of images and are listed in index.json. */
const imagePrefix = 'image/';
/** Names that must not come back from a power failure without what they name. */
const durablePrefixes: readonly string[] = [imagePrefix, 'registry '];
/** Annotation of an entry of index.json with the name it has (OCI "Image Layout"). */
const refNameAnnotation = 'org.opencontainers.image.ref.name';
/** Longer encoded names are cut and told apart by their hash: file systems stop at 255 bytes. */
const fileNameCharactersMax = 180;

/** Bytes read at once from a blob that is streamed. */
const pieceBytes = 1_048_576;

/** A blob's time of last use is written down again after that long, in milliseconds. */
const touchMs = 600_000;

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** A name as a file name, also where upper and lower case are the same. */
function encodeFileName(name: string): string {
  let out = '';
  for (const byte of new TextEncoder().encode(name)) {
    const char = String.fromCharCode(byte);
    out += /[a-z0-9._-]/.test(char) ? char : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return out;
}

/** `writev` may stop early on a full disk; then what follows tells why. */
async function writeAll(file: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length === 0) return;
  const { bytesWritten } = await file.writev(parts);
  if (bytesWritten < length) await file.writeFile(Buffer.concat(parts).subarray(bytesWritten));
}

interface StoredName {
  readonly name: string;
  readonly value: string;
}

/**
 * Blobs in `blobs/sha256/`, names in `names/`, and index.json derived from the names of images. A
 * file appears under its final name only when it is complete and on the disk, so readers never see
 * half of one, and processes need no locks. A name is written after what it names: whatever ends a
 * process or the machine in between, names that are there can be followed.
 */
export class DirectoryStore implements ContentStore {
  readonly directory: string;
  readonly #hasher: Hasher;
  #prepared: Promise<void> | undefined;

  constructor(directory: string, hasher: Hasher) {
    this.directory = directory;
    this.#hasher = hasher;
  }

  #blobPath(digest: Digest): string {
    if (!isDigest(digest)) throw new Error(`not a digest: ${String(digest)}`);
    return join(this.directory, 'blobs', 'sha256', digest.slice('sha256:'.length));
  }

  #prepare(): Promise<void> {
    this.#prepared ??= this.#makeLayout();
    return this.#prepared;
  }

  async #makeLayout(): Promise<void> {
    for (const name of ['blobs/sha256', 'names', 'partial']) {
      await mkdir(join(this.directory, name), { recursive: true });
    }
    const layout = join(this.directory, 'oci-layout');
    if (!(await this.#exists(layout))) {
      await this.#write(layout, '{"imageLayoutVersion":"1.0.0"}');
    }
    // Somebody may have ended between writing a name and listing it.
    const index = await this.#read(join(this.directory, 'index.json'));
    const isRight = index && new TextDecoder().decode(index) === (await this.#indexText());
    if (!isRight) await this.#writeIndex();
  }

  async #exists(path: string): Promise<boolean> {
    try {
      await stat(path);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** Makes a file that appears when it is whole. */
  async #write(path: string, data: string | Uint8Array): Promise<void> {
    const partial = this.#partialPath();
    try {
      const file = await open(partial, 'wx');
      try {
        await file.writeFile(data);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  /** Brings the entries of a directory to the disk, where the system can do that. */
  async #syncDirectory(name: string): Promise<void> {
    const directory = await open(join(this.directory, name), 'r').catch(() => undefined);
    await directory?.sync().catch(() => undefined);
    await directory?.close();
  }

  async #read(path: string): Promise<Uint8Array | undefined> {
    try {
      const bytes = await readFile(path);
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Verified: a blob that was damaged on disk is an error that names its file. */
  async get(digest: Digest): Promise<Uint8Array | undefined> {
    const path = this.#blobPath(digest);
    const bytes = await this.#read(path);
    if (bytes) await verifyDigest(this.#hasher, bytes, digest, path);
    return bytes;
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.#used(digest)) !== undefined;
  }

  /** Length of a blob that somebody counts on; its time of last use is kept up. */
  async #used(digest: Digest): Promise<number | undefined> {
    const info = await this.info(digest);
    if (info && info.idleMs > touchMs) {
      const now = new Date();
      // Whose store it is may keep times from being changed; then it is pruned sooner.
      await utimes(this.#blobPath(digest), now, now).catch(() => undefined);
    }
    return info?.size;
  }

  async info(digest: Digest): Promise<BlobInfo | undefined> {
    try {
      const { size, mtimeMs } = await stat(this.#blobPath(digest));
      return { size, idleMs: Math.max(0, Date.now() - mtimeMs) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async range(digest: Digest, from: number, length: number): Promise<Uint8Array | undefined> {
    let file: FileHandle;
    try {
      file = await open(this.#blobPath(digest), 'r');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        const { bytesRead } = await file.read(bytes, at, length - at, from + at);
        if (bytesRead === 0) return undefined;
        at += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  }

  async sweep(idleMs: number): Promise<number> {
    let bytes = 0;
    for (const name of await this.#list('partial')) {
      const path = join(this.directory, 'partial', name);
      const found = await stat(path).catch(() => undefined);
      if (!found || Date.now() - found.mtimeMs < idleMs) continue;
      await rm(path, { force: true });
      bytes += found.size;
    }
    return bytes;
  }

  async put(bytes: Uint8Array, expected?: Digest): Promise<Digest> {
    if (expected) await verifyDigest(this.#hasher, bytes, expected, 'a blob');
    const digest = expected ?? (await digestOf(this.#hasher, bytes));
    await this.#prepare();
    const path = this.#blobPath(digest);
    if ((await this.#used(digest)) !== bytes.length) await this.#write(path, bytes);
    return digest;
  }

  /** Reads in pieces; whoever reads them verifies them. */
  async *stream(digest: Digest, from = 0): AsyncGenerator<Uint8Array, void, undefined> {
    const pieces = createReadStream(this.#blobPath(digest), {
      start: from,
      highWaterMark: pieceBytes,
    });
    for await (const piece of pieces) {
      const { buffer, byteOffset, byteLength } = piece as Buffer;
      yield new Uint8Array(buffer, byteOffset, byteLength);
    }
  }

  async putStream(pieces: AsyncIterable<Uint8Array>, expected: Digest): Promise<void> {
    const writer = await this.begin();
    try {
      for await (const piece of pieces) await writer.write(piece);
      await writer.finish(expected);
    } finally {
      await writer.discard();
    }
  }

  async begin(): Promise<BlobWriter> {
    await this.#prepare();
    const partial = this.#partialPath();
    const hash = await hashPieces(this.#hasher);
    let parts: Uint8Array[] = [];
    let waiting = 0;
    // Opened anew each time: writers that nobody finishes then hold no file open.
    const flush = async (isLast: boolean): Promise<void> => {
      const whole = parts;
      [parts, waiting] = [[], 0];
      const file = await open(partial, 'a');
      try {
        await writeAll(file, whole);
        if (isLast) await file.datasync();
      } finally {
        await file.close();
      }
    };
    return {
      discard: () => rm(partial, { force: true }),
      // Some sources give a few kilobytes at a time; files take longer for many writes.
      write: async (piece) => {
        hash.add(piece);
        parts.push(piece);
        waiting += piece.length;
        if (waiting >= pieceBytes) await flush(false);
      },
      finish: async (expected) => {
        await checkPieces(hash, expected, 'a blob');
        await flush(true);
        await rename(partial, this.#blobPath(expected));
      },
    };
  }

  #partialPath(): string {
    return join(this.directory, 'partial', randomBytes(12).toString('hex'));
  }

  async delete(digest: Digest): Promise<void> {
    await rm(this.#blobPath(digest), { force: true });
  }

  async list(): Promise<Digest[]> {
    const names = await this.#list('blobs/sha256');
    return names
      .map((name): string => `sha256:${name}`)
      .filter(isDigest)
      .sort();
  }

  async #list(directory: string): Promise<string[]> {
    try {
      return await readdir(join(this.directory, directory));
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  async #namePath(name: string): Promise<string> {
    let file = encodeFileName(name);
    if (file.length > fileNameCharactersMax) {
      const hash = await this.#hasher.sha256(new TextEncoder().encode(name));
      file = `${file.slice(0, fileNameCharactersMax - 65)}~${hash}`;
    }
    return join(this.directory, 'names', `${file}.json`);
  }

  async #readName(path: string): Promise<StoredName | undefined> {
    const bytes = await this.#read(path);
    if (!bytes) return undefined;
    try {
      const stored = JSON.parse(new TextDecoder().decode(bytes)) as StoredName;
      if (typeof stored.name === 'string' && typeof stored.value === 'string') return stored;
    } catch {
      // Falls through to the error below.
    }
    throw new EngineError('IMAGE_INVALID', `${path} is damaged`, { remedy: 'remove this file' });
  }

  async getName(name: string): Promise<string | undefined> {
    return (await this.#readName(await this.#namePath(name)))?.value;
  }

  async setName(name: string, value: string): Promise<void> {
    await this.#prepare();
    const path = await this.#namePath(name);
    // What is derived is looked for before it is counted on, and made again where it is missing.
    const isDurable = durablePrefixes.some((prefix) => name.startsWith(prefix));
    if (isDurable) await this.#syncDirectory('blobs/sha256');
    await this.#write(path, JSON.stringify({ name, value } satisfies StoredName));
    if (isDurable) await this.#syncDirectory('names');
    if (name.startsWith(imagePrefix)) await this.#writeIndex();
  }

  async deleteName(name: string): Promise<void> {
    await rm(await this.#namePath(name), { force: true });
    if (name.startsWith(imagePrefix)) await this.#writeIndex();
  }

  async listNames(prefix: string): Promise<string[]> {
    return (await this.#names(prefix)).map(({ name }) => name);
  }

  async #names(prefix: string): Promise<StoredName[]> {
    const found: StoredName[] = [];
    const start = encodeFileName(prefix).slice(0, fileNameCharactersMax - 65);
    for (const file of await this.#list('names')) {
      if (!file.startsWith(start)) continue;
      const stored = await this.#readName(join(this.directory, 'names', file));
      if (stored?.name.startsWith(prefix)) found.push(stored);
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Writes index.json from the names. Another process may do so at the same time with an older
   * list; whoever writes last looks again afterwards, so the file ends up complete.
   */
  async #writeIndex(): Promise<void> {
    let written: string | undefined;
    for (;;) {
      const wanted = await this.#indexText();
      if (wanted === written) return;
      await this.#write(join(this.directory, 'index.json'), wanted);
      written = wanted;
    }
  }

  async #indexText(): Promise<string> {
    const manifests: unknown[] = [];
    for (const { name, value } of await this.#names(imagePrefix)) {
      const descriptor = JSON.parse(value) as { annotations?: Record<string, string> };
      const reference = name.slice(imagePrefix.length);
      const annotations = { ...descriptor.annotations, [refNameAnnotation]: reference };
      manifests.push({ ...descriptor, annotations });
    }
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    return JSON.stringify({ schemaVersion: 2, mediaType, manifests });
  }
}
