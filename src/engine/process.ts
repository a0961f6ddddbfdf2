/** Starting a process of a container on a machine: common to `withExec` and the command. */

import { formatPlatform } from '../image/platform.ts';
import type {
  ExecRequest,
  ExecResult,
  InputStream,
  Machine,
  Terminal,
} from '../machine/machine.ts';
import { textContent } from '../rootfs/content.ts';
import type { DirectoryNode, FileNode } from '../rootfs/node.ts';
import { resolvePath } from '../rootfs/path.ts';
import { insertNode, makeDirectories } from '../rootfs/tree.ts';
import { getVariable, mergeVariables, pathDefault, setVariable } from './environment.ts';
import { EngineError } from './error.ts';
import { mountAll, type Unmounted } from './mounting.ts';
import { placeOf } from './place.ts';
import { Scrubber, scrubPatterns, scrubText } from './scrubber.ts';
import type { Services } from './services.ts';
import type { ContainerState } from './state.ts';
import type { ExecAnswer } from './stubs.ts';
import { credentialsOf } from './users.ts';

/** Name of the machine as `uname -n` prints it; fixed, so that runs agree. */
export const hostnameDefault: string = 'stiletto';

/** Where a process's streams go. */
export interface ProcessStreams {
  readonly stdin?: InputStream;
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
  readonly terminal?: Terminal;
}

/** A finished process. */
export interface ProcessResult extends Omit<ExecResult, 'mounts'> {
  /** New contents of mounted directories and files, by path. */
  readonly mounts: Unmounted['mounts'];
  /** What `Scrubber` must take out of anything that was not a stream: error texts. */
  readonly patterns: readonly string[];
  /** True where no machine executes the container's platform; the exit code is then 126. */
  readonly unsupported: boolean;
}

/** The machine for a container, or undefined. */
export function machineFor(services: Services, state: ContainerState): Machine | undefined {
  return services.machines.find((machine) => machine.supports(state.platform));
}

/**
 * Runs one process in a container to its end. The container's own state is not changed; the trees
 * afterwards are in the result.
 *
 * @throws EngineError EXEC_FAILED for unknown users, PATH_INVALID where the working directory is a
 *   file, and whatever the machine rejects with
 */
export async function runProcess(
  services: Services,
  state: ContainerState,
  args: readonly string[],
  streams: ProcessStreams,
  signal?: AbortSignal,
): Promise<ProcessResult> {
  const secrets = await secretValues(state, signal);
  const patterns = scrubPatterns([...secrets.values()]);
  const stdout = new Scrubber(patterns, streams.stdout);
  const stderr = new Scrubber(patterns, streams.stderr);
  const env = environmentOf(state, secrets, '/', false);
  const answer = services.stubs.answerTo({ args, platform: state.platform, env });
  const record = (exitCode?: number): void =>
    services.stubs.record({
      kind: 'exec',
      args: args.map((arg) => scrubText(patterns, arg)),
      platform: formatPlatform(state.platform),
      stubbed: answer !== undefined,
      ...(exitCode === undefined ? {} : { exitCode }),
    });
  if (answer) {
    stdout.write(new TextEncoder().encode(answer.stdout ?? ''));
    stderr.write(new TextEncoder().encode(answer.stderr ?? ''));
    stdout.end();
    stderr.end();
    record(answer.exitCode ?? 0);
    return { ...(await stubbed(services, state, answer, signal)), patterns };
  }
  const machine = machineFor(services, state);
  if (!machine) return unsupported(state, args, streams, signal);
  const mounted = await mountAll(services, state, signal);
  try {
    const cwd = state.config.WorkingDir || '/';
    const credentials = await credentialsOf(state.config.User ?? '', mounted.rootfs);
    const request: ExecRequest = {
      platform: state.platform,
      ...withDirectory(mounted.rootfs, mounted.mounts, cwd),
      args,
      env: environmentOf(state, secrets, credentials.home, streams.terminal !== undefined),
      cwd,
      uid: credentials.uid,
      gid: credentials.gid,
      groups: credentials.groups,
      hostname: hostnameDefault,
      ...streams,
      stdout: (bytes) => stdout.write(bytes),
      stderr: (bytes) => stderr.write(bytes),
      ...(signal ? { cancel: signal } : {}),
    };
    const result = await machine.exec(request);
    record(result.exitCode);
    stdout.end();
    stderr.end();
    const trees = mounted.finish(result.rootfs, result.mounts);
    return { ...result, ...trees, unsupported: false, patterns };
  } catch (error) {
    mounted.abandon();
    record();
    throw error;
  }
}

