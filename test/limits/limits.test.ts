/**
 * Programs that want everything: each ends with the error its limit documents (src/linux/limits.ts,
 * src/linux/fs/limits.ts, src/engine/limits.ts), and the engine goes on.
 */

import { type Client, connect } from 'stiletto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outputBytesMax } from '../../src/engine/limits.ts';
import { memoryBytesMax, refusedForksMax } from '../../src/linux/limits.ts';
import { elfBase, writeElf } from '../isa/elf_writer.ts';
import { decodeReport, file, GuestProgram, runTree } from '../linux/guest_program.ts';

describe('a guest that wants everything', { timeout: 240_000 }, () => {
  let engine: Client;
  beforeAll(async () => {
    engine = await connect();
  });
  afterAll(() => engine.close());

  const shell = (script: string): ReturnType<ReturnType<Client['container']>['withExec']> =>
    engine.container().from('busybox').withExec(['sh', '-c', script], { expect: 'ANY' });

  const goesOn = async (): Promise<void> => {
    expect(await shell('echo still here').stdout()).toBe('still here\n');
  };

  test('a fork bomb: EAGAIN from processesMax processes on, LIMIT_EXCEEDED after refusedForksMax', async () => {
    // again: mov eax, 57 (fork); syscall; jmp again
    const code = Uint8Array.of(0xb8, 57, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7);
    const elf = writeElf({ machine: 'x86_64', littleEndian: true, code });
    await expect(runTree({ bomb: file(elf) }, { args: ['/bomb'] })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining(`fork failed ${refusedForksMax + 1} times for processesMax`),
    });
    await goesOn();
  });

  test('a memory hog: ENOMEM at the end of its addresses', async () => {
    const program = new GuestProgram('amd64');
    for (let n = 0; n < 4; n++) program.report(mapGigabyte(program));
    const result = await runTree({ program: file(program.build()) }, { args: ['/program'] });
    const addresses = decodeReport(program, result.stdout);
    expect(addresses.slice(0, 3).every((address) => address > elfBase)).toBe(true);
    expect(addresses[3]).toBe(-12);
    await goesOn();
  });

  test('several memory hogs: ENOMEM beyond memoryBytesMax together', async () => {
    const gigabytes = memoryBytesMax / 2 ** 30;
    const program = new GuestProgram('amd64');
    const second = program.words(1, 0);
    for (let n = 0; n < gigabytes / 2; n++) {
      const child = program.fork();
      program.ifZero(child, () => {
        for (let k = 0; k < 2; k++) {
          program.call('write', 1, program.addressOf(mapGigabyte(program)), 8);
        }
        program.call('pause');
      });
      program.call('nanosleep', second, 0);
    }
    const result = await runTree({ program: file(program.build()) }, { args: ['/program'] });
    const addresses = decodeReport(program, result.stdout);
    expect(addresses).toHaveLength(gigabytes);
    // The programs themselves take the rest of the last gigabyte.
    expect(addresses.slice(0, -1).every((address) => address > elfBase)).toBe(true);
    expect(addresses.at(-1)).toBe(-12);
    await goesOn();
  });

  test('endless output: LIMIT_EXCEEDED after outputBytesMax', async () => {
    await expect(shell('cat /dev/zero').stdout()).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining(`stdout has more than ${outputBytesMax} bytes`),
    });
    await goesOn();
  });

  test('a tree of 100,000 files: no limit is near', async () => {
    const made = shell('mkdir /tree; cd /tree; seq 100000 | xargs touch; ls | wc -l');
    expect(await made.stdout()).toBe('100000\n');
    expect(await made.directory('/tree').entries()).toHaveLength(100_000);
    const after = made.withExec(['sh', '-c', 'rm -r /tree; ls / | grep -c tree'], {
      expect: 'ANY',
    });
    expect(await after.stdout()).toBe('0\n');
    await goesOn();
  });
});

/** mmap(NULL, 1 GiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) */
function mapGigabyte(program: GuestProgram): ReturnType<GuestProgram['call']> {
  return program.call('mmap', 0, 2 ** 30, 3, 0x22, -1, 0);
}
