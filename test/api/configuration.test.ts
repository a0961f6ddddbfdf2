/** `stiletto.config.*`: local things in the place of images, git remotes and web addresses. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ConnectOptions, connect, createStubMachine, hasher, MemoryStore } from 'stiletto';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEndpoint } from '../../src/api/graphql/http.ts';
import { serveOnLoopback } from '../../src/host/node/serve.ts';
import { parseLock } from '../../src/image/lock.ts';
import { createRegistry } from '../../src/image/registry/server.ts';
import { baseArchive } from './fixture.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-config-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

/** A directory with these files. */
function project(files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = join(root, String(count++));
  mkdirSync(directory);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

/** An engine with the configuration of a file; nothing is kept, and execs are not run. */
const engineWith = (config: string, more: ConnectOptions = {}) =>
  connect({
    config,
    store: new MemoryStore(hasher),
    machine: createStubMachine({ answer: () => ({ stdout: 'ran' }) }),
    platform: 'linux/amd64',
    ...more,
  });

/** The program of the guides, unchanged. */
const guide = {
  images: {
    'alpine:3.16': './images/base.tar',
    'golang:*': { rootfs: './golang', config: { Env: ['GOPATH=/go'] } },
    'mcr.microsoft.com/windows/nanoserver:ltsc2022': {
      rootfs: './nanoserver',
      platform: 'windows(10.0.20348.169)/amd64',
    },
    'mcr.microsoft.com/windows/nanoserver:1809': {
      rootfs: './nanoserver',
      platform: 'windows(10.0.17763.6414)/amd64',
    },
    'debian:stable': 'alpine:3.16',
  },
  git: {
    'https://github.com/dagger/dagger.git': './dagger',
    'git@git.example:team/app.git': {
      branches: { main: './app/main', next: './app/next' },
      tags: { 'v1.0': './app/main' },
    },
  },
  http: {
    'https://example.test/motd': './motd',
    'https://example.test/site/': './site',
    'https://example.test/text': { text: 'inline' },
  },
};

const guideFiles = async () => ({
  'images/base.tar': await baseArchive,
  'golang/usr/local/go/VERSION': 'go1.19',
  'nanoserver/Windows/System32/cmd.exe': 'MZ',
  'dagger/main.go': 'package main',
  'dagger/.git/HEAD': 'ref: refs/heads/main',
  'app/main/version': 'one',
  'app/next/version': 'two',
  motd: 'hello',
  'site/a/b.txt': 'below',
});

const jsonProject = async () =>
  project({ ...(await guideFiles()), 'stiletto.config.json': JSON.stringify(guide) });

/** No request may leave the process. */
const outside = vi.spyOn(globalThis, 'fetch');
beforeEach(() => {
  outside.mockImplementation(() => Promise.reject(new Error('the network was asked')));
});
afterEach(() => {
  outside.mockReset();
});
afterAll(() => outside.mockRestore());

describe('images', () => {
  test('archives, root file systems, other references, any tag', async () => {
    const directory = await jsonProject();
    await using engine = await engineWith(join(directory, 'stiletto.config.json'));
    const from = (name: string) => engine.container().from(name);
    expect(await from('alpine:3.16').file('/etc/platform').contents()).toBe('linux/amd64');
    expect(await from('docker.io/library/debian:stable').label('kind')).toBe('base');
    const golang = from('golang:1.19-alpine');
    expect(await golang.file('/usr/local/go/VERSION').contents()).toBe('go1.19');
    expect(await golang.envVariable('GOPATH')).toBe('/go');
    expect(await from('golang').directory('/usr/local').entries()).toEqual(['go/']);
    expect(outside).not.toHaveBeenCalled();
  });

  test('the Windows image of the guide: listed, not run, published as a variant', async () => {
    const directory = await jsonProject();
    const name = 'mcr.microsoft.com/windows/nanoserver:ltsc2022';
    await using engine = await engineWith(join(directory, 'stiletto.config.json'), {
      machine: [],
    });
    const windows = engine.container({ platform: 'windows/amd64' }).from(name);
    expect(await windows.rootfs().entries()).toEqual(['Windows/']);
    await expect(windows.withExec(['cmd.exe']).stdout()).rejects.toMatchObject({
      code: 'PLATFORM_NOT_EXECUTABLE',
      message: expect.stringContaining('windows/amd64'),
    });
    const linux = engine.container({ platform: 'linux/amd64' }).from('alpine:3.16');
    const older = engine
      .container({ platform: 'windows/amd64' })
      .from(name.replace('ltsc2022', '1809'));
    const platformVariants = [linux, windows, older];
    const reference = await engine.container().publish('registry.test/both', { platformVariants });
    const found = await engine.images.resolve(reference);
    const index = JSON.parse(
      new TextDecoder().decode(await found.source.read(found.descriptor)),
    ) as { manifests: { platform: unknown }[] };
    expect(index.manifests.map((one) => one.platform)).toEqual([
      { architecture: 'amd64', os: 'linux' },
      { architecture: 'amd64', os: 'windows', 'os.version': '10.0.20348.169' },
      { architecture: 'amd64', os: 'windows', 'os.version': '10.0.17763.6414' },
    ]);
    const twice = engine
      .container()
      .publish('registry.test/x', { platformVariants: [older, older] });
    await expect(twice).rejects.toThrow('duplicate platform "windows(10.0.17763.6414)/amd64"');
  });

  test('what is not configured fails without asking anybody, and lists what there is', async () => {
    const directory = await jsonProject();
    await using engine = await engineWith(join(directory, 'stiletto.config.json'));
    await expect(engine.container().from('node:20').sync()).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringMatching(
        /node:20 .* available: .*library\/alpine:3\.16, .*library\/golang:\*/s,
      ),
    });
    expect(outside).not.toHaveBeenCalled();
  });

  test('options go before the file, and say which registries may be asked', async () => {
    const directory = await jsonProject();
    const config = join(directory, 'stiletto.config.json');
    const images = { 'alpine:3.16': 'golang:1' };
    await using engine = await engineWith(config, { images, registries: 'first' });
    const alpine = engine.container().from('alpine:3.16');
    expect(await alpine.envVariable('GOPATH')).toBe('/go');
    await expect(engine.container().from('node:20').sync()).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('available: '),
    });
    expect(outside).toHaveBeenCalled();
  });

  test('an override is stronger than what was pulled before', async () => {
    const store = new MemoryStore(hasher);
    const images = { 'tool:1': await baseArchive };
    await using first = await connect({ config: false, store, images, machine: [] });
    await first.images.pull('tool:1');
    const other = project({ 'other/hello': 'hi' });
    await using second = await connect({
      config: false,
      store,
      machine: [],
      images: { 'tool:1': `${other}/other` },
    });
    expect(await second.container().from('tool:1').rootfs().entries()).toEqual(['hello']);
  });
});

