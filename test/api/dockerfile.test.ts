/** Builds of Dockerfiles, with a machine that says what it was asked to run. */

import { connect, type Directory, type Engine } from 'stiletto';
import { expect, test } from 'vitest';
import { textContent } from '../../src/rootfs/content.ts';
import { fileAt, insertNode } from '../../src/rootfs/tree.ts';
import { type Answer, stubEngine } from './fixture.ts';

/** Writes what it sees to /ran, a line a run. */
const records: Answer = async ({ args, env, cwd, uid, rootfs, mounts }) => {
  const before = rootfs.entries.has('ran')
    ? new TextDecoder().decode(await fileAt(rootfs, '/ran').content.load())
    : '';
  const seen = { args, env: env.slice(2), cwd, uid, mounts: mounts.map(({ path }) => path) };
  const content = textContent(`${before}${JSON.stringify(seen)}\n`);
  const metadata = { mode: 0o644, uid: 0, gid: 0, mtime: 0n };
  return { rootfs: insertNode(rootfs, '/ran', { kind: 'file', ...metadata, content }) };
};

const context = (engine: Engine, dockerfile: string): Directory =>
  engine
    .directory()
    .withNewFile('Dockerfile', dockerfile)
    .withNewFile('a.txt', 'a')
    .withNewFile('b.txt', 'b')
    .withNewFile('dir/c.md', 'c')
    .withNewFile('dir/d.txt', 'd', { permissions: 0o600 });

async function runs(built: { file(path: string): { contents(): Promise<string> } }) {
  const text = await built.file('/ran').contents();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { args: string[]; env: string[]; cwd: string; uid: number });
}

test('configuration comes from the image and the file', async () => {
  await using engine = await stubEngine();
  const built = context(
    engine,
    `FROM base
ENV A=1 B="two words"
ENV C $A-3
LABEL one=1 "two"=\${B}
WORKDIR /w
WORKDIR sub
USER user
EXPOSE 80 53/udp 1000-1001
CMD ["kept"]
ENTRYPOINT echo $A
STOPSIGNAL SIGINT
VOLUME /v
HEALTHCHECK --interval=1m30s --retries=2 CMD curl x
`,
  ).dockerBuild();
  expect(await built.envVariables()).toEqual([
    { name: 'PATH', value: '/bin' },
    { name: 'FROM', value: 'image' },
    { name: 'A', value: '1' },
    { name: 'B', value: 'two words' },
    { name: 'C', value: '1-3' },
  ]);
  expect(await built.labels()).toEqual([
    { name: 'kind', value: 'base' },
    { name: 'one', value: '1' },
    { name: 'two', value: 'two words' },
  ]);
  expect(await built.workdir()).toBe('/w/sub');
  expect(await built.directory('/w').entries()).toEqual(['sub/']);
  expect(await built.user()).toBe('user');
  expect(await built.entrypoint()).toEqual(['/bin/sh', '-c', 'echo $A']);
  expect(await built.defaultArgs()).toEqual(['kept']);
  expect((await built.exposedPorts()).map(({ port, protocol }) => `${port}/${protocol}`)).toEqual([
    '53/UDP',
    '80/TCP',
    '1000/TCP',
    '1001/TCP',
  ]);
});

test('ENTRYPOINT drops the CMD of the image', async () => {
  await using engine = await stubEngine();
  const built = context(engine, 'FROM base\nENTRYPOINT ["x"]').dockerBuild();
  expect(await built.defaultArgs()).toEqual([]);
});

test('RUN sees arguments, which do not stay', async () => {
  await using engine = await stubEngine(records);
  const built = context(
    engine,
    `ARG TAG=none
FROM base
ARG TAG
ARG OWN=default
ARG GIVEN=default
ARG UNSET
RUN one
WORKDIR /w
USER user
RUN ["two", "$OWN"]
SHELL ["/bin/bash", "-c"]
RUN three
`,
  ).dockerBuild({ buildArgs: [{ name: 'GIVEN', value: 'given' }] });
  const env = ['TAG=none', 'OWN=default', 'GIVEN=given', 'HOME=/root'];
  const userEnv = [...env.slice(0, 3), 'HOME=/home/user'];
  expect(await runs(built)).toEqual([
    { args: ['/bin/sh', '-c', 'one'], env, cwd: '/', uid: 0, mounts: [] },
    { args: ['two', '$OWN'], env: userEnv, cwd: '/w', uid: 1000, mounts: [] },
    { args: ['/bin/bash', '-c', 'three'], env: userEnv, cwd: '/w', uid: 1000, mounts: [] },
  ]);
  expect(await built.envVariable('GIVEN')).toBe(null);
});

