import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command, root, stiletto } from '../cli/command.ts';
import { temporary } from './fixture.ts';

const [program = '', ...prefix] = command;

/** Starts a command that serves; `line` is its first line of output. */
async function serving(args: readonly string[]) {
  const child = spawn(program, [...prefix, ...args], { cwd: root });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = await new Promise<string>((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text);
    });
  });
  return { child, ended, line };
}

function ask(port: number, token: string, query: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/query`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${btoa(`${token}:`)}`,
    },
    body: JSON.stringify({ query }),
  });
}

test('session: port and token in the first line, ends with its input', async () => {
  const { child, ended, line } = await serving([
    'session',
    '--workdir',
    '/',
    '--label',
    'dagger.io/sdk.name:nodejs',
    '--label=dagger.io/sdk.version:0.21.9',
    '--version',
    '0.21.9',
  ]);
  const session = JSON.parse(line) as { port: number; session_token: string };
  expect(Object.keys(session)).toEqual(['port', 'session_token']);
  const response = await ask(session.port, session.session_token, '{ defaultPlatform }');
  expect(await response.json()).toHaveProperty('data.defaultPlatform');
  expect((await ask(session.port, 'other', '{ version }')).status).toBe(401);
  child.stdin.end();
  expect(await ended).toBe(0);
});

test('session: ends on SIGTERM', async () => {
  const { child, ended } = await serving(['session']);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('serve: token as given; a thousand requests at once', async () => {
  const { child, ended, line } = await serving(['serve', '--port', '0', '--token', 'abc']);
  const port = Number(/DAGGER_SESSION_PORT=(\d+) DAGGER_SESSION_TOKEN=abc\n/.exec(line)?.[1]);
  const answers = await Promise.all(
    Array.from({ length: 1000 }, async (_, n) => {
      const query = `{ file(name: "f", contents: "${n}") { contents } }`;
      return (await ask(port, 'abc', query)).json();
    }),
  );
  expect(answers).toEqual(
    Array.from({ length: 1000 }, (_, n) => ({ data: { file: { contents: String(n) } } })),
  );
  child.kill('SIGINT');
  expect(await ended).toBe(0);
});

test('with: session variables, output and status of the program', async () => {
  const script = 'console.log(typeof process.env.DAGGER_SESSION_TOKEN); process.exit(7)';
  const outcome = await stiletto(['with', process.execPath, '-e', script]);
  expect([outcome.code, outcome.stdout]).toEqual([7, 'string\n']);
  expect((await stiletto(['with', 'no-such-program-at-all'])).code).toBe(127);
  expect((await stiletto(['with', 'sh', '-c', 'kill -9 $$'])).code).toBe(137);
  expect((await stiletto(['with'])).code).toBe(2);
  expect((await stiletto(['with', '--platform-rule', 'no', 'true'])).code).toBe(2);
});

test('query: a document, its variables, its errors', async () => {
  await using directory = await temporary();
  const file = join(directory.path, 'q.graphql');
  await writeFile(
    file,
    'query ($name: String!, $text: String!) { file(name: $name, contents: $text) { contents } }',
  );
  const good = await stiletto(['query', '-f', file, '-v', 'name=f', '-v', 'text=a=b']);
  expect([good.code, JSON.parse(good.stdout)]).toEqual([
    0,
    { data: { file: { contents: 'a=b' } } },
  ]);
  const piped = await stiletto(['query'], { input: '{ nothing }' });
  expect(piped.code).toBe(1);
  expect(piped.stdout).toContain('Cannot query field');
  expect((await stiletto(['query', '-f', join(directory.path, 'missing')])).code).toBe(2);
});
