/** /proc/PID: what each file of a process says (proc(5)). */

import { encodeName } from '../../../rootfs/name.ts';
import { ENOENT } from '../../abi/errno.ts';
import { encodeOpenFlags } from '../../abi/open_flags.ts';
import { RLIM_INFINITY } from '../../kernel/resource_limits.ts';
import type { Task } from '../../kernel/task.ts';
import { absoluteName } from '../base_file.ts';
import type { Path } from '../path.ts';
import { pathName } from '../path.ts';
import {
  type DirectorySpec,
  directory,
  type FileSpec,
  file,
  type LinkSpec,
  type Spec,
} from '../synthetic.ts';
import { mapsText, smapsRollupText, smapsText, statmText } from './memory_files.ts';
import { mountInfoText, mountsText } from './mounts.ts';

/** One letter for `stat` and `status`. */
export function stateLetter(task: Task | undefined): string {
  if (!task || task.process.exitStatus) return 'Z';
  if (task.state === 'stopped') return 'T';
  return task.state === 'blocked' ? 'S' : 'R';
}

const stateNames: Readonly<Record<string, string>> = {
  Z: 'Z (zombie)',
  T: 'T (stopped)',
  S: 'S (sleeping)',
  R: 'R (running)',
};

/** Ticks of 10 ms. */
function ticks(nanoseconds: bigint): bigint {
  return nanoseconds / 10_000_000n;
}

function statText(task: Task): string {
  const { process } = task;
  const terminal = process.terminal as
    | { deviceMajor: number; deviceMinor: number; foreground?: number }
    | undefined;
  const device = terminal ? (terminal.deviceMajor << 8) | terminal.deviceMinor : 0;
  const bytes = task.memory.used().total;
  const { layout } = task.memory;
  const fields: (number | bigint | string)[] = [
    task.tid,
    `(${task.name})`,
    stateLetter(task),
    process.parent?.pid ?? 0,
    process.pgid,
    process.sid,
    device,
    terminal?.foreground || -1,
    0x400000,
    0,
    0,
    0,
    0,
    ticks(task.usage.user),
    ticks(task.usage.system),
    ticks(process.childrenUsage.user),
    ticks(process.childrenUsage.system),
    20 + process.nice,
    process.nice,
    process.tasks.size,
    0,
    ticks(process.startTime),
    bytes,
    Math.ceil(bytes / 4096),
    RLIM_INFINITY,
    0,
    0,
    0,
    0,
    0,
    task.pendingSet & 0x7fffffffn,
    task.signalMask & 0x7fffffffn,
    process.handlers.summary.ignored & 0x7fffffffn,
    process.handlers.summary.caught & 0x7fffffffn,
    0,
    0,
    0,
    process.exitSignal,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    layout.brkStart,
    task.memory.argumentsStart,
    task.memory.argumentsEnd,
    task.memory.environmentStart,
    task.memory.environmentEnd,
    0,
  ];
  return `${fields.join(' ')}\n`;
}

function hex64(set: bigint): string {
  return set.toString(16).padStart(16, '0');
}

