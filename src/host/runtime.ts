/**
 * What the engine needs of the program it runs in. One implementation a runtime; nothing here may
 * mention a runtime's own types, because every layer may import this file.
 */

import type { Platform } from '../machine/machine.ts';
import type { DirectoryNode, FileNode } from '../rootfs/node.ts';
import type { ContentStore, Hasher } from '../store/store.ts';

/** Files of the machine the engine runs on. */
export interface HostFiles {
  /** A directory as a tree; owners become root. `accept` decides by path below it. */
  readTree(path: string, accept: (path: string) => boolean): Promise<DirectoryNode>;
  /** One file with its permission bits. */
  readFile(path: string): Promise<FileNode>;
  /** Writes a file, making its parent directories. */
  writeFile(path: string, bytes: Uint8Array, mode: number): Promise<void>;
  /** Merges a tree into a directory; `wipe` removes what else is there. */
  writeTree(path: string, tree: DirectoryNode, wipe: boolean): Promise<void>;
  /** The absolute form of a path. */
  resolve(path: string): string;
}

/** Where translated guest code is kept, see cpu/translation_store.ts. Neither method may reject. */
export interface TranslationStore {
  /** What was saved under a name, or undefined. */
  load(name: string): Promise<Uint8Array | undefined>;
  /** Replaces what has the name. May fail silently, and forget any name at any time. */
  save(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** A configuration file that was found and loaded, not yet checked. */
export interface FoundConfiguration {
  readonly path: string;
  /** Where its relative paths start. */
  readonly directory: string;
  readonly value: unknown;
}

/** A runtime: Node, Deno or a browser. */
export interface Runtime {
  readonly name: 'node' | 'deno' | 'browser';
  /** Linux on the processor of this machine: what the guides call "host". */
  readonly platform: Platform;
  readonly hasher: Hasher;
  /** Milliseconds of a steady clock; shown to people, never to guests. */
  now(): number;
  /** Milliseconds since 1970, for guests that asked for real time. */
  wallClock(): number;
  /** Fills with unpredictable bytes, for guests that asked for them. */
  randomFill(bytes: Uint8Array): void;
  /** Sends a request, as `fetch` does. */
  fetch(request: Request): Promise<Response>;
  /** Waits that many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
  /** Absent where there are no files. */
  readonly files?: HostFiles;
  /** A variable of the environment the program runs in; absent where there is none. */
  variable?(name: string): string | undefined;
  /**
   * The configuration file at a path, or the nearest one; undefined where there is none. Absent
   * where there are no files.
   */
  findConfiguration?(path?: string): Promise<FoundConfiguration | undefined>;
  /** The store at a place (a directory, a database's name), or the default one. */
  openStore(place?: string): ContentStore;
  /** Where translations of guest code are kept, beside the store at a place; absent: nowhere. */
  openTranslations?(place?: string): TranslationStore;
}

/** Architecture names of Node's `process.arch` and of kernels → OCI names (Go's GOARCH). */
const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  x86_64: 'amd64',
  ia32: '386',
  i686: '386',
  arm64: 'arm64',
  aarch64: 'arm64',
  arm: 'arm',
  s390x: 's390x',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
  loong64: 'loong64',
  mips64el: 'mips64le',
};

/** Linux on an architecture as the runtime calls it; unknown ones are taken for amd64. */
export function hostPlatform(architecture: string): Platform {
  return { os: 'linux', architecture: architectures[architecture] ?? 'amd64' };
}
