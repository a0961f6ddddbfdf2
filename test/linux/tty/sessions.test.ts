/**
 * Sessions of busybox at a terminal, on every architecture, against transcripts of the same on real
 * Linux (script(1), amd64). UPDATE_TRANSCRIPTS=1 records.
 */

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'stiletto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTranslatorMachine } from '../../../src/machine/translator.ts';
import { busyboxRootfs } from '../../../vm-images/busybox.ts';
import { requireTool } from '../../tools.ts';
import { type Session, sessions, Typist } from './cases.ts';

const transcriptFile = new URL('sessions.transcript.json', import.meta.url).pathname;
const architectures = ['amd64', 'arm64', 's390x'];
const env = ['PATH=/bin', 'HOME=/root', 'TERM=vt100', 'PS1=$ '];

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stiletto-tty-'));
  await using engine = await connect();
  for (const architecture of architectures) {
    const image = engine.container({ platform: `linux/${architecture}` }).from('busybox');
    await image.rootfs().export(join(folder, architecture));
  }
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function onLinux(session: Session): Promise<string> {
  const cwd = join(folder, 'cwd');
  rmSync(cwd, { recursive: true, force: true });
  mkdirSync(cwd);
  const bin = join(folder, 'amd64', 'bin');
  const settings = `PATH=${bin} HOME=/root TERM=vt100 'PS1=$ '`;
  const command = `exec ${bin}/env -i ${settings} ${bin}/sh`;
  const child = spawn('script', ['-qE', 'always', '-c', command, '/dev/null'], {
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const typist = new Typist(session, (text) => child.stdin.write(text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => typist.saw(text));
  await new Promise((resolve) => child.on('close', resolve));
  expect(typist.left).toBe(0);
  return typist.output;
}

async function onStiletto(session: Session, architecture: string): Promise<string> {
  const machine = createTranslatorMachine({ seed: 1n, epoch: 0n });
  const pending: Uint8Array[] = [];
  let asked: ((bytes: Uint8Array) => void) | undefined;
  const typist = new Typist(session, (text) => {
    pending.push(new TextEncoder().encode(text));
    give();
  });
  const give = (): void => {
    if (!asked || pending.length === 0) return;
    const answer = asked;
    asked = undefined;
    answer(pending.shift()!);
  };
  const decoder = new TextDecoder();
  await machine.exec({
    platform: { os: 'linux', architecture },
    mounts: [],
    args: ['sh'],
    env,
    cwd: '/tmp',
    uid: 0,
    gid: 0,
    groups: [],
    hostname: 'box',
    stdout() {},
    stderr() {},
    rootfs: busyboxRootfs(readFileSync(join(folder, architecture, 'bin', 'busybox'))),
    terminal: {
      rows: 24,
      columns: 80,
      write: (bytes) => typist.saw(decoder.decode(bytes, { stream: true })),
      input: {
        read: () =>
          new Promise((resolve) => {
            asked = resolve;
            give();
          }),
      },
    },
  });
  expect(typist.left).toBe(0);
  return typist.output;
}

const recorded = (): Record<string, string> => {
  try {
    return JSON.parse(readFileSync(transcriptFile, 'utf8'));
  } catch {
    return {};
  }
};

describe.each(sessions)('$name', (session) => {
  test.runIf(requireTool('script'))('real Linux equals the transcript', async () => {
    const real = await onLinux(session);
    if (process.env.UPDATE_TRANSCRIPTS === '1') {
      const all = { ...recorded(), [session.name]: real };
      writeFileSync(transcriptFile, `${JSON.stringify(all, undefined, 2)}\n`);
    }
    expect(real).toBe(recorded()[session.name]);
  });

  test.each(architectures)('linux/%s equals the transcript', async (architecture) => {
    expect(await onStiletto(session, architecture)).toBe(recorded()[session.name]);
  });
});
