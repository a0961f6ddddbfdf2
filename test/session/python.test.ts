import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stiletto } from '../cli/command.ts';
import { message, reference, uname } from './expected.ts';
import { executable, run, succeeds, temporary } from './fixture.ts';

const sdk = 'dagger-io==0.21.11';
const reason = 'no Python 3.10 or later here, or its registry is out of reach';
const guide = fileURLToPath(new URL('guide.py', import.meta.url));
let directory: Awaited<ReturnType<typeof temporary>>;
let python = '';

beforeAll(async () => {
  directory = await temporary();
  const { path } = directory;
  const made = await succeeds('python3', ['-m', 'venv', 'v'], path);
  const own = join(path, 'v/bin/python');
  const install = ['-m', 'pip', 'install', '--quiet', sdk];
  if (made && (await succeeds(own, install, path))) python = own;
}, 300_000);

afterAll(() => directory[Symbol.asyncDispose]());

function check(stdout: string): void {
  const results = JSON.parse(stdout) as { error: { message: string } };
  expect(results).toMatchObject({
    uname,
    reference: expect.stringMatching(reference),
    variables: expect.arrayContaining([['A', '1']]),
    error: { exitCode: 3, stdout: 'o', stderr: 'e' },
  });
  expect(results.error.message).toContain(message);
}

test('guide, with a session given by the environment', async ({ skip }) => {
  skip(python === '', reason);
  check((await stiletto(['with', python, guide])).stdout);
});

test('guide, with the SDK starting its command', async ({ skip }) => {
  skip(python === '', reason);
  const bin = await executable(directory.path);
  const env = { ...process.env, _EXPERIMENTAL_DAGGER_CLI_BIN: bin };
  check((await run(python, [guide], { env })).stdout);
});
