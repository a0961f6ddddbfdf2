import { expect, test } from 'vitest';
import { compilePattern } from '../../src/engine/patterns.ts';

test.each([
  ['*.txt', 'a.txt', true],
  ['*.txt', 'd/a.txt', false],
  ['**/*.txt', 'a.txt', true],
  ['**/*.txt', 'd/e/a.txt', true],
  ['d/**', 'd/e/f', true],
  ['d/**', 'd', true],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['[a-c]x', 'bx', true],
  ['[^a-c]x', 'bx', false],
  ['[^a-c]x', 'dx', true],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['./a//b/', 'a/b', true],
  ['a.b+(c)', 'a.b+(c)', true],
  ['a.b', 'axb', false],
  ['**', '', true],
])('%s on %s', (pattern, path, expected) => {
  expect(compilePattern(pattern)(path)).toBe(expected);
});

test('a class that is not closed is an error', () => {
  expect(() => compilePattern('[a')).toThrow('syntax error in pattern');
});

test('many stars cost little', () => {
  const matches = compilePattern(`${'**/'.repeat(30)}x`);
  expect(matches(`${'a/'.repeat(200)}y`)).toBe(false);
});
