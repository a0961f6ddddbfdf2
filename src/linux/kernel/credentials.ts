/** User and group ids of a task, and whether it may do what only root may. */

/** As in `struct cred`: real, effective, saved and file-system ids. Never changed in place. */
export interface Credentials {
  readonly uid: number;
  readonly euid: number;
  readonly suid: number;
  readonly fsuid: number;
  readonly gid: number;
  readonly egid: number;
  readonly sgid: number;
  readonly fsgid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
}

/** Credentials of a process started as `uid`:`gid`. */
export function credentialsOf(uid: number, gid: number, groups: readonly number[]): Credentials {
  return {
    uid,
    euid: uid,
    suid: uid,
    fsuid: uid,
    gid,
    egid: gid,
    sgid: gid,
    fsgid: gid,
    groups,
  };
}

/** Whether the task has all capabilities: root has them, nobody else has any. */
export function privileged(credentials: Credentials): boolean {
  return credentials.euid === 0;
}
