/** The generations of the API, newest first; a schema is made when first used. */

import type { GraphQLSchema } from 'graphql';
import type { ExecError } from '../../engine/exec_error.ts';
import { currentShared, currentTypes } from './current/types.ts';
import { makeSchema } from './schema.ts';

export const generationNames = ['current'] as const;
export type GenerationName = (typeof generationNames)[number];

/** A schema, and how its errors read. */
export interface Generation {
  readonly schema: GraphQLSchema;
  /** Message of a failed command, from its first line. */
  readonly execMessage?: (line: string, error: ExecError) => string;
}

const makers: { readonly [name in GenerationName]: () => Generation } = {
  current: () => ({ schema: makeSchema(currentTypes, currentShared) }),
};

const made = new Map<GenerationName, Generation>();

export function generationOf(name: GenerationName): Generation {
  const generation = made.get(name) ?? makers[name]();
  made.set(name, generation);
  return generation;
}
