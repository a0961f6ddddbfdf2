/**
 * What `stiletto.config.{ts,js,json}` may say, and the same as options of `connect`: local things
 * in the place of images, git remotes and web addresses, so that a program runs offline unchanged.
 */

import { EngineError } from '../engine/error.ts';
import { type RegistryPolicy, registryPolicies } from '../image/resolve.ts';
import type { ContainerConfig } from '../image/types.ts';
import { type ModelName, modelNames } from '../machine/defaults.ts';

/** A directory of the host as the root file system of an image. */
export interface RootfsSource {
  readonly rootfs: string;
  /** One image for each; default: the engine's platform. */
  readonly platform?: string | readonly string[];
  /** Environment, command and so on, as OCI configurations have them. */
  readonly config?: ContainerConfig;
}

/**
 * What answers for an image: another reference (`busybox`); a path that begins with `./`, `../` or
 * `/`, of an OCI or `docker save` archive, a layout, or a directory that is the root file system;
 * the bytes of an archive; or a root file system with more about it.
 */
export type ImageSource = string | Uint8Array | RootfsSource;

/** Directories for a git remote: one for all names, or one for each. */
export type GitSource =
  | string
  | {
      /** For HEAD and every name that is not below; default: the first branch. */
      readonly path?: string;
      readonly branches?: Readonly<Record<string, string>>;
      readonly tags?: Readonly<Record<string, string>>;
      readonly commits?: Readonly<Record<string, string>>;
    };

/** The path of a file, bytes, or a text. */
export type HttpSource = string | Uint8Array | { readonly text: string };

/** Paths are relative to the configuration file; those in options to the working directory. */
export interface Configuration {
  /** By reference; `NAME:*` stands for every tag. */
  readonly images?: Readonly<Record<string, ImageSource>>;
  /** By address, in any of its spellings. */
  readonly git?: Readonly<Record<string, GitSource>>;
  /** By address; one that ends in `/` stands for all below it, from a directory. */
  readonly http?: Readonly<Record<string, HttpSource>>;
  /** Registry → registries with copies of its images, asked first and in order. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /**
   * Which registries may be asked; default `near` where `images`, `git` or `http` say what there
   * is, so that anything else fails at once, and `pinned` otherwise.
   */
  readonly registries?: RegistryPolicy;
  /**
   * A lock file, or its entries: what tags mean. New references are added to a file when the engine
   * closes, unless the environment has `CI`.
   */
  readonly lock?: string | Readonly<Record<string, string>>;
  /** Platform of containers that ask for none. */
  readonly platform?: string;
  /**
   * Model of the x86-64 processor, which decides what CPUID tells linux/amd64 programs: `x86-64`,
   * `x86-64-v2` (default) or `x86-64-v3`.
   */
  readonly cpu?: ModelName;
  /** Decides what guests get as randomness; default 1. */
  readonly seed?: number;
  /**
   * Another order in which the guests' processes and threads run: each number is one, found again
   * by it. Default: they take turns of equal length.
   */
  readonly schedule?: number;
  /**
   * Where the guests' clock starts and when files were made, in seconds since 1970; default:
   * `SOURCE_DATE_EPOCH` of the environment, else 2024-01-01.
   */
  readonly epoch?: number;
  /**
   * Whether files in new layers are no younger than `epoch`, as BuildKit's `rewrite-timestamp` has
   * it; default false: they have the guests' times, which are the same each time as well.
   */
  readonly rewriteTimestamps?: boolean;
}

/** Whether a text is a path rather than a reference. */
export function isPath(text: string): boolean {
  return /^(?:\.{1,2}[\\/]|[\\/]|[A-Za-z]:[\\/])/.test(text);
}

/** Gives a configuration file its type. */
export function defineConfig(configuration: Configuration): Configuration {
  return configuration;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array);

