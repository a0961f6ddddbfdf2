/** Traps of the processor that are the program's fault become signals. */

import { isFetch, type Trap } from '../../cpu/trap.ts';
import {
  BUS_ADRALN,
  BUS_ADRERR,
  FPE_INTDIV,
  FPE_INTOVF,
  SEGV_ACCERR,
  SEGV_MAPERR,
  SI_KERNEL,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGSEGV,
  SIGTRAP,
  TRAP_BRKPT,
} from '../abi/signals.ts';
import { PROT_EXEC } from '../mm/mapping.ts';
import { programCounterOf, setProgramCounter } from './registers.ts';
import type { SignalInfo } from './signal_state.ts';
import type { Task } from './task.ts';

function signalOf(task: Task, trap: Trap): SignalInfo {
  const own = task.abi.faultSignal?.(trap, task.memory.view);
  if (own) return { address: trap.pc, ...own };
  switch (trap.kind) {
    case 'memory': {
      const mapping = task.memory.mappings.find(trap.address);
      if (task.memory.isBeyondFile(trap.address)) {
        return { signal: SIGBUS, code: BUS_ADRERR, address: trap.address };
      }
      const code = mapping && !mapping.hidden ? SEGV_ACCERR : SEGV_MAPERR;
      // The translation-exception identification of s390x names the page (__FAIL_ADDR_MASK).
      const address = task.abi.name === 's390x' ? trap.address & -4096 : trap.address;
      return { signal: SIGSEGV, code, address: address >>> 0 };
    }
    case 'illegal':
      return { signal: SIGILL, code: task.abi.illegalCode, address: trap.pc };
    case 'divide':
      return { signal: SIGFPE, code: FPE_INTDIV, address: trap.pc };
    case 'arithmetic':
      return { signal: SIGFPE, code: FPE_INTOVF, address: trap.pc };
    case 'breakpoint':
      return task.abi.name === 'x86_64'
        ? { signal: SIGTRAP, code: SI_KERNEL }
        : { signal: SIGTRAP, code: TRAP_BRKPT, address: trap.pc };
    case 'alignment':
      return { signal: SIGBUS, code: BUS_ADRALN, address: trap.address };
    default:
      throw new Error(`trap ${trap.kind} is no fault`);
  }
}

/** Whether there is a page to be had. What may be read only cannot be fetched. */
function resolves({ abi, memory }: Task, trap: Trap): boolean {
  const mapping = memory.mappings.find(trap.address);
  const fetches = isFetch(trap, abi.isa.instructionBytesMax);
  if (fetches && mapping && !(mapping.protection & PROT_EXEC)) return false;
  return memory.resolveFault(trap.address, trap.write);
}

function noteFault({ abi, memory }: Task, trap: Trap): void {
  if (!abi.noteFault) return;
  const mapping = memory.mappings.find(trap.address);
  const beyond = memory.isBeyondFile(trap.address);
  const mapped = mapping !== undefined && !mapping.hidden && mapping.protection !== 0 && !beyond;
  abi.noteFault(trap, memory.view, mapped);
}

/** Sends the signal of a fault to the task that caused it. */
export function raiseFault(task: Task, trap: Trap): void {
  if (trap.kind === 'memory' && resolves(task, trap)) return;
  noteFault(task, trap);
  const pc = programCounterOf(task);
  const code = task.memory.slice(pc, 1);
  const first = code?.[0] ?? 0;
  const advance = code ? task.abi.trapAdvance(trap.kind, first) : 0;
  if (advance > 0) setProgramCounter(task, pc + advance);
  task.machine.signals.force(task, signalOf(task, trap));
}
