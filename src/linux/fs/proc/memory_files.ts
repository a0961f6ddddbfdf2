/** What /proc/PID tells of memory: maps, smaps, statm (fs/proc/task_mmu.c). */

import type { Task } from '../../kernel/task.ts';
import type { Mapping } from '../../mm/mapping.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE, pageBytes } from '../../mm/mapping.ts';
import { absoluteName } from '../base_file.ts';

const visible = (task: Task): readonly Mapping[] =>
  task.memory.mappings.all.filter(({ hidden }) => !hidden);

function mapsLine(mapping: Mapping): string {
  const { start, end, protection: p, shared, offset } = mapping;
  const range = `${start.toString(16).padStart(8, '0')}-${end.toString(16).padStart(8, '0')}`;
  const access = [
    p & PROT_READ ? 'r' : '-',
    p & PROT_WRITE ? 'w' : '-',
    p & PROT_EXEC ? 'x' : '-',
  ].join('');
  const { inode } = mapping.file ?? {};
  const device = inode
    ? [inode.fs.deviceMajor, inode.fs.deviceMinor]
        .map((n) => n.toString(16).padStart(2, '0'))
        .join(':')
    : '00:00';
  const at = mapping.file ? offset.toString(16).padStart(8, '0') : '00000000';
  const ino = inode?.attributes.ino ?? 0;
  const head = `${range} ${access}${shared ? 's' : 'p'} ${at} ${device} ${ino} `;
  const name = mapping.file ? absoluteName(mapping.file.path) : mapping.name;
  return `${name ? head.padEnd(73) + name : head}\n`;
}

export function mapsText(task: Task): string {
  return visible(task).map(mapsLine).join('');
}

const kib = (bytes: number): string => `${String(bytes / 1024).padStart(8)} kB`;

/** The figures of smaps for some bytes mapped, of which `resident` may have been touched. */
function figures(resident: number, shared: number, anonymous: number): string {
  const rows: readonly (readonly [string, number])[] = [
    ['Rss', resident],
    ['Pss', resident],
    ['Pss_Dirty', anonymous],
    ['Shared_Clean', 0],
    ['Shared_Dirty', shared],
    ['Private_Clean', resident - shared - anonymous],
    ['Private_Dirty', anonymous],
    ['Referenced', resident],
    ['Anonymous', anonymous],
    ['LazyFree', 0],
    ['AnonHugePages', 0],
    ['ShmemPmdMapped', 0],
    ['FilePmdMapped', 0],
    ['Shared_Hugetlb', 0],
    ['Private_Hugetlb', 0],
    ['Swap', 0],
    ['SwapPss', 0],
    ['Locked', 0],
  ];
  return rows.map(([name, bytes]) => `${`${name}:`.padEnd(16)}${kib(bytes)}\n`).join('');
}

/** [touched, shared, anonymous] bytes of a mapping. */
function countsOf({ start, end, touched, shared, file }: Mapping): [number, number, number] {
  const resident = touched ? end - start : 0;
  return [resident, shared ? resident : 0, shared || file ? 0 : resident];
}

function flagsOf({ protection: p, shared, growsDown, onFork }: Mapping): string {
  const flags = [
    p & PROT_READ ? 'rd' : '',
    p & PROT_WRITE ? 'wr' : '',
    p & PROT_EXEC ? 'ex' : '',
    shared ? 'sh' : '',
    'mr',
    'mw',
    'me',
    shared ? 'ms' : '',
    growsDown ? 'gd' : '',
    onFork === 'omit' ? 'dc' : '',
    onFork === 'wipe' ? 'wf' : '',
    shared ? '' : 'ac',
  ];
  return flags.filter((flag) => flag !== '').join(' ');
}

export function smapsText(task: Task): string {
  return visible(task)
    .map((mapping) => {
      const sizes = [
        ['Size', mapping.end - mapping.start],
        ['KernelPageSize', pageBytes],
        ['MMUPageSize', pageBytes],
      ] as const;
      const head = sizes.map(([name, bytes]) => `${`${name}:`.padEnd(16)}${kib(bytes)}\n`).join('');
      const tail = `THPeligible:    0\nVmFlags: ${flagsOf(mapping)} \n`;
      return mapsLine(mapping) + head + figures(...countsOf(mapping)) + tail;
    })
    .join('');
}

export function smapsRollupText(task: Task): string {
  const all = visible(task);
  const total: [number, number, number] = [0, 0, 0];
  for (const mapping of all) countsOf(mapping).forEach((bytes, n) => void (total[n]! += bytes));
  const [first, last] = [all[0]?.start ?? 0, all.at(-1)?.end ?? 0];
  const range = [first, last].map((n) => n.toString(16).padStart(8, '0')).join('-');
  return `${`${range} ---p 00000000 00:00 0`.padEnd(73)}[rollup]\n${figures(...total)}`;
}

/** Pages: size, resident, shared, text, 0, data and stack, 0. */
export function statmText(task: Task): string {
  const sum = (of: (mapping: Mapping) => boolean): number =>
    visible(task).reduce(
      (pages, one) => pages + (of(one) ? (one.end - one.start) / pageBytes : 0),
      0,
    );
  const text = sum(({ protection, file }) => file !== undefined && (protection & PROT_EXEC) !== 0);
  const data = sum(({ protection, shared }) => !shared && (protection & PROT_WRITE) !== 0);
  const shared = sum((one) => one.touched && (one.shared ?? one.file) !== undefined);
  const size = sum(() => true);
  return `${size} ${sum((one) => one.touched)} ${shared} ${text} 0 ${data} 0\n`;
}
