/** Argument registers become the values that rows declare. */

import type { Slot } from '../../cpu/state.ts';
import type { Abi } from '../abi/abi.ts';
import { decodeOpenFlags } from '../abi/open_flags.ts';
import type { ArgumentType } from './row.ts';

/** Reads one argument out of the state area (a view of the whole wasm memory). */
export type ArgumentReader = (view: DataView) => number | bigint;

/** Addresses beyond 4 GiB become this one, which is never mapped: EFAULT. */
const unmappedAddress = 0xffffffff;

const addressTypes: ReadonlySet<ArgumentType> = new Set<ArgumentType>([
  'pointer',
  'path',
  'read_buffer',
  'write_buffer',
  'string_array',
  'timespec',
  'stat',
  'sigset',
  'iovec',
  'sockaddr',
  'fd_pair',
]);

/** How an argument type is read from a 64-bit register. */
export function argumentReader(type: ArgumentType, slot: Slot, abi: Abi): ArgumentReader {
  const low = slot.offset;
  const high = slot.offset + 4;
  if (addressTypes.has(type)) {
    return (view) =>
      view.getUint32(high, true) === 0 ? view.getUint32(low, true) : unmappedAddress;
  }
  switch (type) {
    case 'long':
      return (view) => view.getBigUint64(low, true);
    case 'size':
      return (view) => clampSize(view.getUint32(high, true), view.getUint32(low, true));
    case 'offset':
      return (view) => Number(view.getBigInt64(low, true));
    case 'open_flags':
      return (view) => decodeOpenFlags(view.getInt32(low, true), abi.openFlags);
    case 'uint':
    case 'mode':
    case 'clone_flags':
      return (view) => view.getUint32(low, true);
    default:
      return (view) => view.getInt32(low, true);
  }
}

function clampSize(high: number, low: number): number {
  return high > 0x1fffff ? Number.MAX_SAFE_INTEGER : high * 0x1_0000_0000 + low;
}
