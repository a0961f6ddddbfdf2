/**
 * Bit-pattern rows: an instruction set as a table.
 *
 * A row is a mnemonic, the encoding as the manual prints it, the operand syntax and the semantics.
 * Decoder, disassembler, encoder and random test generator are all made from the row.
 *
 * Pattern tokens, most significant bit first, separated by blanks:
 * - `0110x`        fixed bits; `x` is a bit that does not matter
 * - `sf`           a field of one bit
 * - `Rn:5`         an unsigned field; `imm:s19` a signed one
 * - `imm[11:5]`    a piece of a scattered field; `imm[7]` one bit of it
 * - `size:2!=11`   a field with values that belong to other rows (`!=` may be repeated)
 *
 * Instructions are 16, 32 or 48 bits. Their bits are kept left-aligned in two numbers: `high` is
 * the
 * first 32 bits (int32; a 16-bit instruction is shifted left by 16), `low` the following 16.
 */

import type { Builder } from '../ir/builder.ts';

/** Fields of a decoded instruction by name. */
export type Fields<Names extends string> = { readonly [K in Names]: number };

type TokenName<T extends string> = T extends `${0 | 1 | 'x'}${string}`
  ? never
  : T extends `${infer Name}:${string}`
    ? Name extends `${infer Base}[${string}`
      ? Base
      : Name
    : T extends `${infer Name}[${string}`
      ? Name
      : T;
type Names<P extends string> = P extends `${infer Head} ${infer Rest}`
  ? TokenName<Head> | Names<Rest>
  : TokenName<P>;

/** Fields a pattern declares. A computed pattern (`computedRow`) accepts any semantics. */
export type FieldsOf<P extends string> = string extends P ? never : Fields<Names<P>>;

/** What semantics and formatters of any row get. */
export type AnyFields = Readonly<Record<string, number>>;

export interface RowOptions<F> {
  /** Mnemonics of more general rows whose encodings this row takes a part of. */
  readonly refines?: readonly string[];
  /** Encodings for which this is false do not belong to the row (reserved combinations). */
  readonly valid?: (f: F) => boolean;
}

export interface PatternRow {
  readonly mnemonic: string;
  readonly pattern: string;
  /** Operands for the disassembler: text with `{name}` where a formatter or field is put. */
  readonly syntax: string;
  readonly semantics: (b: Builder, f: AnyFields) => void;
  readonly refines: readonly string[];
  readonly valid: ((f: AnyFields) => boolean) | null;
}

const none: readonly string[] = [];

/** Makes a row; `semantics` sees the fields the pattern declares. */
export function row<P extends string>(
  mnemonic: string,
  pattern: P,
  syntax: string,
  semantics: (b: Builder, f: FieldsOf<P>) => void,
  options?: RowOptions<FieldsOf<P>>,
): PatternRow {
  return {
    mnemonic,
    pattern,
    syntax,
    semantics: semantics as PatternRow['semantics'],
    refines: options?.refines ?? none,
    valid: (options?.valid as PatternRow['valid']) ?? null,
  };
}

/** Makes a row of a pattern that is put together, whose fields TypeScript cannot know. */
export function computedRow(
  mnemonic: string,
  pattern: string,
  syntax: string,
  semantics: (b: Builder, f: never) => void,
  options?: RowOptions<never>,
): PatternRow {
  return row(mnemonic, pattern, syntax, semantics, options);
}

/** A piece of a field: `width` bits at bit `start` from the left, put at `shift` of the value. */
interface Piece {
  readonly start: number;
  readonly width: number;
  readonly shift: number;
}

export interface Field {
  readonly name: string;
  readonly width: number;
  readonly signed: boolean;
  readonly pieces: readonly Piece[];
  /** Values that belong to other rows. */
  readonly not: readonly number[];
}

/** A row with its pattern parsed. `mask` and `value` are left-aligned pairs, see above. */
export class CompiledRow {
  readonly row: PatternRow;
  /** Length of the instruction. Bits: 16, 32 or 48. */
  readonly bits: number;
  readonly maskHigh: number;
  readonly maskLow: number;
  readonly valueHigh: number;
  readonly valueLow: number;
  #fields: readonly Field[] | null = null;