/** The trees after an exec that a stub answered. */
async function stubbed(
  services: Services,
  state: ContainerState,
  { exitCode = 0, files = {} }: ExecAnswer,
  signal: AbortSignal | undefined,
): Promise<Omit<ProcessResult, 'patterns'>> {
  let rootfs = await state.rootfs.root(signal);
  const mounts = await treesOf(state, signal);
  const { mtime } = services;
  for (const [name, text] of Object.entries(files)) {
    const content = textContent(text);
    const file = { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtime, content } as const;
    const { mount, path } = placeOf(state, name);
    if (!mount) rootfs = insertNode(rootfs, path, file);
    else if (mount.source.kind === 'file') mounts.set(mount.path, file);
    else mounts.set(mount.path, insertNode(mounts.get(mount.path) as DirectoryNode, path, file));
  }
  return { exitCode, rootfs, mounts, instructions: 0n, unsupported: false };
}

/** Mounted directories as they are before a process. */
async function treesOf(
  state: ContainerState,
  signal: AbortSignal | undefined,
): Promise<Map<string, DirectoryNode | FileNode>> {
  const trees = new Map<string, DirectoryNode | FileNode>();
  for (const { path, source } of state.mounts) {
    if (source.kind === 'tree') trees.set(path, await source.tree.root(signal));
  }
  return trees;
}

async function unsupported(
  state: ContainerState,
  args: readonly string[],
  streams: ProcessStreams,
  signal: AbortSignal | undefined,
): Promise<ProcessResult> {
  const platform = formatPlatform(state.platform);
  const text = `exec ${args[0]}: exec format error: no machine executes ${platform}\n`;
  streams.stderr(new TextEncoder().encode(text));
  return {
    exitCode: 126,
    rootfs: await state.rootfs.root(signal),
    mounts: await treesOf(state, signal),
    instructions: 0n,
    unsupported: true,
    patterns: [],
  };
}

/** Values of all secrets a process may see, by what identifies them. */
async function secretValues(
  state: ContainerState,
  signal: AbortSignal | undefined,
): Promise<Map<string, Uint8Array>> {
  const values = new Map<string, Uint8Array>();
  const secrets = [
    ...state.secretVariables.map(({ secret }) => secret),
    ...state.mounts.flatMap(({ source }) => (source.kind === 'secret' ? [source.secret] : [])),
  ];
  for (const { handle, plaintext } of secrets) values.set(handle, await plaintext(signal));
  return values;
}

type Mounts = ExecRequest['mounts'];

/** Makes the working directory, in the mount it lies in or in the root. */
function withDirectory(
  root: DirectoryNode,
  mounts: Mounts,
  path: string,
): { rootfs: DirectoryNode; mounts: Mounts } {
  const inside = (mount: string) => path === mount || path.startsWith(`${mount}/`);
  const index = mounts.findLastIndex((mount) => inside(mount.path));
  const mount = mounts[index];
  if (!mount) return { rootfs: madeIn(root, path), mounts };
  if (mount.source === 'tmpfs') return { rootfs: root, mounts };
  const source = madeIn(mount.source, path.slice(mount.path.length) || '/');
  return { rootfs: root, mounts: mounts.with(index, { ...mount, source }) };
}

function madeIn(root: DirectoryNode, path: string): DirectoryNode {
  const { node } = resolvePath(root, path);
  return node?.kind === 'directory' ? root : makeDirectories(root, path);
}

/** The container's variables; PATH, HOME and on a terminal TERM where it has none; secrets. */
function environmentOf(
  state: ContainerState,
  secrets: ReadonlyMap<string, Uint8Array>,
  home: string,
  terminal: boolean,
): string[] {
  let env = mergeVariables(state.config.Env ?? [], state.volatileVariables);
  const defaults = { PATH: pathDefault, HOME: home, ...(terminal ? { TERM: 'xterm' } : {}) };
  for (const [name, value] of Object.entries(defaults)) {
    if (getVariable(env, name) === undefined) env = setVariable(env, name, value);
  }
  for (const { name, secret } of state.secretVariables) {
    const value = new TextDecoder().decode(secrets.get(secret.handle));
    env = setVariable(env, name, value);
  }
  return env;
}

/**
 * Runs the entrypoint with arguments, or with the default arguments where none are given: what a
 * container runtime does with `run IMAGE [ARGS…]`.
 *
 * @throws EngineError ARGUMENT_INVALID where there is nothing to run; as `runProcess`
 */
export function runCommand(
  services: Services,
  state: ContainerState,
  args: readonly string[],
  streams: ProcessStreams,
  signal?: AbortSignal,
): Promise<ProcessResult> {
  const { Entrypoint, Cmd } = state.config;
  const command = [...(Entrypoint ?? []), ...(args.length > 0 ? args : (Cmd ?? []))];
  if (command.length > 0) return runProcess(services, state, command, streams, signal);
  throw new EngineError('ARGUMENT_INVALID', 'no command has been set', {
    remedy: 'give a command, or use an image that has a default one',
  });
}
