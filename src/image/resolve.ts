/** From a reference to an image: overrides, local store, registry, recipe. */

import { EngineError } from '../engine/error.ts';
import type { ContentStore, Digest, Hasher } from '../store/store.ts';
import { cachedSource, storeSource } from './blobs.ts';
import { type ImageLock, lockBroken } from './lock.ts';
import { type Override, Overrides } from './overrides.ts';
import type { PackageFetcher, Recipe } from './recipe.ts';
import { formatReference, parseReference, type Reference } from './reference.ts';
import type { RegistryClient } from './registry/client.ts';
import { isLoopback } from './registry/transport.ts';
import type { BlobSource, Descriptor, ProgressListener } from './types.ts';

/**
 * Which registries are asked, and when.
 * - `off`: none but those in the process.
 * - `near`: those, and loopback ones: what is not configured fails at once.
 * - `pinned`: loopback ones always; others not for names that have a recipe, whose digest is
 *   pinned, unless the recipe fails. So runs agree whether there is a network or not. The default.
 * - `first`: all, before recipes.
 */
export type RegistryPolicy = (typeof registryPolicies)[number];
/** The policies, strictest first. */
export const registryPolicies = ['off', 'near', 'pinned', 'first'] as const;

export interface ResolverOptions {
  readonly store: ContentStore;
  readonly hasher: Hasher;
  readonly recipes?: readonly Recipe[];
  /** Needed for recipes: where packages come from. */
  readonly packages?: PackageFetcher;
  /** By reference, in any spelling. */
  readonly overrides?: Readonly<Record<string, Override>>;
  readonly registry?: RegistryClient;
  readonly registries?: RegistryPolicy;
  /** Hosts that are registries in the process: asked under every policy. */
  readonly inProcess?: readonly string[];
  readonly progress?: ProgressListener;
  /** What tags must mean: the lines of a lock file. */
  readonly lock?: ImageLock;
}

/** A reference, and what it stands for now. */
export interface Resolved {
  readonly reference: Reference;
  readonly descriptor: Descriptor;
  readonly origin: 'store' | 'override' | 'registry' | 'recipe';
  readonly source: BlobSource;
}

/** Most references that an error lists. */
const availableShownMax = 50;

/** Name in the store of an image's descriptor. */
export function imageName(reference: Reference): string {
  return `image/${formatReference(reference)}`;
}

/**
 * Looks references up: overrides, whatever was pulled before; store, registry, recipe. A reference
 * that is overridden by itself ends in the other places.
 */
export class Resolver {
  readonly #options: ResolverOptions;
  readonly #pins = new Map<string, Digest>();
  readonly #overrides: Overrides;
  /** Registries that could not be reached: not asked again by this resolver. */
  readonly #unreachable = new Map<string, EngineError>();

  constructor(options: ResolverOptions) {
    this.#options = options;
    this.#overrides = new Overrides(options.store, options.hasher, options.overrides);
  }

  /**
   * What a reference names.
   *
   * @throws EngineError REFERENCE_INVALID, IMAGE_NOT_FOUND, REGISTRY_UNREACHABLE,
   *   REGISTRY_REFUSED, IMAGE_INVALID, DIGEST_MISMATCH
   */
  async resolve(text: string): Promise<Resolved> {
    const reference = parseReference(text);
    const name = formatReference(reference);
    const locked = reference.digest === undefined ? this.#options.lock?.get(name) : undefined;
    const found = await (locked === undefined
      ? this.#resolve(reference, new Set())
      : this.#resolveLocked(reference, locked));
    const isKept = found.origin === 'store' || found.origin === 'registry';
    // What is near moves on purpose; overrides and recipes are pinned where they are.
    if (reference.digest === undefined && isKept && !this.isNear(reference)) {
      this.#pins.set(name, found.descriptor.digest);
    }
    return found;
  }

  /** What tags meant so far: the lines of a lock file. */
  get pins(): ImageLock {
    return this.#pins;
  }

  /** What is at hand must be what is locked; registries are asked for the digest, not the tag. */
  async #resolveLocked(reference: Reference, locked: Digest): Promise<Resolved> {
    const atHand =
      (await this.#fromOverride(reference, new Set())) ?? (await this.#fromStore(reference));
    if (atHand && atHand.descriptor.digest === locked) return atHand;
    if (atHand?.origin === 'override') {
      throw lockBroken(formatReference(reference), locked, atHand.descriptor.digest);
    }
    const found = await this.#resolve({ ...reference, digest: locked }, new Set());
    if (found.descriptor.digest !== locked) {
      throw lockBroken(formatReference(reference), locked, found.descriptor.digest);
    }
    return { ...found, reference };
  }

  async #resolve(reference: Reference, seen: ReadonlySet<string>): Promise<Resolved> {
    return (
      (await this.#fromOverride(reference, seen)) ??
      (await this.#fromStore(reference)) ??
      (await this.#fromElsewhere(reference))
    );
  }

  async #fromStore(reference: Reference): Promise<Resolved | undefined> {
    const { store } = this.#options;
    const { digest, tag: _, ...untagged } = reference;
    const names = [reference, ...(digest ? [{ ...untagged, digest }] : [])];
    for (const name of names) {
      const value = await store.getName(imageName(name));
      if (value === undefined) continue;
      const descriptor = JSON.parse(value) as Descriptor;
      // Its parts may have been left where they were: a recipe, or a registry.
      const source = cachedSource(store, this.#laterSource(reference));
      return { reference, descriptor, origin: 'store', source };
    }
    return undefined;
  }

  /** For parts of an image that is known but not complete in the store. */
  #laterSource(reference: Reference): BlobSource {
    const { registry, store } = this.#options;
    const recipe = this.#recipeFor(reference);
    if (recipe) {
      const opened = this.#open(recipe);
      if (opened) return opened.source;
    }
    if (registry && this.#mayAsk(reference)) return registry.source(reference);
    return storeSource(store);
  }

  async #fromOverride(
    reference: Reference,
    seen: ReadonlySet<string>,
  ): Promise<Resolved | undefined> {
    const name = formatReference(reference);
    const override = await this.#overrides.find(reference);
    // One that leads back to itself ends where it began.
    if (!override || seen.has(name)) return undefined;
    if ('reference' in override) {
      const other = parseReference(override.reference);
      const found = await this.#resolve(other, new Set([...seen, name]));
      return { ...found, reference, origin: 'override' };
    }
    const descriptor = await this.#overrides.import(reference, override);
    const source = storeSource(this.#options.store);
    return { reference, descriptor, origin: 'override', source };
  }

  #recipeFor(reference: Reference): Recipe | undefined {
    const { digest, ...named } = reference;
    const full = formatReference(named);
    return this.#options.recipes?.find(
      (recipe) => recipe.references.includes(full) && (!digest || digest === recipe.digest),
    );
  }

  #open(recipe: Recipe): ReturnType<Recipe['open']> | undefined {
    const { store, hasher, packages, progress } = this.#options;
    if (!packages) return undefined;
    return recipe.open({ store, hasher, packages, ...(progress ? { progress } : {}) });
  }

