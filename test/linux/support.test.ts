/** The support table is complete and says something of everything that is not all there. */

import { expect, test } from 'vitest';
import { abis } from '../../src/linux/abi/registry.ts';
import { allRows } from '../../src/linux/syscalls/all_rows.ts';
import { formatSupport, syscallSupport } from '../../src/linux/syscalls/support.ts';

const calls = syscallSupport();

test('every number of every architecture is in it once', () => {
  for (const { architecture, syscalls } of abis) {
    const numbers = calls.flatMap((call) => call.numbers[architecture] ?? []);
    expect(numbers.sort((a, b) => a - b)).toEqual([...syscalls.keys()].sort((a, b) => a - b));
  }
});

test('what is partial or missing has a note, and what has a row is not called missing', () => {
  const silent = calls.filter(({ support, note }) => support !== 'full' && !note);
  expect(silent).toEqual([]);
  const handled = new Set(allRows.flatMap(({ name, handler }) => (handler ? name : [])));
  const wrong = calls.filter(({ name, support }) => handled.has(name) === (support === 'missing'));
  expect(wrong).toEqual([]);
});

test('as text: numbers in columns', () => {
  const text = formatSupport(calls);
  expect(text).toMatch(/^NAME +SUPPORT +amd64 +arm64 +s390x {2}NOTE\n/);
  expect(text).toMatch(/^openat +full +257 +56 +288$/m);
  expect(text).toMatch(/\n\d+ full, \d+ partial, \d+ missing\n$/);
});
