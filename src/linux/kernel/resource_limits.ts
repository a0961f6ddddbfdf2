/** getrlimit's numbers (asm-generic/resource.h) and what a process starts with. */

import { openFilesMax } from '../fs/limits.ts';
import { queuedSignalsMax, stackBytes, tasksMax } from '../limits.ts';

export const RLIMIT_CPU = 0;
export const RLIMIT_FSIZE = 1;
export const RLIMIT_DATA = 2;
export const RLIMIT_STACK = 3;
export const RLIMIT_CORE = 4;
export const RLIMIT_NPROC = 6;
export const RLIMIT_NOFILE = 7;
export const RLIMIT_AS = 9;
export const RLIMIT_SIGPENDING = 11;
/** Number of limits. */
export const resourceCount = 16;
export const RLIM_INFINITY: bigint = 2n ** 64n - 1n;

export interface ResourceLimit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** Indexed by RLIMIT_*. */
export type ResourceLimits = ResourceLimit[];

/** The limits of pid 1. */
export function defaultLimits(): ResourceLimits {
  const unlimited = { soft: RLIM_INFINITY, hard: RLIM_INFINITY };
  const limits: ResourceLimits = Array.from({ length: resourceCount }, () => unlimited);
  const equal = (value: number): ResourceLimit => ({ soft: BigInt(value), hard: BigInt(value) });
  limits[RLIMIT_STACK] = { soft: BigInt(stackBytes), hard: RLIM_INFINITY };
  limits[RLIMIT_CORE] = { soft: 0n, hard: RLIM_INFINITY };
  limits[RLIMIT_NPROC] = equal(tasksMax);
  limits[RLIMIT_NOFILE] = { soft: BigInt(openFilesMax), hard: 4096n };
  limits[RLIMIT_SIGPENDING] = equal(queuedSignalsMax);
  limits[8] = equal(8 * 1024 * 1024); // MEMLOCK
  limits[12] = equal(819200); // MSGQUEUE
  limits[13] = equal(0); // NICE
  limits[14] = equal(0); // RTPRIO
  return limits;
}
