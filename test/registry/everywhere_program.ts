/** Pulls from a registry that asks for tokens, changes the image, and publishes a large layer. */

import type { Connect } from '../../src/api/connect.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { Hasher } from '../../src/store/store.ts';

/** What came out; equal on every runtime. */
export interface Outcome {
  readonly platform: string;
  readonly pulled: string;
  readonly published: string;
  readonly again: string;
}

/** Runs it with a runtime's `connect`. */
export async function exercise(connect: Connect, hasher: Hasher, host: string): Promise<Outcome> {
  const options = {
    registries: 'near',
    machine: [],
    credentials: () => Promise.resolve({ username: 'ada', password: 'secret' }),
  } as const;
  await using engine = await connect({ ...options, store: new MemoryStore(hasher) });
  const base = engine.container({ platform: 'linux/s390x' }).from(`${host}/team/base:1`);
  // Larger than what goes up in one piece.
  const large = Array.from({ length: 1000 }, (_, i) => `${i * 7919} `)
    .join('')
    .repeat(1200);
  const changed = base.withNewFile('/large', large).withNewFile('/by', 'stiletto');
  const published = await changed.publish(`${host}/team/out:1`, {
    forcedCompression: 'UNCOMPRESSED',
  });
  await using other = await connect({ ...options, store: new MemoryStore(hasher) });
  return {
    platform: await base.platform(),
    pulled: await base.file('/platform').contents(),
    published: published.replace(host, 'HOST'),
    again: await other.container().from(published).file('/by').contents(),
  };
}
