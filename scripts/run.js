// Runs one TypeScript file of this repository on Node 20, which cannot strip types itself:
//   node scripts/run.js FILE [ARGS…]
// The bundle is rebuilt on every start (esbuild needs some tens of milliseconds) so it is never stale.
import { spawn } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [file, ...args] = process.argv.slice(2);
if (!file) {
  process.stderr.write('usage: node scripts/run.js FILE [ARGS…]\n');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = join(root, 'dist', 'run', `${basename(file, '.ts')}.js`);
await build({
  entryPoints: [file],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  sourcemap: 'linked',
  logLevel: 'warning',
  alias: { stiletto: join(root, 'src/index.ts') },
});
const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...args], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
});
