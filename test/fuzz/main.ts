/**
 * Looks for differences for as long as one likes: `npm run fuzz -- TARGET [OPTIONS]`. Exit status 1
 * where one was found, 2 for wrong arguments.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { isaTarget } from './isa/target.ts';
import type { WorkerStart } from './pool.ts';
import { schedulingTarget } from './scheduling.ts';
import { Arguments, type Target, UsageError } from './target.ts';

const targets: readonly Target[] = [isaTarget, schedulingTarget];

function help(): string {
  const list = targets.map(({ name, summary, usage }) => `${name}: ${summary}\n${usage}`);
  return `npm run fuzz -- TARGET [OPTIONS]\n\n${list.join('\n\n')}\n`;
}

/** Everything temporary goes to a folder that goes in the end, however that comes. */
async function withFolder(work: () => Promise<number>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'stiletto-fuzz-'));
  process.env.TMPDIR = folder;
  try {
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(words: readonly string[]): Promise<number> {
  const [name = '--help', ...rest] = words;
  if (name === '--help' || rest.includes('--help')) {
    process.stdout.write(help());
    return 0;
  }
  const target = targets.find((candidate) => candidate.name === name);
  if (!target) throw new UsageError(`there is no target ${name}`);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  return await withFolder(() => target.run(new Arguments(rest), stop.signal));
}

function work({ target: name, start }: WorkerStart): void {
  const target = targets.find((candidate) => candidate.name === name);
  const answer = target!.worker!(start);
  parentPort!.on('message', async (message) => parentPort!.postMessage(await answer(message)));
}

if (!isMainThread) work(workerData as WorkerStart);
else {
  main(process.argv.slice(2)).then(
    (status) => {
      process.exitCode = status;
    },
    (error: unknown) => {
      if (!(error instanceof UsageError || error instanceof RangeError)) throw error;
      process.stderr.write(`${error.message}\n\n${help()}`);
      process.exitCode = 2;
    },
  );
}
