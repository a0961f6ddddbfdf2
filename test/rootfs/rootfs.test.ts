import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyLayer, type LayerEntry } from '../../src/rootfs/apply.ts';
import { readText, textContent } from '../../src/rootfs/content.ts';
import { copyNode } from '../../src/rootfs/copy.ts';
import { type Change, diffTrees } from '../../src/rootfs/diff.ts';
import { emptyDirectory, makeDirectory } from '../../src/rootfs/editor.ts';
import { compareBytes, compareNames, decodeName, encodeName } from '../../src/rootfs/name.ts';
import type { DirectoryNode, FileNode, Node, SymlinkNode } from '../../src/rootfs/node.ts';
import { lookup, resolveLexically, resolvePath } from '../../src/rootfs/path.ts';
import {
  directoryAt,
  fileAt,
  insertNode,
  listDirectory,
  makeDirectories,
  mergeAt,
  removeNode,
  treeFromPaths,
  walkTree,
} from '../../src/rootfs/tree.ts';

const metadata = { mode: 0o644, uid: 0, gid: 0, mtime: 0n } as const;
const file = (text: string): FileNode => ({
  kind: 'file',
  ...metadata,
  content: textContent(text),
});
const link = (target: string): SymlinkNode => ({ kind: 'symlink', ...metadata, target });
const directory = (mode = 0o755): DirectoryNode => makeDirectory({ ...metadata, mode });
const paths = (tree: DirectoryNode): string[] => [...walkTree(tree)].map(({ path }) => path);
const entry = (path: string, node: Node): LayerEntry => ({ path, node });

