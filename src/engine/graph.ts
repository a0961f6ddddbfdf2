/** Evaluates operations: each distinct one once, its inputs first, shared among all who ask. */

import { Call, type Definition } from './definition.ts';
import { EngineError } from './error.ts';
import { resultsMax } from './limits.ts';
import { Memo } from './memo.ts';
import { decodeId, type Operation } from './operation.ts';
import type { Services } from './services.ts';
import type { ObjectStates, ObjectType } from './state.ts';
import { definitions } from './table.ts';

/** The operations of one engine and their results. */
export class Graph {
  readonly services: Services;
  readonly #states: Memo<ObjectStates[ObjectType]> = new Memo<ObjectStates[ObjectType]>(resultsMax);

  constructor(services: Services) {
    this.services = services;
  }

  /**
   * The state an operation stands for. Trees and executions in it are not computed yet.
   *
   * @throws EngineError of the first step that fails; ARGUMENT_INVALID where the operation gives
   *   another type; CANCELLED
   */
  async evaluate<T extends ObjectType>(
    type: T,
    operation: Operation,
    signal?: AbortSignal,
  ): Promise<ObjectStates[T]> {
    const definition = definitionOf(operation);
    if (definition.type !== type) {
      throw new EngineError('ARGUMENT_INVALID', `a ${definition.type} was given as a ${type}`, {
        remedy: `pass the id of a ${type}`,
      });
    }
    const state = await this.#states.get(operation.digest, signal, (own) => {
      const evaluate = <U extends ObjectType>(wanted: U, input: Operation) =>
        this.evaluate(wanted, input, own);
      return definition.evaluate(new Call(this.services, operation, evaluate, own));
    });
    return state as ObjectStates[T];
  }

  /** The operation of an id, checked to give a type. Nothing is evaluated. */
  load(id: string, type: ObjectType): Operation {
    const operation = decodeId(id);
    const definition = definitionOf(operation);
    if (definition.type === type) return operation;
    throw new EngineError('ARGUMENT_INVALID', `this is the id of a ${definition.type}`, {
      remedy: `pass the id of a ${type}`,
    });
  }
}

function definitionOf(operation: Operation): Definition {
  const definition = definitions.get(operation.kind);
  if (definition) return definition;
  throw new EngineError('ARGUMENT_INVALID', `unknown operation "${operation.kind}"`, {
    remedy: 'the id was made by another version of stiletto; make it again',
  });
}
