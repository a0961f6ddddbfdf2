/** The generations of the API, newest first; a schema is made when first used. */

import type { GraphQLSchema } from 'graphql';
import type { ExecError } from '../../engine/exec_error.ts';
import { currentShared, currentTypes } from './current/types.ts';
import { previewShared, previewTypes } from './preview/types.ts';
import { makeSchema } from './schema.ts';
import { shared04, types04 } from './v0_4/types.ts';

export const generationNames = ['current', '0.4', 'preview'] as const;
export type GenerationName = (typeof generationNames)[number];

/** A schema, and how its errors read. */
export interface Generation {
  readonly schema: GraphQLSchema;
  /** Message of a failed command, from its first line. */
  readonly execMessage?: (line: string, error: ExecError) => string;
}

const makers: { readonly [name in GenerationName]: () => Generation } = {
  current: () => ({ schema: makeSchema(currentTypes, currentShared) }),
  preview: () => ({ schema: makeSchema(previewTypes, previewShared) }),
  '0.4': () => ({
    schema: makeSchema(types04, shared04),
    execMessage: (line, { stdout, stderr }) =>
      [
        line,
        'Stdout:',
        stdout.slice(-tailCharacters),
        'Stderr:',
        stderr.slice(-tailCharacters),
      ].join('\n'),
  }),
};

/** Of each stream in the message of a failed command, in 0.4. */
const tailCharacters = 2048;

const made = new Map<GenerationName, Generation>();

export function generationOf(name: GenerationName): Generation {
  const generation = made.get(name) ?? makers[name]();
  made.set(name, generation);
  return generation;
}
