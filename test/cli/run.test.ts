import { describe, expect, test } from 'vitest';
import { version } from '../../src/api/version.ts';
import { requireTool } from '../tools.ts';
import { command, start, stiletto } from './command.ts';

describe('stiletto run', () => {
  test.each([
    ['linux/amd64', 'x86_64'],
    ['linux/arm64', 'aarch64'],
    ['linux/s390x', 's390x'],
  ])('%s', async (platform, machine) => {
    const run = await stiletto(['run', '--platform', platform, 'busybox', 'uname', '-m']);
    expect(run).toEqual({ code: 0, stdout: `${machine}\n`, stderr: '' });
  });

  test('streams stay apart and the status is the guest’s', async () => {
    const script = 'echo out; echo err >&2; exit 7';
    const run = await stiletto(['run', 'busybox', 'sh', '-c', script]);
    expect(run).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('standard input reaches the guest', async () => {
    const input = `${'line\n'.repeat(50_000)}end`;
    const run = await stiletto(['run', 'busybox', 'wc', '-c'], { input });
    expect(run).toEqual({ code: 0, stdout: `${input.length}\n`, stderr: '' });
  });

  test('environment, directory, user and entrypoint', async () => {
    const options = ['-e', 'A=x=y', '--env', 'PASSED', '-w', '/srv/new', '--user', '007:2'];
    const script = 'echo "$A $PASSED"; pwd; id -u; id -g';
    const args = ['run', ...options, '--entrypoint', 'sh', 'busybox', '-c', script];
    const run = await stiletto(args, { env: { PASSED: 'on' } });
    expect(run).toEqual({ code: 0, stdout: 'x=y on\n/srv/new\n7\n2\n', stderr: '' });
  });

  test('options behind the image are the guest’s', async () => {
    const run = await stiletto(['run', 'busybox', 'echo', '--platform', '-e', '--', '--help']);
    expect(run.stdout).toBe('--platform -e -- --help\n');
  });

  test('--strace tells system calls on standard error', async () => {
    const run = await stiletto(['run', '--strace', 'busybox', 'true']);
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/exit_group\(0/);
  });

  test('a signal ends the guest, the status says which', async () => {
    const script = 'echo started; while :; do :; done';
    const run = await stiletto(['run', 'busybox', 'sh', '-c', script], {
      onOutput: (_, child) => child.kill('SIGTERM'),
    });
    expect([run.code, run.stdout]).toEqual([143, 'started\n']);
  });

  test('a reader that goes away ends the guest', async () => {
    const line = `${command.join(' ')} run busybox yes | head -n 2`;
    const run = await start('sh', ['-c', line]);
    expect(run).toEqual({ code: 0, stdout: 'y\ny\n', stderr: '' });
  });
});

describe.runIf(requireTool('script'))('a terminal', () => {
  /** Our command under util-linux's `script`, which gives it a terminal. */
  const onTerminal = (
    line: string,
    onOutput: NonNullable<Parameters<typeof start>[2]>['onOutput'],
  ) => start('script', ['-qec', line, '/dev/null'], onOutput ? { onOutput } : {});

  test('an interactive shell: prompt, echo, Ctrl-C, size, and everything restored', async () => {
    const run = `${command.join(' ')} run --platform linux/arm64 busybox sh`;
    const steps: [RegExp, string][] = [
      [/# $/, 'tty; stty size; uname -m\r'],
      [/aarch64\s+.*# $/, 'sh -c "echo ready; sleep 1000"\r'],
      [/\nready\s+$/, '\x03'],
      [/\^C[\s\S]*# $/, 'exit 5\r'],
    ];
    const line = `stty rows 30 cols 90; ${run}; echo status $?; stty -a`;
    const { stdout, code } = await onTerminal(line, (output, child) => {
      const step = steps[0];
      // The shell asks for the cursor's position behind each prompt.
      if (!step?.[0].test(output.replaceAll('\x1b[6n', ''))) return;
      steps.shift();
      child.stdin?.write(step[1]);
      if (steps.length === 0) child.stdin?.end();
    });
    expect(steps).toEqual([]);
    expect(stdout).toContain('30 90');
    expect(stdout).toContain('/dev/');
    expect(stdout).toContain('status 5');
    expect(stdout).toMatch(/ icanon .* echo /s);
    expect(code).toBe(0);
  });
});

describe('what goes wrong', () => {
  test.each([
    [['run', 'busybox', 'no-such-program'], 127, /not found/],
    [['run', '--platform', 'linux/riscv64', 'busybox', 'uname'], 126, /exec format error/],
    [['run', '--platform', 'windows98', 'busybox', 'x'], 125, /PLATFORM_UNKNOWN.*\n.*linux\/arm64/],
    [['run', '--platform', 'linux/loong64', 'busybox', 'x'], 125, /PLATFORM_NOT_IN_IMAGE/],
    [['run', 'a b', 'x'], 125, /REFERENCE_INVALID/],
    [['run', '127.0.0.1:9/x', 'x'], 125, /REGISTRY_UNREACHABLE/],
    [['run', '--user', 'nobody-here', 'busybox', 'x'], 125, /unable to find user/],
    [['run'], 2, /stiletto --help/],
    [['run', '--no-such-option', 'busybox'], 2, /stiletto --help/],
    [['no-such-command'], 2, /unknown command "no-such-command"/],
    [['images', 'no-such-action'], 2, /unknown command/],
  ])('%j ends with %i', async (args, code, stderr) => {
    const run = await stiletto(args);
    expect(run.code).toBe(code);
    expect(run.stderr).toMatch(stderr);
    expect(run.stderr).not.toContain('\x1b');
    expect(run.stdout).toBe('');
  });

  test('help and version', async () => {
    const help = await stiletto(['--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/run <image>[\s\S]*images <action>[\s\S]*uname -m/);
    expect((await stiletto(['run', '--help'])).stdout).toMatch(/--platform[\s\S]*--entrypoint/);
    expect((await stiletto(['--version'])).stdout).toContain(version);
  });
});
