/** The process's own terminal, given to a guest; and its plain streams. */

import type { ReadStream, WriteStream } from 'node:tty';
import type { InputStream, Terminal } from '../../machine/machine.ts';

/** A terminal in raw mode. */
export interface OpenTerminal {
  readonly terminal: Terminal;
  /** Gives the terminal back as it was; calling it again does nothing. */
  close(): void;
}

/** Size of a terminal that does not tell its own. */
const sizeDefault = { rows: 24, columns: 80 };

/**
 * Puts the terminal into raw mode, so that every key, Ctrl-C included, goes to the guest. It is
 * restored by `close` and, whatever happens, when the process exits.
 */
export function openTerminal(stdin: ReadStream, stdout: WriteStream): OpenTerminal {
  const queue = new ChunkQueue();
  const take = (chunk: Uint8Array) => queue.push(chunk);
  const end = () => queue.end();
  stdin.setRawMode(true);
  stdin.on('data', take);
  stdin.on('end', end);
  const terminal: Terminal = {
    input: queue,
    write: (bytes) => void stdout.write(bytes),
    rows: stdout.rows || sizeDefault.rows,
    columns: stdout.columns || sizeDefault.columns,
  };
  const resize = () => terminal.onResize?.(stdout.rows, stdout.columns);
  stdout.on('resize', resize);
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    process.off('exit', close);
    stdout.off('resize', resize);
    stdin.off('data', take);
    stdin.off('end', end);
    stdin.setRawMode(false);
    stdin.pause();
  };
  process.on('exit', close);
  return { terminal, close };
}

/** Standard input as a guest reads it; nothing is read before the guest asks. */
export function inputOf(stdin: NodeJS.ReadableStream): InputStream {
  let chunks: AsyncIterator<string | Uint8Array> | undefined;
  return {
    async read() {
      chunks ??= stdin[Symbol.asyncIterator]();
      const { done, value } = await chunks.next();
      if (done) return undefined;
      return typeof value === 'string' ? new TextEncoder().encode(value) : new Uint8Array(value);
    },
  };
}

/** Keys typed before the guest reads them. */
class ChunkQueue implements InputStream {
  readonly #chunks: Uint8Array[] = [];
  readonly #readers: ((chunk: Uint8Array | undefined) => void)[] = [];
  #ended = false;

  push(chunk: Uint8Array): void {
    const reader = this.#readers.shift();
    if (reader) reader(new Uint8Array(chunk));
    else this.#chunks.push(new Uint8Array(chunk));
  }

  end(): void {
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader(undefined);
  }

  read(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift();
    if (chunk || this.#ended) return Promise.resolve(chunk);
    return new Promise((resolve) => this.#readers.push(resolve));
  }
}
