/** Socket addresses: sockaddr_in, sockaddr_in6, sockaddr_un as values and as guest bytes. */

import { decodeName, encodeName } from '../../rootfs/name.ts';
import { EAFNOSUPPORT, EINVAL } from '../abi/errno.ts';

export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;

/** An internet endpoint. `host` is dotted IPv4, or IPv6 as 32 hexadecimal digits. */
export interface InetAddress {
  readonly family: typeof AF_INET | typeof AF_INET6;
  readonly host: string;
  readonly port: number;
}

/** A unix endpoint: '' (unnamed), a path, or an abstract name that begins with a zero. */
export interface UnixAddress {
  readonly family: typeof AF_UNIX;
  readonly name: string;
}

export type SocketAddress = InetAddress | UnixAddress;

export const anyIpv4 = '0.0.0.0';
export const anyIpv6: string = '0'.repeat(32);
export const loopbackIpv4 = '127.0.0.1';
export const loopbackIpv6: string = `${'0'.repeat(31)}1`;
const mappedPrefix = '00000000000000000000ffff';

/** IPv4-mapped IPv6 addresses as the IPv4 address that they mean. */
export function unmapped(host: string): string {
  if (host.length !== 32 || !host.startsWith(mappedPrefix)) return host;
  const parts = [24, 26, 28, 30].map((at) => Number.parseInt(host.slice(at, at + 2), 16));
  return parts.join('.');
}

/** An IPv4 host in IPv6 form; others unchanged. */
export function mapped(host: string): string {
  if (host.length === 32) return host;
  const hex = host.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return mappedPrefix + hex.join('');
}

export function isAny(host: string): boolean {
  return host === anyIpv4 || host === anyIpv6;
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === loopbackIpv6;
}

/** Bytes of `sun_path`. */
const unixPathBytes = 108;

/** Decodes a sockaddr of a given family: -EINVAL, -EAFNOSUPPORT. */
export function decodeAddress(
  bytes: Uint8Array,
  littleEndian: boolean,
  wanted: number,
): SocketAddress | number {
  if (bytes.length < 2) return -EINVAL;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const family = view.getUint16(0, littleEndian);
  if (wanted === AF_UNIX) return family === AF_UNIX ? decodeUnix(bytes) : -EINVAL;
  if (family !== wanted) return -EAFNOSUPPORT;
  if (family === AF_INET) {
    if (bytes.length < 16) return -EINVAL;
    return { family, host: bytes.slice(4, 8).join('.'), port: view.getUint16(2) };
  }
  if (family !== AF_INET6) return -EAFNOSUPPORT;
  if (bytes.length < 24) return -EINVAL;
  return { family, host: hex(bytes.subarray(8, 24)), port: view.getUint16(2) };
}

/** The family that a sockaddr says it has. */
export function familyOf(bytes: Uint8Array, littleEndian: boolean): number {
  if (bytes.length < 2) return AF_UNSPEC;
  return new DataView(bytes.buffer, bytes.byteOffset, 2).getUint16(0, littleEndian);
}

function decodeUnix(bytes: Uint8Array): UnixAddress | number {
  const path = bytes.subarray(2);
  if (path.length > unixPathBytes) return -EINVAL;
  if (path.length === 0) return { family: AF_UNIX, name: '' };
  // An abstract name has the length given; a path ends at its zero.
  if (path[0] === 0) return { family: AF_UNIX, name: decodeName(path) };
  const end = path.indexOf(0);
  return { family: AF_UNIX, name: decodeName(end < 0 ? path : path.subarray(0, end)) };
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A sockaddr as guests see it. */
export function encodeAddress(address: SocketAddress, littleEndian: boolean): Uint8Array {
  if (address.family === AF_UNIX) return encodeUnix(address.name, littleEndian);
  const bytes = new Uint8Array(address.family === AF_INET ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, address.family, littleEndian);
  view.setUint16(2, address.port);
  if (address.family === AF_INET) bytes.set(address.host.split('.').map(Number), 4);
  else {
    const host = mapped(address.host);
    for (let at = 0; at < 16; at++) {
      bytes[8 + at] = Number.parseInt(host.slice(2 * at, 2 * at + 2), 16);
    }
  }
  return bytes;
}

function encodeUnix(name: string, littleEndian: boolean): Uint8Array {
  const encoded = encodeName(name);
  const zero = name === '' || name.startsWith('\0') ? 0 : 1;
  const bytes = new Uint8Array(2 + encoded.length + zero);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, littleEndian);
  bytes.set(encoded, 2);
  return bytes;
}

/** `127.0.0.1:80`, for log lines. */
export function showAddress(address: SocketAddress): string {
  if (address.family === AF_UNIX) return address.name.replace('\0', '@');
  const host = unmapped(address.host);
  if (host.length !== 32) return `${host}:${address.port}`;
  return `[${host.match(/.{4}/g)!.join(':')}]:${address.port}`;
}
