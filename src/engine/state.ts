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

/** A tree visible at a path of a container besides its root. */
export interface MountState {
  /** Absolute, clean path. */
  readonly path: string;
  readonly source: Tree | 'tmpfs';
  readonly readOnly: boolean;
}

/** What an exec gave. */
export interface Execution {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Both streams in the order they were written. */
  readonly combined: Uint8Array;
  readonly rootfs: DirectoryNode;
  readonly mounts: ReadonlyMap<string, DirectoryNode>;
  /** Guest instructions executed. */
  readonly instructions: bigint;
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
