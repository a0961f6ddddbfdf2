import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { serveOnLoopback } from '../../src/host/node/serve.ts';
import { requireTool } from '../tools.ts';

describe.runIf(requireTool('chromium'))('IndexedDbStore in Chromium', () => {
  test('keeps blobs and names', async () => {
    const { outputFiles } = await build({
      entryPoints: ['test/store/browser_page.ts'],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      logLevel: 'error',
    });
    const script = outputFiles[0]!.text;
    const server = await serveOnLoopback((request) => {
      const isScript = new URL(request.url).pathname === '/page.js';
      const type = isScript ? 'text/javascript' : 'text/html';
      const body = isScript ? script : '<script type="module" src="/page.js"></script>';
      return Promise.resolve(new Response(body, { headers: { 'content-type': type } }));
    });
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox'],
    });
    try {
      const page = await browser.newPage();
      await page.goto(`http://${server.host}/`);
      await page.waitForFunction('"storeResult" in globalThis');
      const digest = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
      expect(await page.evaluate('globalThis.storeResult')).toEqual({
        digest,
        text: 'hello',
        list: [digest],
        names: ['image/a', 'image/b'],
        value: '1',
        refused: 'DIGEST_MISMATCH',
        has: [true, false],
        deleted: [false, ['image/a', 'image/b']],
      });
    } finally {
      await browser.close();
      await server.close();
    }
  });
});
