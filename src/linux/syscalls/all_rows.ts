/** Every system call that has a row. */

import { directoryRows } from './directory.ts';
import { epollRows } from './epoll.ts';
import { fileControlRows } from './file_control.ts';
import { fileCopyRows } from './file_copy.ts';
import { fileIoRows } from './file_io.ts';
import { fileOpenRows } from './file_open.ts';
import { kernelRows } from './kernel_rows.ts';
import { metadataRows } from './metadata.ts';
import { pollRows } from './poll.ts';
import type { SyscallRow } from './row.ts';

export const allRows: readonly SyscallRow[] = [
  ...directoryRows,
  ...epollRows,
  ...fileControlRows,
  ...fileCopyRows,
  ...fileIoRows,
  ...fileOpenRows,
  ...metadataRows,
  ...pollRows,
  ...kernelRows,
];