describe('names', () => {
  test('any bytes survive', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(encodeName(decodeName(bytes))).toEqual(bytes);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
  test('any valid text survives', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeName(encodeName(text))).toBe(text);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
  test('the order is that of the bytes', () => {
    const name = fc.uint8Array({ maxLength: 6 });
    fc.assert(
      fc.property(name, name, (a, b) => {
        const order = Math.sign(compareNames(decodeName(a), decodeName(b)));
        expect(order).toBe(Math.sign(compareBytes(a, b)));
      }),
      { seed: 7, numRuns: 500 },
    );
    expect(compareNames('\uffff', '\u{10000}')).toBeLessThan(0);
  });
});

describe('paths', () => {
  const tree = treeFromPaths({
    '/usr/bin/env': file('env'),
    '/bin': link('usr/bin'),
    '/abs': link('/usr'),
    '/out': link('../../../usr'),
    '/loop': link('loop'),
    '/usr/up': link('../bin/env'),
  });
  test.each([
    ['/bin/env', '/usr/bin/env'],
    ['abs/bin/../bin/./env', '/usr/bin/env'],
    ['/out/bin/env', '/usr/bin/env'],
    ['/usr/up', '/usr/bin/env'],
    ['/../../usr', '/usr'],
    ['/no/such/../x', '/no/x'],
    ['/', '/'],
  ])('%s leads to %s', (path, expected) => {
    expect(`/${resolvePath(tree, path).names.join('/')}`).toBe(expected);
  });
  test('a last link may be kept', () => {
    expect(lookup(tree, '/bin', false)).toMatchObject({ kind: 'symlink' });
    expect(lookup(tree, '/bin')).toMatchObject({ kind: 'directory' });
  });
  test('loops and files in the middle', () => {
    expect(() => resolvePath(tree, '/loop')).toThrow('too many levels');
    expect(() => resolvePath(tree, '/bin/env/x')).toThrow('not a directory');
    expect(lookup(tree, '/loop')).toBeUndefined();
  });
  test('errors have codes', () => {
    expect(() => fileAt(tree, '/nope')).toThrow(
      expect.objectContaining({ code: 'PATH_NOT_FOUND' }),
    );
    expect(() => fileAt(tree, '/bin')).toThrow('is a directory, not a file');
    expect(() => directoryAt(tree, '/bin/env')).toThrow('is a file, not a directory');
  });
  test('lexical joining', () => {
    expect(resolveLexically('/a/b', '../c')).toBe('/a/c');
    expect(resolveLexically('/a', '/x/../../y')).toBe('/y');
  });
});

describe('edits', () => {
  test('share what they do not touch', () => {
    const tree = treeFromPaths({ '/a/x': file('x'), '/b/y': file('y') });
    const edited = insertNode(tree, '/a/z', file('z'));
    expect(edited.entries.get('b')).toBe(tree.entries.get('b'));
    expect(lookup(edited, '/a/x')).toBe(lookup(tree, '/a/x'));
    expect(paths(edited)).toEqual(['', 'a', 'a/x', 'a/z', 'b', 'b/y']);
    expect(paths(tree)).toEqual(['', 'a', 'a/x', 'b', 'b/y']);
  });
  test('entries are in byte order', () => {
    const names = ['b', 'a', 'ä', 'Z', '\udc80', '\uffff', '\u{10000}'];
    const tree = treeFromPaths(Object.fromEntries(names.map((name) => [name, file('')])));
    expect(listDirectory(tree)).toEqual(['Z', 'a', 'b', '\udc80', 'ä', '\uffff', '\u{10000}']);
  });
  test('nothing changed: the same tree', () => {
    const tree = treeFromPaths({ '/a/x': file('x') });
    expect(insertNode(tree, '/a/x', lookup(tree, '/a/x')!)).toBe(tree);
    expect(removeNode(tree, '/nope/x')).toBe(tree);
    expect(makeDirectories(tree, '/a')).toBe(tree);
    expect(mergeAt(tree, '/a', emptyDirectory)).toBe(tree);
  });
  test('removal', () => {
    const tree = treeFromPaths({ '/a/x': file('x'), '/l': link('a') });
    expect(paths(removeNode(tree, '/l'))).toEqual(['', 'a', 'a/x']);
    expect(paths(removeNode(tree, '/l/x'))).toEqual(['', 'a', 'l']);
    expect(paths(removeNode(tree, '/'))).toEqual(['']);
  });
  test('merging', async () => {
    const tree = treeFromPaths({ '/d': directory(0o700), '/d/a': file('old'), '/d/b': file('b') });
    const over = treeFromPaths({ '/a': file('new'), '/s/x': file('x') });
    const merged = mergeAt(tree, '/d', over);
    expect(paths(merged)).toEqual(['', 'd', 'd/a', 'd/b', 'd/s', 'd/s/x']);
    expect(await readText(fileAt(merged, '/d/a'))).toBe('new');
    expect(lookup(merged, '/d')).toMatchObject({ mode: 0o700 });
    const twice = mergeAt(merged, '/other/place', over);
    expect(lookup(twice, '/other/place/a')).not.toBe(lookup(twice, '/d/a'));
  });
  test('copies keep links among themselves', () => {
    const one = file('1');
    const copy = copyNode(treeFromPaths({ '/a': one, '/b': one }));
    expect(copy.entries.get('a')).toBe(copy.entries.get('b'));
    expect(copy.entries.get('a')).not.toBe(one);
  });
});

const show = (changes: readonly Change[]): string[] =>
  changes.map(({ kind, path }) => `${kind} ${path}`);

describe('differences', () => {
  const base = treeFromPaths({ '/a/x': file('x'), '/a/y': file('y'), '/b': file('b') });
  test('none', () => {
    expect(diffTrees(base, base)).toEqual([]);
    expect(diffTrees(base, copyNode(base))).toEqual([]);
  });
  test('added, modified, deleted', () => {
    let tree = insertNode(base, '/c/new', file('n'));
    tree = insertNode(tree, '/a/x', file('X'));
    tree = removeNode(tree, '/b');
    expect(show(diffTrees(base, tree))).toEqual(['modify a/x', 'delete b', 'add c', 'add c/new']);
  });
  test('a directory becomes a file and back', () => {
    const tree = insertNode(base, '/a', file('flat'));
    expect(show(diffTrees(base, tree))).toEqual(['modify a']);
    expect(show(diffTrees(tree, base))).toEqual(['modify a', 'add a/x', 'add a/y']);
  });
  test('metadata, also of directories and attributes', () => {
    const tree = makeDirectory(
      { ...metadata, mode: 0o755 },
      [...base.entries].map(([name, node]) => [name, { ...node, uid: 7 }] as const),
    );
    expect(show(diffTrees(base, tree))).toEqual(['modify a', 'modify b']);
    const withAttribute = insertNode(base, '/b', {
      ...file('b'),
      xattrs: new Map([['user.x', Uint8Array.of(1)]]),
    });
    expect(show(diffTrees(base, withAttribute))).toEqual(['modify b']);
  });
  test('a new name of an old file takes the old one along', () => {
    const tree = insertNode(base, '/a/z', lookup(base, '/a/x')!);
    expect(show(diffTrees(base, tree))).toEqual(['modify a/x', 'add a/z']);
  });
  test('also where the old one is another object, but equal', () => {
    const again = { ...lookup(base, '/a/x')! };
    const tree = insertNode(insertNode(base, '/a/x', again), '/a/z', again);
    expect(show(diffTrees(base, tree))).toEqual(['modify a/x', 'add a/z']);
  });
  test('shared subtrees are not entered', () => {
    let reads = 0;
    const counted = new Proxy(makeDirectory({ ...metadata, mode: 0o755 }), {
      get(target, key) {
        if (key === 'entries') reads++;
        return Reflect.get(target, key) as unknown;
      },
    });
    const before = treeFromPaths({ '/big': counted });
    const tree = insertNode(before, '/new', file(''));
    reads = 0;
    diffTrees(before, tree);
    expect(reads).toBe(0);
  });
});

describe('layers', () => {
  const base = treeFromPaths({
    '/etc/passwd': file('root'),
    '/lib': link('usr/lib'),
    '/usr/lib/a': file('a'),
    '/var/x/y': file('y'),
  });
  test('files, and metadata of directories', () => {
    const tree = applyLayer(base, [entry('etc/', directory(0o700)), entry('./etc/new', file('n'))]);
    expect(lookup(tree, '/etc')).toMatchObject({ mode: 0o700 });
    expect(listDirectory(tree, '/etc')).toEqual(['new', 'passwd']);
  });
  test('whiteouts hide lower entries only', () => {
    const tree = applyLayer(base, [
      entry('etc/passwd', file('kept')),
      entry('etc/.wh.passwd', file('')),
      entry('var/.wh.x', file('')),
    ]);
    expect(listDirectory(tree, '/etc')).toEqual(['passwd']);
    expect(listDirectory(tree, '/var')).toEqual([]);
  });
  test('opaque directories', () => {
    const tree = applyLayer(base, [
      entry('etc/new', file('n')),
      entry('etc/.wh..wh..opq', file('')),
    ]);
    expect(listDirectory(tree, '/etc')).toEqual(['new']);
  });
  test('links of the lower tree are followed in the middle', () => {
    const tree = applyLayer(base, [entry('lib/b', file('b'))]);
    expect(listDirectory(tree, '/usr/lib')).toEqual(['a', 'b']);
    expect(lookup(tree, '/lib', false)).toMatchObject({ kind: 'symlink' });
  });
  test('hard links are one node', () => {
    const tree = applyLayer(base, [{ path: 'etc/copy', linkTarget: 'etc/passwd' }]);
    expect(lookup(tree, '/etc/copy')).toBe(lookup(base, '/etc/passwd'));
  });
  test('a file gives way to a directory', () => {
    const tree = applyLayer(base, [entry('etc/passwd/x', file('x'))]);
    expect(listDirectory(tree, '/etc/passwd')).toEqual(['x']);
  });
  test('what leads out or nowhere is refused', () => {
    expect(() => applyLayer(base, [entry('../x', file(''))])).toThrow('leads out');
    expect(() => applyLayer(base, [{ path: 'x', linkTarget: 'nope' }])).toThrow('does not exist');
    expect(() => applyLayer(base, [{ path: 'x', linkTarget: 'etc' }])).toThrow('is a directory');
    const looping = treeFromPaths({ '/l': link('l') });
    expect(() => applyLayer(looping, [entry('l/x', file(''))])).toThrow('loop');
  });
});
