/**
 * What operations evaluate to. States are immutable and cheap: what is costly in them (a file tree,
 * an execution) is behind a function that does the work when first called, and once.
 *
 * Every costly part has a key that is known without doing the work. Equal keys mean equal content,
 * so keys decide what runs once; they are derived from the inputs, never from the results.
 */

import type { ContainerConfig, Image } from '../image/types.ts';
import type { Platform } from '../machine/machine.ts';
import { emptyDirectory } from '../rootfs/editor.ts';
import type { DirectoryNode, FileNode } from '../rootfs/node.ts';
import type { GitRemote } from './git.ts';
import { sha256 } from './sha256.ts';

/** Does the work on the first call and remembers it. The signal gives up waiting for it. */
export type Lazy<T> = (signal?: AbortSignal) => Promise<T>;

/** A file tree. State of a `Directory`, and of a container's root. */
export interface Tree {
  readonly key: string;
  readonly root: Lazy<DirectoryNode>;
  /** The image whose tree this one was changed from; publishing keeps its layers. */
  readonly base?: Image;
  /** Last name of the path it was taken from, for `Directory.name`. */
  readonly name?: string;
}

/** State of a `File`. */
export interface FileState {
  readonly key: string;
  readonly name: string;
  readonly node: Lazy<FileNode>;
}

/** State of a `Changeset`. */
export interface ChangesetState {
  readonly before: Tree;
  readonly after: Tree;
}

/** State of a `GitRepository`. */
export interface GitState {
  readonly key: string;
  readonly url: string;
  readonly remote: GitRemote;
}

/** What a name of a repository names; `ref`: whichever has it. */
export type GitRefKind = 'head' | 'branch' | 'tag' | 'commit' | 'ref';

/** State of a `GitRef`. */
export interface GitRefState {
  readonly key: string;
  readonly self: GitState;
  readonly kind: GitRefKind;
  /** Empty for HEAD. */
  readonly name: string;
}

/** How concurrent execs use one cache volume; Dagger's `CacheSharingMode`. */
export type CacheSharing = 'SHARED' | 'PRIVATE' | 'LOCKED';

/** State of a `CacheVolume`: a name for a tree that survives execs. */
export interface CacheState {
  readonly key: string;
  /** Seeds a new volume, where the mount names no source. */
  readonly source?: Tree;
  readonly sharing?: CacheSharing;
  readonly owner?: string;
}

/** State of a `Secret`. The value is asked for when an exec needs it, and is in no key or id. */
export interface SecretState {
  readonly name: string;
  /** Where the value comes from, as `secret(uri)` was told; absent for `setSecret`. */
  readonly uri?: string;
  /** Stands for name and value in keys of this engine; the value cannot be computed from it. */
  readonly handle: string;
  readonly plaintext: Lazy<Uint8Array>;
}

/** What a mount shows. */
export type MountSource =
  | { readonly kind: 'tree'; readonly tree: Tree }
  | { readonly kind: 'file'; readonly file: FileState }
  | { readonly kind: 'tmpfs'; readonly size?: number }
  | {
      readonly kind: 'cache';
      readonly cache: CacheState;
      readonly sharing: CacheSharing;
      /** Seeds a new volume. */
      readonly seed?: Tree;
      readonly owner?: string;
    }
  | {
      readonly kind: 'secret';
      readonly secret: SecretState;
      readonly mode: number;
      readonly owner: string;
    };

/** A tree or file visible at a path of a container besides its root. */
export interface MountState {
  /** Absolute, clean path. */
  readonly path: string;
  readonly source: MountSource;
  readonly readOnly: boolean;
}

/** A variable whose value is a secret. */
export interface SecretVariable {
  readonly name: string;
  readonly secret: SecretState;
}

/** What an exec gave. */
export interface Execution {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Both streams in the order they were written. */
  readonly combined: Uint8Array;
  readonly rootfs: DirectoryNode;
  /** New contents of mounted directories and files, by path. */
  readonly mounts: ReadonlyMap<string, DirectoryNode | FileNode>;
  /** Guest instructions executed. */
  readonly instructions: bigint;
}

/** What `withExposedPort` says besides port and protocol. */
export interface PortDetails {
  readonly description?: string;
  readonly skipHealthcheck?: boolean;
}

/** State of a `Container`. */
export interface ContainerState {
  readonly platform: Platform;
  /** Whether the platform was asked for; otherwise `from` may adopt a single-platform image's. */
  readonly platformExplicit: boolean;
  readonly rootfs: Tree;
  /** Environment, user, entrypoint…, as the OCI image configuration has them. */
  readonly config: ContainerConfig;
  /** Annotations of the manifest when published. */
  readonly annotations: Readonly<Record<string, string>>;
  /** In order of mounting. */
  readonly mounts: readonly MountState[];
  /** In order; a later one of the same name has replaced the earlier one. */
  readonly secretVariables: readonly SecretVariable[];
  /** `NAME=value`: seen by execs, but no part of what identifies them, nor of images. */
  readonly volatileVariables: readonly string[];
  /** Ports as they were exposed, with what the image configuration has no room for. */
  readonly portDetails: Readonly<Record<string, PortDetails>>;
  /** The last exec. */
  readonly execution?: Lazy<Execution>;
  /** Fully qualified reference with digest, directly after `from`. */
  readonly imageReference?: string;
}

/** States by the name of the API's type. New types are added here. */
export interface ObjectStates {
  Container: ContainerState;
  Directory: Tree;
  File: FileState;
  CacheVolume: CacheState;
  Secret: SecretState;
  Changeset: ChangesetState;
  GitRepository: GitState;
  GitRef: GitRefState;
}

export type ObjectType = keyof ObjectStates;

/** Makes a key from the name of a step and what it depends on. */
export function deriveKey(step: string, ...inputs: readonly unknown[]): string {
  return sha256(JSON.stringify([step, ...inputs]));
}

/** The tree of a container or directory that nothing was put into. */
export const emptyTree: Tree = {
  key: deriveKey('empty'),
  root: () => Promise.resolve(emptyDirectory),
};
