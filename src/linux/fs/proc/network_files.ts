/** /proc/PID/net: what netstat and ifconfig read. */

import type { Task } from '../../kernel/task.ts';
import { type DirectorySpec, directory, file } from '../synthetic.ts';

/** The directory for a task's network. */
export function networkFiles(): DirectorySpec {
  const asked = (text: (task: Task) => string) => file((task) => (task ? text(task) : ''));
  return directory({
    dev: asked((task) => deviceText(task)),
    tcp: asked(({ machine }) => machine.vfs.network.tcpText(4)),
    tcp6: asked(({ machine }) => machine.vfs.network.tcpText(6)),
    udp: asked(({ machine }) => machine.vfs.network.udpText(4)),
    udp6: asked(({ machine }) => machine.vfs.network.udpText(6)),
    unix: asked(({ machine }) => machine.vfs.network.unixText()),
    route: asked(
      () =>
        'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT' +
        `${' '.repeat(55)}\n`,
    ),
    if_inet6: asked(() => '00000000000000000000000000000001 01 80 10 80       lo\n'),
    arp: asked(
      () => 'IP address       HW type     Flags       HW address            Mask     Device\n',
    ),
    snmp: asked(() => ''),
    sockstat: asked(() => 'sockets: used 0\n'),
  });
}

function deviceText(task: Task): string {
  const { bytes, packets } = task.machine.vfs.network.traffic;
  const counts = `${String(bytes).padStart(8)} ${String(packets).padStart(7)}`;
  const zeros = '    0    0    0     0          0         0';
  return [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast' +
      '|bytes    packets errs drop fifo colls carrier compressed',
    `    lo:${counts}${zeros} ${counts}    0    0    0     0       0          0`,
    '',
  ].join('\n');
}
