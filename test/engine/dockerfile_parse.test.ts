import { describe, expect, test } from 'vitest';
import { ignorePatterns, withoutIgnored } from '../../src/engine/dockerfile_copy.ts';
import { parseDockerfile } from '../../src/engine/dockerfile_parse.ts';
import { expandWord, parsePairs, splitWords } from '../../src/engine/dockerfile_words.ts';
import { textContent } from '../../src/rootfs/content.ts';
import { treeFromPaths, walkTree } from '../../src/rootfs/tree.ts';

const only = (text: string) => parseDockerfile(text).instructions;

test('lines are joined, comments and blanks inside vanish', () => {
  const text = '# note\nFROM a\nRUN one \\\n  # inside\n\n  two \\ \n three\n';
  expect(only(text).map(({ keyword, rest, line }) => [keyword, rest, line])).toEqual([
    ['FROM', 'a', 2],
    ['RUN', 'one   two  three', 3],
  ]);
});

test('the escape character can be a backtick', () => {
  const file = parseDockerfile('# escape=`\nFROM a\nRUN dir c:\\ `\n more');
  expect(file.escapeMark).toBe('`');
  expect(file.instructions[1]!.rest).toBe('dir c:\\  more');
});

test('flags, JSON forms and lower case', () => {
  const [, copy, cmd, text] = only(
    'from a\ncopy --from=b --chown=1:2 x /y\nCMD ["a", "b"]\nCMD [not json]',
  );
  expect(copy).toMatchObject({
    keyword: 'COPY',
    flags: [
      ['from', 'b'],
      ['chown', '1:2'],
    ],
    rest: 'x /y',
  });
  expect(cmd!.json).toEqual(['a', 'b']);
  expect(text!.json).toBeUndefined();
});

test('here-documents', () => {
  const text = `FROM a
RUN <<EOF
one
two
EOF
COPY <<A <<-"B" /x/
a $V
A
\tb $V
\tB
RUN echo $((1<<2))
`;
  const [, run, copy, last] = only(text);
  expect(run!.documents).toEqual([{ name: 'EOF', content: 'one\ntwo\n', expand: true }]);
  expect(copy!.documents).toEqual([
    { name: 'A', content: 'a $V\n', expand: true },
    { name: 'B', content: 'b $V\n', expand: false },
  ]);
  expect(last!.documents).toEqual([]);
});

test.each([
  ['FROM a\nFOO bar', 'dockerfile parse error on line 2: unknown instruction: FOO'],
  ['# nothing', 'file with no instructions'],
  ['FROM a\nRUN <<EOF\nx', 'unterminated heredoc EOF'],
  ['FROM a\nENV', 'ENV requires at least one argument'],
])('%j is refused', (text, message) => {
  expect(() => parseDockerfile(text)).toThrow(message);
});

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: they are what is tested */
describe('words', () => {
  const variables = (name: string) => ({ A: 'a', E: '', S: 'x y' })[name];
  test.each([
    ['$A-${A}', 'a-a'],
    ['${A:-b} ${E:-b} ${E-b} ${N:-${A}c}', 'a b  ac'],
    ['${A:+b} ${E:+b} ${N+b}', 'b  '],
    ['\'$A\' "$A $S"', '$A a x y'],
    ['\\$A a\\ b "\\q\\""', '$A a b \\q"'],
    ['$ $1 100%', '$  100%'],
  ])('%j is %j', (text, expected) => {
    expect(expandWord(text, variables, '\\', 1)).toBe(expected);
  });

  test('a missing brace or variable is an error', () => {
    expect(() => expandWord('${A', variables, '\\', 1)).toThrow('unexpected end of statement');
    expect(() => expandWord('${N:?why}', variables, '\\', 1)).toThrow('N: why');
  });

  test('splitting keeps quoted blanks; pairs have two forms', () => {
    expect(splitWords('a "b c" d\\ e', '\\')).toEqual(['a', '"b c"', 'd\\ e']);
    const expand = (word: string) => expandWord(word, variables, '\\', 1);
    expect(parsePairs('a=1 b="2 3" c=$A', expand, '\\', 1)).toEqual([
      ['a', '1'],
      ['b', '2 3'],
      ['c', 'a'],
    ]);
    expect(parsePairs('name a value', expand, '\\', 1)).toEqual([['name', 'a value']]);
  });
});
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: until here */

test.each([
  ['*\n!src', ['src', 'src/a', 'src/b.md']],
  ['src', ['.x', 'top.md']],
  ['**/*.md\n# note\n', ['.x', 'src', 'src/a']],
  ['/src/\n!src/a', ['.x', 'src', 'src/a', 'top.md']],
  ['', ['.x', 'src', 'src/a', 'src/b.md', 'top.md']],
])('ignore file %j leaves %j', (text, left) => {
  const metadata = { mode: 0o644, uid: 0, gid: 0, mtime: 0n };
  const file = { kind: 'file', ...metadata, content: textContent('') } as const;
  const names = ['.x', 'src/a', 'src/b.md', 'top.md'];
  const root = treeFromPaths(Object.fromEntries(names.map((name) => [name, file])));
  const paths = [...walkTree(withoutIgnored(root, ignorePatterns(text)))].map(({ path }) => path);
  expect(paths.slice(1)).toEqual(left);
});
