import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stiletto } from '../cli/command.ts';
import { message, reference, uname } from './expected.ts';
import { executable, run, succeeds, temporary } from './fixture.ts';

const version = '0.21.9';
let directory: Awaited<ReturnType<typeof temporary>>;
let fetched = false;

beforeAll(async () => {
  directory = await temporary();
  await writeFile(join(directory.path, 'package.json'), '{"private":true,"type":"module"}');
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
  const args = [...install, `@dagger.io/dagger@${version}`];
  fetched = await succeeds('npm', args, directory.path);
  const program = fileURLToPath(new URL('guide.mjs', import.meta.url));
  await copyFile(program, join(directory.path, 'guide.mjs'));
}, 300_000);

afterAll(() => directory[Symbol.asyncDispose]());

function check(stdout: string): void {
  const results = JSON.parse(stdout) as Record<string, unknown>;
  expect(results).toMatchObject({
    uname,
    reference: expect.stringMatching(reference),
    again: uname,
    variables: expect.arrayContaining([['A', '1']]),
    exitCode: 4,
    cached: 'x\n',
    secret: '***\n',
    entries: [['a/'], ['a/', 'a/b'], 1],
    error: { known: true, exitCode: 3, stdout: 'o', stderr: 'e', message },
    refused: 'GraphQLRequestError',
  });
}

test('guide, with a session given by the environment', async ({ skip }) => {
  skip(!fetched, 'the SDK cannot be fetched from the registry here');
  const guide = join(directory.path, 'guide.mjs');
  const outcome = await stiletto(['with', process.execPath, guide]);
  expect(outcome.stderr).not.toContain('stiletto:');
  check(outcome.stdout);
});

test('guide, with the SDK starting its command', async ({ skip }) => {
  skip(!fetched, 'the SDK cannot be fetched from the registry here');
  const bin = await executable(directory.path);
  const { stdout } = await run(process.execPath, ['guide.mjs'], {
    cwd: directory.path,
    env: { ...process.env, _EXPERIMENTAL_DAGGER_CLI_BIN: bin },
  });
  check(stdout);
});
