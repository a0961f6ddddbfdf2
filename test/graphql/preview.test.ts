import { expect, describe as suite, test } from 'vitest';
import { stubEngine } from '../api/fixture.ts';
import { asker } from './fixture.ts';

/** Answers with the platform and the arguments. */
const machine = ({
  platform,
  args,
}: {
  platform: { architecture: string };
  args: readonly string[];
}) => ({
  stdout: `${platform.architecture}\n${args.join(' ')}\n`,
});

interface Data {
  [name: string]: Data & string;
}

suite('preview schema', () => {
  test('one query, four architectures, innermost wins', async () => {
    await using engine = await stubEngine(machine);
    const uname =
      'core { image(ref: "base") { exec(input: { args: ["uname", "-m"] }) { stdout } } }';
    const { data, errors } = await asker(engine)(`{
      host: ${uname}
      aarch64: withArchitecture(architecture: "aarch64") { architecture ${uname} }
      s390x: withArchitecture(architecture: "arm64") {
        withArchitecture(architecture: "s390x") { architecture ${uname} }
        withHost: withArchitecture(architecture: "host") { architecture } } }`);
    expect(errors).toEqual([]);
    const ran = (name: string) => ({ image: { exec: { stdout: `${name}\nuname -m\n` } } });
    expect(data).toEqual({
      host: ran('amd64'),
      aarch64: { architecture: 'arm64', core: ran('arm64') },
      s390x: {
        withArchitecture: { architecture: 's390x', core: ran('s390x') },
        withHost: { architecture: 'amd64' },
      },
    });
  });

  test('the header is the architecture of a query that names none', async () => {
    await using engine = await stubEngine(machine);
    const ask = asker(engine, { schema: 'preview' });
    const context = btoa(JSON.stringify({ Platform: { architecture: 'arm64', os: 'linux' } }));
    const query = '{ architecture withArchitecture(architecture: "host") { architecture } }';
    expect((await ask(query, {}, { DAGGER_SESSION_CONTEXT: context })).data).toEqual({
      architecture: 'arm64',
      withArchitecture: { architecture: 'amd64' },
    });
    expect((await ask(query, {}, { DAGGER_SESSION_CONTEXT: '' })).data).toMatchObject({
      architecture: 'amd64',
    });
    expect((await ask(query, {}, { DAGGER_SESSION_CONTEXT: '!' })).errors).toHaveLength(1);
  });

  test('one index out of file systems of three architectures', async () => {
    await using engine = await stubEngine(machine);
    const ask = asker(engine);
    const { data } = await ask(
      `{ ${['amd64', 'arm64', 's390x']
        .map(
          (name) => `${name}: withArchitecture(architecture: "${name}") {
        core { image(ref: "base") { id } } }`,
        )
        .join('\n')} }`,
    );
    const ids = Object.values(data as Data).map((at) => at.core!.image!.id!);
    const pushed = await ask(
      `query ($ids: [FSID!]!) { core {
        pushMultiplatformImage(ref: "registry.test/multi:1", filesystems: $ids) } }`,
      { ids },
    );
    expect(pushed).toMatchObject({ data: { core: { pushMultiplatformImage: true } }, errors: [] });
    for (const platform of ['linux/amd64', 'linux/arm64', 'linux/s390x']) {
      const pulled = engine.container({ platform }).from('registry.test/multi:1');
      expect(await pulled.file('/etc/platform').contents()).toBe(platform);
      // Configurations are not carried over.
      expect(await pulled.envVariable('FROM')).toBe(null);
      expect(await pulled.envVariable('PATH')).toContain('/usr/bin');
    }
  });

  test('files, copies, mounts, secrets', async () => {
    await using engine = await stubEngine(machine);
    const ask = asker(engine);
    const made = await ask(`{ core { addSecret(plaintext: "p")
      filesystem(id: "scratch") {
        writeFile(path: "/a/f", contents: "1\\n2\\n", permissions: "0600") {
          id file(path: "a/f", lines: 1) } } } }`);
    const { core } = made.data as Data;
    const { id, file } = core!.filesystem!.writeFile!;
    expect(file).toBe('1');
    const { data, errors } = await ask(
      `query ($fs: FSID!, $secret: SecretID!) { core { secret(id: $secret) image(ref: "base") {
        copy(from: $fs, srcPath: "/a", destPath: "/b") { file(path: "/b/f") }
        exec(input: { args: ["x"], mounts: [{ fs: $fs, path: "/m/" }],
          env: [{ name: "E", value: "1" }], secretEnv: [{ name: "S", id: $secret }],
          cacheMounts: [{ name: "c", sharingMode: "locked", path: "/c" }] }) {
          exitCode stdout(lines: 1) mount(path: "/m") { file(path: "a/f") }
          fs { file(path: "/etc/platform") } } } } }`,
      { fs: id, secret: core!.addSecret },
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      core: {
        secret: 'p',
        image: {
          copy: { file: '1\n2\n' },
          exec: {
            exitCode: 0,
            stdout: 'amd64',
            mount: { file: '1\n2\n' },
            fs: { file: 'linux/amd64' },
          },
        },
      },
    });
  });

  const image = (rest: string) => `{ core { image(ref: "base") { ${rest} } } }`;
  const cases: readonly [string, string][] = [
    [image('file(path: "/none")'), 'failed to read file: '],
    [image('writeFile(path: "/x", contents: "", permissions: "rw") { id }'), 'error parsing'],
    [image('exec(input: { args: ["x"] }) { mount(path: "/m") { id } }'), 'missing mount path'],
    ['{ core { secret(id: "00") } }', 'secret 00: not found'],
    ['{ core { filesystem(id: "?") { id } } }', 'failed to unmarshal fs bytes: '],
    ['{ core { project(name: "p") { name } } }', 'Core.project is not served'],
    ['{ withArchitecture(architecture: "a b") { architecture } }', 'invalid'],
    ['{ host { workdir { write(contents: "scratch", path: "/tmp/x") } } }', 'is outside workdir'],
    ['{ directory { contents withoutFile(path: "x") { id } } }', 'not implemented yet'],
    [
      image(`exec(input: { args: ["x"],
        cacheMounts: [{ name: "c", sharingMode: "X", path: "/c" }] }) { exitCode }`),
      'invalid cache mount sharing mode "X"',
    ],
  ];
  for (const [query, message] of cases) {
    test(message, async () => {
      await using engine = await stubEngine(machine);
      const { errors } = await asker(engine, { schema: 'preview' })(query);
      expect(errors.map((error) => error.message).join()).toContain(message);
    });
  }

  test('a command that fails takes its part of the answer with it', async () => {
    await using engine = await stubEngine(() => ({ exitCode: 1 }));
    const { data, errors } = await asker(engine)(
      image('exec(input: { args: ["f"] }) { fs { id } }'),
    );
    expect(data).toBe(null);
    expect(errors[0]).toMatchObject({
      message: 'process "f" did not complete successfully: exit code: 1',
      path: ['core', 'image', 'exec'],
    });
  });
});

