/** Lets the host's event loop turn: `setTimeout(0)` without its delay of milliseconds. */

/** Node and Deno have it, browsers do not. */
type SetImmediate = (call: () => void) => unknown;
const { setImmediate } = globalThis as { readonly setImmediate?: SetImmediate };

export class HostTurns {
  /** Only without `setImmediate`: Node delivers 1000 messages before signals or timers. */
  readonly #channel: MessageChannel | undefined;
  #resume: (() => void) | undefined;

  constructor() {
    if (setImmediate) return;
    this.#channel = new MessageChannel();
    this.#channel.port1.onmessage = () => this.#resume?.();
  }

  /** Resolves after events that were waiting have been handled. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      if (setImmediate) {
        setImmediate(resolve);
        return;
      }
      this.#resume = resolve;
      this.#channel?.port2.postMessage(undefined);
    });
  }

  /** Must be called at the end: an open channel keeps Node alive. */
  close(): void {
    this.#channel?.port1.close();
    this.#channel?.port2.close();
  }
}
