/** Reading GraphQL documents as clients of all times wrote them. */

import { type DocumentNode, Kind, parse, visit } from 'graphql';
import { EngineError } from '../../engine/error.ts';
import { graphqlDepthMax, graphqlTokensMax } from './limits.ts';

/** Escapes of Go's quoting that GraphQL lacks; the first Go clients sent them. */
const goEscapes: { readonly [letter: string]: string } = { a: '\\u0007', v: '\\u000b', "'": "'" };

/**
 * Parses a document. Types of variables named `…ID` become `String`: ids are texts here, whichever
 * of its names a client knows.
 *
 * @throws EngineError LIMIT_EXCEEDED; GraphQLError for syntax
 */
export function parseDocument(text: string): DocumentNode {
  const source = text.replaceAll(/"(?:[^"\\\n]|\\.)*"/g, lenient);
  checkDepth(source);
  const document = parse(source, { maxTokens: graphqlTokensMax });
  return visit(document, {
    VariableDefinition: {
      enter: (node) => ({ ...node, type: mapType(node.type) }),
    },
    // Variables cannot be defined inside selections, which may be thousands deep.
    SelectionSet: () => false,
  });
}

type TypeNode =
  Extract<DocumentNode['definitions'][number], { kind: Kind.OPERATION_DEFINITION }> extends {
    variableDefinitions?: ReadonlyArray<{ type: infer T }> | undefined;
  }
    ? T
    : never;

function mapType(type: TypeNode): TypeNode {
  if (type.kind === Kind.NON_NULL_TYPE) {
    return { ...type, type: mapType(type.type) as typeof type.type };
  }
  if (type.kind === Kind.LIST_TYPE) return { ...type, type: mapType(type.type) };
  if (!type.name.value.endsWith('ID')) return type;
  return { ...type, name: { ...type.name, value: 'String' } };
}

function lenient(string: string): string {
  if (!string.includes('\\')) return string;
  return string.replaceAll(/\\(?:x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8})|(.))/gs, (all, ...groups) => {
    const [byte, wide, letter] = groups as (string | undefined)[];
    if (byte !== undefined) return `\\u00${byte}`;
    if (wide !== undefined) return `\\u{${wide}}`;
    return goEscapes[letter ?? ''] ?? all;
  });
}

/** Before parsing, because the parser recurses. */
function checkDepth(source: string): void {
  let depth = 0;
  for (const [token] of source.matchAll(/"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*|[{}[\]()]/g)) {
    if ('{[('.includes(token)) depth += 1;
    else if ('}])'.includes(token)) depth -= 1;
    if (depth > graphqlDepthMax) {
      throw new EngineError('LIMIT_EXCEEDED', `the query nests deeper than ${graphqlDepthMax}`, {
        remedy: 'load an intermediate object from its id (limit graphqlDepthMax)',
      });
    }
  }
}
