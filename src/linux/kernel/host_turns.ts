/** Lets the host's event loop turn: what `setTimeout(0)` does, without its delay of milliseconds. */

export class HostTurns {
  readonly #channel: MessageChannel = new MessageChannel();
  #resume: (() => void) | undefined;

  constructor() {
    this.#channel.port1.onmessage = () => this.#resume?.();
  }

  /** Resolves after events that were waiting have been handled. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
      this.#channel.port2.postMessage(undefined);
    });
  }

  /** Must be called at the end: an open channel keeps Node alive. */
  close(): void {
    this.#channel.port1.close();
    this.#channel.port2.close();
  }
}
