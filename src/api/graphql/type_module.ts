/** What the file of a GraphQL type holds: its definition, and resolvers of its own. */

import type { Handle } from './handle.ts';
import type { Requested } from './requested.ts';

/** Arguments of a field, as `getArgumentValues` of graphql gives them. */
export type FieldArguments = { readonly [name: string]: unknown };

/** Answers a field of an object; may give handles, scalars, lists of both, or promises of them. */
export type FieldResolver = (source: Handle, args: FieldArguments, request: Requested) => unknown;

/** A type of a schema. */
export interface TypeModule {
  /** Definitions in the schema definition language. */
  readonly sdl: string;
  /** Fields that differ from the rule of resolve.ts. */
  readonly resolvers?: { readonly [field: string]: FieldResolver };
}
