/**
 * From the mounts of a container to what a machine is given, and back. Machines mount directories;
 * a mounted file or secret is put into the tree that covers its path, and taken out of it again
 * before anybody sees the result.
 */

import type { Mount } from '../machine/machine.ts';
import { memoryContent } from '../rootfs/content.ts';
import { copyNode } from '../rootfs/copy.ts';
import { emptyDirectory } from '../rootfs/editor.ts';
import type { DirectoryNode, FileNode, Node } from '../rootfs/node.ts';
import { lookup, resolvePath } from '../rootfs/path.ts';
import { insertNode, removeNode } from '../rootfs/tree.ts';
import type { CacheLease } from './cache.ts';
import type { Services } from './services.ts';
import type { ContainerState, MountSource, MountState } from './state.ts';
import { withOwner } from './tree_edit.ts';
import { ownerOf } from './users.ts';

/** Trees after an exec, without what was only mounted. */
export interface Unmounted {
  readonly rootfs: DirectoryNode;
  readonly mounts: ReadonlyMap<string, DirectoryNode | FileNode>;
}

/** Trees as a machine takes them. */
export interface Mounted {
  readonly rootfs: DirectoryNode;
  readonly mounts: readonly Mount[];
  /** Gives back the trees of the container, and caches to their volumes. */
  finish(rootfs: DirectoryNode, mounts: ReadonlyMap<string, DirectoryNode>): Unmounted;
  /** Lets go of caches where there is no result. */
  abandon(): void;
}

/** A file that stands in a tree only while the process runs. */
interface Inserted {
  readonly mount: MountState;
  /** Path of the mount whose tree it stands in; '' for the root. */
  readonly into: string;
  readonly path: string;
  /** What was there before, hidden meanwhile. */
  readonly hidden: Node | undefined;
  /** Directories made on the way, deepest first. */
  readonly made: readonly string[];
}

/** Prepares the trees of a container for a process. */
export async function mountAll(
  services: Services,
  state: ContainerState,
  signal: AbortSignal | undefined,
): Promise<Mounted> {
  const root = await state.rootfs.root(signal);
  const leases = await leaseCaches(services, state, root, signal);
  try {
    return await new Mounting(root, leases).mount(state, signal);
  } catch (error) {
    for (const lease of leases.values()) lease.release();
    throw error;
  }
}

/** In order of the keys, so that two users of two LOCKED volumes cannot wait for each other. */
async function leaseCaches(
  services: Services,
  state: ContainerState,
  root: DirectoryNode,
  signal: AbortSignal | undefined,
): Promise<Map<string, CacheLease>> {
  const leases = new Map<string, CacheLease>();
  const sources = state.mounts
    .map(({ source }) => source)
    .filter((source) => source.kind === 'cache')
    .sort((a, b) => (a.cache.key < b.cache.key ? -1 : 1));
  for (const source of sources) {
    const { key } = source.cache;
    if (leases.has(key)) continue;
    const seed = async (): Promise<DirectoryNode> => {
      const tree = source.seed ?? source.cache.source;
      const content = tree ? await tree.root(signal) : emptyDirectory;
      const owner = source.owner ?? source.cache.owner;
      return owner ? withOwner(content, await ownerOf(owner, root)) : content;
    };
    leases.set(key, await services.caches.use(key, source.sharing, seed));
  }
  return leases;
}

class Mounting {
  readonly #trees: Map<string, DirectoryNode | 'tmpfs'> = new Map();
  readonly #leases: ReadonlyMap<string, CacheLease>;
  readonly #inserted: Inserted[] = [];

  constructor(root: DirectoryNode, leases: ReadonlyMap<string, CacheLease>) {
    this.#trees.set('', root);
    this.#leases = leases;
  }

  async mount(state: ContainerState, signal: AbortSignal | undefined): Promise<Mounted> {
    const root = this.#trees.get('') as DirectoryNode;
    for (const mount of state.mounts) {
      const { source, path } = mount;
      if (source.kind === 'file' || source.kind === 'secret') {
        this.#insert(mount, await fileOf(source, root, signal));
      } else if (source.kind === 'tree') this.#trees.set(path, await source.tree.root(signal));
      else if (source.kind === 'cache') {
        this.#trees.set(path, this.#leases.get(source.cache.key)!.root);
      } else this.#trees.set(path, 'tmpfs');
    }
    const mounts = state.mounts.flatMap(({ path, readOnly }): Mount[] => {
      const source = this.#trees.get(path);
      return source ? [{ path, source, readOnly }] : [];
    });
    return {
      rootfs: this.#trees.get('') as DirectoryNode,
      mounts,
      finish: (rootfs, after) => this.#finish(state, rootfs, after),
      abandon: () => {
        for (const lease of this.#leases.values()) lease.release();
      },
    };
  }

  /** Puts a file into the newest tree that covers its path. */
  #insert(mount: MountState, file: FileNode): void {
    const covering = [...this.#trees.keys()].reverse();
    const into = covering.find((path) => mount.path.startsWith(`${path}/`)) ?? '';
    const tree = this.#trees.get(into);
    const root = tree === 'tmpfs' || !tree ? emptyDirectory : tree;
    const path = mount.path.slice(into.length);
    const hidden = resolvePath(root, path, false).node;
    this.#inserted.push({ mount, into, path, hidden, made: missingParents(root, path) });
    this.#trees.set(into, insertNode(root, path, copyNode(file)));
  }

  #finish(
    state: ContainerState,
    rootfs: DirectoryNode,
    after: ReadonlyMap<string, DirectoryNode>,
  ): Unmounted {
    const trees = new Map<string, DirectoryNode>([['', rootfs], ...after]);
    const mounts = new Map<string, DirectoryNode | FileNode>();
    for (const inserted of this.#inserted.reverse()) {
      const tree = trees.get(inserted.into);
      if (!tree) continue;
      const { mount } = inserted;
      const node = resolvePath(tree, inserted.path, false).node;
      if (mount.source.kind === 'file' && node?.kind === 'file') mounts.set(mount.path, node);
      trees.set(inserted.into, takenOut(tree, inserted));
    }
    for (const { path, source } of state.mounts) {
      const tree = trees.get(path);
      if (source.kind === 'cache') this.#leases.get(source.cache.key)!.release(tree);
      else if (source.kind === 'tree' && tree) mounts.set(path, tree);
    }
    return { rootfs: trees.get('')!, mounts };
  }
}

async function fileOf(
  source: MountSource & { readonly kind: 'file' | 'secret' },
  root: DirectoryNode,
  signal: AbortSignal | undefined,
): Promise<FileNode> {
  if (source.kind === 'file') return source.file.node(signal);
  const { uid, gid } = await ownerOf(source.owner || '0', root);
  const content = memoryContent(await source.secret.plaintext(signal));
  return { kind: 'file', mode: source.mode, uid, gid, mtime: 0n, content };
}

/** Directories above a path that are not there, deepest first. */
function missingParents(root: DirectoryNode, path: string): string[] {
  const missing: string[] = [];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const parent = path.slice(0, end);
    if (lookup(root, parent)) break;
    missing.push(parent);
  }
  return missing;
}

function takenOut(root: DirectoryNode, { path, hidden, made }: Inserted): DirectoryNode {
  if (hidden) return insertNode(root, path, hidden);
  let tree = removeNode(root, path);
  for (const parent of made) {
    const node = lookup(tree, parent);
    if (node?.kind !== 'directory' || node.entries.size > 0) break;
    tree = removeNode(tree, parent);
  }
  return tree;
}
