import { describe, expect, test } from 'vitest';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { mediaType } from '../../src/image/media_types.ts';
import { parseReference } from '../../src/image/reference.ts';
import { tokenAccess } from '../../src/image/registry/access.ts';
import type { Fault } from '../../src/image/registry/faults.ts';
import { createRegistry } from '../../src/image/registry/server.ts';
import type { Descriptor, Progress } from '../../src/image/types.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { Blobs, exchange, host, noise } from './setup.ts';

const at = (name: string) => parseReference(`${host}/${name}`);
const chunkBytes = 1000;

async function sample(
  pieceBytes?: number,
): Promise<{ blobs: Blobs; layer: Descriptor; root: Descriptor }> {
  const blobs = new Blobs(pieceBytes);
  const layer = await blobs.add(noise(4500), mediaType.layerGzip);
  return { blobs, layer, root: await blobs.addManifest([layer]) };
}

async function pulls(handler: Parameters<typeof exchange>[2], layer: Descriptor): Promise<void> {
  const { client } = exchange([], {}, handler);
  const { source } = await client.resolve(at('app:1'));
  expect(await source.read(layer)).toEqual(noise(4500));
}

describe('uploads', () => {
  test.each([undefined, 1, 7, 999, 1000, 1001, 4500])(
    'in chunks, from pieces of %s bytes',
    async (pieceBytes) => {
      const { blobs, layer, root } = await sample(pieceBytes);
      const { client, handler, log } = exchange([], { chunkBytes });
      await client.push(at('app:1'), root, blobs);
      expect(log.filter((line) => line.startsWith('PATCH'))).toHaveLength(5);
      await pulls(handler, layer);
    },
  );

  const broken: readonly (readonly [string, readonly Fault[], number])[] = [
    [
      'a chunk is lost before it arrives',
      [{ method: 'PATCH', after: 1, times: 1, status: 503 }],
      6,
    ],
    [
      'the answer to a chunk is lost',
      [{ method: 'PATCH', after: 2, times: 1, loseAnswer: true }],
      5,
    ],
    ['three chunks in a row are lost', [{ method: 'PATCH', after: 1, times: 3, status: 502 }], 8],
    ['the first chunk is lost', [{ method: 'PATCH', times: 1, status: 500 }], 6],
    ['the registry is busy', [{ method: 'PATCH', times: 1, status: 429 }], 6],
  ];
  test.each(broken)('go on where %s', async (_, faults, patches) => {
    for (const pieceBytes of [undefined, 700]) {
      const { blobs, layer, root } = await sample(pieceBytes);
      const { client, handler, log, struck } = exchange(faults, { chunkBytes });
      await client.push(at('app:1'), root, blobs);
      expect(struck[0]).toBe(faults[0]?.times);
      expect(log.filter((line) => line.startsWith('PATCH'))).toHaveLength(patches);
      await pulls(handler, layer);
    }
  });

  test('give up where no chunk arrives', async () => {
    const { blobs, root } = await sample();
    const { client, log } = exchange([{ method: 'PATCH', status: 503 }], { chunkBytes });
    await expect(client.push(at('app:1'), root, blobs)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('503'),
    });
    expect(log.filter((line) => line.startsWith('PATCH'))).toHaveLength(5);
    expect(log.filter((line) => line.includes('/manifests/'))).toEqual([]);
  });

  test('survive the loss of the last answer', async () => {
    const { blobs, layer, root } = await sample();
    const fault: Fault = { method: 'PUT', path: /\/blobs\//, times: 2, loseAnswer: true };
    const { client, handler } = exchange([fault]);
    await client.push(at('app:1'), root, blobs);
    await pulls(handler, layer);
  });

  test.each<readonly [string, readonly Fault[], number]>([
    ['nothing breaks', [], 1],
    ['it is refused once', [{ method: 'PATCH', times: 1, status: 503 }], 2],
    ['its answer is lost', [{ method: 'PATCH', times: 1, loseAnswer: true }], 1],
  ])('large blobs as one stream where %s', async (_, faults, patches) => {
    const bytes = noise(9_000_000);
    const blobs = new Blobs(1_000_000);
    const layer = await blobs.add(bytes, mediaType.layerGzip);
    const { client, log } = exchange(faults);
    await client.push(at('app:1'), await blobs.addManifest([layer]), blobs);
    expect(log.filter((line) => line.startsWith('PATCH'))).toHaveLength(patches);
    const { source } = await client.resolve(at('app:1'));
    // `toEqual` takes seconds for megabytes.
    expect(Buffer.compare(await source.read(layer), bytes)).toBe(0);
  });

  test('mount what another repository has', async () => {
    const { blobs, root } = await sample();
    const { client, log } = exchange();
    await client.push(at('app:1'), root, blobs);
    log.length = 0;
    await client.push(at('other/app:1'), root, blobs);
    expect(log.filter((line) => line.startsWith('POST'))).toEqual([
      'POST /v2/other/app/blobs/uploads/?mount=D&from=app 201',
      'POST /v2/other/app/blobs/uploads/?mount=D&from=app 201',
    ]);
    expect(log.some((line) => /^(?:PATCH|PUT .*blobs)/.test(line))).toBe(false);
  });

  test('upload what may not be mounted', async () => {
    const store = new MemoryStore(nodeHasher);
    const access = tokenAccess({ ada: 'secret' }, false);
    const served = createRegistry({ store, hasher: nodeHasher, access });
    const { blobs, layer, root } = await sample();
    const credentials = () => Promise.resolve({ username: 'ada', password: 'secret' });
    const { client, handler, log } = exchange(
      [{ method: 'POST', path: /other/, times: 2, status: 403 }],
      { credentials },
      served,
    );
    await client.push(at('app:1'), root, blobs);
    await client.push(at('other:1'), root, blobs);
    expect(log).toContain('POST /v2/other/blobs/uploads/?mount=D&from=app 403');
    const puller = exchange([], { credentials }, handler);
    const { source } = await puller.client.resolve(at('other:1'));
    expect(await source.read(layer)).toEqual(noise(4500));
  });

  test('tell how far they are', async () => {
    const events: Progress[] = [];
    const { blobs, layer, root } = await sample(100);
    const { client } = exchange([], { chunkBytes, progress: (event) => events.push(event) });
    await client.push(at('app:1'), root, blobs);
    const done = events
      .filter(({ subject }) => subject === layer.digest)
      .map((event) => event.done);
    expect(done).toEqual([0, 1000, 2000, 3000, 4000, 4499, 4500]);
    expect(events.filter(({ finished }) => finished)).toHaveLength(3);
  });

  test('layers that may not be distributed stay where they are', async () => {
    const blobs = new Blobs();
    const foreign: Descriptor = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: `sha256:${'7'.repeat(64)}`,
      size: 3,
      urls: ['https://elsewhere.test/layer'],
    };
    const { client } = exchange();
    await client.push(at('win:1'), await blobs.addManifest([foreign]), blobs);
    const { source } = await client.resolve(at('win:1'));
    await expect(source.read(foreign)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringMatching(/foreign layer .* https:\/\/elsewhere\.test\/layer/),
    });
  });
});