suite('platform rule', () => {
  const query = `query ($fs: FSID!) { core { image(ref: "base") {
    exec(input: { args: ["x"], mounts: [{ fs: $fs, path: "/m" }] }) { exitCode } } } }`;

  test('a foreign file system is a warning that names both platforms', async () => {
    const titles: string[] = [];
    const onProgress = ({ title }: { title: string }) => void titles.push(title);
    await using engine = await stubEngine(machine, { onProgress });
    const fs = await engine.container({ platform: 'linux/s390x' }).from('base').id();
    const { errors } = await asker(engine)(query, { fs });
    expect(errors).toEqual([]);
    expect(titles.find((title) => title.startsWith('warning'))).toBe(
      'warning: Container.withMountedDirectory: ' +
        'a file system of linux/s390x in a container of linux/amd64',
    );
  });

  test('strict: an error; plain files are of no platform', async () => {
    await using engine = await stubEngine(machine);
    const ask = asker(engine, { platformRule: 'strict' });
    const foreign = await engine.container({ platform: 'linux/s390x' }).from('base').id();
    const { errors } = await ask(query, { fs: foreign });
    expect(errors[0]?.message).toContain('linux/s390x in a container of linux/amd64');
    expect(errors[0]?.extensions?.code).toBe('PLATFORM_MISMATCH');
    const files = engine.container({ platform: 'linux/s390x' }).withNewFile('/f', 'x');
    expect((await ask(query, { fs: await files.id() })).errors).toEqual([]);
    const own = engine.container({ platform: 'linux/amd64' }).from('base');
    expect((await ask(query, { fs: await own.id() })).errors).toEqual([]);
  });
});
