/** System V message queues (ipc/msg.c), and ipc(2), which all three kinds go through on s390x. */

import {
  E2BIG,
  EAGAIN,
  EIDRM,
  EINVAL,
  ENOMSG,
  ENOSYS,
  EPERM,
  ERESTARTNOHAND,
} from '../abi/errno.ts';
import { ipcLayouts } from '../abi/ipc_layouts.ts';
import { privileged } from '../kernel/credentials.ts';
import type { Message } from '../kernel/ipc.ts';
import { IPC_NOWAIT, MessageQueue } from '../kernel/ipc.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import { messageBytesMax, messageQueueBytesMax, messageQueuesMax } from '../limits.ts';
import { attachTo, sysShmctl, sysShmdt, sysShmget } from './ipc_memory.ts';
import {
  IPC_64,
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  readableObject,
  seconds,
  setObject,
  writeObject,
} from './ipc_object.ts';
import { semop, sysSemctl, sysSemget } from './ipc_semaphore.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';

function sysMsgget(task: Task, key: number, flags: number): number {
  return task.machine.systemV.messages.get(
    task,
    { key, flags },
    {
      fits: () => 0,
      make: (id) => new MessageQueue(task, { key, id, mode: flags }, messageQueueBytesMax),
    },
  );
}

function* sysMsgsnd(
  task: Task,
  ...[id, address, size, flags]: [number, number, number, number]
): SyscallRun {
  const { memory, machine, process } = task;
  if (size > messageBytesMax || id < 0) return -EINVAL;
  const type = memory.readI64(address);
  if (type < 1n) return -EINVAL;
  const bytes = memory.readBytes(address + 8, size);
  const queue = machine.systemV.messages.find(id);
  if (typeof queue === 'number') return queue;
  for (;;) {
    const denied = queue.check(task, 0o222);
    if (denied < 0) return denied;
    const fits = queue.bytes + size <= queue.bytesMax;
    if (fits && queue.messages.length + 1 <= queue.bytesMax) break;
    if (flags & IPC_NOWAIT) return -EAGAIN;
    const reason = yield { queues: [queue.changed] };
    if (queue.removed) return -EIDRM;
    if (reason === 'signal') return -ERESTARTNOHAND;
  }
  queue.messages.push({ type, bytes });
  queue.bytes += size;
  queue.lastSender = process.pid;
  queue.sendTime = machine.clock.realtime();
  queue.changed.wake();
  return 0;
}

const MSG_NOERROR = 0o10000;
const MSG_EXCEPT = 0o20000;
const MSG_COPY = 0o40000;

/** The message that msgrcv(2) takes. */
function chooseMessage(queue: MessageQueue, type: bigint, flags: number): Message | undefined {
  const { messages } = queue;
  if (type === 0n) return messages[0];
  if (type > 0n) {
    const except = (flags & MSG_EXCEPT) !== 0;
    return messages.find((message) => (message.type === type) !== except);
  }
  let least: Message | undefined;
  for (const message of messages) {
    if (message.type <= -type && (!least || message.type < least.type)) least = message;
  }
  return least;
}

function* sysMsgrcv(
  task: Task,
  ...[id, address, size, type, flags]: [number, number, number, bigint, number]
): SyscallRun {
  const { memory, machine, process } = task;
  if (size > 0x7fffffffffff || id < 0) return -EINVAL;
  if (flags & MSG_COPY) return -ENOSYS;
  const queue = machine.systemV.messages.find(id);
  if (typeof queue === 'number') return queue;
  for (;;) {
    const denied = queue.check(task, 0o444);
    if (denied < 0) return denied;
    const message = chooseMessage(queue, BigInt.asIntN(64, type), flags);
    if (message) {
      if (message.bytes.length > size && !(flags & MSG_NOERROR)) return -E2BIG;
      queue.messages.splice(queue.messages.indexOf(message), 1);
      queue.bytes -= message.bytes.length;
      queue.lastReceiver = process.pid;
      queue.receiveTime = machine.clock.realtime();
      queue.changed.wake();
      const bytes = message.bytes.subarray(0, size);
      memory.writeU64(address, BigInt.asUintN(64, message.type));
      memory.writeBytes(address + 8, bytes);
      return bytes.length;
    }
    if (flags & IPC_NOWAIT) return -ENOMSG;
    const reason = yield { queues: [queue.changed] };
    if (queue.removed) return -EIDRM;
    if (reason === 'signal') return -ERESTARTNOHAND;
  }
}

const MSG_STAT = 11;
const MSG_INFO = 12;
const MSG_STAT_ANY = 13;