const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => Number.isSafeInteger(value);
const isTexts = (value: unknown): boolean => isRecord(value) && Object.values(value).every(isText);
const isList = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/** A record of things that are as `check` wants them. */
const recordOf =
  (check: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    isRecord(value) && Object.values(value).every(check);

/** Whether a record has no other keys than these, each as wanted where it is there. */
const hasOnly =
  (checks: Readonly<Record<string, (value: unknown) => boolean>>) =>
  (value: unknown): boolean =>
    isRecord(value) &&
    Object.entries(value).every(
      ([key, item]) => item === undefined || (Object.hasOwn(checks, key) && checks[key]!(item)),
    );

const isRootfs = (value: unknown): boolean =>
  hasOnly({
    rootfs: isText,
    platform: (one) => isText(one) || isList(one),
    config: isRecord,
  })(value) && isText((value as { rootfs?: unknown }).rootfs);

const isPathOrBytes = (value: unknown): boolean => isText(value) || value instanceof Uint8Array;

/** Key → whether a value is right, and how to say what is. */
const keys: Readonly<Record<keyof Configuration, readonly [(value: unknown) => boolean, string]>> =
  {
    images: [
      recordOf((one) => isPathOrBytes(one) || isRootfs(one)),
      'maps references to references, paths, or { rootfs, platform, config }',
    ],
    git: [
      recordOf(
        (one) =>
          isText(one) ||
          hasOnly({ path: isText, branches: isTexts, tags: isTexts, commits: isTexts })(one),
      ),
      'maps addresses to paths, or { path, branches, tags, commits }',
    ],
    http: [
      recordOf((one) => isPathOrBytes(one) || hasOnly({ text: isText })(one)),
      'maps addresses to paths, or { text }',
    ],
    mirrors: [recordOf(isList), 'maps registries to lists of registries'],
    registries: [
      (one) => registryPolicies.some((policy) => policy === one),
      `is one of ${registryPolicies.join(', ')}`,
    ],
    lock: [(one) => isText(one) || isTexts(one), 'is a path, or maps references to digests'],
    platform: [isText, 'is a platform, such as linux/arm64'],
    cpu: [(one) => modelNames.some((name) => name === one), `is one of ${modelNames.join(', ')}`],
    seed: [isNumber, 'is an integer'],
    schedule: [isNumber, 'is an integer'],
    epoch: [isNumber, 'is an integer: seconds since 1970'],
    rewriteTimestamps: [(one) => typeof one === 'boolean', 'is true or false'],
  };

/**
 * Checks what a configuration file gave.
 *
 * @param where the file, for errors
 * @throws EngineError ARGUMENT_INVALID, which names the key
 */
export function checkConfiguration(value: unknown, where: string): Configuration {
  if (!isRecord(value)) {
    throw new EngineError('ARGUMENT_INVALID', `${where}: a configuration is an object`, {
      remedy: 'export it as default',
    });
  }
  for (const [key, item] of Object.entries(value)) {
    if (!Object.hasOwn(keys, key)) {
      throw new EngineError('ARGUMENT_INVALID', `${where}: there is no setting "${key}"`, {
        remedy: `there are: ${Object.keys(keys).join(', ')}`,
      });
    }
    const [isRight, what] = keys[key as keyof Configuration];
    if (item === undefined || isRight(item)) continue;
    throw new EngineError('ARGUMENT_INVALID', `${where}: "${key}" ${what}`);
  }
  return value;
}

type Paths = Readonly<Record<string, string>>;

/** The same configuration with its relative paths put behind a directory. */
export function rebase(configuration: Configuration, directory: string): Configuration {
  const path = (text: string): string =>
    /^(?:[\\/~]|[A-Za-z]:[\\/])/.test(text) ? text : `${directory}/${text}`;
  const mapped = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
  const paths = (record: Paths | undefined): Paths => mapped(record ?? {}, path);
  const image = (source: ImageSource): ImageSource => {
    if (typeof source === 'string') return isPath(source) ? path(source) : source;
    return source instanceof Uint8Array ? source : { ...source, rootfs: path(source.rootfs) };
  };
  const remote = (source: GitSource): GitSource => {
    if (typeof source === 'string') return path(source);
    const { branches, tags, commits } = source;
    return {
      ...(source.path === undefined ? {} : { path: path(source.path) }),
      branches: paths(branches),
      tags: paths(tags),
      commits: paths(commits),
    };
  };
  const { images, git, http, lock } = configuration;
  return {
    ...configuration,
    ...(images ? { images: mapped(images, image) } : {}),
    ...(git ? { git: mapped(git, remote) } : {}),
    ...(http ? { http: mapped(http, (one) => (typeof one === 'string' ? path(one) : one)) } : {}),
    ...(typeof lock === 'string' ? { lock: path(lock) } : {}),
  };
}
