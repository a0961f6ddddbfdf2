/** What objects of the typed client hold: the engine they belong to, the step they stand for. */

import { EngineError } from '../engine/error.ts';
import type { Graph } from '../engine/graph.ts';
import { type Argument, encodeId, type Operation, operation } from '../engine/operation.ts';

/** One connection. */
export class Session {
  readonly graph: Graph;
  readonly #controller: AbortController = new AbortController();
  /** Work under way; closing waits for it to stop. */
  readonly #running: Set<Promise<unknown>> = new Set<Promise<unknown>>();

  constructor(graph: Graph, cancel?: AbortSignal) {
    this.graph = graph;
    if (cancel?.aborted) this.#controller.abort();
    cancel?.addEventListener('abort', () => this.#controller.abort(), { once: true });
  }

  /** Runs what a leaf asks for; refused after `close`. */
  async run<T>(work: (graph: Graph, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#controller;
    if (signal.aborted) {
      throw new EngineError('CANCELLED', 'the engine is closed', {
        remedy: 'ask for results before the engine is closed or leaves its scope',
      });
    }
    const running = work(this.graph, signal);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Stops everything under way. */
  async close(): Promise<void> {
    this.#controller.abort();
    await Promise.allSettled(this.#running);
  }
}

/** Arguments as methods take them: objects of the API become operations. */
export type MethodArguments = { readonly [name: string]: unknown };

/** An immutable object of the API. Making one runs nothing. */
export class ApiObject {
  /** The connection; for the client's own use. */
  readonly session: Session;
  /** The step; for the client's own use. */
  readonly operation: Operation;

  constructor(session: Session, operation: Operation) {
    this.session = session;
    this.operation = operation;
  }

  /** A self-contained id: equal for equal construction, valid in other engines and processes. */
  async id(): Promise<string> {
    return encodeId(this.operation);
  }
}

/** The operation of a method of an object. */
export function step(self: ApiObject, kind: string, args: MethodArguments = {}): Operation {
  return operation(kind, { self: self.operation, ...lower(args) });
}

/** The operation of a field of the root. */
export function rootStep(kind: string, args: MethodArguments = {}): Operation {
  return operation(kind, lower(args));
}

function lower(args: MethodArguments): { [name: string]: Argument | undefined } {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, lowerValue(value)]));
}

function lowerValue(value: unknown): Argument | undefined {
  if (value instanceof ApiObject) return value.operation;
  if (Array.isArray(value)) return value.map((item) => lowerValue(item) ?? null);
  return value as Argument | undefined;
}
