/**
 * Large blobs pass through: at no time is more than a little of one in memory. What a source has
 * given and the target has not taken yet is counted; nothing here looks at the memory of a process,
 * which depends on the garbage collector (`npm run bench -- images` does).
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { serveOnLoopback } from '../../src/host/node/serve.ts';
import { DirectoryStore } from '../../src/host/node/store.ts';
import { storeSource } from '../../src/image/blobs.ts';
import { copyGraph } from '../../src/image/copy.ts';
import { encodeDocument } from '../../src/image/documents.ts';
import { mediaType } from '../../src/image/media_types.ts';
import { parseReference } from '../../src/image/reference.ts';
import { RegistryClient } from '../../src/image/registry/client.ts';
import { createRegistry } from '../../src/image/registry/server.ts';
import type { BlobSource, Descriptor } from '../../src/image/types.ts';
import type { BlobWriter, ContentStore, Digest } from '../../src/store/store.ts';
import { noise } from './setup.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-streaming-'));
afterAll(() => rmSync(root, { recursive: true }));

const pieceBytes = 262_144;
const pieces = 256;
/** 64 MiB. */
const blobBytes = pieceBytes * pieces;
/** What may be on its way: buffers of streams, of sockets, and of the file that is written. */
const onTheWayMax = 12_582_912;

/** Bytes that were given out and not yet taken in. */
class Meter {
  given = 0;
  taken = 0;
  most = 0;

  give(bytes: number): void {
    this.given += bytes;
    this.most = Math.max(this.most, this.given - this.taken);
  }
}

const piece = noise(pieceBytes);

async function* givenPieces(meter: Meter, from = 0): AsyncGenerator<Uint8Array> {
  for (let at = from; at < blobBytes; at += pieceBytes) {
    meter.give(pieceBytes);
    yield await Promise.resolve(piece);
  }
}

/** A store on disk that counts what it has written. */
class MeteredStore extends DirectoryStore {
  readonly meter: Meter;

  constructor(name: string, meter: Meter) {
    super(join(root, name), nodeHasher);
    this.meter = meter;
  }

  override async begin(): Promise<BlobWriter> {
    const writer = await super.begin();
    return {
      ...writer,
      write: async (bytes) => {
        await writer.write(bytes);
        this.meter.taken += bytes.length;
      },
    };
  }
}

