/**
 * Real Linux as an oracle: runs a script in an unpacked image inside namespaces of its own, amd64
 * natively and other architectures under Debian's qemu-user-static.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** How one architecture's ELF files are recognised (binfmt_misc) and by which QEMU they run. */
interface Emulator {
  readonly qemu: string;
  /** `e_machine` as two bytes in file order, `\x`-escaped. */
  readonly machine: string;
  readonly endianness: 'little' | 'big';
}

const emulators: Readonly<Record<string, Emulator | undefined>> = {
  arm64: { qemu: '/usr/bin/qemu-aarch64-static', machine: '\\xb7\\x00', endianness: 'little' },
  s390x: { qemu: '/usr/bin/qemu-s390x-static', machine: '\\x00\\x16', endianness: 'big' },
};

/** What the host needs before `runOnLinux` can be asked; names what is missing. */
export function missingOracleTool(architecture: string): string | undefined {
  if (process.platform !== 'linux') return 'a Linux host';
  const tools = ['/usr/bin/unshare', '/usr/sbin/chroot'];
  const emulator = emulators[architecture];
  if (emulator) tools.push(emulator.qemu);
  else if (process.arch !== 'x64') return 'an x86-64 host';
  const absent = tools.find((tool) => !existsSync(tool));
  if (absent) return absent;
  const probe = spawnSync('unshare', ['--user', '--map-root-user', ...namespaces, 'true']);
  return probe.status === 0 ? undefined : 'permission to unshare user and mount namespaces';
}

const namespaces = ['--mount', '--pid', '--fork', '--net', '--uts'];

/**
 * Enters a user namespace and runs `$SETUP` in it. Root maps all users there are, so that scripts
 * can change owners; the map is written from outside, when the new namespace is there.
 */
const entrance = `inner='exec unshare ${namespaces.join(' ')} sh -c "$SETUP"'
[ "$(id -u)" = 0 ] || exec unshare --user --map-root-user sh -c "$inner"
exec 4<&0
directory=$(mktemp -d) && mkfifo "$directory/go"
GO=$directory/go unshare --user sh -c 'cat "$GO";'"$inner" <&4 &
until [ "$(readlink /proc/$!/ns/user)" != "$(readlink /proc/$$/ns/user)" ]; do sleep 0.01; done
echo 0 0 65536 > /proc/$!/uid_map; echo 0 0 65536 > /proc/$!/gid_map
: > "$directory/go"
rm -r "$directory"
wait $!`;

/** Registers one emulator in this user namespace's own binfmt_misc (Linux 6.7 and later). */
function registration({ qemu, machine, endianness }: Emulator): string {
  const data = endianness === 'big' ? '\\x02' : '\\x01';
  const type = endianness === 'big' ? '\\x00\\x02' : '\\x02\\x00';
  const typeMask = endianness === 'big' ? '\\xff\\xfe' : '\\xfe\\xff';
  const magic = `\\x7fELF\\x02${data}\\x01${'\\x00'.repeat(9)}${type}${machine}`;
  const mask = `${'\\xff'.repeat(7)}\\xfc${'\\xff'.repeat(8)}${typeMask}\\xff\\xff`;
  return `mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
printf %s ':guest:M::${magic}:${mask}:${qemu}:PF' > /proc/sys/fs/binfmt_misc/register`;
}

/** What a script printed (stdout and stderr in one) and its exit status. */
export interface Outcome {
  readonly output: string;
  readonly exitCode: number;
}

/**
 * Runs a shell script with the busybox of an unpacked image.
 *
 * @param root folder of the unpacked image; it is not changed: an overlay takes what is written
 * @param timeoutMs longest it may take
 */
export function runOnLinux(
  root: string,
  architecture: string,
  script: string,
  timeoutMs: number,
): Outcome {
  const emulator = emulators[architecture];
  const setup = `set -e
${emulator ? registration(emulator) : ''}
layers=$(dirname "$ROOT")/layers
mkdir -p "$layers" && mount -t tmpfs tmpfs "$layers" && mkdir "$layers/upper" "$layers/work" "$layers/root"
mount -t overlay -o "lowerdir=$ROOT,upperdir=$layers/upper,workdir=$layers/work,userxattr" overlay "$layers/root"
ROOT=$layers/root
mount -t tmpfs -o mode=755 tmpfs "$ROOT/work"
mount -t tmpfs -o mode=1777 tmpfs "$ROOT/tmp"
mount --rbind /dev "$ROOT/dev"
mount -t proc proc "$ROOT/proc"
ip link set lo up
hostname stiletto
cat > "$ROOT/work/script"
mkdir "$ROOT/work/cwd"
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \\
  /usr/sbin/chroot "$ROOT" /bin/sh -c 'cd /work/cwd && exec sh ../script' 2>&1 < /dev/null`;
  const run = spawnSync('sh', ['-c', entrance], {
    input: script,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ROOT: root, SETUP: setup },
    timeout: timeoutMs,
    maxBuffer: 1 << 26,
  });
  if (run.error) throw run.error;
  return {
    // QEMU adds a line of its own where a guest dies of a signal.
    output: (run.stdout.toString('utf8') + run.stderr.toString('utf8')).replace(
      /^qemu: .*\n/gm,
      '',
    ),
    exitCode: run.status ?? -1,
  };
}
