/** A file. */

import { bytesOf, contentsOf } from '../engine/file.ts';
import { hostFilesOf } from '../engine/host.ts';
import { digestOfFile, type Stat, statOfFile } from '../engine/inspect.ts';
import type { FileState } from '../engine/state.ts';
import type { FileContentsOpts, FileWithReplacedOpts } from './options.ts';
import { ApiObject, step } from './session.ts';

/** A file of a directory, of a container, of the host, or made from a text. */
export class File extends ApiObject {
  /** The text; bytes that are not UTF-8 become U+FFFD. */
  contents(opts: FileContentsOpts = {}): Promise<string> {
    const lines = {
      ...(opts.offsetLines === undefined ? {} : { offset: opts.offsetLines }),
      ...(opts.limitLines === undefined ? {} : { limit: opts.limitLines }),
    };
    return this.#read((state, signal) => contentsOf(state, lines, signal));
  }

  /** The bytes. An addition to the SDK's methods. */
  bytes(): Promise<Uint8Array> {
    return this.#read(bytesOf);
  }

  /** Length in bytes. */
  size(): Promise<number> {
    return this.#read(async (state, signal) => (await state.node(signal)).content.size);
  }

  name(): Promise<string> {
    return this.#read(async (state) => state.name);
  }

  stat(): Promise<Stat> {
    return this.#read(statOfFile);
  }

  digest(opts: { excludeMetadata?: boolean } = {}): Promise<string> {
    const { hasher } = this.session.graph.services.images;
    return this.#read((state, signal) =>
      digestOfFile(hasher, state, opts.excludeMetadata ?? false, signal),
    );
  }

  /** `owner`: numbers, as `uid[:gid]`. */
  chown(owner: string): File {
    return new File(this.session, step(this, 'File.chown', { owner }));
  }

  /** Replaces the first occurrence of a text; fails where there is none. */
  withReplaced(search: string, replacement: string, opts: FileWithReplacedOpts = {}): File {
    return new File(
      this.session,
      step(this, 'File.withReplaced', { search, replacement, ...opts }),
    );
  }

  withName(name: string): File {
    return new File(this.session, step(this, 'File.withName', { name }));
  }

  /** `timestamp`: seconds since 1970. */
  withTimestamps(timestamp: number): File {
    return new File(this.session, step(this, 'File.withTimestamps', { timestamp }));
  }

  /** Writes the file to the host, with its permissions; gives the absolute path. */
  export(path: string): Promise<string> {
    return this.session.run(async (graph, signal) => {
      const files = hostFilesOf(graph.services);
      const state = await graph.evaluate('File', this.operation, signal);
      const node = await state.node(signal);
      await files.writeFile(path, await node.content.load(), node.mode);
      return files.resolve(path);
    });
  }

  /** Makes sure the file is there. */
  async sync(): Promise<File> {
    await this.#read((state, signal) => state.node(signal));
    return this;
  }

  /** Calls a function with the file, for chaining. */
  with(change: (file: File) => File): File {
    return change(this);
  }

  #read<T>(read: (state: FileState, signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.session.run(async (graph, signal) =>
      read(await graph.evaluate('File', this.operation, signal), signal),
    );
  }
}