  /**
   * Whether a registry is on this machine or in the process, where names change and asking is
   * cheap.
   */
  isNear({ registry }: Reference): boolean {
    return isLoopback(registry) || (this.#options.inProcess ?? []).includes(registry);
  }

  /** What a registry says, past store, overrides and recipes; undefined where none may be asked. */
  async atRegistry(reference: Reference): Promise<Resolved | undefined> {
    const found = await this.#fromRegistry(reference);
    return found && { ...found, reference };
  }

  /** What the recipe of a name makes, past everything else; undefined where there is none. */
  atRecipe(reference: Reference): Resolved | undefined {
    const found = this.#fromRecipe(this.#recipeFor(reference));
    return found && { ...found, reference };
  }

  #mayAsk(reference: Reference): boolean {
    const { registries = 'pinned', inProcess = [] } = this.#options;
    if (!this.#options.registry) return false;
    if (registries === 'near') return this.isNear(reference);
    return registries !== 'off' || inProcess.includes(reference.registry);
  }

  async #fromElsewhere(reference: Reference): Promise<Resolved> {
    const recipe = this.#recipeFor(reference);
    const recipeFirst = recipe && this.#options.registries !== 'first' && !this.isNear(reference);
    let failed: EngineError | undefined;
    const attempts = recipeFirst
      ? [() => this.#fromRecipe(recipe), () => this.#fromRegistry(reference)]
      : [() => this.#fromRegistry(reference), () => this.#fromRecipe(recipe)];
    for (const attempt of attempts) {
      try {
        const found = await attempt();
        if (found) return { ...found, reference };
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        failed ??= error;
      }
    }
    if (failed?.code === 'REGISTRY_UNREACHABLE') throw await this.#alone(failed);
    throw failed ?? (await this.#notFound(reference));
  }

  /** What there is without asking anybody, for errors. */
  async #available(): Promise<string> {
    const stored = await this.#options.store.listNames('image/');
    const known = [
      ...stored.map((name) => name.slice('image/'.length)),
      ...this.#overrides.names(),
      ...(this.#options.recipes ?? []).flatMap((recipe) => recipe.references),
    ];
    const available = [...new Set(known)].sort();
    const more = available.length - availableShownMax;
    const shown = available.slice(0, availableShownMax).join(', ');
    return `available: ${shown || 'nothing'}${more > 0 ? ` and ${more} more` : ''}`;
  }

  async #notFound(reference: Reference): Promise<EngineError> {
    const policy = this.#options.registries ?? 'pinned';
    return new EngineError(
      'IMAGE_NOT_FOUND',
      `${formatReference(reference)} is not in the local store, and registries are not asked ` +
        `(policy "${policy}")`,
      {
        remedy:
          'load it from a file, configure an override or allow registries; ' +
          (await this.#available()),
      },
    );
  }

  /** A registry that is down, and what there is without it. */
  async #alone(error: EngineError): Promise<EngineError> {
    const [message = ''] = error.message.split('\n');
    const remedy = `${error.remedy ?? ''}; ${await this.#available()}`;
    return new EngineError(error.code, message, { remedy, cause: error });
  }

  async #fromRegistry(reference: Reference): Promise<Omit<Resolved, 'reference'> | undefined> {
    const { registry, store, progress } = this.#options;
    if (!registry || !this.#mayAsk(reference)) return undefined;
    const known = this.#unreachable.get(reference.registry);
    if (known) throw known;
    const subject = formatReference(reference);
    progress?.({ kind: 'resolve', subject, finished: false });
    try {
      const { descriptor, source } = await registry.resolve(reference);
      return { descriptor, origin: 'registry', source: cachedSource(store, source) };
    } catch (error) {
      if (error instanceof EngineError && error.code === 'REGISTRY_UNREACHABLE') {
        this.#unreachable.set(reference.registry, error);
      }
      throw error;
    } finally {
      progress?.({ kind: 'resolve', subject, finished: true });
    }
  }

  #fromRecipe(recipe: Recipe | undefined): Omit<Resolved, 'reference'> | undefined {
    const opened = recipe && this.#open(recipe);
    if (!opened) return undefined;
    const source = cachedSource(this.#options.store, opened.source);
    return { descriptor: opened.descriptor, origin: 'recipe', source };
  }
}
