/** Where blobs and names live. On disk a store *is* an OCI image layout. */

/** `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`;

/**
 * Content-addressed blobs with names. Implementations: memory, directory (in `host/node`),
 * IndexedDB (in `host/browser`). Every blob is verified where it enters.
 */
export interface ContentStore {
  /** The blob, or undefined. */
  get(digest: Digest): Promise<Uint8Array | undefined>;
  has(digest: Digest): Promise<boolean>;
  /** Stores bytes under their digest; rejects with DIGEST_MISMATCH where `expected` differs. */
  put(bytes: Uint8Array, expected?: Digest): Promise<Digest>;
  delete(digest: Digest): Promise<void>;
  /** All digests, sorted. */
  list(): Promise<Digest[]>;
  /** A named pointer (an image reference, a cache key) → a small JSON text. */
  getName(name: string): Promise<string | undefined>;
  setName(name: string, value: string): Promise<void>;
  deleteName(name: string): Promise<void>;
  /** Names with a prefix, sorted. */
  listNames(prefix: string): Promise<string[]>;
  /**
   * A blob in pieces from an offset, not verified: whoever reads it hashes it. Absent in stores
   * whose blobs are in memory anyway. Rejects with an Error where there is no such blob.
   */
  stream?(digest: Digest, from?: number): AsyncIterable<Uint8Array>;
  /**
   * Stores a blob that comes in pieces; rejects with DIGEST_MISMATCH, keeping nothing, where the
   * pieces are another blob.
   */
  putStream?(pieces: AsyncIterable<Uint8Array>, expected: Digest): Promise<void>;
  /** Begins a blob whose digest is told at its end. Absent where everything is in memory anyway. */
  begin?(): Promise<BlobWriter>;
  /**
   * Part of a blob, not verified: it was when it entered. Absent in stores that can only read whole
   * ones; undefined where there is no such blob or no such part.
   */
  range?(digest: Digest, from: number, length: number): Promise<Uint8Array | undefined>;
  /** Of a blob; undefined where it is not there. Absent in stores that do not know. */
  info?(digest: Digest): Promise<BlobInfo | undefined>;
  /** Removes what writers that ended early left behind, and gives its length in bytes. */
  sweep?(idleMs: number): Promise<number>;
}

/** A blob that is being written. */
export interface BlobWriter {
  write(piece: Uint8Array): Promise<void>;
  /** Stores it; rejects with DIGEST_MISMATCH, keeping nothing, where it is another one. */
  finish(expected: Digest): Promise<void>;
  /** Gives it up; nothing after `finish`. */
  discard(): Promise<void>;
}

/** What a store knows of a blob without reading it. */
export interface BlobInfo {
  /** Length in bytes. */
  readonly size: number;
  /** Milliseconds since it was last stored or asked for, roughly; 0 where nobody counts. */
  readonly idleMs: number;
}

/** SHA-256 of what passes by, and gunzip: injected because the fast ones differ per runtime. */
export interface Hasher {
  /** Lower-case hexadecimal SHA-256 of the bytes. */
  sha256(bytes: Uint8Array): string | Promise<string>;
  /** Begins a hash of bytes that come in pieces. */
  start?(): RunningHash | Promise<RunningHash>;
  /**
   * Unpacks gzip in pieces, beside the thread that hashes; throws an Error where the data is
   * damaged or cut off. Absent where `DecompressionStream` is the fastest there is.
   */
  gunzip?(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** A SHA-256 under way. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /** Lower-case hexadecimal; once. */
  digest(): string;
}