test('COPY: files, directories, patterns, owners, permissions', async () => {
  await using engine = await stubEngine();
  const built = context(
    engine,
    `FROM scratch
COPY a.txt /renamed
COPY a.txt b.txt /many/
COPY dir /merged
COPY *.txt /pattern/
COPY --chown=5:6 --chmod=755 a.txt /owned/
COPY --exclude=*.md dir /excluded
COPY --parents dir/d.txt /parents/
COPY <<one <<"two" /here/
$A 'quoted'
one
$A
two
COPY nothing*.txt /none/
`,
  ).dockerBuild();
  expect(await built.file('/renamed').contents()).toBe('a');
  const entries = (path: string) => built.directory(path).entries();
  expect(await entries('/many')).toEqual(['a.txt', 'b.txt']);
  expect(await entries('/merged')).toEqual(['c.md', 'd.txt']);
  expect(await entries('/pattern')).toEqual(['a.txt', 'b.txt']);
  expect(await entries('/excluded')).toEqual(['d.txt']);
  expect(await built.file('/parents/dir/d.txt').contents()).toBe('d');
  expect(await built.file('/here/one').contents()).toBe(" 'quoted'\n");
  expect(await built.file('/here/two').contents()).toBe('$A\n');
});

test('stages: only what the target needs, by name and by number', async () => {
  await using engine = await stubEngine(records);
  const text = `FROM base AS first
RUN first
FROM base AS unused
RUN unused
FROM scratch AS second
COPY --from=first /ran /from-first
COPY --from=0 /etc/platform /p
FROM second
COPY --from=base /etc/passwd /passwd
`;
  const built = context(engine, text).dockerBuild();
  expect(await built.file('/from-first').contents()).toContain('"first"');
  expect(await built.file('/p').contents()).toBe('linux/amd64');
  expect(await built.file('/passwd').contents()).toContain('root');
  const second = context(engine, text).dockerBuild({ target: 'SECOND' });
  expect(await second.rootfs().exists('/passwd')).toBe(false);
  await expect(context(engine, text).dockerBuild({ target: 'x' }).platform()).rejects.toThrow(
    'target stage "x" could not be found',
  );
});

test('platforms: the target, and the build platform for cross compilation', async () => {
  await using engine = await stubEngine(records);
  const text = `FROM --platform=$BUILDPLATFORM base AS build
ARG TARGETARCH
ARG BUILDPLATFORM
RUN build
FROM base
COPY --from=build /ran /ran
`;
  const built = context(engine, text).dockerBuild({ platform: 'linux/s390x' });
  expect(await built.platform()).toBe('linux/s390x');
  expect(await built.file('/etc/platform').contents()).toBe('linux/s390x');
  const [run] = await runs(built);
  expect(run!.env.slice(0, 2)).toEqual(['TARGETARCH=s390x', 'BUILDPLATFORM=linux/amd64']);
});

test('RUN mounts: caches, secrets, binds', async () => {
  await using engine = await stubEngine(async (request) => {
    const root = request.rootfs;
    const secret = fileAt(root, '/run/secrets/token');
    expect(new TextDecoder().decode(await secret.content.load())).toBe('hush');
    expect(fileAt(root, '/bound.txt').content.size).toBe(1);
    expect(request.env).toContain('TOKEN=hush');
    return records(request);
  });
  const built = context(
    engine,
    `FROM base
RUN --mount=type=cache,target=/cache,sharing=locked --mount=type=secret,id=token \\
    --mount=type=secret,id=token,env=TOKEN --mount=type=secret,id=missing \\
    --mount=type=bind,source=a.txt,target=/bound.txt --mount=type=bind,source=dir,dst=/dir,ro \\
    --mount=target=/all --mount=type=tmpfs,target=/tmp/x \\
    do it
`,
  ).dockerBuild({ secrets: [engine.setSecret('token', 'hush')] });
  const [run] = await runs(built);
  expect(run).toMatchObject({ mounts: ['/cache', '/dir', '/all', '/tmp/x'] });
  expect(await built.mounts()).toEqual([]);
  expect(await built.rootfs().exists('/run/secrets')).toBe(false);
  expect(await built.rootfs().exists('/bound.txt')).toBe(false);
  const required = context(engine, 'FROM base\nRUN --mount=type=secret,id=no,required=true x');
  await expect(required.dockerBuild().platform()).rejects.toThrow('secret no: not found');
});

