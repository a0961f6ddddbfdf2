import { expect, test } from 'vitest';
import { Memo } from '../../src/engine/memo.ts';

const never = (signal: AbortSignal) =>
  new Promise<string>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')));
  });

test('concurrent requests share one run, later ones its result', async () => {
  const memo = new Memo<number>(10);
  let runs = 0;
  const work = async () => ++runs;
  const results = await Promise.all([1, 2, 3].map(() => memo.get('k', undefined, work)));
  expect(results).toEqual([1, 1, 1]);
  expect(await memo.get('k', undefined, work)).toBe(1);
});

test('failures are forgotten', async () => {
  const memo = new Memo<number>(10);
  const fail = () => Promise.reject(new Error('no'));
  await expect(memo.get('k', undefined, fail)).rejects.toThrow('no');
  expect(await memo.get('k', undefined, async () => 2)).toBe(2);
});

test('work stops when the last asker gives up, not before', async () => {
  const memo = new Memo<string>(10);
  const [first, second] = [new AbortController(), new AbortController()];
  let stopped = false;
  const work = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => {
      stopped = true;
    });
    return never(signal);
  };
  const one = memo.get('k', first.signal, work);
  const two = memo.get('k', second.signal, work);
  await Promise.resolve();
  first.abort();
  await expect(one).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(stopped).toBe(false);
  second.abort();
  await expect(two).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(stopped).toBe(true);
  expect(await memo.get('k', undefined, async () => 'again')).toBe('again');
});

test('the least recently used result goes first', async () => {
  const memo = new Memo<number>(2);
  const put = (key: string, value: number) => memo.get(key, undefined, async () => value);
  await put('a', 1);
  await put('b', 2);
  await put('a', 3);
  await put('c', 4);
  await Promise.resolve();
  expect([memo.has('a'), memo.has('b'), memo.has('c')]).toEqual([true, false, true]);
});
