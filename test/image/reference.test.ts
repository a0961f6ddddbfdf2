import { describe, expect, test } from 'vitest';
import { formatReference, parseReference } from '../../src/image/reference.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

describe('normalisation', () => {
  test.each([
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:1', 'docker.io/library/busybox:1'],
    [`busybox@${digest}`, `docker.io/library/busybox@${digest}`],
    [`busybox:1@${digest}`, `docker.io/library/busybox:1@${digest}`],
    ['user/app', 'docker.io/user/app:latest'],
    ['docker.io/busybox', 'docker.io/library/busybox:latest'],
    ['index.docker.io/busybox', 'docker.io/library/busybox:latest'],
    ['docker.io/user/app:1', 'docker.io/user/app:1'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['127.0.0.1:5000/a/b/c:t', '127.0.0.1:5000/a/b/c:t'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    ['Registry/app', 'Registry/app:latest'],
    ['registry.test/a__b/c-d--e.f', 'registry.test/a__b/c-d--e.f:latest'],
    ['app:5000', 'docker.io/library/app:5000'],
    ['a/b:UPPER_Case-1.0', 'docker.io/a/b:UPPER_Case-1.0'],
  ])('%s → %s', (text, expected) => {
    expect(formatReference(parseReference(text))).toBe(expected);
    expect(formatReference(parseReference(expected))).toBe(expected);
  });
});

describe('refusals', () => {
  test.each([
    ['', 'empty'],
    ['Busybox', 'must be lowercase'],
    ['a//b', 'invalid reference format'],
    ['-a', 'invalid reference format'],
    ['a:', 'invalid reference format'],
    ['a:-x', 'invalid reference format'],
    ['a b', 'invalid reference format'],
    ['a@sha256:12', 'invalid reference format'],
    [`a@sha512:${'ab'.repeat(64)}`, 'it is not sha256'],
    [`a@sha256:${'AB'.repeat(32)}`, 'invalid checksum digest format'],
    ['ab'.repeat(32), '64-byte hexadecimal'],
    [`a:${'t'.repeat(129)}`, 'invalid reference format'],
    [`r.test/${'a'.repeat(256)}`, '255 characters'],
    ['x'.repeat(600), 'referenceCharactersMax'],
    ['https://r.test/a', 'invalid reference format'],
  ])('%s', (text, why) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({
        code: 'REFERENCE_INVALID',
        message: expect.stringContaining(why),
        remedy: expect.stringContaining('NAME[:TAG]'),
      }),
    );
  });
});
