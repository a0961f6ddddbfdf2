/** The local things a configuration names, as the parts below want them. */

import { EngineError } from '../engine/error.ts';
import { type GitRemote, type GitRemotes, normalizeGitUrl } from '../engine/git.ts';
import type { GitRefKind } from '../engine/state.ts';
import type { HostFiles } from '../host/runtime.ts';
import type { LayoutFiles } from '../image/archive.ts';
import type { Override } from '../image/overrides.ts';
import { parsePlatform } from '../image/platform.ts';
import type { Platform } from '../machine/machine.ts';
import type { DirectoryNode } from '../rootfs/node.ts';
import { lookup } from '../rootfs/path.ts';
import {
  type GitSource,
  type HttpSource,
  type ImageSource,
  isPath,
  type RootfsSource,
} from './configuration.ts';

/** Who reads paths; absent where there are no files. */
export type LocalFiles = HostFiles | undefined;

function present(files: LocalFiles, path: string): HostFiles {
  if (files) return files;
  throw new EngineError('PATH_INVALID', `${path}: there are no host files here`, {
    remedy: 'give bytes instead of a path',
  });
}

const everything = (): boolean => true;

async function treeAt(local: LocalFiles, path: string): Promise<DirectoryNode> {
  const files = present(local, path);
  return files.readTree(files.resolve(path), everything);
}

async function bytesAt(local: LocalFiles, path: string): Promise<Uint8Array> {
  const files = present(local, path);
  return (await files.readFile(files.resolve(path))).content.load();
}

/** A tree that holds a layout, as one. */
function layoutOf(tree: DirectoryNode): LayoutFiles {
  return {
    async read(path) {
      const node = lookup(tree, path);
      return node?.kind === 'file' ? node.content.load() : undefined;
    },
  };
}

/** Images by reference. */
export function imageOverrides(
  images: Readonly<Record<string, ImageSource>>,
  local: LocalFiles,
  platform: Platform,
): Record<string, Override> {
  return Object.fromEntries(
    Object.entries(images).map(([name, source]) => [name, overrideOf(source, local, platform)]),
  );
}

function overrideOf(source: ImageSource, local: LocalFiles, platform: Platform): Override {
  if (source instanceof Uint8Array) return { archive: source };
  if (typeof source === 'object') return { open: () => rootfsOverride(source, local, platform) };
  if (!isPath(source)) return { reference: source };
  return {
    open: async () => {
      const tree = await treeAt(local, source).catch((error: unknown) => {
        if (error instanceof EngineError && error.code === 'PATH_INVALID') return undefined;
        throw error;
      });
      if (!tree) return { archive: await bytesAt(local, source) };
      // An OCI layout, or what `docker save` wrote, unpacked.
      const isLayout = tree.entries.has('oci-layout') || tree.entries.has('manifest.json');
      return isLayout ? { layout: layoutOf(tree) } : { tree, platforms: [platform] };
    },
  };
}

async function rootfsOverride(
  { rootfs, platform, config }: RootfsSource,
  local: LocalFiles,
  usual: Platform,
): Promise<Override> {
  const names = platform === undefined ? [] : [platform].flat();
  const platforms = names.length === 0 ? [usual] : names.map((name) => parsePlatform(name));
  return { tree: await treeAt(local, rootfs), platforms, ...(config ? { config } : {}) };
}

/** Git remotes by address. */
export function gitRemotes(
  remotes: Readonly<Record<string, GitSource>>,
  local: LocalFiles,
): GitRemotes {
  const known = new Map(
    Object.entries(remotes).map(([url, source]) => [normalizeGitUrl(url), source]),
  );
  return {
    names: Object.keys(remotes).sort(),
    find(url) {
      const source = known.get(normalizeGitUrl(url));
      return source === undefined ? undefined : remoteOf(source, local);
    },
  };
}

function remoteOf(source: GitSource, local: LocalFiles): GitRemote {
  const {
    path,
    branches = {},
    tags = {},
    commits = {},
  } = typeof source === 'string' ? { path: source } : source;
  const of = (names: Readonly<Record<string, string>>, name: string): string | undefined =>
    Object.hasOwn(names, name) ? names[name] : undefined;
  const place = (kind: GitRefKind, name: string): string | undefined => {
    switch (kind) {
      case 'head':
        return path ?? Object.values(branches)[0];
      case 'branch':
        return of(branches, name) ?? path;
      case 'tag':
        return of(tags, name) ?? path;
      case 'commit':
        return of(commits, name) ?? path;
      case 'ref':
        return of(branches, name) ?? of(tags, name) ?? of(commits, name) ?? path;
    }
  };
  return {
    branches: Object.keys(branches),
    tags: Object.keys(tags),
    async tree(kind, name) {
      const found = place(kind, name);
      return found === undefined ? undefined : treeAt(local, found);
    },
  };
}

type Fetch = (request: Request) => Promise<Response>;

/**
 * A `fetch` that answers configured addresses from local things.
 *
 * @param otherwise answers the others; absent: they fail, and what there is is listed
 */
export function localFetch(
  addresses: Readonly<Record<string, HttpSource>>,
  local: LocalFiles,
  otherwise: Fetch | undefined,
): Fetch {
  const known = new Map(
    Object.entries(addresses).map(([url, source]) => [withoutHash(url), source]),
  );
  return async (request) => {
    const url = withoutHash(request.url);
    const exact = known.get(url);
    if (exact !== undefined) return new Response(await bodyOf(exact, local));
    const prefix = [...known.keys()]
      .filter((one) => one.endsWith('/') && url.startsWith(one))
      .sort((a, b) => b.length - a.length)[0];
    const directory = prefix === undefined ? undefined : known.get(prefix);
    if (prefix !== undefined && typeof directory === 'string') {
      return fileBelow(directory, url.slice(prefix.length), local);
    }
    if (otherwise) return otherwise(request);
    throw new EngineError('DOWNLOAD_FAILED', `cannot fetch ${url}: it is not configured`, {
      remedy: `map it under "http" in the configuration; configured: ${[...known.keys()].join(', ')}`,
    });
  };
}

/** Without a fragment, and spelled as `URL` does. */
function withoutHash(url: string): string {
  const parsed = new URL(url);
  parsed.hash = '';
  return parsed.href;
}

async function bodyOf(source: HttpSource, local: LocalFiles): Promise<Uint8Array<ArrayBuffer>> {
  if (source instanceof Uint8Array) return source as Uint8Array<ArrayBuffer>;
  if (typeof source !== 'string') return new TextEncoder().encode(source.text);
  return (await bytesAt(local, source)) as Uint8Array<ArrayBuffer>;
}

/** A file of a directory that stands for a web site; links and dots do not lead out of it. */
async function fileBelow(directory: string, path: string, local: LocalFiles): Promise<Response> {
  const [name = ''] = path.split('?');
  const node = lookup(await treeAt(local, directory), decodeURIComponent(name));
  if (node?.kind !== 'file') return new Response('', { status: 404 });
  return new Response((await node.content.load()) as Uint8Array<ArrayBuffer>);
}