  constructor(source: PatternRow) {
    this.row = source;
    const text = source.pattern;
    let bit = 0;
    let maskHigh = 0;
    let maskLow = 0;
    let valueHigh = 0;
    let valueLow = 0;
    for (let at = 0; at < text.length; ) {
      const c = text.charCodeAt(at);
      if (c === 0x30 || c === 0x31) {
        if (bit < 32) {
          maskHigh |= 1 << (31 - bit);
          valueHigh |= (c & 1) << (31 - bit);
        } else {
          maskLow |= 1 << (47 - bit);
          valueLow |= (c & 1) << (47 - bit);
        }
        bit++;
        at++;
      } else if (c === 0x20) at++;
      else if (c === 0x78) {
        bit++;
        at++;
      } else {
        let end = text.indexOf(' ', at);
        if (end < 0) end = text.length;
        bit += tokenWidth(text.slice(at, end), source);
        at = end;
      }
    }
    if (bit !== 16 && bit !== 32 && bit !== 48) {
      throw new Error(`${source.mnemonic}: pattern of ${bit} bits: ${text}`);
    }
    this.bits = bit;
    this.maskHigh = maskHigh;
    this.maskLow = maskLow;
    this.valueHigh = valueHigh;
    this.valueLow = valueLow;
  }

  /** The fields, parsed when first asked for. */
  get fields(): readonly Field[] {
    this.#fields ??= parseFields(this.row.pattern);
    return this.#fields;
  }

  /** Field values of an encoding; null when a `!=` or `valid` rules it out. */
  extract(high: number, low: number): AnyFields | null {
    const values: Record<string, number> = {};
    for (const field of this.fields) {
      const value = fieldValue(field, high, low);
      if (field.not.length > 0 && field.not.includes(value)) return null;
      values[field.name] = value;
    }
    return this.row.valid && !this.row.valid(values) ? null : values;
  }

  matches(high: number, low: number): boolean {
    return (high & this.maskHigh) === this.valueHigh && (low & this.maskLow) === this.valueLow;
  }
}

function tokenWidth(token: string, source: PatternRow): number {
  const colon = token.indexOf(':');
  const bracket = token.indexOf('[');
  if (bracket >= 0) {
    const first = Number.parseInt(token.slice(bracket + 1), 10);
    return colon > bracket ? first - Number.parseInt(token.slice(colon + 1), 10) + 1 : 1;
  }
  if (colon < 0) return 1;
  const width = Number.parseInt(token.slice(token[colon + 1] === 's' ? colon + 2 : colon + 1), 10);
  if (!(width > 0 && width <= 32)) throw new Error(`${source.mnemonic}: field ${token}`);
  return width;
}

function parseFields(pattern: string): Field[] {
  const fields = new Map<string, Field & { width: number; pieces: Piece[] }>();
  let bit = 0;
  for (const token of pattern.split(' ')) {
    if (/^[01x]*$/.test(token)) {
      bit += token.length;
      continue;
    }
    const [head, ...not] = token.split('!=');
    const match = /^(\w+)(?:\[(\d+)(?::(\d+))?\]|:(s?)(\d+))?$/.exec(head!);
    if (!match) throw new Error(`bad token ${token} in ${pattern}`);
    const shift = match[2] === undefined ? 0 : Number(match[3] ?? match[2]);
    const width = match[2] === undefined ? Number(match[5] ?? 1) : Number(match[2]) - shift + 1;
    const field = fields.get(match[1]!) ?? {
      name: match[1]!,
      width: 0,
      signed: match[4] === 's',
      pieces: [],
      not: not.map((bits) => Number.parseInt(bits, 2)),
    };
    field.pieces.push({ start: bit, width, shift });
    field.width = Math.max(field.width, shift + width);
    fields.set(field.name, field);
    bit += width;
  }
  return [...fields.values()];
}

function lowMask(width: number): number {
  return width === 32 ? -1 : (1 << width) - 1;
}

function fieldValue(field: Field, high: number, low: number): number {
  let value = 0;
  for (const { start, width, shift } of field.pieces) {
    const end = start + width;
    let piece: number;
    if (end <= 32) piece = high >>> (32 - end);
    else if (start >= 32) piece = low >>> (48 - end);
    else piece = (high << (end - 32)) | (low >>> (48 - end));
    value |= (piece & lowMask(width)) << shift;
  }
  if (field.signed) return (value << (32 - field.width)) >> (32 - field.width);
  return value >>> 0;
}

/** A decoded instruction. */
export interface Decoded {
  readonly compiled: CompiledRow;
  readonly fields: AnyFields;
}

/** A node of the decision tree: rows, and once visited, children by a window of bits. */
interface Node {
  readonly rows: readonly CompiledRow[];
  split: { readonly shift: number; readonly children: (Node | undefined)[] } | null;
  visited: boolean;
}

const windowBits = 6;
/** A node of at most this many rows is searched one by one. */
const linearRowsMax = 4;

