/** Making an engine for a runtime. */

import { EngineError } from '../engine/error.ts';
import { Graph } from '../engine/graph.ts';
import {
  type ProgressListener,
  ProgressReporter,
  type RunningOperation,
} from '../engine/progress.ts';
import { RegistryLogins } from '../engine/registry_auth.ts';
import { Services } from '../engine/services.ts';
import type { Runtime } from '../host/runtime.ts';
import { Images } from '../image/images.ts';
import type { ImageLock } from '../image/lock.ts';
import type { Override } from '../image/overrides.ts';
import { parsePlatform } from '../image/platform.ts';
import type { PackageFetcher, Recipe } from '../image/recipe.ts';
import { RegistryClient } from '../image/registry/client.ts';
import { routeFetch } from '../image/registry/server.ts';
import type { Credentials } from '../image/registry/transport.ts';
import type { RegistryPolicy } from '../image/resolve.ts';
import type { ProgressListener as ImageProgressListener } from '../image/types.ts';
import { type MachineSettings, modelNames } from '../machine/defaults.ts';
import type { Machine } from '../machine/machine.ts';
import type { ContentStore } from '../store/store.ts';
import { type Configuration, checkConfiguration, rebase } from './configuration.ts';
import { Engine } from './engine.ts';
import { gitRemotes, imageOverrides, localFetch } from './local_sources.ts';
import { openLock } from './lock_file.ts';
import { InProcessRegistry, registryHost, SessionStore } from './registry.ts';

/** 2024-01-01T00:00:00Z: late enough that no program takes the clock for unset. */
export const epochDefault: number = 1_704_067_200;
export const seedDefault: number = 1;

/** All of them have defaults; runs with equal options and inputs give equal results. */
export interface ConnectOptions extends Configuration {
  /**
   * A configuration file, or false for none; default: `STILETTO_CONFIG`, else the nearest
   * `stiletto.config.{ts,js,json}` from the working directory upwards. Options go before it.
   */
  readonly config?: string | false;
  /** `virtual` (default): time passes as instructions do, sleeping costs none. */
  readonly clock?: 'virtual' | 'real';
  /** A store, or a place for one: a directory, or a database's name in a browser. */
  readonly store?: ContentStore | string;
  /** The registry in the process, to share it between engines; default: a new one. */
  readonly registry?: InProcessRegistry;
  /** What executes, in order of preference; default: the translator. */
  readonly machine?: Machine | readonly Machine[];
  /**
   * Whether translations of guest code are kept on disk, which makes the next process start sooner;
   * default: unless `store` is an object.
   */
  readonly keepTranslations?: boolean;
  /** Refuse commands that no `onExec` answers, instead of running them. */
  readonly strictStubs?: boolean;
  /** Sends the requests of `http` that the configuration does not answer; default: none. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Logs in to registries; default: as `docker login` left it, where there is such a thing. */
  readonly credentials?: (registry: string) => Promise<Credentials | undefined>;
  readonly onProgress?: ProgressListener;
  /** Stops everything under way, as closing does. */
  readonly cancel?: AbortSignal;
  /** Gets the guests' system calls, a line each. */
  readonly strace?: (line: string) => void;
}

/** `connect` of an entry point: with options, or around a function. */
export interface Connect {
  /** An engine; close it when done, or declare it with `await using`. */
  (options?: ConnectOptions): Promise<Engine>;
  /** Calls a function with an engine and closes it afterwards; gives the function's result. */
  <T>(use: (engine: Engine) => Promise<T>, options?: ConnectOptions): Promise<T>;
}

/** Makes the `connect` function of a runtime. */
export function connectOn(runtime: Runtime, parts: Parts): Connect {
  async function connect<T>(
    first?: ConnectOptions | ((engine: Engine) => Promise<T>),
    second?: ConnectOptions,
  ): Promise<Engine | T> {
    if (typeof first !== 'function') return open(runtime, parts, first ?? {});
    const engine = await open(runtime, parts, second ?? {});
    try {
      return await first(engine);
    } finally {
      await engine.close();
    }
  }
  return connect as Connect;
}

/** What an entry point gives every engine it opens. */
export interface Parts {
  readonly recipes: readonly Recipe[];
  /** Absent where packages cannot be fetched. */
  readonly packages?: PackageFetcher;
  /** Credentials for registries, where the runtime keeps some. */
  readonly credentials?: () => (registry: string) => Promise<Credentials | undefined>;
  /** The machines of an engine, in order of preference. */
  readonly machines: (options: MachineSettings) => readonly Machine[];
}

async function open(runtime: Runtime, parts: Parts, given: ConnectOptions): Promise<Engine> {
  const options = await configured(runtime, given);
  const local = runtime.files;
  const epoch = epochOf(runtime, options);
  const progress = new ProgressReporter(options.onProgress, () => runtime.now());
  const registry = options.registry ?? new InProcessRegistry(runtime.hasher);
  const logins = new RegistryLogins();
  const platform =
    options.platform === undefined ? runtime.platform : parsePlatform(options.platform);
  const lock = await openLock(options.lock, runtime);
  const images = imagesOf(runtime, parts, options, {
    created: epoch,
    rewriteTimestamps: options.rewriteTimestamps ?? false,
    overrides: imageOverrides(options.images ?? {}, local, platform),
    lock: lock.entries,
    progress: imageProgress(progress),
    registry,
    logins,
  });
  const { http = {} } = options;
  const fetch = isFilled(http) ? localFetch(http, local, options.fetch) : options.fetch;
  const services = new Services({
    images,
    logins,
    strictStubs: options.strictStubs ?? false,
    ...(fetch ? { fetch } : {}),
    git: gitRemotes(options.git ?? {}, local),
    machines: machinesOf(runtime, parts, options, epoch),
    platform,
    ...(runtime.files ? { hostFiles: runtime.files } : {}),
    hostVariable: (name) => runtime.variable?.(name),
    epoch,
    progress,
  });
  const { cancel } = options;
  return new Engine(new Graph(services), registry, {
    ...(cancel ? { cancel } : {}),
    closing: () => lock.save(images.pins),
  });
}

