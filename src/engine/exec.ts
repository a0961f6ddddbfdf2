/** `withExec`: a command in a container, run once for equal inputs, and what it printed. */

import { formatPlatform } from '../image/platform.ts';
import { memoryContent } from '../rootfs/content.ts';
import { concatBytes } from '../rootfs/name.ts';
import type { DirectoryNode } from '../rootfs/node.ts';
import { resolveLexically } from '../rootfs/path.ts';
import { fileAt, insertNode } from '../rootfs/tree.ts';
import { type Call, type Definition, define, lazyFile } from './definition.ts';
import { EngineError } from './error.ts';
import { ExecError } from './exec_error.ts';
import { outputBytesMax } from './limits.ts';
import { expanded, placeOf, withPlace } from './place.ts';
import { type ProcessResult, runProcess } from './process.ts';
import { scrubBytes, scrubText } from './scrubber.ts';
import type { ContainerState, Execution, FileState, Lazy, MountSource, Tree } from './state.ts';
import { deriveKey } from './state.ts';

/** Which exit codes are no error; Dagger's `ReturnType`. */
export type ExpectedExit = 'SUCCESS' | 'FAILURE' | 'ANY';

/** Everything a run depends on besides the container's trees. */
interface ExecInputs {
  readonly args: readonly string[];
  readonly stdin: string;
  readonly redirectStdin: string;
  readonly redirectStdout: string;
  readonly redirectStderr: string;
  readonly expect: ExpectedExit;
}

/** The command of an exec: its own arguments, or the default ones; the entrypoint if asked for. */
function commandOf(call: Call, state: ContainerState): string[] {
  const { Entrypoint, Cmd } = state.config;
  let args = call.texts('args').map((arg) => expanded(call, state, arg));
  if (args.length === 0) args = [...(Cmd ?? [])];
  if (call.flag('useEntrypoint')) args = [...(Entrypoint ?? []), ...args];
  if (args.length > 0) return args;
  throw new EngineError('ARGUMENT_INVALID', 'no command has been set', {
    remedy: 'give withExec arguments, or the container default arguments',
  });
}

function inputsOf(call: Call, state: ContainerState): ExecInputs {
  const { WorkingDir } = state.config;
  const path = (name: string): string => {
    const given = call.text(name, '');
    if (given === '') return '';
    return resolveLexically(WorkingDir || '/', expanded(call, state, given));
  };
  const expect = call.text('expect', 'SUCCESS');
  if (expect !== 'SUCCESS' && expect !== 'FAILURE' && expect !== 'ANY') {
    throw new EngineError('ARGUMENT_INVALID', `"${expect}" is not a ReturnType`, {
      remedy: 'use SUCCESS, FAILURE or ANY',
    });
  }
  const inputs = {
    args: commandOf(call, state),
    stdin: call.text('stdin', ''),
    redirectStdin: path('redirectStdin'),
    redirectStdout: path('redirectStdout'),
    redirectStderr: path('redirectStderr'),
    expect,
  } as const;
  if (inputs.stdin !== '' && inputs.redirectStdin !== '') {
    throw new EngineError('ARGUMENT_INVALID', 'cannot set both stdin and redirectStdin');
  }
  return inputs;
}

/** What identifies an exec: the content of its trees and everything the process can see. */
function keyOf(state: ContainerState, inputs: ExecInputs): string {
  const mounts = state.mounts.map(({ path, source, readOnly }) => [
    path,
    mountIdentity(source),
    readOnly,
  ]);
  const secrets = state.secretVariables.map(({ name, secret }) => [name, secret.handle]);
  const { Env, User, WorkingDir } = state.config;
  return deriveKey(
    'exec',
    state.rootfs.key,
    mounts,
    formatPlatform(state.platform),
    [Env ?? [], User ?? '', WorkingDir ?? '', secrets],
    inputs,
  );
}