describe('downloads', () => {
  async function pushed(): Promise<{ layer: Descriptor; handler: Parameters<typeof exchange>[2] }> {
    const { blobs, layer, root } = await sample();
    const { client, handler } = exchange();
    await client.push(at('app:1'), root, blobs);
    return { layer, handler };
  }
  const blob = { method: 'GET', path: /\/blobs\// };

  test.each<readonly [string, Fault]>([
    ['the connection breaks', { ...blob, truncateAt: 1234, times: 1 }],
    ['the connection breaks often', { ...blob, truncateAt: 500, times: 8 }],
    ['the body just ends', { ...blob, endAt: 1234, times: 1 }],
    ['the connection breaks at once', { ...blob, truncateAt: 0, times: 2 }],
  ])('go on where %s', async (_, fault) => {
    const { layer, handler } = await pushed();
    const { client, struck } = exchange([fault], {}, handler);
    const { source } = await client.resolve(at('app:1'));
    expect(await source.read(layer)).toEqual(noise(4500));
    expect(struck[0]).toBe(fault.times);
  });

  test('from a registry that knows no ranges', async () => {
    const { layer, handler } = await pushed();
    const deaf = async (request: Request): Promise<Response> => {
      const headers = new Headers(request.headers);
      headers.delete('range');
      return handler!(new Request(request.url, { method: request.method, headers }));
    };
    const { client } = exchange([{ ...blob, truncateAt: 4000, times: 2 }], {}, deaf);
    const { source } = await client.resolve(at('app:1'));
    expect(await source.read(layer)).toEqual(noise(4500));
  });

  test('give up where nothing comes', async () => {
    const { layer, handler } = await pushed();
    const { client, waits } = exchange([{ ...blob, truncateAt: 0 }], {}, handler);
    const { source } = await client.resolve(at('app:1'));
    await expect(source.read(layer)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('broke off after 0 of 4500 bytes'),
    });
    expect(waits).toEqual([250, 500, 1000, 2000]);
  });

  test('bytes that are others are refused', async () => {
    const { layer, handler } = await pushed();
    const { client } = exchange([{ ...blob, corruptAt: 4000 }], {}, handler);
    const { source } = await client.resolve(at('app:1'));
    await expect(source.read(layer)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  test('Retry-After as a date is taken by the clock of the registry', async () => {
    const { handler } = await pushed();
    const headers = {
      date: 'Sun, 06 Nov 1994 08:49:37 GMT',
      'retry-after': 'Sun, 06 Nov 1994 08:49:46 GMT',
    };
    const { client, waits } = exchange([{ times: 1, status: 429, headers }], {}, handler);
    await client.resolve(at('app:1'));
    expect(waits).toEqual([9000]);
  });

  test('mirrors are asked first, the registry where they fail', async () => {
    const { layer, handler } = await pushed();
    const asked: string[] = [];
    const { client } = exchange([], {
      mirrors: { [host]: ['down.test', 'empty.test/hub', 'full.test'] },
      fetch: (request) => {
        const url = new URL(request.url);
        asked.push(`${url.host}${url.pathname.replace(/sha256:.*/, 'D')}`);
        if (url.host === 'down.test') return Promise.reject(new Error('ENOTFOUND'));
        if (url.host === 'empty.test') return Promise.resolve(new Response('', { status: 404 }));
        return handler!(request);
      },
    });
    const { source } = await client.resolve(at('app:1'));
    expect(await source.read(layer)).toEqual(noise(4500));
    expect(asked).toEqual([
      'down.test/v2/app/manifests/1',
      'empty.test/v2/hub/app/manifests/1',
      'full.test/v2/app/manifests/1',
      'down.test/v2/app/blobs/D',
      'empty.test/v2/hub/app/blobs/D',
      'full.test/v2/app/blobs/D',
    ]);
  });
});

describe('referrers', () => {
  const type = 'application/vnd.example.sbom';
  async function withReferrers(served?: Parameters<typeof exchange>[2]): Promise<void> {
    const { blobs, root } = await sample();
    const { client } = exchange([], {}, served);
    await client.push(at('app:1'), root, blobs);
    const one = await blobs.addManifest([], {
      artifactType: type,
      subject: root,
      annotations: { a: '1' },
    });
    const two = await blobs.addManifest([], { subject: root });
    for (const { digest } of [one, two]) {
      const { tag: _, ...untagged } = at('app');
      await client.push({ ...untagged, digest }, digest === one.digest ? one : two, blobs);
    }
    const { tag: _, ...untagged } = at('app');
    const all = await client.referrers({ ...untagged, digest: root.digest });
    expect(new Set(all.map(({ digest }) => digest))).toEqual(new Set([one.digest, two.digest]));
    expect(await client.referrers(at('app:1'), type)).toEqual([
      { ...one, artifactType: type, annotations: { a: '1' } },
    ]);
    expect(all.find(({ digest }) => digest === two.digest)?.artifactType).toBe(mediaType.config);
    expect(await client.referrers({ ...untagged, digest: one.digest })).toEqual([]);
  }

  test('of our registry', () => withReferrers());

  test('of a registry without that API, by its tags', async () => {
    const modern = createRegistry({ store: new MemoryStore(nodeHasher), hasher: nodeHasher });
    await withReferrers(async (request) => {
      if (request.url.includes('/referrers/')) return new Response('', { status: 404 });
      const response = await modern(request);
      response.headers.delete('oci-subject');
      return response;
    });
  });
});
