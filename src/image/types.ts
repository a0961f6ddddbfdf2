/**
 * The JSON documents of the OCI image specification 1.1 and Docker's schema 2, as read and written.
 */

import type { Platform } from '../machine/machine.ts';
import type { Digest } from '../store/store.ts';

/** OCI "Content Descriptors": a typed, sized, verified pointer to a blob. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Length of the blob in bytes. */
  readonly size: number;
  readonly platform?: PlatformDocument;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly urls?: readonly string[];
  readonly artifactType?: string;
}

/** The `platform` object of an index entry; fields are named as in the specification. */
export interface PlatformDocument {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
}

/** OCI "Image Manifest" (and Docker "Image Manifest V 2, Schema 2"). */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** OCI "Image Index" (and Docker's manifest list). Entries may be indexes themselves. */
export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The `config` object of an image configuration: how to run a container of it. */
export interface ContainerConfig {
  readonly User?: string;
  /** Keys are `PORT/PROTOCOL`. */
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
  /** `NAME=value` in order. */
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Volumes?: Readonly<Record<string, Record<string, never>>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  /** Docker extensions that are kept as they are. */
  readonly Healthcheck?: unknown;
  readonly Shell?: readonly string[];
  readonly OnBuild?: readonly string[] | null;
  readonly ArgsEscaped?: boolean;
}

export interface History {
  /** RFC 3339 time. */
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  /** True where the step made no layer. */
  readonly empty_layer?: boolean;
}

/** OCI "Image Configuration". */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly created?: string;
  readonly author?: string;
  readonly config?: ContainerConfig;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly History[];
}

/** Where blobs come from: the minimum every image source implements. */
export interface BlobSource {
  /**
   * The bytes a descriptor names, verified: length and digest agree. Rejects with IMAGE_NOT_FOUND
   * where there is no such blob, DIGEST_MISMATCH where the bytes are others.
   */
  read(descriptor: Descriptor): Promise<Uint8Array>;
  /**
   * The bytes in pieces from an offset, for blobs too large to hold. Not verified: whoever keeps
   * or uses them hashes them. Absent where everything is in memory anyway.
   */
  stream?(descriptor: Descriptor, from?: number): AsyncIterable<Uint8Array>;
}

/** One image for one platform, its small documents read and checked, its layers not yet. */
export interface Image {
  readonly source: BlobSource;
  /** Of the manifest. */
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** Normalised, from the configuration. */
  readonly platform: Platform;
}

/** A step of a long operation, for people to watch. */
export interface Progress {
  readonly kind: 'resolve' | 'download' | 'upload' | 'build' | 'unpack';
  /** What: a reference, a digest, a package. */
  readonly subject: string;
  /** Bytes done and in all, where known. */
  readonly done?: number;
  readonly total?: number;
  /** True on the last event of a step. */
  readonly finished: boolean;
}

export type ProgressListener = (progress: Progress) => void;
