/** /proc files that tell of the machine, and /proc/sys. */

import { EINVAL } from '../../abi/errno.ts';
import type { Task } from '../../kernel/task.ts';
import { pidMax } from '../../limits.ts';
import { pipeBytesMax } from '../limits.ts';
import {
  constant,
  type DirectorySpec,
  directory,
  type FileSpec,
  file,
  type Spec,
} from '../synthetic.ts';
import { cpuinfoText } from './cpuinfo.ts';

/** Text that needs a caller; empty for the kernel itself. */
function asked(text: (task: Task) => string): FileSpec {
  return file((task) => (task ? text(task) : ''));
}

/** KiB that the machine says it has: what a wasm32 address space can address. */
const memoryKib = 4 * 1024 * 1024;

function meminfoText(): string {
  const fields: readonly (readonly [string, number])[] = [
    ['MemTotal', memoryKib],
    ['MemFree', memoryKib / 2],
    ['MemAvailable', memoryKib / 2],
    ['Buffers', 0],
    ['Cached', 0],
    ['SwapCached', 0],
    ['Active', 0],
    ['Inactive', 0],
    ['SwapTotal', 0],
    ['SwapFree', 0],
    ['Dirty', 0],
    ['Writeback', 0],
    ['Shmem', 0],
    ['Slab', 0],
    ['SReclaimable', 0],
    ['CommitLimit', memoryKib],
    ['Committed_AS', 0],
  ];
  return fields.map(([n, kib]) => `${`${n}:`.padEnd(16)}${String(kib).padStart(8)} kB\n`).join('');
}

function seconds(nanoseconds: bigint): string {
  const hundredths = nanoseconds / 10_000_000n;
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`;
}

function statText(task: Task): string {
  const { clock, pids, statistics } = task.machine;
  const ticks = clock.monotonic() / 10_000_000n;
  const boot = (clock.realtime() - clock.monotonic()) / 1_000_000_000n;
  const times = `${ticks} 0 0 0 0 0 0 0 0 0`;
  return [
    `cpu  ${times}`,
    `cpu0 ${times}`,
    'intr 0',
    `ctxt ${statistics.taskSwitches}`,
    `btime ${boot}`,
    `processes ${pids.last}`,
    'procs_running 1',
    'procs_blocked 0',
    'softirq 0 0 0 0 0 0 0 0 0 0 0',
    '',
  ].join('\n');
}

function loadavgText(task: Task): string {
  const tasks = task.machine.pids.tasks();
  const running = tasks.filter(({ state }) => state === 'ready').length;
  return `0.00 0.00 0.00 ${Math.max(1, running)}/${tasks.length} ${task.machine.pids.last}\n`;
}

/** A random UUID of version 4 from the machine's entropy. */
function uuid(task: Task): string {
  const bytes = new Uint8Array(16);
  task.machine.entropy.fill(bytes);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}\n`;
}

/** A number that can be set and read back but changes nothing here. */
function setting(initial: string): FileSpec {
  let value = initial;
  return {
    kind: 'file',
    mode: 0o644,
    text: () => `${value}\n`,
    write(text) {
      value = text.trim();
      return value === '' ? -EINVAL : 0;
    },
  };
}

function hostnameFile(): FileSpec {
  return {
    kind: 'file',
    mode: 0o644,
    text: (task) => `${task?.machine.hostname ?? ''}\n`,
    write(text, task) {
      if (task) task.machine.hostname = text.trim().slice(0, 64);
      return 0;
    },
  };
}

function sysDirectory(): DirectorySpec {
  return directory({
    fs: fileSettings(),
    kernel: kernelSettings(),
    vm: memorySettings(),
    net: networkSettings(),
  });
}

function fileSettings(): DirectorySpec {
  return directory({
    'file-max': constant('9223372036854775807\n'),
    'file-nr': constant('0\t0\t9223372036854775807\n'),
    nr_open: constant('1048576\n'),
    'pipe-max-size': constant(`${pipeBytesMax}\n`),
    protected_fifos: setting('1'),
    protected_hardlinks: setting('1'),
    protected_regular: setting('2'),
    protected_symlinks: setting('1'),
    inotify: directory({
      max_queued_events: setting('16384'),
      max_user_instances: setting('128'),
      max_user_watches: setting('65536'),
    }),
    binfmt_misc: directory({}),
  });
}

