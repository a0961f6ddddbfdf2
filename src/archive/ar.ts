/** Reads `ar` archives, the outer form of Debian packages (deb(5)). */

import { arMembersMax } from './limits.ts';

/** An archive that cannot be read. */
export class ArError extends Error {
  override readonly name: string = 'ArError';
}

export interface ArMember {
  readonly name: string;
  /** A view of the archive. */
  readonly data: Uint8Array;
}

const magic = '!<arch>\n';
const headerBytes = 60;
const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** The members in order. Throws ArError where the archive is damaged. */
export function readAr(archive: Uint8Array): ArMember[] {
  if (latin1(archive.subarray(0, magic.length)) !== magic) throw new ArError('no ar archive');
  const members: ArMember[] = [];
  for (let at = magic.length; at < archive.length; ) {
    const header = latin1(archive.subarray(at, at + headerBytes));
    if (header.length < headerBytes || !header.endsWith('`\n')) {
      throw new ArError(`the header at ${at} is damaged`);
    }
    const size = Number(header.slice(48, 58).trim());
    const start = at + headerBytes;
    if (!Number.isInteger(size) || size < 0 || start + size > archive.length) {
      throw new ArError(`the member at ${at} is cut off`);
    }
    // GNU ends names with a slash, Debian pads them with spaces.
    const name = header.slice(0, 16).trimEnd().replace(/\/$/, '');
    members.push({ name, data: archive.subarray(start, start + size) });
    if (members.length > arMembersMax) throw new ArError('more members than arMembersMax');
    at = start + size + (size % 2);
  }
  return members;
}
