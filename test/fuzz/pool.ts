/** Threads that work on seeds, one after the other. */

import { Worker } from 'node:worker_threads';

/** What a thread is started with: the target's name and what its `worker` gets. */
export interface WorkerStart {
  readonly target: string;
  readonly start: unknown;
}

/** What to do with results. */
export interface PoolOptions<Result> {
  readonly target: string;
  readonly start: unknown;
  readonly jobs: number;
  readonly firstSeed: number;
  /** Whether to go on with another seed. */
  readonly more: () => boolean;
  readonly onResult: (result: Result) => void;
  readonly stop: AbortSignal;
}

/** After `stop` threads may finish their seed so long. Milliseconds. */
const graceMs = 3000;

/** Deals the seeds from `firstSeed` on to `jobs` threads until there is no more to do. */
export async function runPool<Result>(options: PoolOptions<Result>): Promise<void> {
  const { target, start, jobs, firstSeed, more, onResult, stop } = options;
  let seed = firstSeed;
  const workerData: WorkerStart = { target, start };
  const one = async (): Promise<void> => {
    // This file is part of the program that also is the thread.
    const worker = new Worker(process.argv[1]!, { workerData, argv: process.argv.slice(2) });
    const finished = new Promise<void>((resolve, reject) => {
      const next = (): void => {
        if (stop.aborted || !more()) resolve();
        else worker.postMessage(seed++);
      };
      worker.on('message', (result: Result) => {
        if (!stop.aborted) onResult(result);
        next();
      });
      worker.on('error', reject);
      const giveUp = (): unknown => setTimeout(resolve, graceMs);
      if (stop.aborted) giveUp();
      else stop.addEventListener('abort', giveUp, { once: true });
      next();
    });
    try {
      await finished;
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: jobs }, one));
}
