/** What every `ContentStore` does. */

import { describe, expect, test } from 'vitest';
import type { ContentStore, Digest } from '../../src/store/store.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** sha256 of "hello" and of nothing, as `sha256sum` prints them. */
const hello: Digest = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const nothing: Digest = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export function storeCases(name: string, make: () => ContentStore | Promise<ContentStore>): void {
  describe(name, () => {
    test('blobs by digest', async () => {
      const store = await make();
      expect(await store.get(hello)).toBeUndefined();
      expect(await store.has(hello)).toBe(false);
      expect(await store.list()).toEqual([]);
      expect(await store.put(bytes('hello'))).toBe(hello);
      expect(await store.put(bytes(''), nothing)).toBe(nothing);
      expect(await store.get(hello)).toEqual(bytes('hello'));
      expect(await store.get(nothing)).toEqual(bytes(''));
      expect(await store.has(hello)).toBe(true);
      expect(await store.list()).toEqual([hello, nothing]);
      await store.delete(hello);
      await store.delete(hello);
      expect(await store.has(hello)).toBe(false);
    });

    test('parts, pieces and sizes, where a store knows them', async () => {
      const store = await make();
      await store.put(bytes('hello'));
      const info = await store.info?.(hello);
      if (store.info) {
        expect(info).toMatchObject({ size: 5 });
        expect(info?.idleMs).toBeGreaterThanOrEqual(0);
        expect(await store.info(nothing)).toBeUndefined();
      }
      if (store.range) {
        expect(await store.range(hello, 1, 3)).toEqual(bytes('ell'));
        expect(await store.range(hello, 0, 0)).toEqual(bytes(''));
        expect(await store.range(hello, 3, 3)).toBeUndefined();
        expect(await store.range(nothing, 0, 1)).toBeUndefined();
      }
      if (store.stream && store.putStream) {
        const pieces = async function* (): AsyncGenerator<Uint8Array> {
          for (const piece of ['he', '', 'llo']) yield await Promise.resolve(bytes(piece));
        };
        await store.delete(hello);
        await store.putStream(pieces(), hello);
        let text = '';
        for await (const piece of store.stream(hello, 2)) text += new TextDecoder().decode(piece);
        expect(text).toBe('llo');
        await expect(store.putStream(pieces(), nothing)).rejects.toMatchObject({
          code: 'DIGEST_MISMATCH',
        });
        expect(await store.list()).toEqual([hello]);
      }
    });

    test('wrong bytes do not enter', async () => {
      const store = await make();
      await expect(store.put(bytes('other'), hello)).rejects.toMatchObject({
        code: 'DIGEST_MISMATCH',
        message: expect.stringContaining(hello),
      });
      expect(await store.list()).toEqual([]);
    });

    test('names', async () => {
      const store = await make();
      const long = `cache/${'x'.repeat(400)}`;
      const all = ['a/b', 'A/b', 'a', 'a%2fb', 'ü', long, `${long}y`];
      for (const key of all) await store.setName(key, JSON.stringify({ key }));
      for (const key of all) expect(await store.getName(key)).toBe(JSON.stringify({ key }));
      expect(await store.listNames('')).toEqual([...all].sort());
      expect(await store.listNames('a')).toEqual(['a', 'a%2fb', 'a/b']);
      expect(await store.listNames(long)).toEqual([long, `${long}y`]);
      await store.setName('a', '2');
      expect(await store.getName('a')).toBe('2');
      await store.deleteName('a');
      await store.deleteName('a');
      expect(await store.getName('a')).toBeUndefined();
    });
  });
}
