/** Looking at trees and files, and comparing them. */

import { ExistsType } from 'stiletto';
import { expect, test } from 'vitest';
import { stubEngine } from './fixture.ts';

test('stat and exists, with links followed or not', async () => {
  await using engine = await stubEngine();
  const tree = engine
    .directory()
    .withNewFile('dir/file', 'four', { permissions: 0o640 })
    .withSymlink('dir/file', 'link');
  expect(await tree.stat('dir/file')).toEqual({
    name: 'file',
    size: 4,
    fileType: 'REGULAR',
    permissions: 0o640,
  });
  expect((await tree.stat('link')).fileType).toBe('REGULAR');
  expect((await tree.stat('link', { doNotFollowSymlinks: true })).fileType).toBe('SYMLINK');
  expect((await tree.stat('dir')).fileType).toBe('DIRECTORY');
  await expect(tree.stat('none')).rejects.toThrow('none: no such file or directory');
  expect(await tree.exists('link', { expectedType: ExistsType.SymlinkType })).toBe(true);
  expect(await tree.exists('link', { expectedType: ExistsType.RegularType })).toBe(true);
  expect(await tree.exists('dir', { expectedType: ExistsType.RegularType })).toBe(false);
  expect(await tree.exists('dir', { expectedType: ExistsType.DirectoryType })).toBe(true);
  expect(await tree.exists('none')).toBe(false);
  const container = engine.container().withWorkdir('/m').withMountedDirectory('/m', tree);
  expect(await container.exists('dir/file')).toBe(true);
  expect((await container.stat('dir/file')).size).toBe(4);
  expect(await container.exists('/dir/file')).toBe(false);
  expect((await tree.file('dir/file').stat()).permissions).toBe(0o640);
});

test('equal content has equal digests, however it was made', async () => {
  await using engine = await stubEngine();
  const one = engine.directory().withNewFile('a', '1').withNewFile('b', '2');
  const two = engine.directory().withNewFile('b', '2').withNewFile('a', '1').withTimestamps(5);
  expect(await one.digest()).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await one.digest()).toBe(await two.digest());
  expect(await one.withNewFile('a', '3').digest()).not.toBe(await one.digest());
  const file = engine.file('x', 'same');
  const other = engine.file('y', 'same', { permissions: 0o600 });
  expect(await file.digest({ excludeMetadata: true })).toBe(
    await other.digest({ excludeMetadata: true }),
  );
  expect(await file.digest()).not.toBe(await other.digest());
});

test('findUp goes towards the root', async () => {
  await using engine = await stubEngine();
  const tree = engine.directory().withNewFile('go.mod', '').withNewFile('a/b/c/go.sum', '');
  expect(await tree.findUp('go.mod', 'a/b/c')).toBe('go.mod');
  expect(await tree.findUp('go.sum', 'a/b/c')).toBe('a/b/c/go.sum');
  expect(await tree.findUp('go.sum', 'a/b')).toBe(null);
});

test('chown is for numbers, and for everything below', async () => {
  await using engine = await stubEngine();
  const tree = engine.directory().withNewFile('a/b', '').withNewFile('c', '').chown('a', '5:6');
  const digest = (path: string) => tree.directory(path).digest();
  const whole = engine.directory().withNewFile('b', '').chown('/', '5:6');
  expect(await digest('a')).toBe(await whole.digest());
  await expect(tree.chown('a', 'user').sync()).rejects.toThrow('unable to find user user');
  expect(await tree.file('c').chown('5').digest()).not.toBe(await tree.file('c').digest());
});

test('withReplaced: the first, all, or the first from a line', async () => {
  await using engine = await stubEngine();
  const file = engine.file('x', 'a $& b\na\na');
  const text = (search: string, by: string, opts = {}) =>
    file.withReplaced(search, by, opts).contents();
  expect(await text('a', '$&')).toBe('$& $& b\na\na');
  expect(await text('a', 'z', { all: true })).toBe('z $& b\nz\nz');
  expect(await text('a', 'z', { firstFrom: 2 })).toBe('a $& b\nz\na');
  await expect(text('none', 'z')).rejects.toThrow('search string not found: none');
});

test('a changeset lists paths and can be made elsewhere', async () => {
  await using engine = await stubEngine();
  const before = engine
    .directory()
    .withNewFile('same', 's')
    .withNewFile('edited', '1')
    .withNewFile('gone', 'g')
    .withNewFile('old/x', 'x');
  const after = before
    .withNewFile('edited', '2')
    .withNewFile('new/file', 'n')
    .withoutFile('gone')
    .withoutDirectory('old')
    .withNewFile('same', 's');
  const changes = after.changes(before);
  expect(await changes.addedPaths()).toEqual(['new/', 'new/file']);
  expect(await changes.modifiedPaths()).toEqual(['edited']);
  expect(await changes.removedPaths()).toEqual(['gone', 'old/']);
  expect(await changes.isEmpty()).toBe(false);
  expect(await before.changes(before).isEmpty()).toBe(true);
  expect(await changes.layer().glob('**')).toEqual(['edited', 'new/', 'new/file']);
  const elsewhere = engine.directory().withNewFile('gone', 'g').withNewFile('kept', 'k');
  expect(await elsewhere.withChanges(changes).entries()).toEqual(['edited', 'kept', 'new/']);
  expect(await changes.before().digest()).toBe(await before.digest());
});

test('withoutFiles, and errors of directories', async () => {
  await using engine = await stubEngine();
  const container = engine.container().from('base').withWorkdir('/etc');
  const left = container.withoutFiles(['passwd', '/etc/gr*', 'nothing']);
  expect(await left.directory('/etc').entries()).toEqual(['platform']);
  await expect(engine.directory().withError('no').entries()).rejects.toThrow('no');
});