describe('git', () => {
  test('directories for remotes, in any spelling of their address', async () => {
    const directory = await jsonProject();
    await using engine = await engineWith(join(directory, 'stiletto.config.json'));
    const commit = '7f48e22af5f48e22af57f48e22af57f48e22af57';
    const dagger = engine.git('https://github.com/dagger/dagger').commit(commit);
    // Git's own files are left out.
    expect(await dagger.tree().entries()).toEqual(['main.go']);
    expect(await dagger.commit()).toBe(commit);
    const app = engine.git('ssh://git@git.example/team/app');
    const version = (ref: ReturnType<typeof app.ref>) => ref.tree().file('version').contents();
    expect(await version(app.branch('next'))).toBe('two');
    expect(await version(app.ref('refs/tags/v1.0'))).toBe('one');
    expect(await version(app.head())).toBe('one');
    expect(await app.branches()).toEqual(['main', 'next']);
    expect(await app.tags()).toEqual(['v1.0']);
    const [main, next, tag] = [app.branch('main'), app.branch('next'), app.tag('v1.0')];
    expect(await main.commit()).toMatch(/^[0-9a-f]{40}$/);
    expect(await main.commit()).toBe(await tag.commit());
    expect(await main.commit()).not.toBe(await next.commit());
    await expect(app.branch('nope').tree().entries()).rejects.toThrow('it has: main, next, v1.0');
    await expect(engine.git('https://git.example/none').tags()).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('configured: git@git.example:team/app.git, https://github'),
    });
    const again = engine.loadGitRefFromID(await main.id());
    expect(await again.ref()).toBe('main');
  });

  test.each([
    [
      'current',
      '{ git(url: "github.com/dagger/dagger") { branch(name: "main") { tree { entries } } } }',
      { git: { branch: { tree: { entries: ['main.go'] } } } },
    ],
    [
      '0.4',
      '{ git(url: "github.com/dagger/dagger") { commit(id: "abc") { tree { file(path: "main.go") { contents } } } } }',
      { git: { commit: { tree: { file: { contents: 'package main' } } } } },
    ],
    [
      'preview',
      '{ core { git(remote: "github.com/dagger/dagger") { file(path: "main.go") } } }',
      { core: { git: { file: 'package main' } } },
    ],
  ])('over GraphQL: %s', async (_, query, data) => {
    const directory = await jsonProject();
    await using engine = await engineWith(join(directory, 'stiletto.config.json'));
    const request = new Request('http://127.0.0.1/query', {
      method: 'POST',
      body: JSON.stringify({ query }),
    });
    expect(await (await createEndpoint(engine)(request)).json()).toEqual({ data });
  });
});

