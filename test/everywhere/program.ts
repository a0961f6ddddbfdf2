/**
 * What every runtime must answer alike: `uname -m` on three architectures out of an image given as
 * bytes, with instruction counts, and the digest of an index made of the results.
 */

import type { Connect } from '../../src/api/connect.ts';
import type { ContentStore } from '../../src/store/store.ts';

/** The answers; equal on every runtime. */
export interface Answers {
  readonly runs: readonly { platform: string; stdout: string; instructions: string }[];
  /** Reference with the digest of the published index. */
  readonly index: string;
}

const platforms = ['linux/amd64', 'linux/arm64', 'linux/s390x'];

/** Runs the program with a runtime's `connect`. */
export async function answersOf(
  connect: Connect,
  archive: Uint8Array,
  makeStore: () => ContentStore,
): Promise<Answers> {
  const images = { busybox: archive };
  await using engine = await connect({ store: makeStore(), images, registries: 'off' });
  const containers = platforms.map((platform) =>
    engine.container({ platform }).from('busybox').withExec(['uname', '-m']),
  );
  const runs = [];
  for (const [i, container] of containers.entries()) {
    runs.push({
      platform: platforms[i]!,
      stdout: await container.stdout(),
      instructions: String(await container.instructions()),
    });
  }
  const script = 'mkdir /made && uname -a > /made/by && date > /made/at && ls -l /made';
  const platformVariants = containers.map((container) => container.withExec(['sh', '-c', script]));
  const index = await engine
    .container()
    .publish('registry.test/everywhere:1', { platformVariants });
  return { runs, index };
}
