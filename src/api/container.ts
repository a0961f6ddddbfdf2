/** A container: a file tree with a configuration, in which commands run. */

import { type ExposedPort, portsOf, variableOf, variablesOf } from '../engine/container_config.ts';
import { decodeOutput, executionOf } from '../engine/exec.ts';
import { hostFilesOf } from '../engine/host.ts';
import { existsIn, placeIn, type Stat, statIn } from '../engine/inspect.ts';
import { type ProcessStreams, runCommand } from '../engine/process.ts';
import { archiveOf, publish } from '../engine/publish.ts';
import type { ContainerState, Execution } from '../engine/state.ts';
import { formatPlatform } from '../image/platform.ts';
import { Directory } from './directory.ts';
import { File } from './file.ts';
import type {
  ContainerImportOpts,
  ContainerWithDirectoryOpts,
  ContainerWithEnvVariableOpts,
  ContainerWithExecOpts,
  ContainerWithExposedPortOpts,
  ContainerWithFileOpts,
  ContainerWithMountedCacheOpts,
  ContainerWithMountedDirectoryOpts,
  ContainerWithMountedFileOpts,
  ContainerWithMountedSecretOpts,
  ContainerWithMountedTempOpts,
  ContainerWithNewFileOpts,
  ExistsOpts,
  ImageOpts,
  KeepDefaultArgsOpts,
  PathOpts,
  PortOpts,
  StatOpts,
} from './options.ts';
import type { CacheVolume, Secret } from './secret.ts';
import { ApiObject, type MethodArguments, step } from './session.ts';

/** One environment variable or label. */
export interface NameValue {
  readonly name: string;
  readonly value: string;
}

/** Every `with…` gives a new container and runs nothing; leaves (`stdout`) run what they need. */
export class Container extends ApiObject {
  /** Starts from an image: `busybox`, `alpine:3.16`, `registry.test/app@sha256:…`. */
  from(address: string): Container {
    return this.#next('from', { address });
  }

  /** Runs a command; the entrypoint is not used unless asked for. */
  withExec(args: readonly string[], opts: ContainerWithExecOpts = {}): Container {
    return this.#next('withExec', { args, ...opts });
  }

  /** Standard output of the last command. Rejects with ExecError where it failed. */
  stdout(): Promise<string> {
    return this.#execution((done) => decodeOutput(done.stdout));
  }

  stderr(): Promise<string> {
    return this.#execution((done) => decodeOutput(done.stderr));
  }

  /** Both streams as they were written. */
  combinedOutput(): Promise<string> {
    return this.#execution((done) => decodeOutput(done.combined));
  }

  /** Exit code of the last command; others than 0 only with `expect`. */
  exitCode(): Promise<number> {
    return this.#execution((done) => done.exitCode);
  }

  /** Guest instructions of the last command. An addition to the SDK's methods. */
  instructions(): Promise<bigint> {
    return this.#execution((done) => done.instructions);
  }

