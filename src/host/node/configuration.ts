/** Finds and loads `stiletto.config.{ts,mts,js,mjs,json}`. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EngineError } from '../../engine/error.ts';
import type { FoundConfiguration } from '../runtime.ts';

/** Names a configuration may have, the first one found counts. */
const names = ['ts', 'mts', 'js', 'mjs', 'json'].map((ending) => `stiletto.config.${ending}`);

/** The configuration of a directory or of the nearest one above it. */
function nearest(start: string): string | undefined {
  for (let directory = resolve(start); ; directory = dirname(directory)) {
    const found = names.map((name) => join(directory, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    if (dirname(directory) === directory) return undefined;
  }
}

function failed(path: string, why: string, cause: unknown, remedy: string): EngineError {
  return new EngineError('ARGUMENT_INVALID', `${path}: ${why}`, { remedy, cause });
}

/**
 * Loads a configuration: the one that is named, by an option or `STILETTO_CONFIG`, else the nearest
 * one from the working directory upwards.
 *
 * @throws EngineError PATH_NOT_FOUND for a named one that is not there, ARGUMENT_INVALID for one
 *   that cannot be loaded
 */
export async function findConfiguration(path?: string): Promise<FoundConfiguration | undefined> {
  const named = path ?? (process.env.STILETTO_CONFIG || undefined);
  const file = named === undefined ? nearest('.') : resolve(named);
  if (file === undefined) return undefined;
  if (!existsSync(file)) {
    throw new EngineError('PATH_NOT_FOUND', `${file}: there is no such configuration`, {
      remedy: 'check the option "config" and the variable STILETTO_CONFIG',
    });
  }
  return { path: file, directory: dirname(file), value: await load(file) };
}

async function load(file: string): Promise<unknown> {
  if (file.endsWith('.json')) {
    const text = await readFile(file, 'utf8');
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw failed(file, 'it is no JSON', cause, 'mend it');
    }
  }
  if (file.endsWith('ts') && !readsTypes()) return loadBundled(file);
  try {
    return exported(await loadScript(file));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw failed(file, `it cannot be loaded: ${why}`, cause, 'mend it');
  }
}

const isNode = (): boolean => !('Deno' in globalThis) && !('Bun' in globalThis);

/** Whether the runtime reads TypeScript itself: Deno, Bun, and Node since 22.18. */
function readsTypes(): boolean {
  const features = process.features as { readonly typescript?: string | false };
  return !isNode() || Boolean(features.typescript);
}

/**
 * A module. `require` comes first on Node, because the command is a script compiled by `node:vm`,
 * where `import()` does not work once the code comes out of V8's cache.
 */
async function loadScript(file: string): Promise<Exports> {
  const url = pathToFileURL(file).href;
  if (!isNode()) return (await import(url)) as Exports;
  try {
    return createRequire(file)(file) as Exports;
  } catch (error) {
    const isAsync = (error as { code?: string }).code === 'ERR_REQUIRE_ASYNC_MODULE';
    if (isAsync) return (await import(url)) as Exports;
    throw error;
  }
}

interface Exports {
  readonly default?: unknown;
}

/** What `export default` gave, or `module.exports`. */
const exported = (module: Exports): unknown => ('default' in module ? module.default : module);

type Esbuild = {
  build(options: object): Promise<{ outputFiles: { contents: Uint8Array }[] }>;
};

/**
 * For Node before 22.18: esbuild, which whoever uses vite or vitest has, makes one script of the
 * file and what it imports by path.
 */
async function loadBundled(file: string): Promise<unknown> {
  const esbuild = esbuildFor(file);
  if (!esbuild) {
    throw failed(
      file,
      `Node ${process.versions.node} cannot read TypeScript`,
      undefined,
      'use Node 22.18 or later, install esbuild beside it, or write stiletto.config.js',
    );
  }
  // Beside the original, because that is where its imports are looked up.
  const script = join(dirname(file), `.stiletto.config.${randomBytes(6).toString('hex')}.mjs`);
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: [file],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      logLevel: 'silent',
    });
    await writeFile(script, outputFiles[0]!.contents);
    return exported(await loadScript(script));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw failed(file, `it cannot be loaded: ${why}`, cause, 'mend it');
  } finally {
    await rm(script, { force: true });
  }
}

/** The esbuild of the project, else one beside the program that runs. */
function esbuildFor(file: string): Esbuild | undefined {
  for (const place of [file, process.argv[1]]) {
    try {
      if (place !== undefined) return createRequire(place)('esbuild') as Esbuild;
    } catch {
      // Looked for elsewhere, then done without.
    }
  }
  return undefined;
}