/** struct msginfo: seven ints and a short. Returns the last place in use. */
function messageFigures(task: Task, command: number, address: number): number {
  const { messages } = task.machine.systemV;
  const queues = messages.all();
  const count = queues.reduce((sum, queue) => sum + queue.messages.length, 0);
  const bytes = queues.reduce((sum, queue) => sum + queue.bytes, 0);
  const [pool, map, total] = command === MSG_INFO ? [queues.length, count, bytes] : [0, 0, 0];
  const ints = [pool, map, messageBytesMax, messageQueueBytesMax, messageQueuesMax, 16, total];
  for (const [n, value] of ints.entries()) task.memory.writeU32(address + 4 * n, value!);
  task.memory.writeU16(address + 28, 0xffff);
  return Math.max(messages.lastPlace, 0);
}

function statQueue(task: Task, queue: MessageQueue, address: number): void {
  const { queue: layout } = ipcLayouts(task.abi);
  const { bytes, bytesMax, lastSender, lastReceiver } = queue;
  writeObject(task, { address, layout }, queue, {
    sendTime: seconds(queue.sendTime),
    receiveTime: seconds(queue.receiveTime),
    changeTime: seconds(queue.changeTime),
    bytes,
    count: queue.messages.length,
    bytesMax,
    lastSender,
    lastReceiver,
  });
}

function sysMsgctl(task: Task, id: number, version: number, address: number): number {
  const { messages } = task.machine.systemV;
  const command = version & ~IPC_64;
  if (id < 0) return -EINVAL;
  if (command === IPC_INFO || command === MSG_INFO) return messageFigures(task, command, address);
  if (command === IPC_STAT || command === MSG_STAT || command === MSG_STAT_ANY) {
    const how = { byIndex: command !== IPC_STAT, anyone: command === MSG_STAT_ANY };
    const queue = readableObject(task, messages, id, how);
    if (typeof queue === 'number') return queue;
    statQueue(task, queue, address);
    return how.byIndex ? queue.id : 0;
  }
  const queue = messages.find(id);
  if (typeof queue === 'number') return queue;
  if (command === IPC_SET) return setQueue(task, queue, address);
  if (command !== IPC_RMID) return -EINVAL;
  const denied = queue.checkOwner(task);
  if (denied === 0) messages.remove(queue);
  return denied;
}

function setQueue(task: Task, queue: MessageQueue, address: number): number {
  const { queue: layout } = ipcLayouts(task.abi);
  const { bytesMax } = queue;
  const values = setObject(task, { address, layout }, queue);
  if (typeof values === 'number') return values;
  const wanted = Number(values.bytesMax);
  const raised = wanted > messageQueueBytesMax && !privileged(task.credentials);
  queue.bytesMax = raised ? bytesMax : wanted;
  queue.changed.wake();
  return raised ? -EPERM : 0;
}

/** ipc(2) with the five arguments of s390x (sys_s390_ipc): `third` is semtimedop's timeout. */
function sysIpc(
  task: Task,
  ...[call, first, second, third, pointer]: [number, number, bigint, bigint, number]
): SyscallValue | SyscallRun {
  const { memory } = task;
  const int = Number(BigInt.asIntN(32, second));
  const size = Number(BigInt.asUintN(53, second));
  const flags = Number(BigInt.asIntN(32, third));
  const thirdAddress = third > 0xffffffffn ? 0xffffffff : Number(third);
  switch (call) {
    case 1:
      return semop(task, first, pointer, int >>> 0, 0);
    case 2:
      return sysSemget(task, first, int, flags);
    case 3:
      return sysSemctl(task, first, int, flags, memory.readWord(pointer));
    case 4:
      return semop(task, first, pointer, int >>> 0, thirdAddress);
    case 11:
      return sysMsgsnd(task, first, pointer, size, flags);
    case 12: {
      // struct ipc_kludge: where the message goes, and its type.
      const type = memory.readU64(pointer + 8);
      return sysMsgrcv(task, first, memory.readPointer(pointer), size, type, flags);
    }
    case 13:
      return sysMsgget(task, first, int);
    case 14:
      return sysMsgctl(task, first, int, pointer);
    case 21:
      return attachTo(task, first, pointer, int, thirdAddress);
    case 22:
      return sysShmdt(task, pointer);
    case 23:
      return sysShmget(task, first, size, flags);
    case 24:
      return sysShmctl(task, first, int, pointer);
    default:
      return call >>> 16 ? -EINVAL : -ENOSYS;
  }
}

export const ipcMessageRows: readonly SyscallRow[] = [
  full('msgget', sysMsgget, ['int', 'int']),
  full('msgsnd', sysMsgsnd, ['int', 'pointer', 'size', 'int']),
  partial('msgrcv', sysMsgrcv, ['int', 'pointer', 'size', 'long', 'int'], 'MSG_COPY gives ENOSYS'),
  full('msgctl', sysMsgctl, ['int', 'int', 'pointer']),
  full('ipc', sysIpc, ['uint', 'int', 'long', 'long', 'pointer']),
];
