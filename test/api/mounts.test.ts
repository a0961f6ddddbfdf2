import { CacheSharingMode } from 'stiletto';
import { expect, test } from 'vitest';
import { decodeId } from '../../src/engine/operation.ts';
import { textContent } from '../../src/rootfs/content.ts';
import type { DirectoryNode } from '../../src/rootfs/node.ts';
import { fileAt, insertNode } from '../../src/rootfs/tree.ts';
import { type Answer, stubEngine } from './fixture.ts';

const text = async (root: DirectoryNode, path: string): Promise<string> =>
  new TextDecoder().decode(await fileAt(root, path).content.load());

const written = (root: DirectoryNode, path: string, contents: string): DirectoryNode => {
  const content = textContent(contents);
  return insertNode(root, path, { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0n, content });
};

/** `read PATH` prints a file of the root, `write PATH TEXT` writes one. */
const files: Answer = async ({ args, rootfs }) => {
  const [command, path = '', contents = ''] = args;
  if (command === 'write') return { rootfs: written(rootfs, path, contents) };
  return { stdout: await text(rootfs, path) };
};

test('a mounted file is seen and changed by execs, and is not in the root', async () => {
  await using engine = await stubEngine(files);
  const file = engine.file('a.txt', 'before');
  const base = engine.container().from('base').withMountedFile('/deep/er/b.txt', file);
  expect(await base.mounts()).toEqual(['/deep/er/b.txt']);
  expect(await base.file('/deep/er/b.txt').contents()).toBe('before');
  expect(await base.withExec(['read', '/deep/er/b.txt']).stdout()).toBe('before');
  const changed = base.withExec(['write', '/deep/er/b.txt', 'after']);
  expect(await changed.file('/deep/er/b.txt').contents()).toBe('after');
  expect(await changed.withExec(['read', '/deep/er/b.txt']).stdout()).toBe('after');
  expect(await changed.rootfs().exists('/deep')).toBe(false);
  expect(await file.contents()).toBe('before');
});

test('a mounted file hides what is there, and gives it back', async () => {
  await using engine = await stubEngine(files);
  const mounted = engine
    .container()
    .from('base')
    .withMountedFile('/etc/platform', engine.file('x', 'mounted'), { owner: 'user' });
  const done = mounted.withExec(['read', '/etc/platform']);
  expect(await done.stdout()).toBe('mounted');
  expect(await done.rootfs().file('/etc/platform').contents()).toBe('linux/amd64');
  expect(await done.withoutMount('/etc/platform').file('/etc/platform').contents()).toBe(
    'linux/amd64',
  );
});

test('withNewFile onto a mounted file changes the mount', async () => {
  await using engine = await stubEngine(files);
  const mounted = engine
    .container()
    .from('base')
    .withMountedFile('/m', engine.file('x', 'old'))
    .withNewFile('/m', 'new');
  expect(await mounted.file('/m').contents()).toBe('new');
  expect(await mounted.rootfs().exists('/m')).toBe(false);
});

test('a secret is a file and a variable of execs, and of nothing else', async () => {
  await using engine = await stubEngine(async ({ rootfs, env }) => ({
    stdout: `${await text(rootfs, '/run/secret')} ${env.find((item) => item.startsWith('S='))}`,
    stderr: JSON.stringify(fileAt(rootfs, '/run/secret').mode),
  }));
  const secret = engine.setSecret('name', 'tell-nobody');
  expect(await secret.plaintext()).toBe('tell-nobody');
  expect(await secret.name()).toBe('name');
  const done = engine
    .container()
    .from('base')
    .withMountedSecret('/run/secret', secret)
    .withSecretVariable('S', secret)
    .withExec(['x']);
  expect(await done.stdout()).toBe('*** S=***');
  expect(await done.stderr()).toBe(String(0o400));
  expect(await done.combinedOutput()).toBe(`*** S=***${0o400}`);
  expect(await done.rootfs().exists('/run')).toBe(false);
  expect(await done.envVariable('S')).toBe(null);
  await expect(done.file('/run/secret').contents()).rejects.toThrow('cannot retrieve path');
  expect(JSON.stringify(decodeId(await done.id()))).not.toContain('tell-nobody');
  const archive = await done.asTarball().bytes();
  expect(new TextDecoder('latin1').decode(archive)).not.toContain('tell-nobody');
});

test('a secret of another value is another input, one of the same value is not', async () => {
  let runs = 0;
  await using engine = await stubEngine(() => ({ stdout: String(++runs) }));
  const run = (value: string) =>
    engine
      .container()
      .from('base')
      .withSecretVariable('S', engine.setSecret('name', value))
      .withExec(['x'])
      .stdout();
  expect([await run('one'), await run('two'), await run('one')]).toEqual(['1', '2', '1']);
});

test('a secret of another session is refused by name', async () => {
  await using first = await stubEngine();
  await using second = await stubEngine();
  const id = await first.setSecret('token', 'value').id();
  await expect(second.loadSecretFromID(id).plaintext()).rejects.toThrow(
    'secret "token" is not set in this session',
  );
});

test('secrets are scrubbed from errors, and cannot be expanded', async () => {
  await using engine = await stubEngine(({ env }) => ({
    exitCode: 1,
    stderr: `bad ${env.find((item) => item.startsWith('S='))}`,
  }));
  const base = engine
    .container()
    .from('base')
    .withSecretVariable('S', engine.setSecret('s', 'hidden'));
  const error = await base
    .withExec(['say', 'hidden'])
    .sync()
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ cmd: ['say', '***'], stderr: 'bad S=***' });
  expect((error as Error).message).not.toContain('hidden');
  await expect(base.withExec(['$S'], { expand: true }).sync()).rejects.toThrow(
    'expand cannot be used with secret env variable "S"',
  );
});

