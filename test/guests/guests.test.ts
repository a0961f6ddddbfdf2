/** Every script on every architecture equals its transcript from real Linux; see README.md. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, connect } from 'stiletto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingOracleTool, type Outcome, runOnLinux } from './oracle.ts';

const folder = new URL('.', import.meta.url).pathname;
const architectures = ['amd64', 'arm64', 's390x'];
const recording = process.env.UPDATE_TRANSCRIPTS === '1';
const scripts = readdirSync(join(folder, 'scripts')).sort();

let engine: Client;
let roots: string;

beforeAll(async () => {
  engine = await connect();
  roots = mkdtempSync(join(tmpdir(), 'stiletto-guests-'));
});

afterAll(async () => {
  await engine.close();
  rmSync(roots, { recursive: true, force: true });
});

/** The image unpacked into a folder, once an architecture. */
const unpacked = new Map<string, Promise<string>>();
function unpack(architecture: string): Promise<string> {
  const known = unpacked.get(architecture);
  if (known) return known;
  const root = engine
    .container({ platform: `linux/${architecture}` })
    .from('busybox')
    .rootfs()
    .withNewDirectory('/work')
    .export(join(roots, architecture));
  unpacked.set(architecture, root);
  return root;
}

async function runInStiletto(architecture: string, script: string): Promise<Outcome> {
  const run = engine
    .container({ platform: `linux/${architecture}` })
    .from('busybox')
    .withEnvVariable('HOME', '/root')
    .withNewFile('/work/script', script)
    .withWorkdir('/work/cwd')
    .withExec(['sh', '-c', 'exec sh ../script 2>&1'], { expect: 'ANY' });
  return { output: await run.stdout(), exitCode: await run.exitCode() };
}

/** Scripts whose first line says so are decided by native amd64, where QEMU shows itself. */
function oracleArchitecture(script: string, architecture: string): string {
  return script.startsWith('# oracle: native') ? 'amd64' : architecture;
}

function transcriptPath(name: string, architecture: string): string {
  return join(folder, 'transcripts', architecture, name.replace(/\.sh$/, '.txt'));
}

const format = ({ output, exitCode }: Outcome): string => `${output}[exit ${exitCode}]\n`;

/** Runs that real Linux gets: its clock is real, so a busy machine may end a wait too early. */
const freshRunsMax = 3;

/** What real Linux prints now; of several runs the first that equals the transcript. */
function freshRun(root: string, oracle: string, script: string, expected: string): string {
  let real = '';
  for (let run = 0; run < freshRunsMax && real !== expected; run++) {
    real = format(runOnLinux(root, oracle, script));
  }
  return real;
}

describe.each(architectures)('linux/%s', (architecture) => {
  test.each(scripts)('%s', { timeout: 240_000 }, async (name) => {
    const script = readFileSync(join(folder, 'scripts', name), 'utf8');
    const oracle = oracleArchitecture(script, architecture);
    const transcript = transcriptPath(name, oracle);
    const missing = missingOracleTool(oracle);
    if (missing && (process.env.CI || recording)) throw new Error(`the oracle needs ${missing}`);
    if (missing) {
      console.warn(`${name}: compared with the transcript only; a fresh run needs ${missing}`);
    } else {
      const root = await unpack(oracle);
      if (recording && oracle === architecture) {
        mkdirSync(join(transcript, '..'), { recursive: true });
        writeFileSync(transcript, format(runOnLinux(root, oracle, script)));
      }
      const expected = readFileSync(transcript, 'utf8');
      const real = freshRun(root, oracle, script, expected);
      expect(real, 'real Linux against the transcript').toBe(expected);
    }
    const ours = format(await runInStiletto(architecture, script));
    expect(ours).toBe(readFileSync(transcript, 'utf8'));
  });
});
