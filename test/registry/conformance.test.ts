/**
 * The categories of the OCI distribution conformance suite (pull, push, content discovery, content
 * management) as cases against our handler. The suite itself (a Go program) passes too, but for
 * sha512 digests, which are not served.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { DirectoryStore } from '../../src/host/node/store.ts';
import { mediaType } from '../../src/image/media_types.ts';
import { createRegistry, type Handler } from '../../src/image/registry/server.ts';
import { uploadsMax } from '../../src/image/registry/server_parts.ts';
import { digestOf } from '../../src/store/hash.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { noise } from './setup.ts';

let handler: Handler;
const name = 'team/project';
const origin = 'http://registry.test';

interface Init {
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
}

const call = (method: string, path: string, init: Init = {}): Promise<Response> =>
  handler(new Request(path.startsWith('http') ? path : origin + path, { method, ...init }));
const encode = (value: unknown): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify(value));
const digest = (bytes: Uint8Array) => digestOf(nodeHasher, bytes);
const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { errors: { code: string }[] }).errors[0]?.code ?? '';
const none = `sha256:${'0'.repeat(64)}`;

const config = encode({
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [] },
});
const layer = noise(64);

async function putBlob(bytes: Uint8Array<ArrayBuffer>, repository = name): Promise<Response> {
  const start = await call('POST', `/v2/${repository}/blobs/uploads/`);
  return call('PUT', `${start.headers.get('location')}?digest=${await digest(bytes)}`, {
    body: bytes,
    headers: { 'content-type': 'application/octet-stream' },
  });
}

async function manifestBytes(more: object = {}): Promise<Uint8Array<ArrayBuffer>> {
  return encode({
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: { mediaType: mediaType.config, digest: await digest(config), size: config.length },
    layers: [{ mediaType: mediaType.layerGzip, digest: await digest(layer), size: layer.length }],
    ...more,
  });
}

const putManifest = (
  reference: string,
  body: Uint8Array<ArrayBuffer>,
  type: string = mediaType.manifest,
) => call('PUT', `/v2/${name}/manifests/${reference}`, { body, headers: { 'content-type': type } });

const directory = mkdtempSync(join(tmpdir(), 'stiletto-conformance-'));
afterAll(() => rmSync(directory, { recursive: true }));
let count = 0;

describe.each([
  ['in memory', () => new MemoryStore(nodeHasher)],
  ['on disk', () => new DirectoryStore(join(directory, String(count++)), nodeHasher)],
])('%s', (_store, make) => {
  beforeEach(async () => {
    handler = createRegistry({ store: make(), hasher: nodeHasher });
    expect((await putBlob(config)).status).toBe(201);
    expect((await putBlob(layer)).status).toBe(201);
  });

  describe('pull', () => {
    test.each(['HEAD', 'GET'])('%s of a blob that is not there: 404', async (method) => {
      const response = await call(method, `/v2/${name}/blobs/${none}`);
      expect(response.status).toBe(404);
      expect(await codeOf(response)).toBe('BLOB_UNKNOWN');
    });

    test('HEAD and GET of a blob', async () => {
      const path = `/v2/${name}/blobs/${await digest(layer)}`;
      const head = await call('HEAD', path);
      expect([head.status, head.headers.get('content-length')]).toEqual([200, '64']);
      expect(head.headers.get('docker-content-digest')).toBe(await digest(layer));
      const get = await call('GET', path);
      expect(new Uint8Array(await get.arrayBuffer())).toEqual(layer);
    });

    test.each([
      ['bytes=0-9', 206, 'bytes 0-9/64', 10],
      ['bytes=60-', 206, 'bytes 60-63/64', 4],
      ['bytes=60-1000', 206, 'bytes 60-63/64', 4],
      ['bytes=-8', 206, 'bytes 56-63/64', 8],
      ['bytes=64-', 416, 'bytes */64', undefined],
      ['bytes=9-3', 416, 'bytes */64', undefined],
    ])('a blob with Range: %s', async (range, status, contentRange, length) => {
      const path = `/v2/${name}/blobs/${await digest(layer)}`;
      const response = await call('GET', path, { headers: { range } });
      expect([response.status, response.headers.get('content-range')]).toEqual([
        status,
        contentRange,
      ]);
      if (length !== undefined) expect((await response.arrayBuffer()).byteLength).toBe(length);
    });

    test.each([
      ['HEAD', '.INVALID_MANIFEST_NAME'],
      ['GET', '.INVALID_MANIFEST_NAME'],
      ['HEAD', none],
      ['GET', 'nope'],
    ])('%s of manifest %s: 404', async (method, reference) => {
      expect((await call(method, `/v2/${name}/manifests/${reference}`)).status).toBe(404);
    });

    test('HEAD and GET of a manifest, by tag and by digest', async () => {
      const bytes = await manifestBytes();
      expect((await putManifest('v1', bytes)).status).toBe(201);
      for (const reference of ['v1', await digest(bytes)]) {
        const head = await call('HEAD', `/v2/${name}/manifests/${reference}`);
        expect(head.status).toBe(200);
        expect(head.headers.get('content-length')).toBe(String(bytes.length));
        expect(head.headers.get('docker-content-digest')).toBe(await digest(bytes));
        const get = await call('GET', `/v2/${name}/manifests/${reference}`);
        expect(get.headers.get('content-type')).toBe(mediaType.manifest);
        expect(new Uint8Array(await get.arrayBuffer())).toEqual(bytes);
      }
    });
  });

  describe('push', () => {
    test('a blob in one piece, PATCH then PUT', async () => {
      const bytes = noise(100, 7);
      const start = await call('POST', `/v2/${name}/blobs/uploads/`);
      expect(start.status).toBe(202);
      const patched = await call('PATCH', start.headers.get('location')!, { body: bytes });
      expect(patched.status).toBe(202);
      const end = await call(
        'PUT',
        `${patched.headers.get('location')}?digest=${await digest(bytes)}`,
      );
      expect(end.status).toBe(201);
      expect((await call('GET', end.headers.get('location')!)).status).toBe(200);
    });

    test('a blob in a single POST', async () => {
      const bytes = noise(100, 8);
      const path = `/v2/${name}/blobs/uploads/?digest=${await digest(bytes)}`;
      const response = await call('POST', path, { body: bytes });
      expect(response.status).toBe(201);
      expect((await call('GET', response.headers.get('location')!)).status).toBe(200);
    });

    test('an empty blob', async () => {
      expect((await putBlob(new Uint8Array(0))).status).toBe(201);
    });

    test('chunks: order is checked, the state can be asked for', async () => {
      const bytes = noise(90, 9);
      const start = await call('POST', `/v2/${name}/blobs/uploads/`);
      let location = start.headers.get('location')!;
      const chunk = (from: number, to: number): Promise<Response> =>
        call('PATCH', location, {
          body: bytes.slice(from, to),
          headers: { 'content-range': `${from}-${to - 1}` },
        });
      expect((await chunk(30, 60)).status).toBe(416);
      const first = await chunk(0, 30);
      expect([first.status, first.headers.get('range')]).toEqual([202, '0-29']);
      location = first.headers.get('location')!;
      expect((await chunk(0, 30)).status).toBe(416);
      const state = await call('GET', location);
      expect([state.status, state.headers.get('range')]).toEqual([204, '0-29']);
      expect((await chunk(30, 60)).headers.get('range')).toBe('0-59');
      const end = await call('PUT', `${location}?digest=${await digest(bytes)}`, {
        body: bytes.slice(60),
        headers: { 'content-range': '60-89' },
      });
      expect(end.status).toBe(201);
      const get = await call('GET', `/v2/${name}/blobs/${await digest(bytes)}`);
      expect(new Uint8Array(await get.arrayBuffer())).toEqual(bytes);
    });

    test('a blob with a wrong digest, or one that is none', async () => {
      for (const wrong of [none, 'sha256:1', 'nonsense', '']) {
        const start = await call('POST', `/v2/${name}/blobs/uploads/`);
        const path = `${start.headers.get('location')}?digest=${wrong}`;
        const response = await call('PUT', path, { body: layer });
        expect([response.status, await codeOf(response)]).toEqual([400, 'DIGEST_INVALID']);
      }
    });

    test('mounts: from a repository that has it, else an upload begins', async () => {
      const mount = async (from: string): Promise<Response> =>
        call('POST', `/v2/other/blobs/uploads/?mount=${await digest(layer)}&from=${from}`);
      expect((await mount('third')).status).toBe(202);
      const mounted = await mount(name);
      expect(mounted.status).toBe(201);
      expect((await call('GET', mounted.headers.get('location')!)).status).toBe(200);
      const noSource = await call('POST', `/v2/third/blobs/uploads/?mount=${await digest(layer)}`);
      expect(noSource.status).toBe(202);
    });

    test('manifests: location, tags, no layers, 4 MiB at most', async () => {
      const bytes = await manifestBytes();
      for (let i = 0; i < 4; i++) {
        const response = await putManifest(`test${i}`, bytes);
        expect(response.status).toBe(201);
        expect((await call('GET', response.headers.get('location')!)).status).toBe(200);
      }
      expect((await putManifest('empty', await manifestBytes({ layers: [] }))).status).toBe(201);
      const large = await putManifest('large', new Uint8Array(4_194_305).fill(32));
      expect([large.status, await codeOf(large)]).toEqual([413, 'SIZE_INVALID']);
    });

    test('manifests that cannot be', async () => {
      const bytes = await manifestBytes();
      expect(await codeOf(await putManifest(none, bytes))).toBe('DIGEST_INVALID');
      expect((await putManifest('-bad', bytes)).status).toBe(400);
      const ghost = { mediaType: mediaType.layerGzip, digest: none, size: 1 };
      const missing = await putManifest('ghost', await manifestBytes({ layers: [ghost] }));
      expect([missing.status, await codeOf(missing)]).toEqual([404, 'MANIFEST_BLOB_UNKNOWN']);
      expect(await codeOf(await putManifest('text', new Uint8Array([123])))).toBe(
        'MANIFEST_INVALID',
      );
    });

    test('an index of manifests', async () => {
      const bytes = await manifestBytes();
      await putManifest(await digest(bytes), bytes);
      const entry = {
        mediaType: mediaType.manifest,
        digest: await digest(bytes),
        size: bytes.length,
      };
      const index = encode({ schemaVersion: 2, mediaType: mediaType.index, manifests: [entry] });
      expect((await putManifest('multi', index, mediaType.index)).status).toBe(201);
    });
  });

  describe('content discovery', () => {
    const json = async (path: string): Promise<unknown> => (await call('GET', path)).json();

    test('tags: all, some, from one on', async () => {
      const bytes = await manifestBytes();
      for (const tag of ['test2', 'test0', 'Test9', 'test1', 'test3'])
        await putManifest(tag, bytes);
      const list = `/v2/${name}/tags/list`;
      const all = ['Test9', 'test0', 'test1', 'test2', 'test3'];
      expect(await json(list)).toEqual({ name, tags: all });
      expect(await json(`${list}?n=2`)).toEqual({ name, tags: all.slice(0, 2) });
      expect(await json(`${list}?n=2&last=test0`)).toEqual({ name, tags: ['test1', 'test2'] });
      expect(await json(`${list}?n=0`)).toEqual({ name, tags: [] });
      expect(await json(`${list}?last=zzz`)).toEqual({ name, tags: [] });
      const seen: string[] = [];
      for (let next: string | undefined = `${list}?n=2`; next; ) {
        const response: Response = await call('GET', next);
        seen.push(...((await response.json()) as { tags: string[] }).tags);
        next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
      }
      expect(seen).toEqual(all);
    });

    test('referrers: of nothing, of all, of one type', async () => {
      const subject = { mediaType: mediaType.manifest, digest: none, size: 7 };
      const list = `/v2/${name}/referrers/${none}`;
      expect(await json(list)).toEqual({
        schemaVersion: 2,
        mediaType: mediaType.index,
        manifests: [],
      });
      const one = await manifestBytes({ subject, artifactType: 'a/one', annotations: { k: 'v' } });
      const two = await manifestBytes({ subject });
      const index = encode({
        schemaVersion: 2,
        mediaType: mediaType.index,
        manifests: [],
        subject,
        artifactType: 'a/three',
      });
      for (const [bytes, type] of [
        [one, mediaType.manifest],
        [two, mediaType.manifest],
        [index, mediaType.index],
      ] as const) {
        // The subject need not be there.
        const response = await putManifest(await digest(bytes), bytes, type);
        expect([response.status, response.headers.get('oci-subject')]).toEqual([201, none]);
      }
      const response = await call('GET', list);
      expect(response.headers.get('content-type')).toBe(mediaType.index);
      const { manifests } = (await response.json()) as { manifests: { artifactType: string }[] };
      expect(manifests.map((entry) => entry.artifactType).sort()).toEqual([
        'a/one',
        'a/three',
        mediaType.config,
      ]);
      const filtered = await call('GET', `${list}?artifactType=a/one`);
      expect(filtered.headers.get('oci-filters-applied')).toBe('artifactType');
      expect(await filtered.json()).toMatchObject({
        manifests: [
          {
            artifactType: 'a/one',
            digest: await digest(one),
            size: one.length,
            annotations: { k: 'v' },
          },
        ],
      });
      expect((await call('GET', `/v2/${name}/referrers/nonsense`)).status).toBe(400);
      await call('DELETE', `/v2/${name}/manifests/${await digest(one)}`);
      expect(await json(`${list}?artifactType=a/one`)).toMatchObject({ manifests: [] });
    });
  });

  describe('content management', () => {
    test('a tag goes, its manifest stays', async () => {
      const bytes = await manifestBytes();
      await putManifest('v1', bytes);
      expect((await call('DELETE', `/v2/${name}/manifests/v1`)).status).toBe(202);
      expect((await call('GET', `/v2/${name}/manifests/v1`)).status).toBe(404);
      expect((await call('GET', `/v2/${name}/manifests/${await digest(bytes)}`)).status).toBe(200);
    });

    test('a manifest goes, and its tags with it', async () => {
      const bytes = await manifestBytes();
      await putManifest('v1', bytes);
      await putManifest('v2', await manifestBytes({ layers: [] }));
      const path = `/v2/${name}/manifests/${await digest(bytes)}`;
      expect((await call('DELETE', path)).status).toBe(202);
      expect((await call('GET', path)).status).toBe(404);
      expect((await call('DELETE', path)).status).toBe(404);
      expect((await call('GET', `/v2/${name}/manifests/v1`)).status).toBe(404);
      expect(await (await call('GET', `/v2/${name}/tags/list`)).json()).toEqual({
        name,
        tags: ['v2'],
      });
    });

    test('a blob goes', async () => {
      const path = `/v2/${name}/blobs/${await digest(layer)}`;
      expect((await call('DELETE', path)).status).toBe(202);
      expect((await call('GET', path)).status).toBe(404);
      expect((await call('DELETE', path)).status).toBe(404);
    });
  });
});