/** An image of one layer that is never whole. */
async function largeImage(meter: Meter): Promise<{ root: Descriptor; source: BlobSource }> {
  const hash = await nodeHasher.start!();
  for (let i = 0; i < pieces; i++) hash.update(piece);
  const layer: Descriptor = {
    mediaType: mediaType.layer,
    digest: `sha256:${hash.digest()}`,
    size: blobBytes,
  };
  const documents = new Map<Digest, Uint8Array>();
  const put = async (bytes: Uint8Array, type: string): Promise<Descriptor> => {
    const digest: Digest = `sha256:${await nodeHasher.sha256(bytes)}`;
    documents.set(digest, bytes);
    return { mediaType: type, digest, size: bytes.length };
  };
  const config = encodeDocument({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifest = encodeDocument({
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: await put(config, mediaType.config),
    layers: [layer],
  });
  return {
    root: await put(manifest, mediaType.manifest),
    source: {
      read: ({ digest }) => {
        const bytes = documents.get(digest);
        return bytes ? Promise.resolve(bytes) : Promise.reject(new Error('it is read whole'));
      },
      stream: (_, from) => givenPieces(meter, from),
    },
  };
}

const client = (): RegistryClient =>
  new RegistryClient({
    hasher: nodeHasher,
    fetch: (request) => fetch(request),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });

/** A registry on a store, where reading a large blob whole is a failure. */
async function serve(store: ContentStore & { get: DirectoryStore['get'] }) {
  const get = store.get.bind(store);
  store.get = async (digest) => {
    const info = await store.info?.(digest);
    if ((info?.size ?? 0) > 10_000_000) throw new Error('it is read whole');
    return get(digest);
  };
  return serveOnLoopback(createRegistry({ store, hasher: nodeHasher }));
}

test('from a source to a registry on disk, and from there to a store', async () => {
  const up = new Meter();
  const store = new MeteredStore('registry', up);
  const server = await serve(store);
  try {
    const reference = parseReference(`${server.host}/large:1`);
    const { root: image, source } = await largeImage(up);
    await client().push(reference, image, source);
    // The documents are written beside it.
    expect(up.taken).toBeGreaterThanOrEqual(blobBytes);
    expect(up.given).toBe(blobBytes);
    expect(up.most).toBeLessThan(onTheWayMax);

    const down = new Meter();
    const streamed = store.stream.bind(store);
    store.stream = async function* (digest, from) {
      for await (const bytes of streamed(digest, from)) {
        down.give(bytes.length);
        yield bytes;
      }
    };
    const target = new MeteredStore('target', down);
    const found = await client().resolve(reference);
    await copyGraph(target, found.source, found.descriptor);
    expect(down.given).toBe(blobBytes);
    expect(down.taken).toBeGreaterThanOrEqual(blobBytes);
    expect(down.most).toBeLessThan(onTheWayMax);
    expect((await target.list()).length).toBe(3);
  } finally {
    await server.close();
  }
});

test('parts of a large blob', async () => {
  const store = new MeteredStore('parts', new Meter());
  const digest: Digest = await store.put(noise(9_000_000, 3));
  const server = await serve(store);
  try {
    await store.setName(`registry a blob ${digest}`, '');
    const part = async (range: string) => {
      const response = await fetch(`http://${server.host}/v2/a/blobs/${digest}`, {
        headers: { range },
      });
      return [response.status, Buffer.from(await response.arrayBuffer())] as const;
    };
    const all = Buffer.from(noise(9_000_000, 3));
    const [status, rest] = await part('bytes=100-');
    expect(status).toBe(206);
    expect(Buffer.compare(rest, all.subarray(100))).toBe(0);
    const [, most] = await part('bytes=1-8900000');
    expect(Buffer.compare(most, all.subarray(1, 8_900_001))).toBe(0);
    const copy = client().source(parseReference(`${server.host}/a:1`));
    const bytes = await copy.read({ mediaType: mediaType.layer, digest, size: 9_000_000 });
    expect(Buffer.compare(bytes, all)).toBe(0);
    expect(storeSource(store).stream).toBeDefined();
  } finally {
    await server.close();
  }
});

test('a chunk that does not follow is refused, and the registry goes on', async () => {
  const server = await serve(new MeteredStore('order', new Meter()));
  try {
    const address = `http://${server.host}`;
    const start = await fetch(`${address}/v2/a/blobs/uploads/`, { method: 'POST' });
    const location = `${address}${start.headers.get('location')}`;
    const bytes = noise(2_000_000, 4);
    const patch = async (range: string, body: Uint8Array<ArrayBuffer>): Promise<number> => {
      const headers = { 'content-range': range };
      const response = await fetch(location, { method: 'PATCH', headers, body });
      await response.arrayBuffer();
      return response.status;
    };
    for (let i = 0; i < 3; i++) {
      expect(await patch('1000000-1999999', bytes.slice(1_000_000))).toBe(416);
      expect(await patch('0-9', bytes)).toBe(416);
    }
    expect(await patch('0-999999', bytes.slice(0, 1_000_000))).toBe(202);
    const digest = `sha256:${await nodeHasher.sha256(bytes)}`;
    const body = bytes.slice(1_000_000);
    const end = await fetch(`${location}?digest=${digest}`, { method: 'PUT', body });
    expect(end.status).toBe(201);
    // Bodies that no route reads.
    const lost = await fetch(`${address}/nowhere`, { method: 'POST', body: bytes });
    expect(lost.status).toBe(404);
    expect((await fetch(`${address}/v2/a/blobs/${digest}`, { method: 'HEAD' })).status).toBe(200);
  } finally {
    await server.close();
  }
});
