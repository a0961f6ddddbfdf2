import { describe, expect, test } from 'vitest';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { serveOnLoopback } from '../../src/host/node/serve.ts';
import { parsePlatform } from '../../src/image/platform.ts';
import { parseReference } from '../../src/image/reference.ts';
import { basicAccess, tokenAccess } from '../../src/image/registry/access.ts';
import { RegistryClient, type RegistryClientOptions } from '../../src/image/registry/client.ts';
import { createRegistry, type Handler, routeFetch } from '../../src/image/registry/server.ts';
import type { Progress } from '../../src/image/types.ts';
import { readText } from '../../src/rootfs/content.ts';
import { fileAt } from '../../src/rootfs/tree.ts';
import { digestOf } from '../../src/store/hash.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { makeImages, platformImage } from './samples.ts';

const host = 'registry.test';
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

interface Setup {
  readonly handler: Handler;
  readonly images: ReturnType<typeof makeImages>;
  readonly waits: number[];
  /** Method, path and status of every exchange. */
  readonly log: string[];
}

function setUp(
  options: {
    handler?: Handler;
    client?: Partial<RegistryClientOptions>;
    wrap?: (handler: Handler) => Handler;
  } = {},
): Setup {
  const handler =
    options.handler ?? createRegistry({ store: new MemoryStore(nodeHasher), hasher: nodeHasher });
  const served = options.wrap?.(handler) ?? handler;
  const waits: number[] = [];
  const log: string[] = [];
  const logged: Handler = async (request) => {
    const { pathname } = new URL(request.url);
    const response = await served(request);
    log.push(`${request.method} ${pathname.replace(/sha256:[0-9a-f]+/, 'D')} ${response.status}`);
    return response;
  };
  const registry = new RegistryClient({
    hasher: nodeHasher,
    fetch: routeFetch({ [host]: logged }, () => Promise.reject(new Error('ENOTFOUND'))),
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    ...options.client,
  });
  return { handler, waits, log, images: makeImages({ registry, inProcess: [host] }) };
}

async function publishTwo({ images }: Setup, name = `${host}/demo:1`): Promise<string> {
  const index = await images.index([
    await platformImage(images, 'linux/amd64'),
    await platformImage(images, 'linux/s390x'),
  ]);
  return images.publish(name, index);
}

describe('publishing and pulling', () => {
  test('an index comes back as it was', async () => {
    const setup = setUp();
    const published = await publishTwo(setup);
    expect(published).toBe(`${host}/demo:1@sha256:${published.slice(-64)}`);
    const { images } = setUp({ handler: setup.handler });
    for (const name of [`${host}/demo:1`, published, `${host}/demo@${published.slice(-71)}`]) {
      const found = await images.resolve(name);
      expect(found.origin).toBe('registry');
      const image = await images.select(found, parsePlatform('linux/s390x'));
      const tree = await images.rootfs(image);
      expect(await readText(fileAt(tree, '/platform'))).toBe('linux/s390x');
    }
    expect(await images.list()).toEqual([]);
  });

  test('the order of uploads, and nothing twice', async () => {
    const setup = setUp();
    await publishTwo(setup);
    const of = (pattern: RegExp): string[] => setup.log.filter((line) => pattern.test(line));
    expect(of(/^HEAD .*\/blobs\/D 404$/)).toHaveLength(4);
    expect(of(/^POST .*\/blobs\/uploads\/ 202$/)).toHaveLength(4);
    expect(of(/^PUT .*\/blobs\/uploads\/[0-9]+ 201$/)).toHaveLength(4);
    // All blobs are there before the first document that names them, the tag comes last.
    expect(setup.log.slice(12)).toEqual([
      'HEAD /v2/demo/manifests/D 404',
      'PUT /v2/demo/manifests/D 201',
      'HEAD /v2/demo/manifests/D 404',
      'PUT /v2/demo/manifests/D 201',
      'PUT /v2/demo/manifests/1 201',
    ]);
    setup.log.length = 0;
    await publishTwo(setup, `${host}/demo:2`);
    expect(setup.log.filter((line) => line.startsWith('POST'))).toEqual([]);
  });

  test('moving a tag is seen', async () => {
    const setup = setUp();
    const { images } = setup;
    const one = await platformImage(images, 'linux/amd64');
    const two = await platformImage(images, 'linux/arm64');
    await images.publish(`${host}/demo`, one.descriptor);
    expect((await images.resolve(`${host}/demo`)).descriptor.digest).toBe(one.descriptor.digest);
    await images.publish(`${host}/demo`, two.descriptor);
    expect((await images.resolve(`${host}/demo`)).descriptor.digest).toBe(two.descriptor.digest);
  });

  test('progress is reported', async () => {
    const events: Progress[] = [];
    const setup = setUp({ client: { progress: (event) => events.push(event) } });
    await publishTwo(setup);
    const uploads = events.filter(({ kind, finished }) => kind === 'upload' && finished);
    expect(uploads.length).toBe(7);
    expect(uploads.every(({ done, total }) => done === total)).toBe(true);
  });

  test('over HTTP on loopback', async () => {
    const setup = setUp();
    const server = await serveOnLoopback(setup.handler);
    try {
      const client = { fetch: (request: Request) => fetch(request) };
      const published = await publishTwo(setUp({ client }), `${server.host}/demo:1`);
      const { images } = setUp({ client });
      const found = await images.resolve(published);
      const image = await images.select(found, parsePlatform('linux/amd64'));
      expect(await readText(fileAt(await images.rootfs(image), '/platform'))).toBe('linux/amd64');
    } finally {
      await server.close();
    }
  });
});

