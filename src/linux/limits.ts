/** Limits of the kernel half: an error caused by one names it. Bytes unless said. */

/** Tasks (threads) of one machine: fork and clone give EAGAIN beyond. Each may cost megabytes. */
export const tasksMax = 2048;
/** Processes of one machine, each with a memory of its own: the same. */
export const processesMax = 512;
/** Forks and clones refused for these two; one more ends the run with LIMIT_EXCEEDED. */
export const refusedForksMax = 1000;
/**
 * Bytes that all processes of a machine have mapped with a right, shared memory once a process:
 * beyond it mmap, brk, mprotect and fork give ENOMEM.
 */
export const memoryBytesMax: number = 8 * 1024 ** 3;
/** Pids wrap after this number (/proc/sys/kernel/pid_max). */
export const pidMax = 32768;
/** Signals queued in one pending set (RLIMIT_SIGPENDING). */
export const queuedSignalsMax = 1024;
/** POSIX timers of one process. */
export const posixTimersMax = 256;
/** One argument or environment string, its zero included (MAX_ARG_STRLEN). */
export const argumentBytesMax: number = 128 * 1024;
/** All arguments and environment strings with their pointers (three quarters of _STK_LIM). */
export const argumentsBytesMax: number = 6 * 1024 * 1024;
/** Interpreters of interpreters: `#!` lines followed (BINPRM depth). */
export const interpreterDepthMax = 5;
/** A `#!` line (BINPRM_BUF_SIZE). */
export const interpreterLineBytesMax = 256;
/** Program headers of one ELF file. */
export const programHeadersMax = 256;
/** Stack of the first thread (RLIMIT_STACK's soft limit); reserved, not touched. */
export const stackBytes: number = 8 * 1024 * 1024;
/** Room kept for brk(2) after the program; beyond it ENOMEM, and malloc turns to mmap. */
export const heapBytes: number = 16 * 1024 * 1024;
/** Mappings of one address space (vm.max_map_count). */
export const mappingsMax = 65530;
/** Bytes of shared mappings that are compared at a task switch. */
export const sharedMappingBytesMax: number = 256 * 1024 * 1024;
/** Waiters of one futex. */
export const futexWaitersMax = 32768;
/** Entries of a robust list followed when a thread ends (ROBUST_LIST_LIMIT). */
export const robustListMax = 2048;
/** Guest instructions a task runs before the next one's turn. */
export const quantumInstructions = 1_000_000;
/** The same, at least, where a seed decides. */
export const quantumInstructionsMin = 1000;
/** Guest instructions between two returns to the host's event loop. */
export const burstInstructions = 4_000_000;
/** System calls between two returns to the host's event loop. */
export const burstSyscalls = 20_000;
/** Bytes written between two such returns: few calls can copy much. */
export const burstWrittenBytes: number = 32 * 1024 * 1024;
/** Bytes of a string printed by strace. */
export const traceStringBytesMax = 32;
/** Supplementary groups (NGROUPS_MAX). */
export const groupsMax = 65536;
/** Task name of prctl(PR_SET_NAME), the zero included. */
export const commBytesMax = 16;
/** Memories of ended processes kept for new ones, in one machine. */
export const pooledMemoriesMax = 16;
/** Segments of System V shared memory (SHMMNI). */
export const sharedSegmentsMax = 4096;
/** Sets of System V semaphores (SEMMNI), semaphores of one (SEMMSL), changes of a call (SEMOPM). */
export const semaphoreSetsMax = 32000;
export const semaphoresPerSetMax = 32000;
export const semaphoreOperationsMax = 500;
/** System V message queues (MSGMNI), bytes of a message (MSGMAX) and of a queue (MSGMNB). */
export const messageQueuesMax = 32000;
export const messageBytesMax = 8192;
export const messageQueueBytesMax = 16384;