test('ONBUILD runs in those who build on it', async () => {
  await using engine = await stubEngine(records);
  const parent = context(engine, 'FROM base\nONBUILD RUN trigger\nONBUILD COPY a.txt /t/');
  await parent.dockerBuild().publish('registry.test/parent');
  const child = context(engine, 'FROM registry.test/parent\nRUN own').dockerBuild();
  expect((await runs(child)).map(({ args }) => args[2])).toEqual(['trigger', 'own']);
  expect(await child.file('/t/a.txt').contents()).toBe('a');
});

test('.dockerignore, other file names, and equal steps run once', async () => {
  let count = 0;
  await using engine = await stubEngine((request) => {
    count += 1;
    return records(request);
  });
  const files = context(engine, 'FROM base\nRUN x\nCOPY . /all/')
    .withNewFile('.dockerignore', 'dir\n*.txt\n!b.txt\n')
    .withNewFile('other/File', 'FROM base\nRUN x\n');
  const built = files.dockerBuild();
  expect(await built.directory('/all').entries()).toEqual([
    '.dockerignore',
    'Dockerfile',
    'b.txt',
    'other/',
  ]);
  await files.dockerBuild({ dockerfile: 'other/File' }).sync();
  expect(count).toBe(1);
  await expect(files.dockerBuild({ dockerfile: 'none' }).platform()).rejects.toThrow(
    'open none: no such file or directory',
  );
});

test('ADD unpacks archives and fetches files', async () => {
  const fetched: string[] = [];
  await using engine = await stubEngine(records, {
    fetch: async (request) => {
      fetched.push(request.url);
      return request.url.endsWith('/missing')
        ? new Response('', { status: 404 })
        : new Response('web');
    },
  });
  const inner = engine.directory().withNewFile('inner/file', 'packed');
  const archive = engine.container().withRootfs(inner).asTarball();
  const files = context(
    engine,
    'FROM scratch\nADD a.tar /x/\nCOPY a.tar /y/\nADD a.txt http://host.test/f.bin /z/\n',
  ).withFile('a.tar', archive);
  const built = files.dockerBuild();
  expect(await built.directory('/x').entries()).toContain('oci-layout');
  expect(await built.directory('/y').entries()).toEqual(['a.tar']);
  expect(await built.directory('/z').entries()).toEqual(['a.txt', 'f.bin']);
  expect(await built.file('/z/f.bin').contents()).toBe('web');
  expect(await engine.http('http://host.test/f.bin').size()).toBe(3);
  // The same address is fetched once.
  expect(fetched).toEqual(['http://host.test/f.bin']);
  await expect(engine.http('http://host.test/missing').contents()).rejects.toThrow('404');
  await using offline = await stubEngine();
  await expect(offline.http('http://host.test/f').contents()).rejects.toThrow('network is off');
});

test.each([
  ['FROM base\nCOPY missing /x', '"/missing": not found'],
  ['FROM base\nCOPY a.txt b.txt /x', 'the destination must be a directory and end with a /'],
  ['RUN x', 'no build stage'],
  ['RUN x\nFROM base', 'RUN before the first FROM'],
  ['ARG A\nFROM $A', 'base name ($A) should not be blank'],
  ['FROM base\nEXPOSE x', 'invalid containerPort: x'],
])('%j is refused', async (text, message) => {
  await using engine = await stubEngine(records);
  await expect(context(engine, text).dockerBuild().sync()).rejects.toThrow(message);
});

test('with the real machine', async () => {
  await using engine = await connect();
  const built = context(
    engine,
    `FROM busybox AS build
RUN --mount=type=cache,target=/c <<EOF
set -e
uname -m > /out
echo lines >> /out
EOF
RUN <<EOF
#!/bin/sh
echo script >> /out
EOF
FROM busybox
COPY --from=build /out /
CMD ["cat", "/out"]
`,
  ).dockerBuild({ platform: 'linux/arm64' });
  expect(await built.withExec([]).stdout()).toBe('aarch64\nlines\nscript\n');
});
