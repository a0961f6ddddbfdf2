/** Path resolution: path_resolution(7) and the RESOLVE_* flags of openat2(2). */

import { encodeName } from '../../rootfs/name.ts';
import { EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EXDEV } from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import { nameBytesMax, pathBytesMax, symlinksMax } from './limits.ts';
import { childOf, type Path, parentPath, samePath } from './path.ts';
import { checkAccess, type Identity, identityOf, MAY_EXECUTE } from './permission.ts';

export const RESOLVE_NO_XDEV = 0x01;
export const RESOLVE_NO_MAGICLINKS = 0x02;
export const RESOLVE_NO_SYMLINKS = 0x04;
export const RESOLVE_BENEATH = 0x08;
export const RESOLVE_IN_ROOT = 0x10;
export const RESOLVE_CACHED = 0x20;

export interface WalkOptions {
  /** Whether a symbolic link as the last component is followed. */
  readonly follow: boolean;
  /** RESOLVE_* bits. */
  readonly resolve?: number;
  /** Ids to judge search permission by, where they are not the task's file-system ids. */
  readonly identity?: Identity;
}

/** Where a path led. */
export interface WalkResult {
  /** The thing, or undefined where only its directory exists. */
  readonly path: Path | undefined;
  /** Directory of the last component, and the component. */
  readonly parent: Path;
  readonly name: string;
  /** `name` is a plain name: not `.`, `..` or the root. */
  readonly plain: boolean;
  /** The text ended in a slash: only a directory will do. */
  readonly trailingSlash: boolean;
}

/**
 * Follows a path from `start` (an absolute one from the task's root). Errors: ENOENT (also for
 * ''), ENOTDIR, EACCES, ELOOP, ENAMETOOLONG; EXDEV for what RESOLVE_* forbids.
 */
export function walk(
  task: Task | undefined,
  start: Path,
  root: Path,
  text: string,
  options: WalkOptions,
): WalkResult | number {
  if (text === '') return -ENOENT;
  if (text.length * 3 >= pathBytesMax && encodeName(text).length >= pathBytesMax) {
    return -ENAMETOOLONG;
  }
  return new Walk(task, start, root, options).run(text);
}

class Walk {
  readonly #task: Task | undefined;
  readonly #root: Path;
  readonly #options: WalkOptions;
  readonly #resolve: number;
  readonly #identity: Identity;
  /** Components still to come, the next one last. */
  #pending: string[] = [];
  #at: Path;
  #links: number = 0;
  #trailingSlash: boolean = false;

  constructor(task: Task | undefined, start: Path, root: Path, options: WalkOptions) {
    this.#task = task;
    this.#options = options;
    this.#resolve = options.resolve ?? 0;
    const confined = (this.#resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0;
    this.#root = confined ? start : root;
    this.#at = start;
    this.#identity = options.identity ?? identityOf(task);
  }

  run(text: string): WalkResult | number {
    const entered = this.#enter(text, true);
    if (entered < 0) return entered;
    let result: WalkResult = this.#here('.', false);
    for (let name = this.#pending.pop(); name !== undefined; name = this.#pending.pop()) {
      const step = this.#step(name);
      if (typeof step === 'number') return step;
      result = step;
      if (!result.path) break;
    }
    if (!result.path && this.#pending.length > 0) return -ENOENT;
    const kind = result.path?.dentry.inode.attributes.kind;
    const slash = this.#trailingSlash;
    if (slash && kind !== undefined && kind !== 'directory') return -ENOTDIR;
    return { ...result, trailingSlash: slash };
  }

  /** Puts the components of a path or link target before those still to come. */
  #enter(text: string, last: boolean): number {
    const parts = text.split('/').filter((part) => part !== '');
    this.#pending.push(...parts.reverse());
    if (last && text.endsWith('/')) this.#trailingSlash = true;
    if (!text.startsWith('/')) return 0;
    if (this.#resolve & RESOLVE_BENEATH) return -EXDEV;
    const crosses = this.#root.mount !== this.#at.mount;
    if (this.#resolve & RESOLVE_NO_XDEV && crosses) return -EXDEV;
    this.#at = this.#root;
    return 0;
  }

  #here(name: string, plain: boolean): WalkResult {
    const parent = parentPath(this.#at, this.#root);
    return { path: this.#at, parent, name, plain, trailingSlash: false };
  }

  #step(name: string): WalkResult | number {
    const { attributes } = this.#at.dentry.inode;
    if (attributes.kind !== 'directory') return -ENOTDIR;
    const denied = checkAccess(this.#identity, attributes, MAY_EXECUTE);
    if (denied < 0) return denied;
    if (name === '.') return this.#here('.', false);
    if (name === '..') return this.#up();
    if (name.length > nameBytesMax || encodeName(name).length > nameBytesMax) {
      return -ENAMETOOLONG;
    }
    const parent = this.#at;
    const child = childOf(parent.dentry, name, this.#task);
    const last = this.#pending.length === 0;
    if (typeof child === 'number') {
      if (child !== -ENOENT || !last) return child;
      return { path: undefined, parent, name, plain: true, trailingSlash: false };
    }
    const path = crossMounts({ mount: parent.mount, dentry: child });
    if (this.#resolve & RESOLVE_NO_XDEV && path.mount !== parent.mount) return -EXDEV;
    if (child.inode.attributes.kind === 'symlink' && path.dentry === child) {
      if (!last || this.#options.follow || this.#trailingSlash) return this.#follow(path, last);
    }
    this.#at = path;
    return { path, parent, name, plain: true, trailingSlash: false };
  }

  #up(): WalkResult | number {
    if (samePath(this.#at, this.#root) && this.#resolve & RESOLVE_BENEATH) return -EXDEV;
    const above = parentPath(this.#at, this.#root);
    if (this.#resolve & RESOLVE_NO_XDEV && above.mount !== this.#at.mount) return -EXDEV;
    this.#at = crossMounts(above);
    return this.#here('..', false);
  }

  #follow(link: Path, last: boolean): WalkResult | number {
    if (this.#resolve & RESOLVE_NO_SYMLINKS) return -ELOOP;
    if (++this.#links > symlinksMax) return -ELOOP;
    const { inode } = link.dentry;
    const magic = inode.magicLink(this.#task);
    if (typeof magic === 'number') return magic;
    if (magic) {
      if (this.#resolve & RESOLVE_NO_MAGICLINKS) return -ELOOP;
      if (this.#resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) return -EXDEV;
      this.#at = magic;
      return this.#here('.', false);
    }
    const target = inode.readlink(this.#task);
    if (typeof target === 'number') return target;
    if (target === '') return -ENOENT;
    const entered = this.#enter(target, last);
    return entered < 0 ? entered : this.#here('.', false);
  }
}

/** The root of what is mounted on a place, or the place itself. */
export function crossMounts(path: Path): Path {
  let at = path;
  for (let mount = at.mount.children.get(at.dentry); mount; ) {
    at = { mount, dentry: mount.root };
    mount = at.mount.children.get(at.dentry);
  }
  return at;
}

/** RESOLVE_CACHED asks not to wait, which resolution never does here. */
export function checkResolve(resolve: number): number {
  const known = 0x3f;
  if (resolve & ~known) return -EINVAL;
  const both = RESOLVE_BENEATH | RESOLVE_IN_ROOT;
  return (resolve & both) === both ? -EINVAL : 0;
}
