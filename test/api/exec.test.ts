import { EngineError, ExecError, ReturnType } from 'stiletto';
import { expect, test } from 'vitest';
import { decodeOutput } from '../../src/engine/exec.ts';
import { stubEngine } from './fixture.ts';

test('streams are separate and verbatim', async () => {
  await using engine = await stubEngine(() => ({ stdout: 'out\n', stderr: 'err\n' }));
  const done = engine.container().from('base').withExec(['x']).withEnvVariable('A', 'later');
  expect(await done.stdout()).toBe('out\n');
  expect(await done.stderr()).toBe('err\n');
  expect(await done.combinedOutput()).toBe('out\nerr\n');
  expect(await done.exitCode()).toBe(0);
});

test('bytes that are not UTF-8 become U+FFFD', async () => {
  await using engine = await stubEngine(() => ({ stdout: Uint8Array.of(0x61, 0xff, 0x62) }));
  expect(await engine.container().from('base').withExec(['x']).stdout()).toBe('a\ufffdb');
});

test('standard input: a text, a file, or end of file', async () => {
  await using engine = await stubEngine(async ({ stdin }) => ({
    stdout: stdin ? ((await stdin.read()) ?? 'nothing') : 'absent',
  }));
  const base = engine.container().from('base');
  expect(await base.withExec(['x']).stdout()).toBe('absent');
  expect(await base.withExec(['x'], { stdin: 'text' }).stdout()).toBe('text');
  const file = base.withExec(['x'], { redirectStdin: '/etc/platform' });
  expect(await file.stdout()).toBe('linux/amd64');
  const both = base.withExec(['x'], { stdin: 'a', redirectStdin: '/etc/platform' });
  await expect(both.stdout()).rejects.toThrow('cannot set both stdin and redirectStdin');
});

test('redirected streams land in files and are still answered', async () => {
  await using engine = await stubEngine(() => ({ stdout: 'out', stderr: 'err' }));
  const done = engine
    .container()
    .from('base')
    .withWorkdir('/w')
    .withExec(['x'], { redirectStdout: 'o', redirectStderr: '/e' });
  expect(await done.file('/w/o').contents()).toBe('out');
  expect(await done.file('/e').contents()).toBe('err');
  expect(await done.stdout()).toBe('out');
});

test('a failing command is an ExecError in Dagger’s words, of the first that fails', async () => {
  let runs = 0;
  await using engine = await stubEngine(({ args }) => {
    runs += 1;
    return { exitCode: Number(args[1]), stdout: ' some\n', stderr: 'why\n' };
  });
  const failed = engine.container().from('base').withExec(['exit', '3']).withExec(['exit', '4']);
  const error = await failed.stdout().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ExecError);
  expect(error).toBeInstanceOf(EngineError);
  expect(error).toMatchObject({
    code: 'EXEC_FAILED',
    cmd: ['exit', '3'],
    exitCode: 3,
    stdout: 'some',
    stderr: 'why',
  });
  expect((error as Error).message).toContain(
    'process "exit 3" did not complete successfully: exit code: 3',
  );
  await failed.sync().catch(() => {});
  // Failures are not remembered.
  expect(runs).toBe(2);
});

test.each([
  [ReturnType.Success, [0], [1, 127, 130, 200]],
  [ReturnType.Failure, [1, 127, 192, 255], [0, 128, 191]],
  [ReturnType.Any, [0, 1, 127, 192, 255], [128, 137, 191]],
])('expect %s', async (expect_, accepted, refused) => {
  await using engine = await stubEngine(({ args }) => ({ exitCode: Number(args[0]) }));
  const run = (code: number) =>
    engine
      .container()
      .from('base')
      .withExec([`${code}`], { expect: expect_ })
      .exitCode();
  for (const code of accepted) expect(await run(code)).toBe(code);
  for (const code of refused) await expect(run(code)).rejects.toBeInstanceOf(ExecError);
});

test('a platform that no machine executes ends as a shell would say it', async () => {
  await using engine = await stubEngine(undefined, { machine: [] });
  const run = engine.container({ platform: 'linux/s390x' }).from('base').withExec(['uname']);
  await expect(run.stdout()).rejects.toMatchObject({
    code: 'PLATFORM_NOT_EXECUTABLE',
    exitCode: 126,
    stderr: 'exec uname: exec format error: no machine executes linux/s390x',
  });
});

test('an abandoned engine stops its guests and refuses more', async () => {
  let stopped = false;
  const engine = await stubEngine(
    ({ cancel }) =>
      new Promise((_, reject) => {
        cancel?.addEventListener('abort', () => {
          stopped = true;
          reject(new EngineError('CANCELLED', 'stopped'));
        });
      }),
  );
  const container = engine.container().from('base').withExec(['sleep']);
  const running = container.stdout();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const closing = engine.close();
  await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
  await closing;
  expect(stopped).toBe(true);
  await expect(container.stdout()).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('run gives streams to the process and remembers nothing', async () => {
  let runs = 0;
  await using engine = await stubEngine(async ({ stdin, args }) => {
    runs += 1;
    const input = await stdin?.read();
    return { stdout: `${args.join(' ')}: ${decodeOutput(input ?? new Uint8Array())}`, exitCode: 7 };
  });
  const container = engine.container().from('base');
  for (let i = 0; i < 2; i++) {
    let out = '';
    const code = await container.run([], {
      stdin: { read: () => Promise.resolve(new TextEncoder().encode('hi')) },
      stdout: (bytes) => {
        out += decodeOutput(bytes);
      },
      stderr: () => {},
    });
    expect([code, out]).toEqual([7, '/entry default args: hi']);
  }
  expect(runs).toBe(2);
});

test('a chain of a thousand steps and as many parallel requests', async () => {
  await using engine = await stubEngine(({ rootfs }) => ({ stdout: `${rootfs.entries.size}` }));
  let container = engine.container().from('base');
  for (let i = 0; i < 1000; i++) container = container.withNewFile(`/f${i}`, `${i}`);
  expect(await container.withExec(['count']).stdout()).toBe('1002');
  const many = Array.from({ length: 1000 }, (_, i) =>
    engine
      .container()
      .from('base')
      .withExec([`${i % 10}`])
      .stdout(),
  );
  expect(new Set(await Promise.all(many))).toEqual(new Set(['2']));
});

test('progress tells what starts, ends, fails and how long it took', async () => {
  const seen: string[] = [];
  await using engine = await stubEngine(({ args }) => ({ exitCode: Number(args[0]) }), {
    onProgress: (event) => seen.push(`${event.kind} ${event.title}`),
  });
  const base = engine.container({ platform: 'linux/arm64' }).from('base');
  await base.withExec(['0']).sync();
  await base
    .withExec(['1'])
    .sync()
    .catch(() => {});
  expect(seen).toEqual([
    'started linux/arm64 from base',
    'finished linux/arm64 from base',
    'started linux/arm64 exec 0',
    'finished linux/arm64 exec 0',
    'started linux/arm64 exec 1',
    'failed linux/arm64 exec 1',
  ]);
});
