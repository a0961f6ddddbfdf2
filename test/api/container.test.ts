import { expect, test } from 'vitest';
import { lookup } from '../../src/rootfs/path.ts';
import { stubEngine } from './fixture.ts';

/** What the stub saw. */
async function seen(stdout: Promise<string>): Promise<Record<string, unknown>> {
  return JSON.parse(await stdout) as Record<string, unknown>;
}

test('nothing runs until a leaf is asked for', async () => {
  let runs = 0;
  await using engine = await stubEngine(() => ({ stdout: `${++runs}` }));
  const container = engine.container().from('base').withExec(['a']).withExec(['b']);
  await container.id();
  await container.platform();
  await container.withEnvVariable('A', 'b').envVariables();
  expect(runs).toBe(0);
  await container.sync();
  expect(runs).toBe(2);
});

test('equal work runs once, concurrently too', async () => {
  let runs = 0;
  await using engine = await stubEngine(() => ({ stdout: `${++runs}` }));
  const make = () => engine.container().from('base').withExec(['a']);
  const [one, two] = await Promise.all([make().stdout(), make().stdout()]);
  // Labels are nothing a process can see.
  const three = await engine.container().from('base').withLabel('l', 'x').withExec(['a']).stdout();
  expect([one, two, three, runs]).toEqual(['1', '1', '1', 1]);
  await make().withEnvVariable('BUST', '1').withExec(['a']).stdout();
  expect(runs).toBe(2);
});

test('values do not change', async () => {
  await using engine = await stubEngine();
  const base = engine.container().from('base');
  const changed = base.withEnvVariable('A', '1').withNewFile('/new', 'x');
  expect(await base.envVariable('A')).toBeNull();
  expect(await base.rootfs().exists('/new')).toBe(false);
  expect(await changed.file('/new').contents()).toBe('x');
});

test('configuration comes from the image and is changed in place', async () => {
  await using engine = await stubEngine();
  const container = engine
    .container()
    .withEnvVariable('OWN', '1')
    .withEnvVariable('FROM', 'me')
    .from('base');
  expect(await container.envVariables()).toEqual([
    { name: 'OWN', value: '1' },
    { name: 'FROM', value: 'image' },
    { name: 'PATH', value: '/bin' },
  ]);
  const expanded = container.withEnvVariable('PATH', '/own:$PATH:$UNSET', { expand: true });
  expect(await expanded.envVariable('PATH')).toBe('/own:/bin:');
  expect(await expanded.withoutEnvVariable('PATH').envVariable('PATH')).toBeNull();
  expect(await container.label('kind')).toBe('base');
  expect(await container.label('none')).toBeNull();
  expect(await container.entrypoint()).toEqual(['/entry']);
  expect(await container.withEntrypoint(['x']).defaultArgs()).toEqual([]);
  const kept = container.withEntrypoint(['x'], { keepDefaultArgs: true });
  expect(await kept.defaultArgs()).toEqual(['default', 'args']);
  expect(await container.imageRef()).toMatch(/^docker\.io\/library\/base:latest@sha256:/);
  expect(await container.withUser('x').imageRef()).toBeNull();
});

test('the working directory joins and is made when missing', async () => {
  await using engine = await stubEngine();
  const container = engine.container().from('base').withWorkdir('/srv').withWorkdir('a/../b');
  expect(await container.workdir()).toBe('/srv/b');
  const after = container.withExec(['x']);
  expect(await seen(after.stdout())).toMatchObject({ cwd: '/srv/b' });
  expect(await after.rootfs().exists('/srv/b')).toBe(true);
  expect(await container.withNewFile('f', '').rootfs().exists('/srv/b/f')).toBe(true);
});