describe('authentication', () => {
  const credentials = (): Promise<{ username: string; password: string }> =>
    Promise.resolve({ username: 'alice', password: 'pä:ss' });
  const passwords = { alice: 'pä:ss' };
  const registryWith = (access: ReturnType<typeof basicAccess>): Handler =>
    createRegistry({ store: new MemoryStore(nodeHasher), hasher: nodeHasher, access });

  test.each([
    ['basic', basicAccess(passwords)],
    ['token', tokenAccess(passwords, false)],
  ])('%s: refused without, accepted with credentials', async (_, access) => {
    const handler = registryWith(access);
    await expect(publishTwo(setUp({ handler }))).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringContaining(host),
    });
    const wrong = { credentials: () => Promise.resolve({ username: 'alice', password: 'x' }) };
    await expect(publishTwo(setUp({ handler, client: wrong }))).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
    });
    await publishTwo(setUp({ handler, client: { credentials } }));
    const { images } = setUp({ handler, client: { credentials } });
    expect((await images.resolve(`${host}/demo:1`)).origin).toBe('registry');
  });

  test('anonymous tokens may pull, not push', async () => {
    const handler = registryWith(tokenAccess(passwords, true));
    await publishTwo(setUp({ handler, client: { credentials } }));
    const anonymous = setUp({ handler });
    expect((await anonymous.images.resolve(`${host}/demo:1`)).origin).toBe('registry');
    await expect(publishTwo(anonymous)).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
    expect(anonymous.log.filter((line) => line.startsWith('GET /token'))).toHaveLength(2);
  });
});

