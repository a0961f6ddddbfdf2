/**
 * Dockerfiles as text: lines, flags, JSON forms, here-documents (Docker's "Dockerfile reference").
 * Nothing is expanded here.
 */

import { EngineError } from './error.ts';
import { dockerfileBytesMax, dockerfileInstructionsMax } from './limits.ts';

/** Text between `<<NAME` and a line `NAME`. */
export interface HereDocument {
  readonly name: string;
  readonly content: string;
  /** Whether variables in it are replaced: not where the name is quoted. */
  readonly expand: boolean;
}

/** One instruction. */
export interface Instruction {
  /** In upper case. */
  readonly keyword: string;
  /** `--name=value` before the arguments, in order; the value of a bare flag is empty. */
  readonly flags: readonly (readonly [name: string, value: string])[];
  /** What follows, as written. */
  readonly rest: string;
  /** The arguments, where they are a JSON list of strings. */
  readonly json: readonly string[] | undefined;
  readonly documents: readonly HereDocument[];
  /** First line, counted from 1. */
  readonly line: number;
}

/** A parsed file. */
export interface Dockerfile {
  readonly instructions: readonly Instruction[];
  /** `\` or a backtick. */
  readonly escapeMark: string;
}

/** The error of a Dockerfile that cannot be built. */
export function dockerfileError(line: number, message: string, remedy?: string): EngineError {
  const text = `dockerfile parse error on line ${line}: ${message}`;
  return new EngineError('DOCKERFILE_INVALID', text, remedy === undefined ? {} : { remedy });
}

const keywords: ReadonlySet<string> = new Set(
  (
    'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL ' +
    'STOPSIGNAL USER VOLUME WORKDIR'
  ).split(' '),
);

/**
 * Parses a Dockerfile.
 *
 * @throws EngineError DOCKERFILE_INVALID, LIMIT_EXCEEDED
 */
export function parseDockerfile(text: string): Dockerfile {
  if (text.length > dockerfileBytesMax) {
    throw new EngineError('LIMIT_EXCEEDED', `a Dockerfile has ${text.length} characters`, {
      remedy: `at most ${dockerfileBytesMax} (limit dockerfileBytesMax)`,
    });
  }
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const escapeMark = escapeOf(lines);
  const instructions: Instruction[] = [];
  for (let at = 0; at < lines.length; ) {
    const first = at;
    const logical = logicalLine(lines, at, escapeMark);
    at = logical.next;
    if (logical.text.trim() === '') continue;
    if (instructions.length >= dockerfileInstructionsMax) {
      throw new EngineError('LIMIT_EXCEEDED', 'a Dockerfile has too many instructions', {
        remedy: `at most ${dockerfileInstructionsMax} (limit dockerfileInstructionsMax)`,
      });
    }
    const { documents, next } = hereDocuments(logical.text, lines, at);
    at = next;
    instructions.push(parseInstruction(logical.text, first + 1, documents));
  }
  if (instructions.length === 0) throw dockerfileError(1, 'file with no instructions');
  return { instructions, escapeMark };
}

/** Directives are comments of the form `name=value` before anything else. */
function escapeOf(lines: readonly string[]): string {
  for (const line of lines) {
    const directive = /^#\s*([A-Za-z]+)\s*=\s*(\S+)\s*$/.exec(line);
    if (!directive) return '\\';
    if (directive[1]!.toLowerCase() !== 'escape') continue;
    if (directive[2] === '\\' || directive[2] === '`') return directive[2];
    throw dockerfileError(1, `invalid escape token '${directive[2]}' does not match \` or \\`);
  }
  return '\\';
}

/** Joins lines that end in the escape character; comments and empty lines among them vanish. */
function logicalLine(
  lines: readonly string[],
  start: number,
  escapeMark: string,
): { text: string; next: number } {
  const continued = escapeMark === '`' ? /`[ \t]*$/ : /\\[ \t]*$/;
  let text = '';
  let at = start;
  while (at < lines.length) {
    const line = lines[at++]!;
    const inside = text !== '';
    if (/^\s*#/.test(line)) {
      if (inside) continue;
      break;
    }
    if (inside && line.trim() === '') continue;
    if (!continued.test(line)) {
      text += line;
      break;
    }
    text += line.replace(continued, '');
    if (text === '') text = ' ';
  }
  return { text, next: at };
}

const withDocuments = /^\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s/i;

function hereDocuments(
  text: string,
  lines: readonly string[],
  start: number,
): { documents: HereDocument[]; next: number } {
  const documents: HereDocument[] = [];
  let at = start;
  if (!withDocuments.test(text)) return { documents, next: at };
  const marks = text.matchAll(
    /(?<![<\w])\d*<<(-?)(["']?)([A-Za-z_][A-Za-z0-9_.]*)\2(?=\s|$|[;&|>)])/g,
  );
  for (const [, dash, quote, name] of marks) {
    const content: string[] = [];
    for (;;) {
      const line = lines[at++];
      if (line === undefined) throw dockerfileError(start, `unterminated heredoc ${name}`);
      const stripped = dash ? line.replace(/^\t+/, '') : line;
      if (stripped === name) break;
      content.push(`${stripped}\n`);
    }
    documents.push({ name: name!, content: content.join(''), expand: quote === '' });
  }
  return { documents, next: at };
}

function parseInstruction(
  text: string,
  line: number,
  documents: readonly HereDocument[],
): Instruction {
  const [, word = '', after = ''] = /^\s*(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  const keyword = word.toUpperCase();
  if (!keywords.has(keyword)) throw dockerfileError(line, `unknown instruction: ${word}`);
  const flags: [string, string][] = [];
  let rest = after.trim();
  for (;;) {
    const flag = /^--([a-z-]+)(?:=("[^"]*"|\S*))?(?:\s+|$)/.exec(rest);
    if (!flag) break;
    flags.push([flag[1]!, (flag[2] ?? '').replace(/^"(.*)"$/, '$1')]);
    rest = rest.slice(flag[0].length);
  }
  if (rest === '' && keyword !== 'RUN') {
    throw dockerfileError(line, `${keyword} requires at least one argument`);
  }
  return { keyword, flags, rest, json: jsonList(rest), documents, line };
}

function jsonList(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    const isList = Array.isArray(list) && list.every((item) => typeof item === 'string');
    return isList ? (list as string[]) : undefined;
  } catch {
    // As in Docker, what is no JSON is a shell's text.
    return undefined;
  }
}

/** The instruction that ONBUILD wraps, or that an image's `OnBuild` has. */
export function parseSingle(text: string, line: number): Instruction {
  return parseInstruction(text, line, []);
}
