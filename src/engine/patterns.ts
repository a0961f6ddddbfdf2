/** Path patterns of include and exclude lists: Go's `path.Match` with `**` for any depth. */

import { EngineError } from './error.ts';

/** Longest pattern, in characters. */
export const patternCharactersMax: number = 4096;

/** Whether a path without a leading slash matches. */
export type Matcher = (path: string) => boolean;

/**
 * Compiles one pattern. `*` and `?` stop at slashes, `[a-z]` and `[^a-z]` are classes, `\` quotes,
 * `**` crosses slashes; slashes and `./` at the ends do not matter.
 *
 * @throws EngineError ARGUMENT_INVALID for a class that is not closed; LIMIT_EXCEEDED
 */
export function compilePattern(pattern: string): Matcher {
  if (pattern.length > patternCharactersMax) {
    throw new EngineError('LIMIT_EXCEEDED', `a pattern has ${pattern.length} characters`, {
      remedy: `at most ${patternCharactersMax} (limit patternCharactersMax)`,
    });
  }
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const expressions = parts.map((part) => (part === '**' ? undefined : segment(part, pattern)));
  return (path) => matches(expressions, path === '' ? [] : path.split('/'));
}

/** Compiles a list: any of them matches. */
export function compilePatterns(patterns: readonly string[]): Matcher {
  const matchers = patterns.map(compilePattern);
  return (path) => matchers.some((matcher) => matcher(path));
}

/** Dynamic programming over segments, so that many `**` do not multiply. */
function matches(expressions: readonly (RegExp | undefined)[], names: readonly string[]): boolean {
  let reachable = new Set<number>([0]);
  for (const expression of expressions) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (!expression) for (let end = at; end <= names.length; end++) next.add(end);
      else if (at < names.length && expression.test(names[at]!)) next.add(at + 1);
    }
    reachable = next;
  }
  return reachable.has(names.length);
}

function segment(part: string, pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < part.length; at++) {
    const character = part[at]!;
    if (character === '*') {
      // Runs of stars mean one star; this also keeps the expression from backtracking badly.
      if (part[at + 1] !== '*') source += '[^/]*';
    } else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const end = part.indexOf(']', at + 2);
      if (end < 0) {
        throw new EngineError('ARGUMENT_INVALID', `syntax error in pattern ${pattern}`, {
          remedy: 'close the [ with a ], or write \\[',
        });
      }
      const body = part.slice(at + 1, end).replace(/[\\[]/g, '\\$&');
      source += `[${body}]`;
      at = end;
    } else if (character === '\\' && at + 1 < part.length) source += quote(part[++at]!);
    else source += quote(character);
  }
  return new RegExp(`^${source}$`, 'su');
}

function quote(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
