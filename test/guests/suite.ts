/** Scripts in an image, on every architecture, against transcripts of real Linux; see README.md. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, connect } from 'stiletto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingOracleTool, type Outcome, runOnLinux } from './oracle.ts';

const architectures = ['amd64', 'arm64', 's390x'];
const recording = process.env.UPDATE_TRANSCRIPTS === '1';

/** One folder of scripts, an image they run in, and when real Linux is asked. */
export interface GuestSuite {
  /** Holds `scripts/*.sh` and `transcripts/ARCHITECTURE/*.txt`; ends with a slash. */
  readonly folder: string;
  /** Reference of the image. */
  readonly image: string;
  /** `each run`: besides the transcript, a fresh run is compared; `recording`: only then. */
  readonly oracle: 'each run' | 'recording';
  /** Longest one script may take, here or on real Linux; default: `scriptMs`. */
  readonly timeoutMs?: number;
}

/** Longest a script may take unless its suite says otherwise, in milliseconds. */
const scriptMs = 120_000;

/** An engine for a suite, and the image unpacked into a folder once an architecture. */
class Subject {
  readonly #image: string;
  readonly #roots: string = mkdtempSync(join(tmpdir(), 'stiletto-guests-'));
  readonly #unpacked: Map<string, Promise<string>> = new Map<string, Promise<string>>();
  readonly #engine: Client;

  constructor(engine: Client, image: string) {
    this.#engine = engine;
    this.#image = image;
  }

  /** Path of the unpacked image. */
  unpack(architecture: string): Promise<string> {
    const known = this.#unpacked.get(architecture);
    if (known) return known;
    const root = this.#engine
      .container({ platform: `linux/${architecture}` })
      .from(this.#image)
      .rootfs()
      .withNewDirectory('/work')
      .export(join(this.#roots, architecture));
    this.#unpacked.set(architecture, root);
    return root;
  }

  /** Runs a script in stiletto. */
  async run(architecture: string, script: string): Promise<Outcome> {
    const run = this.#engine
      .container({ platform: `linux/${architecture}` })
      .from(this.#image)
      .withEnvVariable('HOME', '/root')
      .withNewFile('/work/script', script)
      .withWorkdir('/work/cwd')
      .withExec(['sh', '-c', 'exec sh ../script 2>&1'], { expect: 'ANY' });
    return { output: await run.stdout(), exitCode: await run.exitCode() };
  }

  async close(): Promise<void> {
    await this.#engine.close();
    rmSync(this.#roots, { recursive: true, force: true });
  }
}

/** Scripts whose first line says so are decided by native amd64, where QEMU shows itself. */
function oracleArchitecture(script: string, architecture: string): string {
  return script.startsWith('# oracle: native') ? 'amd64' : architecture;
}

function transcriptPath(folder: string, name: string, architecture: string): string {
  return join(folder, 'transcripts', architecture, name.replace(/\.sh$/, '.txt'));
}

const format = ({ output, exitCode }: Outcome): string => `${output}[exit ${exitCode}]\n`;

/** Runs that real Linux gets: its clock is real, so a busy machine may end a wait too early. */
const freshRunsMax = 3;

/** What real Linux prints now; of several runs the first that equals the transcript. */
function freshRun(
  root: string,
  oracle: string,
  script: string,
  expected: string,
  timeoutMs: number,
): string {
  let real = '';
  for (let run = 0; run < freshRunsMax && real !== expected; run++) {
    real = format(runOnLinux(root, oracle, script, timeoutMs));
  }
  return real;
}

/** Compares a transcript with real Linux, or makes it; says loudly where the tools are missing. */
async function askOracle(
  suite: GuestSuite,
  subject: Subject,
  name: string,
  script: string,
  architecture: string,
): Promise<void> {
  const { timeoutMs = scriptMs } = suite;
  const oracle = oracleArchitecture(script, architecture);
  const transcript = transcriptPath(suite.folder, name, oracle);
  const records = recording && oracle === architecture;
  if (!records && suite.oracle === 'recording') return;
  const missing = missingOracleTool(oracle);
  if (missing && (process.env.CI || recording)) throw new Error(`the oracle needs ${missing}`);
  if (missing) {
    console.warn(`${name}: compared with the transcript only; a fresh run needs ${missing}`);
    return;
  }
  const root = await subject.unpack(oracle);
  if (records) {
    mkdirSync(join(transcript, '..'), { recursive: true });
    writeFileSync(transcript, format(runOnLinux(root, oracle, script, timeoutMs)));
    if (suite.oracle === 'recording') return;
  }
  const expected = readFileSync(transcript, 'utf8');
  const real = freshRun(root, oracle, script, expected, timeoutMs);
  expect(real, 'real Linux against the transcript').toBe(expected);
}

/** Declares the tests of a suite: every script on every architecture equals its transcript. */
export function runGuestSuite(suite: GuestSuite): void {
  const scripts = readdirSync(join(suite.folder, 'scripts')).sort();
  let subject: Subject;
  beforeAll(async () => {
    subject = new Subject(await connect(), suite.image);
  });
  afterAll(() => subject.close());

  // The oracle, then we.
  const timeout = 2 * (suite.timeoutMs ?? scriptMs);
  describe.each(architectures)('linux/%s', (architecture) => {
    test.each(scripts)('%s', { timeout }, async (name) => {
      const script = readFileSync(join(suite.folder, 'scripts', name), 'utf8');
      await askOracle(suite, subject, name, script, architecture);
      const oracle = oracleArchitecture(script, architecture);
      const transcript = readFileSync(transcriptPath(suite.folder, name, oracle), 'utf8');
      expect(format(await subject.run(architecture, script))).toBe(transcript);
    });
  });
}
