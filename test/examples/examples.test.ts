/** The examples print what they always print, whatever the machine and the state of its caches. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, start } from '../cli/command.ts';

const expected = await readFile(join(root, 'test/examples/multiplatform.expected.txt'), 'utf8');

const demo = (cache: string) =>
  start(process.execPath, ['scripts/run.js', 'test/examples/multiplatform.ts'], {
    env: { STILETTO_CACHE: cache },
  });

test('the multi-platform demo, with an empty store and with a full one', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'stiletto-demo-'));
  try {
    const [first, second] = [await demo(cache), await demo(cache)];
    expect(first.stdout).toBe(expected);
    expect(second.stdout).toBe(expected);
    expect(first.stderr).toContain('✓ linux/s390x exec uname -m');
    expect([first.code, second.code]).toEqual([0, 0]);
  } finally {
    await rm(cache, { recursive: true });
  }
}, 120_000);
