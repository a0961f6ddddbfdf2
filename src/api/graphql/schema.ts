/** Puts a schema together from its types, and gives every field its resolver. */

import {
  buildSchema,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  isScalarType,
} from 'graphql';
import { parsePlatform } from '../../image/platform.ts';
import type { Handle } from './handle.ts';
import type { Requested } from './requested.ts';
import { resolveField } from './resolve.ts';
import type { FieldArguments, TypeModule } from './type_module.ts';

/** Schema of a generation of the API. */
export function makeSchema(
  types: { readonly [type: string]: TypeModule },
  shared: readonly string[],
): GraphQLSchema {
  const sdl = [...shared, ...Object.values(types).map((type) => type.sdl)].join('\n');
  const schema = buildSchema(sdl, { assumeValidSDL: true, noLocation: true });
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isObjectType(type)) attach(type, types[type.name]);
    if (isInterfaceType(type)) type.resolveType = (source) => (source as Handle).type;
    if (isScalarType(type) && type.name === 'Platform') {
      type.parseValue = (value) => checkedPlatform(String(value));
      type.parseLiteral = (node) => {
        if (node.kind !== 'StringValue') throw new GraphQLError('a Platform is a string');
        return checkedPlatform(node.value);
      };
    }
  }
  return schema;
}

/** The text itself: an operation keeps what it was given, and reads it again. */
function checkedPlatform(text: string): string {
  try {
    parsePlatform(text);
    return text;
  } catch (error) {
    const [message] = (error as Error).message.split('\n');
    throw new GraphQLError(`platform parse error: ${message}`);
  }
}

function attach(type: GraphQLObjectType, { resolvers = {} }: Partial<TypeModule> = {}): void {
  for (const field of Object.values(type.getFields())) {
    const own = resolvers[field.name];
    field.resolve = own
      ? (source: Handle, args: FieldArguments, request: Requested) => own(source, args, request)
      : (source: Handle, args: FieldArguments, request: Requested, info) =>
          resolveField(source, args, request, info);
  }
  const unknown = Object.keys(resolvers).find((name) => !(name in type.getFields()));
  if (unknown) throw new Error(`${type.name} has no field ${unknown}`);
}
