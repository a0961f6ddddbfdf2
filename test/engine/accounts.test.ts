import { describe, expect, test } from 'vitest';
import {
  expandVariables,
  mergeVariables,
  removeVariable,
  setVariable,
} from '../../src/engine/environment.ts';
import { credentialsOf, ownerOf } from '../../src/engine/users.ts';
import { textContent } from '../../src/rootfs/content.ts';
import { emptyDirectory } from '../../src/rootfs/editor.ts';
import type { Node } from '../../src/rootfs/node.ts';
import { treeFromPaths } from '../../src/rootfs/tree.ts';

const file = (text: string): Node => {
  const content = textContent(text);
  return { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0n, content };
};
const root = treeFromPaths({
  '/etc/passwd': file(
    'root:x:0:0:root:/root:/bin/sh\n# comment\nuser:x:1000:1001::/home/user:/bin/sh\nbad:x:y:z\n',
  ),
  '/etc/group': file('root:x:0:\nwheel:x:10:root,user\nusers:x:1001:\naudio:x:29:user\n'),
});

describe('users (DAGGER.md e.6)', () => {
  test.each([
    ['', { uid: 0, gid: 0, groups: [0, 10], home: '/root' }],
    ['user', { uid: 1000, gid: 1001, groups: [10, 29, 1001], home: '/home/user' }],
    ['1000', { uid: 1000, gid: 1001, groups: [10, 29, 1001], home: '/home/user' }],
    ['user:wheel', { uid: 1000, gid: 10, groups: [10], home: '/home/user' }],
    ['7:8', { uid: 7, gid: 8, groups: [8], home: '/' }],
    ['7', { uid: 7, gid: 0, groups: [0], home: '/' }],
  ])('%j', async (user, expected) => {
    expect(await credentialsOf(user, root)).toEqual(expected);
  });

  test('numbers need no files', async () => {
    expect(await credentialsOf('5:6', emptyDirectory)).toMatchObject({ uid: 5, gid: 6 });
  });

  test.each([
    ['nobody', 'unable to find user nobody: no matching entries in passwd file'],
    ['user:nogroup', 'unable to find group nogroup: no matching entries in group file'],
    ['4294967295', 'unable to find user 4294967295'],
  ])('%j is an error', async (user, message) => {
    await expect(credentialsOf(user, root)).rejects.toThrow(message);
  });

  test('the group of an owner defaults to the number of the user', async () => {
    expect(await ownerOf('user', root)).toEqual({ uid: 1000, gid: 1000 });
    expect(await ownerOf('user:audio', root)).toEqual({ uid: 1000, gid: 29 });
    expect(await ownerOf('3:4', emptyDirectory)).toEqual({ uid: 3, gid: 4 });
  });
});

describe('environment', () => {
  test('order is kept and replacing happens in place', () => {
    const env = setVariable(setVariable(['A=1', 'B=2'], 'A', '3'), 'C', '');
    expect(env).toEqual(['A=3', 'B=2', 'C=']);
    expect(removeVariable(env, 'B')).toEqual(['A=3', 'C=']);
    expect(mergeVariables(['A=1', 'B=2'], ['B=3', 'D=x=y'])).toEqual(['A=1', 'B=3', 'D=x=y']);
  });

  test('variables expand, unset ones to nothing', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: shell syntax, not a template
    expect(expandVariables('$A/${B}-$C-$$', ['A=1', 'B=2'])).toBe('1/2--$$');
  });
});
