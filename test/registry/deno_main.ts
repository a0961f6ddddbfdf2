/** The program on Deno: `deno run --allow-net BUNDLE HOST` prints the outcome as JSON. */

import { connect, hasher } from '../../src/deno.ts';
import { exercise } from './everywhere_program.ts';

const outcome = await exercise(connect, hasher, process.argv[2]!);
process.stdout.write(JSON.stringify(outcome));
