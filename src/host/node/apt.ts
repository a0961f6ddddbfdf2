/**
 * Packages through the ordinary apt client, with a state directory of our own: nothing of the
 * system
 * is changed, and root is not needed. dpkg is not used.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../engine/error.ts';
import type { LockedPackage, PackageFetcher } from '../../image/recipe.ts';
import type { ProgressListener } from '../../image/types.ts';
import { chooseDebianSource, readSources } from './apt_sources.ts';
import { cacheDirectory } from './runtime.ts';

/** Longest one run of apt may take, in milliseconds. */
export const aptRunMsMax = 300_000;
/** Most bytes of apt's output kept (several packages' descriptions). */
const outputBytesMax = 1_000_000;
/** Names a Debian mirror on systems whose apt has none. */
const mirrorVariable = 'STILETTO_DEBIAN_MIRROR';
/** apt's program for single downloads; it is not in PATH. */
const aptHelper = '/usr/lib/apt/apt-helper';

export interface AptOptions {
  /** Where packages are kept; default: `packages` in `cacheDirectory`. */
  readonly cacheDirectory?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where the system keeps its list of sources. */
  readonly sourcesDirectory?: string;
  /** Replaces the program, for tests. */
  readonly aptGet?: string;
  readonly aptHelper?: string;
}

interface Run {
  readonly ok: boolean;
  /** Undefined where the program does not exist. */
  readonly status: number | undefined;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program of apt with a private state. */
type Apt = (program: string, args: readonly string[]) => Promise<Run>;

function run(program: string, args: readonly string[], cwd: string): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
      timeout: aptRunMsMax,
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => {
      output = (output + String(data)).slice(-outputBytesMax);
    });
    child.stderr.on('data', (data) => {
      errors = (errors + String(data)).slice(-outputBytesMax);
    });
    child.on('error', (error) =>
      resolve({ ok: false, status: undefined, output, errors: error.message }),
    );
    child.on('close', (code) => resolve({ ok: code === 0, status: code ?? 1, output, errors }));
  });
}

const noAptRemedy =
  'load an image file (stiletto images load FILE) or pull from a registry (stiletto images pull)';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Fetches Debian packages and keeps them in the user's cache. */
export class AptFetcher implements PackageFetcher {
  readonly #options: AptOptions;
  readonly #cache: string;

  constructor(options: AptOptions = {}) {
    this.#options = options;
    this.#cache =
      options.cacheDirectory ??
      join(cacheDirectory(options.environment ?? process.env), 'packages');
  }