function statusText(task: Task): string {
  const { process, credentials: c } = task;
  const { caught, ignored } = process.handlers.summary;
  const kib = Math.ceil(task.memory.used().total / 1024);
  const capabilities = hex64(c.euid === 0 ? 0x1ffffffffffn : 0n);
  const size = `${String(kib).padStart(8)} kB`;
  const lines: readonly (readonly [string, string | number])[] = [
    ['Name', task.name],
    ['Umask', task.filesystem.umask.toString(8).padStart(4, '0')],
    ['State', stateNames[stateLetter(task)]!],
    ['Tgid', process.pid],
    ['Ngid', 0],
    ['Pid', task.tid],
    ['PPid', process.parent?.pid ?? 0],
    ['TracerPid', 0],
    ['Uid', [c.uid, c.euid, c.suid, c.fsuid].join('\t')],
    ['Gid', [c.gid, c.egid, c.sgid, c.fsgid].join('\t')],
    ['FDSize', 64],
    ['Groups', `${c.groups.join(' ')} `],
    ['NStgid', process.pid],
    ['NSpid', task.tid],
    ['NSpgid', process.pgid],
    ['NSsid', process.sid],
    ['VmPeak', size],
    ['VmSize', size],
    ['VmLck', '       0 kB'],
    ['VmHWM', size],
    ['VmRSS', size],
    ['Threads', process.tasks.size],
    ['SigQ', `0/${process.limits[11]?.soft ?? 0n}`],
    ['SigPnd', hex64(task.pending.set)],
    ['ShdPnd', hex64(process.pending.set)],
    ['SigBlk', hex64(task.signalMask)],
    ['SigIgn', hex64(ignored)],
    ['SigCgt', hex64(caught)],
    ['CapInh', hex64(0n)],
    ['CapPrm', capabilities],
    ['CapEff', capabilities],
    ['CapBnd', hex64(0x1ffffffffffn)],
    ['CapAmb', hex64(0n)],
    ['NoNewPrivs', task.noNewPrivileges ? 1 : 0],
    ['Seccomp', 0],
    ['Cpus_allowed', 1],
    ['Cpus_allowed_list', 0],
    ['voluntary_ctxt_switches', task.usage.voluntarySwitches],
    ['nonvoluntary_ctxt_switches', task.usage.involuntarySwitches],
  ];
  return lines.map(([name, value]) => `${name}:\t${value}\n`).join('');
}

function memoryText(memory: Task['memory'], start: number, end: number): Uint8Array {
  if (end <= start) return new Uint8Array(0);
  return memory.slice(start, end - start)?.slice() ?? new Uint8Array(0);
}

// biome-ignore format: a table
const limitNames = [
  ['Max cpu time', 'seconds'], ['Max file size', 'bytes'], ['Max data size', 'bytes'],
  ['Max stack size', 'bytes'], ['Max core file size', 'bytes'], ['Max resident set', 'bytes'],
  ['Max processes', 'processes'], ['Max open files', 'files'], ['Max locked memory', 'bytes'],
  ['Max address space', 'bytes'], ['Max file locks', 'locks'], ['Max pending signals', 'signals'],
  ['Max msgqueue size', 'bytes'], ['Max nice priority', ''], ['Max realtime priority', ''],
  ['Max realtime timeout', 'us'],
] as const;

function limitsText(task: Task): string {
  const show = (value: bigint): string =>
    (value === RLIM_INFINITY ? 'unlimited' : String(value)).padEnd(21);
  const titles = ['Limit'.padEnd(26), 'Soft Limit'.padEnd(21), 'Hard Limit'.padEnd(21)];
  const head = `${titles.join('')}Units     \n`;
  const lines = limitNames.map(([name, unit], index) => {
    const { soft, hard } = task.process.limits[index]!;
    return `${name.padEnd(26)}${show(soft)}${show(hard)}${unit.padEnd(10)}\n`;
  });
  return head + lines.join('');
}

