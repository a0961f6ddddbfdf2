// Compiles the AssemblyScript sources under wasm/ into modules that bundles embed:
// wasm/NAME/module.ts → dist/wasm/NAME.js, which exports the binary as base64. A folder without
// module.ts is shared by the others. Made anew only when a source is newer. Called by
// `npm run build`, by vitest before the tests, and by scripts/run.js.
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'wasm');
const built = join(root, 'dist', 'wasm');

const options =
  '--optimizeLevel 3 --converge --noAssert --runtime stub --importMemory --enable simd --use abort='.split(
    ' ',
  );

const declaration = `/** A wasm module in base64; its source is in wasm/. */
export declare const binary: string;
`;

function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Builds the modules that are not up to date. Throws with the compiler's messages. */
export async function buildWasm() {
  const script = modifiedAt(fileURLToPath(import.meta.url));
  const folders = readdirSync(sources, { withFileTypes: true }).filter((e) => e.isDirectory());
  const environment = modifiedAt(join(sources, 'env.ts'));
  const isModule = ({ name }) => modifiedAt(join(sources, name, 'module.ts')) > 0;
  const shared = folders.filter((folder) => !isModule(folder)).map(({ name }) => newestIn(name));
  for (const { name } of folders.filter(isModule)) {
    const newest = Math.max(script, environment, newestIn(name), ...shared);
    if (modifiedAt(join(built, `${name}.js`)) <= newest) await compile(name);
  }
}

function newestIn(folder) {
  const files = readdirSync(join(sources, folder)).map((file) => join(sources, folder, file));
  return Math.max(...files.map(modifiedAt));
}

async function compile(name) {
  const { default: asc } = await import('assemblyscript/asc');
  const files = new Map();
  const { error, stderr } = await asc.main([`${name}/module.ts`, '-o', 'out.wasm', ...options], {
    readFile: (file) => readSource(join(sources, file)),
    writeFile: (file, contents) => void files.set(file, contents),
    listFiles: () => [],
  });
  if (error) throw new Error(`wasm/${name}: ${error.message}\n${stderr.toString()}`);
  const binary = Buffer.from(files.get('out.wasm')).toString('base64');
  mkdirSync(built, { recursive: true });
  writeWhole(join(built, `${name}.d.ts`), declaration);
  writeWhole(join(built, `${name}.js`), `export const binary =\n  '${binary}';\n`);
}

function readSource(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** Several builds may run at once: each file appears whole. */
function writeWhole(file, text) {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

/** Entry point of vitest's `globalSetup`. */
export const setup = buildWasm;

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await buildWasm();
