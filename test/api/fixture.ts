/**
 * Engines for tests of the API: a stub for a machine, a small image of three platforms in memory.
 */

import type { ConnectOptions } from 'stiletto';
import { connect, createStubMachine, type Engine, hasher, MemoryStore } from 'stiletto';
import type { ExecRequest } from '../../src/machine/machine.ts';
import type { StubAnswer } from '../../src/machine/stub.ts';

export const platforms = ['linux/amd64', 'linux/arm64', 'linux/s390x'] as const;

export type Answer = (request: ExecRequest) => StubAnswer | Promise<StubAnswer>;

/** Answers with what the process was asked to be. */
export const describe: Answer = ({ args, env, cwd, uid, gid, groups }) => ({
  stdout: JSON.stringify({ args, env, cwd, uid, gid, groups }),
});

/** An OCI archive of `base`: a user, a group, an environment, one variant a platform. */
export const baseArchive: Promise<Uint8Array> = makeArchive();

async function makeArchive(): Promise<Uint8Array> {
  await using engine = await connect({ store: new MemoryStore(hasher), machine: [] });
  const variants = platforms.map((platform) => {
    const root = engine
      .directory()
      .withNewFile('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:\n')
      .withNewFile('/etc/group', 'root:x:0:\nuser:x:1000:\nwheel:x:10:user\n')
      .withNewFile('/etc/platform', platform)
      .withSymlink('/etc', '/link');
    return engine
      .container({ platform })
      .withRootfs(root)
      .withEnvVariable('PATH', '/bin')
      .withEnvVariable('FROM', 'image')
      .withEntrypoint(['/entry'])
      .withDefaultArgs(['default', 'args'])
      .withLabel('kind', 'base');
  });
  return await engine.container().asTarball({ platformVariants: variants }).bytes();
}

/** An engine that knows `base` and answers execs itself. */
export async function stubEngine(
  answer: Answer = describe,
  options: ConnectOptions = {},
): Promise<Engine> {
  return connect({
    store: new MemoryStore(hasher),
    images: { base: await baseArchive },
    machine: createStubMachine({ answer }),
    registries: 'off',
    platform: 'linux/amd64',
    ...options,
  });
}
