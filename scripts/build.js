// Bundles the library entries and the command into dist/, with declarations; npm runs it.
import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { buildWasm } from './build_wasm.js';
import { translatorDefine } from './translator_build.js';
import { writeTypes } from './types.js';

await buildWasm();

/** Entry points of the package: output name in dist/ → source file. */
const entries = {
  index: 'src/index.ts',
  deno: 'src/deno.ts',
  browser: 'src/browser.ts',
};

const shared = {
  bundle: true,
  format: 'esm',
  outdir: 'dist',
  sourcemap: true,
  define: translatorDefine(),
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
// The command is a script whose compiled code is kept (scripts/cached.js), and what starts it.
const command = { ...shared, platform: 'node', target: 'node20.19' };
await build({
  ...command,
  format: 'cjs',
  entryPoints: { command: 'src/cli/main.ts' },
  outExtension: { '.js': '.cjs' },
  minifyWhitespace: true,
});
await build({ ...command, entryPoints: { cli: 'scripts/launch.js' }, sourcemap: false });
if (browser) {
  await build({ ...shared, entryPoints: { browser }, platform: 'browser', target: 'es2022' });
}

const declared = ['index.ts', 'deno.ts', 'browser.ts'].filter((file) => existsSync(`src/${file}`));
writeTypes(declared, 'dist/types');
