/** The root object of the typed client. */

import type { Graph } from '../engine/graph.ts';
import { setSecret } from '../engine/secret.ts';
import type { EngineCall, ExecAnswer, ExecMatcher, ExecSubject } from '../engine/stubs.ts';
import type { Images } from '../image/images.ts';
import { formatPlatform } from '../image/platform.ts';
import { Container } from './container.ts';
import { Directory } from './directory.ts';
import { File } from './file.ts';
import { GitRef, GitRepository } from './git.ts';
import { Host } from './host.ts';
import type {
  CacheVolumeOpts,
  ClientContainerOpts,
  ClientGitOpts,
  ClientHttpOpts,
} from './options.ts';
import type { InProcessRegistry } from './registry.ts';
import { CacheVolume, Secret } from './secret.ts';
import { rootStep, Session } from './session.ts';

/** What `connect` gives an engine besides its graph. */
export interface EngineOptions {
  readonly cancel?: AbortSignal;
  /** Called once, when everything has stopped. */
  readonly closing?: () => Promise<void>;
}

/**
 * A connected engine. Close it, or let `await using` do that.
 *
 * @example
 * await using engine = await connect();
 * const arch = await engine.container({ platform: 'linux/s390x' })
 *   .from('busybox').withExec(['uname', '-m']).stdout();
 */
export class Engine {
  /** The registry in the process: `registry.test/…`. */
  readonly registry: InProcessRegistry;
  readonly #session: Session;
  #closing: (() => Promise<void>) | undefined;

  constructor(graph: Graph, registry: InProcessRegistry, options: EngineOptions = {}) {
    this.registry = registry;
    this.#closing = options.closing;
    this.#session = new Session(graph, options.cancel);
  }

  /** A container with nothing in it. */
  container(opts: ClientContainerOpts = {}): Container {
    return new Container(this.#session, rootStep('Query.container', { ...opts }));
  }

  /** An empty directory. */
  directory(): Directory {
    return new Directory(this.#session, rootStep('Query.directory'));
  }

  /** A file from a text. */
  file(name: string, contents: string, opts: { permissions?: number } = {}): File {
    return new File(this.#session, rootStep('Query.file', { name, contents, ...opts }));
  }

  /** A file from the web; `connect` must have been given `fetch`. */
  http(url: string, opts: ClientHttpOpts = {}): File {
    return new File(this.#session, rootStep('Query.http', { url, ...opts }));
  }

  /** A git repository that the configuration maps to local directories. */
  git(url: string, opts: ClientGitOpts = {}): GitRepository {
    return new GitRepository(this.#session, rootStep('Query.git', { url, ...opts }));
  }

  /** A value that never shows: neither in ids nor in what commands print. */
  setSecret(name: string, plaintext: string): Secret {
    const { services } = this.#session.graph;
    return new Secret(this.#session, setSecret(services, name, plaintext));
  }

  /** A secret from `env://NAME` or `file://PATH` of the host, read when it is needed. */
  secret(uri: string, opts: { cacheKey?: string } = {}): Secret {
    return new Secret(this.#session, rootStep('Query.secret', { uri, ...opts }));
  }

  /** The volume of a key, for `withMountedCache`. */
  cacheVolume(key: string, opts: CacheVolumeOpts = {}): CacheVolume {
    return new CacheVolume(this.#session, rootStep('Query.cacheVolume', { key, ...opts }));
  }

  /** The images of this engine, for pulling, loading, saving and listing. */
  get images(): Images {
    return this.#session.graph.services.images;
  }

  host(): Host {
    return new Host(this.#session);
  }

  /** Platform of containers that ask for none. */
  async defaultPlatform(): Promise<string> {
    return formatPlatform(this.#session.graph.services.platform);
  }

  /** The object of an id; the id may come from another process. */
  loadContainerFromID(id: string): Container {
    return new Container(this.#session, this.#session.graph.load(id, 'Container'));
  }

  loadDirectoryFromID(id: string): Directory {
    return new Directory(this.#session, this.#session.graph.load(id, 'Directory'));
  }

  loadFileFromID(id: string): File {
    return new File(this.#session, this.#session.graph.load(id, 'File'));
  }

  loadSecretFromID(id: string): Secret {
    return new Secret(this.#session, this.#session.graph.load(id, 'Secret'));
  }

  loadCacheVolumeFromID(id: string): CacheVolume {
    return new CacheVolume(this.#session, this.#session.graph.load(id, 'CacheVolume'));
  }

  loadGitRepositoryFromID(id: string): GitRepository {
    return new GitRepository(this.#session, this.#session.graph.load(id, 'GitRepository'));
  }

  loadGitRefFromID(id: string): GitRef {
    return new GitRef(this.#session, this.#session.graph.load(id, 'GitRef'));
  }

  /**
   * Answers matching commands without running them; a later stub goes before an earlier one. What
   * an engine has already run is remembered and not asked for again. The result removes the stub.
   *
   * @example
   * engine.onExec({ args: ['go', 'test'] }, { stdout: 'ok\n' });
   */
  onExec(
    matcher: ExecMatcher,
    answer: ExecAnswer | ((subject: ExecSubject) => ExecAnswer),
  ): () => void {
    return this.#session.graph.services.stubs.add(matcher, answer);
  }

  /** Every exec, pull and publish so far, in the order they ended. */
  calls(): readonly EngineCall[] {
    return this.#session.graph.services.stubs.calls();
  }

  /** Stops everything under way; results asked for afterwards are refused. */
  async close(): Promise<void> {
    await this.#session.close();
    const closing = this.#closing;
    this.#closing = undefined;
    await closing?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