  /**
   * Runs a process with streams or a terminal and gives its exit code; the container does not
   * change and nothing is remembered. No arguments: entrypoint and default arguments. An addition
   * to the SDK's methods, and what `stiletto run` does.
   */
  run(
    args: readonly string[],
    streams: ProcessStreams & { readonly cancel?: AbortSignal },
  ): Promise<number> {
    return this.#read(async (state, signal) => {
      const { cancel, ...rest } = streams;
      const both = cancel ? AbortSignal.any([signal, cancel]) : signal;
      const { services } = this.session.graph;
      return (await runCommand(services, state, args, rest, both)).exitCode;
    });
  }

  platform(): Promise<string> {
    return this.#read(async (state) => formatPlatform(state.platform));
  }

  rootfs(): Directory {
    return new Directory(this.session, step(this, 'Container.rootfs'));
  }

  withRootfs(directory: Directory): Container {
    return this.#next('withRootfs', { directory });
  }

  /** A directory of the container, mounts included. */
  directory(path: string, opts: PathOpts = {}): Directory {
    return new Directory(this.session, step(this, 'Container.directory', { path, ...opts }));
  }

  file(path: string, opts: PathOpts = {}): File {
    return new File(this.session, step(this, 'Container.file', { path, ...opts }));
  }

  withDirectory(path: string, source: Directory, opts: ContainerWithDirectoryOpts = {}): Container {
    return this.#next('withDirectory', { path, source, ...opts });
  }

  withFile(path: string, source: File, opts: ContainerWithFileOpts = {}): Container {
    return this.#next('withFile', { path, source, ...opts });
  }

  withFiles(path: string, sources: readonly File[], opts: ContainerWithFileOpts = {}): Container {
    return this.#next('withFiles', { path, sources, ...opts });
  }

  withNewFile(path: string, contents: string, opts: ContainerWithNewFileOpts = {}): Container {
    return this.#next('withNewFile', { path, contents, ...opts });
  }

  withSymlink(target: string, linkName: string, opts: PathOpts = {}): Container {
    return this.#next('withSymlink', { target, linkName, ...opts });
  }

  withoutFile(path: string, opts: PathOpts = {}): Container {
    return this.#next('withoutFile', { path, ...opts });
  }

  withoutFiles(paths: readonly string[], opts: PathOpts = {}): Container {
    return this.#next('withoutFiles', { paths, ...opts });
  }

  exists(path: string, opts: ExistsOpts = {}): Promise<boolean> {
    return this.#read((state, signal) => {
      const place = placeIn(state, path);
      return existsIn(place.tree, place.path, opts, signal);
    });
  }

  stat(path: string, opts: StatOpts = {}): Promise<Stat> {
    return this.#read((state, signal) => {
      const place = placeIn(state, path);
      return statIn(place.tree, place.path, opts, signal);
    });
  }

  withoutDirectory(path: string, opts: PathOpts = {}): Container {
    return this.#next('withoutDirectory', { path, ...opts });
  }

  /** A writable copy of the directory at a path; not part of the root or of published images. */
  withMountedDirectory(
    path: string,
    source: Directory,
    opts: ContainerWithMountedDirectoryOpts = {},
  ): Container {
    return this.#next('withMountedDirectory', { path, source, ...opts });
  }

  /** A writable copy of a file at a path. */
  withMountedFile(path: string, source: File, opts: ContainerWithMountedFileOpts = {}): Container {
    return this.#next('withMountedFile', { path, source, ...opts });
  }

  /** A directory that other commands find as this one's commands leave it. */
  withMountedCache(
    path: string,
    cache: CacheVolume,
    opts: ContainerWithMountedCacheOpts = {},
  ): Container {
    return this.#next('withMountedCache', { path, cache, ...opts });
  }

  /** A file with a secret in it, there only while commands run. */
  withMountedSecret(
    path: string,
    source: Secret,
    opts: ContainerWithMountedSecretOpts = {},
  ): Container {
    return this.#next('withMountedSecret', { path, source, ...opts });
  }

  /** An empty file system at a path, for every command anew. */
  withMountedTemp(path: string, opts: ContainerWithMountedTempOpts = {}): Container {
    return this.#next('withMountedTemp', { path, ...opts });
  }

  withoutMount(path: string, opts: PathOpts = {}): Container {
    return this.#next('withoutMount', { path, ...opts });
  }

  /** Paths of the mounts, in order of mounting. */
  mounts(): Promise<string[]> {
    return this.#read(async (state) => state.mounts.map((mount) => mount.path));
  }

  workdir(): Promise<string> {
    return this.#read(async (state) => state.config.WorkingDir ?? '');
  }

  /** Relative paths start at the present one; a missing directory is made by the next command. */
  withWorkdir(path: string, opts: PathOpts = {}): Container {
    return this.#next('withWorkdir', { path, ...opts });
  }

  withoutWorkdir(): Container {
    return this.#next('withoutWorkdir');
  }

  user(): Promise<string> {
    return this.#read(async (state) => state.config.User ?? '');
  }

  /** `name`, `uid`, `name:group` or `uid:gid`; looked up in the container by the next command. */
  withUser(name: string): Container {
    return this.#next('withUser', { name });
  }

  withoutUser(): Container {
    return this.#next('withoutUser');
  }

  envVariables(): Promise<NameValue[]> {
    return this.#read(async (state) => variablesOf(state));
  }

  envVariable(name: string): Promise<string | null> {
    return this.#read(async (state) => variableOf(state, name) ?? null);
  }

  withEnvVariable(name: string, value: string, opts: ContainerWithEnvVariableOpts = {}): Container {
    return this.#next('withEnvVariable', { name, value, ...opts });
  }

  withoutEnvVariable(name: string): Container {
    return this.#next('withoutEnvVariable', { name });
  }

  /** A variable for commands only: it is neither listed nor published. */
  withSecretVariable(name: string, secret: Secret): Container {
    return this.#next('withSecretVariable', { name, secret });
  }

  withoutSecretVariable(name: string): Container {
    return this.#next('withoutSecretVariable', { name });
  }

  /** A variable that commands see, but that does not make them run again when it changes. */
  withVolatileVariable(name: string, value: string): Container {
    return this.#next('withVolatileVariable', { name, value });
  }

  withoutVolatileVariable(name: string): Container {
    return this.#next('withoutVolatileVariable', { name });
  }

  /** Every leaf fails with this message; an empty one does nothing. */
  withError(err: string): Container {
    return this.#next('withError', { err });
  }

  entrypoint(): Promise<string[]> {
    return this.#read(async (state) => [...(state.config.Entrypoint ?? [])]);
  }

  /** Clears the default arguments unless told to keep them. */
  withEntrypoint(args: readonly string[], opts: KeepDefaultArgsOpts = {}): Container {
    return this.#next('withEntrypoint', { args, ...opts });
  }

  withoutEntrypoint(opts: KeepDefaultArgsOpts = {}): Container {
    return this.#next('withoutEntrypoint', { ...opts });
  }

  defaultArgs(): Promise<string[]> {
    return this.#read(async (state) => [...(state.config.Cmd ?? [])]);
  }

  withDefaultArgs(args: readonly string[]): Container {
    return this.#next('withDefaultArgs', { args });
  }

  withoutDefaultArgs(): Container {
    return this.#next('withoutDefaultArgs');
  }

  labels(): Promise<NameValue[]> {
    return this.#read(async (state) =>
      Object.entries(state.config.Labels ?? {}).map(([name, value]) => ({ name, value })),
    );
  }

  label(name: string): Promise<string | null> {
    return this.#read(async (state) => state.config.Labels?.[name] ?? null);
  }

  withLabel(name: string, value: string): Container {
    return this.#next('withLabel', { name, value });
  }

  withoutLabel(name: string): Container {
    return this.#next('withoutLabel', { name });
  }

  /** Put into the manifest when published. */
  withAnnotation(name: string, value: string): Container {
    return this.#next('withAnnotation', { name, value });
  }

  withoutAnnotation(name: string): Container {
    return this.#next('withoutAnnotation', { name });
  }

  /** By number. */
  exposedPorts(): Promise<ExposedPort[]> {
    return this.#read(async (state) => portsOf(state));
  }

  withExposedPort(port: number, opts: ContainerWithExposedPortOpts = {}): Container {
    return this.#next('withExposedPort', { port, ...opts });
  }

  withoutExposedPort(port: number, opts: PortOpts = {}): Container {
    return this.#next('withoutExposedPort', { port, ...opts });
  }

  /** The reference with digest, directly after `from`; null anywhere else. */
  imageRef(): Promise<string | null> {
    return this.#read(async (state) => state.imageReference ?? null);
  }

  /** Logs in to a registry, for every pull and push from now on. */
  withRegistryAuth(address: string, username: string, secret: Secret): Container {
    return this.#next('withRegistryAuth', { address, username, secret });
  }

  withoutRegistryAuth(address: string): Container {
    return this.#next('withoutRegistryAuth', { address });
  }

  /** Publishes an image, or an index where there are variants; gives `reference@sha256:…`. */
  publish(address: string, opts: ImageOpts = {}): Promise<string> {
    return this.#read(async (state, signal) => {
      const variants = await this.#variants(opts, signal);
      return publish(this.session.graph.services, state, variants, address, opts, signal);
    });
  }

  /** Writes an OCI archive to a file of the host; gives its absolute path. */
  export(path: string, opts: ImageOpts = {}): Promise<string> {
    return this.#read(async (state, signal) => {
      const { services } = this.session.graph;
      const files = hostFilesOf(services);
      const variants = await this.#variants(opts, signal);
      const bytes = await archiveOf(services, state, variants, opts, signal);
      await files.writeFile(path, bytes, 0o644);
      return files.resolve(path);
    });
  }

  /** An OCI archive as a file. */
  asTarball(opts: ImageOpts = {}): File {
    return new File(this.session, step(this, 'Container.asTarball', { ...opts }));
  }

  /** Starts from an image in an OCI or Docker archive. Named as in the TypeScript SDK. */
  import_(source: File, opts: ContainerImportOpts = {}): Container {
    return this.#next('import', { source, ...opts });
  }

  /** Runs everything the container is made of; raises the first failure. */
  async sync(): Promise<Container> {
    await this.#read(async (state, signal) => {
      await state.execution?.(signal);
      await state.rootfs.root(signal);
    });
    return this;
  }

  /** Calls a function with the container, for chaining. */
  with(change: (container: Container) => Container): Container {
    return change(this);
  }

  #next(method: string, args: MethodArguments = {}): Container {
    return new Container(this.session, step(this, `Container.${method}`, args));
  }

  #read<T>(read: (state: ContainerState, signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.session.run(async (graph, signal) =>
      read(await graph.evaluate('Container', this.operation, signal), signal),
    );
  }

  #execution<T>(read: (done: Execution) => T): Promise<T> {
    return this.#read(async (state, signal) => read(await executionOf(state, signal)));
  }

  #variants(opts: ImageOpts, signal: AbortSignal): Promise<ContainerState[]> {
    const containers = opts.platformVariants ?? [];
    const { graph } = this.session;
    return Promise.all(
      containers.map(({ operation }) => graph.evaluate('Container', operation, signal)),
    );
  }
}
