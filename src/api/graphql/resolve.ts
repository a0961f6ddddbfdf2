/**
 * How a field is answered. A field that gives an object makes an operation and runs nothing; one
 * that gives a value calls the method of the typed client with that name. What neither the graph
 * nor the client knows answers with an error that names the field.
 */

import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getNamedType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { EngineError } from '../../engine/error.ts';
import { operation } from '../../engine/operation.ts';
import { definitions } from '../../engine/table.ts';
import { ApiObject, type MethodArguments, rootStep } from '../session.ts';
import { clients } from './clients.ts';
import { Handle, handleOf, valueHandle } from './handle.ts';
import { applyPlatformRule } from './platform_rule.ts';
import type { Requested } from './requested.ts';
import type { FieldArguments } from './type_module.ts';

/** Answers a field by the rule. */
export function resolveField(
  source: Handle,
  args: FieldArguments,
  request: Requested,
  info: GraphQLResolveInfo,
): unknown {
  const field = info.parentType.getFields()[info.fieldName]!;
  const { name } = field;
  if (name === 'id') return source.id;
  if (source.operation?.kind === source.type) return ownField(source, name);
  const kind = `${source.type}.${name}`;
  const given = givenArguments(field, args);
  const type = getNamedType(field.type).name;
  if (definitions.get(kind)?.type === type) {
    const step = rootStep(kind, withObjects(field, given, request));
    const self = source.operation ? { self: source.operation } : {};
    return new Handle(type, operation(kind, { ...self, ...step.args }));
  }
  const load = source.type === 'Query' ? /^load(\w+)FromID$/.exec(name) : null;
  if (load) return handleOf(args.id, load[1]);
  return readLeaf(source, field, given, request);
}

/** A field of an object that is nothing but its fields. */
function ownField(source: Handle, name: string): unknown {
  return source.operation?.args[name] ?? null;
}

/** Arguments that differ from their defaults, so that ids are those of the typed client. */
function givenArguments(field: GraphQLField<unknown, unknown>, args: FieldArguments) {
  const given: { [name: string]: unknown } = {};
  for (const argument of field.args) {
    const value = args[argument.name];
    if (value === undefined || value === null || isDefault(argument, value)) continue;
    given[argument.name] = value;
  }
  return given;
}

function isDefault(argument: GraphQLArgument, value: unknown): boolean {
  const { defaultValue } = argument;
  return defaultValue !== undefined && JSON.stringify(defaultValue) === JSON.stringify(value);
}

/** The type an id argument wants, from its `@expectedType`; arguments of other types: undefined. */
function expectedType(argument: GraphQLArgument): string | undefined {
  const directive = argument.astNode?.directives?.find(({ name }) => name.value === 'expectedType');
  const value = directive?.arguments?.[0]?.value;
  if (value?.kind === 'StringValue') return value.value;
  // Before 0.22 the type is in the name of the id's.
  const [, named] = /^(.+)ID$/.exec(getNamedType(argument.type).name) ?? [];
  return named === 'Cache' ? 'CacheVolume' : named;
}

/** Replaces ids by objects of the client. */
function withObjects(
  field: GraphQLField<unknown, unknown>,
  given: FieldArguments,
  request: Requested,
): MethodArguments {
  return Object.fromEntries(
    field.args
      .filter(({ name }) => name in given)
      .map((argument) => {
        const expected = expectedType(argument);
        const value = given[argument.name];
        if (expected === undefined) return [argument.name, value];
        const load = (id: unknown) => clientOf(handleOf(id, expected), request);
        return [argument.name, Array.isArray(value) ? value.map(load) : load(value)];
      }),
  );
}

/** The typed client's object of a handle. */
export function clientOf(handle: Handle, request: Requested): ApiObject {
  const Class = clients[handle.type] ?? ApiObject;
  if (handle.operation) return new Class(request.session, handle.operation);
  throw new EngineError('ARGUMENT_INVALID', `a ${handle.type} is no argument`);
}

/** Calls the client's method: required arguments in order, the others in an object. */
async function readLeaf(
  source: Handle,
  field: GraphQLField<unknown, unknown>,
  given: FieldArguments,
  request: Requested,
): Promise<unknown> {
  const target = source.operation ? clientOf(source, request) : undefined;
  const method = (target as { [name: string]: unknown } | undefined)?.[field.name];
  if (typeof method !== 'function' || !source.operation) {
    throw unserved(source.type, field.name, getNamedType(field.type).name);
  }
  await applyPlatformRule(source.operation, request);
  const args = withObjects(field, given, request);
  const required = field.args.filter(({ type, defaultValue }) => {
    return isNonNullType(type) && defaultValue === undefined;
  });
  const names = new Set(required.map(({ name }) => name));
  const options = Object.entries(args).filter(([name]) => !names.has(name));
  const positional = required.map(({ name }) => args[name]);
  const result: unknown = await method.call(target, ...positional, Object.fromEntries(options));
  return raise(result, field.type);
}

/** The GraphQL form of what a method of the client gave. */
function raise(result: unknown, type: GraphQLOutputType): unknown {
  if (isNonNullType(type)) return raise(result, type.ofType);
  if (isListType(type)) return (result as unknown[]).map((item) => raise(item, type.ofType));
  const named = getNamedType(type);
  if (result instanceof ApiObject) {
    const handle = new Handle(named.name, result.operation);
    return isObjectType(named) ? handle : handle.id;
  }
  if (result === undefined || result === null) return null;
  if (!isObjectType(named)) return result;
  return valueHandle(named.name, result as { [name: string]: unknown });
}

/** Types that need programs of a module, a workspace or a language model to answer. */
const moduleTypes: RegExp = new RegExp(
  `^(?:${'LLM Module Workspace Env$ Function TypeDef \\w+TypeDef Check Generat Cloud Up Current'
    .split(' ')
    .concat('SourceMap', 'Binding')
    .join('|')})`,
);

/** The error of a field that is in the schema for introspection only. */
export function unserved(type: string, field: string, result = ''): EngineError {
  const needs = moduleTypes.test(type) || moduleTypes.test(result);
  return new EngineError('ARGUMENT_INVALID', `${type}.${field} is not served by this engine`, {
    remedy: needs
      ? 'it would take the runtimes of modules, which an emulator of containers has not'
      : `it would take an operation "${type}.${field}" of the graph (src/engine/README.md)`,
  });
}
