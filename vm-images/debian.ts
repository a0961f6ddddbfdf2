/**
 * The `debian` image: bookworm's required packages and apt, on merged /usr as debootstrap leaves
 * it, without documentation and translations.
 */

import type { Recipe } from '../src/image/recipe.ts';
import type { LayerEntry } from '../src/rootfs/apply.ts';
import type { DirectoryNode } from '../src/rootfs/node.ts';
import { fileAt } from '../src/rootfs/tree.ts';
import lockDocument from './debian.lock.json' with { type: 'json' };
import {
  directoryEntry,
  linkEntry,
  type PackagesLock,
  type PackagesRecipe,
  recipeOfPackages,
  textEntry,
} from './packages.ts';

/** The packages and digests this recipe is pinned to. */
export const debianLock: PackagesLock = lockDocument as unknown as PackagesLock;

/** What Debian's own image of this name holds: all that is required, apt, and what they need. */
// biome-ignore format: a table
const packages: readonly string[] = [
  'adduser', 'apt', 'base-files', 'base-passwd', 'bash', 'bsdutils', 'coreutils', 'dash', 'debconf',
  'debian-archive-keyring', 'debianutils', 'diffutils', 'dpkg', 'findutils', 'gpgv', 'grep', 'gzip', 'hostname',
  'init-system-helpers', 'libc-bin', 'libpam-runtime', 'login', 'mawk', 'mount', 'ncurses-base', 'ncurses-bin',
  'passwd', 'perl-base', 'sed', 'sysvinit-utils', 'tar', 'tzdata', 'usr-is-merged', 'util-linux', 'util-linux-extra',
];

/** Documentation, translations and what else nobody runs. */
export const undocumented: RegExp =
  /^usr\/share\/(?:doc|man|locale|info|lintian|bug|gcc|menu|pixmaps)\/|\/i18n\/|gconv/;

/** What pam-auth-update writes for a system with nothing but pam_unix(8). */
const pluggableAuthentication = ['account', 'auth', 'password', 'session'].map((kind) =>
  textEntry(`etc/pam.d/common-${kind}`, `${kind}\trequired\tpam_unix.so\n`),
);

/** shadow(5): nobody has a password, as in images of this kind. */
const shadowOf = (passwd: string): string =>
  passwd.replace(/^([^:\n]+):.*$/gm, (_, name) => `${name}:*:19700:0:99999:7:::`);

const nsswitch = `passwd: files
group: files
shadow: files
hosts: files dns
networks: files
protocols: files
services: files
`;

function after(tree: DirectoryNode): readonly LayerEntry[] {
  const text = (path: string): string => new TextDecoder().decode(fileAt(tree, path).content.bytes);
  const base = '/usr/share/base-files';
  // The user apt downloads as: its postinst adds it.
  const fetcher = '_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n';
  const passwd = text('/usr/share/base-passwd/passwd.master') + fetcher;
  return [
    directoryEntry('boot'),
    directoryEntry('dev'),
    directoryEntry('etc/alternatives'),
    directoryEntry('home'),
    directoryEntry('proc'),
    directoryEntry('root', 0o700),
    directoryEntry('run'),
    directoryEntry('sys'),
    directoryEntry('tmp', 0o1777),
    directoryEntry('var/tmp', 0o1777),
    directoryEntry('usr/local/bin'),
    linkEntry('etc/alternatives/awk', '/usr/bin/mawk'),
    linkEntry('usr/bin/awk', '/etc/alternatives/awk'),
    linkEntry('usr/bin/sh', 'dash'),
    textEntry('etc/group', text('/usr/share/base-passwd/group.master')),
    textEntry('etc/passwd', passwd),
    textEntry('etc/shadow', shadowOf(passwd), 0o640),
    ...pluggableAuthentication,
    linkEntry('etc/localtime', '/usr/share/zoneinfo/Etc/UTC'),
    textEntry('etc/timezone', 'Etc/UTC\n'),
    textEntry('etc/hosts', '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n'),
    textEntry('etc/nsswitch.conf', nsswitch),
    textEntry('etc/profile', text(`${base}/profile`)),
    textEntry('etc/shells', '# /etc/shells: valid login shells\n/bin/sh\n/bin/dash\n/bin/bash\n'),
    textEntry('root/.bashrc', text(`${base}/dot.bashrc`)),
    textEntry('root/.profile', text(`${base}/dot.profile`)),
  ];
}

/** How the image is put together. */
export const debianPlan: PackagesRecipe = {
  name: 'debian',
  references: ['latest', 'bookworm', 'bookworm-slim', '12', 'stable'].map(
    (tag) => `docker.io/library/debian:${tag}`,
  ),
  packages,
  config: {
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    Cmd: ['bash'],
  },
  excluded: undocumented,
  after,
};

/** The recipe. */
export const debianRecipe: Recipe = recipeOfPackages(debianPlan, debianLock);
