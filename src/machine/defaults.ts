/** The machines an engine has when it is given none. */

import { createTranslationCache } from '../cpu/cache.ts';
import type { TranslationCache } from '../cpu/cpu.ts';
import type { ModelName } from '../cpu/isa/x86/cpuid.ts';
import type { Runtime, TranslationStore } from '../host/runtime.ts';
import type { Machine } from './machine.ts';
import { createTranslatorMachine } from './translator.ts';

export { type ModelName, modelNames } from '../cpu/isa/x86/cpuid.ts';

/** What a run is a function of, besides its inputs. */
export interface MachineSettings {
  readonly runtime: Runtime;
  /** Seed of the guests' randomness. */
  readonly seed: number;
  /** Seed of the order in which guests' tasks run; default: round robin. */
  readonly schedule?: number;
  /** Where the guests' clock starts, in seconds since 1970. */
  readonly epoch: number;
  readonly clock: 'virtual' | 'real';
  /** Where translations are kept for later processes; default: nowhere. */
  readonly translations?: TranslationStore;
  /** Model of the x86-64 processor; default x86-64-v2. */
  readonly cpu?: ModelName;
  /** Gets the guests' system calls, a line each. */
  readonly strace?: (line: string) => void;
}

/** Translations are keyed by the guest's code, so that all engines of a process can share them. */
let translations: TranslationCache | undefined;

/** In order of preference. */
export function defaultMachines(settings: MachineSettings): readonly Machine[] {
  const { seed, schedule, epoch, clock, runtime, strace, cpu, translations: kept } = settings;
  translations ??= createTranslationCache();
  const translator = createTranslatorMachine({
    cache: translations,
    seed: BigInt(seed),
    ...(schedule === undefined ? {} : { schedule: BigInt(schedule) }),
    epoch: BigInt(epoch) * 1_000_000_000n,
    ...(clock === 'real' ? { realTime: realTimeOf(runtime) } : {}),
    ...(kept ? { translations: kept } : {}),
    ...(cpu ? { cpu } : {}),
    ...(strace ? { trace: strace } : {}),
  });
  return [translator];
}

/** Nanoseconds since 1970 that never go back: the wall clock once, then the steady one. */
function realTimeOf(runtime: Runtime): () => bigint {
  const start = runtime.wallClock();
  const steady = runtime.now();
  return () => BigInt(Math.round((start + runtime.now() - steady) * 1e6));
}
