/** The client with the real machine and the real busybox. */

import { connect } from 'stiletto';
import { expect, test } from 'vitest';
import { platforms } from './fixture.ts';

test.each(platforms)(
  '%s: files, users, directories and output of real processes',
  async (platform) => {
    await using engine = await connect();
    const script =
      'id -un; id -g; pwd; echo $HOME $A; cat; echo made > made; ln made linked; exit 3';
    const done = engine
      .container({ platform })
      .from('busybox')
      .withNewFile('/etc/passwd', 'root:x:0:0::/root:\nme:x:5:6::/home/me:\n')
      .withWorkdir('/work')
      .withEnvVariable('A', 'a')
      .withUser('me')
      .withNewFile('/work/given', 'x', { owner: 'me' })
      .withDirectory('/work', engine.directory(), { owner: 'me' })
      .withUser('root')
      .withExec(['chown', 'me', '.'])
      .withUser('me')
      .withExec(['sh', '-c', script], { stdin: 'input\n', expect: 'FAILURE' });
    expect(await done.stdout()).toBe('me\n6\n/work\n/home/me a\ninput\n');
    expect(await done.exitCode()).toBe(3);
    expect(await done.directory('/work').entries()).toEqual(['given', 'linked', 'made']);
    expect(await done.file('linked').contents()).toBe('made\n');
  },
);

test('mounts of a real process are changed for the container only', async () => {
  await using engine = await connect();
  const source = engine.directory().withNewFile('a', 'before\n');
  const done = engine
    .container()
    .from('busybox')
    .withMountedDirectory('/mnt', source)
    .withMountedTemp('/scratch')
    .withExec(['sh', '-c', 'echo after > /mnt/a; echo x > /scratch/x; ls /scratch']);
  expect(await done.stdout()).toBe('x\n');
  expect(await done.file('/mnt/a').contents()).toBe('after\n');
  expect(await source.file('a').contents()).toBe('before\n');
  expect(await done.rootfs().exists('/mnt/a')).toBe(false);
});

test('what cannot be executed ends as a shell would say it', async () => {
  await using engine = await connect();
  const base = engine.container().from('busybox');
  await expect(base.withExec(['no-such-program']).sync()).rejects.toMatchObject({
    code: 'EXEC_FAILED',
    exitCode: 127,
    stderr: 'no-such-program: not found',
  });
  // A 64-byte ELF header of a little-endian 64-bit MIPS executable.
  const mips = `\x7fELF\x02\x01\x01${'\0'.repeat(9)}\x02\0\x08\0\x01${'\0'.repeat(43)}`;
  const foreign = base.withNewFile('/foreign', mips, { permissions: 0o755 });
  await expect(foreign.withExec(['/foreign']).sync()).rejects.toMatchObject({
    code: 'EXEC_FAILED',
    exitCode: 126,
    stderr: expect.stringContaining('exec format error'),
  });
  await expect(base.withExec(['/etc/passwd']).sync()).rejects.toMatchObject({ exitCode: 126 });
});

test('time is virtual and everything is a function of seed and epoch', async () => {
  const script = 'date; sleep 3600; date; head -c 8 /dev/urandom | hexdump -C; echo $$; uname -a';
  const run = (options: { seed?: number; epoch?: number }) =>
    connect(
      (engine) => engine.container().from('busybox').withExec(['sh', '-c', script]).stdout(),
      { ...options, platform: 'linux/arm64' },
    );
  const [first, again, otherSeed, otherEpoch] = await Promise.all([
    run({}),
    run({}),
    run({ seed: 2 }),
    run({ epoch: 86_400 }),
  ]);
  expect(first).toMatch(/^Mon Jan {2}1 00:00:00 UTC 2024\nMon Jan {2}1 01:00:00 UTC 2024\n/);
  expect(again).toBe(first);
  expect(otherSeed).not.toBe(first);
  expect(otherEpoch).toMatch(/^Fri Jan {2}2 00:00:00 UTC 1970\n/);
});

test('mounted files, secrets and caches of real processes', async () => {
  await using engine = await connect();
  const secret = engine.setSecret('token', 'no-one-knows');
  const script = [
    'ls -l /run/secrets/token | cut -c1-10',
    'cat /run/secrets/token; echo " $TOKEN"',
    'cp /run/secrets/token /cache/copy; wc -c < /cache/copy',
    'echo more >> /mnt/file; cat /mnt/file; rm /etc/shown',
  ].join('; ');
  const done = engine
    .container({ platform: 'linux/arm64' })
    .from('busybox')
    .withMountedTemp('/run')
    .withMountedSecret('/run/secrets/token', secret)
    .withSecretVariable('TOKEN', secret)
    .withMountedCache('/cache', engine.cacheVolume('k'))
    .withMountedFile('/mnt/file', engine.file('f', 'one\n'))
    .withMountedFile('/etc/shown', engine.file('f', 'shown\n'))
    .withExec(['sh', '-c', script]);
  expect(await done.stdout()).toBe('-r--------\n*** ***\n12\none\nmore\n');
  expect(await done.file('/mnt/file').contents()).toBe('one\nmore\n');
  // What a process removes is mounted again for the next.
  expect(await done.file('/etc/shown').contents()).toBe('shown\n');
  expect(await done.rootfs().exists('/run/secrets')).toBe(false);
  expect(await done.rootfs().exists('/mnt/file')).toBe(false);
  expect(await done.rootfs().exists('/etc/shown')).toBe(false);
  const other = engine
    .container({ platform: 'linux/s390x' })
    .from('busybox')
    .withMountedCache('/c', engine.cacheVolume('k'))
    .withExec(['ls', '/c']);
  expect(await other.stdout()).toBe('copy\n');
});
