/**
 * Operations: what an object of the API is made of. A value like "the container after these three
 * steps" is the operation of the last step, which holds the operation of the step before it as an
 * argument, and so on down to operations without inputs. Nothing runs when one is made.
 *
 * Equal construction gives equal digests, whoever constructs; an id holds the whole tree, so it can
 * be given to another process and means the same there.
 */

import { EngineError } from './error.ts';
import { argumentDepthMax, idCharactersMax, idOperationsMax } from './limits.ts';
import { sha256 } from './sha256.ts';

/** What an argument may be: JSON, or another operation. Absent arguments are left out. */
export type Argument =
  | null
  | boolean
  | number
  | string
  | Operation
  | readonly Argument[]
  | { readonly [name: string]: Argument };

/** Arguments by name. The receiver of a method is called `self`. */
export type Arguments = { readonly [name: string]: Argument };

/** One step, with everything it depends on. Immutable. */
export class Operation {
  /** Type and method: `Container.withExec`; functions of the root are `Query.container`. */
  readonly kind: string;
  readonly args: Arguments;
  /** Hexadecimal SHA-256 of the canonical encoding, in which inputs appear by their digests. */
  readonly digest: string;

  constructor(kind: string, args: Arguments) {
    this.kind = kind;
    this.args = args;
    const encoded = encodeArgument(args, (operation) => operation.digest, 0);
    this.digest = sha256(JSON.stringify([kind, encoded]));
  }
}

/** Makes an operation, leaving out undefined arguments. */
export function operation(
  kind: string,
  args: { readonly [name: string]: Argument | undefined },
): Operation {
  const present = Object.entries(args).filter(([, value]) => value !== undefined);
  return new Operation(kind, Object.fromEntries(present) as Arguments);
}

/** JSON with sorted keys; operations become `{"$": reference}`. */
function encodeArgument(
  argument: Argument,
  reference: (operation: Operation) => string | number,
  depth: number,
): unknown {
  if (depth > argumentDepthMax) {
    throw new EngineError('LIMIT_EXCEEDED', `arguments nest deeper than ${argumentDepthMax}`, {
      remedy: 'flatten the argument (limit argumentDepthMax)',
    });
  }
  if (argument instanceof Operation) return { $: reference(argument) };
  if (Array.isArray(argument)) {
    return argument.map((item: Argument) => encodeArgument(item, reference, depth + 1));
  }
  if (typeof argument === 'object' && argument !== null) {
    const entries = Object.entries(argument).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      entries.map(([name, value]) => {
        if (name.startsWith('$')) throw new Error(`argument name ${name} is reserved`);
        return [name, encodeArgument(value, reference, depth + 1)];
      }),
    );
  }
  if (typeof argument === 'number' && !Number.isFinite(argument)) {
    throw new EngineError('ARGUMENT_INVALID', `${argument} is not a number that can be stored`);
  }
  return argument;
}

/** All operations an operation is made from, inputs before users, itself last; each once. */
export function inputsOf(root: Operation): Operation[] {
  const ordered: Operation[] = [];
  const seen = new Set<string>();
  // An explicit stack: chains of thousands of steps are ordinary.
  const stack: { operation: Operation; entered: boolean }[] = [{ operation: root, entered: false }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { operation } = top;
    if (top.entered) {
      ordered.push(operation);
      continue;
    }
    if (seen.has(operation.digest)) continue;
    seen.add(operation.digest);
    stack.push({ operation, entered: true });
    for (const input of directInputs(operation.args).reverse()) {
      if (!seen.has(input.digest)) stack.push({ operation: input, entered: false });
    }
  }
  return ordered;
}

/** Operations among the arguments, in order of the sorted names. */
export function directInputs(argument: Argument): Operation[] {
  if (argument instanceof Operation) return [argument];
  if (Array.isArray(argument)) return argument.flatMap(directInputs);
  if (typeof argument !== 'object' || argument === null) return [];
  const entries = Object.entries(argument).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.flatMap(([, value]) => directInputs(value));
}

/** The self-contained id: base64url of a JSON table; operations refer to rows before them. */
export function encodeId(root: Operation): string {
  const rows = new Map<string, number>();
  const table = inputsOf(root).map((operation) => {
    const encoded = encodeArgument(operation.args, (input) => rows.get(input.digest)!, 0);
    rows.set(operation.digest, rows.size);
    return [operation.kind, encoded];
  });
  return toBase64Url(JSON.stringify(table));
}

/**
 * The operation an id stands for.
 *
 * @throws EngineError ARGUMENT_INVALID for anything this module did not make; LIMIT_EXCEEDED.
 */
export function decodeId(id: string): Operation {
  if (id.length > idCharactersMax) {
    throw new EngineError('LIMIT_EXCEEDED', `an id of ${id.length} characters is too long`, {
      remedy: `at most ${idCharactersMax} characters (limit idCharactersMax)`,
    });
  }
  const table = parseTable(id);
  if (table.length > idOperationsMax) {
    throw new EngineError('LIMIT_EXCEEDED', `an id of ${table.length} operations is too long`, {
      remedy: `at most ${idOperationsMax} operations (limit idOperationsMax)`,
    });
  }
  const operations: Operation[] = [];
  for (const row of table) {
    if (!Array.isArray(row) || row.length !== 2 || typeof row[0] !== 'string') throw invalidId();
    const args = decodeArgument(row[1], operations, 0);
    if (typeof args !== 'object' || args === null || Array.isArray(args)) throw invalidId();
    operations.push(new Operation(row[0], args as Arguments));
  }
  return operations.at(-1) ?? fail();
}

function fail(): never {
  throw invalidId();
}

function invalidId(cause?: unknown): EngineError {
  return new EngineError('ARGUMENT_INVALID', 'this is not an id of this engine', {
    remedy: 'pass a string that an id() call returned, unchanged',
    cause,
  });
}

function parseTable(id: string): unknown[] {
  try {
    const table: unknown = JSON.parse(fromBase64Url(id));
    if (Array.isArray(table)) return table;
  } catch (error) {
    throw invalidId(error);
  }
  throw invalidId();
}

function decodeArgument(value: unknown, rows: readonly Operation[], depth: number): Argument {
  if (depth > argumentDepthMax) throw invalidId();
  if (Array.isArray(value)) return value.map((item) => decodeArgument(item, rows, depth + 1));
  if (typeof value === 'object' && value !== null) {
    if ('$' in value) return (Number.isSafeInteger(value.$) && rows[value.$ as number]) || fail();
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([name, item]) => [name, decodeArgument(item, rows, depth + 1)]),
    );
  }
  return value as Argument;
}

function toBase64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): string {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder('utf-8', { fatal: true }).decode(
    Uint8Array.from(binary, (character) => character.charCodeAt(0)),
  );
}
