import { describe, expect, test } from 'vitest';
import {
  acceptablePlatforms,
  choosePlatform,
  formatPlatform,
  formatPlatformFully,
  normalizePlatform,
  parsePlatform,
} from '../../src/image/platform.ts';

/** What `go tool dist list` prints (Go 1.19…1.24). */
const goPlatforms = `
aix/ppc64 android/386 android/amd64 android/arm android/arm64 darwin/amd64 darwin/arm64
dragonfly/amd64 freebsd/386 freebsd/amd64 freebsd/arm freebsd/arm64 freebsd/riscv64 illumos/amd64
ios/amd64 ios/arm64 js/wasm linux/386 linux/amd64 linux/arm linux/arm64 linux/loong64 linux/mips
linux/mips64 linux/mips64le linux/mipsle linux/ppc64 linux/ppc64le linux/riscv64 linux/s390x
netbsd/386 netbsd/amd64 netbsd/arm netbsd/arm64 openbsd/386 openbsd/amd64 openbsd/arm openbsd/arm64
openbsd/mips64 openbsd/ppc64 openbsd/riscv64 plan9/386 plan9/amd64 plan9/arm solaris/amd64
wasip1/wasm windows/386 windows/amd64 windows/arm windows/arm64
`
  .trim()
  .split(/\s+/);

describe('parsing', () => {
  test.each(goPlatforms)('%s is itself', (text) => {
    expect(formatPlatform(parsePlatform(text))).toBe(text);
  });
  test.each(goPlatforms)('both halves of %s are known', (text) => {
    for (const half of text.split('/')) {
      const parsed = parsePlatform(half, { os: 'linux', architecture: 'amd64' });
      expect(text.split('/')).toContain(text.startsWith(half) ? parsed.os : parsed.architecture);
    }
  });
  test.each([
    ['linux', 'linux/amd64'],
    ['arm64', 'linux/arm64'],
    ['s390x', 'linux/s390x'],
    ['aarch64', 'linux/arm64'],
    ['x86_64', 'linux/amd64'],
    ['armhf', 'linux/arm'],
    ['armel', 'linux/arm/v6'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/x86-64', 'linux/amd64'],
    ['linux/i386', 'linux/386'],
    ['linux/armhf', 'linux/arm'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/arm', 'linux/arm'],
    ['linux/arm/7', 'linux/arm/v7'],
    ['linux/arm/v5', 'linux/arm/v5'],
    ['linux/arm64/v8', 'linux/arm64/v8'],
    ['linux/arm64/8', 'linux/arm64/v8'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['LINUX/AMD64', 'linux/amd64'],
    ['macos/arm64', 'darwin/arm64'],
    ['macOS', 'darwin/amd64'],
    ['linux/anything', 'linux/anything'],
    ['windows(10.0.17763)/amd64', 'windows(10.0.17763)/amd64'],
  ])('%s → %s', (text, expected) => {
    expect(formatPlatformFully(parsePlatform(text))).toBe(expected);
  });
  test.each([
    ['windows98', '"windows98": unknown operating system or architecture: invalid argument'],
    ['', '"" is an invalid OS component of ""'],
    ['a/b/c/d', '"a/b/c/d": cannot parse platform specifier: invalid argument'],
    ['linux/*', '"linux/*": wildcards not yet supported: invalid argument'],
    ['linux/a b', '"a b" is an invalid component of "linux/a b": platform specifier'],
    ['li nux/arm', '"li nux" is an invalid OS component of "li nux/arm": OSAndVersion'],
    ['x'.repeat(300), 'platformCharactersMax'],
  ])('%s is refused', (text, message) => {
    expect(() => parsePlatform(text)).toThrow(
      expect.objectContaining({
        code: 'PLATFORM_UNKNOWN',
        message: expect.stringContaining(message),
      }),
    );
  });
});

describe('choosing', () => {
  const choose = (wanted: string, ...have: string[]): string | undefined =>
    choosePlatform(parsePlatform(wanted), have, (text) => parsePlatform(text));

  test.each([
    ['linux/amd64', ['linux/386', 'linux/amd64'], 'linux/amd64'],
    ['linux/amd64', ['linux/386'], 'linux/386'],
    ['linux/amd64', ['linux/amd64/v3'], undefined],
    ['linux/amd64/v3', ['linux/amd64', 'linux/amd64/v2'], 'linux/amd64/v2'],
    ['linux/arm', ['linux/arm/v5', 'linux/arm/v7'], 'linux/arm/v7'],
    ['linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v6'],
    ['linux/arm/v6', ['linux/arm/v7'], undefined],
    ['linux/arm64', ['linux/arm/v7', 'linux/arm64/v8'], 'linux/arm64/v8'],
    ['linux/arm64/v8', ['linux/arm64'], 'linux/arm64'],
    ['linux/arm64', ['linux/arm/v6'], 'linux/arm/v6'],
    ['linux/s390x', ['linux/amd64', 'windows/s390x'], undefined],
    [
      'windows(10.0.17763.1)/amd64',
      ['windows(10.0.20348.9)/amd64', 'windows(10.0.17763.9)/amd64'],
      'windows(10.0.17763.9)/amd64',
    ],
    ['windows/amd64', ['windows(10.0.20348.9)/amd64'], 'windows(10.0.20348.9)/amd64'],
  ])('%s from %j: %s', (wanted, have, expected) => {
    expect(choose(wanted, ...have)).toBe(expected);
  });

  test('the first of equals', () => {
    const have = [
      { name: 'a', platform: parsePlatform('linux/arm64/v8') },
      { name: 'b', platform: parsePlatform('linux/arm64') },
    ];
    const chosen = choosePlatform(parsePlatform('linux/arm64'), have, (one) => one.platform);
    expect(chosen?.name).toBe('a');
  });

  test('every platform accepts itself first', () => {
    for (const text of goPlatforms) {
      const platform = parsePlatform(text);
      expect(acceptablePlatforms(platform)[0]).toEqual(normalizePlatform(platform));
    }
  });
});