function kernelSettings(): DirectorySpec {
  return directory({
    hostname: hostnameFile(),
    domainname: asked((task) => `${task.machine.domainname}\n`),
    ostype: constant('Linux\n'),
    osrelease: constant(`${kernelRelease}\n`),
    version: constant(`${kernelVersion}\n`),
    pid_max: constant(`${pidMax}\n`),
    threads_max: constant(`${pidMax}\n`),
    ngroups_max: constant('65536\n'),
    cap_last_cap: constant('40\n'),
    overflowuid: setting('65534'),
    overflowgid: setting('65534'),
    randomize_va_space: setting('0'),
    core_pattern: setting('core'),
    perf_event_paranoid: setting('2'),
    yama: directory({ ptrace_scope: setting('1') }),
    random: directory({
      uuid: asked(uuid),
      boot_id: constant('00000000-0000-4000-8000-000000000000\n'),
      entropy_avail: constant('256\n'),
      poolsize: constant('256\n'),
    }),
    shmmax: constant('18446744073692774399\n'),
    msgmax: constant('8192\n'),
    sem: constant('32000\t1024000000\t500\t32000\n'),
  });
}

function memorySettings(): DirectorySpec {
  return directory({
    overcommit_memory: setting('1'),
    overcommit_ratio: setting('50'),
    max_map_count: constant('65530\n'),
    swappiness: setting('60'),
    mmap_min_addr: setting('65536'),
    drop_caches: setting('0'),
  });
}

function networkSettings(): DirectorySpec {
  return directory({
    core: directory({
      somaxconn: setting('4096'),
      rmem_default: setting('212992'),
      wmem_default: setting('212992'),
      rmem_max: setting('4194304'),
      wmem_max: setting('4194304'),
    }),
    ipv4: directory({
      ip_local_port_range: constant('32768\t60999\n'),
      ip_forward: setting('0'),
      ip_unprivileged_port_start: setting('0'),
      tcp_keepalive_time: setting('7200'),
      ping_group_range: setting('0\t2147483647'),
    }),
    ipv6: directory({
      conf: directory({
        all: directory({ disable_ipv6: setting('0') }),
        lo: directory({ disable_ipv6: setting('0') }),
      }),
    }),
  });
}

/** What uname(2) says, too. */
export const kernelRelease = '6.1.0-stiletto';
export const kernelVersion = '#1 SMP stiletto';

/** /proc without the directories of processes. */
export function systemFiles(): Readonly<Record<string, Spec>> {
  return {
    cgroups: constant('#subsys_name\thierarchy\tnum_cgroups\tenabled\n'),
    cmdline: constant('stiletto\n'),
    cpuinfo: asked((task) => cpuinfoText(task.abi)),
    devices: constant(
      'Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n136 pts\n' +
        '\nBlock devices:\n',
    ),
    diskstats: constant(''),
    filesystems: constant(
      ['sysfs', 'tmpfs', 'proc', 'pipefs', 'sockfs', 'devpts', 'overlay']
        .map((type) => `nodev\t${type}\n`)
        .join(''),
    ),
    interrupts: constant('           CPU0       \n'),
    loadavg: asked(loadavgText),
    meminfo: constant(meminfoText()),
    modules: constant(''),
    net: { kind: 'symlink', target: () => 'self/net' },
    partitions: constant('major minor  #blocks  name\n\n'),
    stat: asked(statText),
    swaps: constant('Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'),
    sys: sysDirectory(),
    uptime: asked(({ machine }) => {
      const up = seconds(machine.clock.monotonic());
      return `${up} ${up}\n`;
    }),
    version: constant(`Linux version ${kernelRelease} (stiletto) ${kernelVersion}\n`),
    vmstat: constant('nr_free_pages 524288\npgpgin 0\npgpgout 0\n'),
  };
}