/** Caches count by name, not by content; secrets by what stands for their value. */
function mountIdentity(source: MountSource): unknown[] {
  if (source.kind === 'tree') return [source.kind, source.tree.key];
  if (source.kind === 'file') return [source.kind, source.file.key];
  if (source.kind === 'tmpfs') return [source.kind, source.size ?? 0];
  if (source.kind === 'cache') {
    const seed = source.seed ?? source.cache.source;
    return [source.kind, source.cache.key, source.sharing, seed?.key ?? '', source.owner ?? ''];
  }
  return [source.kind, source.secret.handle, source.mode, source.owner];
}

async function withExec(call: Call): Promise<ContainerState> {
  const self = await call.self('Container');
  const inputs = inputsOf(call, self);
  const key = keyOf(self, inputs);
  const { executions, progress } = call.services;
  const title = `${formatPlatform(self.platform)} exec ${inputs.args.join(' ')}`;
  const execution: Lazy<Execution> = (signal) =>
    executions.get(key, signal, (own) =>
      progress.during(title, () => execute(call, self, inputs, own)),
    );
  return redirected({ ...afterExec(call, self, key, execution), execution }, inputs, call, key);
}

/** The container whose trees are those the exec leaves behind. */
function afterExec(
  call: Call,
  state: ContainerState,
  key: string,
  execution: Lazy<Execution>,
): ContainerState {
  const tree = (name: string, pick: (done: Execution) => DirectoryNode, before: Tree): Tree => {
    const treeKey = deriveKey('after', key, name);
    const root: Lazy<DirectoryNode> = (signal) =>
      call.services.trees.get(treeKey, signal, async (own) => pick(await execution(own)));
    return { ...before, key: treeKey, root };
  };
  const { imageReference: _, ...rest } = state;
  const mounts = state.mounts.map((mount) => {
    const { path, source, readOnly } = mount;
    if (readOnly) return mount;
    if (source.kind === 'file') {
      const file = fileAfter(call, key, path, source.file, execution);
      return { ...mount, source: { kind: 'file', file } } as const;
    }
    if (source.kind !== 'tree') return mount;
    const after = (done: Execution) => done.mounts.get(path) as DirectoryNode;
    return { ...mount, source: { kind: 'tree', tree: tree(path, after, source.tree) } } as const;
  });
  return { ...rest, rootfs: tree('', (done) => done.rootfs, state.rootfs), mounts };
}

/** A mounted file as the exec left it; one that the exec removed is mounted again. */
function fileAfter(
  call: Call,
  key: string,
  path: string,
  before: FileState,
  execution: Lazy<Execution>,
): FileState {
  const fileKey = deriveKey('file after', key, path);
  const node = lazyFile(call, fileKey, async (own) => {
    const after = (await execution(own)).mounts.get(path);
    return after?.kind === 'file' ? after : before.node(own);
  });
  return { name: before.name, key: fileKey, node };
}

/** Writes redirected streams into the trees, where they are part of the result. */
function redirected(
  state: ContainerState,
  inputs: ExecInputs,
  call: Call,
  key: string,
): ContainerState {
  const { execution } = state;
  let result = state;
  for (const stream of ['stdout', 'stderr'] as const) {
    const path = stream === 'stdout' ? inputs.redirectStdout : inputs.redirectStderr;
    if (path === '' || !execution) continue;
    const place = placeOf(result, path);
    const { mtime } = call.services;
    const tree = call.edited(place.tree, [key, stream, place.path], async (root, signal) => {
      const content = memoryContent((await execution(signal))[stream]);
      const file = { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtime, content } as const;
      return insertNode(root, place.path, file);
    });
    result = withPlace(result, place, tree);
  }
  return result;
}

/** Collects the bytes of a stream up to a limit. */
class Capture {
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  readonly #name: string;
  readonly #stop: AbortController;

  constructor(name: string, stop: AbortController) {
    this.#name = name;
    this.#stop = stop;
  }

