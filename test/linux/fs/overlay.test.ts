/** The copy-on-write tree against a naive model, and what snapshots share. */

import { describe, expect, test } from 'vitest';
import { TreeDirectory } from '../../../src/linux/fs/tree/tree_directory.ts';
import { TreeFile } from '../../../src/linux/fs/tree/tree_file.ts';
import { TreeFileSystem } from '../../../src/linux/fs/tree/tree_fs.ts';
import { encodeName } from '../../../src/rootfs/name.ts';
import type { DirectoryNode, Node } from '../../../src/rootfs/node.ts';
import { dir, file, link, nodeAt, randomNumbers, textAt } from '../fixture.ts';

function overlay(base: DirectoryNode): TreeFileSystem {
  return new TreeFileSystem({ type: 'overlay', base, minor: 1, now: () => 42n });
}

function at(fs: TreeFileSystem, path: string): TreeDirectory | TreeFile {
  let inode: TreeDirectory | TreeFile = fs.root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    if (!(inode instanceof TreeDirectory)) throw new Error(`${path}: not a directory`);
    const next = inode.lookup(name);
    if (!(next instanceof TreeDirectory || next instanceof TreeFile)) {
      throw new Error(`${path}: not there`);
    }
    inode = next;
  }
  return inode;
}

function write(fs: TreeFileSystem, path: string, text: string): void {
  const inode = at(fs, path);
  if (!(inode instanceof TreeFile)) throw new Error(`${path}: not a file`);
  inode.truncate(0);
  inode.writeAt(encodeName(text), 0);
}

const sample = dir({
  bin: dir({ sh: file('shell', 0o755), ls: link('sh') }),
  etc: dir({ passwd: file('root'), conf: dir({ a: file('1'), b: file('2') }) }),
});

describe('snapshots', () => {
  test('an untouched tree is the same object', () => {
    const fs = overlay(sample);
    fs.root.list();
    at(fs, 'etc/conf/a');
    expect(fs.snapshot()).toBe(sample);
  });

  test('a change copies only the way to it', () => {
    const fs = overlay(sample);
    write(fs, 'etc/conf/a', 'changed');
    const after = fs.snapshot();
    expect(textAt(after, 'etc/conf/a')).toBe('changed');
    expect(textAt(sample, 'etc/conf/a')).toBe('1');
    for (const same of ['bin', 'etc/passwd', 'etc/conf/b']) {
      expect(nodeAt(after, same)).toBe(nodeAt(sample, same));
    }
    expect(fs.snapshot()).toBe(after);
  });

  test('later changes build on the last snapshot', () => {
    const fs = overlay(sample);
    write(fs, 'etc/passwd', 'one');
    const first = fs.snapshot();
    write(fs, 'bin/sh', 'two');
    const second = fs.snapshot();
    expect(nodeAt(second, 'etc')).toBe(nodeAt(first, 'etc'));
    expect(textAt(first, 'bin/sh')).toBe('shell');
    expect(textAt(second, 'bin/sh')).toBe('two');
  });

  test('touches as many entries as there are changes', () => {
    const many: Record<string, Node> = {};
    for (let i = 0; i < 200; i++) {
      const inner: Record<string, Node> = {};
      for (let j = 0; j < 50; j++) inner[`f${j}`] = file('x');
      many[`d${i}`] = dir(inner);
    }
    const base = dir(many);
    let looked = 0;
    for (const node of base.entries.values()) {
      if (node.kind !== 'directory') continue;
      const { entries } = node;
      const get = entries.get.bind(entries);
      (entries as Map<string, Node>).get = (name) => {
        looked++;
        return get(name);
      };
    }
    const fs = overlay(base);
    const created = (fs.root.lookup('d7') as TreeDirectory).create('new', {
      kind: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
    });
    expect(created).toBeInstanceOf(TreeFile);
    fs.snapshot();
    // One directory of 50 is rebuilt (each name is fetched and compared); 199 are not looked into.
    expect(looked).toBeLessThan(250);
  });

  test('hard links are one inode, before and after', () => {
    const shared = file('both');
    const base = dir({ a: shared, d: dir({ b: shared }) });
    const fs = overlay(base);
    expect(at(fs, 'a').nlink).toBe(2);
    write(fs, 'a', 'changed'); // d/b was never looked up
    const after = fs.snapshot();
    expect(textAt(after, 'd/b')).toBe('changed');
    expect(nodeAt(after, 'd/b')).toBe(nodeAt(after, 'a'));
    fs.root.unlink('a');
    expect(at(fs, 'd/b').nlink).toBe(1);
  });

  test('one directory object at two places makes two independent copies', () => {
    const copy = dir({ f: file('same') });
    const fs = overlay(dir({ one: copy, two: copy }));
    write(fs, 'one/f', 'first');
    const after = fs.snapshot();
    expect(textAt(after, 'one/f')).toBe('first');
    expect(textAt(after, 'two/f')).toBe('same');
    expect(at(fs, 'two/f').nlink).toBe(1);
  });

  test('a deleted file stays readable and frees its memory when it is closed', () => {
    const fs = overlay(dir({}));
    const inode = fs.root.create('f', { kind: 'file', mode: 0o600, uid: 0, gid: 0 }) as TreeFile;
    const open = inode.open({ mount: undefined, dentry: undefined } as never, 2);
    inode.writeAt(encodeName('gone'), 0);
    fs.root.unlink('f');
    const into = new Uint8Array(4);
    expect(open.read(into, 0)).toBe(4);
    expect(fs.budget.used).toBeGreaterThan(0);
    open.close();
    expect(fs.budget.used).toBe(0);
    expect(fs.snapshot().entries.size).toBe(0);
  });
});

