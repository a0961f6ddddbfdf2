/** How an operation is defined: one row of kind, result type and evaluation. */

import type { Platform } from '../machine/machine.ts';
import type { DirectoryNode, FileNode } from '../rootfs/node.ts';
import { EngineError } from './error.ts';
import type { Argument, Operation } from './operation.ts';
import type { Services } from './services.ts';
import type { ObjectStates, ObjectType, Tree } from './state.ts';
import { deriveKey } from './state.ts';

/** Evaluates another operation of a known type. */
export type Evaluate = <T extends ObjectType>(
  type: T,
  operation: Operation,
) => Promise<ObjectStates[T]>;

/**
 * One evaluation: arguments by name, checked when read, because an operation may come out of an id
 * that somebody else wrote.
 */
export class Call {
  readonly services: Services;
  readonly operation: Operation;
  /** Fires when nobody wants the result any more. */
  readonly signal: AbortSignal;
  readonly #evaluate: Evaluate;

  constructor(services: Services, operation: Operation, evaluate: Evaluate, signal: AbortSignal) {
    this.services = services;
    this.operation = operation;
    this.signal = signal;
    this.#evaluate = evaluate;
  }

  /** The evaluated receiver. */
  self<T extends ObjectType>(type: T): Promise<ObjectStates[T]> {
    return this.object('self', type);
  }

  /** Another operation, evaluated: for those that stand for several. */
  evaluate<T extends ObjectType>(type: T, operation: Operation): Promise<ObjectStates[T]> {
    return this.#evaluate(type, operation);
  }

  /** An operation among the arguments, as it is. */
  input(name: string): Operation | undefined {
    const value = this.operation.args[name];
    return isOperation(value) ? value : undefined;
  }

  /** A list of operations among the arguments. */
  inputs(name: string): Operation[] {
    const value = this.operation.args[name] ?? [];
    if (!Array.isArray(value) || !value.every(isOperation)) {
      throw this.#wrong(name, 'a list of objects');
    }
    return value;
  }

  /** An evaluated object argument. */
  async object<T extends ObjectType>(name: string, type: T): Promise<ObjectStates[T]> {
    const value = this.operation.args[name];
    if (!isOperation(value)) throw this.#wrong(name, `a ${type}`);
    return this.#evaluate(type, value);
  }

  /** Evaluated elements of a list of objects; absent: none. */
  async objects<T extends ObjectType>(name: string, type: T): Promise<ObjectStates[T][]> {
    const value = this.operation.args[name] ?? [];
    if (!Array.isArray(value)) throw this.#wrong(name, `a list of ${type}`);
    return Promise.all(
      value.map((item: Argument) => {
        if (!isOperation(item)) throw this.#wrong(name, `a list of ${type}`);
        return this.#evaluate(type, item);
      }),
    );
  }

  /** Whether an argument was given. */
  has(name: string): boolean {
    const value = this.operation.args[name];
    return value !== undefined && value !== null;
  }

  /** A text; without `fallback` it must be there. */
  text(name: string, fallback?: string): string {
    const value = this.operation.args[name] ?? fallback;
    if (typeof value !== 'string') throw this.#wrong(name, 'a string');
    return value;
  }

  flag(name: string): boolean {
    const value = this.operation.args[name] ?? false;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }

  /** An integer that is not negative; absent without `fallback`: undefined. */
  integer(name: string, fallback?: number): number | undefined {
    const value = this.operation.args[name] ?? fallback;
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw this.#wrong(name, 'an integer that is not negative');
  }

  /** Permission bits; absent without `fallback`: undefined. */
  permissions(fallback?: number): number | undefined {
    const mode = this.integer('permissions', fallback);
    if (mode !== undefined && mode > 0o7777) throw this.#wrong('permissions', 'at most 0o7777');
    return mode;
  }

  texts(name: string): string[] {
    const value = this.operation.args[name] ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
      return value as string[];
    }
    throw this.#wrong(name, 'a list of strings');
  }

  /**
   * A tree made from another one by an edit that runs when the tree is first read. `inputs` are
   * everything the edit depends on besides the old tree, as JSON values or keys.
   */
  edited(
    tree: Tree,
    inputs: readonly unknown[],
    edit: (root: DirectoryNode, signal: AbortSignal) => DirectoryNode | Promise<DirectoryNode>,
  ): Tree {
    const key = deriveKey('edit', tree.key, this.operation.kind, ...inputs);
    const root = (signal?: AbortSignal) =>
      this.services.trees.get(key, signal, async (own) => edit(await tree.root(own), own));
    return { ...tree, key, root };
  }

  #wrong(name: string, expected: string): EngineError {
    return new EngineError(
      'ARGUMENT_INVALID',
      `${this.operation.kind}: argument "${name}" must be ${expected}`,
    );
  }
}

function isOperation(value: Argument | undefined): value is Operation {
  return typeof value === 'object' && value !== null && 'digest' in value && 'kind' in value;
}

/** A kind of operation. */
export interface Definition {
  /** `Type.method`. */
  readonly kind: string;
  /** What it evaluates to. */
  readonly type: ObjectType;
  readonly evaluate: (call: Call) => Promise<ObjectStates[ObjectType]>;
}

/** Defines a kind of operation; the type parameter ties the evaluation to the result type. */
export function define<T extends ObjectType>(
  type: T,
  kind: string,
  evaluate: (call: Call) => Promise<ObjectStates[T]> | ObjectStates[T],
): Definition {
  return { kind, type, evaluate: async (call) => evaluate(call) };
}

/** A file node that is looked up when first read, shared by key. */
export function lazyFile(
  call: Call,
  key: string,
  find: (signal: AbortSignal) => Promise<FileNode>,
): (signal?: AbortSignal) => Promise<FileNode> {
  return (signal) => call.services.files.get(key, signal, find);
}

/** Same platform, written in full. */
export function samePlatform(a: Platform, b: Platform): boolean {
  return (
    a.os === b.os &&
    a.architecture === b.architecture &&
    (a.variant ?? '') === (b.variant ?? '') &&
    (a.osVersion ?? '') === (b.osVersion ?? '')
  );
}
