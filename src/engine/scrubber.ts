/** Takes secrets out of what a process prints, wherever its writes are cut. */

import { concatBytes } from '../rootfs/name.ts';

const replacement = '***';

/**
 * Replaces each secret by `***`: the whole value without outer white space, and each of its lines,
 * as Dagger does. Longer matches win.
 */
export class Scrubber {
  /** As Latin-1 strings, one character a byte; longest first. */
  readonly #patterns: readonly string[];
  readonly #sink: (bytes: Uint8Array) => void;
  /** Bytes that may be the start of a secret. */
  #held = '';

  constructor(patterns: readonly string[], sink: (bytes: Uint8Array) => void) {
    this.#patterns = patterns;
    this.#sink = sink;
  }

  write(bytes: Uint8Array): void {
    if (this.#patterns.length === 0) this.#sink(bytes);
    else this.#advance(this.#held + latin1(bytes), false);
  }

  /** Gives out what was held back. */
  end(): void {
    if (this.#held !== '') this.#advance(this.#held, true);
  }

  #advance(text: string, last: boolean): void {
    const keepFrom = last ? text.length : this.#possibleStart(text);
    let out = '';
    let at = 0;
    for (;;) {
      const match = this.#firstMatch(text, at);
      // A longer secret may begin where this one does, and not be complete yet.
      if (!match || match.at >= keepFrom) break;
      out += text.slice(at, match.at) + replacement;
      at = match.at + match.length;
    }
    const end = Math.max(at, keepFrom);
    out += text.slice(at, end);
    this.#held = text.slice(end);
    if (out !== '') this.#sink(fromLatin1(out));
  }

  #firstMatch(text: string, from: number): { at: number; length: number } | undefined {
    let best: { at: number; length: number } | undefined;
    for (const pattern of this.#patterns) {
      const at = text.indexOf(pattern, from);
      if (at >= 0 && (!best || at < best.at)) best = { at, length: pattern.length };
    }
    return best;
  }

  /** Where the longest end of the text begins that could go on to be a secret. */
  #possibleStart(text: string): number {
    const longest = this.#patterns[0]!.length;
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++) {
      const end = text.slice(at);
      const starts = (pattern: string) => pattern.length > end.length && pattern.startsWith(end);
      if (this.#patterns.some(starts)) return at;
    }
    return text.length;
  }
}

/** What must not be seen of some secrets. */
export function scrubPatterns(values: readonly Uint8Array[]): string[] {
  const patterns = new Set<string>();
  for (const value of values) {
    const text = latin1(value);
    for (const part of [text, ...text.split('\n')]) {
      const trimmed = part.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
      if (trimmed !== '') patterns.add(trimmed);
    }
  }
  return [...patterns].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

/** A text without the secrets. */
export function scrubBytes(patterns: readonly string[], bytes: Uint8Array): Uint8Array {
  if (patterns.length === 0) return bytes;
  const parts: Uint8Array[] = [];
  const scrubber = new Scrubber(patterns, (part) => parts.push(part));
  scrubber.write(bytes);
  scrubber.end();
  return concatBytes(parts);
}

/** A text without the secrets. */
export function scrubText(patterns: readonly string[], text: string): string {
  if (patterns.length === 0) return text;
  return new TextDecoder().decode(scrubBytes(patterns, new TextEncoder().encode(text)));
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return text;
}

function fromLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
