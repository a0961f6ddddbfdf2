/** Git repositories and what their names stand for. */

import { commitOf } from '../engine/git.ts';
import type { ObjectStates } from '../engine/state.ts';
import { Directory } from './directory.ts';
import type { GitRefTreeOpts } from './options.ts';
import { ApiObject, step } from './session.ts';

/** A repository. The engine knows those that its configuration maps to local directories. */
export class GitRepository extends ApiObject {
  head(): GitRef {
    return new GitRef(this.session, step(this, 'GitRepository.head'));
  }

  branch(name: string): GitRef {
    return new GitRef(this.session, step(this, 'GitRepository.branch', { name }));
  }

  tag(name: string): GitRef {
    return new GitRef(this.session, step(this, 'GitRepository.tag', { name }));
  }

  /** A branch, a tag or a commit, whichever has the name. */
  ref(name: string): GitRef {
    return new GitRef(this.session, step(this, 'GitRepository.ref', { name }));
  }

  commit(id: string): GitRef {
    return new GitRef(this.session, step(this, 'GitRepository.commit', { id }));
  }

  branches(): Promise<string[]> {
    return this.#read(({ remote }) => [...remote.branches]);
  }

  tags(): Promise<string[]> {
    return this.#read(({ remote }) => [...remote.tags]);
  }

  url(): Promise<string> {
    return this.#read(({ url }) => url);
  }

  #read<T>(read: (state: ObjectStates['GitRepository']) => T): Promise<T> {
    return this.session.run(async (graph, signal) =>
      read(await graph.evaluate('GitRepository', this.operation, signal)),
    );
  }
}

/** A branch, tag or commit of a repository. */
export class GitRef extends ApiObject {
  /** The files, without git's own. */
  tree(opts: GitRefTreeOpts = {}): Directory {
    return new Directory(this.session, step(this, 'GitRef.tree', { ...opts }));
  }

  /** The commit; derived from the files where the configuration does not tell it. */
  commit(): Promise<string> {
    return this.session.run(async (graph, signal) => {
      const state = await graph.evaluate('GitRef', this.operation, signal);
      return commitOf(graph.services, state, signal);
    });
  }

  /** The commit, as it was called until 0.4. */
  digest(): Promise<string> {
    return this.commit();
  }

  /** The name: `main`, `v1.0`, a commit; empty for HEAD. */
  ref(): Promise<string> {
    return this.session.run(async (graph, signal) => {
      const { name } = await graph.evaluate('GitRef', this.operation, signal);
      return name;
    });
  }
}
