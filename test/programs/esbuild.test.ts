/** npm's esbuild bundles a project in a container, as it does on real Linux. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Client, connect } from 'stiletto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { architectures } from '../linux/guest_program.ts';
import { esbuildProgram } from './esbuild.ts';
import { homeCommand } from './home.ts';

/** What is bundled: TypeScript, JSX, JSON, CSS, private names, generators, dead code. */
const project: Readonly<Record<string, string>> = {
  'source/main.tsx': `import { joined, type Named } from './joined';
import data from './data.json';
import './look.css';
enum Colour { Red, Green = 7 }
export class Shelf<T extends Named> {
  #things: T[] = [];
  get first(): string { return this.#things[0]?.name ?? data.name }
  async *each() { yield* this.#things; for await (const x of [1, 2 ** 70]) yield x }
}
console.log(joined\`red \${Colour.Red} green \${Colour.Green}\`, new Shelf().first);
console.log(0.1 + 0.2, 1e21, 5e-324, 2 ** 53 + 2, <p class="x">{data.list.map((n) => n / 3)}</p>);
`,
  'source/joined.ts': `export interface Named { readonly name: string }
export const joined = (parts: TemplateStringsArray, ...values: unknown[]): string =>
  parts.raw.map((part, n) => part + (values[n] ?? '')).join('|');
export function unused() { return /(?<year>\\\\d{4})/u }
`,
  'source/data.json': '{ "name": "ünïcode —", "list": [1, 2.5, 1e-7] }\n',
  'source/look.css': 'a { color: #ff0000; & > b { margin: 0px 0px } }\n',
  'source/wrong.ts': 'const a: number = 1;\nexport const b = a +* 2;\n',
};

const bundled = ['source/main.tsx', '--bundle', '--outdir=out', '--log-level=warning'];
/** Command lines, run one after the other in the project. */
const commands: readonly (readonly string[])[] = [
  [...bundled, '--sourcemap', '--metafile=out/meta.json'],
  [...bundled, '--minify', '--target=es2017', '--format=esm', '--entry-names=small'],
  ['source/wrong.ts', '--bundle', '--outdir=out', '--color=true'],
];

/** A shell's script that runs all and prints all. */
const script = [
  ...commands.map((args) => `"$ESBUILD" ${args.join(' ')} 2>&1; echo "[exit $?]"`),
  'for file in out/*; do echo "== $file"; cat "$file"; echo; done',
].join('\n');

const transcript: string = new URL('./transcripts/esbuild.txt', import.meta.url).pathname;
let engine: Client;
let home: string;

beforeAll(async () => {
  engine = await connect();
  home = mkdtempSync(join(tmpdir(), 'stiletto-esbuild-'));
  for (const [path, text] of Object.entries(project)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
});
afterAll(async () => {
  await engine.close();
  rmSync(home, { recursive: true });
});

test.each(architectures)('linux/%s', { timeout: 240_000 }, async (architecture) => {
  const program = esbuildProgram(architecture);
  const command = homeCommand(architecture);
  if (command) {
    rmSync(join(home, 'out'), { recursive: true, force: true });
    const env = { PATH: process.env.PATH, ESBUILD: '', HOME: home };
    const text = script.replaceAll('"$ESBUILD"', [...command, program].join(' '));
    const { stdout } = spawnSync('sh', ['-c', text], { cwd: home, env, encoding: 'utf8' });
    if (process.env.UPDATE_TRANSCRIPTS === '1') writeFileSync(transcript, stdout);
    expect(stdout, 'at home').toBe(readFileSync(transcript, 'utf8'));
  }
  let container = engine
    .container({ platform: `linux/${architecture}` })
    .from('busybox')
    .withFile('/usr/bin/esbuild', engine.host().file(program))
    .withEnvVariable('ESBUILD', '/usr/bin/esbuild')
    .withWorkdir('/project');
  for (const [path, text] of Object.entries(project)) container = container.withNewFile(path, text);
  const output = await container.withExec(['sh', '-c', script]).stdout();
  expect(output).toBe(readFileSync(transcript, 'utf8'));
});