/** All rows of an instruction set (or of one instruction length of it), ready to decode. */
export class PatternTable {
  readonly #sources: readonly PatternRow[];
  readonly #compiled: (CompiledRow | undefined)[] = [];
  /** Numbers of the rows each first byte may belong to; made at the first decode. */
  #groups: number[][] | null = null;
  /** Decision tree of each first byte: rows are compiled when one of them is first met. */
  readonly #roots: (Node | undefined)[] = [];

  constructor(rows: readonly PatternRow[]) {
    this.#sources = rows;
  }

  /** All rows, compiled. */
  get rows(): readonly CompiledRow[] {
    return this.#sources.map((_, n) => this.#compile(n));
  }

  #compile(n: number): CompiledRow {
    return (this.#compiled[n] ??= new CompiledRow(this.#sources[n]!));
  }

  #root(first: number): Node {
    this.#groups ??= groupByFirstByte(this.#sources);
    const rows = this.#groups[first]!.map((n) => this.#compile(n));
    // A refining row is tried before what it refines.
    const refining = rows.filter((r) => r.row.refines.length > 0);
    const others = rows.filter((r) => r.row.refines.length === 0);
    return { rows: [...refining, ...others], split: null, visited: false };
  }

  /** Decodes left-aligned bits (see the file's comment); null for an undefined encoding. */
  decode(high: number, low = 0): Decoded | null {
    const first = high >>> 24;
    let node = (this.#roots[first] ??= this.#root(first));
    for (;;) {
      if (!node.visited) splitNode(node);
      const split: Node['split'] = node.split;
      if (!split) break;
      const child = split.children[(high >>> split.shift) & ((1 << windowBits) - 1)];
      if (!child) return null;
      node = child;
    }
    for (const compiled of node.rows) {
      if (!compiled.matches(high, low)) continue;
      const fields = compiled.extract(high, low);
      if (fields) return { compiled, fields };
    }
    return null;
  }

  /** Texts of all undeclared overlaps; the test suite expects none. Quadratic: not for start-up. */
  overlaps(): string[] {
    const found: string[] = [];
    const { rows } = this;
    for (const [i, a] of rows.entries()) {
      for (const c of rows.slice(i + 1)) {
        if (!overlap(a, c)) continue;
        const declared =
          a.row.refines.includes(c.row.mnemonic) !== c.row.refines.includes(a.row.mnemonic);
        if (!declared) found.push(`${rowText(a)} overlaps ${rowText(c)}`);
      }
    }
    return found;
  }
}

/** Rows by first byte; a row with fields there is in several groups. */
function groupByFirstByte(rows: readonly PatternRow[]): number[][] {
  const groups: number[][] = Array.from({ length: 256 }, () => []);
  for (const [n, source] of rows.entries()) {
    const { free, value } = firstByte(source);
    // All values of the free bits: the usual subset enumeration.
    for (let subset = free; ; subset = (subset - 1) & free) {
      groups[value | subset]!.push(n);
      if (subset === 0) break;
    }
  }
  return groups;
}

/** Fixed bits of a pattern's first byte, and which are not fixed. */
function firstByte(source: PatternRow): { free: number; value: number } {
  const text = source.pattern;
  let free = 0xff;
  let value = 0;
  for (let at = 0, bit = 7; bit >= 0; ) {
    const c = text.charCodeAt(at);
    if (c === 0x30 || c === 0x31) {
      free &= ~(1 << bit);
      value |= (c & 1) << bit--;
      at++;
    } else if (c === 0x78) {
      bit--;
      at++;
    } else if (c === 0x20) at++;
    else {
      const blank = text.indexOf(' ', at);
      const end = blank < 0 ? text.length : blank;
      bit -= tokenWidth(text.slice(at, end), source);
      at = end;
    }
  }
  return { free, value };
}

function rowText({ row: { mnemonic, pattern } }: CompiledRow): string {
  return `${mnemonic} (${pattern})`;
}

/** Chooses the window of bits that tells most rows of the node apart. */
function splitNode(node: Node): void {
  node.visited = true;
  if (node.rows.length <= linearRowsMax) return;
  const zeros = new Uint32Array(32);
  const ones = new Uint32Array(32);
  for (const { maskHigh, valueHigh } of node.rows) {
    for (let bit = 0; bit < 32; bit++) {
      if (((maskHigh >>> bit) & 1) === 0) continue;
      const counts = (valueHigh >>> bit) & 1 ? ones : zeros;
      counts[bit]!++;
    }
  }
  let best = 0;
  let shift = -1;
  for (let s = 0; s <= 32 - windowBits; s++) {
    let score = 0;
    for (let bit = s; bit < s + windowBits; bit++) score += Math.min(zeros[bit]!, ones[bit]!);
    if (score > best) {
      best = score;
      shift = s;
    }
  }
  if (shift < 0) return;
  node.split = { shift, children: childrenOf(node.rows, shift) };
}