/** The model: paths to texts, undefined for directories. */
type Model = Map<string, string | undefined>;

function modelOf(root: DirectoryNode, prefix: string = ''): Model {
  const model: Model = new Map();
  for (const [name, node] of root.entries) {
    const path = `${prefix}/${name}`;
    if (node.kind === 'directory') {
      model.set(path, undefined);
      for (const [below, text] of modelOf(node, path)) model.set(below, text);
    } else if (node.kind === 'file') {
      model.set(path, new TextDecoder().decode(node.content.bytes));
    }
  }
  return model;
}

function step(fs: TreeFileSystem, model: Model, random: (below: number) => number): void {
  const paths = [...model.keys(), ''];
  const directories = paths.filter((path) => path === '' || model.get(path) === undefined);
  const parent = directories[random(directories.length)]!;
  const inode = at(fs, parent) as TreeDirectory;
  const name = `n${random(4)}`;
  const path = `${parent}/${name}`;
  const exists = model.has(path);
  const isFile = exists && model.get(path) !== undefined;
  const common = { mode: 0o644, uid: 0, gid: 0 };
  switch (random(5)) {
    case 0:
      if (exists) return;
      inode.create(name, { ...common, kind: 'file' });
      model.set(path, '');
      return;
    case 1:
      if (exists) return;
      inode.create(name, { ...common, kind: 'directory' });
      model.set(path, undefined);
      return;
    case 2: {
      if (!isFile) return;
      const text = `t${random(1000)}`;
      write(fs, path, text);
      model.set(path, text);
      return;
    }
    case 3: {
      if (!exists) return;
      const empty = ![...model.keys()].some((other) => other.startsWith(`${path}/`));
      const result = isFile ? inode.unlink(name) : inode.rmdir(name);
      expect(result).toBe(isFile || empty ? 0 : -39);
      if (isFile || empty) model.delete(path);
      return;
    }
    default: {
      const target = directories[random(directories.length)]!;
      const newPath = `${target}/m${random(4)}`;
      if (!exists || model.has(newPath) || `${newPath}/`.startsWith(`${path}/`)) return;
      expect(inode.rename(name, at(fs, target), newPath.split('/').at(-1)!, false)).toBe(0);
      for (const [old, text] of Array.from(model)) {
        if (old !== path && !old.startsWith(`${path}/`)) continue;
        model.delete(old);
        model.set(newPath + old.slice(path.length), text);
      }
    }
  }
}

describe('against a naive model', () => {
  test.each([1, 2, 3, 4, 5])('seed %i', (seed) => {
    const random = randomNumbers(seed);
    const fs = overlay(sample);
    const model = modelOf(sample);
    model.delete('/bin/ls');
    for (let i = 0; i < 400; i++) {
      step(fs, model, random);
      if (i % 40 !== 39) continue;
      const seen = [...modelOf(fs.snapshot())].sort(([a], [b]) => (a < b ? -1 : 1));
      const wanted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
      expect(seen, `seed=${seed} step=${i}`).toEqual(wanted);
    }
    expect(modelOf(sample).get('/etc/passwd')).toBe('root');
  });
});
