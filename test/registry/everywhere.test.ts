/** The registry client needs `fetch` alone: the same outcome on Node, Deno and in Chromium. */

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { connect, hasher } from 'stiletto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRegistry } from '../../src/cli/registry.ts';
import { type Served, serveOnLoopback } from '../../src/host/node/serve.ts';
import { makeImages, platformImage } from '../image/samples.ts';
import { requireTool } from '../tools.ts';
import { exercise, type Outcome } from './everywhere_program.ts';

const directory = mkdtempSync(join(tmpdir(), 'stiletto-registry-everywhere-'));
let served: Served;
let onNode: Outcome;

/** A registry of its own for each runtime, so that each uploads everything. */
async function freshRegistry(): Promise<Served> {
  const preload = [`team/base:1=${join(directory, 'base.tar')}`];
  return startRegistry({ port: 0, user: 'ada:secret', tokens: true, preload });
}

beforeAll(async () => {
  const images = makeImages();
  const index = await images.index([
    await platformImage(images, 'linux/amd64'),
    await platformImage(images, 'linux/s390x'),
  ]);
  writeFileSync(join(directory, 'base.tar'), await images.exportArchive(index, 'base:1'));
  served = await freshRegistry();
  onNode = await exercise(connect, hasher, served.host);
}, 60_000);

afterAll(async () => {
  await served?.close();
  rmSync(directory, { recursive: true });
});

async function bundle(entry: string, platform: 'node' | 'browser'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, entry)],
    bundle: true,
    write: false,
    format: 'esm',
    platform,
    target: platform === 'browser' ? 'es2022' : 'node20.19',
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}

test('Node', () => {
  expect(onNode).toMatchObject({
    platform: 'linux/s390x',
    pulled: 'linux/s390x',
    published: expect.stringMatching(/^HOST\/team\/out:1@sha256:[0-9a-f]{64}$/),
    again: 'stiletto',
  });
});

/** The binary that npm's `deno` package brings; its start script would only look for it. */
const deno = ['x64', 'arm64']
  .map((arch) => `node_modules/@deno/linux-${arch}-glibc/deno`)
  .find((path) => existsSync(path));

test('Deno, with nothing but the network', async () => {
  expect(deno, 'npm ci installs Deno’s binary').toBeDefined();
  const file = join(directory, 'deno_main.js');
  writeFileSync(file, await bundle('deno_main.ts', 'node'));
  const registry = await freshRegistry();
  try {
    const env = { DENO_DIR: join(directory, 'deno'), DENO_NO_UPDATE_CHECK: '1' };
    const flags = ['run', '--no-prompt', '--no-remote', '--no-config', '--allow-net=127.0.0.1'];
    // Node's modules look at the environment as they are loaded.
    const args = [...flags, '--allow-env', '--allow-sys', file, registry.host];
    const { stdout } = await promisify(execFile)(deno!, args, { env });
    expect(JSON.parse(stdout)).toEqual(onNode);
  } finally {
    await registry.close();
  }
});

test.runIf(requireTool('chromium'))('Chromium, a page of another origin', async () => {
  const script = await bundle('browser_main.ts', 'browser');
  const page = await serveOnLoopback((request) => {
    const isScript = new URL(request.url).pathname === '/page.js';
    const type = isScript ? 'text/javascript' : 'text/html';
    const body = isScript ? script : '<script type="module" src="/page.js"></script>';
    return Promise.resolve(new Response(body, { headers: { 'content-type': type } }));
  });
  const registry = await freshRegistry();
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    const tab = await browser.newPage();
    await tab.goto(`http://${page.host}/`);
    await tab.waitForFunction(() => 'exercise' in window);
    const run = (host: string) => window.exercise?.(host);
    expect(await tab.evaluate(run, registry.host)).toEqual(onNode);
  } finally {
    await browser.close();
    await page.close();
    await registry.close();
  }
});
