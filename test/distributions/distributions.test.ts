/** Debian's programs on every architecture equal their transcripts from real Linux; README.md. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, connect } from 'stiletto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingOracleTool, type Outcome, runOnLinux } from '../guests/oracle.ts';

const folder = new URL('.', import.meta.url).pathname;
const image = 'debian';
const architectures = ['amd64', 'arm64', 's390x'];
const recording = process.env.UPDATE_TRANSCRIPTS === '1';
const scripts = readdirSync(join(folder, 'scripts')).sort();

let engine: Client;
let roots: string;

beforeAll(async () => {
  engine = await connect();
  roots = mkdtempSync(join(tmpdir(), 'stiletto-distributions-'));
});

afterAll(async () => {
  await engine.close();
  rmSync(roots, { recursive: true, force: true });
});

async function runInStiletto(architecture: string, script: string): Promise<Outcome> {
  const run = engine
    .container({ platform: `linux/${architecture}` })
    .from(image)
    .withEnvVariable('HOME', '/root')
    .withNewFile('/work/script', script)
    .withWorkdir('/work/cwd')
    .withExec(['sh', '-c', 'exec sh ../script 2>&1'], { expect: 'ANY' });
  return { output: await run.stdout(), exitCode: await run.exitCode() };
}

/** The image unpacked into a folder. */
function unpack(architecture: string): Promise<string> {
  return engine
    .container({ platform: `linux/${architecture}` })
    .from(image)
    .rootfs()
    .withNewDirectory('/work')
    .export(join(roots, architecture));
}

/** Scripts whose first line says so are decided by native amd64, where QEMU shows itself. */
const oracleArchitecture = (script: string, architecture: string): string =>
  script.startsWith('# oracle: native') ? 'amd64' : architecture;

const transcriptPath = (name: string, architecture: string): string =>
  join(folder, 'transcripts', architecture, name.replace(/\.sh$/, '.txt'));

const format = ({ output, exitCode }: Outcome): string => `${output}[exit ${exitCode}]\n`;

describe.each(architectures)('linux/%s', (architecture) => {
  test.each(scripts)('%s', { timeout: 240_000 }, async (name) => {
    const script = readFileSync(join(folder, 'scripts', name), 'utf8');
    const oracle = oracleArchitecture(script, architecture);
    const transcript = transcriptPath(name, oracle);
    if (recording && oracle === architecture) {
      const missing = missingOracleTool(architecture);
      if (missing) throw new Error(`the oracle needs ${missing}`);
      const real = format(runOnLinux(await unpack(architecture), architecture, script));
      mkdirSync(join(transcript, '..'), { recursive: true });
      writeFileSync(transcript, real);
    }
    expect(format(await runInStiletto(architecture, script))).toBe(
      readFileSync(transcript, 'utf8'),
    );
  });
});
