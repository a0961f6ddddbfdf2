/**
 * House rules that no linter knows: which folder may import which, where runtimes' own APIs may be
 * used, how long things may get. A failure prints the offending lines.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Source {
  /** From the repository's root. */
  readonly path: string;
  readonly lines: readonly string[];
  /** Lines with comments blanked. */
  readonly code: readonly string[];
  /** Line numbers (from 0) inside a table, whose layout is its own. */
  readonly table: ReadonlySet<number>;
  /** Paths of this repository, and names of packages. */
  readonly imports: readonly string[];
}

function read(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const lines = text.split('\n');
  const code = text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .split('\n')
    .map((line) => line.replace(/(^|\s)\/\/.*$/, ''));
  const imports = [...code.join('\n').matchAll(/(?:\bfrom|\bimport\(?)\s*'([^']+)'/g)].map(
    ([, name]) => (name!.startsWith('.') ? normalize(join(dirname(path), name!)) : name!),
  );
  return { path, lines, code, table: tableLines(lines), imports };
}

/** A table starts at its `biome-ignore format` and ends with its closing bracket. */
function tableLines(lines: readonly string[]): Set<number> {
  const inside = new Set<number>();
  for (let at = 0; at < lines.length; at++) {
    const start = /^(\s*)\/\/ biome-ignore format: /.exec(lines[at] ?? '');
    if (!start) continue;
    const end = new RegExp(`^${start[1]}[\\])}\\S].*[\\])};,]$|^${start[1]}[\\])}];?$`);
    let line = at + 1;
    while (line < lines.length && !end.test(lines[line] ?? '')) inside.add(line++);
    inside.add(line);
    at = line;
  }
  return inside;
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(path);
    return /\.(ts|js)$/.test(entry.name) ? [path] : [];
  });
}

const sources = filesBelow('src').map(read);
const others = [...filesBelow('test'), ...filesBelow('scripts'), ...filesBelow('vm-images')].map(
  read,
);
const everything = [...sources, ...others];

/**
 * Arrows point down only (DESIGN §1). Below each folder: what it may import besides itself. Errors,
 * platforms' types and the contract of runtimes are vocabulary that every layer shares.
 */
const shared = ['src/engine/error.ts', 'src/machine/machine.ts', 'src/host/runtime.ts'];
// biome-ignore format: a table
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'src/rootfs':     [],
  'src/store':      ['src/rootfs'],
  'src/archive':    ['src/rootfs'],
  'src/image':      ['src/archive', 'src/rootfs', 'src/store'],
  'src/cpu':        [],
  'src/linux':      ['src/cpu', 'src/rootfs'],
  'src/machine':    ['src/linux', 'src/cpu', 'src/rootfs'],
  'src/host':       ['src/image', 'src/rootfs', 'src/store'],
  'src/engine':     ['src/image', 'src/rootfs', 'src/store'],
  'src/api':        ['src/engine', 'src/image', 'src/machine', 'src/rootfs', 'src/store'],
  'src/cli':        ['src/api', 'src/engine', 'src/image', 'src/host', 'src/rootfs', 'src/store', 'src/linux/syscalls/support.ts', 'src/index.ts', 'vm-images'],
  'src/playground': ['src/api', 'src/engine', 'src/image', 'src/host', 'src/rootfs', 'src/store', 'src/browser.ts'],
  'src/index.ts':   ['src/api', 'src/engine', 'src/host', 'src/machine', 'src/image', 'src/store', 'vm-images'],
  'src/deno.ts':    ['src/api', 'src/engine', 'src/host', 'src/machine', 'src/image', 'src/store', 'vm-images'],
  'src/browser.ts': ['src/api', 'src/engine', 'src/host', 'src/machine', 'src/image', 'src/store'],
};

/** `src/cpu` of `src/cpu/ir/ops.ts`; a file directly in src is its own part. */
const partOf = (path: string): string => path.split('/').slice(0, 2).join('/');

