/** Objects in a query that is being answered: a type and the operation it is the result of. */

import { EngineError } from '../../engine/error.ts';
import {
  type Argument,
  decodeId,
  encodeId,
  type Operation,
  operation,
} from '../../engine/operation.ts';
import { definitions } from '../../engine/table.ts';

/** An object of the API. Nothing has been evaluated. */
export class Handle {
  /** Name of the GraphQL type. */
  readonly type: string;
  /** Undefined for objects without a state of their own: `Query`, `Host`. */
  readonly operation: Operation | undefined;

  constructor(type: string, operation?: Operation) {
    this.type = type;
    this.operation = operation;
  }

  /** The id: the whole operation, so it is valid in any later request. */
  get id(): string {
    return encodeId(this.operation ?? operation(this.type, {}));
  }
}

/**
 * An object that is nothing but its fields, such as an `EnvVariable`. Its operation is named like
 * the type, and its arguments are the fields, so that its id can be loaded again.
 */
export function valueHandle(type: string, fields: { readonly [name: string]: unknown }): Handle {
  return new Handle(type, operation(type, fields as { [name: string]: Argument }));
}

/** The object of an id. Which type it has is part of the id. */
export function handleOf(id: unknown, expected?: string): Handle {
  if (typeof id !== 'string') throw new EngineError('ARGUMENT_INVALID', 'an id is a string');
  // Until 0.4 the empty string was the id of the empty directory.
  const empty = id === '' && expected === 'Directory';
  const decoded = empty ? operation('Query.directory', {}) : decodeId(id);
  const type = definitions.get(decoded.kind)?.type ?? decoded.kind;
  if (expected === undefined || type === expected) return new Handle(type, decoded);
  throw new EngineError('ARGUMENT_INVALID', `this is the id of a ${type}`, {
    remedy: `pass the id of a ${expected}`,
  });
}
