/** Runs in a real browser, bundled by browser.test.ts: the store on IndexedDB. */

import { browserHasher } from '../../src/host/browser/hash.ts';
import { IndexedDbStore } from '../../src/host/browser/store.ts';

/** What happened, for the test to compare. */
async function exercise(): Promise<unknown> {
  const store = new IndexedDbStore(browserHasher, 'test');
  const text = new TextEncoder().encode('hello');
  const digest = await store.put(text);
  await store.setName('image/b', '2');
  await store.setName('image/a', '1');
  await store.setName('other', '3');
  const refused = await store
    .put(text, `sha256:${'0'.repeat(64)}`)
    .catch((error: unknown) => error);
  const again = new IndexedDbStore(browserHasher, 'test');
  const read = await again.get(digest);
  const results = {
    digest,
    text: new TextDecoder().decode(read),
    list: await again.list(),
    names: await again.listNames('image/'),
    value: await again.getName('image/a'),
    refused: (refused as { code?: string }).code,
    has: [await again.has(digest), await again.has(`sha256:${'0'.repeat(64)}`)],
  };
  await again.delete(digest);
  await again.deleteName('other');
  return { ...results, deleted: [await again.has(digest), await again.listNames('')] };
}

(globalThis as { storeResult?: Promise<unknown> }).storeResult = exercise();
