/** What is different between two directories. */

import { type ChangedPaths, changedPaths } from '../engine/changeset.ts';
import { hostFilesOf } from '../engine/host.ts';
import { Directory } from './directory.ts';
import { ApiObject, step } from './session.ts';

/** The changes from one directory to another; `after.changes(before)` makes one. */
export class Changeset extends ApiObject {
  before(): Directory {
    return new Directory(this.session, step(this, 'Changeset.before'));
  }

  after(): Directory {
    return new Directory(this.session, step(this, 'Changeset.after'));
  }

  /** Only what was added or modified. */
  layer(): Directory {
    return new Directory(this.session, step(this, 'Changeset.layer'));
  }

  async addedPaths(): Promise<string[]> {
    return [...(await this.#paths()).added];
  }

  async modifiedPaths(): Promise<string[]> {
    return [...(await this.#paths()).modified];
  }

  async removedPaths(): Promise<string[]> {
    return [...(await this.#paths()).removed];
  }

  async isEmpty(): Promise<boolean> {
    const { added, modified, removed } = await this.#paths();
    return added.length + modified.length + removed.length === 0;
  }

  /** Writes what was added or modified to a directory of the host; gives its absolute path. */
  export(path: string): Promise<string> {
    return this.session.run(async (graph, signal) => {
      const files = hostFilesOf(graph.services);
      const layer = await graph.evaluate('Directory', this.layer().operation, signal);
      await files.writeTree(path, await layer.root(signal), false);
      return files.resolve(path);
    });
  }

  /** Computes both directories; raises the first failure. */
  async sync(): Promise<Changeset> {
    await this.#paths();
    return this;
  }

  #paths(): Promise<ChangedPaths> {
    return this.session.run(async (graph, signal) =>
      changedPaths(await graph.evaluate('Changeset', this.operation, signal), signal),
    );
  }
}