  /** Why the run was stopped, if this stream was the reason. */
  get overflow(): EngineError | undefined {
    if (this.#length <= outputBytesMax) return undefined;
    return new EngineError(
      'LIMIT_EXCEEDED',
      `${this.#name} has more than ${outputBytesMax} bytes`,
      {
        remedy: 'write the output to a file in the container (limit outputBytesMax)',
      },
    );
  }

  write(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#length > outputBytesMax) this.#stop.abort();
    else this.#parts.push(bytes.slice());
  }

  bytes(): Uint8Array {
    return concatBytes(this.#parts);
  }
}

async function execute(
  call: Call,
  state: ContainerState,
  inputs: ExecInputs,
  signal: AbortSignal,
): Promise<Execution> {
  const stop = new AbortController();
  const captures = ['stdout', 'stderr', 'combined output'].map((name) => new Capture(name, stop));
  const [stdout, stderr, combined] = captures as [Capture, Capture, Capture];
  const into = (capture: Capture) => (bytes: Uint8Array) => {
    capture.write(bytes);
    combined.write(bytes);
  };
  const stdin = await inputBytes(state, inputs, signal);
  const streams = {
    stdout: into(stdout),
    stderr: into(stderr),
    ...(stdin.length > 0 ? { stdin: streamOf(stdin) } : {}),
  };
  const both = AbortSignal.any([signal, stop.signal]);
  const { services } = call;
  const result = await runProcess(services, state, inputs.args, streams, both).catch((error) => {
    throw stdout.overflow ?? stderr.overflow ?? combined.overflow ?? error;
  });
  const done: Execution = {
    exitCode: result.exitCode,
    stdout: stdout.bytes(),
    stderr: stderr.bytes(),
    // Two streams may put a secret together that neither has.
    combined: scrubBytes(result.patterns, combined.bytes()),
    rootfs: result.rootfs,
    mounts: result.mounts,
    instructions: result.instructions,
  };
  if (!accepts(inputs.expect, done.exitCode)) {
    throw failureOf(inputs, done, result);
  }
  return done;
}

async function inputBytes(
  state: ContainerState,
  inputs: ExecInputs,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (inputs.redirectStdin === '') return new TextEncoder().encode(inputs.stdin);
  const { tree, path } = placeOf(state, inputs.redirectStdin);
  return fileAt(await tree.root(signal), path).content.load();
}

function streamOf(bytes: Uint8Array): { read(): Promise<Uint8Array | undefined> } {
  let rest: Uint8Array | undefined = bytes;
  return {
    read() {
      const now = rest;
      rest = undefined;
      return Promise.resolve(now);
    },
  };
}

/** SUCCESS is 0; FAILURE 1–127 and 192–255; ANY both; 128–191 (killed by a signal) never. */
function accepts(expect: ExpectedExit, exitCode: number): boolean {
  if (exitCode >= 128 && exitCode <= 191) return false;
  return expect === 'ANY' || (exitCode === 0) === (expect === 'SUCCESS');
}

function failureOf(inputs: ExecInputs, done: Execution, result: ProcessResult): ExecError {
  return new ExecError({
    cmd: inputs.args.map((arg) => scrubText(result.patterns, arg)),
    exitCode: done.exitCode,
    stdout: decodeOutput(done.stdout),
    stderr: decodeOutput(done.stderr),
    ...(result.unsupported ? { code: 'PLATFORM_NOT_EXECUTABLE' } : {}),
  });
}

export const execOperations: readonly Definition[] = [
  define('Container', 'Container.withExec', withExec),
];

/** The text of an output: UTF-8, other bytes become U+FFFD. */
export function decodeOutput(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** The last execution of a container, run now if it has not been. */
export async function executionOf(state: ContainerState, signal?: AbortSignal): Promise<Execution> {
  if (state.execution) return state.execution(signal);
  throw new EngineError('ARGUMENT_INVALID', 'no command has been set', {
    remedy: 'call withExec before asking for its output',
  });
}
