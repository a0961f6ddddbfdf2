/**
 * The store on disk: a directory that is an OCI image layout, shared by any number of processes.
 */

import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../engine/error.ts';
import { digestOf, isDigest, verifiedPieces, verifyDigest } from '../../store/hash.ts';
import type { ContentStore, Digest, Hasher } from '../../store/store.ts';

/** Names starting so hold descriptors of images and are listed in index.json. */
const imagePrefix = 'image/';
/** Annotation of an entry of index.json with the name it has (OCI "Image Layout"). */
const refNameAnnotation = 'org.opencontainers.image.ref.name';
/** Longer encoded names are cut and told apart by their hash: file systems stop at 255 bytes. */
const fileNameCharactersMax = 180;

/** Bytes read at once from a blob that is streamed. */
const pieceBytes = 1_048_576;

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

interface StoredName {
  readonly name: string;
  readonly value: string;
}

/**
 * Blobs in `blobs/sha256/`, names in `names/`, and index.json derived from the names of images. A
 * file appears under its final name only when it is complete, so readers never see half of one,
 * and processes need no locks.
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
    if (!(await this.#exists(join(this.directory, 'index.json')))) await this.#writeIndex();
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

  async #write(path: string, data: string | Uint8Array): Promise<void> {
    const partial = join(this.directory, 'partial', randomBytes(12).toString('hex'));
    try {
      await writeFile(partial, data);
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
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

  has(digest: Digest): Promise<boolean> {
    return this.#exists(this.#blobPath(digest));
  }

  async put(bytes: Uint8Array, expected?: Digest): Promise<Digest> {
    if (expected) await verifyDigest(this.#hasher, bytes, expected, 'a blob');
    const digest = expected ?? (await digestOf(this.#hasher, bytes));
    await this.#prepare();
    const path = this.#blobPath(digest);
    const stored = await stat(path).catch(() => undefined);
    if (stored?.size !== bytes.length) await this.#write(path, bytes);
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
    await this.#prepare();
    const partial = join(this.directory, 'partial', randomBytes(12).toString('hex'));
    try {
      const file = await open(partial, 'wx');
      try {
        const verified = verifiedPieces(this.#hasher, pieces, expected, 'a blob');
        for await (const piece of verified) await file.writeFile(piece);
      } finally {
        await file.close();
      }
      await rename(partial, this.#blobPath(expected));
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
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
    await this.#write(path, JSON.stringify({ name, value } satisfies StoredName));
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
