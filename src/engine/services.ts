/** What the graph needs from below, and what it remembers. One per engine. */

import type { Images } from '../image/images.ts';
import type { Machine, Platform } from '../machine/machine.ts';
import type { DirectoryNode, FileNode } from '../rootfs/node.ts';
import { resultsMax } from './limits.ts';
import { Memo } from './memo.ts';
import { type ProgressListener, ProgressReporter } from './progress.ts';
import type { Execution } from './state.ts';

/** Files of the machine the engine runs on; absent in a browser. */
export interface HostFiles {
  /** A directory as a tree; owners become root. `accept` decides by path below it. */
  readTree(
    path: string,
    accept: (path: string, directory: boolean) => boolean,
  ): Promise<DirectoryNode>;
  /** One file with its permission bits. */
  readFile(path: string): Promise<FileNode>;
  /** Writes a file, making its parent directories. */
  writeFile(path: string, bytes: Uint8Array, mode: number): Promise<void>;
  /** Merges a tree into a directory; `wipe` removes what else is there. */
  writeTree(path: string, tree: DirectoryNode, wipe: boolean): Promise<void>;
  /** The absolute form of a path. */
  resolve(path: string): string;
}

/** What an engine is made of; `connect` of the API fills it in. */
export interface ServiceOptions {
  readonly images: Images;
  /** In order of preference; the first that supports a platform executes for it. */
  readonly machines: readonly Machine[];
  /** Of containers that ask for none. */
  readonly platform: Platform;
  readonly hostFiles?: HostFiles;
  /** Modification time of files the engine itself makes, in seconds since 1970. */
  readonly epoch: number;
  /** Steady milliseconds, for durations in progress events only. */
  readonly now: () => number;
  readonly onProgress?: ProgressListener;
}

/** `ServiceOptions` and the results so far. */
export class Services {
  readonly images: Images;
  readonly machines: readonly Machine[];
  readonly platform: Platform;
  readonly hostFiles: HostFiles | undefined;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly progress: ProgressReporter;
  readonly trees: Memo<DirectoryNode> = new Memo<DirectoryNode>(resultsMax);
  readonly files: Memo<FileNode> = new Memo<FileNode>(resultsMax);
  readonly executions: Memo<Execution> = new Memo<Execution>(resultsMax);

  constructor(options: ServiceOptions) {
    this.images = options.images;
    this.machines = options.machines;
    this.platform = options.platform;
    this.hostFiles = options.hostFiles;
    this.mtime = BigInt(options.epoch) * 1_000_000_000n;
    this.progress = new ProgressReporter(options.onProgress, options.now);
  }
}
