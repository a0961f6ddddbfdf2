/**
 * Git repositories. What answers for a remote is a `GitRemote`; the engine itself knows those that
 * were configured, and asks nobody else.
 */

import type { DirectoryNode } from '../rootfs/node.ts';
import { removeNode } from '../rootfs/tree.ts';
import { type Call, type Definition, define } from './definition.ts';
import { EngineError } from './error.ts';
import { digestOfTree } from './inspect.ts';
import type { Services } from './services.ts';
import { deriveKey, type GitRefKind, type GitRefState, type GitState, type Tree } from './state.ts';

/** What a remote has under the names of branches, tags and commits. */
export interface GitRemote {
  readonly branches: readonly string[];
  readonly tags: readonly string[];
  /**
   * The files a name stands for; undefined where there is no such name.
   *
   * @param name absent: what HEAD is
   */
  tree(kind: GitRefKind, name: string): Promise<DirectoryNode | undefined>;
  /** The full name of a commit, where the remote knows it. */
  commit?(kind: GitRefKind, name: string): Promise<string | undefined>;
}

/** Remotes by address. */
export interface GitRemotes {
  find(url: string): GitRemote | undefined;
  /** Addresses that are known, for errors. */
  readonly names: readonly string[];
}

/** One name for the spellings of an address: `git@host:a/b.git` is `https://host/a/b`. */
export function normalizeGitUrl(url: string): string {
  const [bare = ''] = url.split('#');
  const scheme = /^[a-z+]+:\/\/(?:[^@/]*@)?(.*)$/i.exec(bare)?.[1];
  const scp = /^(?:[^@/:]+@)?([^/:]+):(?!\/\/)(.+)$/.exec(bare);
  const path = scheme ?? (scp ? `${scp[1]}/${scp[2]}` : bare);
  return path.replace(/\/+$/, '').replace(/\.git$/, '');
}

function repository(call: Call): GitState {
  const url = call.text('url');
  const remotes = call.services.git;
  const remote = remotes?.find(url);
  if (remote) return { key: deriveKey('git', url), url, remote };
  const known = remotes?.names.join(', ') || 'none';
  throw new EngineError('DOWNLOAD_FAILED', `no git remote is configured for ${url}`, {
    remedy: `map it to a directory under "git" in the configuration; configured: ${known}`,
  });
}

/** A reference as it may be written in full: `refs/heads/main`. */
function splitRef(name: string): [GitRefKind, string] {
  const [, space, short = ''] = /^refs\/(heads|tags)\/(.+)$/.exec(name) ?? [];
  if (space === 'heads') return ['branch', short];
  return space === 'tags' ? ['tag', short] : ['ref', name];
}

async function reference(call: Call, kind: GitRefKind, name: string): Promise<GitRefState> {
  const self = await call.self('GitRepository');
  const [actual, short] = kind === 'ref' ? splitRef(name) : [kind, name];
  return { key: deriveKey('git ref', self.key, actual, short), self, kind: actual, name: short };
}

/** The files of a reference, without git's own. */
function treeOf(services: Services, ref: GitRefState): Tree {
  const { key, self, kind, name } = ref;
  const root = (signal?: AbortSignal) =>
    services.trees.get(key, signal, () =>
      services.progress.during(`git ${self.url} ${name}`.trimEnd(), async () => {
        const tree = await self.remote.tree(kind, name);
        if (tree) return removeNode(tree, '.git');
        const { branches, tags } = self.remote;
        throw new EngineError('DOWNLOAD_FAILED', `${self.url} has no ${kind} "${name}"`, {
          remedy: `it has: ${[...branches, ...tags].join(', ') || 'nothing'}`,
        });
      }),
    );
  return { key, root };
}

/**
 * The commit of a reference: what the remote says, the name itself where it is one, else forty
 * digits that are derived from the files, so that equal files are an equal commit.
 */
export async function commitOf(
  services: Services,
  ref: GitRefState,
  signal?: AbortSignal,
): Promise<string> {
  const known = await ref.self.remote.commit?.(ref.kind, ref.name);
  if (known !== undefined) return known;
  if (/^[0-9a-f]{40}$/.test(ref.name)) return ref.name;
  const digest = await digestOfTree(services.images.hasher, treeOf(services, ref), signal);
  return digest.slice('sha256:'.length, 'sha256:'.length + 40);
}

export const gitOperations: readonly Definition[] = [
  define('GitRepository', 'Query.git', repository),
  define('GitRef', 'GitRepository.head', (call) => reference(call, 'head', '')),
  define('GitRef', 'GitRepository.branch', (call) => reference(call, 'branch', call.text('name'))),
  define('GitRef', 'GitRepository.tag', (call) => reference(call, 'tag', call.text('name'))),
  define('GitRef', 'GitRepository.ref', (call) => reference(call, 'ref', call.text('name'))),
  define('GitRef', 'GitRepository.commit', (call) => reference(call, 'commit', call.text('id'))),
  define('Directory', 'GitRef.tree', async (call) =>
    treeOf(call.services, await call.self('GitRef')),
  ),
];
