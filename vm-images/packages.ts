/**
 * Images made of a distribution's packages: their files, the package database, and what maintainer
 * scripts would have done. Pure: package bytes in, image out.
 */

import { readAr } from '../src/archive/ar.ts';
import { decompress } from '../src/archive/decompress.ts';
import { entryBytes, type TarEntry } from '../src/archive/tar.ts';
import { readTar } from '../src/archive/tar_read.ts';
import { EngineError } from '../src/engine/error.ts';
import { buildImage } from '../src/image/build.ts';
import { encodeDocument } from '../src/image/documents.ts';
import { mediaType } from '../src/image/media_types.ts';
import { parsePlatform, platformDocument } from '../src/image/platform.ts';
import type { LockedPackage, Recipe, RecipeTools } from '../src/image/recipe.ts';
import type { BlobSource, ContainerConfig, Descriptor, Image, Index } from '../src/image/types.ts';
import { applyLayer, type LayerEntry } from '../src/rootfs/apply.ts';
import { memoryContent, textContent } from '../src/rootfs/content.ts';
import { emptyDirectory, makeDirectory } from '../src/rootfs/editor.ts';
import type { DirectoryNode, FileNode, Metadata, Node } from '../src/rootfs/node.ts';
import type { ContentStore, Digest, Hasher } from '../src/store/store.ts';

/** One platform of an image of packages. */
export interface PackagesVariant {
  /** OCI platform: `linux/arm64`. */
  readonly platform: string;
  /** What this image adds to its base, by name. */
  readonly packages: readonly LockedPackage[];
  /** The manifest that building gives; checked after each build. */
  readonly manifest: { readonly digest: Digest; readonly size: number };
}

/** A lock file of an image of packages. */
export interface PackagesLock {
  /** The index of all variants, in the order of the lock. */
  readonly index: { readonly digest: Digest; readonly size: number };
  readonly variants: readonly PackagesVariant[];
}

/** How an image is made of its packages. */
export interface PackagesRecipe {
  readonly name: string;
  readonly references: readonly string[];
  /** The image whose layers come first. */
  readonly base?: { readonly recipe: PackagesRecipe; readonly lock: PackagesLock };
  /** Packages named; the lock has what they depend on besides. */
  readonly packages: readonly string[];
  readonly config: ContainerConfig;
  /** Paths of packages that are left out, without a leading slash. */
  readonly excluded: RegExp;
  /** What comes after the packages; gets the tree so far. */
  readonly after: (tree: DirectoryNode) => readonly LayerEntry[];
}

const root: Metadata = { mode: 0o755, uid: 0, gid: 0, mtime: 0n };

/** An entry of a layer: a directory owned by root. */
export const directoryEntry = (path: string, mode = 0o755): LayerEntry => ({
  path,
  node: makeDirectory({ ...root, mode }),
});

/** An entry of a layer: a symbolic link. */
export const linkEntry = (path: string, target: string): LayerEntry => ({
  path,
  node: { kind: 'symlink', ...root, mode: 0o777, target },
});

/** An entry of a layer: a file with a text. */
export const textEntry = (path: string, text: string, mode = 0o644): LayerEntry => ({
  path,
  node: { kind: 'file', ...root, mode, content: textContent(text) },
});

function recipeFailed(name: string, why: string, cause?: unknown): EngineError {
  return new EngineError('RECIPE_FAILED', `the ${name} image cannot be made: ${why}`, {
    remedy: 'load an image file (stiletto images load) or pull one from a registry instead',
    cause,
  });
}

/** What a Debian package holds: deb(5). */
interface Package {
  /** Paragraph of the package database, without the Status field. */
  readonly control: string;
  /** Maintainer scripts and lists by name: `postinst`, `conffiles`. */
  readonly information: ReadonlyMap<string, Uint8Array>;
  readonly entries: readonly TarEntry[];
  readonly tar: Uint8Array;
}

