/**
 * References and platforms, compared with the libraries of Docker and containerd. What those say is
 * in strings.txt; `UPDATE_TRANSCRIPTS=1` asks them again (oracle/main.go, which needs Go).
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  choosePlatform,
  formatPlatformFully,
  normalizePlatform,
  parsePlatform,
} from '../../src/image/platform.ts';
import { formatReference, parseReference } from '../../src/image/reference.ts';

const transcript = join(import.meta.dirname, 'strings.txt');

/** Strings by kind, with the answers of the oracle; refusals start with `! `. */
function cases(): { kind: string; text: string; expected: string }[] {
  return readFileSync(transcript, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [question = '', expected = ''] = line.split('\t');
      const blank = question.indexOf(' ');
      return { kind: question.slice(0, blank), text: question.slice(blank + 1), expected };
    });
}

if (process.env.UPDATE_TRANSCRIPTS) {
  const input = cases().map(({ kind, text }) => `${kind} ${text}\n`);
  const cwd = join(import.meta.dirname, 'oracle');
  writeFileSync(transcript, execFileSync('go', ['run', '.'], { cwd, input: input.join('') }));
}

/** Where we take more than they do, and why. */
const wider: Readonly<Record<string, string>> = {
  // Go has had this system since 1.21, their list of systems has not.
  'platform wasip1': 'wasip1/amd64',
  'normal wasip1': 'wasip1/amd64',
};

const answers: Readonly<Record<string, (text: string) => string>> = {
  reference: (text) => formatReference(parseReference(text)),
  platform: (text) => formatPlatformFully(parsePlatform(text)),
  normal: (text) => formatPlatformFully(normalizePlatform(parsePlatform(text))),
  match: (text) => {
    const [wanted = '', ...have] = text.split(' ');
    return choosePlatform(parsePlatform(wanted), have, (one) => parsePlatform(one)) ?? '';
  },
};

describe.each(Object.keys(answers))('%s', (kind) => {
  const own = cases().filter((one) => one.kind === kind);

  test.each(own)('$text', ({ text, expected }) => {
    const answer = (): string => answers[kind]!(text);
    const known = wider[`${kind} ${text}`];
    if (known !== undefined) expect(answer()).toBe(known);
    else if (expected.startsWith('! ')) expect(answer).toThrow(expected.slice(2));
    else expect(answer()).toBe(expected);
  });
});

test('the table is long enough', () => {
  const count = (kind: string): number => cases().filter((one) => one.kind === kind).length;
  expect(count('reference')).toBeGreaterThan(120);
  expect(count('platform')).toBeGreaterThan(120);
  // Everything Go can be told to build for.
  expect(
    cases().filter(({ text }) => /^(linux|windows|darwin)\/\w+$/.test(text)).length,
  ).toBeGreaterThan(40);
});
