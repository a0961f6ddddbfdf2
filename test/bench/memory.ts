/**
 * Prints the most resident memory of this process in bytes: `memory.ts idle|one|many` of an engine
 * alone, with one busybox, with fifty processes alive at a time.
 */

import { connect } from 'stiletto';

const shell = 'i=0; while [ $i -lt 50 ]; do sleep 9 & i=$((i+1)); done; wait';
const steps: Readonly<Record<string, readonly string[] | undefined>> = {
  one: ['uname', '-m'],
  many: ['sh', '-c', shell],
};

await using engine = await connect();
const args = steps[process.argv[2] ?? 'idle'];
if (args) {
  await engine
    .container({ platform: 'linux/arm64' })
    .from('busybox')
    .withExec([...args])
    .sync();
}
process.stdout.write(`${process.resourceUsage().maxRSS * 1024}`);