function childrenOf(rows: readonly CompiledRow[], shift: number): (Node | undefined)[] {
  const size = 1 << windowBits;
  const lists: CompiledRow[][] = Array.from({ length: size }, () => []);
  for (const compiled of rows) {
    const mask = (compiled.maskHigh >>> shift) & (size - 1);
    const value = (compiled.valueHigh >>> shift) & (size - 1);
    const free = ~mask & (size - 1);
    // All values of the free bits: the usual subset enumeration.
    let subset = free;
    for (;;) {
      lists[value | subset]!.push(compiled);
      if (subset === 0) break;
      subset = (subset - 1) & free;
    }
  }
  return lists.map((list) =>
    list.length > 0 ? { rows: list, split: null, visited: list.length === rows.length } : undefined,
  );
}

/** Whether two rows share an encoding, as far as fixed bits and `!=` tell. */
function overlap(a: CompiledRow, c: CompiledRow): boolean {
  if (a.bits !== c.bits) return false;
  const high = a.maskHigh & c.maskHigh;
  const low = a.maskLow & c.maskLow;
  if ((a.valueHigh & high) !== (c.valueHigh & high)) return false;
  if ((a.valueLow & low) !== (c.valueLow & low)) return false;
  return !excluded(a, c) && !excluded(c, a);
}

/** Whether the fixed bits of `c` give a field of `a` a value its `!=` rules out. */
function excluded(a: CompiledRow, c: CompiledRow): boolean {
  return a.fields.some((field) => {
    if (field.not.length === 0) return false;
    const all = lowMask(field.width) >>> 0;
    const unsigned = field.signed ? { ...field, signed: false } : field;
    if (fieldValue(unsigned, c.maskHigh, c.maskLow) !== all) return false;
    return field.not.includes(fieldValue(unsigned, c.valueHigh, c.valueLow));
  });
}

/** Left-aligned bits of an instruction. */
export interface Encoding {
  readonly high: number;
  readonly low: number;
}

/** Encodes field values (missing ones are 0; values are taken modulo their width). */
export function encode(compiled: CompiledRow, fields: Partial<AnyFields>): Encoding {
  let high = compiled.valueHigh;
  let low = compiled.valueLow;
  for (const { name, pieces } of compiled.fields) {
    const value = fields[name] ?? 0;
    for (const { start, width, shift } of pieces) {
      const bits = (value >>> shift) & lowMask(width);
      const end = start + width;
      if (end <= 32) high |= bits << (32 - end);
      else if (start >= 32) low |= bits << (48 - end);
      else {
        high |= bits >>> (end - 32);
        low |= (bits << (48 - end)) & 0xffff;
      }
    }
  }
  return { high, low };
}

/** Tries before a row counts as one that has no valid encoding. */
const randomTriesMax = 100_000;

/**
 * A random valid encoding of a row. `random` gives uniform 32-bit integers; `choose` may replace
 * the value of a field (registers that must stay intact, say).
 */
export function randomEncoding(
  compiled: CompiledRow,
  random: () => number,
  choose?: (field: Field, value: number) => number,
): Encoding {
  for (let n = 0; n < randomTriesMax; n++) {
    const fields: Record<string, number> = {};
    for (const field of compiled.fields) {
      const value = random() & lowMask(field.width);
      fields[field.name] = choose ? choose(field, value) : value;
    }
    const { high, low } = encode(compiled, fields);
    if (compiled.extract(high, low)) return { high, low };
  }
  throw new Error(`${rowText(compiled)}: no valid encoding found`);
}

/** Prints an operand; given the fields and the guest address of the instruction. */
export type Formatter = (f: AnyFields, pc: number) => string;

/** Text of an instruction: `{name}` is replaced by formatter `name`, or else by field `name`. */
export function formatInstruction(
  { compiled, fields }: Decoded,
  pc: number,
  formatters: Readonly<Record<string, Formatter>>,
): string {
  const fill = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const formatter = formatters[name];
      if (formatter) return formatter(fields, pc);
      const value = fields[name];
      if (value === undefined) throw new Error(`${rowText(compiled)}: operand {${name}}`);
      return String(value);
    });
  const { mnemonic, syntax } = compiled.row;
  const name = fill(mnemonic).toLowerCase();
  return syntax === '' ? name : `${name} ${fill(syntax)}`;
}