test('uploads that nobody finishes make room for new ones', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'stiletto-uploads-'));
  const store = new DirectoryStore(directory, nodeHasher);
  handler = createRegistry({ store, hasher: nodeHasher });
  const begin = async (): Promise<string> => {
    const response = await call('POST', `/v2/${name}/blobs/uploads/`);
    expect(response.status).toBe(202);
    return response.headers.get('location') ?? '';
  };
  try {
    const [used, idle] = [await begin(), await begin()];
    for (let i = 2; i < uploadsMax; i++) await begin();
    // What is worked on stays; what was left alone for longest goes.
    expect((await call('PATCH', used, { body: layer })).status).toBe(202);
    await begin();
    expect(await codeOf(await call('GET', idle))).toBe('BLOB_UPLOAD_UNKNOWN');
    expect((await call('PUT', `${used}?digest=${await digest(layer)}`)).status).toBe(201);
    expect(await store.get(await digest(layer))).toEqual(layer);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('pages of other origins may use it where that is wanted', async () => {
  handler = createRegistry({ store: new MemoryStore(nodeHasher), hasher: nodeHasher, cors: true });
  const asked = await call('OPTIONS', `/v2/${name}/blobs/uploads/`, {
    headers: { origin: 'https://page.test', 'access-control-request-method': 'POST' },
  });
  expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
  const start = await call('POST', `/v2/${name}/blobs/uploads/`);
  expect(start.headers.get('access-control-expose-headers')).toContain('location');
});
