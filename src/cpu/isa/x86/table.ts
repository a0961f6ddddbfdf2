/** The opcode table: rows indexed by opcode map and byte, with the rules of which row applies. */

import { type Instruction, prefixBit } from './instruction.ts';
import { parseRow, type Row, type RowSource, vexMap } from './row.ts';

const allPrefixes = prefixBit.none | prefixBit.x66 | prefixBit.xF3 | prefixBit.xF2;

/** How narrowly a row is stated; a narrower row goes before a wider one. */
function specificity(row: Row): number {
  return (row.prefixes ? 4 : 0) + (row.w >= 0 ? 2 : 0) + (row.modrmMask === 0xff ? 1 : 0);
}

function overlap(a: Row, b: Row): boolean {
  if (((a.prefixes || allPrefixes) & (b.prefixes || allPrefixes)) === 0) return false;
  if (a.w >= 0 && b.w >= 0 && a.w !== b.w) return false;
  const [m, n] = [a.vectorLength, b.vectorLength];
  if (m >= 0 && n >= 0 && m !== n) return false;
  if (a.form && b.form && a.form !== b.form) return false;
  if (isFixed(a) && b.form === 1) return false;
  if (isFixed(b) && a.form === 1) return false;
  return ((a.modrmValue ^ b.modrmValue) & a.modrmMask & b.modrmMask) === 0;
}

const isFixed = (row: Row): boolean => row.modrmMask >= 0xf8;

/** Throws when two rows claim the same encoding and neither is stated more narrowly. */
function checkBucket(bucket: readonly Row[]): void {
  for (const [n, a] of bucket.entries()) {
    for (const b of bucket.slice(n + 1)) {
      if (a.hasModrm !== b.hasModrm)
        throw new Error(`${a.encoding}: ModRM differs from ${b.encoding}`);
      if (specificity(a) === specificity(b) && overlap(a, b)) {
        throw new Error(`${a.encoding} ${a.syntax} overlaps ${b.encoding} ${b.syntax}`);
      }
    }
  }
}

const prefixTokens = new Set(['NP', '66', 'F2', 'F3']);

/** Length of the prefix tokens at the start of an encoding. */
function prefixLength(encoding: string): number {
  // NP, 66, F2, F3: no opcode byte looks like these.
  let at = prefixTokens.has(encoding.slice(0, 2)) ? 3 : 0;
  if (encoding.startsWith('REX.W ', at)) at += 6;
  else if (encoding.startsWith('W0 ', at)) at += 3;
  return at;
}

/** Opcode map and byte (`map << 8 | opcode`) of an encoding, without parsing all of it. */
function opcodeKey(encoding: string): number {
  if (encoding.startsWith('VEX.')) {
    const space = encoding.indexOf(' ');
    const map = vexMap(encoding.slice(0, space));
    return (map << 8) | Number.parseInt(encoding.slice(space + 1, space + 3), 16);
  }
  let at = prefixLength(encoding);
  let map = 0;
  if (encoding.startsWith('0F ', at)) {
    at += 3;
    map = 1;
    if (encoding.startsWith('38 ', at)) map = 2;
    else if (encoding.startsWith('3A ', at)) map = 3;
    if (map > 1) at += 3;
  }
  return (map << 8) | Number.parseInt(encoding.slice(at, at + 2), 16);
}

/** Opcodes a row covers: `+r` 8, `+cc` 16. */
function opcodeCount(encoding: string): number {
  const plus = encoding.indexOf('+');
  if (plus < 0) return 1;
  const kind = encoding[plus + 1];
  return kind === 'r' ? 8 : kind === 'c' ? 16 : 1;
}

/** The rows of one opcode, parsed when it is first met: most programs use a third of the table. */
interface Bucket {
  readonly sources: RowSource[];
  rows: readonly Row[] | undefined;
}

/** Rows by opcode. Throws, when an opcode is first met, where two of its rows overlap. */
export class OpcodeTable {
  /** By `map << 8 | opcode`. */
  readonly #buckets: (Bucket | undefined)[] = Array.from({ length: 2048 });
  readonly #sources: readonly (readonly RowSource[])[];
  readonly #parsed = new Map<RowSource, Row>();

  constructor(sources: readonly (readonly RowSource[])[]) {
    this.#sources = sources;
    for (const part of sources) {
      for (const source of part) {
        const key = opcodeKey(source[0]);
        for (let n = opcodeCount(source[0]) - 1; n >= 0; n--) {
          const bucket = this.#buckets[key + n];
          if (bucket) bucket.sources.push(source);
          else this.#buckets[key + n] = { sources: [source], rows: undefined };
        }
      }
    }
  }

  /** All rows in the order of the sources; parses and checks everything. */
  get rows(): readonly Row[] {
    for (const bucket of this.#buckets) if (bucket) this.#load(bucket);
    return this.#sources.flat().map((source) => this.#parse(source));
  }

  #parse(source: RowSource): Row {
    const known = this.#parsed.get(source);
    if (known) return known;
    const row = parseRow(source);
    this.#parsed.set(source, row);
    return row;
  }

  /** Parses a bucket's rows, narrowest first. Throws where two overlap. */
  #load(bucket: Bucket): readonly Row[] {
    if (bucket.rows) return bucket.rows;
    const rows = bucket.sources.map((source) => this.#parse(source));
    checkBucket(rows);
    rows.sort((a, b) => specificity(b) - specificity(a));
    bucket.rows = rows;
    return rows;
  }

  /** Rows of an opcode, or undefined. */
  rowsOf(map: number, opcode: number): readonly Row[] | undefined {
    const bucket = this.#buckets[(map << 8) | opcode];
    return bucket && (bucket.rows ?? this.#load(bucket));
  }

  /**
   * The row, among those of its opcode, of an instruction whose prefixes and ModRM byte are known.
   */
  find(rows: readonly Row[], i: Instruction): Row | undefined {
    const repeat = i.repeat === 0xf3 ? prefixBit.xF3 : i.repeat === 0xf2 ? prefixBit.xF2 : 0;
    const prefix = repeat || (i.operandPrefix ? prefixBit.x66 : prefixBit.none);
    const w = i.rex & 8 ? 1 : 0;
    for (const row of rows) {
      if (row.prefixes && !(row.prefixes & prefix)) continue;
      if (row.w >= 0 && row.w !== w) continue;
      if (row.vectorLength >= 0 && row.vectorLength !== i.vectorLength) continue;
      if ((i.modrm & row.modrmMask) !== row.modrmValue) continue;
      if (row.form === 1 && i.mod === 3) continue;
      if ((row.form === 2 || isFixed(row)) && row.hasModrm && i.mod !== 3) continue;
      return row;
    }
    return undefined;
  }
}
