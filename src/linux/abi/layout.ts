/** Structures of guest memory as data: field types and offsets, in the ABI's byte order. */

import type { GuestMemory } from '../fs/inode.ts';

export type FieldType = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64';

/** Sizes in bytes; also the natural alignment. */
const fieldBytes: Readonly<Record<FieldType, number>> = {
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
};

/** A C structure: its size in bytes and each field's type and offset in bytes. */
export interface StructLayout<Name extends string = string> {
  readonly size: number;
  readonly fields: Readonly<Record<Name, readonly [FieldType, number]>>;
}

/**
 * Lays out fields as C does, each at its natural alignment, in the order given. Names that start
 * with `_` are padding: they take space and are written as zero.
 */
export function struct<Name extends string>(
  fields: Readonly<Record<Name, FieldType>>,
  options: { packed?: boolean } = {},
): StructLayout<Name> {
  const placed: Partial<Record<Name, readonly [FieldType, number]>> = {};
  let at = 0;
  let alignment = 1;
  for (const name of Object.keys(fields) as Name[]) {
    const bytes = fieldBytes[fields[name]];
    if (!options.packed) {
      at = Math.ceil(at / bytes) * bytes;
      alignment = Math.max(alignment, bytes);
    }
    placed[name] = [fields[name], at];
    at += bytes;
  }
  return {
    size: Math.ceil(at / alignment) * alignment,
    fields: placed as Record<Name, readonly [FieldType, number]>,
  };
}

/** Field values to write; those left out are zero. */
export type StructValues<Name extends string> = { readonly [K in Name]?: number | bigint };

/** Writes a structure at a guest address, padding as zeros. False (EFAULT) outside mappings. */
export function writeStruct<Name extends string>(
  memory: GuestMemory,
  address: number,
  layout: StructLayout<Name>,
  values: StructValues<Name>,
): boolean {
  const bytes = memory.slice(address, layout.size);
  if (bytes === undefined) return false;
  bytes.set(encodeStruct(layout, values, memory.littleEndian));
  return true;
}

/** A structure as bytes. */
export function encodeStruct<Name extends string>(
  layout: StructLayout<Name>,
  values: StructValues<Name>,
  littleEndian: boolean,
): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  const view = new DataView(bytes.buffer);
  for (const name of Object.keys(values) as Name[]) {
    const [type, offset] = layout.fields[name];
    setField(view, offset, type, values[name] ?? 0, littleEndian);
  }
  return bytes;
}

function setField(
  view: DataView,
  at: number,
  type: FieldType,
  value: number | bigint,
  littleEndian: boolean,
): void {
  switch (fieldBytes[type]) {
    case 1:
      view.setUint8(at, Number(value) & 0xff);
      break;
    case 2:
      view.setUint16(at, Number(value) & 0xffff, littleEndian);
      break;
    case 4:
      view.setUint32(at, Number(BigInt.asUintN(32, BigInt(value))), littleEndian);
      break;
    default:
      view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), littleEndian);
  }
}

/** Reads a structure: every field as a bigint (signed or not as declared), undefined for EFAULT. */
export function readStruct<Name extends string>(
  memory: GuestMemory,
  address: number,
  layout: StructLayout<Name>,
): Record<Name, bigint> | undefined {
  const bytes = memory.slice(address, layout.size);
  return bytes && decodeStruct(bytes, layout, memory.littleEndian);
}

/** Decodes a structure from bytes of at least its size. */
export function decodeStruct<Name extends string>(
  bytes: Uint8Array,
  layout: StructLayout<Name>,
  littleEndian: boolean,
): Record<Name, bigint> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: Partial<Record<Name, bigint>> = {};
  for (const name of Object.keys(layout.fields) as Name[]) {
    const [type, offset] = layout.fields[name];
    values[name] = getField(view, offset, type, littleEndian);
  }
  return values as Record<Name, bigint>;
}

function getField(view: DataView, at: number, type: FieldType, littleEndian: boolean): bigint {
  switch (type) {
    case 'i8':
      return BigInt(view.getInt8(at));
    case 'u8':
      return BigInt(view.getUint8(at));
    case 'i16':
      return BigInt(view.getInt16(at, littleEndian));
    case 'u16':
      return BigInt(view.getUint16(at, littleEndian));
    case 'i32':
      return BigInt(view.getInt32(at, littleEndian));
    case 'u32':
      return BigInt(view.getUint32(at, littleEndian));
    case 'i64':
      return view.getBigInt64(at, littleEndian);
    case 'u64':
      return view.getBigUint64(at, littleEndian);
  }
}
