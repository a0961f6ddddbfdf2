// Bundles the library entries and the command into dist/, with declarations. npm runs it (`prepare`).
import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { buildWasm } from './build_wasm.js';
import { writeTypes } from './types.js';

await buildWasm();

/** Entry points of the package: output name in dist/ → source file. */
const entries = {
  index: 'src/index.ts',
  deno: 'src/deno.ts',
  browser: 'src/browser.ts',
  cli: 'src/cli/main.ts',
};

const shared = {
  bundle: true,
  format: 'esm',
  outdir: 'dist',
  sourcemap: true,
  logLevel: 'warning',
};
const present = Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file)));
const { browser, ...server } = present;
await build({
  ...shared,
  entryPoints: server,
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
});
if (browser) {
  await build({ ...shared, entryPoints: { browser }, platform: 'browser', target: 'es2022' });
}

const declared = ['index.ts', 'deno.ts', 'browser.ts'].filter((file) => existsSync(`src/${file}`));
writeTypes(declared, 'dist/types');
