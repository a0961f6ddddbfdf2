import { getIntrospectionQuery } from 'graphql';
import { expect, describe as suite, test } from 'vitest';
import { createEndpoint, equalInConstantTime } from '../../src/api/graphql/http.ts';
import { bodyBytesMax, graphqlDepthMax } from '../../src/api/graphql/limits.ts';
import { stubEngine } from '../api/fixture.ts';
import { asker } from './fixture.ts';

const echo = ({ args }: { args: readonly string[] }) => ({ stdout: `${args.join(' ')}\n` });

suite('current schema', () => {
  test('one nested query a leaf', async () => {
    await using engine = await stubEngine(echo);
    const ask = asker(engine);
    const { data, errors } = await ask(`{
      container (platform: "linux/arm64") { from (address: "base") {
        withExec (args: ["uname","-m"]) { stdout } } } }`);
    expect(errors).toEqual([]);
    expect(data).toEqual({ container: { from: { withExec: { stdout: 'uname -m\n' } } } });
  });

  test('aliases do not see each other', async () => {
    await using engine = await stubEngine(echo);
    const { data } = await asker(engine)(`{ container { from(address: "base") {
      a: withEnvVariable(name: "X", value: "1") { envVariable(name: "X") }
      b: withEnvVariable(name: "X", value: "2") { envVariable(name: "X") }
      envVariable(name: "X") } } }`);
    expect(data).toEqual({
      container: {
        from: { a: { envVariable: '1' }, b: { envVariable: '2' }, envVariable: null },
      },
    });
  });

  test('ids are those of the typed client, and load', async () => {
    await using engine = await stubEngine(echo);
    const ask = asker(engine);
    const { data } = await ask(
      '{ container(platform: "linux/s390x") { withExec(args: ["a"], stdin: "") { id } } }',
    );
    const { id } = (data as { container: { withExec: { id: string } } }).container.withExec;
    expect(id).toBe(await engine.container({ platform: 'linux/s390x' }).withExec(['a']).id());
    const loaded = await ask(
      `query ($id: ContainerID!) {
        loadContainerFromID(id: $id) { stdout }
        node(id: $id) { id ... on Container { platform } } }`,
      { id },
    );
    expect(loaded.data).toEqual({
      loadContainerFromID: { stdout: 'a\n' },
      node: { id, platform: 'linux/s390x' },
    });
  });

  test('ids as arguments, of the right type', async () => {
    await using engine = await stubEngine(echo);
    const ask = asker(engine);
    const file = await engine.file('f', 'text').id();
    const directory = await engine.directory().id();
    const query = `query ($file: ID!) {
      directory { withFile(path: "/x", source: $file) { entries file(path: "x") { contents } } } }`;
    expect((await ask(query, { file })).data).toEqual({
      directory: { withFile: { entries: ['x'], file: { contents: 'text' } } },
    });
    const wrong = await ask(query, { file: directory });
    expect(wrong.errors[0]?.message).toContain('this is the id of a Directory');
    expect((await ask(query, { file: 'nonsense' })).errors[0]?.message).toContain(
      'this is not an id of this engine',
    );
  });

  test('elements of lists have ids that load', async () => {
    await using engine = await stubEngine(echo);
    const ask = asker(engine);
    const { data } = await ask(`{ container { withEnvVariable(name: "A", value: "1") {
      envVariables { id name } } } }`);
    const [first] = (
      data as { container: { withEnvVariable: { envVariables: { id: string; name: string }[] } } }
    ).container.withEnvVariable.envVariables;
    expect(first?.name).toBe('A');
    const loaded = await ask(
      'query ($id: ID!) { node(id: $id) { ... on EnvVariable { name value } } }',
      { id: first?.id },
    );
    expect(loaded.data).toEqual({ node: { name: 'A', value: '1' } });
  });

  test('sync gives an id; a failing command fails it, not the id', async () => {
    await using engine = await stubEngine(() => ({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    }));
    const ask = asker(engine);
    const chain = (leaf: string) =>
      `{ container { from(address: "base") {
        withExec(args: ["sh", "-c", "exit 3"]) { ${leaf} } } } }`;
    expect((await ask(chain('id'))).errors).toEqual([]);
    const { errors } = await ask(chain('sync'));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      message: 'process "sh -c exit 3" did not complete successfully: exit code: 3',
      path: ['container', 'from', 'withExec', 'sync'],
      extensions: {
        _type: 'EXEC_ERROR',
        cmd: ['sh', '-c', 'exit 3'],
        exitCode: 3,
        stdout: 'out',
        stderr: 'err',
      },
    });
  });

  test('publishes variants given by id', async () => {
    await using engine = await stubEngine(echo);
    const ask = asker(engine);
    const ids = await Promise.all(
      ['linux/arm64', 'linux/s390x'].map((platform) =>
        engine.container({ platform }).from('base').id(),
      ),
    );
    const { data } = await ask(
      `query ($ids: [ID!]) { container { publish(
        address: "registry.test/app:1", platformVariants: $ids, mediaTypes: OCIMediaTypes) } }`,
      { ids },
    );
    const { publish } = (data as { container: { publish: string } }).container;
    expect(publish).toMatch(/^registry\.test\/app:1@sha256:[0-9a-f]{64}$/);
  });

  test('objects that are nothing but fields; objects of other types', async () => {
    await using engine = await stubEngine(echo);
    const ask = asker(engine);
    const empty = await engine.directory().id();
    const { data, errors } = await ask(
      `query ($empty: DirectoryID!) { directory { withNewFile(path: "f", contents: "abc") {
        stat(path: "f") { name size permissions }
        changes(from: $empty) { addedPaths isEmpty after { entries } } } }
        container { withExposedPort(port: 80) { exposedPorts { port protocol } }
          withLabel(name: "a", value: "b") { labels { name value } } } }`,
      { empty },
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      directory: {
        withNewFile: {
          stat: { name: 'f', size: 3, permissions: 0o644 },
          changes: { addedPaths: ['f'], isEmpty: false, after: { entries: ['f'] } },
        },
      },
      container: {
        withExposedPort: { exposedPorts: [{ port: 80, protocol: 'TCP' }] },
        withLabel: { labels: [{ name: 'a', value: 'b' }] },
      },
    });
  });

  test('a wrong reference fails at from', async () => {
    await using engine = await stubEngine(echo);
    const { errors } = await asker(engine)('{ container { from(address: "No Such") { id } } }');
    expect(errors[0]?.path).toEqual(['container', 'from']);
  });

  test('values of secrets are not in ids', async () => {
    await using engine = await stubEngine(({ env }) => ({ stdout: `${env.join(' ')}\n` }));
    const ask = asker(engine);
    const { data } = await ask(
      '{ setSecret(name: "s", plaintext: "hidden-value") { id name plaintext } }',
    );
    const { id, ...rest } = (data as { setSecret: { id: string } }).setSecret;
    expect(rest).toEqual({ name: 's', plaintext: 'hidden-value' });
    expect(Buffer.from(id, 'base64url').toString()).not.toContain('hidden');
    const used = await ask(
      `query ($id: SecretID!) { container { from(address: "base") {
        withSecretVariable(name: "S", secret: $id) { withExec(args: ["env"]) { stdout } } } } }`,
      { id },
    );
    expect(JSON.stringify(used.data)).toContain('S=***');
  });

  test('what is not served says so', async () => {
    await using engine = await stubEngine(echo);
    const { errors } = await asker(engine)('{ llm { lastReply } }');
    expect(errors[0]?.message).toContain('Query.llm is not served by this engine');
    expect(errors[0]?.path).toEqual(['llm']);
    expect(errors[0]?.message).toContain('the runtimes of modules');
  });

  test('full introspection', async () => {
    await using engine = await stubEngine(echo);
    const { data, errors } = await asker(engine)(getIntrospectionQuery());
    expect(errors).toEqual([]);
    const { types } = (data as { __schema: { types: { name: string }[] } }).__schema;
    const names = types.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['Container', 'LLM', 'Module', 'ContainerID', 'Node', 'Void']),
    );
  });

  test('a platform that is none', async () => {
    await using engine = await stubEngine(echo);
    const { errors } = await asker(engine)('{ container(platform: "windows98") { id } }');
    expect(errors[0]?.message).toContain('"windows98": unknown operating system or architecture');
  });

  test('escapes of Go', async () => {
    await using engine = await stubEngine(echo);
    const { data } = await asker(engine)(
      String.raw`{ file(name: "f", contents: "\x41\a\v\U0001F600\n\"") { contents } }`,
    );
    expect(data).toEqual({ file: { contents: 'A\u0007\u000b😀\n"' } });
  });
});

