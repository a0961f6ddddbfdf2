/** What the graph needs from below, and what it remembers. One per engine. */

import type { HostFiles } from '../host/runtime.ts';
import type { Images } from '../image/images.ts';
import type { Machine, Platform } from '../machine/machine.ts';
import type { DirectoryNode, FileNode } from '../rootfs/node.ts';
import { Caches } from './cache.ts';
import type { GitRemotes } from './git.ts';
import { resultsMax } from './limits.ts';
import { Memo } from './memo.ts';
import type { ProgressReporter } from './progress.ts';
import { RegistryLogins } from './registry_auth.ts';
import { Secrets } from './secret.ts';
import type { Execution } from './state.ts';
import { Stubs } from './stubs.ts';

/** What an engine is made of; `connect` of the API fills it in. */
export interface ServiceOptions {
  readonly images: Images;
  /** In order of preference; the first that supports a platform executes for it. */
  readonly machines: readonly Machine[];
  /** Of containers that ask for none. */
  readonly platform: Platform;
  readonly hostFiles?: HostFiles;
  /** An environment variable of the host. */
  readonly hostVariable?: (name: string) => string | undefined;
  /** Sends requests of `http`; absent: the network is off. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Git remotes that are known; absent: none. */
  readonly git?: GitRemotes;
  /** Refuse execs that no stub answers. */
  readonly strictStubs?: boolean;
  /** Logins that the registry client asks; default: new ones that nobody asks. */
  readonly logins?: RegistryLogins;
  /** Modification time of files the engine itself makes, in seconds since 1970. */
  readonly epoch: number;
  readonly progress: ProgressReporter;
}

/** `ServiceOptions` and the results so far. */
export class Services {
  readonly images: Images;
  readonly machines: readonly Machine[];
  readonly platform: Platform;
  readonly hostFiles: HostFiles | undefined;
  readonly hostVariable: (name: string) => string | undefined;
  readonly fetch: ((request: Request) => Promise<Response>) | undefined;
  readonly git: GitRemotes | undefined;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly progress: ProgressReporter;
  readonly trees: Memo<DirectoryNode> = new Memo<DirectoryNode>(resultsMax);
  readonly files: Memo<FileNode> = new Memo<FileNode>(resultsMax);
  readonly executions: Memo<Execution> = new Memo<Execution>(resultsMax);

  readonly logins: RegistryLogins;
  readonly stubs: Stubs;
  readonly secrets: Secrets = new Secrets();
  readonly caches: Caches = new Caches();

  constructor(options: ServiceOptions) {
    this.images = options.images;
    this.machines = options.machines;
    this.platform = options.platform;
    this.hostFiles = options.hostFiles;
    this.hostVariable = options.hostVariable ?? (() => undefined);
    this.fetch = options.fetch;
    this.git = options.git;
    this.stubs = new Stubs(options.strictStubs ?? false);
    this.logins = options.logins ?? new RegistryLogins();
    this.mtime = BigInt(options.epoch) * 1_000_000_000n;
    this.progress = options.progress;
  }
}
