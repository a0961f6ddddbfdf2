/**
 * The `debian` image: bookworm's bash, coreutils, findutils, perl-base, dpkg and Python 3.11, on
 * merged /usr as debootstrap leaves it, without documentation and translations.
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

/** What is in the image, dependencies included; the same on every architecture. */
// biome-ignore format: a table
export const debianPackages: readonly string[] = [
  'base-files', 'base-passwd', 'bash', 'bzip2', 'coreutils', 'dash', 'debianutils', 'diffutils', 'dpkg',
  'findutils', 'gcc-12-base', 'grep', 'gzip', 'hostname', 'jq', 'libacl1', 'libattr1', 'libbz2-1.0', 'libc-bin',
  'libc6', 'libcom-err2', 'libcrypt1', 'libdb5.3', 'libexpat1', 'libffi8', 'libgcc-s1', 'libgmp10',
  'libgssapi-krb5-2', 'libjq1', 'libk5crypto3', 'libkeyutils1', 'libkrb5-3', 'libkrb5support0', 'liblua5.4-0',
  'liblzma5', 'libmd0', 'libncursesw6', 'libnsl2', 'libonig5', 'libpcre2-8-0', 'libpython3.11-minimal',
  'libpython3.11-stdlib', 'libreadline8', 'libselinux1', 'libsqlite3-0', 'libssl3', 'libtinfo6', 'libtirpc-common',
  'libtirpc3', 'libuuid1', 'libzstd1', 'lua5.4', 'make', 'mawk', 'media-types', 'ncurses-base', 'perl-base',
  'python3-minimal', 'python3.11', 'python3.11-minimal', 'readline-common', 'sed', 'sqlite3', 'tar', 'xz-utils',
  'zlib1g',
];

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
    linkEntry('usr/bin/lua', 'lua5.4'),
    linkEntry('usr/bin/python3', 'python3.11'),
    linkEntry('usr/bin/sh', 'dash'),
    textEntry('etc/group', text('/usr/share/base-passwd/group.master')),
    textEntry('etc/passwd', text('/usr/share/base-passwd/passwd.master')),
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
  references: ['docker.io/library/debian:latest'],
  config: {
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    Cmd: ['bash'],
  },
  excluded: /^usr\/share\/(?:doc|man|locale|info|lintian|bug|gcc|menu|pixmaps)\/|\/i18n\/|gconv/,
  after,
};

/** The recipe. */
export const debianRecipe: Recipe = recipeOfPackages(debianPlan, debianLock);
