/** Lock files: what tags meant the last time. Read when an engine opens, added to as it closes. */

import { EngineError } from '../engine/error.ts';
import type { HostFiles, Runtime } from '../host/runtime.ts';
import { formatLock, type ImageLock, lockOf, parseLock } from '../image/lock.ts';
import type { Configuration } from './configuration.ts';

/** A lock, in use. */
export interface OpenLock {
  readonly entries: ImageLock;
  /** Adds what is new to the file, where there is one and nothing forbids it. */
  save(pins: ImageLock): Promise<void>;
}

/**
 * Opens the lock of a configuration; a file that is not there yet is empty.
 *
 * @throws EngineError ARGUMENT_INVALID for one that is damaged
 */
export async function openLock(
  lock: Configuration['lock'],
  runtime: Pick<Runtime, 'files' | 'variable'>,
): Promise<OpenLock> {
  const nothing = () => Promise.resolve();
  if (lock === undefined) return { entries: new Map(), save: nothing };
  if (typeof lock !== 'string') return { entries: lockOf(lock), save: nothing };
  const { files } = runtime;
  if (!files) {
    throw new EngineError('ARGUMENT_INVALID', `${lock}: there are no host files here`, {
      remedy: 'give the entries of the lock instead of a path',
    });
  }
  const path = files.resolve(lock);
  const entries = await readLock(files, path);
  return {
    entries,
    async save(pins) {
      const isNew = [...pins].some(([name]) => !entries.has(name));
      // What a check sees must be what was committed.
      if (!isNew || runtime.variable?.('CI')) return;
      const all = new Map([...pins, ...(await readLock(files, path))]);
      await files.writeFile(path, new TextEncoder().encode(formatLock(all)), 0o644);
    },
  };
}

async function readLock(files: HostFiles, path: string): Promise<ImageLock> {
  let bytes: Uint8Array;
  try {
    bytes = await (await files.readFile(path)).content.load();
  } catch (error) {
    if (error instanceof EngineError && error.code === 'PATH_NOT_FOUND') return new Map();
    throw error;
  }
  return parseLock(new TextDecoder().decode(bytes));
}
