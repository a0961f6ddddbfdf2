/** One program on Node, Deno and Chromium: same output, same instruction counts, same digests. */

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type BrowserContext, chromium } from 'playwright-core';
import { connect, hasher, MemoryStore } from 'stiletto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root, start } from '../cli/command.ts';
import { type Answers, answersOf } from './program.ts';

let directory: string;
let archive: Uint8Array;
let onNode: Answers;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stiletto-everywhere-'));
  await using engine = await connect();
  const platformVariants = ['linux/amd64', 'linux/arm64', 'linux/s390x'].map((platform) =>
    engine.container({ platform }).from('busybox'),
  );
  archive = await engine.container().asTarball({ platformVariants }).bytes();
  await writeFile(join(directory, 'busybox.tar'), archive);
  onNode = await answersOf(connect, archive, () => new MemoryStore(hasher));
}, 120_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

/** Bundles an entry of this folder. */
async function bundle(entry: string, platform: 'node' | 'browser'): Promise<string> {
  const outfile = join(directory, entry.replace('.ts', '.js'));
  await build({
    entryPoints: [join(root, 'test/everywhere', entry)],
    outfile,
    bundle: true,
    format: 'esm',
    platform,
    target: platform === 'browser' ? 'es2022' : 'node20.19',
    logLevel: 'error',
  });
  return outfile;
}

test('Node', () => {
  expect(onNode.runs.map(({ stdout }) => stdout)).toEqual(['x86_64\n', 'aarch64\n', 's390x\n']);
  for (const { instructions } of onNode.runs) expect(Number(instructions)).toBeGreaterThan(1000);
});

test('Node again gives the same', async () => {
  expect(await answersOf(connect, archive, () => new MemoryStore(hasher))).toEqual(onNode);
});

/** The binary that npm's `deno` package brings; its start script would only look for it. */
const deno = ['x64', 'arm64']
  .map((arch) => join(root, `node_modules/@deno/linux-${arch}-glibc/deno`))
  .find((path) => existsSync(path));

test('Deno, without network or anything but its own files', async () => {
  expect(deno, 'npm ci installs Deno’s binary').toBeDefined();
  const file = await bundle('deno_main.ts', 'node');
  const allow = [`--allow-read=${directory}`, '--allow-env', '--allow-sys'];
  const env = { DENO_DIR: join(directory, 'deno'), DENO_NO_UPDATE_CHECK: '1' };
  const args = ['run', '--no-prompt', '--no-remote', '--no-config', ...allow];
  const run = await start(deno!, [...args, file, join(directory, 'busybox.tar')], { env });
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toEqual(onNode);
});

/** A plain static server: no special headers. */
async function serve(files: ReadonlyMap<string, readonly [string, string | Uint8Array]>) {
  const server: Server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    response.writeHead(file ? 200 : 404, file ? { 'content-type': file[0] } : {});
    response.end(file?.[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

const chromiumPath = '/usr/bin/chromium';

test.runIf(existsSync(chromiumPath) || process.env.CI)(
  'Chromium, a static page without special headers',
  async () => {
    const script = await readFile(await bundle('browser_main.ts', 'browser'));
    const page = '<!doctype html><script type="module" src="/main.js"></script>';
    const { server, url } = await serve(
      new Map([
        ['/', ['text/html', page]],
        ['/main.js', ['text/javascript', script]],
        ['/busybox.tar', ['application/octet-stream', archive]],
      ]),
    );
    let context: BrowserContext | undefined;
    try {
      context = await chromium.launchPersistentContext(join(directory, 'profile'), {
        executablePath: chromiumPath,
        args: [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      });
      const tab = await context.newPage();
      const errors: Error[] = [];
      tab.on('pageerror', (error) => errors.push(error));
      await tab.goto(url);
      expect(errors).toEqual([]);
      await tab.waitForFunction(() => 'answers' in window);
      const answers = await tab.evaluate(async () => {
        const bytes = await (await fetch('/busybox.tar')).arrayBuffer();
        return window.answers?.(new Uint8Array(bytes));
      });
      expect(answers).toEqual(onNode);
    } finally {
      await context?.close();
      server.close();
    }
  },
  120_000,
);
