/** Runs programs whose output depends on who runs when, in one machine after the other. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'stiletto';
import { createTranslationCache, type TranslationCache } from '../../src/cpu/cpu.ts';
import type { ExecRequest, Machine } from '../../src/machine/machine.ts';
import { createTranslatorMachine } from '../../src/machine/translator.ts';

/** Architectures; runs with different seeds take turns. */
export const architectures: readonly string[] = ['amd64', 'arm64', 's390x'];

/** A file of `programs/`. Its first lines name an image and, where it is not plain, a shell. */
export interface DeterminismProgram {
  readonly name: string;
  readonly text: string;
  readonly image: string;
  /** What runs the file, with its options. */
  readonly command: readonly string[];
}

const interpreters: Readonly<Record<string, string>> = { sh: 'sh', pl: 'perl', py: 'python3' };

/** From the root of the repository, where tests and `npm run` start. */
const folder = 'test/determinism/programs';

/** All programs, by name. */
export function programs(): DeterminismProgram[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const note = (key: string): string | undefined =>
        new RegExp(`^# ${key}: (.*)$`, 'm').exec(text)?.[1];
      const image = note('image');
      const command = note('shell') ?? interpreters[name.split('.')[1] ?? ''];
      if (!image || !command) throw new Error(`${name} does not say what runs it`);
      return { name, text, image, command: command.split(' ') };
    });
}

/** How a run ended. */
export interface RunOutcome {
  readonly output: string;
  /** Exit status, or the error the machine gave. */
  readonly status: number | string;
  /** Guest instructions executed. */
  readonly instructions: bigint;
}

/** Host time after which a run counts as one that hangs. Milliseconds. */
const hangMs = 120_000;

/** Runs programs; what is expensive to prepare is kept. */
export class Runner {
  readonly #requests = new Map<string, Promise<ExecRequest>>();
  readonly #cache: TranslationCache = createTranslationCache();

  /** The request a container makes of a machine for a program. */
  #request(program: DeterminismProgram, architecture: string): Promise<ExecRequest> {
    const key = `${program.name} ${architecture}`;
    let request = this.#requests.get(key);
    if (!request) this.#requests.set(key, (request = requestOf(program, architecture)));
    return request;
  }

  /** Runs a program in a new machine; without `schedule` tasks take turns. */
  async run(
    program: DeterminismProgram,
    architecture: string,
    schedule?: number,
  ): Promise<RunOutcome> {
    const request = await this.#request(program, architecture);
    const machine = createTranslatorMachine({
      cache: this.#cache,
      seed: 1n,
      epoch: 1_700_000_000_000_000_000n,
      ...(schedule === undefined ? {} : { schedule: BigInt(schedule) }),
    });
    const chunks: Uint8Array[] = [];
    const keep = (bytes: Uint8Array): unknown => chunks.push(bytes.slice());
    const hang = new AbortController();
    const timer = setTimeout(() => hang.abort(), hangMs);
    const output = (): string => Buffer.concat(chunks).toString();
    try {
      const result = await machine.exec({
        ...request,
        stdout: keep,
        stderr: keep,
        cancel: hang.signal,
      });
      return { output: output(), status: result.exitCode, instructions: result.instructions };
    } catch (error) {
      const status = hang.signal.aborted ? `no end within ${hangMs} ms` : String(error);
      return { output: output(), status, instructions: 0n };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Lets a container come as far as to a machine, which notes what it is asked to run. */
async function requestOf(program: DeterminismProgram, architecture: string): Promise<ExecRequest> {
  let request: ExecRequest | undefined;
  const machine: Machine = {
    name: 'notes requests',
    supports: () => true,
    exec(asked) {
      request = asked;
      const { rootfs } = asked;
      return Promise.resolve({ exitCode: 0, rootfs, mounts: new Map(), instructions: 0n });
    },
  };
  const engine = await connect({ machine });
  try {
    await engine
      .container({ platform: `linux/${architecture}` })
      .from(program.image)
      .withNewFile('/program', program.text)
      .withExec([...program.command, '/program'])
      .sync();
  } finally {
    await engine.close();
  }
  if (!request) throw new Error('nothing was run');
  return request;
}

/** The last line: what a program says when all went well, the same whoever ran when. */
export function verdict({ output, status }: RunOutcome): string {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  return status === 0 && last.startsWith('ok ') ? last : `${last} [${status}]`;
}