describe('trouble', () => {
  test('a registry that is down is named, and not asked again', async () => {
    const { images } = setUp();
    const failure = {
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('down.test'),
    };
    await expect(images.resolve('down.test/x')).rejects.toMatchObject(failure);
    await expect(images.resolve('down.test/y')).rejects.toMatchObject(failure);
  });

  test('a closed port on loopback', async () => {
    const server = await serveOnLoopback(setUp().handler);
    await server.close();
    const { images } = setUp({ client: { fetch: (request) => fetch(request) } });
    await expect(images.resolve(`${server.host}/x`)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringMatching(/ECONNREFUSED/),
    });
  });

  test('429 and 5xx are tried again, with growing pauses', async () => {
    let failures = 3;
    const wrap =
      (handler: Handler): Handler =>
      (request) => {
        failures--;
        if (failures === 2) {
          return Promise.resolve(
            new Response('', { status: 429, headers: { 'retry-after': '7' } }),
          );
        }
        return failures >= 0
          ? Promise.resolve(new Response('', { status: 503 }))
          : handler(request);
      };
    const setup = setUp({ wrap });
    await expect(setup.images.resolve(`${host}/none`)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
    expect(setup.waits).toEqual([7000, 500, 1000]);
  });

  test('a registry that stays broken', async () => {
    const setup = setUp({ wrap: () => () => Promise.resolve(new Response('', { status: 502 })) });
    await expect(setup.images.resolve(`${host}/x`)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('502'),
    });
    expect(setup.waits).toHaveLength(4);
  });

  test('an image that does not exist', async () => {
    await expect(setUp().images.resolve(`${host}/nope:1`)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringContaining(`${host}/nope:1`),
    });
  });

  test('bytes that were changed on the way', async () => {
    const first = setUp();
    await publishTwo(first);
    const tamper =
      (part: string) =>
      (handler: Handler): Handler =>
      async (request) => {
        const response = await handler(request);
        if (request.method !== 'GET' || !request.url.includes(part)) return response;
        const body = new Uint8Array(await response.arrayBuffer());
        body[5] = (body[5] ?? 0) ^ 1;
        return new Response(body, { headers: response.headers });
      };
    const manifest = setUp({ handler: first.handler, wrap: tamper('/manifests/') });
    await expect(manifest.images.resolve(`${host}/demo:1`)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
    const blob = setUp({ handler: first.handler, wrap: tamper('/blobs/') });
    const found = await blob.images.resolve(`${host}/demo:1`);
    await expect(blob.images.select(found, parsePlatform('linux/amd64'))).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      message: expect.stringMatching(/sha256:[0-9a-f]{64}/),
    });
  });

  test('a blob that never ends', async () => {
    const first = setUp();
    await publishTwo(first);
    const wrap =
      (handler: Handler): Handler =>
      async (request) => {
        if (!request.url.includes('/blobs/')) return handler(request);
        const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void =>
          controller.enqueue(new Uint8Array(1000));
        return new Response(new ReadableStream({ pull }));
      };
    const { images } = setUp({ handler: first.handler, wrap });
    const found = await images.resolve(`${host}/demo:1`);
    await expect(images.select(found, parsePlatform('linux/amd64'))).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      message: expect.stringContaining('is longer than'),
    });
  });

  test('plain HTTP only on loopback', async () => {
    const asked: string[] = [];
    const client = new RegistryClient({
      hasher: nodeHasher,
      fetch: (request) => {
        asked.push(new URL(request.url).origin);
        return Promise.resolve(new Response('', { status: 404 }));
      },
      sleep: () => Promise.resolve(),
    });
    for (const name of [
      'localhost:5000/a',
      '127.0.0.1/a',
      '[::1]:1/a',
      'a.test/a',
      '127.0.0.1.a.test/a',
      'busybox',
    ]) {
      await client.resolve(parseReference(name)).catch(() => undefined);
    }
    expect(asked).toEqual([
      'http://localhost:5000',
      'http://127.0.0.1',
      'http://[::1]:1',
      'https://a.test',
      'https://127.0.0.1.a.test',
      'https://index.docker.io',
    ]);
  });
});

