/** Secrets and cache volumes: values that only containers look into. */

import type { SecretState } from '../engine/state.ts';
import { ApiObject } from './session.ts';

/** A value that execs see and that is scrubbed from everything they print. */
export class Secret extends ApiObject {
  name(): Promise<string> {
    return this.#read(async ({ name }) => name);
  }

  /** Where the value comes from; empty for `setSecret`. */
  uri(): Promise<string> {
    return this.#read(async ({ uri }) => uri ?? '');
  }

  plaintext(): Promise<string> {
    return this.#read(async ({ plaintext }, signal) =>
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(await plaintext(signal)),
    );
  }

  #read<T>(read: (state: SecretState, signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.session.run(async (graph, signal) =>
      read(await graph.evaluate('Secret', this.operation, signal), signal),
    );
  }
}

/** A directory that survives the execs it is mounted for; equal keys are the same volume. */
export class CacheVolume extends ApiObject {}
