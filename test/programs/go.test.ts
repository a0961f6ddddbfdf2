/** A program that uses all of Go's runtime prints what it prints at home. */

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Client, connect } from 'stiletto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { architectures } from '../linux/guest_program.ts';
import { requireTool } from '../tools.ts';
import { goProgram } from './go.ts';
import { homeCommand } from './home.ts';

interface Outcome {
  readonly stdout: string;
  /** The end is a panic whose trace has addresses: those of one Go, so not in the transcript. */
  readonly stderr: string;
  readonly exitCode: number | null;
}

describe.runIf(requireTool('go'))('Go', () => {
  let engine: Client;
  beforeAll(async () => {
    engine = await connect();
  });
  afterAll(() => engine.close());

  test.each(architectures)('linux/%s', { timeout: 240_000 }, async (architecture) => {
    const transcript = new URL(`./transcripts/go-${architecture}.txt`, import.meta.url).pathname;
    const program = goProgram('main', architecture);
    const run = engine
      .container({ platform: `linux/${architecture}` })
      .withFile('/main', engine.host().file(program))
      .withExec(['/main'], { expect: 'ANY' });
    const here: Outcome = {
      stdout: await run.stdout(),
      stderr: await run.stderr(),
      exitCode: await run.exitCode(),
    };
    const command = homeCommand(architecture);
    if (command) {
      const [name, ...args] = [...command, program];
      const { stdout, stderr, status } = spawnSync(name!, args, { env: {}, encoding: 'utf8' });
      if (process.env.UPDATE_TRANSCRIPTS === '1') writeFileSync(transcript, stdout);
      expect(here).toEqual({
        stdout,
        stderr: stderr.replace(/^qemu: .*\n/gm, ''),
        exitCode: status,
      });
    }
    expect(here.stdout).toBe(readFileSync(transcript, 'utf8'));
    expect(here.exitCode).toBe(2);
  });
});
