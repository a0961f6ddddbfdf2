/** One interface, several machines: what can execute a container's process. */

import type { DirectoryNode } from '../rootfs/node.ts';

/** An OCI platform, normalised. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}

/** Where a tree other than the root is visible to the guest. */
export interface Mount {
  /** Absolute path in the container. */
  readonly path: string;
  /** The tree to mount; a `tmpfs` starts empty. Writable mounts return their new tree. */
  readonly source: DirectoryNode | 'tmpfs';
  readonly readOnly: boolean;
}

/** Bytes to a process: `read` resolves to undefined at end of file. */
export interface InputStream {
  read(): Promise<Uint8Array | undefined>;
}

/** A terminal given to the guest as /dev/tty, stdin, stdout and stderr. */
export interface Terminal {
  readonly input: InputStream;
  write(bytes: Uint8Array): void;
  readonly rows: number;
  readonly columns: number;
  /** Called by the host side with new sizes; the guest gets SIGWINCH. Set by the machine. */
  onResize?: (rows: number, columns: number) => void;
}

export interface ExecRequest {
  readonly platform: Platform;
  readonly rootfs: DirectoryNode;
  readonly mounts: readonly Mount[];
  /** Program and arguments; a name without a slash is looked up in PATH as a shell would. */
  readonly args: readonly string[];
  /** `NAME=value`, in order. */
  readonly env: readonly string[];
  /** Absolute path; must exist. */
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly hostname: string;
  /** Standard input; absent: end of file at once. Ignored with a terminal. */
  readonly stdin?: InputStream;
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
  readonly terminal?: Terminal;
  readonly cancel?: AbortSignal;
}

export interface ExecResult {
  /** Exit status; 128 + n when killed by signal n; 126 not executable, 127 not found. */
  readonly exitCode: number;
  /** The root file system afterwards. Shares untouched nodes with the request's. */
  readonly rootfs: DirectoryNode;
  /** New trees of the writable mounts, by path. */
  readonly mounts: ReadonlyMap<string, DirectoryNode>;
  /** Guest instructions executed by all processes. */
  readonly instructions: bigint;
}

export interface Machine {
  readonly name: string;
  /** Whether it can execute programs of a platform. */
  supports(platform: Platform): boolean;
  /**
   * Runs a process to its end. Rejects with EngineError: EXEC_FAILED where it cannot be started for
   * a reason of the request (cwd missing), CANCELLED, LIMIT_EXCEEDED, DEADLOCK.
   */
  exec(request: ExecRequest): Promise<ExecResult>;
}