async function readPackage(bytes: Uint8Array): Promise<Package> {
  const members = readAr(bytes);
  const unpack = async (prefix: string): Promise<Uint8Array> => {
    const member = members.find(({ name }) => name.startsWith(prefix));
    if (!member) throw new Error(`a package has no ${prefix}`);
    return decompress(member.data);
  };
  const information = new Map<string, Uint8Array>();
  const controlTar = await unpack('control.tar');
  for (const entry of readTar(controlTar)) {
    const name = entry.path.replace(/^\.\//, '');
    if (entry.type === 'file') information.set(name, entryBytes(controlTar, entry).slice());
  }
  const control = new TextDecoder().decode(information.get('control'));
  information.delete('control');
  const tar = await unpack('data.tar');
  return { control, information, entries: [...readTar(tar)], tar };
}

/** The node of an archive's entry; undefined for a hard link. */
function nodeOf(tar: Uint8Array, entry: TarEntry): Node | undefined {
  const { mode, uid, gid, mtime, type } = entry;
  const metadata = { mode, uid, gid, mtime };
  switch (type) {
    case 'directory':
      return makeDirectory(metadata);
    case 'symlink':
      return { kind: 'symlink', ...metadata, target: entry.target ?? '' };
    case 'file':
      return {
        kind: 'file',
        ...metadata,
        content: memoryContent(entryBytes(tar, entry).slice()),
      };
    case 'hardlink':
      return undefined;
    default:
      throw new Error(`a package has a ${type} at ${entry.path}`);
  }
}

/** Directories that are links into /usr (merged /usr, as Debian has it since buster). */
const merged = ['bin', 'sbin', 'lib', 'lib64'];

/** The links of merged /usr and what they point to. */
const mergedUsr: readonly LayerEntry[] = merged.flatMap((name) => [
  directoryEntry(`usr/${name}`),
  linkEntry(name, `usr/${name}`),
]);

/** `usr/bin/sh` for `./bin/sh`; undefined for the merged directories themselves and the root. */
function placeOf(path: string): string | undefined {
  const relative = path.replace(/^\.?\/+/, '').replace(/\/+$/, '');
  if (relative === '' || merged.includes(relative)) return undefined;
  return merged.includes(relative.split('/')[0]!) ? `usr/${relative}` : relative;
}

function layerOf(unpacked: Package, excluded: RegExp): LayerEntry[] {
  const entries: LayerEntry[] = [];
  for (const entry of unpacked.entries) {
    const path = placeOf(entry.path);
    if (path === undefined || excluded.test(path)) continue;
    const node = nodeOf(unpacked.tar, entry);
    entries.push(node ? { path, node } : { path, linkTarget: placeOf(entry.target ?? '') ?? '' });
  }
  return entries;
}

/** /var/lib/dpkg as dpkg would have left it after configuring everything, `added` last. */
function database(packages: readonly Package[], added: readonly Package[]): LayerEntry[] {
  const entries = ['alternatives', 'info', 'parts', 'triggers', 'updates'].map((name) =>
    directoryEntry(`var/lib/dpkg/${name}`),
  );
  const status = packages.map(({ control }) =>
    control.replace(/^(Package: .*)$/m, '$1\nStatus: install ok installed').trim(),
  );
  entries.push(textEntry('var/lib/dpkg/status', `${status.join('\n\n')}\n\n`));
  entries.push(textEntry('var/lib/dpkg/available', ''));
  // Files of this format carry the architecture in their names.
  entries.push(textEntry('var/lib/dpkg/info/format', '1\n'));
  for (const { control, information, entries: files } of added) {
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(control)![1]!;
    const same = /^Multi-Arch: same$/m.test(control);
    const name = same ? `${field('Package')}:${field('Architecture')}` : field('Package');
    // The root is `/.` there: dpkg cuts slashes off, and takes no empty name.
    const paths = files.map(({ path }) => `/${path.replace(/^\.?\/*|\/+$/g, '')}`);
    const list = paths.map((path) => (path === '/' ? '/.' : path));
    entries.push(textEntry(`var/lib/dpkg/info/${name}.list`, `${list.join('\n')}\n`));
    for (const [kind, bytes] of information) {
      const mode = /^(pre|post)(inst|rm)$|^config$/.test(kind) ? 0o755 : 0o644;
      const node: FileNode = { kind: 'file', ...root, mode, content: memoryContent(bytes) };
      entries.push({ path: `var/lib/dpkg/info/${name}.${kind}`, node });
    }
  }
  return entries;
}

/** The package files of one recipe, without its base's, in the order of their names. */
export type PackageFiles = (recipe: PackagesRecipe) => Promise<readonly Uint8Array[]>;

/** An image on the way: its tree and the packages in it, the base's included. */
interface Stage {
  readonly image: Image;
  readonly tree: DirectoryNode;
  readonly packages: readonly Package[];
}

interface BuildTools {
  readonly store: ContentStore;
  readonly hasher: Hasher;
}

async function stage(
  recipe: PackagesRecipe,
  tools: BuildTools,
  platform: string,
  files: PackageFiles,
): Promise<Stage> {
  const below = recipe.base && (await stage(recipe.base.recipe, tools, platform, files));
  const own = await Promise.all((await files(recipe)).map(readPackage));
  const packages = [...(below?.packages ?? []), ...own];
  let tree = below?.tree ?? applyLayer(emptyDirectory, mergedUsr);
  for (const one of own) tree = applyLayer(tree, layerOf(one, recipe.excluded));
  tree = applyLayer(tree, recipe.after(tree));
  tree = applyLayer(tree, database(packages, own));
  const image = await buildImage(tools.store, tools.hasher, {
    ...(below ? { base: below.image, baseRootfs: below.tree } : {}),
    rootfs: tree,
    platform: parsePlatform(platform),
    config: recipe.config,
    createdBy: `stiletto recipe ${recipe.name}`,
  });
  return { image, tree, packages };
}

/**
 * Makes the image of one platform; all blobs are in the store afterwards.
 *
 * @throws EngineError RECIPE_FAILED where a package is not what was expected
 */
export async function buildFromPackages(
  recipe: PackagesRecipe,
  tools: BuildTools,
  platform: string,
  files: PackageFiles,
): Promise<Image> {
  try {
    return (await stage(recipe, tools, platform, files)).image;
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw recipeFailed(recipe.name, error instanceof Error ? error.message : String(error), error);
  }
}

/** The index a lock describes. */
export function packagesIndex(variants: readonly PackagesVariant[]): Index {
  return {
    schemaVersion: 2,
    mediaType: mediaType.index,
    manifests: variants.map(({ platform, manifest }) => ({
      mediaType: mediaType.manifest,
      digest: manifest.digest,
      size: manifest.size,
      platform: platformDocument(parsePlatform(platform)),
    })),
  };
}

/** The packages of a recipe or one below it, for the platform of a variant. */
function lockedPackages(
  recipe: PackagesRecipe,
  variant: PackagesVariant,
  part: PackagesRecipe,
): readonly LockedPackage[] {
  if (part === recipe) return variant.packages;
  const below = recipe.base?.lock.variants.find(({ platform }) => platform === variant.platform);
  if (recipe.base && below) return lockedPackages(recipe.base.recipe, below, part);
  throw recipeFailed(recipe.name, `its base has no ${variant.platform}`);
}

async function makeVariant(
  recipe: PackagesRecipe,
  tools: RecipeTools,
  variant: PackagesVariant,
): Promise<void> {
  const { packages, progress } = tools;
  const files = async (part: PackagesRecipe): Promise<readonly Uint8Array[]> => {
    const fetched: Uint8Array[] = [];
    for (const one of lockedPackages(recipe, variant, part)) {
      fetched.push(await packages.fetch(one, progress));
    }
    return fetched;
  };
  const subject = `${recipe.name} ${variant.platform}`;
  progress?.({ kind: 'build', subject, finished: false });
  try {
    const { descriptor } = await buildFromPackages(recipe, tools, variant.platform, files);
    if (descriptor.digest === variant.manifest.digest) return;
    throw recipeFailed(recipe.name, `${subject} is ${descriptor.digest}, not as locked`);
  } finally {
    progress?.({ kind: 'build', subject, finished: true });
  }
}

/** The recipe of a lock. Images are made one platform at a time, when one reads their manifest. */
export function recipeOfPackages(recipe: PackagesRecipe, lock: PackagesLock): Recipe {
  return {
    name: recipe.name,
    references: recipe.references,
    digest: lock.index.digest,
    open(tools) {
      const document = encodeDocument(packagesIndex(lock.variants));
      const descriptor: Descriptor = { mediaType: mediaType.index, ...lock.index };
      const source: BlobSource = {
        async read(wanted: Descriptor): Promise<Uint8Array> {
          if (wanted.digest === descriptor.digest) return document;
          const stored = await tools.store.get(wanted.digest);
          if (stored) return stored;
          const variant = lock.variants.find(({ manifest }) => manifest.digest === wanted.digest);
          if (variant) await makeVariant(recipe, tools, variant);
          const made = await tools.store.get(wanted.digest);
          if (!made) throw recipeFailed(recipe.name, `${wanted.digest} is no part of it`);
          return made;
        },
      };
      return { descriptor, source };
    },
  };
}
