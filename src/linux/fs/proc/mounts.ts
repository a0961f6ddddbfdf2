/** /proc/mounts and /proc/PID/mountinfo. */

import type { Mount, Path } from '../path.ts';
import { pathName } from '../path.ts';
import type { Vfs } from '../vfs.ts';

/** Spaces and their like in octal, as mangle() writes them. */
function mangle(text: string): string {
  return text.replace(/[ \t\n\\#]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

interface Visible {
  readonly mount: Mount;
  readonly at: string;
}

function visibleMounts(vfs: Vfs, root: Path): Visible[] {
  return vfs.mounts.flatMap((mount) => {
    const at = pathName({ mount, dentry: mount.root }, root);
    return at === undefined ? [] : [{ mount, at: at === '' ? '/' : at }];
  });
}

/** /proc/mounts as seen from a root directory. */
export function mountsText(vfs: Vfs, root: Path): string {
  return visibleMounts(vfs, root)
    .map(({ mount, at }) => {
      const options = `${mount.readOnly ? 'ro' : 'rw'},${mount.options}`;
      return `${mangle(mount.source)} ${mangle(at)} ${mount.fs.type} ${options} 0 0\n`;
    })
    .join('');
}

/** /proc/PID/mountinfo. */
export function mountInfoText(vfs: Vfs, root: Path): string {
  return visibleMounts(vfs, root)
    .map(({ mount, at }) => {
      const { fs } = mount;
      const access = mount.readOnly ? 'ro' : 'rw';
      const parent = mount.parent?.mount.id ?? 1;
      const device = `${fs.deviceMajor}:${fs.deviceMinor}`;
      const head = `${mount.id} ${parent} ${device} / ${mangle(at)} ${access},${mount.options}`;
      return `${head} - ${fs.type} ${mangle(mount.source)} ${access}\n`;
    })
    .join('');
}
