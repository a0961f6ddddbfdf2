/** Rows of the file half: files, directories, terminals, pipes, polling, sockets. */

import { directoryRows } from './directory.ts';
import { epollRows } from './epoll.ts';
import { fileControlRows } from './file_control.ts';
import { fileCopyRows } from './file_copy.ts';
import { fileExtraRows } from './file_extra.ts';
import { fileIoRows } from './file_io.ts';
import { fileMissingRows } from './file_missing.ts';
import { fileOpenRows } from './file_open.ts';
import { metadataRows } from './metadata.ts';
import { pollRows } from './poll.ts';
import type { SyscallRow } from './row.ts';
import { socketRows } from './socket.ts';
import { socketMessageRows } from './socket_message.ts';
import { socketOptionRows } from './socket_option.ts';
import { socketcallRows } from './socketcall.ts';

export const fileRows: readonly SyscallRow[] = [
  ...fileIoRows,
  ...fileOpenRows,
  ...metadataRows,
  ...directoryRows,
  ...fileControlRows,
  ...fileCopyRows,
  ...fileExtraRows,
  ...fileMissingRows,
  ...pollRows,
  ...epollRows,
  ...socketRows,
  ...socketcallRows,
  ...socketMessageRows,
  ...socketOptionRows,
];
