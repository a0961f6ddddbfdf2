/** Answers one GraphQL request. */

import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  specifiedRules,
  VariablesInAllowedPositionRule,
  validate,
} from 'graphql';
import { EngineError } from '../../engine/error.ts';
import { ExecError } from '../../engine/exec_error.ts';
import { parseDocument } from './document.ts';
import {
  type Generation,
  type GenerationName,
  generationNames,
  generationOf,
} from './generations.ts';
import { Handle } from './handle.ts';
import type { Requested } from './requested.ts';

/** The body of a request. */
export interface GraphqlRequest {
  readonly query: string;
  readonly variables?: { readonly [name: string]: unknown } | null;
  readonly operationName?: string | null;
}

/** The body of an answer. */
export interface GraphqlAnswer {
  readonly data?: { readonly [name: string]: unknown } | null;
  readonly errors?: readonly GraphQLFormattedError[];
}

/** Variables of other id types, and strings, may stand for ids. */
const rules = specifiedRules.filter((rule) => rule !== VariablesInAllowedPositionRule);

/** Answers a request in the first generation of the API that has all its fields. */
export async function answerRequest(
  body: GraphqlRequest,
  requested: Requested,
  first: GenerationName = 'current',
): Promise<GraphqlAnswer> {
  let generation: Generation | undefined;
  try {
    const document = parseDocument(body.query);
    const found = choose(document, first);
    if ('errors' in found) return { errors: found.errors.map((error) => error.toJSON()) };
    generation = found;
    return format(await run(generation.schema, document, body, requested), generation);
  } catch (error) {
    const wrapped = error instanceof GraphQLError ? error : wrap(error);
    return { errors: [formatError(wrapped, generation)] };
  }
}

/** A document that several generations understand is answered by the preferred one. */
function choose(
  document: DocumentNode,
  first: GenerationName,
): Generation | { readonly errors: readonly GraphQLError[] } {
  let refused: readonly GraphQLError[] | undefined;
  for (const name of [first, ...generationNames.filter((other) => other !== first)]) {
    const generation = generationOf(name);
    const errors = validate(generation.schema, document, rules);
    if (errors.length === 0) return generation;
    refused ??= errors;
  }
  return { errors: refused ?? [] };
}

async function run(
  schema: GraphQLSchema,
  document: DocumentNode,
  { variables, operationName }: GraphqlRequest,
  contextValue: Requested,
): Promise<ExecutionResult> {
  return execute({
    schema,
    document,
    rootValue: new Handle('Query'),
    contextValue,
    variableValues: variables ?? {},
    // The first Go clients send an empty name for none.
    operationName: operationName || null,
  });
}

function format({ data, errors }: ExecutionResult, generation: Generation): GraphqlAnswer {
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors ? { errors: errors.map((error) => formatError(error, generation)) } : {}),
  };
}

function wrap(error: unknown): GraphQLError {
  const original = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(original.message, { originalError: original });
}

/** `extensions` of a failed command are Dagger's; those of other errors have code and remedy. */
function formatError(error: GraphQLError, generation: Generation | undefined) {
  const { message, ...rest } = error.toJSON();
  const cause = error.originalError;
  if (cause instanceof ExecError) {
    const { cmd, exitCode, stdout, stderr, code } = cause;
    const [line = ''] = message.split('\n');
    const text = generation?.execMessage ? generation.execMessage(line, cause) : line;
    const extensions = { _type: 'EXEC_ERROR', cmd, exitCode, stdout, stderr, code };
    return { ...rest, message: text, extensions };
  }
  if (!(cause instanceof EngineError)) return { ...rest, message };
  const { code, remedy } = cause;
  return { ...rest, message, extensions: { code, ...(remedy === undefined ? {} : { remedy }) } };
}
