/** System calls of user and group ids and capabilities (credentials(7)). */

import { EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import type { Credentials } from '../kernel/credentials.ts';
import { privileged } from '../kernel/credentials.ts';
import type { Task } from '../kernel/task.ts';
import { groupsMax } from '../limits.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';

function change(task: Task, ids: Partial<Credentials>): number {
  task.credentials = { ...task.credentials, ...ids };
  task.process.uid = task.credentials.uid;
  return 0;
}

/** (uid_t)-1: leave as it is. */
const unchanged = 0xffffffff;

function sysSetuid(task: Task, uid: number): number {
  const { credentials } = task;
  if (uid === unchanged) return -EINVAL;
  if (privileged(credentials)) return change(task, { uid, euid: uid, suid: uid, fsuid: uid });
  if (uid !== credentials.uid && uid !== credentials.suid) return -EPERM;
  return change(task, { euid: uid, fsuid: uid });
}

function sysSetgid(task: Task, gid: number): number {
  const { credentials } = task;
  if (gid === unchanged) return -EINVAL;
  if (privileged(credentials)) return change(task, { gid, egid: gid, sgid: gid, fsgid: gid });
  if (gid !== credentials.gid && gid !== credentials.sgid) return -EPERM;
  return change(task, { egid: gid, fsgid: gid });
}

/** Whether every id that is to be set is one of those the task has, or the task is root. */
function mayTake(task: Task, wanted: readonly number[], have: readonly number[]): boolean {
  if (privileged(task.credentials)) return true;
  return wanted.every((id) => id === unchanged || have.includes(id));
}

const pick = (id: number, old: number): number => (id === unchanged ? old : id);

function sysSetresuid(task: Task, uid: number, euid: number, suid: number): number {
  const old = task.credentials;
  if (!mayTake(task, [uid, euid, suid], [old.uid, old.euid, old.suid])) return -EPERM;
  const effective = pick(euid, old.euid);
  return change(task, {
    uid: pick(uid, old.uid),
    euid: effective,
    suid: pick(suid, old.suid),
    fsuid: effective,
  });
}

function sysSetresgid(task: Task, gid: number, egid: number, sgid: number): number {
  const old = task.credentials;
  if (!mayTake(task, [gid, egid, sgid], [old.gid, old.egid, old.sgid])) return -EPERM;
  const effective = pick(egid, old.egid);
  return change(task, {
    gid: pick(gid, old.gid),
    egid: effective,
    sgid: pick(sgid, old.sgid),
    fsgid: effective,
  });
}

function sysSetreuid(task: Task, uid: number, euid: number): number {
  const old = task.credentials;
  if (!mayTake(task, [uid], [old.uid, old.euid])) return -EPERM;
  if (!mayTake(task, [euid], [old.uid, old.euid, old.suid])) return -EPERM;
  const effective = pick(euid, old.euid);
  const saves = uid !== unchanged || (euid !== unchanged && euid !== old.uid);
  const suid = saves ? effective : old.suid;
  return change(task, { uid: pick(uid, old.uid), euid: effective, suid, fsuid: effective });
}

function sysSetregid(task: Task, gid: number, egid: number): number {
  const old = task.credentials;
  if (!mayTake(task, [gid], [old.gid, old.egid])) return -EPERM;
  if (!mayTake(task, [egid], [old.gid, old.egid, old.sgid])) return -EPERM;
  const effective = pick(egid, old.egid);
  const saves = gid !== unchanged || (egid !== unchanged && egid !== old.gid);
  const sgid = saves ? effective : old.sgid;
  return change(task, { gid: pick(gid, old.gid), egid: effective, sgid, fsgid: effective });
}

function sysGetresuid(task: Task, ...addresses: [number, number, number]): number {
  const { uid, euid, suid } = task.credentials;
  [uid, euid, suid].forEach((id, n) => {
    task.memory.writeU32(addresses[n]!, id);
  });
  return 0;
}

function sysGetresgid(task: Task, ...addresses: [number, number, number]): number {
  const { gid, egid, sgid } = task.credentials;
  [gid, egid, sgid].forEach((id, n) => {
    task.memory.writeU32(addresses[n]!, id);
  });
  return 0;
}

function sysSetfsuid(task: Task, uid: number): number {
  const { credentials } = task;
  const { fsuid } = credentials;
  const own = [credentials.uid, credentials.euid, credentials.suid, fsuid];
  if (privileged(credentials) || own.includes(uid)) change(task, { fsuid: uid });
  return fsuid;
}

function sysSetfsgid(task: Task, gid: number): number {
  const { credentials } = task;
  const { fsgid } = credentials;
  const own = [credentials.gid, credentials.egid, credentials.sgid, fsgid];
  if (privileged(credentials) || own.includes(gid)) change(task, { fsgid: gid });
  return fsgid;
}

function sysGetgroups(task: Task, size: number, address: number): number {
  const { groups } = task.credentials;
  if (size < 0 || (size > 0 && size < groups.length)) return -EINVAL;
  if (size === 0) return groups.length;
  groups.forEach((gid, n) => {
    task.memory.writeU32(address + 4 * n, gid);
  });
  return groups.length;
}

function sysSetgroups(task: Task, size: number, address: number): number {
  if (!privileged(task.credentials)) return -EPERM;
  if (size < 0 || size > groupsMax) return -EINVAL;
  const groups = Array.from({ length: size }, (_, n) => task.memory.readU32(address + 4 * n));
  return change(task, { groups });
}

const capabilityVersions: ReadonlyMap<number, number> = new Map([
  [0x19980330, 1],
  [0x20071026, 2],
  [0x20080522, 2],
]);
/** Capabilities 0…40 of Linux 6.1. */
const allCapabilities = [0xffffffff, 0x1ff];

function capabilityWords(task: Task, header: number): number {
  const words = capabilityVersions.get(task.memory.readU32(header));
  if (words !== undefined) return words;
  task.memory.writeU32(header, 0x20080522);
  return -EINVAL;
}

function sysCapget(task: Task, header: number, data: number): number {
  const { memory } = task;
  const words = capabilityWords(task, header);
  if (words < 0) return data === 0 ? 0 : words;
  const pid = memory.readI32(header + 4);
  const target = pid === 0 ? task : task.machine.task(pid);
  if (!target) return pid < 0 ? -EINVAL : -ESRCH;
  if (data === 0) return 0;
  for (let n = 0; n < words; n++) {
    const set = privileged(target.credentials) ? allCapabilities[n]! : 0;
    memory.writeU32(data + 12 * n, set);
    memory.writeU32(data + 12 * n + 4, set);
    memory.writeU32(data + 12 * n + 8, 0);
  }
  return 0;
}

function sysCapset(task: Task, header: number, data: number): number {
  const words = capabilityWords(task, header);
  if (words < 0) return words;
  task.memory.range(data, 12 * words);
  if (privileged(task.credentials)) return 0;
  for (let n = 0; n < 3 * words; n++) {
    if (task.memory.readU32(data + 4 * n) !== 0) return -EPERM;
  }
  return 0;
}

export const processCredentialRows: readonly SyscallRow[] = [
  full('getuid', (task) => task.credentials.uid, []),
  full('geteuid', (task) => task.credentials.euid, []),
  full('getgid', (task) => task.credentials.gid, []),
  full('getegid', (task) => task.credentials.egid, []),
  full('setuid', sysSetuid, ['uint']),
  full('setgid', sysSetgid, ['uint']),
  full('setreuid', sysSetreuid, ['uint', 'uint']),
  full('setregid', sysSetregid, ['uint', 'uint']),
  full('setresuid', sysSetresuid, ['uint', 'uint', 'uint']),
  full('setresgid', sysSetresgid, ['uint', 'uint', 'uint']),
  full('getresuid', sysGetresuid, ['pointer', 'pointer', 'pointer']),
  full('getresgid', sysGetresgid, ['pointer', 'pointer', 'pointer']),
  full('setfsuid', sysSetfsuid, ['uint']),
  full('setfsgid', sysSetfsgid, ['uint']),
  full('getgroups', sysGetgroups, ['int', 'pointer']),
  full('setgroups', sysSetgroups, ['int', 'pointer']),
  partial('capget', sysCapget, ['pointer', 'pointer'], 'root has all capabilities, others none'),
  partial('capset', sysCapset, ['pointer', 'pointer'], 'accepted from root, without effect'),
];
