/** `stiletto query`: answers one GraphQL document. */

import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { CAC } from 'cac';
import { createEndpoint } from '../api/graphql/http.ts';
import { UsageError } from './errors.ts';
import { connectWith, sessionOptions, withSessionOptions } from './session.ts';

/** The document was answered with errors. */
const exitErrors = 1;

function variablesOf(items: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    items.map((item) => {
      const equals = item.indexOf('=');
      if (equals < 1) throw new UsageError('query: -v wants NAME=VALUE');
      return [item.slice(0, equals), item.slice(equals + 1)];
    }),
  );
}

/** Adds the `query` command; `values` are its options `file` and `variable`. */
export function mountQuery(cli: CAC, values: ReadonlyMap<string, readonly string[]>): void {
  withSessionOptions(cli.command('query', 'Answer a GraphQL document from a file or stdin'))
    .option('-f, --file <file>', 'The document (default: standard input)')
    .option('-v, --variable <name=value>', 'A variable of the document; repeatable')
    .action(async (options: Record<string, unknown>): Promise<number> => {
      const file = values.get('file')?.at(-1);
      const variables = variablesOf(values.get('variable') ?? []);
      const given = sessionOptions(options);
      const query = file === undefined ? await text(process.stdin) : await readDocument(file);
      await using engine = await connectWith(given);
      const response = await createEndpoint(
        engine,
        given.endpoint,
      )(
        new Request('http://127.0.0.1/query', {
          method: 'POST',
          body: JSON.stringify({ query, variables }),
        }),
      );
      const answer = (await response.json()) as { errors?: unknown };
      process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
      return answer.errors === undefined ? 0 : exitErrors;
    });
}

async function readDocument(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`query: ${(error as Error).message}`);
  }
}
