/**
 * The user-mode machine: guest instructions become WebAssembly (src/cpu), system calls are answered
 * by TypeScript (src/linux). No guest kernel, so a program starts at once.
 */

import { translatorBuild } from '../cpu/build.ts';
import { createTranslationCache } from '../cpu/cache.ts';
import type { TierPolicy, TranslationCache } from '../cpu/cpu.ts';
import { type ModelName, modelDefault } from '../cpu/isa/x86/cpuid.ts';
import { TranslationKeeper } from '../cpu/translation_store.ts';
import { EngineError } from '../engine/error.ts';
import type { TranslationStore } from '../host/runtime.ts';
import type { Abi } from '../linux/abi/abi.ts';
import { errnoName } from '../linux/abi/errno.ts';
import { abiOfArchitecture, abisOfModel } from '../linux/abi/registry.ts';
import type { CreatedVfs } from '../linux/fs/create_vfs.ts';
import { createVfs } from '../linux/fs/create_vfs.ts';
import type { Clock } from '../linux/kernel/clock.ts';
import { HostClock, VirtualClock } from '../linux/kernel/clock.ts';
import { startInit } from '../linux/kernel/init.ts';
import type { KernelStatistics } from '../linux/kernel/kernel.ts';
import { Kernel } from '../linux/kernel/kernel.ts';
import { Network } from '../linux/net/network.ts';
import { allRows } from '../linux/syscalls/all_rows.ts';
import type { SyscallTable } from '../linux/syscalls/table.ts';
import { rowsByName, syscallTable } from '../linux/syscalls/table.ts';
import { commandCandidates } from './command_lookup.ts';
import type { ExecRequest, ExecResult, Machine, Platform } from './machine.ts';
import { connectStandardFiles } from './standard_files.ts';

export interface TranslatorOptions {
  /** Translations to share with other machines; a new cache otherwise. */
  readonly cache?: TranslationCache;
  /** Where translations are kept for later processes of ours; default: nowhere. */
  readonly translations?: TranslationStore;
  /** Every random number guests see is a function of it. */
  readonly seed: bigint;
  /** The order and length of guests' turns is a function of it; default: round robin. */
  readonly schedule?: bigint;
  /** CLOCK_REALTIME at the start of each exec: nanoseconds since 1970. */
  readonly epoch: bigint;
  /** The host's time, nanoseconds since 1970, never going back: for interactive use. */
  readonly realTime?: () => bigint;
  readonly tier?: TierPolicy;
  /**
   * Default true. False: guest code is not checked when it accesses memory, which is faster (see
   * src/cpu/README.md); only the null page and what lies beyond the memory then fault, and a guest
   * that goes wrong may end with an internal error instead of SIGSEGV.
   */
  readonly protection?: boolean;
  /** Model of the x86-64 processor; default x86-64-v2. */
  readonly cpu?: ModelName;
  /** One line about something a user may want to know. */
  readonly log?: (line: string) => void;
  /** One line per system call, as strace prints them. */
  readonly trace?: (line: string) => void;
  /** Called at the end of each exec. */
  readonly onStatistics?: (statistics: KernelStatistics) => void;
}

const rows = rowsByName(allRows);
const tables: Map<Abi, SyscallTable> = new Map<Abi, SyscallTable>();

function tableOf(abi: Abi): SyscallTable {
  let table = tables.get(abi);
  if (!table) tables.set(abi, (table = syscallTable(abi, rows)));
  return table;
}

/**
 * A machine for linux/amd64, linux/arm64 and linux/s390x.
 *
 * @example
 * const machine = createTranslatorMachine({ seed: 1n, epoch: 0n });
 * const { exitCode } = await machine.exec({ platform, rootfs, args: ['uname', '-m'], … });
 */
export function createTranslatorMachine(options: TranslatorOptions): Machine {
  const cache = options.cache ?? createTranslationCache();
  const { translations } = options;
  const keeper =
    translations && translatorBuild !== undefined
      ? new TranslationKeeper(cache, translations, translatorBuild)
      : undefined;
  return {
    name: 'translator',
    supports: ({ os, architecture }: Platform) =>
      os === 'linux' && abiOfArchitecture(architecture) !== undefined,
    exec: (request) => {
      const run = () => execute(request, { ...options, cache });
      const abi = abiOfArchitecture(request.platform.architecture);
      return keeper && abi ? keeper.during(abi.isa, request.args[0] ?? '', run) : run();
    },
  };
}

type Settings = TranslatorOptions & { readonly cache: TranslationCache };

async function execute(request: ExecRequest, settings: Settings): Promise<ExecResult> {
  if (request.cancel?.aborted) throw new EngineError('CANCELLED', 'the run was cancelled');
  const { realTime } = settings;
  const clock: Clock = realTime ? new HostClock(realTime) : new VirtualClock(settings.epoch);
  const { rootfs, mounts, hostname } = request;
  const network = new Network(settings.log ? { log: settings.log } : {});
  const files = createVfs({ clock, network, rootfs, mounts, hostname });
  const kernel = new Kernel({
    clock,
    seed: settings.seed,
    schedule: settings.schedule,
    hostname,
    vfs: files.vfs,
    abis: abisOfModel(settings.cpu ?? modelDefault),
    cache: settings.cache,
    tier: settings.tier,
    protection: settings.protection ?? true,
    trace: settings.trace,
    log: settings.log,
    cancel: request.cancel,
    syscalls: tableOf,
  });
  const exitCode = await runCommand(kernel, request);
  settings.onStatistics?.(kernel.statistics);
  return result(files, kernel, exitCode);
}

function result(files: CreatedVfs, kernel: Kernel, exitCode: number): ExecResult {
  return {
    exitCode,
    rootfs: files.snapshot(),
    mounts: files.mountSnapshots(),
    instructions: kernel.statistics.instructions,
  };
}

/** Starts pid 1 and runs it to its end; 126 and 127 as a shell gives them. */
async function runCommand(kernel: Kernel, request: ExecRequest): Promise<number> {
  const [name] = request.args;
  if (!name) throw new EngineError('ARGUMENT_INVALID', 'there is no command to run');
  const init = startInit(kernel, {
    env: request.env,
    args: request.args,
    cwd: request.cwd,
    uid: request.uid,
    gid: request.gid,
    groups: request.groups,
    candidates: commandCandidates(name, request.env),
  });
  connectStandardFiles(kernel, init.task, request);
  await kernel.scheduler.run();
  const { failure } = init;
  if (failure !== undefined) {
    request.stderr(new TextEncoder().encode(`${failureText(kernel, name, failure)}\n`));
    return failure === 2 || failure === 20 ? 127 : 126;
  }
  const status = init.process.exitStatus;
  if (!status) throw new Error('pid 1 has not ended');
  return status.signal === 0 ? status.code : 128 + status.signal;
}

/** The line a shell would print. */
function failureText(kernel: Kernel, name: string, errno: number): string {
  const { refusedArchitecture } = kernel;
  if (errno === 2 || errno === 20) return `${name}: not found`;
  if (errno === 13) return `${name}: Permission denied`;
  if (errno !== 8) return `${name}: ${errnoName(errno)}`;
  const why = refusedArchitecture ? ` (no machine for ${refusedArchitecture} programs)` : '';
  return `${name}: exec format error${why}`;
}
