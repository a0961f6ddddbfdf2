import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { dockerConfigPath, dockerCredentials } from '../../src/host/node/docker_config.ts';

const root = mkdtempSync(join(tmpdir(), 'stiletto-docker-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

/** A directory with config.json and helpers, each a shell script that gets the key as $key. */
function setUp(config: unknown, helpers: Record<string, string> = {}) {
  const directory = join(root, String(count++));
  mkdirSync(directory);
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  writeFileSync(join(directory, 'config.json'), text);
  for (const [name, script] of Object.entries(helpers)) {
    const path = join(directory, `docker-credential-${name}`);
    const log = `echo "$1 $key" >> ${directory}/log\n`;
    writeFileSync(path, `#!/bin/sh\nkey=$(cat)\n${log}${script}\n`);
    chmodSync(path, 0o755);
  }
  const env = { DOCKER_CONFIG: directory, PATH: `${directory}${delimiter}${process.env.PATH}` };
  return {
    ask: dockerCredentials(env),
    log: () => readFileSync(join(directory, 'log'), 'utf8').trim().split('\n'),
  };
}

const auth = (text: string): string => Buffer.from(text).toString('base64');
const answer = (username: string, secret: string): string =>
  `echo '${JSON.stringify({ ServerURL: 'x', Username: username, Secret: secret })}'`;

describe('the file', () => {
  test.each([
    [
      'r.test',
      { 'r.test': { auth: auth('ada:pass:word') } },
      { username: 'ada', password: 'pass:word' },
    ],
    ['r.test', { 'https://r.test': { auth: auth('ada:p') } }, { username: 'ada', password: 'p' }],
    [
      'r.test:5000',
      { 'http://r.test:5000/v2/': { auth: auth('ada:p') } },
      { username: 'ada', password: 'p' },
    ],
    ['r.test', { 'r.test:5000': { auth: auth('ada:p') } }, undefined],
    [
      'docker.io',
      { 'https://index.docker.io/v1/': { auth: auth('hub:p') } },
      { username: 'hub', password: 'p' },
    ],
    [
      'docker.io',
      { 'docker.io': { username: 'u', password: 'ü' } },
      { username: 'u', password: 'ü' },
    ],
    [
      'r.test',
      { 'r.test': { identitytoken: 'T' } },
      { username: '', password: '', identityToken: 'T' },
    ],
    [
      'r.test',
      { 'r.test': { registrytoken: 'T' } },
      { username: '', password: '', registryToken: 'T' },
    ],
    ['r.test', { 'r.test': {} }, undefined],
    ['other.test', { 'r.test': { auth: auth('a:b') } }, undefined],
  ])('%s in %j', async (registry, auths, expected) => {
    expect(await setUp({ auths }).ask(registry)).toEqual(expected);
  });

  test('none: anonymous', async () => {
    const ask = dockerCredentials({ DOCKER_CONFIG: join(root, 'nowhere') });
    expect(await ask('r.test')).toBeUndefined();
  });

  test.each([
    ['{', 'it is no JSON'],
    ['[]', 'no JSON object'],
    [{ auths: [] }, '"auths"'],
    [{ auths: { a: 'b' } }, '"auths"'],
    [{ credHelpers: { a: 1 } }, '"credHelpers"'],
    [{ credsStore: 1 }, '"credsStore"'],
    [{ auths: { 'r.test': { auth: auth('nothing') } } }, 'NAME:PASSWORD'],
  ])('damaged: %j', async (config, why) => {
    await expect(setUp(config).ask('r.test')).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: expect.stringContaining(why),
      remedy: expect.stringContaining('DOCKER_CONFIG'),
    });
  });

  test('its place', () => {
    expect(dockerConfigPath({ DOCKER_CONFIG: '/x' })).toBe('/x/config.json');
    expect(dockerConfigPath({ HOME: '/home/ada' })).toBe('/home/ada/.docker/config.json');
  });
});

describe('helpers', () => {
  test('one for a registry is asked once, and before the file', async () => {
    const { ask, log } = setUp(
      { credHelpers: { 'r.test': 'mine' }, auths: { 'r.test': { auth: auth('file:p') } } },
      { mine: answer('helper', 's') },
    );
    expect(await ask('r.test')).toEqual({ username: 'helper', password: 's' });
    expect(await ask('r.test')).toEqual({ username: 'helper', password: 's' });
    expect(log()).toEqual(['get r.test']);
  });

  test('one for all, then the file', async () => {
    const notFound = 'echo "credentials not found in native keychain"; exit 1';
    const { ask, log } = setUp(
      { credsStore: 'all', auths: { 'r.test': { auth: auth('file:p') } } },
      { all: `if [ "$key" = r.test ]; then ${notFound}; fi\n${answer('<token>', 'T')}` },
    );
    expect(await ask('r.test')).toEqual({ username: 'file', password: 'p' });
    expect(await ask('docker.io')).toEqual({ username: '', password: '', identityToken: 'T' });
    expect(log()).toEqual(['get r.test', 'get https://index.docker.io/v1/']);
  });

  test.each([
    ['echo locked; exit 1', 'locked'],
    ['exit 3', 'status 3'],
    ['echo "{}"', 'not what helpers answer'],
    ['echo nonsense', 'not what helpers answer'],
    ['yes | head -c 1100000', 'helperAnswerBytesMax'],
  ])('that fail: %s', async (script, why) => {
    const { ask } = setUp({ credsStore: 'bad' }, { bad: script });
    await expect(ask('r.test')).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringContaining(why),
    });
  });

  test.each(['missing-one', '../evil'])('%s is not there', async (name) => {
    await expect(setUp({ credsStore: name }).ask('r.test')).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      remedy: expect.stringContaining('docker-credential-'),
    });
  });
});