/** Options on top of those of the configuration file. */
async function configured(runtime: Runtime, given: ConnectOptions): Promise<ConnectOptions> {
  if (given.config === false) return given;
  const found = await runtime.findConfiguration?.(given.config);
  if (!found) return given;
  const base = rebase(checkConfiguration(found.value, found.path), found.directory);
  return {
    ...base,
    ...given,
    images: { ...base.images, ...given.images },
    git: { ...base.git, ...given.git },
    http: { ...base.http, ...given.http },
    mirrors: { ...base.mirrors, ...given.mirrors },
  };
}

const isFilled = (record: object | undefined): boolean =>
  record !== undefined && Object.keys(record).length > 0;

/** Where it is said what there is, there is nothing else, unless that is said too. */
function policyOf({ registries, images, git, http }: Configuration): RegistryPolicy {
  return registries ?? ([images, git, http].some(isFilled) ? 'near' : 'pinned');
}

/** Seconds since 1970: the option, `SOURCE_DATE_EPOCH` as reproducible-builds.org has it. */
function epochOf(runtime: Runtime, { epoch }: ConnectOptions): number {
  const text = runtime.variable?.('SOURCE_DATE_EPOCH') ?? '';
  if (epoch !== undefined || text === '') return epoch ?? epochDefault;
  if (/^[0-9]{1,12}$/.test(text)) return Number(text);
  throw new EngineError('ARGUMENT_INVALID', `SOURCE_DATE_EPOCH is no time: "${text}"`, {
    remedy: 'give seconds since 1970, or unset it',
  });
}

function machinesOf(
  runtime: Runtime,
  parts: Parts,
  options: ConnectOptions,
  epoch: number,
): readonly Machine[] {
  const { machine, seed = seedDefault, schedule, clock = 'virtual', strace, store, cpu } = options;
  if (cpu !== undefined && !modelNames.includes(cpu)) {
    const remedy = `the models are ${modelNames.join(', ')}`;
    throw new EngineError('ARGUMENT_INVALID', `there is no processor model ${cpu}`, { remedy });
  }
  if (![seed, schedule ?? 0, epoch].every(Number.isSafeInteger)) {
    throw new EngineError('ARGUMENT_INVALID', 'seed, schedule and epoch must be integers');
  }
  if (machine) return Array.isArray(machine) ? machine : [machine as Machine];
  // A store in memory is asked for by who wants no traces on disk.
  const keeps = options.keepTranslations ?? (store === undefined || typeof store === 'string');
  const place = typeof store === 'string' ? store : undefined;
  const translations = keeps ? runtime.openTranslations?.(place) : undefined;
  return parts.machines({
    runtime,
    seed,
    ...(schedule === undefined ? {} : { schedule }),
    epoch,
    clock,
    ...(translations ? { translations } : {}),
    ...(cpu ? { cpu } : {}),
    ...(strace ? { strace } : {}),
  });
}

/** What the images of an engine are made with, besides its options. */
interface ImageParts {
  readonly created: number;
  readonly rewriteTimestamps: boolean;
  readonly overrides: Readonly<Record<string, Override>>;
  readonly lock: ImageLock;
  readonly progress: ImageProgressListener;
  readonly registry: InProcessRegistry;
  readonly logins: RegistryLogins;
}

function imagesOf(
  runtime: Runtime,
  parts: Parts,
  options: ConnectOptions,
  { progress, registry, logins, ...given }: ImageParts,
): Images {
  const { hasher } = runtime;
  const { store, mirrors } = options;
  const kept = options.credentials ?? parts.credentials?.();
  const client = new RegistryClient({
    credentials: async (host) => (await logins.credentials(host)) ?? kept?.(host),
    hasher,
    progress,
    fetch: routeFetch({ [registryHost]: registry.handler }, (request) => runtime.fetch(request)),
    sleep: (milliseconds) => runtime.sleep(milliseconds),
    plainHosts: [registryHost],
    ...(mirrors ? { mirrors } : {}),
  });
  const place = typeof store === 'string' || store === undefined ? runtime.openStore(store) : store;
  return new Images({
    ...given,
    store: new SessionStore(place),
    hasher,
    progress,
    recipes: parts.recipes,
    ...(parts.packages ? { packages: parts.packages } : {}),
    registry: client,
    inProcess: [registryHost],
    registries: policyOf(options),
  });
}

/** Steps of images as operations of the engine. */
function imageProgress(reporter: ProgressReporter): ImageProgressListener {
  const running = new Map<string, RunningOperation>();
  return ({ kind, subject, finished }) => {
    const title = `${kind} ${subject}`;
    let operation = running.get(title);
    if (!operation) running.set(title, (operation = reporter.begin(title)));
    if (!finished) return;
    running.delete(title);
    operation.finish();
  };
}
