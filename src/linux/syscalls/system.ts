/** System calls about the machine: names, figures, randomness. */

import { decodeName, encodeName } from '../../rootfs/name.ts';
import { EINVAL, EPERM } from '../abi/errno.ts';
import { privileged } from '../kernel/credentials.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRow } from './row.ts';
import { full, missing, partial } from './row.ts';

/** One field of struct new_utsname, its zero included. */
const utsFieldBytes = 65;

/** What uname(2) says of the kernel that is imitated. */
export const kernelRelease = '6.1.0-stiletto';
export const kernelVersion = '#1 SMP PREEMPT_DYNAMIC';

function sysUname(task: Task, address: number): number {
  const { hostname, domainname } = task.machine;
  const machine = task.process.personality === 8 ? 'i686' : task.abi.machine;
  const fields = ['Linux', hostname, kernelRelease, kernelVersion, machine, domainname];
  const bytes = new Uint8Array(fields.length * utsFieldBytes);
  fields.forEach((text, n) => {
    bytes.set(encodeName(text).subarray(0, utsFieldBytes - 1), n * utsFieldBytes);
  });
  task.memory.writeBytes(address, bytes);
  return 0;
}

function readUtsName(task: Task, address: number, length: number): string | number {
  if (!privileged(task.credentials)) return -EPERM;
  if (length < 0 || length >= utsFieldBytes) return -EINVAL;
  return decodeName(task.memory.readBytes(address, length));
}

function sysSethostname(task: Task, address: number, length: number): number {
  const name = readUtsName(task, address, length);
  if (typeof name === 'number') return name;
  task.machine.hostname = name;
  return 0;
}

function sysSetdomainname(task: Task, address: number, length: number): number {
  const name = readUtsName(task, address, length);
  if (typeof name === 'number') return name;
  task.machine.domainname = name;
  return 0;
}

/** Memory that a machine says it has: the guests' addresses end at 4 GiB. */
export const memoryTotalBytes: number = 4 * 2 ** 30;

function sysSysinfo(task: Task, address: number): number {
  const { memory, machine } = task;
  const word = memory.wordBytes;
  memory.range(address, word === 8 ? 112 : 64).fill(0);
  const put = (n: number, value: number | bigint): void =>
    memory.writeWord(address + n * word, value);
  put(0, machine.clock.monotonic() / 1_000_000_000n);
  put(4, memoryTotalBytes);
  put(5, memoryTotalBytes / 2);
  memory.writeU16(address + 10 * word, machine.pids.tasks().length);
  memory.writeU32(address + 13 * word, 1);
  return 0;
}

const GRND_NONBLOCK = 1;
const GRND_RANDOM = 2;
const GRND_INSECURE = 4;
/** Bytes one call gives at most (INT_MAX in Linux; small steps keep memory low here). */
const randomBytesMax = 0x2000000;

function sysGetrandom(task: Task, address: number, size: number, flags: number): number {
  if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) return -EINVAL;
  if ((flags & 6) === 6) return -EINVAL;
  const bytes = task.memory.range(address, Math.min(size, randomBytesMax));
  task.machine.entropy.fill(bytes);
  return bytes.length;
}

/** The kernel's log is empty. */
function sysSyslog(task: Task, kind: number): number {
  if (kind < 0 || kind > 10) return -EINVAL;
  if (kind === 10) return 0;
  return privileged(task.credentials) || kind === 3 ? 0 : -EPERM;
}

function sysReboot(task: Task): number {
  return privileged(task.credentials) ? -EINVAL : -EPERM;
}

const refused = (): number => -EPERM;

const noKernel = 'there is no kernel to be changed';

export const systemRows: readonly SyscallRow[] = [
  full('uname', sysUname, ['pointer']),
  full('sethostname', sysSethostname, ['pointer', 'int']),
  full('setdomainname', sysSetdomainname, ['pointer', 'int']),
  partial('sysinfo', sysSysinfo, ['pointer'], 'memory figures are fixed'),
  full('getrandom', sysGetrandom, ['read_buffer', 'size', 'uint']),
  partial('syslog', sysSyslog, ['int', 'pointer', 'int'], 'the log is empty'),
  partial('reboot', sysReboot, ['int', 'int', 'uint', 'pointer'], 'always refused'),
  partial('init_module', refused, ['pointer', 'size', 'pointer'], noKernel),
  partial('delete_module', refused, ['pointer', 'uint'], noKernel),
  partial('ptrace', refused, ['long', 'pid', 'pointer', 'pointer'], 'processes cannot be traced'),
  partial('setns', refused, ['fd', 'int'], 'there are no other namespaces'),
  missing('seccomp', 'system calls are not filtered'),
  missing('bpf', noKernel),
  missing('perf_event_open', 'there are no counters'),
  missing('add_key', 'there are no key rings'),
  missing('request_key', 'there are no key rings'),
  missing('keyctl', 'there are no key rings'),
  missing('s390_pci_mmio_write', 'there is no PCI bus'),
  missing('s390_pci_mmio_read', 'there is no PCI bus'),
  missing('s390_runtime_instr', 'there is no runtime instrumentation'),
  missing('s390_sthyi', 'there is no hypervisor'),
  missing('s390_guarded_storage', 'there is no guarded storage'),
];
