/** Files: making them, changing them, reading them. */

import { textContent } from '../rootfs/content.ts';
import { emptyDirectory } from '../rootfs/editor.ts';
import type { FileNode } from '../rootfs/node.ts';
import { type Call, type Definition, define, lazyFile } from './definition.ts';
import { EngineError } from './error.ts';
import { contentsBytesMax } from './limits.ts';
import { deriveKey, type FileState } from './state.ts';
import { ownerOf } from './users.ts';

/** A file made from another by a change that runs when it is first read. */
async function changed(
  call: Call,
  inputs: readonly unknown[],
  change: (node: FileNode, signal: AbortSignal) => FileNode | Promise<FileNode>,
): Promise<FileState> {
  const self = await call.self('File');
  const key = deriveKey('file', self.key, call.operation.kind, ...inputs);
  const node = lazyFile(call, key, async (own) => change(await self.node(own), own));
  return { name: self.name, key, node };
}

function newFile(call: Call): FileState {
  const name = call.text('name');
  const contents = call.text('contents');
  const mode = call.permissions(0o644)!;
  if (name === '' || name.includes('/')) {
    throw new EngineError('ARGUMENT_INVALID', `"${name}" cannot name a file`, {
      remedy: 'use a name without slashes',
    });
  }
  const { mtime } = call.services;
  const content = textContent(contents);
  const node: FileNode = { kind: 'file', mode, uid: 0, gid: 0, mtime, content };
  return { name, key: deriveKey('new file', contents, mode), node: () => Promise.resolve(node) };
}

/** Replaces the first occurrence from a line (counted from 1) on, or all of them. */
function replaceIn(text: string, search: string, by: string, fromLine?: number): string {
  if (fromLine === undefined) return text.replaceAll(search, () => by);
  let start = 0;
  for (let line = 1; line < fromLine && start >= 0; line++) {
    const newline = text.indexOf('\n', start);
    start = newline < 0 ? -1 : newline + 1;
  }
  const at = start < 0 ? -1 : text.indexOf(search, start);
  if (at >= 0) return text.slice(0, at) + by + text.slice(at + search.length);
  throw new EngineError('ARGUMENT_INVALID', `search string not found: ${search}`, {
    remedy: 'check the text and the line to search from',
  });
}

export const fileOperations: readonly Definition[] = [
  define('File', 'Query.file', newFile),
  define('File', 'File.withName', async (call) => ({
    ...(await call.self('File')),
    name: call.text('name'),
  })),
  define('File', 'File.chown', async (call) => {
    const owner = call.text('owner');
    const ids = await ownerOf(owner, emptyDirectory);
    return changed(call, [owner], (node) => ({ ...node, ...ids }));
  }),
  define('File', 'File.withReplaced', (call) => {
    const search = call.text('search');
    const replacement = call.text('replacement');
    const [all, first] = [call.flag('all'), call.integer('firstFrom', 0)!];
    if (search === '') throw new EngineError('ARGUMENT_INVALID', 'there is nothing to search for');
    return changed(call, [search, replacement, all, first], async (node) => {
      const text = new TextDecoder().decode(await node.content.load());
      const replaced = replaceIn(text, search, replacement, all ? undefined : first);
      return { ...node, content: textContent(replaced) };
    });
  }),
  define('File', 'File.withTimestamps', (call) => {
    const seconds = call.integer('timestamp') ?? 0;
    const mtime = BigInt(seconds) * 1_000_000_000n;
    return changed(call, [seconds], (node) => ({ ...node, mtime }));
  }),
];

/** The bytes of a file. */
export async function bytesOf(file: FileState, signal?: AbortSignal): Promise<Uint8Array> {
  const { content } = await file.node(signal);
  if (content.size > contentsBytesMax) {
    throw new EngineError('LIMIT_EXCEEDED', `${file.name} has ${content.size} bytes`, {
      remedy: `at most ${contentsBytesMax} are returned (limit contentsBytesMax); use export`,
    });
  }
  return content.load();
}

/** The text of a file; bytes that are not UTF-8 become U+FFFD. Perhaps only some of its lines. */
export async function contentsOf(
  file: FileState,
  lines: { offset?: number; limit?: number } = {},
  signal?: AbortSignal,
): Promise<string> {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await bytesOf(file, signal));
  const { offset = 0, limit } = lines;
  if (offset === 0 && limit === undefined) return text;
  const all = text.split(/(?<=\n)/);
  return all.slice(offset, limit === undefined ? undefined : offset + limit).join('');
}
