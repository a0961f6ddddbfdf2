/** Starting a process of a container on a machine: common to `withExec` and the command. */

import { formatPlatform } from '../image/platform.ts';
import type {
  ExecRequest,
  ExecResult,
  InputStream,
  Machine,
  Terminal,
} from '../machine/machine.ts';
import type { DirectoryNode } from '../rootfs/node.ts';
import { resolvePath } from '../rootfs/path.ts';
import { makeDirectories } from '../rootfs/tree.ts';
import { getVariable, pathDefault, setVariable } from './environment.ts';
import { EngineError } from './error.ts';
import type { Services } from './services.ts';
import type { ContainerState } from './state.ts';
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
export interface ProcessResult extends ExecResult {
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
  const [root, mounts] = await Promise.all([state.rootfs.root(signal), mountsOf(state, signal)]);
  const machine = machineFor(services, state);
  if (!machine) {
    const platform = formatPlatform(state.platform);
    const text = `exec ${args[0]}: exec format error: no machine executes ${platform}\n`;
    streams.stderr(new TextEncoder().encode(text));
    return {
      exitCode: 126,
      rootfs: root,
      mounts: new Map(),
      instructions: 0n,
      unsupported: true,
    };
  }
  const cwd = state.config.WorkingDir || '/';
  const credentials = await credentialsOf(state.config.User ?? '', root);
  const request: ExecRequest = {
    platform: state.platform,
    ...withDirectory(root, mounts, cwd),
    args,
    env: environmentOf(state, credentials.home, streams.terminal !== undefined),
    cwd,
    uid: credentials.uid,
    gid: credentials.gid,
    groups: credentials.groups,
    hostname: hostnameDefault,
    ...streams,
    ...(signal ? { cancel: signal } : {}),
  };
  return { ...(await machine.exec(request)), unsupported: false };
}

type Mounts = ExecRequest['mounts'];

function mountsOf(state: ContainerState, signal: AbortSignal | undefined): Promise<Mounts> {
  return Promise.all(
    state.mounts.map(async ({ path, source, readOnly }) => ({
      path,
      readOnly,
      source: source === 'tmpfs' ? source : await source.root(signal),
    })),
  );
}

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

/** The container's variables, PATH, HOME and on a terminal TERM where it has none. */
function environmentOf(state: ContainerState, home: string, terminal: boolean): string[] {
  let env = [...(state.config.Env ?? [])];
  const defaults = { PATH: pathDefault, HOME: home, ...(terminal ? { TERM: 'xterm' } : {}) };
  for (const [name, value] of Object.entries(defaults)) {
    if (getVariable(env, name) === undefined) env = setVariable(env, name, value);
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
