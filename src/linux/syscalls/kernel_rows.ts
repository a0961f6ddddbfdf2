/** Rows of the kernel half: processes, memory, signals, time, scheduling. */

import { ipcMemoryRows } from './ipc_memory.ts';
import { ipcMessageRows } from './ipc_message.ts';
import { ipcSemaphoreRows } from './ipc_semaphore.ts';
import { memoryMapRows } from './memory.ts';
import { memoryRangeRows } from './memory_range.ts';
import { processRows } from './process.ts';
import { processControlRows } from './process_control.ts';
import { processCredentialRows } from './process_credentials.ts';
import { processDescriptorRows } from './process_descriptor.ts';
import { processEndRows } from './process_end.ts';
import { futexRows } from './process_futex.ts';
import { processGroupRows } from './process_groups.ts';
import { processLimitRows } from './process_limits.ts';
import type { SyscallRow } from './row.ts';
import { schedulingRows } from './scheduling.ts';
import { signalRows } from './signal.ts';
import { systemRows } from './system.ts';
import { timeRows } from './time.ts';

export const kernelRows: readonly SyscallRow[] = [
  ...processRows,
  ...processEndRows,
  ...processGroupRows,
  ...processCredentialRows,
  ...processLimitRows,
  ...processControlRows,
  ...processDescriptorRows,
  ...futexRows,
  ...memoryMapRows,
  ...memoryRangeRows,
  ...signalRows,
  ...timeRows,
  ...schedulingRows,
  ...systemRows,
  ...ipcMemoryRows,
  ...ipcSemaphoreRows,
  ...ipcMessageRows,
];
