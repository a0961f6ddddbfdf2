/** Contents that are not in memory: opening waits for them, damage is not an errno but an error. */

import { expect, test } from 'vitest';
import type { Wait } from '../../../src/linux/kernel/wait.ts';
import { lazyContent } from '../../../src/rootfs/content.ts';
import type { FileNode } from '../../../src/rootfs/node.ts';
import { buffer, dir, file, type Guest, makeGuest } from '../fixture.ts';

function lazyFile(fetch: () => Promise<Uint8Array>, size: number): FileNode {
  return { ...file(''), content: lazyContent(size, fetch) };
}

/** Runs an open to its end, awaiting what it waits for. */
async function open(guest: Guest, path: string, flags: number): Promise<number> {
  const run = guest.start('open', path, flags, 0);
  if (typeof run !== 'object') return Number(run);
  let step = run.next();
  while (!step.done) {
    const wait: Wait = step.value;
    expect(wait.uninterruptible).toBe(true);
    await wait.promise;
    step = run.next('promise');
  }
  return Number(step.value);
}

test('open waits, reads do not', async () => {
  const node = lazyFile(async () => new TextEncoder().encode('late'), 4);
  const guest = makeGuest({ rootfs: dir({ f: node }) });
  expect(guest.call('newfstatat', -100, '/f', buffer, 0)).toBe(0);
  const fd = await open(guest, '/f', 0);
  expect(guest.call('read', fd, buffer, 10)).toBe(4);
  expect(guest.text(4)).toBe('late');
});

test('truncating, chmod and rename load nothing', async () => {
  const node = lazyFile(() => Promise.reject(new Error('must not be fetched')), 4);
  const guest = makeGuest({ rootfs: dir({ f: node }) });
  expect(guest.call('chmod', '/f', 0o600)).toBe(0);
  expect(guest.call('rename', '/f', '/g')).toBe(0);
  const moved = guest.created.snapshot().entries.get('g');
  expect(moved).toMatchObject({ kind: 'file', mode: 0o600 });
  expect(moved?.kind === 'file' && moved.content).toBe(node.content);
  expect(await open(guest, '/g', 0o1002)).toBeGreaterThanOrEqual(0);
});

test('a damaged layer stops the run', async () => {
  const damage = new Error('LAYER_CORRUPT');
  const guest = makeGuest({ rootfs: dir({ f: lazyFile(() => Promise.reject(damage), 4) }) });
  await expect(open(guest, '/f', 0)).rejects.toBe(damage);
});