test('imports point down', () => {
  const wrong = sources.flatMap(({ path, imports }) => {
    const part = partOf(path);
    const allowed = mayImport[part];
    if (!allowed) return [`${path}: ${part} has no row in the table of test/tidy.test.ts`];
    return imports
      .filter((target) => /^(src|test|scripts|vm-images)\//.test(target))
      .filter((target) => partOf(target) !== part && !shared.includes(target))
      .filter((target) => !allowed.some((folder) => target.startsWith(folder)))
      .map((target) => `${path} imports ${target}`);
  });
  expect(wrong).toEqual([]);
});

/** The only places that may use a runtime's own API. */
const runtimePlaces = /^src\/(host|cli|playground)\/|^src\/(index|deno)\.ts$/;

test('only hosts and programs use the APIs of a runtime', () => {
  const wrong = sources
    .filter(({ path }) => !runtimePlaces.test(path))
    .flatMap(({ path, code, imports }) => [
      ...imports.filter((name) => name.startsWith('node:')).map((name) => `${path}: ${name}`),
      ...code.flatMap((line, at) =>
        /\b(Deno\.|Buffer\.|require\()/.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [],
      ),
    ]);
  expect(wrong).toEqual([]);
});

/** Calls that make a run depend on more than its inputs, and what to use for them. */
const banned: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\(/, 'the injected clock'],
  [/\bnew Date\(\)/, 'the injected clock'],
  [/\bperformance\.now\(/, 'the injected clock'],
  [/\bMath\.random\(/, 'the injected entropy'],
  [/\bgetRandomValues\(/, 'the injected entropy'],
  [/\brandomUUID\(/, 'the injected entropy'],
];

test('the core has no clock and no randomness of its own', () => {
  const wrong = sources
    .filter(({ path }) => !runtimePlaces.test(path))
    .flatMap(({ path, code }) =>
      code.flatMap((line, at) =>
        banned
          .filter(([call]) => call.test(line))
          .map(([, instead]) => `${path}:${at + 1}: ${line.trim()} (use ${instead})`),
      ),
    );
  expect(wrong).toEqual([]);
});

/** Columns of a line, lines of a file and of a function at most; tables excepted. */
const columnsMax = 100;
const fileLinesMax = 800;
const functionLinesMax = 70;

/** A string or pattern that is longer than the line has room for cannot be broken. */
const literals = /'[^']*'|"[^"]*"|`[^`]*`|(?<=[(,=[] ?)\/[^/ ].*\/[a-z]*/g;

test(`lines have at most ${columnsMax} columns`, () => {
  const wrong = everything.flatMap(({ path, lines, table }) =>
    lines.flatMap((line, at) =>
      line.length > columnsMax && !table.has(at) && line.replace(literals, '').length > 60
        ? [`${path}:${at + 1}: ${line.length}`]
        : [],
    ),
  );
  expect(wrong).toEqual([]);
});

test(`files have at most ${fileLinesMax} lines`, () => {
  const wrong = everything.flatMap(({ path, lines, table }) => {
    const length = lines.length - table.size;
    return length > fileLinesMax ? [`${path}: ${length}`] : [];
  });
  expect(wrong).toEqual([]);
});

/** First lines of functions as the formatter writes them: they end in `) {`, a type, or `=> {`. */
const functionStart = /^(\s*)(?:.*\bfunction\b.*|.*=>|.*\)(?:: .*)?) \{$/;
const otherBlock = /^\s*(?:if|for|while|switch|catch|else|do|try|class|return|\})\b/;

test(`functions have at most ${functionLinesMax} lines`, () => {
  const wrong = sources.flatMap(({ path, code, table }) =>
    code.flatMap((line, at) => {
      const start = functionStart.exec(line);
      if (!start || table.has(at) || otherBlock.test(line) || /^\s*\}/.test(line)) return [];
      const closing = `${start[1]}}`;
      const end = code.findIndex((other, i) => i > at && other.startsWith(closing));
      const length = end - at + 1;
      return length > functionLinesMax ? [`${path}:${at + 1}: ${length} lines`] : [];
    }),
  );
  expect(wrong).toEqual([]);
});

test('no default exports', () => {
  const wrong = everything.filter(({ code }) =>
    code.some((line) => line.startsWith('export default')),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test('files have names that say what is in them', () => {
  const wrong = everything
    .map(({ path }) => path)
    .filter((path) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      return !/^[a-z0-9_.]+$/.test(name) || /^(utils?|helpers?|.*manager|misc|common)\./.test(name);
    });
  expect(wrong).toEqual([]);
});

/** Files that are started, not imported. */
const entries = /^src\/(index|deno|browser)\.ts$|^src\/cli\/main\.ts$|^src\/playground\/main\.ts$/;

test('no file is dead', () => {
  const imported = new Set(everything.flatMap(({ imports }) => imports));
  const named = everything.flatMap(({ lines }) => lines).join('\n');
  const dead = sources
    .map(({ path }) => path)
    .filter((path) => !entries.test(path) && !imported.has(path) && !named.includes(path));
  expect(dead).toEqual([]);
});

test('every folder of src explains itself', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && filesBelow(`src/${entry.name}`).length > 0)
    .map(({ name }) => name);
  const silent = folders.filter(
    (name) => !readdirSync(join(root, 'src', name)).includes('README.md'),
  );
  expect(silent).toEqual([]);
});
