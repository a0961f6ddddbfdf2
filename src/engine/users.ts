/** Users and groups, looked up in a container's own /etc/passwd and /etc/group. */

import type { DirectoryNode } from '../rootfs/node.ts';
import { lookup } from '../rootfs/path.ts';
import { EngineError } from './error.ts';

/** Longest password or group file read, in bytes. */
export const accountFileBytesMax: number = 1024 * 1024;

/** Whom a process runs as. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, sorted, with the primary one. */
  readonly groups: readonly number[];
  /** From the password file; `/` where it has no entry. */
  readonly home: string;
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Largest uid or gid: 2³² − 1 means "unchanged" to Linux. */
const idMax = 2 ** 32 - 2;

/**
 * Resolves `user`, `uid`, `user:group` or `uid:gid`; empty is root. A group that is written out
 * leaves the process without supplementary groups; otherwise /etc/group gives them.
 *
 * @throws EngineError EXEC_FAILED for names the files do not have
 */
export async function credentialsOf(user: string, root: DirectoryNode): Promise<Credentials> {
  const [userPart, groupPart] = splitOnce(user === '' ? '0' : user);
  const accounts = await readAccounts(root);
  const account = findAccount(userPart, accounts);
  const groups = await readGroups(root);
  const uid = account?.uid ?? Number(userPart);
  const home = account?.home || '/';
  if (groupPart !== undefined) {
    const gid = findGroup(groupPart, groups);
    return { uid, gid, groups: [gid], home };
  }
  const gid = account?.gid ?? 0;
  const member = groups.filter((group) => account && group.members.includes(account.name));
  const all = new Set([gid, ...member.map((group) => group.gid)]);
  return { uid, gid, groups: [...all].sort((a, b) => a - b), home };
}

/**
 * Owner of a copied file: `user[:group]`. Unlike for a process, the group defaults to the number of
 * the user. Names are looked up; numbers need no files.
 */
export async function ownerOf(
  owner: string,
  root: DirectoryNode,
): Promise<{ uid: number; gid: number }> {
  const [userPart, groupPart] = splitOnce(owner);
  const account = isNumber(userPart) ? undefined : findAccount(userPart, await readAccounts(root));
  const uid = account?.uid ?? Number(userPart);
  if (groupPart === undefined) return { uid, gid: uid };
  const groups = isNumber(groupPart) ? [] : await readGroups(root);
  return { uid, gid: findGroup(groupPart, groups) };
}

function splitOnce(text: string): [string, string | undefined] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
}

function isNumber(text: string): boolean {
  return /^[0-9]+$/.test(text) && Number(text) <= idMax;
}

function findAccount(user: string, accounts: readonly Account[]): Account | undefined {
  const byName = accounts.find((account) => account.name === user);
  if (byName) return byName;
  if (isNumber(user)) return accounts.find((account) => account.uid === Number(user));
  throw new EngineError(
    'EXEC_FAILED',
    `unable to find user ${user}: no matching entries in passwd file`,
    { remedy: `names in /etc/passwd: ${accounts.map((account) => account.name).join(', ')}` },
  );
}

function findGroup(group: string, groups: readonly Group[]): number {
  const byName = groups.find((candidate) => candidate.name === group);
  if (byName) return byName.gid;
  if (isNumber(group)) return Number(group);
  throw new EngineError(
    'EXEC_FAILED',
    `unable to find group ${group}: no matching entries in group file`,
    { remedy: `names in /etc/group: ${groups.map((candidate) => candidate.name).join(', ')}` },
  );
}

/** passwd(5): name:password:UID:GID:GECOS:directory:shell. Other lines are passed over. */
async function readAccounts(root: DirectoryNode): Promise<Account[]> {
  return (await readLines(root, '/etc/passwd')).flatMap((line) => {
    const [name, , uid, gid, , home] = line.split(':');
    if (!name || !uid || !gid || !isNumber(uid) || !isNumber(gid)) return [];
    return [{ name, uid: Number(uid), gid: Number(gid), home: home ?? '' }];
  });
}

/** group(5): name:password:GID:members. */
async function readGroups(root: DirectoryNode): Promise<Group[]> {
  return (await readLines(root, '/etc/group')).flatMap((line) => {
    const [name, , gid, members] = line.split(':');
    if (!name || !gid || !isNumber(gid)) return [];
    return [{ name, gid: Number(gid), members: (members ?? '').split(',').filter(Boolean) }];
  });
}

async function readLines(root: DirectoryNode, path: string): Promise<string[]> {
  const node = lookup(root, path);
  if (node?.kind !== 'file') return [];
  if (node.content.size > accountFileBytesMax) {
    throw new EngineError('LIMIT_EXCEEDED', `${path} has ${node.content.size} bytes`, {
      remedy: `at most ${accountFileBytesMax} are read (limit accountFileBytesMax)`,
    });
  }
  return new TextDecoder().decode(await node.content.load()).split('\n');
}