test('web addresses: files, directories, texts', async () => {
  const directory = await jsonProject();
  const config = join(directory, 'stiletto.config.json');
  await using engine = await engineWith(config);
  const get = (path: string) => engine.http(`https://example.test/${path}`).contents();
  expect(await get('motd#top')).toBe('hello');
  expect(await get('site/a/b.txt?version=1')).toBe('below');
  expect(await get('text')).toBe('inline');
  await expect(get('site/../../stiletto.config.json')).rejects.toThrow('is not configured');
  await expect(get('site/%2e%2e%2fmotd')).rejects.toThrow('invalid response status 404');
  await expect(get('nope')).rejects.toThrow('configured: https://example.test/motd, ');
  // What an option can answer is asked last.
  const fetch = () => Promise.resolve(new Response('elsewhere'));
  await using other = await engineWith(config, { fetch });
  expect(await other.http('https://example.test/nope').contents()).toBe('elsewhere');
  expect(await other.http('https://example.test/motd').contents()).toBe('hello');
});

describe('files', () => {
  const names = { 'part.ts': 'export const name = "alpine:3.16"; export type T = string;' };
  const source = `
    import { name, type T } from './part.ts';
    const path: T = './images/base.tar';
    export default { images: { [name]: path } };
  `;

  test.each([
    ['stiletto.config.ts', source],
    ['stiletto.config.js', 'export default { images: { "alpine:3.16": "./images/base.tar" } };'],
  ])('%s', async (name, text) => {
    const directory = project({
      ...(await guideFiles()),
      ...names,
      'package.json': '{"type":"module"}',
      [name]: text,
    });
    await using engine = await engineWith(join(directory, name));
    expect(await engine.container().from('alpine:3.16').label('kind')).toBe('base');
    // What was made of it on the way is gone.
    expect(readdirSync(directory).filter((file) => file.startsWith('.'))).toEqual([]);
  });

  test('the nearest one is found, from the working directory upwards', async () => {
    const directory = await jsonProject();
    mkdirSync(join(directory, 'deep/er'), { recursive: true });
    const before = process.cwd();
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(join(directory, 'deep/er'));
    try {
      await using engine = await connect({ store: new MemoryStore(hasher), machine: [] });
      expect(await engine.container().from('alpine:3.16').label('kind')).toBe('base');
    } finally {
      cwd.mockRestore();
    }
    expect(process.cwd()).toBe(before);
  });

  test.each([
    ['{', 'it is no JSON'],
    ['[]', 'a configuration is an object'],
    ['{"image":{}}', 'there is no setting "image"\nthere are: images, git, http'],
    ['{"images":{"a":7}}', '"images" maps references to'],
    ['{"images":{"a":{"rootfs":"./x","tag":"y"}}}', '"images" maps references to'],
    ['{"git":{"a":{"branch":{}}}}', '"git" maps addresses to'],
    ['{"http":{"a":[]}}', '"http" maps addresses to'],
    ['{"mirrors":{"a":"b"}}', '"mirrors" maps registries to'],
    ['{"registries":"some"}', '"registries" is one of off, near, pinned, first'],
    ['{"lock":{"a":"sha256:1"}}', 'a is not pinned to a sha256 digest'],
    ['{"seed":1.5}', '"seed" is an integer'],
    ['{"rewriteTimestamps":1}', '"rewriteTimestamps" is true or false'],
    ['{"images":{"A":"b"}}', 'must be lowercase'],
  ])('%s is refused', async (text, why) => {
    const directory = project({ 'stiletto.config.json': text });
    await expect(engineWith(join(directory, 'stiletto.config.json'))).rejects.toThrow(why);
  });

  test('what a file does wrong is told with its name', async () => {
    const broken = project({ 'stiletto.config.js': 'export default {', 'package.json': '{}' });
    await expect(engineWith(join(broken, 'stiletto.config.js'))).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: expect.stringContaining(broken),
    });
    await expect(engineWith(join(root, 'nope.json'))).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
    });
    const missing = project({ 'stiletto.config.json': '{"images":{"a":"./nope"}}' });
    await using engine = await engineWith(join(missing, 'stiletto.config.json'));
    await expect(engine.container().from('a').sync()).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
      message: expect.stringMatching(/^the override of docker\.io\/library\/a:latest: .*nope/),
    });
  });
});

