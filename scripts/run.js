// Runs one TypeScript file of this repository on Node 20, which cannot strip types itself:
//   node scripts/run.js FILE [ARGS…]
// Bundles are kept in dist/run/ and made again only when one of their sources is newer.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runCached } from './cached.js';
import './source_maps.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = join(root, 'dist', 'run');
const library = join(root, 'src', 'index.ts');

const outputOf = (entry) =>
  join(directory, relative(root, entry).replaceAll(/[^A-Za-z0-9]+/g, '_'));

/** What is known of the bundle if it is there and no source of it has changed since it was made. */
function fresh(output) {
  try {
    const known = JSON.parse(readFileSync(`${output}.json`, 'utf8'));
    const built = statSync(known.file).mtimeMs;
    const old = known.inputs.every((input) => statSync(join(root, input)).mtimeMs < built);
    return old ? known : undefined;
  } catch {
    return undefined;
  }
}

/** Bundles an entry in memory; `options` are esbuild's. */
async function bundle(entry, format, options) {
  const { build } = await import('esbuild');
  const { translatorDefine } = await import('./translator_build.js');
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: `${outputOf(entry)}.${format === 'cjs' ? 'cjs' : 'js'}`,
    write: false,
    bundle: true,
    format,
    platform: 'node',
    target: 'node20.19',
    define: translatorDefine(),
    minifyWhitespace: format === 'cjs',
    sourcemap: 'linked',
    logLevel: 'silent',
    metafile: true,
    ...options,
  });
  // What decides about the bundle besides its sources: this script and the dependencies.
  const inputs = [...Object.keys(metafile.inputs), 'scripts/run.js', 'package.json'];
  return { outputFiles, known: { file: outputFiles.at(-1).path, format, inputs } };
}

/** One script with everything in it. */
const asScript = (entry) => bundle(entry, 'cjs', { alias: { stiletto: library } });

/**
 * A module, as the entry awaits at its top level; the library stays a script, unless the entry also
 * takes parts of it directly: there must not be two copies of a class.
 */
async function asModule(entry) {
  const packages = 'external';
  const setup = ({ onResolve }) =>
    onResolve({ filter: /^stiletto$/ }, () => ({ path: './stiletto.js', external: true }));
  const made = await bundle(entry, 'esm', { packages, plugins: [{ name: 'library', setup }] });
  const isApart = !made.known.inputs.some((input) => input.startsWith('src/'));
  if (!isApart) return await bundle(entry, 'esm', { packages, alias: { stiletto: library } });
  made.known.library = true;
  return made;
}

async function make(entry) {
  const { buildWasm } = await import('./build_wasm.js');
  await buildWasm();
  let made;
  try {
    made = await asScript(entry);
  } catch (error) {
    if (!error.errors?.some(({ text }) => text.includes('Top-level await'))) throw error;
    made = await asModule(entry);
  }
  mkdirSync(directory, { recursive: true });
  for (const { path, contents } of made.outputFiles) replace(path, contents);
  replace(`${outputOf(entry)}.json`, JSON.stringify(made.known));
  return made.known;
}

/** Several may run at once; each sees a whole file. */
function replace(file, contents) {
  writeFileSync(`${file}.${process.pid}`, contents);
  renameSync(`${file}.${process.pid}`, file);
}

/** The module by which a module imports the library's script. */
function writeLibraryModule({ file }) {
  const names = Object.keys(runCached(file)).join(', ');
  const from = JSON.stringify(relative(directory, join(root, 'scripts', 'cached.js')));
  const text = [
    `import { runCached } from ${from};`,
    `export const { ${names} } = runCached(${JSON.stringify(file)});\n`,
  ];
  replace(join(directory, 'stiletto.js'), text.join('\n'));
}

const ensure = async (entry) => fresh(outputOf(entry)) ?? (await make(entry));

const [file, ...args] = process.argv.slice(2);
if (!file) {
  process.stderr.write('usage: node scripts/run.js FILE [ARGS…]\n');
  process.exit(2);
}
const known = await ensure(resolve(file));
if (known.library && !fresh(outputOf(library))) writeLibraryModule(await make(library));
process.argv = [process.argv[0], known.file, ...args];
if (known.format === 'cjs') runCached(known.file);
else await import(pathToFileURL(known.file).href);
