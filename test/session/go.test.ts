import { spawn } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command, root } from '../cli/command.ts';
import { message, reference, uname } from './expected.ts';
import { run, succeeds, temporary } from './fixture.ts';

const sdk = 'dagger.io/dagger@v0.4.2';
let directory: Awaited<ReturnType<typeof temporary>>;
let built = false;

beforeAll(async () => {
  directory = await temporary();
  const { path } = directory;
  const guide = fileURLToPath(new URL('guide.go', import.meta.url));
  await copyFile(guide, join(path, 'main.go'));
  const steps = [
    ['mod', 'init', 'guide'],
    ['get', sdk],
    ['mod', 'tidy'],
    ['build', '-o', 'guide', '.'],
  ];
  built = true;
  for (const step of steps) built &&= await succeeds('go', step, path);
}, 400_000);

afterAll(() => directory[Symbol.asyncDispose]());

test('guide in Go 0.4.2, with DAGGER_HOST', async ({ skip }) => {
  skip(!built, 'no Go here, or its module proxy is out of reach');
  const [program = '', ...words] = command;
  const args = [...words, 'serve', '--no-token', '--port', '0', '--schema', '0.4'];
  const server = spawn(program, args, { cwd: root });
  const line = await new Promise<string>((resolve) => {
    server.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
  });
  const [, host = ''] = /^DAGGER_HOST=(.*)\n$/.exec(line) ?? [];
  try {
    const env = { ...process.env, DAGGER_HOST: host };
    const { stdout } = await run(join(directory.path, 'guide'), [], { env });
    const results = JSON.parse(stdout) as { error: string };
    expect(results).toMatchObject({
      uname,
      reference: expect.stringMatching(reference),
      exitCode: 0,
      entries: ['a'],
      contents: '\u0007\u0001é',
    });
    expect(results.error).toContain(`${message}\nStdout:\no\nStderr:\ne`);
  } finally {
    server.kill();
  }
});
