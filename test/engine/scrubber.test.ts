import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Scrubber, scrubPatterns, scrubText } from '../../src/engine/scrubber.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function inPieces(secrets: readonly string[], pieces: readonly string[]): string {
  let out = '';
  const scrubber = new Scrubber(scrubPatterns(secrets.map(bytes)), (part) => {
    out += new TextDecoder().decode(part);
  });
  for (const piece of pieces) scrubber.write(bytes(piece));
  scrubber.end();
  return out;
}

test.each([
  [['secret'], ['a sec', 'ret b'], 'a *** b'],
  [['secret'], ['s', 'e', 'c', 'r', 'e', 't'], '***'],
  [['secret'], ['secre'], 'secre'],
  [['  padded\n'], ['[padded]'], '[***]'],
  [['line one\nline two'], ['x line two y'], 'x *** y'],
  [['abc', 'abcdef'], ['abc', 'def abc'], '*** ***'],
  [['aab'], ['aaab'], 'a***'],
  [['', ' \n'], ['kept '], 'kept '],
])('%j out of %j', (secrets, pieces, expected) => {
  expect(inPieces(secrets, pieces)).toBe(expected);
});

test('where writes are cut makes no difference', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 });
  const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ') }));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), pieces, (secrets, parts) => {
      const whole = scrubText(scrubPatterns(secrets.map(bytes)), parts.join(''));
      expect(inPieces(secrets, parts)).toBe(whole);
      for (const secret of secrets) expect(whole).not.toContain(secret);
    }),
  );
});
