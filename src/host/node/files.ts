/** Files of the host as trees, and trees as files of the host. */

import {
  chmod,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { EngineError } from '../../engine/error.ts';
import { lazyContent, memoryContent } from '../../rootfs/content.ts';
import { makeDirectory } from '../../rootfs/editor.ts';
import type { DirectoryNode, FileNode, Node } from '../../rootfs/node.ts';
import type { HostFiles } from '../runtime.ts';

/** Files in one directory taken from the host at most. */
export const hostFilesMax: number = 500_000;
/** Files up to this length are read with the directory, larger ones when they are needed. */
const eagerBytesMax = 64 * 1024;

/** `HostFiles` on `node:fs`; Deno has it too. */
export const nodeFiles: HostFiles = {
  resolve: (path) => resolve(path.replace(/^~(?=\/|$)/, homedir())),

  async readTree(path, accept) {
    const budget = { left: hostFilesMax };
    const node = await explained(path, () => readNode(path, '', accept, budget));
    if (node?.kind === 'directory') return node;
    throw new EngineError('PATH_INVALID', `${path} is not a directory`, {
      remedy: 'use host().file(…) for files',
    });
  },

  async readFile(path) {
    const bytes = await explained(path, () => readFile(path));
    const { mode } = await lstat(path);
    return fileNode(mode, memoryContent(new Uint8Array(bytes)));
  },

  async writeFile(path, bytes, mode) {
    await explained(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
      await chmod(path, mode & 0o777);
    });
  },

  async writeTree(path, tree, wipe) {
    await explained(path, async () => {
      await mkdir(path, { recursive: true });
      if (wipe) {
        for (const name of await readdir(path)) {
          if (!tree.entries.has(name)) await rm(join(path, name), { recursive: true });
        }
      }
      await writeEntries(path, tree, new Map());
    });
  },
};

/** Turns errors of the file system into ones that say what to do. */
async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EngineError || !(error instanceof Error) || !('code' in error)) {
      throw error;
    }
    const missing = error.code === 'ENOENT';
    const message = missing ? `${path}: no such file or directory` : error.message;
    throw new EngineError(missing ? 'PATH_NOT_FOUND' : 'PATH_INVALID', message, {
      remedy: 'check the path on the host',
      cause: error,
    });
  }
}

/** Times are not taken over: they would make every checkout another input. */
function fileNode(mode: number, content: FileNode['content']): FileNode {
  return { kind: 'file', mode: mode & 0o777, uid: 0, gid: 0, mtime: 0n, content };
}

async function readNode(
  path: string,
  inside: string,
  accept: (path: string) => boolean,
  budget: { left: number },
): Promise<Node | undefined> {
  if (--budget.left < 0) {
    throw new EngineError('LIMIT_EXCEEDED', `more than ${hostFilesMax} files`, {
      remedy: 'exclude some of them (limit hostFilesMax)',
    });
  }
  const info = await lstat(path);
  if (info.isSymbolicLink()) {
    const target = await readlink(path);
    return { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime: 0n, target };
  }
  if (info.isFile()) return readFileNode(path, info.mode, info.size);
  if (!info.isDirectory()) return undefined;
  const entries: [string, Node][] = [];
  for (const name of await readdir(path)) {
    const child = inside === '' ? name : `${inside}/${name}`;
    if (!accept(child)) continue;
    const node = await readNode(join(path, name), child, accept, budget);
    if (node) entries.push([name, node]);
  }
  return makeDirectory({ mode: info.mode & 0o777, uid: 0, gid: 0, mtime: 0n }, entries);
}

async function readFileNode(path: string, mode: number, size: number): Promise<FileNode> {
  const load = async () => new Uint8Array(await readFile(path));
  if (size > eagerBytesMax) return fileNode(mode, lazyContent(size, load));
  return fileNode(mode, memoryContent(await load()));
}

async function writeEntries(
  path: string,
  tree: DirectoryNode,
  written: Map<Node, string>,
): Promise<void> {
  for (const [name, node] of tree.entries) {
    const target = join(path, name);
    const existing = await lstat(target).catch(() => undefined);
    if (existing && !(existing.isDirectory() && node.kind === 'directory')) {
      await rm(target, { recursive: true });
    }
    const first = written.get(node);
    if (first !== undefined) {
      await link(first, target);
    } else if (node.kind === 'directory') {
      await mkdir(target, { recursive: true });
      await writeEntries(target, node, written);
      await chmod(target, node.mode & 0o777);
    } else if (node.kind === 'symlink') {
      await symlink(node.target, target);
    } else if (node.kind === 'file') {
      await writeFile(target, await node.content.load());
      await chmod(target, node.mode & 0o777);
      written.set(node, target);
    }
  }
}
