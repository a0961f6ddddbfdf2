/** Every system call that has a row. */

import { fileRows } from './file_rows.ts';
import { kernelRows } from './kernel_rows.ts';
import type { SyscallRow } from './row.ts';

export const allRows: readonly SyscallRow[] = [...fileRows, ...kernelRows];
