/** `stiletto syscalls`: what guests may ask of the kernel that is imitated. */

import type { CAC } from 'cac';
import { formatSupport, syscallSupport } from '../linux/syscalls/support.ts';

/** Adds `syscalls` to the command. */
export function mountSyscalls(cli: CAC): void {
  cli
    .command('syscalls', 'Print the table of system calls and how well they are supported')
    .option('--json', 'As JSON: a list of { name, support, note, numbers }')
    .action(async (options: { readonly json?: boolean }) => {
      const calls = syscallSupport();
      process.stdout.write(
        options.json ? `${JSON.stringify(calls, null, 2)}\n` : formatSupport(calls),
      );
      return 0;
    });
}
