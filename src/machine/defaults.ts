/** The machines an engine has when it is given none. */

import type { Runtime } from '../host/runtime.ts';
import type { Machine } from './machine.ts';

/** What a run is a function of, besides its inputs. */
export interface MachineSettings {
  readonly runtime: Runtime;
  /** Seed of the guests' randomness. */
  readonly seed: number;
  /** Where the guests' clock starts, in seconds since 1970. */
  readonly epoch: number;
  readonly clock: 'virtual' | 'real';
  /** Gets the guests' system calls, a line each. */
  readonly strace?: (line: string) => void;
}

/** In order of preference. */
export function defaultMachines(_settings: MachineSettings): readonly Machine[] {
  return [];
}
