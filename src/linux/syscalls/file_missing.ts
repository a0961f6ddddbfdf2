/** File system calls that do not exist here, and why. */

import type { SyscallRow } from './row.ts';
import { missing } from './row.ts';

const asynchronous = 'Programs fall back to read and write, which never wait for a disk here.';
const mountInterface = 'mount and umount2 are there; programs fall back to them.';
const handles = 'File handles are for file servers; EOPNOTSUPP and ENOSYS are expected by callers.';

// biome-ignore format: a table
export const fileMissingRows: readonly SyscallRow[] = [
  missing('io_uring_setup', asynchronous), missing('io_uring_enter', asynchronous),
  missing('io_uring_register', asynchronous), missing('io_setup', asynchronous),
  missing('io_destroy', asynchronous), missing('io_submit', asynchronous),
  missing('io_cancel', asynchronous), missing('io_getevents', asynchronous),
  missing('fsopen', mountInterface), missing('fsconfig', mountInterface),
  missing('fsmount', mountInterface), missing('fspick', mountInterface),
  missing('open_tree', mountInterface), missing('move_mount', mountInterface),
  missing('mount_setattr', mountInterface), missing('pivot_root', 'There is one mount namespace.'),
  missing('name_to_handle_at', handles), missing('open_by_handle_at', handles),
  missing('fanotify_init', 'inotify is there.'), missing('fanotify_mark', 'inotify is there.'),
  missing('quotactl', 'There are no quotas.'), missing('swapon', 'There is no swap.'),
  missing('swapoff', 'There is no swap.'), missing('lookup_dcookie', 'A profiler’s call.'),
];
