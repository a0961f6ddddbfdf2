// Runs one TypeScript file of this repository on Node 20, which cannot strip types itself:
//   node scripts/run.js FILE [ARGS…]
// The bundle is kept in dist/run/ and made again only when one of its sources is newer.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [file, ...args] = process.argv.slice(2);
if (!file) {
  process.stderr.write('usage: node scripts/run.js FILE [ARGS…]\n');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const entry = resolve(file);
const name = relative(root, entry).replaceAll(/[^A-Za-z0-9]+/g, '_');
const outfile = join(root, 'dist', 'run', `${name}.js`);
const inputsFile = `${outfile}.inputs.json`;

/** Whether the bundle is there and no source of it has changed since it was made. */
function isFresh() {
  try {
    const built = statSync(outfile).mtimeMs;
    const inputs = JSON.parse(readFileSync(inputsFile, 'utf8'));
    return inputs.every((input) => statSync(join(root, input)).mtimeMs < built);
  } catch {
    return false;
  }
}

if (!isFresh()) {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'warning',
    metafile: true,
    alias: { stiletto: join(root, 'src/index.ts') },
  });
  // What decides about the bundle besides its sources: this script and the dependencies.
  const inputs = [...Object.keys(metafile.inputs), 'scripts/run.js', 'package.json'];
  writeFileSync(inputsFile, JSON.stringify(inputs));
}
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], outfile, ...args];
await import(pathToFileURL(outfile).href);
