/** A machine that executes nothing: a test gives the answers. */

import type { DirectoryNode } from '../rootfs/node.ts';
import type { ExecRequest, ExecResult, Machine, Platform } from './machine.ts';

/** What a stubbed process does. Everything has a default: success, silence, no change. */
export interface StubAnswer {
  readonly stdout?: string | Uint8Array;
  readonly stderr?: string | Uint8Array;
  readonly exitCode?: number;
  /** The root file system afterwards. */
  readonly rootfs?: DirectoryNode;
  /** New trees of writable mounts, by path; others stay as they were. */
  readonly mounts?: ReadonlyMap<string, DirectoryNode>;
  readonly instructions?: bigint;
}

export interface StubOptions {
  /** Answers one exec; it may read the request's streams and watch its signal. */
  readonly answer: (request: ExecRequest) => StubAnswer | Promise<StubAnswer>;
  /** Default: every platform. */
  readonly supports?: (platform: Platform) => boolean;
}

/**
 * Makes a stub machine.
 *
 * @example
 * const machine = createStubMachine({ answer: ({ args }) => ({ stdout: args.join(' ') }) });
 */
export function createStubMachine(options: StubOptions): Machine {
  return {
    name: 'stub',
    supports: options.supports ?? (() => true),
    async exec(request): Promise<ExecResult> {
      const answer = await options.answer(request);
      if (answer.stdout !== undefined) request.stdout(toBytes(answer.stdout));
      if (answer.stderr !== undefined) request.stderr(toBytes(answer.stderr));
      const unchanged = request.mounts.flatMap(({ path, source, readOnly }) =>
        source === 'tmpfs' || readOnly ? [] : [[path, source] as const],
      );
      return {
        exitCode: answer.exitCode ?? 0,
        rootfs: answer.rootfs ?? request.rootfs,
        mounts: new Map([...unchanged, ...(answer.mounts ?? [])]),
        instructions: answer.instructions ?? 0n,
      };
    },
  };
}

function toBytes(output: string | Uint8Array): Uint8Array {
  return typeof output === 'string' ? new TextEncoder().encode(output) : output;
}
