import { expect, test } from 'vitest';
import { stubEngine } from './fixture.ts';

test('listings are sorted, directories end in a slash', async () => {
  await using engine = await stubEngine();
  const tree = engine
    .directory()
    .withNewFile('b', '')
    .withNewFile('a/x/y', '1')
    .withNewDirectory('c');
  expect(await tree.entries()).toEqual(['a/', 'b', 'c/']);
  expect(await tree.entries({ path: 'a' })).toEqual(['x/']);
  expect(await tree.glob('**/y')).toEqual(['a/x/y']);
  expect(await tree.directory('a').name()).toBe('a');
  expect(await engine.directory().entries()).toEqual([]);
  await expect(tree.entries({ path: 'none' })).rejects.toThrow('no such file or directory');
});

test('copies merge and can be filtered', async () => {
  await using engine = await stubEngine();
  const source = engine
    .directory()
    .withNewFile('keep/a.txt', 'a')
    .withNewFile('keep/b.md', 'b')
    .withNewFile('drop/c.txt', 'c');
  const base = engine.directory().withNewFile('into/old', 'o').withNewFile('into/keep/z', 'z');
  const all = base.withDirectory('into', source);
  expect(await all.glob('**')).toEqual([
    'into/',
    'into/drop/',
    'into/drop/c.txt',
    'into/keep/',
    'into/keep/a.txt',
    'into/keep/b.md',
    'into/keep/z',
    'into/old',
  ]);
  const some = base.withDirectory('.', source, { include: ['**/*.txt'], exclude: ['drop'] });
  expect(await some.glob('**/*.*')).toEqual(['keep/a.txt']);
  expect(await source.filter({ exclude: ['**', '!keep', '!**/*.md'] }).glob('**')).toEqual([
    'keep/',
    'keep/b.md',
  ]);
});

test('removing takes patterns, and what is not there is no error', async () => {
  await using engine = await stubEngine();
  const tree = engine.directory().withNewFile('a.txt', '').withNewFile('d/b.txt', '');
  expect(await tree.withoutFile('*.txt').entries()).toEqual(['d/']);
  expect(await tree.withoutDirectory('d').withoutFile('none').entries()).toEqual(['a.txt']);
  expect(await tree.withoutFiles(['a.txt', 'd/b.txt']).glob('**')).toEqual(['d/']);
});

test('files: names, lines, links', async () => {
  await using engine = await stubEngine();
  const file = engine.file('n.txt', 'one\ntwo\nthree\n').withName('m.txt');
  const tree = engine.directory().withFile('sub/', file).withFiles('more', [file]);
  expect(await tree.glob('**/m.txt')).toEqual(['more/m.txt', 'sub/m.txt']);
  const linked = tree.withSymlink('sub/m.txt', 'link');
  expect(await linked.file('link').contents({ offsetLines: 1, limitLines: 1 })).toBe('two\n');
  expect(await linked.exists('link')).toBe(true);
  expect(await linked.withoutFile('sub/m.txt').exists('link')).toBe(false);
  const dangling = linked.withoutFile('sub/m.txt');
  expect(await dangling.exists('link', { doNotFollowSymlinks: true })).toBe(true);
});

test('differences are what the other has', async () => {
  await using engine = await stubEngine();
  const one = engine.directory().withNewFile('a', '1').withNewFile('d/b', '2');
  const two = one.withNewFile('d/c', '3').withNewFile('a', '4').withoutFile('d/b');
  expect(await one.diff(two).glob('**')).toEqual(['a', 'd/', 'd/c']);
  expect(await one.diff(one).entries()).toEqual([]);
});

test('nothing leads out', async () => {
  await using engine = await stubEngine();
  await expect(engine.directory().withNewDirectory('../x').sync()).rejects.toThrow(
    'cannot create directory outside parent: ../x',
  );
  expect(await engine.directory().withNewFile('../../x', 'y').entries()).toEqual(['x']);
  await expect(engine.directory().withNewFile('n'.repeat(256), '').sync()).rejects.toThrow(
    'File name length exceeds the maximum supported 255 characters',
  );
});
