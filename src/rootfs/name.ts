/** File names as strings that keep every byte: what Python calls `surrogateescape` (PEP 383). */

const encoder: TextEncoder = new TextEncoder();
const strict: TextDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Length of the well-formed UTF-8 sequence at an offset (Unicode table 3-7), or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) {
    if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** Bytes → string: UTF-8, other bytes as lone surrogates U+DC80…U+DCFF. Injective. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    // Not UTF-8: go through it sequence by sequence.
  }
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) text += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    else text += strict.decode(bytes.subarray(at, at + length));
    at += Math.max(length, 1);
  }
  return text;
}

/**
 * Whether a UTF-16 unit stands for a raw byte. Preceded by a high surrogate it would not be lone.
 */
function isEscaped(unit: number, before: number): boolean {
  return unit >= 0xdc80 && unit <= 0xdcff && !(before >= 0xd800 && before <= 0xdbff);
}

/** String → bytes, the inverse of `decodeName`. Other lone surrogates become U+FFFD. */
export function encodeName(name: string): Uint8Array {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let i = 0; i < name.length; i++) {
    if (!isEscaped(name.charCodeAt(i), i > start ? name.charCodeAt(i - 1) : 0)) continue;
    if (i > start) parts.push(encoder.encode(name.slice(start, i)));
    parts.push(Uint8Array.of(name.charCodeAt(i) - 0xdc00));
    start = i + 1;
  }
  if (start === 0) return encoder.encode(name);
  parts.push(encoder.encode(name.slice(start)));
  return concatBytes(parts);
}

/** Joins byte arrays. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Orders byte strings as `memcmp` does, the shorter first where one begins the other. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Orders names by the bytes they stand for. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Below the surrogates the order of UTF-16 units is the order of the UTF-8 bytes.
    if (x < 0xd800 && y < 0xd800) return x - y;
    return compareBytes(encodeName(a), encodeName(b));
  }
  return a.length - b.length;
}