describe('lock files', () => {
  async function world() {
    const handler = createRegistry({ store: new MemoryStore(hasher), hasher });
    const names: string[] = [];
    outside.mockImplementation((input) => {
      const request = input as Request;
      names.push(new URL(request.url).pathname);
      return handler(new Request(request.url, request));
    });
    const publish = async (text: string) => {
      await using engine = await connect({
        config: false,
        store: new MemoryStore(hasher),
        machine: [],
      });
      const container = engine.container({ platform: 'linux/amd64' }).withNewFile('/f', text);
      return (await container.publish('far.test/app:1')).split('@')[1]!;
    };
    const directory = project({ 'stiletto.config.json': '{"lock":"./images.lock.json"}' });
    return { publish, names, directory, lock: join(directory, 'images.lock.json') };
  }
  const read = async (directory: string) => {
    await using engine = await engineWith(join(directory, 'stiletto.config.json'));
    return await engine.container().from('far.test/app:1').file('/f').contents();
  };

  test('are written when the engine closes, and hold', async () => {
    vi.stubEnv('CI', '');
    try {
      const { publish, directory, lock, names } = await world();
      const first = await publish('one');
      expect(await read(directory)).toBe('one');
      const text = readFileSync(lock, 'utf8');
      expect([...parseLock(text)]).toEqual([['far.test/app:1', first]]);
      await publish('two');
      names.length = 0;
      expect(await read(directory)).toBe('one');
      expect(names[0]).toBe(`/v2/app/manifests/${first}`);
      expect(readFileSync(lock, 'utf8')).toBe(text);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('are left alone in CI', async () => {
    vi.stubEnv('CI', 'true');
    try {
      const { publish, directory } = await world();
      await publish('one');
      expect(await read(directory)).toBe('one');
      expect(readdirSync(directory)).toEqual(['stiletto.config.json']);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

test('mirrors are asked first', async () => {
  const handler = createRegistry({ store: new MemoryStore(hasher), hasher });
  const server = await serveOnLoopback(handler);
  outside.mockRestore();
  try {
    const config = { config: false, store: new MemoryStore(hasher), machine: [] } as const;
    await using publisher = await connect(config);
    const container = publisher.container({ platform: 'linux/amd64' }).withNewFile('/f', 'copy');
    await container.publish(`${server.host}/hub/library/app:1`);
    const directory = project({
      'stiletto.config.json': JSON.stringify({
        mirrors: { 'docker.io': [`${server.host}/hub`] },
        registries: 'first',
      }),
    });
    await using engine = await engineWith(join(directory, 'stiletto.config.json'));
    expect(await engine.container().from('app:1').file('/f').contents()).toBe('copy');
  } finally {
    await server.close();
  }
});

test('SOURCE_DATE_EPOCH is when images are made, unless an option says otherwise', async () => {
  const created = async (more: ConnectOptions = {}): Promise<string> => {
    await using engine = await connect({
      config: false,
      store: new MemoryStore(hasher),
      machine: [],
      ...more,
    });
    const container = engine.container({ platform: 'linux/amd64' }).withNewFile('/f', 'x');
    const published = await container.publish('registry.test/dated');
    const found = await engine.images.resolve(published);
    const { config } = await engine.images.select(found, { os: 'linux', architecture: 'amd64' });
    return `${config.created} ${config.history?.at(-1)?.created}`;
  };
  try {
    vi.stubEnv('SOURCE_DATE_EPOCH', '1000000000');
    expect(await created()).toBe('2001-09-09T01:46:40Z 2001-09-09T01:46:40Z');
    expect(await created({ epoch: 0 })).toBe('1970-01-01T00:00:00Z 1970-01-01T00:00:00Z');
    vi.stubEnv('SOURCE_DATE_EPOCH', 'yesterday');
    await expect(created()).rejects.toThrow('SOURCE_DATE_EPOCH is no time');
  } finally {
    vi.unstubAllEnvs();
  }
});