test('host variables and files as secrets', async () => {
  await using engine = await stubEngine();
  expect(await engine.host().envVariable('NO_SUCH_VARIABLE_HERE')).toBe(null);
  const path = await engine.host().envVariable('PATH');
  expect(await path?.secret().plaintext()).toBe(await path?.value());
  expect(await engine.secret('env://PATH').plaintext()).toBe(await path?.value());
  await expect(engine.secret('env://NO_SUCH_VARIABLE_HERE').plaintext()).rejects.toThrow(
    'secret env var not found: "NO_SUCH_VARIABLE_HERE"',
  );
  await expect(engine.secret('vault://x').plaintext()).rejects.toThrow('vault://');
  expect(await engine.host().setSecretFile('p', 'package.json').plaintext()).toContain('stiletto');
});

/** Appends to a file of the cache and prints it. */
const appends: Answer = async ({ args, mounts }) => {
  const root = mounts[0]!.source as DirectoryNode;
  const before = root.entries.has('log') ? await text(root, '/log') : '';
  const after = written(root, '/log', before + args[0]);
  return { stdout: before + args[0], mounts: new Map([['/cache', after]]) };
};

test('a cache volume is known by its key, on all platforms', async () => {
  await using engine = await stubEngine(appends);
  const run = (platform: string, key: string, word: string) =>
    engine
      .container({ platform })
      .from('base')
      .withMountedCache('/cache', engine.cacheVolume(key))
      .withExec([word])
      .stdout();
  expect(await run('linux/amd64', 'k', 'a')).toBe('a');
  expect(await run('linux/s390x', 'k', 'b')).toBe('ab');
  expect(await run('linux/amd64', 'other', 'c')).toBe('c');
  // Equal work is not done again, whatever the cache has by now.
  expect(await run('linux/amd64', 'k', 'a')).toBe('a');
});

test('a cache cannot be read outside execs, and is seeded once', async () => {
  await using engine = await stubEngine(appends);
  const source = engine.directory().withNewFile('log', 'seed ');
  const base = engine
    .container()
    .from('base')
    .withMountedCache('/cache', engine.cacheVolume('k'), { source });
  expect(await base.withExec(['a']).stdout()).toBe('seed a');
  expect(await base.withExec(['b']).stdout()).toBe('seed ab');
  await expect(base.file('/cache/log').contents()).rejects.toThrow(
    '/cache/log: cannot retrieve path from cache',
  );
  await expect(base.directory('/cache').entries()).rejects.toThrow('from cache');
});

test.each([
  [CacheSharingMode.Locked, ['a', 'ab', 'abc'], 'abcz'],
  [CacheSharingMode.Private, ['a', 'b', 'c'], 'az'],
] as const)('concurrent users of a %s cache', async (sharing, expected, last) => {
  await using engine = await stubEngine(async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return appends(request);
  });
  const base = engine
    .container()
    .from('base')
    .withMountedCache('/cache', engine.cacheVolume('k'), { sharing });
  const outputs = await Promise.all(['a', 'b', 'c'].map((word) => base.withExec([word]).stdout()));
  expect(outputs.sort()).toEqual(expected);
  expect(await base.withExec(['z']).stdout()).toHaveLength(last.length);
});

test('concurrent users of a shared cache both leave their files', async () => {
  let arrived = 0;
  await using engine = await stubEngine(async ({ args, mounts }) => {
    const root = mounts[0]!.source as DirectoryNode;
    if (args[0] === 'list') return { stdout: [...root.entries.keys()].join(' ') };
    arrived += 1;
    while (arrived < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    return { mounts: new Map([['/cache', written(root, `/${args[0]}`, 'x')]]) };
  });
  const base = engine.container().from('base').withMountedCache('/cache', engine.cacheVolume('k'));
  await Promise.all(['one', 'two'].map((word) => base.withExec([word]).sync()));
  expect(await base.withExec(['list']).stdout()).toBe('one two');
});

test('volatile variables are seen, but run nothing again', async () => {
  let runs = 0;
  await using engine = await stubEngine(({ env }) => ({ stdout: `${++runs} ${env.join(' ')}` }));
  const run = (value: string) =>
    engine.container().from('base').withVolatileVariable('V', value).withExec(['x']);
  expect(await run('one').stdout()).toContain('V=one');
  expect(await run('two').stdout()).toContain('V=one');
  expect(runs).toBe(1);
  expect(await run('two').envVariable('V')).toBe(null);
});

test('withError fails with its text, and an empty one does nothing', async () => {
  await using engine = await stubEngine();
  const base = engine.container().from('base');
  await expect(base.withError('on purpose').sync()).rejects.toThrow('on purpose');
  expect(await base.withError('').platform()).toBe('linux/amd64');
  expect(await base.withError('on purpose').id()).toBeTypeOf('string');
});

test('exposed ports, with what images do not keep', async () => {
  await using engine = await stubEngine();
  const ports = engine
    .container()
    .withExposedPort(8080, { description: 'web' })
    .withExposedPort(53, { protocol: 'UDP' })
    .withExposedPort(53, { experimentalSkipHealthcheck: true })
    .withoutExposedPort(8081);
  expect(await ports.exposedPorts()).toEqual([
    { port: 53, protocol: 'TCP', skipHealthcheck: true },
    { port: 53, protocol: 'UDP' },
    { port: 8080, protocol: 'TCP', description: 'web' },
  ]);
});