test('arguments: the entrypoint only when asked, default arguments when there are none', async () => {
  await using engine = await stubEngine();
  const base = engine.container().from('base');
  const args = async (...given: Parameters<typeof base.withExec>) =>
    (await seen(base.withExec(...given).stdout())).args;
  expect(await args(['a'])).toEqual(['a']);
  expect(await args(['a'], { useEntrypoint: true })).toEqual(['/entry', 'a']);
  expect(await args([])).toEqual(['default', 'args']);
  expect(await args([], { useEntrypoint: true })).toEqual(['/entry', 'default', 'args']);
  expect(await args(['$FROM'], { expand: true })).toEqual(['image']);
  expect(await args(['$FROM'])).toEqual(['$FROM']);
  const nothing = engine.container().withRootfs(base.rootfs()).withExec([]);
  await expect(nothing.stdout()).rejects.toThrow('no command has been set');
  await expect(base.stdout()).rejects.toThrow('no command has been set');
});

test('the environment of a process', async () => {
  await using engine = await stubEngine();
  const base = engine.container().from('base');
  expect(await seen(base.withUser('user').withExec(['x']).stdout())).toMatchObject({
    env: ['PATH=/bin', 'FROM=image', 'HOME=/home/user'],
    uid: 1000,
    gid: 1000,
    groups: [10, 1000],
  });
  const bare = engine.container().withRootfs(engine.directory().withNewFile('/x', ''));
  expect(await seen(bare.withExec(['x']).stdout())).toMatchObject({
    env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/'],
  });
});

test('paths: relative to the working directory, links inside the container, clamped', async () => {
  await using engine = await stubEngine();
  const container = engine.container().from('base').withWorkdir('/etc');
  expect(await container.file('platform').contents()).toBe('linux/amd64');
  expect(await container.file('/link/platform').contents()).toBe('linux/amd64');
  expect(await container.file('../../../etc/platform').size()).toBe(11);
  expect(await container.directory('.').entries()).toEqual(['group', 'passwd', 'platform']);
  expect(await container.rootfs().entries()).toEqual(['etc/', 'link']);
  await expect(container.file('none').contents()).rejects.toThrow('no such file or directory');
  await expect(container.file('/etc').contents()).rejects.toThrow('is a directory, not a file');
  await expect(container.directory('platform').entries()).rejects.toThrow(
    'is a file, not a directory',
  );
});

test('mounts are private copies that execs change and publishing leaves out', async () => {
  // The stubbed process copies the root into the mount.
  await using engine = await stubEngine(({ rootfs }) => ({ mounts: new Map([['/mnt', rootfs]]) }));
  const source = engine.directory().withNewFile('a', '1');
  const container = engine.container().from('base').withMountedDirectory('/mnt', source);
  expect(await container.mounts()).toEqual(['/mnt']);
  expect(await container.directory('/mnt').entries()).toEqual(['a']);
  expect(await container.rootfs().exists('/mnt')).toBe(false);
  const more = container.withNewFile('/mnt/b', '2');
  expect(await more.directory('/mnt').entries()).toEqual(['a', 'b']);
  expect(await source.entries()).toEqual(['a']);
  const written = container.withExec(['write']);
  expect(await written.directory('/mnt').entries()).toEqual(['etc/', 'link']);
  expect(await written.withoutMount('/mnt').mounts()).toEqual([]);
  const temporary = container.withMountedTemp('/mnt/tmp');
  await expect(temporary.file('/mnt/tmp/x').contents()).rejects.toThrow(
    'cannot retrieve path from tmpfs',
  );
  expect(await temporary.withMountedTemp('/mnt').mounts()).toEqual(['/mnt']);
});

test('owners and permissions of what is put in', async () => {
  await using engine = await stubEngine();
  const tree = engine.directory().withNewFile('d/f', 'x');
  const container = engine
    .container()
    .from('base')
    .withDirectory('/copy', tree, { owner: 'user:wheel', permissions: 0o700 })
    .withNewFile('/n', 'y', { owner: 'user', permissions: 0o600 });
  const root = await container.session.run(async (graph, signal) => {
    const state = await graph.evaluate('Container', container.operation, signal);
    return state.rootfs.root(signal);
  });
  expect(lookup(root, '/copy/d/f')).toMatchObject({ uid: 1000, gid: 10, mode: 0o700 });
  expect(lookup(root, '/n')).toMatchObject({ uid: 1000, gid: 1000, mode: 0o600 });
});