describe('the distribution API', () => {
  const { handler } = setUp();
  const call = async (
    method: string,
    path: string,
    init: { body?: Uint8Array<ArrayBuffer>; headers?: Record<string, string> } = {},
  ): Promise<Response> => handler(new Request(`http://${host}${path}`, { method, ...init }));
  const text = bytes('hello registry');
  const digest = digestOf(nodeHasher, text);

  test('version check', async () => {
    const response = await call('GET', '/v2/');
    expect(response.status).toBe(200);
    expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    expect((await call('GET', '/v1/')).status).toBe(404);
    expect((await call('PATCH', '/v2/')).status).toBe(405);
  });

  test('chunked upload, ranges, mounts, deletion', async () => {
    const start = await call('POST', '/v2/a/b/blobs/uploads/');
    const location = start.headers.get('location')!;
    const chunk = (from: number, to: number): Promise<Response> =>
      call('PATCH', location, {
        body: text.slice(from, to),
        headers: { 'content-range': `${from}-${to - 1}` },
      });
    expect((await chunk(0, 5)).headers.get('range')).toBe('0-4');
    expect((await chunk(7, 9)).status).toBe(416);
    expect((await call('GET', location)).headers.get('range')).toBe('0-4');
    expect((await chunk(5, 9)).status).toBe(202);
    const finish = `${location}?digest=${await digest}`;
    const last = await call('PUT', finish, { body: text.slice(9) });
    expect([last.status, last.headers.get('docker-content-digest')]).toEqual([201, await digest]);
    expect((await call('PUT', finish)).status).toBe(404);
    const blob = `/v2/a/b/blobs/${await digest}`;
    const part = await call('GET', blob, { headers: { range: 'bytes=6-10' } });
    expect([part.status, await part.text()]).toEqual([206, 'regis']);
    expect(part.headers.get('content-range')).toBe('bytes 6-10/14');
    const suffix = await call('GET', blob, { headers: { range: 'bytes=-3' } });
    expect(await suffix.text()).toBe('try');
    expect((await call('GET', blob, { headers: { range: 'bytes=99-' } })).status).toBe(416);
    const head = await call('HEAD', blob);
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['14', '']);
    expect((await call('HEAD', `/v2/other/blobs/${await digest}`)).status).toBe(404);
    const mounted = await call('POST', `/v2/other/blobs/uploads/?mount=${await digest}&from=a/b`);
    expect(mounted.status).toBe(201);
    expect((await call('HEAD', `/v2/other/blobs/${await digest}`)).status).toBe(200);
    expect((await call('DELETE', blob)).status).toBe(202);
    expect((await call('HEAD', blob)).status).toBe(404);
  });

  test('monolithic upload, wrong digest, cancelled upload', async () => {
    const path = `/v2/m/blobs/uploads/?digest=${await digest}`;
    expect((await call('POST', path, { body: text })).status).toBe(201);
    const wrong = await call('POST', path, { body: bytes('other') });
    expect([wrong.status, await wrong.json()]).toMatchObject([
      400,
      { errors: [{ code: 'DIGEST_INVALID' }] },
    ]);
    const location = (await call('POST', '/v2/m/blobs/uploads/')).headers.get('location')!;
    expect((await call('DELETE', location)).status).toBe(204);
    expect((await call('GET', location)).status).toBe(404);
  });

  test('manifests must be whole', async () => {
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const put = (body: unknown, headers = { 'content-type': type }): Promise<Response> =>
      call('PUT', '/v2/m/manifests/t', { body: bytes(JSON.stringify(body)), headers });
    const config = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: `sha256:${'0'.repeat(64)}`,
      size: 1,
    };
    const missing = await put({ schemaVersion: 2, mediaType: type, config, layers: [] });
    expect(await missing.json()).toMatchObject({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] });
    expect(await (await put({})).json()).toMatchObject({ errors: [{ code: 'MANIFEST_INVALID' }] });
    expect((await put({}, { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await call('GET', '/v2/m/manifests/t')).status).toBe(404);
  });

  test('tags and catalogue, in pages', async () => {
    const setup = setUp();
    const image = await platformImage(setup.images, 'linux/amd64');
    for (const name of ['b/x:2', 'b/x:1', 'a:3', 'b/x:10']) {
      await setup.images.publish(`${host}/${name}`, image.descriptor);
    }
    const get = async (path: string): Promise<[unknown, string | null]> => {
      const response = await setup.handler(new Request(`http://${host}${path}`));
      return [await response.json(), response.headers.get('link')];
    };
    expect(await get('/v2/_catalog')).toEqual([{ repositories: ['a', 'b/x'] }, null]);
    expect(await get('/v2/b/x/tags/list')).toEqual([{ name: 'b/x', tags: ['1', '10', '2'] }, null]);
    const [page, link] = await get('/v2/b/x/tags/list?n=2');
    expect([page, link]).toEqual([
      { name: 'b/x', tags: ['1', '10'] },
      '</v2/b/x/tags/list?n=2&last=10>; rel="next"',
    ]);
    expect(await get('/v2/b/x/tags/list?n=2&last=10')).toEqual([
      { name: 'b/x', tags: ['2'] },
      null,
    ]);
    expect(await get('/v2/none/tags/list')).toMatchObject([
      { errors: [{ code: 'NAME_UNKNOWN' }] },
      null,
    ]);
  });
});