suite('endpoint', () => {
  test('asks for the token', async () => {
    await using engine = await stubEngine(echo);
    const ask = asker(engine, { token: 'secret' });
    const basic = (text: string) => ({ authorization: `Basic ${btoa(text)}` });
    const { status, data } = await ask('{ version }', undefined, basic('secret:'));
    expect([status, Object.keys(data as object)]).toEqual([200, ['version']]);
    const handler = createEndpoint(engine, { token: 'secret' });
    for (const headers of [{}, basic('other:'), basic('secret:x'), basic('secre:')]) {
      const response = await handler(
        new Request('http://x/query', { method: 'POST', body: '{}', headers }),
      );
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
      expect(await response.text()).toBe('');
    }
    expect(equalInConstantTime('a', 'a')).toBe(true);
    expect(equalInConstantTime('ab', 'a')).toBe(false);
  });

  test('other ways to send a query', async () => {
    await using engine = await stubEngine(echo);
    const handler = createEndpoint(engine);
    const sent = async (url: string, init: RequestInit) => {
      const response = await handler(new Request(url, init));
      expect(response.headers.get('content-type')).toBe('application/json');
      return [response.status, await response.json()];
    };
    const query = '{ defaultPlatform }';
    const good = [200, { data: { defaultPlatform: 'linux/amd64' } }];
    const method = 'POST';
    const url = 'http://x/query';
    expect(await sent(`${url}?query=${encodeURIComponent(query)}`, {})).toEqual(good);
    const body = new URLSearchParams({ query });
    expect(await sent(url, { method, body })).toEqual(good);
    const headers = { 'content-type': 'application/graphql' };
    expect(await sent(url, { method, body: query, headers })).toEqual(good);
    for (const wrong of ['', '{', '[]', '{"query":1}', '{"query":"{version}","variables":3}']) {
      expect((await sent(url, { method, body: wrong }))[0]).toBe(400);
    }
    expect((await sent('http://x/other', { method, body: '{}' }))[0]).toBe(404);
    expect((await sent(url, { method, body: ' '.repeat(bodyBytesMax + 1) }))[0]).toBe(413);
  });

  test('chains of a thousand steps, and a limit of depth', async () => {
    await using engine = await stubEngine(echo);
    const ask = asker(engine);
    const chain = (length: number) =>
      `{ container ${'{ withEnvVariable(name: "N", value: "1") '.repeat(length)}
        { envVariable(name: "N") } ${'}'.repeat(length + 1)}`;
    expect((await ask(chain(1000))).errors).toEqual([]);
    const { errors } = await ask(chain(graphqlDepthMax + 1));
    expect(errors[0]?.message).toContain('graphqlDepthMax');
  });

  test('a request nobody waits for stops its command', async () => {
    const happened = new EventTarget();
    const when = (name: string) =>
      new Promise((resolve) => happened.addEventListener(name, resolve, { once: true }));
    const [started, stopped] = [when('started'), when('stopped')];
    await using engine = await stubEngine(
      ({ cancel }) =>
        new Promise((_, reject) => {
          happened.dispatchEvent(new Event('started'));
          cancel?.addEventListener('abort', () => {
            happened.dispatchEvent(new Event('stopped'));
            reject(new Error('stopped'));
          });
        }),
    );
    const cancel = new AbortController();
    const query = '{ container { from(address: "base") { withExec(args: ["x"]) { stdout } } } }';
    const answer = createEndpoint(engine)(
      new Request('http://x/query', {
        method: 'POST',
        body: JSON.stringify({ query }),
        signal: cancel.signal,
      }),
    );
    await started;
    cancel.abort();
    await stopped;
    expect((await (await answer).json()).errors[0].extensions.code).toBe('CANCELLED');
  });
});
