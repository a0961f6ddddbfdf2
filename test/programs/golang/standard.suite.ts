/** Tests of Go's standard library, cross-compiled by the host's Go, end as they do on this host. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Client, connect } from 'stiletto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { architectures } from '../../linux/guest_program.ts';
import { requireTool } from '../../tools.ts';
import { goSources, goTests } from '../go.ts';

const packages = ['sort', 'strings', 'encoding/json', 'sync', 'time', 'os/exec'];
const options = ['-test.short', '-test.v'];

/** Results of tests in the order of their names; times and messages differ. */
function resultsOf(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => /^(?:--- |PASS|FAIL|panic|fatal)/.test(line))
    .map((line) => line.replace(/ \([0-9.]+s\)$/, ''))
    .sort();
}

function runNatively(name: string): string[] {
  const program = goTests(name, 'amd64');
  const { stdout } = spawnSync(program, options, { cwd: goSources(name), encoding: 'utf8' });
  return resultsOf(stdout);
}

describe.runIf(requireTool('go') && process.arch === 'x64')('the standard library', () => {
  let engine: Client;
  beforeAll(async () => {
    engine = await connect();
  });
  afterAll(() => engine.close());

  test.each(
    packages.flatMap((name) => architectures.map((architecture) => [name, architecture] as const)),
  )('%s linux/%s', { timeout: 3_600_000 }, async (name, architecture) => {
    let container = engine
      .container({ platform: `linux/${architecture}` })
      .from('debian')
      .withDirectory(goSources(name), engine.host().directory(goSources(name)))
      .withFile('/tests', engine.host().file(goTests(name, architecture)))
      .withWorkdir(goSources(name));
    // Debian's Go is without the archive of time zones, here as there.
    const zones = goSources('../lib/time');
    if (existsSync(zones))
      container = container.withDirectory(zones, engine.host().directory(zones));
    const run = container.withExec(['/tests', ...options], { expect: 'ANY' });
    expect(resultsOf(await run.stdout())).toEqual(runNatively(name));
    expect(await run.exitCode()).toBe(0);
  });
});
