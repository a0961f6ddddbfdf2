import { getIntrospectionQuery } from 'graphql';
import { expect, describe as suite, test } from 'vitest';
import type { EndpointOptions } from '../../src/api/graphql/http.ts';
import { stubEngine } from '../api/fixture.ts';
import { asker } from './fixture.ts';

const echo = ({ args }: { args: readonly string[] }) => ({ stdout: `${args.join(' ')}\n` });
const options: EndpointOptions = { schema: '0.4' };

suite('0.4 schema', () => {
  test('entrypoint and default arguments are part of commands', async () => {
    await using engine = await stubEngine(echo);
    const ask = asker(engine, options);
    const { data, errors } = await ask(`{ container { from(address: "base") {
      a: withExec(args: ["x"]) { stdout exitCode }
      b: exec { stdout }
      c: withDefaultArgs { defaultArgs entrypoint } } } }`);
    expect(errors).toEqual([]);
    expect(data).toEqual({
      container: {
        from: {
          a: { stdout: '/entry x\n', exitCode: 0 },
          b: { stdout: '/entry default args\n' },
          c: { defaultArgs: [], entrypoint: ['/entry'] },
        },
      },
    });
  });

  test('objects are loaded by id arguments; the empty string is an empty directory', async () => {
    await using engine = await stubEngine(echo);
    const ask = asker(engine, options);
    const { data } = await ask(
      '{ directory { withNewFile(path: "d/f", contents: "c") { id entries } } }',
    );
    const { id, entries } = (data as { directory: { withNewFile: { id: string; entries: [] } } })
      .directory.withNewFile;
    expect(entries).toEqual(['d']);
    const used = await ask(
      `query ($id: DirectoryID!, $empty: DirectoryID!) {
        directory(id: $id) { file(path: "d/f") { contents size } }
        empty: directory(id: $empty) { entries }
        container { withFS(id: $id) { fs { entries } }
          withMountedDirectory(path: "/m", source: $empty) { mounts }
          withDirectory(path: "/sub", directory: $id) { rootfs { entries(path: "sub") } } } }`,
      { id, empty: '' },
    );
    expect(used.errors).toEqual([]);
    expect(used.data).toEqual({
      directory: { file: { contents: 'c', size: 1 } },
      empty: { entries: [] },
      container: {
        withFS: { fs: { entries: ['d'] } },
        withMountedDirectory: { mounts: ['/m'] },
        withDirectory: { rootfs: { entries: ['d'] } },
      },
    });
  });

  test('replaced variables move to the end', async () => {
    await using engine = await stubEngine(echo);
    const { data } = await asker(
      engine,
      options,
    )(`{ container {
      withEnvVariable(name: "A", value: "1") { withEnvVariable(name: "B", value: "2") {
      withEnvVariable(name: "A", value: "3") { envVariables { name value } } } } } }`);
    expect(JSON.stringify(data)).toContain('[{"name":"B","value":"2"},{"name":"A","value":"3"}]');
  });

  test('of two variants of a platform the last is published', async () => {
    await using engine = await stubEngine(echo);
    const ids = await Promise.all(
      ['1', '2'].map((value) => engine.container().from('base').withLabel('n', value).id()),
    );
    const { data, errors } = await asker(engine, options)(
      `query ($ids: [ContainerID!]) { container {
        publish(address: "registry.test/last:1", platformVariants: $ids) } }`,
      { ids },
    );
    expect(errors).toEqual([]);
    const { publish } = (data as { container: { publish: string } }).container;
    expect(await engine.container().from(publish).label('n')).toBe('2');
  });

  const cases: readonly [string, string][] = [
    ['{ container { stdout } }', 'no command has been executed'],
    [
      '{ container { from(address: "base") { withUser(name: "x") { imageRef } } } }',
      'Image reference',
    ],
    ['{ container(id: "a", platform: "linux/arm64") { id } }', 'cannot specify both existing'],
    ['{ project(name: "p") { name } }', 'Query.project is not served'],
    ['{ container { publish(address: "registry.test/none") } }', 'no containers to export'],
  ];
  for (const [query, message] of cases) {
    test(message, async () => {
      await using engine = await stubEngine(echo);
      const { errors } = await asker(engine, options)(query);
      expect(errors.map((error) => error.message).join()).toContain(message);
    });
  }

  test('failed commands show what they printed', async () => {
    await using engine = await stubEngine(() => ({ exitCode: 1, stdout: 'o\n', stderr: 'e\n' }));
    const { errors } = await asker(
      engine,
      options,
    )('{ container { from(address: "base") { exec(args: ["f"]) { exitCode } } } }');
    expect(errors[0]?.message).toBe(
      'process "/entry f" did not complete successfully: exit code: 1\nStdout:\no\nStderr:\ne',
    );
  });

  test('what only this generation has is found without being asked for', async () => {
    await using engine = await stubEngine(echo);
    const ask = asker(engine);
    const { data } = await ask(
      '{ container { from(address: "base") { exec(args: ["x"]) { stdout } } } }',
    );
    expect(JSON.stringify(data)).toContain('/entry x');
    expect((await ask('{ neither }')).errors[0]?.message).toContain('Cannot query field');
  });

  test('full introspection', async () => {
    await using engine = await stubEngine(echo);
    const { data } = await asker(engine, options)(getIntrospectionQuery());
    const { types } = (data as { __schema: { types: { name: string }[] } }).__schema;
    const names = types.map(({ name }) => name).filter((name) => !name.startsWith('__'));
    expect(names).toEqual(expect.arrayContaining(['HostVariable', 'CacheID', 'PipelineLabel']));
    expect(names).not.toContain('LLM');
  });
});
