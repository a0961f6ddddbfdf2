/** Words of Dockerfile instructions: quotes, escapes and variables, as BuildKit's shell lexer. */

import { dockerfileError } from './dockerfile_parse.ts';

/** The value of a variable; undefined where it is not set. */
export type Variables = (name: string) => string | undefined;

/** Splits at white space outside quotes; quotes and escapes stay in the words. */
export function splitWords(text: string, escapeMark: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === escapeMark && quote !== "'" && at + 1 < text.length) {
      word += character + text[++at]!;
    } else if (quote !== '') {
      word += character;
      if (character === quote) quote = '';
    } else if (/\s/.test(character)) {
      if (word !== '') words.push(word);
      word = '';
    } else {
      if (character === '"' || character === "'") quote = character;
      word += character;
    }
  }
  if (word !== '') words.push(word);
  return words;
}

/** Removes quotes and escapes of a word and replaces its variables. */
export function expandWord(
  text: string,
  variables: Variables,
  escapeMark: string,
  line: number,
): string {
  return new Expansion(text, variables, escapeMark, line).run('');
}

class Expansion {
  readonly #text: string;
  readonly #variables: Variables;
  readonly #escapeMark: string;
  readonly #line: number;
  #at = 0;

  constructor(text: string, variables: Variables, escapeMark: string, line: number) {
    this.#text = text;
    this.#variables = variables;
    this.#escapeMark = escapeMark;
    this.#line = line;
  }

  /** Reads up to a closing character outside quotes, or to the end. */
  run(close: string): string {
    let out = '';
    let doubled = false;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at]!;
      if (character === close && !doubled) return out;
      this.#at += 1;
      if (character === '"') doubled = !doubled;
      else if (character === "'" && !doubled) out += this.#until("'");
      else if (character === '$') out += this.#variable();
      else if (character === this.#escapeMark) out += this.#escaped(doubled);
      else out += character;
    }
    if (close !== '' || doubled) throw this.#fail();
    return out;
  }

  #fail(): Error {
    return dockerfileError(this.#line, `unexpected end of statement in ${this.#text}`);
  }

  #until(close: string): string {
    const end = this.#text.indexOf(close, this.#at);
    if (end < 0) throw this.#fail();
    const part = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return part;
  }

  /** In double quotes only `"`, `$` and itself can be escaped. */
  #escaped(doubled: boolean): string {
    const next = this.#text[this.#at];
    if (next === undefined) return this.#escapeMark;
    this.#at += 1;
    const kept = doubled && next !== '"' && next !== '$' && next !== this.#escapeMark;
    return kept ? this.#escapeMark + next : next;
  }

  #variable(): string {
    if (this.#text[this.#at] !== '{') {
      const name = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9])/.exec(this.#text.slice(this.#at))?.[0];
      if (name === undefined) return '$';
      this.#at += name.length;
      return this.#variables(name) ?? '';
    }
    this.#at += 1;
    const name = /^[A-Za-z0-9_]*/.exec(this.#text.slice(this.#at))![0];
    this.#at += name.length;
    const modifier = /^(?::?[-+?]|##?|%%?|\/\/?)/.exec(this.#text.slice(this.#at))?.[0] ?? '';
    this.#at += modifier.length;
    const word = this.run('}');
    this.#at += 1;
    return this.#modified(name, modifier, word);
  }

  #modified(name: string, modifier: string, word: string): string {
    const value = this.#variables(name);
    const isSet = modifier.startsWith(':')
      ? value !== undefined && value !== ''
      : value !== undefined;
    if (modifier === '' && word === '') return value ?? '';
    if (modifier.endsWith('-')) return isSet ? value! : word;
    if (modifier.endsWith('+')) return isSet ? word : '';
    if (modifier.endsWith('?')) {
      if (isSet) return value!;
      throw dockerfileError(this.#line, `${name}: ${word || 'not set'}`);
    }
    throw dockerfileError(this.#line, `unsupported modifier (${modifier}${word}) in substitution`);
  }
}

/** `a=b c="d e"`, or the old form `a b c` of one pair. */
export function parsePairs(
  text: string,
  expand: (word: string) => string,
  escapeMark: string,
  line: number,
): [string, string][] {
  const words = splitWords(text, escapeMark);
  if (!words[0]?.includes('=')) {
    const [, name = '', value = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
    if (value === '') throw dockerfileError(line, `${name} must have a value`);
    return [[expand(name), expand(value)]];
  }
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 1) throw dockerfileError(line, `syntax error - can't find = in "${word}"`);
    return [expand(word.slice(0, equals)), expand(word.slice(equals + 1))];
  });
}
