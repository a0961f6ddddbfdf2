/** A directory. */

import { entriesOf, globOf } from '../engine/directory.ts';
import { hostFilesOf } from '../engine/host.ts';
import { digestOfTree, existsIn, findUpIn, type Stat, statIn } from '../engine/inspect.ts';
import type { Tree } from '../engine/state.ts';
import { Changeset } from './changeset.ts';
import { Container } from './container.ts';
import { File } from './file.ts';
import type {
  DirectoryDockerBuildOpts,
  DirectoryExportOpts,
  ExistsOpts,
  FilterOpts,
  StatOpts,
  WithDirectoryOpts,
  WithFileOpts,
  WithNewFileOpts,
} from './options.ts';
import { ApiObject, type MethodArguments, step } from './session.ts';

/** A file tree. Every `with…` gives a new one; this one stays as it is. */
export class Directory extends ApiObject {
  /** Sorted names; those of directories end in a slash. */
  entries(opts: { path?: string } = {}): Promise<string[]> {
    return this.#read((tree, signal) => entriesOf(tree, opts.path, signal));
  }

  /** Paths that match a pattern (`**` for any depth). */
  glob(pattern: string): Promise<string[]> {
    return this.#read((tree, signal) => globOf(tree, pattern, signal));
  }

  exists(path: string, opts: ExistsOpts = {}): Promise<boolean> {
    return this.#read((tree, signal) => existsIn(tree, path, opts, signal));
  }

  stat(path: string, opts: StatOpts = {}): Promise<Stat> {
    return this.#read((tree, signal) => statIn(tree, path, opts, signal));
  }

  /** Of names, contents, owners and permissions; equal trees have equal ones. */
  digest(): Promise<string> {
    const { hasher } = this.session.graph.services.images;
    return this.#read((tree, signal) => digestOfTree(hasher, tree, signal));
  }

  /** The nearest `name` in `start` or above it, or null. */
  findUp(name: string, start: string): Promise<string | null> {
    return this.#read((tree, signal) => findUpIn(tree, name, start, signal));
  }

  /** What changed from another directory to this one. */
  changes(from: Directory): Changeset {
    return new Changeset(this.session, step(this, 'Directory.changes', { from }));
  }

  withChanges(changes: Changeset): Directory {
    return this.#next('withChanges', { changes });
  }

  /** `owner`: numbers, as `uid[:gid]`; a directory has no password file. */
  chown(path: string, owner: string): Directory {
    return this.#next('chown', { path, owner });
  }

  /** Every leaf fails with this message; an empty one does nothing. */
  withError(err: string): Directory {
    return this.#next('withError', { err });
  }

  /** Last name of the path the directory was taken from; empty for others. */
  name(): Promise<string> {
    return this.#read(async (tree) => tree.name ?? '');
  }

  file(path: string): File {
    return new File(this.session, step(this, 'Directory.file', { path }));
  }

  directory(path: string): Directory {
    return this.#next('directory', { path });
  }

  withNewFile(path: string, contents: string, opts: WithNewFileOpts = {}): Directory {
    return this.#next('withNewFile', { path, contents, ...opts });
  }

  withFile(path: string, source: File, opts: WithFileOpts = {}): Directory {
    return this.#next('withFile', { path, source, ...opts });
  }

  withFiles(path: string, sources: readonly File[], opts: WithFileOpts = {}): Directory {
    return this.#next('withFiles', { path, sources, ...opts });
  }

  withDirectory(path: string, source: Directory, opts: WithDirectoryOpts = {}): Directory {
    return this.#next('withDirectory', { path, source, ...opts });
  }

  /** Makes a directory and its parents; default permissions 0755. */
  withNewDirectory(path: string, opts: { permissions?: number } = {}): Directory {
    return this.#next('withNewDirectory', { path, ...opts });
  }

  withSymlink(target: string, linkName: string): Directory {
    return this.#next('withSymlink', { target, linkName });
  }

  /** Removes a file or what matches a pattern; nothing there is no error. */
  withoutFile(path: string): Directory {
    return this.#next('withoutFile', { path });
  }

  withoutFiles(paths: readonly string[]): Directory {
    return this.#next('withoutFiles', { paths });
  }

  withoutDirectory(path: string): Directory {
    return this.#next('withoutDirectory', { path });
  }

  /** Everything below gets one modification time, in seconds since 1970. */
  withTimestamps(timestamp: number): Directory {
    return this.#next('withTimestamps', { timestamp });
  }

  filter(opts: FilterOpts = {}): Directory {
    return this.#next('filter', { ...opts });
  }

  /** Builds the Dockerfile of this directory. */
  dockerBuild(opts: DirectoryDockerBuildOpts = {}): Container {
    return new Container(this.session, step(this, 'Directory.dockerBuild', { ...opts }));
  }

  /** What `other` has and this one has not: added and changed entries. */
  diff(other: Directory): Directory {
    return this.#next('diff', { other });
  }

  /** Merges the tree into a directory of the host; gives its absolute path. */
  export(path: string, opts: DirectoryExportOpts = {}): Promise<string> {
    return this.session.run(async (graph, signal) => {
      const files = hostFilesOf(graph.services);
      const tree = await graph.evaluate('Directory', this.operation, signal);
      await files.writeTree(path, await tree.root(signal), opts.wipe ?? false);
      return files.resolve(path);
    });
  }

  /** Computes the tree; raises the first failure. */
  async sync(): Promise<Directory> {
    await this.#read((tree, signal) => tree.root(signal));
    return this;
  }

  /** Calls a function with the directory, for chaining. */
  with(change: (directory: Directory) => Directory): Directory {
    return change(this);
  }

  #next(method: string, args: MethodArguments): Directory {
    return new Directory(this.session, step(this, `Directory.${method}`, args));
  }

  #read<T>(read: (tree: Tree, signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.session.run(async (graph, signal) =>
      read(await graph.evaluate('Directory', this.operation, signal), signal),
    );
  }
}
