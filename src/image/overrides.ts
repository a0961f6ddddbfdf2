/** Local things in the place of images: what a configuration says a reference stands for. */

import { EngineError } from '../engine/error.ts';
import type { Platform } from '../machine/machine.ts';
import type { DirectoryNode } from '../rootfs/node.ts';
import type { ContentStore, Hasher } from '../store/store.ts';
import { archiveFiles, type Imported, importLayout, type LayoutFiles } from './archive.ts';
import { buildImage, buildIndex } from './build.ts';
import { formatReference, parseReference, type Reference } from './reference.ts';
import type { ContainerConfig, Descriptor, Image } from './types.ts';

/** What a reference is replaced by. */
export type Override =
  | { readonly reference: string }
  /** An OCI or `docker save` archive. */
  | { readonly archive: Uint8Array }
  /** A layout, opened by the host. */
  | { readonly layout: LayoutFiles }
  /** A root file system, which becomes an image of one layer for each platform. */
  | {
      readonly tree: DirectoryNode;
      readonly platforms: readonly Platform[];
      readonly config?: ContainerConfig;
    }
  /** One of the others, opened when it is first asked for. */
  | { readonly open: () => Promise<Override> };

/** Override of the reference with any tag: `alpine:*`. */
const anyTag = ':*';

/** The overrides of an engine, by reference in any spelling. */
export class Overrides {
  readonly #store: ContentStore;
  readonly #hasher: Hasher;
  readonly #exact = new Map<string, Override>();
  /** By registry and repository, for `NAME:*`. */
  readonly #tagged = new Map<string, Override>();
  readonly #opened = new Map<Override, Promise<Override>>();
  readonly #imported = new Map<Override, Promise<Imported[]>>();

  /** @throws EngineError REFERENCE_INVALID */
  constructor(
    store: ContentStore,
    hasher: Hasher,
    overrides: Readonly<Record<string, Override>> = {},
  ) {
    this.#store = store;
    this.#hasher = hasher;
    for (const [text, override] of Object.entries(overrides)) {
      if (text.endsWith(anyTag)) {
        const reference = parseReference(text.slice(0, -anyTag.length));
        this.#tagged.set(repositoryOf(reference), override);
      } else this.#exact.set(formatReference(parseReference(text)), override);
    }
  }

  /** All references, as errors list them. */
  names(): string[] {
    return [...this.#exact.keys(), ...[...this.#tagged.keys()].map((name) => name + anyTag)];
  }

  /** What is configured for a reference: exactly, then for any tag. */
  async find(reference: Reference): Promise<Override | undefined> {
    const found =
      this.#exact.get(formatReference(reference)) ?? this.#tagged.get(repositoryOf(reference));
    if (!found || !('open' in found)) return found;
    let task = this.#opened.get(found);
    if (!task) {
      task = found.open().catch((error: unknown) => {
        throw namedError(error, reference);
      });
      this.#opened.set(found, task);
      // What was not there may be there the next time it is asked for.
      task.catch(() => this.#opened.delete(found));
    }
    return task;
  }

  /**
   * The image of an override that holds one, in the store from now on.
   *
   * @throws EngineError IMAGE_INVALID, IMAGE_NOT_FOUND where it has other images only
   */
  async import(reference: Reference, override: Override): Promise<Descriptor> {
    let task = this.#imported.get(override);
    if (!task) {
      task = this.#importNow(override);
      this.#imported.set(override, task);
      task.catch(() => this.#imported.delete(override));
    }
    const imported = await task;
    const named = imported.find((one) => one.name !== undefined && sameName(one.name, reference));
    const [only, ...others] = imported;
    const chosen = named ?? (others.length === 0 ? only : undefined);
    if (chosen) return chosen.descriptor;
    const name = formatReference(reference);
    throw new EngineError(
      'IMAGE_NOT_FOUND',
      `the override of ${name} has ${imported.length} images, none so named`,
      { remedy: 'give a file or layout with one image, or one that names this image' },
    );
  }

  async #importNow(override: Override): Promise<Imported[]> {
    if ('archive' in override) {
      return importLayout(this.#store, this.#hasher, await archiveFiles(override.archive));
    }
    if ('layout' in override) return importLayout(this.#store, this.#hasher, override.layout);
    if (!('tree' in override)) throw new Error('references are followed by the resolver');
    const { tree: rootfs, platforms, config = {} } = override;
    const images: Image[] = [];
    for (const platform of platforms) {
      const request = { rootfs, platform, config, createdBy: 'override' };
      images.push(await buildImage(this.#store, this.#hasher, request));
    }
    const [only, ...others] = images;
    const isOne = only !== undefined && others.length === 0;
    const descriptor = isOne ? only.descriptor : await buildIndex(this.#store, images);
    return [{ descriptor, name: undefined }];
  }
}

/** An error of what stands for a reference, with its name. */
function namedError(error: unknown, reference: Reference): unknown {
  if (!(error instanceof EngineError)) return error;
  const { code, message, remedy } = error;
  const [first = ''] = message.split('\n');
  return new EngineError(code, `the override of ${formatReference(reference)}: ${first}`, {
    cause: error,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

const repositoryOf = ({ registry, repository }: Reference): string => `${registry}/${repository}`;

/** Whether a name found in an archive means a reference: full, familiar, or only the tag. */
function sameName(name: string, reference: Reference): boolean {
  try {
    if (formatReference(parseReference(name)) === formatReference(reference)) return true;
  } catch {
    // Tags alone may be no references.
  }
  return name === reference.tag;
}
