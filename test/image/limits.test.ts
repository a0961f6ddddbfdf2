import { expect, test } from 'vitest';
import { storeSource } from '../../src/image/blobs.ts';
import { parseConfig, parseIndex, parseManifest } from '../../src/image/documents.ts';
import { documentBytesMax, indexEntriesMax, layersMax } from '../../src/image/limits.ts';
import { mediaType } from '../../src/image/media_types.ts';
import { listVariants } from '../../src/image/select.ts';
import type { Descriptor } from '../../src/image/types.ts';
import { makeImages } from './samples.ts';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const descriptor: Descriptor = {
  mediaType: mediaType.config,
  digest: `sha256:${'0'.repeat(64)}`,
  size: 1,
};
const invalid = (limit: string): unknown =>
  expect.objectContaining({ code: 'IMAGE_INVALID', message: expect.stringContaining(limit) });

test('documents have a largest size', () => {
  const bytes = new Uint8Array(documentBytesMax + 1).fill(32);
  for (const parse of [parseManifest, parseIndex, parseConfig]) {
    expect(() => parse(bytes, 'x')).toThrow(invalid('documentBytesMax'));
  }
});

test('images have at most layersMax layers', () => {
  const manifest = (count: number): Uint8Array =>
    encode({ schemaVersion: 2, config: descriptor, layers: Array(count).fill(descriptor) });
  expect(parseManifest(manifest(layersMax), 'x').layers).toHaveLength(layersMax);
  expect(() => parseManifest(manifest(layersMax + 1), 'x')).toThrow(invalid('layersMax'));
});

test('indexes have at most indexEntriesMax entries', () => {
  const manifests = Array(indexEntriesMax + 1).fill(descriptor);
  expect(() => parseIndex(encode({ schemaVersion: 2, manifests }), 'x')).toThrow(
    invalid('indexEntriesMax'),
  );
});

test('indexes are nested at most indexDepthMax deep', async () => {
  const { store } = makeImages();
  let entry: Descriptor | undefined;
  for (let depth = 0; depth < 7; depth++) {
    const bytes = encode({ schemaVersion: 2, manifests: entry ? [entry] : [] });
    entry = { mediaType: mediaType.index, digest: await store.put(bytes), size: bytes.length };
  }
  await expect(listVariants(storeSource(store), entry!)).rejects.toThrow(invalid('indexDepthMax'));
});

test('fields of the wrong kind are refused', () => {
  const rootfs = { type: 'layers', diff_ids: [] };
  const good = { os: 'linux', architecture: 'amd64', rootfs };
  expect(parseConfig(encode(good), 'x')).toMatchObject(good);
  for (const change of [
    { os: 7 },
    { architecture: undefined },
    { variant: 7 },
    { rootfs: undefined },
    { rootfs: { diff_ids: ['sha256:1'] } },
    { config: [] },
    { config: { Env: 'A=1' } },
    { config: { Cmd: [1] } },
    { config: { User: 0 } },
    { config: { Labels: { a: 1 } } },
  ]) {
    expect(() => parseConfig(encode({ ...good, ...change }), 'x')).toThrow(invalid('x'));
  }
  for (const change of [
    { digest: 'md5:1' },
    { size: -1 },
    { size: 1.5 },
    { mediaType: 3 },
    { annotations: { a: 1 } },
    { platform: 'linux' },
    { platform: { os: 'linux' } },
  ]) {
    const bytes = encode({ schemaVersion: 2, manifests: [{ ...descriptor, ...change }] });
    expect(() => parseIndex(bytes, 'x')).toThrow(invalid('x'));
  }
  for (const text of ['', '[]', 'null', '{', '"x"', '{"schemaVersion":2}']) {
    expect(() => parseIndex(new TextEncoder().encode(text), 'x')).toThrow(invalid('x'));
  }
});
