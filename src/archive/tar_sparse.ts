/** Files with holes: GNU's old format and the three PAX formats of GNU tar (0.0, 0.1, 1.0). */

import { tarSparseBytesMax, tarSparsePiecesMax } from './limits.ts';
import { blockBytes, field, gnuField, TarError, type TarPiece } from './tar.ts';
import { asciiField, numberField, type PaxRecords, paxNumber } from './tar_fields.ts';

/** Where a file's bytes are, how long it is, and where the next header starts. */
export interface SparseLayout {
  readonly size: number;
  readonly pieces: readonly TarPiece[];
  readonly end: number;
}

const padded = (size: number): number => Math.ceil(size / blockBytes) * blockBytes;

/** The layout of a sparse file, or undefined where the entry is an ordinary one. */
export function readSparse(
  archive: Uint8Array,
  block: Uint8Array,
  start: number,
  stored: number,
  records: PaxRecords,
): SparseLayout | undefined {
  if (block[field.type[0]] === 'S'.charCodeAt(0)) return readOld(archive, block, start, stored);
  const end = start + padded(stored);
  if (paxNumber(records, 'GNU.sparse.major') === 1) {
    const size = paxNumber(records, 'GNU.sparse.realsize') ?? stored;
    const map = readNumbered(archive, start, start + stored);
    return layOut(map.numbers, size, map.end, start + stored, end);
  }
  const map = records.get('GNU.sparse.map');
  if (!map) return undefined;
  const size = paxNumber(records, 'GNU.sparse.size') ?? stored;
  const numbers = asciiField(map).split(',').map(decimal);
  return layOut(numbers, size, start, start + stored, end);
}

function decimal(text: string): number {
  const number = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new TarError('a sparse map has something that is not a number');
  }
  return number;
}

/** Old GNU: four pieces in the header, then blocks of 21 while one says another follows. */
function readOld(
  archive: Uint8Array,
  block: Uint8Array,
  start: number,
  stored: number,
): SparseLayout {
  const numbers: number[] = [];
  const collect = (bytes: Uint8Array, from: number, count: number): void => {
    for (let i = 0; i < count; i++) {
      const at = from + i * 24;
      if (bytes[at] === 0) return;
      numbers.push(numberField(bytes.subarray(at, at + 12), 'sparse offset'));
      numbers.push(numberField(bytes.subarray(at + 12, at + 24), 'sparse length'));
    }
  };
  collect(block, gnuField.sparse[0], 4);
  let more = block[gnuField.isExtended[0]] === 1;
  let data = start;
  while (more) {
    if (data + blockBytes > archive.length) throw new TarError('it ends inside a sparse map');
    const extension = archive.subarray(data, data + blockBytes);
    collect(extension, 0, 21);
    more = extension[504] === 1;
    data += blockBytes;
    assertCount(numbers.length / 2);
  }
  const [at, length] = gnuField.realSize;
  const size = numberField(block.subarray(at, at + length), 'size');
  if (data + stored > archive.length) throw new TarError('it ends inside a sparse file');
  return layOut(numbers, size, data, data + stored, data + padded(stored));
}

/** PAX 1.0: decimal lines before the data: how many pieces, then offset and length of each. */
function readNumbered(
  archive: Uint8Array,
  start: number,
  limit: number,
): { numbers: number[]; end: number } {
  let at = start;
  const next = (): number => {
    const newline = archive.indexOf(10, at);
    if (newline < 0 || newline >= limit || newline - at > 20) {
      throw new TarError('a sparse map is malformed');
    }
    const text = asciiField(archive.subarray(at, newline));
    at = newline + 1;
    return decimal(text);
  };
  const count = next();
  assertCount(count);
  const numbers: number[] = [];
  for (let i = 0; i < count * 2; i++) numbers.push(next());
  return { numbers, end: start + padded(at - start) };
}

function assertCount(count: number): void {
  if (count > tarSparsePiecesMax) {
    throw new TarError(`a sparse file has more than tarSparsePiecesMax (${tarSparsePiecesMax})`);
  }
}

function layOut(
  numbers: readonly number[],
  size: number,
  data: number,
  dataEnd: number,
  end: number,
): SparseLayout {
  assertCount(numbers.length / 2);
  if (size < 0 || size > tarSparseBytesMax) {
    throw new TarError(`a sparse file is longer than tarSparseBytesMax (${tarSparseBytesMax})`);
  }
  const pieces: TarPiece[] = [];
  let start = data;
  let covered = 0;
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const offset = numbers[i] ?? 0;
    const length = numbers[i + 1] ?? 0;
    if (offset < covered || offset + length > size || start + length > dataEnd) {
      throw new TarError('a sparse map does not fit its file');
    }
    if (length > 0) pieces.push({ offset, start, length });
    covered = offset + length;
    start += length;
  }
  return { size, pieces, end };
}
