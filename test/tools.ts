/** Programs some tests compare with. Missing in CI is a failure; elsewhere it is said loudly. */

import { spawnSync } from 'node:child_process';

/**
 * Whether a program of the system is there, for `describe.runIf`. With CI=true its absence throws,
 * so that nothing is skipped silently where it matters.
 */
export function requireTool(name: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0;
  if (found) return true;
  const text = `the program ${name} is missing, its comparisons do not run (apt-get install it)`;
  if (process.env.CI) throw new Error(text);
  console.warn(text);
  return false;
}