/** A link to a place. */
function placeLink(place: () => Path | undefined, owner: Owner): LinkSpec {
  return {
    ...owner,
    kind: 'symlink',
    target(reader) {
      const path = place();
      if (!path) return -ENOENT;
      const root = reader?.filesystem.root;
      return (root && pathName(path, root)) ?? absoluteName(path);
    },
    magic: () => place() ?? -ENOENT,
  };
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

function descriptorNames(task: Task): string[] {
  return [...task.files.descriptors()].map(String);
}

function descriptors(task: Task, owner: Owner): DirectorySpec {
  return {
    ...owner,
    kind: 'directory',
    mode: 0o500,
    names: () => descriptorNames(task),
    child(name) {
      const open = /^\d+$/.test(name) ? task.files.get(Number(name)) : undefined;
      if (!open) return undefined;
      const access = open.flags & 3;
      const mode = 0o100 | (access === 1 ? 0o200 : access === 2 ? 0o600 : 0o400);
      return { ...placeLink(() => open.path, owner), mode, size: 64 };
    },
  };
}

function descriptorInfo(task: Task, owner: Owner): DirectorySpec {
  return {
    ...owner,
    kind: 'directory',
    mode: 0o500,
    names: () => descriptorNames(task),
    child(name) {
      const open = /^\d+$/.test(name) ? task.files.get(Number(name)) : undefined;
      if (!open) return undefined;
      const closeOnExec = task.files.closeOnExec(Number(name)) ? 0o2000000 : 0;
      const flags = encodeOpenFlags(open.flags, task.abi.openFlags) | closeOnExec;
      const place = `mnt_id:\t${open.path.mount.id}\n`;
      const text = `pos:\t${open.offset}\nflags:\t0${flags.toString(8)}\n${place}`;
      return { ...owner, ...file(() => text + (open.describe?.() ?? '')) };
    },
  };
}

function commFile(task: Task): FileSpec {
  return {
    kind: 'file',
    mode: 0o644,
    text: () => `${task.name}\n`,
    write(text) {
      task.name = new TextDecoder().decode(encodeName(text.replace(/\n.*$/s, '')).subarray(0, 15));
      return 0;
    },
  };
}

/** Files that processes and threads both have. */
function taskFiles(task: Task, owner: Owner): Readonly<Record<string, Spec>> {
  const text = (make: (task: Task) => string | Uint8Array): FileSpec => ({
    ...owner,
    kind: 'file',
    text: () => (task.process.exitStatus ? '' : make(task)),
  });
  return {
    fd: descriptors(task, owner),
    fdinfo: descriptorInfo(task, owner),
    auxv: { ...text((t) => t.memory.auxiliaryVector), mode: 0o400 },
    environ: {
      ...text(({ memory }) => memoryText(memory, memory.environmentStart, memory.environmentEnd)),
      mode: 0o400,
    },
    status: { ...owner, kind: 'file', text: () => statusText(task) },
    limits: text(limitsText),
    comm: { ...owner, ...commFile(task) },
    // Opened before an exec and read after it (a shell's redirection), it tells of the new program.
    cmdline: text(({ memory }) => memoryText(memory, memory.argumentsStart, memory.argumentsEnd)),
    stat: { ...owner, kind: 'file', text: () => statText(task) },
    statm: text(statmText),
    maps: text(mapsText),
    smaps: text(smapsText),
    smaps_rollup: text(smapsRollupText),
    cwd: placeLink(() => task.filesystem.cwd, owner),
    root: placeLink(() => task.filesystem.root, owner),
    exe: executableLink(task, owner),
    mounts: text((t) => mountsText(t.machine.vfs, t.filesystem.root)),
    mountinfo: text((t) => mountInfoText(t.machine.vfs, t.filesystem.root)),
    cgroup: text(() => '0::/\n'),
    oom_score: text(() => '0\n'),
    oom_score_adj: { ...text(() => '0\n'), mode: 0o644, write: () => 0 },
    loginuid: text(() => '4294967295'),
    sessionid: text(() => '4294967295'),
    personality: text((t) => `${t.process.personality.toString(16).padStart(8, '0')}\n`),
    wchan: text(() => '0'),
    uid_map: text(() => '         0          0 4294967295\n'),
    gid_map: text(() => '         0          0 4294967295\n'),
    setgroups: text(() => 'allow\n'),
    ns: directory({}, { ...owner, mode: 0o511 }),
  };
}

function executableLink(task: Task, owner: Owner): LinkSpec {
  const { process } = task;
  return {
    ...owner,
    kind: 'symlink',
    target: () => (process.executable === '' ? -ENOENT : process.executable),
    magic() {
      const found = task.machine.vfs.walk(undefined, process.executable, { follow: true });
      return typeof found === 'number' ? found : (found.path ?? -ENOENT);
    },
  };
}

/** /proc/PID. */
export function processDirectory(task: Task): DirectorySpec {
  const { euid: uid, egid: gid } = task.credentials;
  const owner = { uid, gid };
  const threads: DirectorySpec = {
    ...owner,
    kind: 'directory',
    names: () => [...task.process.tasks].map(({ tid }) => String(tid)),
    child(name) {
      const thread = [...task.process.tasks].find(({ tid }) => String(tid) === name);
      return thread && directory(taskFiles(thread, owner), owner);
    },
  };
  return directory({ ...taskFiles(task, owner), task: threads }, owner);
}
