import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { AptFetcher } from '../../src/host/node/apt.ts';
import {
  chooseDebianSource,
  parseSourceLines,
  parseSourceParagraphs,
} from '../../src/host/node/apt_sources.ts';
import { nodeHasher } from '../../src/host/node/hash.ts';
import { Images } from '../../src/image/images.ts';
import { parsePlatform } from '../../src/image/platform.ts';
import { validateIndex } from '../../src/image/validate.ts';
import { lookup } from '../../src/rootfs/path.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { appletNames, busyboxLock, busyboxRecipe } from '../../vm-images/busybox.ts';
import { requireTool } from '../tools.ts';

const directory = mkdtempSync(join(tmpdir(), 'stiletto-recipe-'));
afterAll(() => rmSync(directory, { recursive: true }));

const make = (packages = new AptFetcher()): Images =>
  new Images({
    store: new MemoryStore(nodeHasher),
    hasher: nodeHasher,
    recipes: [busyboxRecipe],
    packages,
    registries: 'off',
  });

describe('the table of applets', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  test('ends where the order ends', () => {
    const binary = bytes('x[\0y\0 [\0[[\0cat\0sh\0uname\0zcat\0applet %s\0');
    expect(appletNames(binary)).toEqual(['[', '[[', 'cat', 'sh', 'uname', 'zcat']);
  });
  test('is missing', () => {
    expect(() => appletNames(bytes('[\0[[\0cat\0'))).toThrow('no table of applets');
  });
});

describe.runIf(requireTool('apt-get'))('busybox from packages', () => {
  test('one platform', async () => {
    const images = make();
    const found = await images.resolve('busybox');
    expect(found.origin).toBe('recipe');
    const image = await images.select(found, parsePlatform('linux/s390x'));
    const locked = busyboxLock.variants.find(({ platform }) => platform === 'linux/s390x');
    expect(image.descriptor.digest).toBe(locked?.manifest.digest);
    expect(image.config.config?.Cmd).toEqual(['sh']);
    const tree = await images.rootfs(image);
    const busybox = lookup(tree, '/bin/busybox');
    expect(busybox).toMatchObject({ kind: 'file', mode: 0o755, uid: 0, mtime: 0n });
    expect(lookup(tree, '/bin/uname')).toBe(busybox);
    expect(lookup(tree, '/usr/bin/env')).toBe(busybox);
    expect(lookup(tree, '/tmp')).toMatchObject({ kind: 'directory', mode: 0o1777 });
    if (busybox?.kind !== 'file') throw new Error('unreachable');
    // EM_S390 is 22, big endian.
    expect([...(await busybox.content.load()).subarray(18, 20)]).toEqual([0, 22]);
    expect(await images.list()).toEqual([]);
  });

  test('every platform is as locked, and the index is valid', async () => {
    const images = make();
    const { descriptor, source } = await images.make('busybox');
    expect(descriptor.digest).toBe(busyboxLock.index.digest);
    await validateIndex(source, nodeHasher, descriptor);
    const [listed] = await images.list();
    expect(listed?.platforms).toEqual([
      'linux/386',
      'linux/amd64',
      'linux/arm/v5',
      'linux/arm/v7',
      'linux/arm64',
      'linux/mips64le',
      'linux/mipsle',
      'linux/ppc64le',
      'linux/riscv64',
      'linux/s390x',
    ]);
  });
});

describe('packages that cannot be had', () => {
  const [locked] = busyboxLock.variants;
  const script = (name: string, text: string): string => {
    const file = join(directory, name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return file;
  };
  const sources = (): string => {
    const place = mkdtempSync(join(directory, 'etc-'));
    writeFileSync(join(place, 'sources.list'), 'deb http://mirror.test/debian bookworm main\n');
    return place;
  };
  const fetcher = (aptGet: string, sourcesDirectory = sources()): AptFetcher =>
    new AptFetcher({
      cacheDirectory: mkdtempSync(join(directory, 'cache-')),
      environment: {},
      sourcesDirectory,
      aptGet,
      aptHelper: join(directory, 'missing'),
    });

  test('without apt', async () => {
    await expect(fetcher(join(directory, 'missing')).fetch(locked!)).rejects.toMatchObject({
      code: 'RECIPE_FAILED',
      message: expect.stringMatching(/needs apt.*\n.*images load/),
    });
  });
  test('without a mirror', async () => {
    const empty = mkdtempSync(join(directory, 'etc-'));
    await expect(fetcher('false', empty).fetch(locked!)).rejects.toMatchObject({
      code: 'RECIPE_FAILED',
      message: expect.stringContaining('STILETTO_DEBIAN_MIRROR'),
    });
  });
  test('the mirror is down', async () => {
    const aptGet = script('down', 'echo "E: Could not resolve mirror.test" >&2; exit 100');
    await expect(fetcher(aptGet).fetch(locked!)).rejects.toMatchObject({
      code: 'RECIPE_FAILED',
      message: expect.stringContaining('Could not resolve mirror.test'),
    });
  });
  test('other bytes than locked', async () => {
    const aptGet = script('wrong', 'for last; do :; done; echo junk > "x.deb"');
    await expect(fetcher(aptGet).fetch(locked!)).rejects.toMatchObject({
      code: 'RECIPE_FAILED',
      message: expect.stringContaining(locked!.sha256),
    });
  });
  test('an image without its package names the recipe failure', async () => {
    const images = make(fetcher(join(directory, 'missing')));
    const found = await images.resolve('busybox');
    await expect(images.select(found, parsePlatform('linux/amd64'))).rejects.toMatchObject({
      code: 'RECIPE_FAILED',
    });
  });
});

describe('the sources of apt', () => {
  test('one-line format', () => {
    const text =
      '# deb http://no.test/debian bookworm main\n' +
      'deb-src http://src.test/debian bookworm main\n' +
      'deb [arch=amd64 signed-by=/k.gpg] http://a.test/debian/ bookworm main contrib # x\n';
    expect(parseSourceLines(text)).toEqual([
      {
        uri: 'http://a.test/debian',
        suites: ['bookworm'],
        components: ['main', 'contrib'],
        signedBy: '/k.gpg',
      },
    ]);
  });
  test('paragraphs', () => {
    const text =
      'Types: deb deb-src\n# comment\nURIs: http://a.test/debian\nSuites: bookworm\n bookworm-updates\n' +
      'Components: main\nSigned-By: /k.gpg\n\nEnabled: no\nTypes: deb\nURIs: http://b.test\nSuites: x\n';
    expect(parseSourceParagraphs(text)).toEqual([
      {
        uri: 'http://a.test/debian',
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main'],
        signedBy: '/k.gpg',
      },
    ]);
  });
  test('only Debian counts', () => {
    const other = { uri: 'u', suites: ['noble'], components: ['main'], signedBy: undefined };
    const debian = { ...other, suites: ['stable'] };
    expect(chooseDebianSource([other])).toBeUndefined();
    expect(chooseDebianSource([other, debian])).toBe(debian);
  });
});