  async fetch(wanted: LockedPackage, progress?: ProgressListener): Promise<Uint8Array> {
    const file = join(this.#cache, `${wanted.sha256}.deb`);
    const cached = await readFile(file).catch(() => undefined);
    if (cached && sha256(cached) === wanted.sha256) return new Uint8Array(cached);
    const subject = `${wanted.package} ${wanted.version} ${wanted.architecture}`;
    progress?.({ kind: 'download', subject, done: 0, total: wanted.size, finished: false });
    await mkdir(this.#cache, { recursive: true });
    const directory = await mkdtemp(join(this.#cache, 'partial-'));
    try {
      const bytes = await this.#download(wanted, directory);
      const partial = join(directory, 'verified');
      await writeFile(partial, bytes);
      await rename(partial, file);
      return bytes;
    } finally {
      progress?.({ kind: 'download', subject, total: wanted.size, finished: true });
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** First the one file by its usual place on mirrors; else the long way through apt's indexes. */
  async #download(wanted: LockedPackage, directory: string): Promise<Uint8Array> {
    const direct = await this.#downloadDirectly(wanted, directory);
    if (direct) return direct;
    const apt = await this.#prepare(directory, wanted.suite, wanted.architecture);
    const updated = await apt('apt-get', ['update']);
    if (!updated.ok) throw this.#failed(wanted, 'apt-get update', updated);
    const what = `${wanted.package}:${wanted.architecture}=${wanted.version}`;
    const downloaded = await apt('apt-get', ['download', what]);
    if (!downloaded.ok) throw this.#failed(wanted, `apt-get download ${what}`, downloaded);
    const name = (await readdir(directory)).find((item) => item.endsWith('.deb'));
    const bytes = new Uint8Array(await readFile(join(directory, name ?? 'missing.deb')));
    if (sha256(bytes) === wanted.sha256) return bytes;
    throw new EngineError(
      'RECIPE_FAILED',
      `${wanted.package} ${wanted.version} (${wanted.architecture}) has sha256 ${sha256(bytes)}, ` +
        `the lock file says ${wanted.sha256}`,
      { remedy: `the mirror has changed what it serves; ${noAptRemedy}` },
    );
  }

  /** Debian mirrors keep `pool/COMPONENT/S/SOURCE/PACKAGE_VERSION_ARCHITECTURE.deb`. */
  async #downloadDirectly(
    wanted: LockedPackage,
    directory: string,
  ): Promise<Uint8Array | undefined> {
    const mirror = await this.#mirror();
    if (!/^https?:/.test(mirror.uri)) return undefined;
    const version = wanted.version.replace(/^[0-9]+:/, '');
    const letter = wanted.source.startsWith('lib') ? wanted.source.slice(0, 4) : wanted.source[0];
    const name = `${wanted.package}_${version}_${wanted.architecture}.deb`;
    const uri = `${mirror.uri}/pool/main/${letter}/${wanted.source}/${name}`;
    const target = join(directory, 'direct');
    const sandbox = ['-o', 'APT::Sandbox::User=root'];
    const args = [...sandbox, 'download-file', uri, target, `SHA256:${wanted.sha256}`];
    const { ok } = await run(this.#options.aptHelper ?? aptHelper, args, directory);
    if (!ok) return undefined;
    const bytes = await readFile(target).catch(() => undefined);
    return bytes && sha256(bytes) === wanted.sha256 ? new Uint8Array(bytes) : undefined;
  }

  async #mirror(): Promise<{ uri: string; signedBy: string | undefined }> {
    const named = (this.#options.environment ?? process.env)[mirrorVariable];
    if (named) return { uri: named.replace(/\/+$/, ''), signedBy: undefined };
    const source = chooseDebianSource(await readSources(this.#options.sourcesDirectory));
    if (source) return source;
    throw new EngineError('RECIPE_FAILED', "this machine's apt has no source of Debian packages", {
      remedy: `set ${mirrorVariable} to the address of a Debian mirror, or ${noAptRemedy}`,
    });
  }

  /** A private apt in a directory: own lists, own cache, own (empty) list of installed packages. */
  async #prepare(directory: string, suite: string, architecture: string): Promise<Apt> {
    const { uri, signedBy } = await this.#mirror();
    for (const path of ['state/lists/partial', 'cache/archives/partial', 'parts']) {
      await mkdir(join(directory, path), { recursive: true });
    }
    const option = signedBy ? `[signed-by=${signedBy}] ` : '';
    await writeFile(join(directory, 'sources.list'), `deb ${option}${uri} ${suite} main\n`);
    await writeFile(join(directory, 'status'), '');
    const settings = [
      `Dir::State=${join(directory, 'state')}`,
      `Dir::State::status=${join(directory, 'status')}`,
      `Dir::Cache=${join(directory, 'cache')}`,
      `Dir::Etc::sourcelist=${join(directory, 'sources.list')}`,
      `Dir::Etc::sourceparts=${join(directory, 'parts')}`,
      `Dir::Etc::preferencesparts=${join(directory, 'parts')}`,
      `APT::Architecture=${architecture}`,
      `APT::Architectures::=${architecture}`,
      // As root apt would download as the user _apt, who cannot enter our directory.
      'APT::Sandbox::User=root',
      'Acquire::Languages=none',
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
      'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false',
    ].flatMap((setting) => ['-o', setting]);
    return (program, args) => {
      const replaced = program === 'apt-get' ? this.#options.aptGet : undefined;
      return run(replaced ?? program, [...settings, ...args], directory);
    };
  }

  #failed(wanted: LockedPackage, what: string, { status, errors }: Run): EngineError {
    const name = `${wanted.package} ${wanted.version} for ${wanted.architecture}`;
    if (status === undefined) {
      return new EngineError('RECIPE_FAILED', `${name} needs apt, which this machine has not`, {
        remedy: noAptRemedy,
      });
    }
    const last = errors.trim().split('\n').slice(-3).join('; ');
    return new EngineError('RECIPE_FAILED', `${name} cannot be had: ${what}: ${last}`, {
      remedy: `check the network and ${wanted.suite} at the package mirror, or ${noAptRemedy}`,
    });
  }

  /** What the mirror has now, for making lock files; undefined where it has not. */
  async newest(
    suite: string,
    architecture: string,
    name: string,
  ): Promise<LockedPackage | undefined> {
    const [found] = await this.#ask(suite, architecture, async () => [name]);
    return found?.architecture === architecture ? found : undefined;
  }

  /**
   * What the mirror has now of packages and all they depend on, `Architecture: all` included, in
   * the order of their names; recommended ones are left out.
   *
   * @throws EngineError RECIPE_FAILED with apt's words where they cannot be had together
   */
  closureOf(
    suite: string,
    architecture: string,
    names: readonly string[],
  ): Promise<LockedPackage[]> {
    const options = ['install', '--simulate', '--no-install-recommends'];
    return this.#ask(suite, architecture, async (apt) => {
      const simulated = await apt('apt-get', [...options, ...names]);
      if (simulated.ok) return parseSimulation(simulated.output);
      throw new EngineError('RECIPE_FAILED', `${suite} ${architecture}: ${simulated.errors}`, {
        remedy: 'name packages that the suite has for this architecture',
      });
    });
  }

  /** What the mirror has of the packages somebody chooses once its lists are there. */
  async #ask(
    suite: string,
    architecture: string,
    choose: (apt: Apt) => Promise<readonly string[]>,
  ): Promise<LockedPackage[]> {
    await mkdir(this.#cache, { recursive: true });
    const directory = await mkdtemp(join(this.#cache, 'partial-'));
    try {
      const apt = await this.#prepare(directory, suite, architecture);
      const updated = await apt('apt-get', ['update']);
      if (!updated.ok) return [];
      const names = await choose(apt);
      const shown = await apt('apt-cache', ['show', '--no-all-versions', ...names]);
      return parsePackages(shown.output, suite, architecture);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

/** Names of the packages an `apt-get install --simulate` would install. */
function parseSimulation(text: string): string[] {
  return [...text.matchAll(/^Inst ([^ :]+)/gm)].map(([, name]) => name!).sort();
}

/** The paragraphs of `apt-cache show` that are for an architecture. */
function parsePackages(text: string, suite: string, architecture: string): LockedPackage[] {
  const packages: LockedPackage[] = [];
  for (const paragraph of text.split(/\n\n+/)) {
    const field = (key: string): string =>
      new RegExp(`^${key}: (\\S+)`, 'm').exec(paragraph)?.[1] ?? '';
    const own = field('Architecture');
    if (field('SHA256') === '' || (own !== architecture && own !== 'all')) continue;
    packages.push({
      architecture: own,
      suite,
      package: field('Package'),
      source: field('Source') || field('Package'),
      version: field('Version'),
      size: Number(field('Size')),
      sha256: field('SHA256'),
    });
  }
  return packages.sort((a, b) => (a.package < b.package ? -1 : 1));
}
